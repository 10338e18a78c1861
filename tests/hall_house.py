"""An invented council of 37 with its hall: rows, keys and a client, for tests, scenarios and the bench.

Run as a program it is a hall: `python -P tests/hall_house.py URL PORT [CAMERA …]`, for tests that kill one.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import importlib.util
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import argon2
import uvicorn

import sql
from council import store
from council.access import hash_of
from council.hall.app import UVICORN, build
from council.hall.garbage import found_at_rest
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
from voting.entries import Seated
from voting.folder import fold
from voting.record import SittingRecord

if TYPE_CHECKING:
    from tests.hall_wire import Wire, wire
else:  # the bench and the program run without the folder on the path
    if "hall_wire" not in sys.modules:
        _spec = importlib.util.spec_from_file_location("hall_wire", Path(__file__).with_name("hall_wire.py"))
        sys.modules["hall_wire"] = importlib.util.module_from_spec(_spec)
        _spec.loader.exec_module(sys.modules["hall_wire"])
    Wire, wire = sys.modules["hall_wire"].Wire, sys.modules["hall_wire"].wire

BODY = "rada"
DAY = date(2026, 3, 1)
SITTING = f"{BODY}-{DAY}"
NAMES = ("Андрухів", "Балог", "Гуль", "Дуб", "Ґудзь", "Жук", "Зозуля", "Їжак", "Клен", "Луг")
CLERK, SECOND, CHAIR, PASSWORD = "clerk", "second", "chair", "correct horse battery"
# Checked as any other; a hash at the hall's own cost would take more of a core than the rest of furnishing.
PASSWORD_HASH = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
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
            await add_staff(conn, staff, name, role)
        return await store.load_plan(conn, plan.id)
    finally:
        await conn.close()


async def add_staff(connection: Any, id_: str, name: str, role: str) -> None:
    """With PASSWORD."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    await sql.load("access").add_staff(connection, id=id_, name=name, role=role, password_hash=PASSWORD_HASH, at=at)


async def hire(database: Database, id_: str, role: str) -> None:
    """One more member of staff, with the clerk's password."""
    conn = await database.connect()
    try:
        await add_staff(conn, id_, id_.capitalize(), role)
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
            assert not task.done()
            await asyncio.sleep(0.01)
        yield Running(hall, server, sock.getsockname()[1])
    finally:
        server.should_exit = True
        await asyncio.wait({task}, timeout=60)
        assert task.done(), f"the hall did not end: {task}"
        await task


# --- clients ------------------------------------------------------------------------------------------------------


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
    page = await enrolled_page(context, url, desk_no)
    await page.goto(f"{url}/terminal")
    return page


async def enrolled_page(context: Any, url: str, desk_no: int) -> Any:
    """A page of a Playwright context with a desk's cookie and, where its own page keeps it, the desk's key."""
    await context.add_cookies([{"name": "terminal", "value": key(desk_no), "url": url}])
    page = await context.new_page()
    await page.goto(f"{url}/healthz")
    own = signing_key(desk_no)
    await page.evaluate(KEEP_KEY, [base64.b64encode(PKCS8 + own.seed).decode(), own.public])
    return page


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
    async with found_at_rest(hall):
        serving = asyncio.create_task(server.serve(sockets=[listening(port)]))
        await asyncio.wait([serving, hall.failure], return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
