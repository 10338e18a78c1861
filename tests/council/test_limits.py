"""How much one address may ask: of the hall's and the public site's own limits, with addresses that are given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from council.hall.app import build as hall_app
from council.hall.process import Hall
from council.hall.security import KINDS as HALL
from council.hall.security import SOCKETS
from council.limits import Budget, Kind, Limits
from public_site.app import KINDS as PUBLIC
from public_site.app import SHEETS_AT_ONCE, SHEETS_PER_S, PublicSettings, refused
from public_site.app import build as public_app
from sql.database import Database

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


class Door:
    """Limits, and how often what stands behind them was reached."""

    def __init__(self, kinds: Sequence[Kind], sockets: int = SOCKETS, lasting: dict[str, int] | None = None) -> None:
        self.reached = 0
        self.limits = Limits(self._app, kinds, lambda scope, seconds: Response(status_code=429), sockets, lasting)
        self.stay: list[Any] = []

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached += 1
        for step in self.stay:
            await step()

    async def ask(self, path: str, address: str, method: str = "GET", type_: str = "http") -> dict[str, Any]:
        """The first message of a refusal; {} where it was let through."""
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope: Any = {"type": type_, "path": path, "client": (address, 1), "headers": [], "extensions": {}}
        if type_ == "http":
            scope["method"] = method
        else:
            scope["extensions"]["websocket.http.response"] = {}
        await self.limits(scope, None, send)  # type: ignore[arg-type]
        return dict(sent[0]) if sent else {}


async def test_thousand_desks_behind_one_address_load_their_page_and_come_back_at_once() -> None:
    door = Door(HALL)
    for _ in range(1000):
        for path in ("/terminal", "/static/terminal.js", "/static/style.css"):
            assert await door.ask(path, "192.0.2.1") == {}
        assert await door.ask("/ws/terminal", "192.0.2.1", type_="websocket") == {}
        assert await door.ask("/ws/terminal", "192.0.2.1", type_="websocket") == {}


async def test_flood_from_one_address_is_told_when_to_come_back_and_others_go_on() -> None:
    door = Door(HALL)
    answers = [await door.ask("/login", "192.0.2.1", "POST") for _ in range(200)]
    refused = next(answer for answer in answers if answer)
    assert refused["status"] == 429 and (b"retry-after", b"1") in refused["headers"]
    assert door.reached < 110
    assert await door.ask("/login", "192.0.2.2", "POST") == {}
    assert await door.ask("/terminal", "192.0.2.1") == {}  # what is dear does not use up what is cheap
    assert (await door.ask("/login", "::ffff:192.0.2.2", "POST")) == {}


async def test_addresses_of_one_ipv6_network_are_one_visitor() -> None:
    door = Door(PUBLIC)
    answers = [await door.ask("/ledger/export.jsonl", f"2001:db8::{n:x}") for n in range(30)]
    assert [bool(answer) for answer in answers] == [False] * 10 + [True] * 20


async def test_the_machines_own_address_is_not_counted() -> None:
    door = Door(PUBLIC)
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert not any([await door.ask("/ledger/export.jsonl", address) for _ in range(20)])


async def test_websockets_of_one_address_have_an_end_until_one_of_them_has_gone() -> None:
    door = Door([], sockets=2)

    async def third() -> None:
        door.stay = [fourth]
        await door.ask("/ws/display", "192.0.2.1", type_="websocket")

    async def fourth() -> None:
        door.stay = []
        refused.append(await door.ask("/ws/display", "192.0.2.1", type_="websocket"))

    refused: list[dict[str, Any]] = []
    door.stay = [third]
    await door.ask("/ws/display", "192.0.2.1", type_="websocket")
    assert refused[0]["type"] == "websocket.http.response.start" and refused[0]["status"] == 429
    assert await door.ask("/ws/display", "192.0.2.1", type_="websocket") == {}


async def test_readers_of_one_address_leave_room_for_those_of_others() -> None:
    door = Door([], sockets=1, lasting={"/live": 1})

    async def while_one_reads() -> None:
        door.stay = []
        answers.append(await door.ask("/live", "192.0.2.1"))
        answers.append(await door.ask("/live", "192.0.2.2"))
        answers.append(await door.ask("/", "192.0.2.1"))
        answers.append(await door.ask("/live/video", "192.0.2.1", type_="websocket"))

    answers: list[dict[str, Any]] = []
    door.stay = [while_one_reads]
    await door.ask("/live", "192.0.2.1")
    assert [answer.get("status") for answer in answers] == [429, None, None, None]
    assert await door.ask("/live", "192.0.2.1") == {}


async def flooded(app: Any, path: str, query: bytes = b"") -> tuple[Any, dict[str, str], int]:
    """The body of the first refusal, its headers, and how many asked before it."""
    scope: Any = {"type": "http", "method": "GET", "path": path, "query_string": query, "scheme": "http"}
    scope |= {"client": ("192.0.2.1", 1), "server": ("a", 80), "root_path": "", "asgi": {"version": "3.0"}}
    for n in range(1000):
        sent: list[Any] = []

        async def send(message: Any, sent: list[Any] = sent) -> None:
            sent.append(message)

        await app(scope | {"headers": [(b"accept", b"application/json")]}, None, send)
        if sent[0]["status"] == 429:
            headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
            return json.loads(sent[1]["body"]), headers, n
    raise AssertionError("never refused")


async def test_hall_says_too_much_in_its_one_shape_of_an_error(db: TestDatabase, house: ModuleType) -> None:
    hall = await Hall.open(db.database("hall"), house.SIGNER, cookie_key=house.COOKIE_KEY)
    try:
        body, headers, before = await flooded(hall_app(hall), "/audit.json")
    finally:
        await hall.close()
    text = "Із цієї адреси надходить забагато запитів одночасно. Зачекайте 1 с і спробуйте ще раз."
    assert body == {"error": {"status": 429, "code": "too_many_requests", "message": text, "help": ""}}
    assert headers["retry-after"] == "1" and "content-security-policy" in headers and 90 < before < 300


async def test_public_site_says_too_much_in_its_one_shape_of_an_error(db: TestDatabase, tmp_path: Path) -> None:
    settings = PublicSettings(db.database("public"), tmp_path, "test.hlasno", "test.hlasno+0+0", "en")
    body, headers, before = await flooded(public_app(settings), "/", b"lang=en")
    error = body["error"]
    assert (list(body), error["status"], error["code"]) == (["error"], 429, "too_many_requests")
    assert error["help"].replace("\N{NO-BREAK SPACE}", " ") == "Wait 1 s and try again."
    assert headers["retry-after"] == "1" and "content-security-policy" in headers and before >= 600


async def test_one_address_has_only_so_many_sheets_made_and_is_told_when_to_come_back(tmp_path: Path) -> None:
    sheets = Budget(SHEETS_PER_S, SHEETS_AT_ONCE)
    assert [sheets.take("192.0.2.1") for _ in range(250)] == [0] * 150 + [2] * 100
    assert sheets.take("192.0.2.2") == 0 and not any(sheets.take("::1") for _ in range(250))
    database = Database("postgresql://nobody@127.0.0.1/none", "public")  # it is not asked
    app: Any = public_app(PublicSettings(database, tmp_path, "test.hlasno", "test.hlasno+0+0", "en"))
    scope: Any = {"type": "http", "method": "GET", "path": "/sittings/a/video/b/sheet-0.jpg", "query_string": b""}
    said = await refused(Request(scope | {"headers": [], "app": app.app}), HTTPException(429, "", {"retry-after": "5"}))
    assert (said.status_code, said.headers["retry-after"]) == (429, "5")
    text = bytes(said.body).decode().replace("\N{NO-BREAK SPACE}", " ")
    assert "Too much is asked from your address at once." in text and "Wait 5 s and try again." in text
