"""An invented council of 37 with its hall: rows, keys and a client, for tests, scenarios and the bench.

Run as a program it is a hall: `python -P tests/hall_house.py URL PORT [CAMERA …]`, for tests that kill one.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from council import store
from council.access import add_staff, hash_of
from council.hall.app import UVICORN, build
from council.hall.process import Hall
from council.hall.surroundings import HallCamera
from council.keys import SigningKey
from council.people import Member, Person, Term, sort_key
from council.sitting import Body, PlannedItem, PlannedMotion, SittingPlan
from hardware.enrolment import Identity
from hardware.terminal import Desk
from sql.database import Database
from voting import ledger
from voting.checkpoint import Signer
from voting.entries import Option, Seated
from voting.folder import fold
from voting.record import SittingRecord
from voting.signed import hello_text, press_text

BODY = "rada"
DAY = date(2026, 3, 1)
SITTING = f"{BODY}-{DAY}"
NAMES = ("Андрухів", "Балог", "Гуль", "Дуб", "Ґудзь", "Жук", "Зозуля", "Їжак", "Клен", "Луг")
CLERK, SECOND, CHAIR, PASSWORD = "clerk", "second", "chair", "correct horse battery"
SIGNER = Signer("test.hlasno", b"\x07" * 32)
COOKIE_KEY = b"\x08" * 32

# A given Ed25519 key (RFC 8410), put where static/terminal_key.js keeps those it makes.
PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
KEEP_KEY = """async ([pkcs8, publicKey]) => {
  const bytes = Uint8Array.from(atob(pkcs8), (c) => c.charCodeAt(0));
  const key = await crypto.subtle.importKey("pkcs8", bytes, { name: "Ed25519" }, false, ["sign"]);
  const opening = indexedDB.open("hlasno", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
  await new Promise((done) => (opening.onsuccess = done));
  const writing = opening.result.transaction("keys", "readwrite");
  writing.objectStore("keys").put(key, publicKey);
  await new Promise((done) => (writing.oncomplete = done));
  opening.result.close();
}"""


def member(desk_no: int) -> str:
    return f"m{desk_no}"


def key(desk_no: int) -> str:
    """The terminal's secret at a desk."""
    return f"the-secret-key-of-the-terminal-at-desk-{desk_no}"


def signing_key(desk_no: int) -> SigningKey:
    """The terminal's own at a desk."""
    return SigningKey(desk_no.to_bytes(32, "big"))


def identity(desk_no: int, prefix: str = "") -> Identity:
    """A desk's, for `hardware.terminal.Desk`."""
    return Identity(prefix + key(desk_no), signing_key(desk_no))


async def furnish(database: Database, members: int = 37, *, body: str = BODY, profile: str = "ua") -> SittingPlan:
    """Body, members, desks with terminals, and a sitting with three items; a clerk. `database` as the hall."""
    conn = await database.connect()
    now = datetime(2026, 1, 1, tzinfo=UTC)
    prefix = "" if body == BODY else f"{body}-"
    council = Body(body, "Вигадане", "Вигадана рада", members, profile, "uk", "Europe/Kyiv", training=False)
    try:
        async with conn.transaction():
            await store.add_body(conn, council)
            await store.add_term(conn, Term(f"{body}-1", body, "I скликання", date(2025, 1, 1), None))
            seats = []
            for n in range(1, members + 1):
                id_, family = f"{prefix}{member(n)}", f"{NAMES[n % len(NAMES)]}-{n:04d}"
                who = Person(id_, family, "Ім’я", None, None, sort_key(family, "uk"))
                await store.add_person(conn, who)
                await store.add_member(conn, Member(id_, id_, body, f"{body}-1", date(2025, 1, 1), None))
                await store.add_desk(conn, body, n, id_)
                seats.append(Seated(id_, family, "Ім’я", None, None, None, n))
                await conn.execute(
                    "insert into terminal (id, body_id, desk_no, secret_hash, public_key, enrolled_at, enrolled_by) "
                    "values ($1, $2, $3, $4, $5, $6, 'test')",
                    f"terminal-{prefix}{n}", body, n, hash_of(prefix + key(n)), signing_key(n).public, now,
                )  # fmt: skip
            items = tuple(
                PlannedItem(
                    str(i),
                    f"Про питання {i}",
                    (PlannedMotion(str(i), 1, f"Про питання {i}", "majority_of_seats", None, None, ()),),
                )
                for i in (1, 2, 3)
            )
            plan = SittingPlan(f"{body}-{DAY}", council, "I", "plenary", DAY, "ordinary", None, tuple(seats), items)
            await store.save_sitting(conn, plan)
        for staff, name, role in (
            (CLERK, "Писар", "clerk"),
            (SECOND, "Друга писарка", "second_clerk"),
            (CHAIR, "Голова", "chair"),
        ):
            await add_staff(conn, staff, name, PASSWORD, now, role=role)
        return await store.load_plan(conn, plan.id)
    finally:
        await conn.close()


async def hire(database: Database, id_: str, role: str) -> None:
    """One more member of staff, with the clerk's password."""
    conn = await database.connect()
    try:
        await add_staff(conn, id_, id_.capitalize(), PASSWORD, datetime(2026, 1, 1, tzinfo=UTC), role)
    finally:
        await conn.close()


@dataclass(slots=True)
class Running:
    """A hall served on a free port in this process."""

    hall: Hall
    server: uvicorn.Server
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def listening(port: int = 0) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    return sock


@asynccontextmanager
async def running(database: Database, *, drafts: Path | None = None, **options: Any) -> AsyncIterator[Running]:
    """`drafts`: the folder of files of agendas."""
    options = {"second_factor_required": False} | options
    hall = await Hall.open(database, SIGNER, cookie_key=COOKIE_KEY, **options)
    sock = listening()
    server = uvicorn.Server(
        uvicorn.Config(build(hall, drafts=drafts), log_config=None, timeout_graceful_shutdown=2, **UVICORN)
    )
    task = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield Running(hall, server, sock.getsockname()[1])
    finally:
        server.should_exit = True
        await task


# --- a client -----------------------------------------------------------------------------------------------------


class Wire:
    """One websocket, message by message; what comes is kept until asked for. A terminal signs what it presses, for the
    sitting and the member that the hall has told it of."""

    def __init__(
        self,
        socket: ClientConnection,
        signs: SigningKey | None = None,
        sitting: str = "",
        member: str = "",
        boot: str | None = None,
    ) -> None:
        self.socket = socket
        self.signs = signs
        self.boot = boot
        self.heard: list[dict[str, Any]] = []
        self.sitting, self.member = sitting, member  # until the hall says otherwise

    async def send(self, type_: str, **fields: Any) -> None:
        if type_ == "PressOption" and self.signs is not None and "signature" not in fields:
            fields["signature"] = self.signature(**fields)
        await self.socket.send(json.dumps({"type": type_, **fields}))

    def signature(self, *, boot: str, n: int, vote_n: int, option: str, candidate: int | None = None) -> str:
        assert self.signs is not None
        return self.signs.sign(press_text(self.sitting, vote_n, self.member, Option(option), candidate, boot, n))

    async def _hear(self) -> None:
        message = json.loads(await self.socket.recv())
        if message["type"] == "ChamberState":
            self.sitting = message["sitting"]["sitting"]
        elif message["type"] == "Standing" and message["member"] is not None:
            self.member = message["member"]["member"]
        self.heard.append(message)

    async def until(self, holds: Callable[[dict[str, Any]], bool], seconds: float = 10.0) -> dict[str, Any]:
        """The first message not yet asked for of which `holds` is true; those before it are passed over."""
        async with asyncio.timeout(seconds):
            while True:
                while self.heard:
                    message = self.heard.pop(0)
                    if holds(message):
                        return message
                await self._hear()

    async def expect(self, type_: str, seconds: float = 10.0, **fields: Any) -> dict[str, Any]:
        return await self.until(
            lambda m: m["type"] == type_ and all(m[name] == value for name, value in fields.items()), seconds
        )

    async def closed(self, seconds: float = 10.0) -> int:
        """The close code; what comes before it is passed over."""
        async with asyncio.timeout(seconds):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        return self.socket.close_code or 0

    async def act(self, type_: str, **fields: Any) -> dict[str, Any]:
        """A console's act, to its answer."""
        act = secrets.token_hex(8)
        await self.send(type_, act=act, **fields)
        return await self.until(lambda m: m.get("act") == act)

    async def done(self, type_: str, **fields: Any) -> dict[str, Any]:
        answer = await self.act(type_, **fields)
        assert answer["type"] == "Done", answer
        return answer

    async def code(self, type_: str, **fields: Any) -> str:
        """Done, or the code of the refusal."""
        answer = await self.act(type_, **fields)
        return str(answer.get("code", answer["type"]))

    async def press(self, n: int, vote_n: int, option: str, **fields: Any) -> dict[str, Any]:
        """A desk's press, to its receipt or refusal."""
        await self.send("PressOption", boot=self.boot, n=n, vote_n=vote_n, option=option, **fields)
        return await self.until(lambda m: m["type"] in ("Recorded", "Refused") and m["n"] == n)


@asynccontextmanager
async def wire(
    url: str,
    path: str,
    *,
    hello: bool = True,
    boot: str | None = None,
    signs: SigningKey | None = None,
    sitting: str = "",
    member: str = "",
    **options: Any,
) -> AsyncIterator[Wire]:
    """`signs`: a terminal's key, which answers the hall's Challenge and signs presses, of the `member` in `sitting`."""
    options = {
        "compression": None,
        "ping_interval": None,
        "max_size": 2**22,
        "close_timeout": 1,
        "proxy": None,
    } | options
    async with connect(url.replace("http", "ws", 1) + path, **options) as socket:
        line = Wire(socket, signs, sitting, member, boot)
        if hello:
            signature = None
            if signs is not None:
                nonce = (await line.expect("Challenge"))["nonce"]
                signature = signs.sign(hello_text(nonce, boot or ""))
            await line.send("Hello", protocol=2, boot=boot, signature=signature, lang="en")
        beat = asyncio.create_task(_beat(line))
        try:
            yield line
        finally:
            beat.cancel()


async def _beat(line: Wire) -> None:
    with suppress(Exception):
        while True:
            await asyncio.sleep(1)
            await line.send("Ping", t=0)


def boot_of(desk_no: int, start: int = 1) -> str:
    return f"{start:08x}{desk_no:08x}"


def seat(url: str, desk_no: int, *, start: int = 1, prefix: str = "", **options: Any) -> Any:
    """A desk's line; `start` counts the starts of its terminal."""
    headers = {"Authorization": f"Bearer {prefix}{key(desk_no)}"}
    given: dict[str, Any] = {
        "signs": signing_key(desk_no),
        "sitting": f"{prefix.rstrip('-') or BODY}-{DAY}",
        "member": f"{prefix}{member(desk_no)}",
    } | options
    return wire(url, "/ws/terminal", boot=boot_of(desk_no, start), additional_headers=headers, **given)


def desk(url: str, desk_no: int, *, of: type[Desk] = Desk) -> Any:
    """The desk's program. A watched one (`witness.py`) is told whose desk it is."""
    arguments = () if of is Desk else (member(desk_no),)
    return of(*arguments, url, identity(desk_no))


async def terminal_page(context: Any, url: str, desk_no: int) -> Any:
    """The desk's screen in a browser."""
    await enrol_browser(context, url, desk_no)
    page = await context.new_page()
    await page.goto(f"{url}/terminal")
    return page


async def enrol_browser(context: Any, url: str, desk_no: int) -> None:
    """A Playwright context with a desk's cookie and, where its own page keeps it, the desk's key."""
    await context.add_cookies([{"name": "terminal", "value": key(desk_no), "url": url}])
    page = await context.new_page()
    await page.goto(f"{url}/healthz")
    own = signing_key(desk_no)
    await page.evaluate(KEEP_KEY, [base64.b64encode(PKCS8 + own.seed).decode(), own.public])
    await page.close()


def sign_in(url: str, name: str = CLERK, password: str = PASSWORD) -> tuple[int, str]:
    """Status and Cookie header of a new login, by the form. Blocks: call it in a thread."""
    host = url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.request("GET", "/login")
    answer = connection.getresponse()
    csrf = next(c for c in answer.headers.get_all("set-cookie") if c.startswith("csrf=")).split(";")[0]
    answer.read()
    fields = urlencode({"csrf": csrf.removeprefix("csrf=").strip('"'), "name": name, "password": password})
    connection.request("POST", "/login", fields, {"Cookie": csrf, "Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    answer.read()
    cookies = [c.split(";")[0] for c in answer.headers.get_all("set-cookie", []) if c.startswith("login=")]
    connection.close()
    return answer.status, "; ".join([*cookies, csrf])


@asynccontextmanager
async def clerk(
    url: str, sitting: str | None = None, cookie: str | None = None, name: str = CLERK
) -> AsyncIterator[Wire]:
    if cookie is None:
        _, cookie = await asyncio.to_thread(sign_in, url, name)
    query = f"?sitting={sitting}" if sitting else ""
    async with wire(url, f"/ws/console{query}", origin=url, additional_headers={"Cookie": cookie}) as line:
        yield line


async def open_sitting(console: Wire, members: int = 37) -> None:
    """Opened, everyone present, item 1 called."""
    assert (await console.act("OpenSitting"))["type"] == "Done"
    for n in range(1, members + 1):
        await console.send("SetPresence", act=f"{n:016x}", member=member(n), present=True)
    for n in range(1, members + 1):
        await console.until(lambda m, n=n: m.get("act") == f"{n:016x}")
    assert (await console.act("CallItem", item="1"))["type"] == "Done"


async def voted(console: Wire, n: int, **fields: Any) -> None:
    """Opened, closed and announced; nobody presses."""
    await console.done("OpenVote", vote_n=n, **({"seconds": None} | fields))
    await console.done("CloseVote", vote_n=n)
    await console.done("AnnounceResult", vote_n=n)


async def record(database: Database, sitting: str = SITTING) -> SittingRecord:
    """The sitting as the ledger tells it."""
    conn = await database.connect()
    try:
        return fold(await ledger.read(conn, sitting))
    finally:
        await conn.close()


async def main(url: str, port: int, *cameras: str) -> None:
    """A hall as a process of its own, until it is killed."""
    hall = await Hall.open(
        Database(url, "hall"),
        SIGNER,
        cookie_key=COOKIE_KEY,
        cameras=[HallCamera(id_, id_, BODY) for id_ in cameras],
        second_factor_required=False,
    )
    config = uvicorn.Config(build(hall), log_config=None, timeout_graceful_shutdown=2, **UVICORN)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening(port)]))
    await asyncio.wait([serving, hall.failure], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
