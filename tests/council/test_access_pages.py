"""Sign-in in two steps, one's account, the staff's pages and the audit view, over HTTP; rights at the console."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pyotp
import pytest

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


class Visitor:
    """A browser without script: cookies, forms, redirects looked at."""

    def __init__(self, port: int, lang: str = "en") -> None:
        self.port = port
        self.jar = {"lang": lang}
        self.status, self.text, self.location = 0, "", ""

    async def get(self, path: str, **headers: str) -> str:
        return await asyncio.to_thread(self._ask, "GET", path, None, headers)

    async def post(self, path: str, **fields: str) -> str:
        return await asyncio.to_thread(self._ask, "POST", path, urlencode({"csrf": self.csrf, **fields}), {})

    @property
    def csrf(self) -> str:
        return self.jar.get("csrf", "").strip('"')

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.jar.items())

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        connection.request(method, path, body, {"Cookie": self.cookie, **form, **headers})
        answer = connection.getresponse()
        for value in answer.headers.get_all("set-cookie", []):
            for name, morsel in SimpleCookie(value).items():
                if morsel["max-age"] == "0":
                    self.jar.pop(name, None)
                else:
                    self.jar[name] = morsel.coded_value
        self.status, self.location = answer.status, answer.headers.get("location", "")
        self.text = answer.read().decode()
        connection.close()
        return self.text

    async def sign_in(self, name: str, password: str) -> None:
        """Up to the second step."""
        await self.get("/login")
        await self.post("/login", name=name, password=password)

    async def come_in(self, name: str, password: str) -> None:
        """Past the second step, which is set up on the way."""
        await self.sign_in(name, password)
        if self.location.startswith("/login/set-up"):
            await self.post("/login/set-up", code=shown_code(await self.get("/login/set-up")))


@pytest.fixture
async def strict(db: TestDatabase, house: ModuleType) -> AsyncIterator[Any]:
    """A hall that demands the second factor, with one of the staff in each role."""
    await house.furnish(db.database("hall"), 3)
    connection = await db.database("hall").connect()
    for role in ("second_clerk", "chair", "technician", "auditor", "administrator"):
        await house.add_staff(connection, role, role, role)
    await connection.close()
    async with house.running(db.database("hall"), second_factor_required=True) as running:
        yield running


def shown_code(page: str) -> str:
    """The code of the secret that a set-up page shows."""
    found = re.search(r'id="totp-secret">([A-Z2-7 ]+)<', page)
    assert found is not None
    return pyotp.TOTP(found.group(1).replace(" ", "")).now()


async def test_clerk_sets_up_codes_without_script_and_signs_in(strict: Any, house: ModuleType) -> None:
    clerk = Visitor(strict.port)
    await clerk.get("/login?next=/console")
    await clerk.post("/login", name="clerk", password=house.PASSWORD, next="/console")
    assert (clerk.status, clerk.location) == (303, "/login/set-up?next=%2Fconsole")
    assert "login" not in clerk.jar
    await clerk.get("/console")
    assert clerk.location.startswith("/login")  # the half opens nothing
    page = await clerk.get("/login/set-up?next=%2Fconsole")
    assert 'src="data:image/svg+xml' in page
    await clerk.post("/login/set-up", code="000000", next="/console")
    assert clerk.status == 401 and "not accepted" in clerk.text
    await clerk.post("/login/set-up", code=shown_code(clerk.text), next="/console")
    assert (clerk.status, clerk.location) == (303, "/console")
    await clerk.get("/console")
    assert clerk.status == 200 and "half" not in clerk.jar
    await clerk.get("/account")
    assert "An app with codes is set up." in clerk.text
    again = Visitor(strict.port)
    await again.sign_in("clerk", house.PASSWORD)
    assert again.location == "/login/factor"
    await again.get("/login/factor")
    assert again.status == 200 and "totp-secret" not in again.text


async def test_second_step_without_the_first_leads_back(strict: Any) -> None:
    visitor = Visitor(strict.port)
    for path in ("/login/factor", "/login/set-up"):
        await visitor.get(path)
        assert visitor.status == 401 and 'name="password"' in visitor.text
        await visitor.post(path, code="123456")
        assert visitor.status == 401
    await visitor.get("/account")
    assert (visitor.status, visitor.location) == (303, "/login?next=%2Faccount")


async def test_second_step_from_another_page_is_refused(strict: Any, house: ModuleType) -> None:
    clerk = Visitor(strict.port)
    await clerk.sign_in("clerk", house.PASSWORD)
    page = await clerk.get(clerk.location)
    await clerk.post("/login/set-up", csrf="x", code=shown_code(page))
    assert clerk.status == 403 and "login" not in clerk.jar


async def test_passkeys_are_not_offered_where_the_hall_was_not_asked_by_its_address(
    strict: Any, house: ModuleType
) -> None:
    clerk = Visitor(strict.port)
    await clerk.sign_in("clerk", house.PASSWORD)
    assert "passkey-form" not in await clerk.get("/login/set-up")  # 127.0.0.1 is no relying party
    assert "passkey-form" in await clerk.get("/login/set-up", Host=f"localhost:{strict.port}")
    strict.hall.url = "https://zala.example"
    assert "passkey-form" not in await clerk.get("/login/set-up", Host=f"localhost:{strict.port}")
    assert "passkey-form" not in await clerk.get("/login/set-up", Host="zala.example")  # asked by http


@pytest.mark.parametrize(
    ("who", "pages"),
    [
        ("technician", {"/console", "/staff/members"}),
        ("auditor", {"/console", "/audit", "/audit.json", "/staff", "/staff/members"}),
        ("administrator", {"/console", "/audit", "/audit.json", "/staff", "/staff/members"}),
    ],
)
async def test_pages_open_to_those_whose_role_includes_them(
    strict: Any, house: ModuleType, who: str, pages: set[str]
) -> None:
    visitor = Visitor(strict.port)
    await visitor.come_in(who, house.PASSWORD)
    open_ = set()
    for path in ("/console", "/audit", "/audit.json", "/staff", "/staff/members"):
        await visitor.get(path)
        assert visitor.status in (200, 403)
        open_ |= {path} if visitor.status == 200 else set()
    assert open_ == pages
    for path in {"/staff", "/staff/members"} - (set() if who == "auditor" else pages):
        await visitor.post(path, act="remove", id="clerk", member="m1", pin="4711")
        assert visitor.status == 403


async def test_administrator_adds_changes_and_removes_people(strict: Any, house: ModuleType) -> None:
    admin, other = Visitor(strict.port), Visitor(strict.port)
    await admin.come_in("administrator", house.PASSWORD)
    assert admin.location == "/staff"
    await admin.get("/staff")
    nova = {"act": "add", "id": "Nova", "name": "<i>Нова</i>", "role": "auditor", "password": "a long password"}
    for own in ("", "a long password"):  # who stole the cookie does not have it
        await admin.post("/staff", own=own, **nova)
        assert admin.status == 401 and "Your own password is not right." in admin.text
    await admin.post("/staff", own=house.PASSWORD, **nova)
    assert admin.location == "/staff?saved=1"
    assert "&lt;i&gt;Нова" in await admin.get("/staff?saved=1") and "Saved." in admin.text
    await other.sign_in("nova", "a long password")
    await other.get("/audit")
    assert other.status == 200
    await admin.post("/staff", own=house.PASSWORD, act="role", id="nova", role="technician")
    await other.get("/audit")
    assert (other.status, other.location) == (303, "/login?next=%2Faudit")
    for fields, sentence in [
        ({"act": "role", "id": "nova", "role": "mayor"}, "There is no such role."),
        ({"act": "add", "id": "nova", "name": "x", "role": "clerk", "password": "a long password"}, "already"),
        (
            {"act": "add", "id": "x", "name": "Іва\u202eн", "role": "clerk", "password": "a long password"},
            "can be seen",
        ),
        ({"act": "add", "id": "Ї", "name": "x", "role": "clerk", "password": "a long password"}, "sign-in name"),
        ({"act": "password", "id": "nova", "password": "short"}, "10 to 200"),
        ({"act": "password", "id": "nobody", "password": "a long password"}, "any more"),
        ({"act": "remove", "id": "administrator"}, "Nobody takes away their own"),
        ({"act": "fire", "id": "nova"}, "open for too long"),
    ]:
        await admin.post("/staff", own=house.PASSWORD, **fields)
        assert admin.status == 400 and sentence in admin.text
    await admin.post("/staff", own=house.PASSWORD, act="remove", id="nova")
    await other.sign_in("nova", "a long password")
    assert other.status == 401


async def test_technician_gives_cards_and_pins(strict: Any, house: ModuleType) -> None:
    technician = Visitor(strict.port)
    await technician.sign_in("technician", house.PASSWORD)
    assert technician.location == "/login/set-up"  # who gives a PIN could vote with it
    await technician.come_in("technician", house.PASSWORD)
    await technician.get("/staff/members")
    await technician.post("/staff/members?body=rada", member="m1", card="12345678", pin="4711")
    assert technician.location == "/staff/members?body=rada&saved=1"
    access = strict.hall.access
    assert await access.member_by_card("12345678", "rada") == "m1" and await access.check_pin("m1", "4711", "rada 1")
    await technician.post("/staff/members?body=rada", member="m2", card="12345678")
    assert technician.status == 400 and "Another member has this card." in technician.text
    await technician.post("/staff/members?body=rada", member="m1", card="", pin="", take="1")
    assert await access.member_by_card("12345678", "rada") is None and not await access.check_pin(
        "m1", "4711", "rada 1"
    )


async def test_own_password_is_changed_with_the_old_one(strict: Any, house: ModuleType) -> None:
    here, there = Visitor(strict.port), Visitor(strict.port)
    for visitor in (here, there):
        await visitor.sign_in("auditor", house.PASSWORD)
    await here.get("/account")
    for old, new, status in [("wrong", "another password", 401), (house.PASSWORD, "short", 400)]:
        await here.post("/account", act="password", old=old, new=new)
        assert here.status == status
    await here.post("/account", act="password", old=house.PASSWORD, new="another password")
    assert here.location == "/account?saved=1"
    await here.get("/account")
    await there.get("/account")
    assert (here.status, there.status) == (200, 303)


async def test_second_factor_is_added_from_the_own_account(strict: Any, house: ModuleType) -> None:
    auditor = Visitor(strict.port)
    await auditor.sign_in("auditor", house.PASSWORD)
    assert "None is set up." in await auditor.get("/account")
    stolen = Visitor(strict.port)
    stolen.jar = dict(auditor.jar)
    await stolen.post("/account", act="factor")
    assert (stolen.status, "Name or password is wrong." in stolen.text) == (401, True)
    await auditor.post("/account", act="factor", old=house.PASSWORD)
    assert auditor.location == "/login/set-up"
    page = await auditor.get("/login/set-up")
    await auditor.post("/login/set-up", code=shown_code(page))
    assert auditor.location == "/account?saved=1"
    assert "An app with codes is set up." in await auditor.get("/account")
    await stolen.get("/account")
    assert stolen.location.startswith("/login")  # the login from before has ended


# --- the audit view and the console's rights ------------------------------------------------------------------------


async def console_of(strict: Any, house: ModuleType, role: str) -> str:
    visitor = Visitor(strict.port)
    await visitor.come_in(role, house.PASSWORD)
    return visitor.cookie


@pytest.mark.parametrize("role", ["chair", "technician", "auditor", "administrator"])
async def test_acts_beyond_a_role_are_refused_at_the_console(strict: Any, house: ModuleType, role: str) -> None:
    async with house.clerk(strict.url, cookie=await console_of(strict, house, role)) as console:
        await console.expect("ConsoleState")
        refused = await console.act("OpenSitting")
        assert (refused["type"], refused["code"]) == ("Refused", "not_allowed")
        made = await console.act("MakeEnrolment", desk_no=1)
        assert made["type"] == ("EnrolmentMade" if role in ("technician", "administrator") else "Refused")
        unseen = await console.act("JustifyAbsence", member="m1", reason="хво\u202eрий")
        assert (unseen["code"], "U+202E" in unseen["text"]) == ("unseen_letter", True)
        if role == "technician":
            assert len(made["rows"]) == len(made["rows"][0]) >= 25


async def test_console_is_cut_a_quarter_of_an_hour_after_the_sitting(strict: Any, house: ModuleType) -> None:
    access, now = strict.hall.access, datetime.now(UTC)
    access.second_factor_required = False
    step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", now - timedelta(hours=2))
    async with house.clerk(strict.url, cookie=f"login={step.cookie}") as console:
        await console.expect("ConsoleState")
        await access.follow_sittings(False, [now - timedelta(minutes=14)], now)
        await console.act("MakeEnrolment", desk_no=1)
        await access.follow_sittings(False, [now - timedelta(minutes=16)], now)
        assert await console.closed() == 4004
    ended, stranger = Visitor(strict.port), Visitor(strict.port)
    ended.jar["login"] = step.cookie
    await ended.get("/console")
    assert ended.location == "/login?next=%2Fconsole"
    said = 'role="status">The sitting has closed, and your sign-in ended a quarter of an hour later.<'
    assert said in await ended.get(ended.location)
    assert 'role="status"' not in await stranger.get("/login?next=%2Fconsole")
    stranger.jar["login"] = f"x{step.cookie}"  # its last letter holds four bits: another may mean the same
    assert 'role="status"' not in await stranger.get("/login?next=%2Fconsole")
    with pytest.MonkeyPatch.context() as patch:  # who cannot be told why is let in all the same
        patch.setattr(access, "_pool", Away())
        await ended.get("/login")
    assert ended.status == 200 and 'role="status"' not in ended.text


class Away:
    def acquire(self) -> Any:
        raise ConnectionError


async def test_audit_shows_what_was_done_and_refused(strict: Any, house: ModuleType) -> None:
    async with (
        house.clerk(strict.url, cookie=await console_of(strict, house, "chair")) as chair,
        house.clerk(strict.url, cookie=await console_of(strict, house, "second_clerk")) as clerk,
    ):
        assert (await chair.act("OpenSitting"))["code"] == "not_allowed"
        assert (await clerk.act("OpenSitting"))["type"] == "Done"
        assert (await clerk.act("SetPresence", member="nobody", present=True))["type"] == "Refused"
    auditor = Visitor(strict.port)
    await auditor.sign_in("auditor", house.PASSWORD)
    assert auditor.location == "/audit"
    wanted = [
        ("second_clerk", "SetPresence", "member=nobody present=True", "no_such_member"),
        ("second_clerk", "OpenSitting", "", "done"),
        ("chair", "OpenSitting", "", "not_allowed"),
    ]
    async with asyncio.timeout(20):
        while True:
            found = json.loads(await auditor.get(f"/audit.json?sitting={house.SITTING}"))["acts"]
            if [(act["staff"], act["act"], act["detail"], act["outcome"]) for act in found] == wanted:
                break
            await asyncio.sleep(0.05)
    page = await auditor.get("/audit?staff=chair")
    assert "Your role does not include this act." in page and "Open the sitting" in page and "Mark presence" not in page
    assert "Set up a second step" in page  # how the chair came in
    for before in ("x", "-1", "9" * 40, "1"):
        await auditor.get(f"/audit?before={before}")
        assert auditor.status == 200
    assert "Nothing is noted here." in auditor.text
