"""An auditor reads every page of the hall, is shown no secret, and changes nothing: every route of the app is asked."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

import html5lib
import pytest
from starlette.routing import Route

from council import captions
from council.agenda import stored
from streaming.captions import Caption

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SITTING, LATER = "rada-2026-03-01", "rada-2031-01-01"
PDF = b"%PDF-1.7 invented"
CARD, PIN = "99887766", "471147"

# Route -> what an auditor asks of it, answered 200.
READ = {
    "/readiness": ("/readiness",),
    "/healthz": ("/healthz",),
    "/terminal": ("/terminal",),  # as anybody: the page on which a seat is connected
    "/console": ("/console",),
    "/chair": ("/chair",),
    "/display": ("/display",),
    "/login": ("/login",),
    "/account": ("/account",),
    "/staff": ("/staff",),
    "/staff/members": ("/staff/members",),
    "/audit": ("/audit",),
    "/audit.json": ("/audit.json",),
    "/prepare": ("/prepare",),
    "/prepare/{sitting}": (f"/prepare/{SITTING}", f"/prepare/{LATER}"),
    "/prepare/{sitting}/item": (f"/prepare/{SITTING}/item?item=1", f"/prepare/{LATER}/item?item=7"),
    "/prepare/{sitting}/seats": (f"/prepare/{SITTING}/seats", f"/prepare/{LATER}/seats"),
    "/prepare/{sitting}/drafts/{sha256}": (f"/prepare/{SITTING}/drafts/{hashlib.sha256(PDF).hexdigest()}",),
    "/prepare/{sitting}/captions": (f"/prepare/{SITTING}/captions",),
    "/prepare/{sitting}/captions/{language}": (f"/prepare/{SITTING}/captions/uk",),
    "/papers/{sitting}/votes/{n:int}.{form}": (f"/papers/{SITTING}/votes/1.txt",),
    "/papers/{sitting}/minutes.{form}": (f"/papers/{SITTING}/minutes.txt",),
    "/papers/{sitting}/readiness.{form}": (f"/papers/{SITTING}/readiness.txt",),
}
ELSEWHERE = {  # not 200, and why
    "/": (302, "one sitting is held: on to the console"),
    "/login/factor": (401, "only between the password and the second step"),
    "/login/set-up": (401, "only between the password and the second step"),
}
OWN = {"/login", "/login/factor", "/login/set-up", "/logout", "/account"}  # one's own sign-in is everybody's
SEATS = {"/terminal/enrol", "/terminal/receipt"}  # asked of a seat's code or key, not of a login


def routes(running: Any, method: str) -> set[str]:
    found = running.server.config.app.routes
    return {route.path for route in found if isinstance(route, Route) and method in (route.methods or ())}


@pytest.fixture
async def auditor(running: Any, house: ModuleType, db: TestDatabase, clerk: Any, reader: Any) -> AsyncIterator[Any]:
    """Signed in, where there is something on every page; `.secrets` is what none may show."""
    hall = db.database("hall")
    await house.hire(hall, "auditor", "auditor")
    connection = await hall.connect()
    said = [Caption(NOW, NOW + timedelta(seconds=2), "Добрий день", n=1)]
    await captions.write(connection, SITTING, "uk", 0, said, by=captions.Author("x", "X"), at=NOW, how="uploaded")
    await clerk.get(f"/prepare/{SITTING}/item?item=1")
    await clerk.post(f"/prepare/{SITTING}/item?item=1", {"file": ("а.pdf", PDF)}, act="attach", seen=clerk.seen)
    async with house.clerk(running.url) as console:
        login = running.hall.access.login_of(clerk.jar["login"], running.hall.clock.now())
        await running.hall.access.set_credential("m1", NOW, by=login, card=CARD, pin=PIN)
        code = (await console.act("MakeEnrolment", desk_no=5))["code"]
        await console.send("StartRehearsal", act=f"{1:016x}")
        await console.closed()
    await connection.execute("update staff set totp_secret = $1 where id = 'second'", b"sealed-one-time-codes")
    await running.hall.access.refresh()
    _, cookie = await asyncio.to_thread(house.sign_in, running.url, "auditor")
    signed_in = reader(running.port, cookie)
    signed_in.jar["lang"] = "en"
    rows = await connection.fetch(
        """select password_hash from staff union select pin_hash from member_credential
           union select encode(totp_secret, 'escape') from staff union select encode(card_hash, 'hex')
           from member_credential union select encode(secret_hash, 'hex') from terminal"""
    )
    signed_in.secrets = {CARD, PIN, code, *(row[0] for row in rows if row[0])}
    assert len(signed_in.secrets) >= 8
    yield signed_in
    await connection.close()


async def prepare_later(clerk: Any, db: TestDatabase) -> None:
    """A sitting that has not been opened, with one item."""
    connection = await db.database("hall").connect()
    await stored.create(connection, "rada", date(2031, 1, 1), "Наступна", "plenary", NOW)
    await connection.close()
    await clerk.get(f"/prepare/{LATER}/item")
    fields = {"title": "Про бюджет", "text-1": "Затвердити бюджет", "rule-1": "majority_of_seats"}
    await clerk.post(f"/prepare/{LATER}/item", act="save", seen=clerk.seen, number="7", vote="1", **fields)


def changing(page: str) -> list[str]:
    """What on a page would change something: forms but those that ask or sign out, buttons and choosers without one."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    asking = [form for form in tree.iter("form") if form.get("method") == "get" or form.get("action") == "/logout"]
    forms = [str(form.get("action")) for form in tree.iter("form") if form not in asking]
    buttons = {button for form in asking for button in form.iter("button")}
    outside = [str(button.text) for button in tree.iter("button") if button not in buttons]
    return forms + outside + [str(one.get("id")) for one in tree.iter("input") if one.get("type") == "file"]


async def test_auditor_reads_every_page_sees_no_secret_and_changes_nothing(
    auditor: Any, running: Any, house: ModuleType, clerk: Any, db: TestDatabase
) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in auditor.jar.items())
    async with house.clerk(running.url, cookie=cookie, sitting=f"{SITTING}-rehearsal-1") as console:
        assert (await console.expect("ConsoleState"))["sitting"]["mode"] == "rehearsal"
        for act in ("OpenSitting", "StartRehearsal", "EndRehearsal"):  # a rehearsal is no more theirs than a sitting
            assert (await console.act(act))["code"] == "not_allowed"
    async with house.clerk(running.url) as console:
        assert (await console.act("EndRehearsal"))["type"] == "Done"
        await console.closed()
    async with house.clerk(running.url) as console:
        await house.open_sitting(console, 5)
        await house.voted(console, 1)
    await prepare_later(clerk, db)

    assert routes(running, "GET") == READ.keys() | ELSEWHERE.keys()
    for path, (status, why) in ELSEWHERE.items():
        await auditor.get(path)
        assert auditor.status == status, why
    pages = {}
    for address in [address for addresses in READ.values() for address in addresses]:
        text = await auditor.get(address)
        assert auditor.status == 200, address
        assert not [secret for secret in auditor.secrets if secret in text], address
        pages[address] = text
    prepared = [
        address for address in pages if address.startswith(("/prepare", "/staff")) and "/drafts/" not in address
    ]
    for address in prepared:
        assert changing(pages[address]) == [], address
        assert "This sign-in reads and changes nothing." in pages[address], address
    for address in ("/audit", "/readiness", *prepared):
        for link in ("/prepare", "/staff", "/staff/members", "/audit"):
            assert f'<a href="{link}"' in pages[address], address
    assert all(f'<a href="{link}">' in pages["/console"] for link in ("/prepare", "/staff", "/staff/members", "/audit"))
    assert "Затвердити бюджет" in pages[f"/prepare/{LATER}/item?item=7"]
    assert "card, PIN" in pages["/staff/members"] and "Second step: app" in pages["/staff"]
    assert "Добрий день" in pages[f"/prepare/{SITTING}/captions/uk"]
    await auditor.get(f"/prepare/{LATER}/item")
    assert auditor.status == 403  # a new one is nothing to be read

    asked = routes(running, "POST") - OWN - SEATS
    assert asked <= READ.keys() | {"/console/documents"}
    tries = {address for path in asked for address in READ.get(path, (path,))}
    for address in tries:
        await auditor.post(address, {"file": ("а.pdf", PDF)}, **REQUEST)
        assert auditor.status == 403, address
    await auditor.post("/terminal/enrol", code="AAAA-AAAA", public_key=house.signing_key(9).public)
    assert auditor.status == 403
    await auditor.post("/terminal/receipt")
    assert auditor.status == 403
    for address in prepared:
        assert await auditor.get(address) == pages[address], address
    wanted = {f"page {address.partition('?')[0]}" for address in tries - {"/console/documents"}} | {"document"}
    async with asyncio.timeout(20):  # notes are written in the background
        while True:
            acts = json.loads(await clerk.get("/audit.json?staff=auditor"))["acts"]
            if wanted <= {act["act"] for act in acts if act["outcome"] == "not_allowed"}:
                break
            await asyncio.sleep(0.05)


REQUEST = {"act": "remove", "id": "clerk", "own": "correct horse battery", "member": "m1", "take": "1", "item": "1"}
