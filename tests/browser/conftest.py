"""The invented council's hall in a real browser."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, WebSocketRoute

    from tests.conftest import TestDatabase

HALL_HOUSE = Path(__file__).parents[1] / "hall_house.py"
HALL_STATIC = Path(__file__).parents[2] / "council" / "hall" / "static"


@pytest.fixture(scope="session")
def house() -> ModuleType:
    """The module tests/hall_house.py."""
    if "hall_house" not in sys.modules:
        spec = importlib.util.spec_from_file_location("hall_house", HALL_HOUSE)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["hall_house"] = module
        spec.loader.exec_module(module)
    return sys.modules["hall_house"]


@pytest.fixture
async def hall(house: ModuleType, db: TestDatabase) -> AsyncIterator[object]:
    """A furnished hall of 37, served in this process."""
    await house.furnish(db.database("hall"))
    async with house.running(db.database("hall")) as running:
        yield running


class Network:
    """A page’s line to the hall that can be cut: what is sent meanwhile comes late, as by TCP, in its order."""

    def __init__(self) -> None:
        self._late: list[tuple[WebSocketRoute, str | bytes]] = []
        self._cut = False

    async def attach(self, page: Page, path: str) -> None:
        """All websockets to `path` that the page opens from now on."""
        await page.route_web_socket(f"**{path}", self._route)

    def _route(self, page_side: WebSocketRoute) -> None:
        hall_side = page_side.connect_to_server()
        page_side.on_message(lambda message: self._pass(hall_side, message))
        hall_side.on_message(lambda message: self._pass(page_side, message))

    def _pass(self, to: WebSocketRoute, message: str | bytes) -> None:
        if self._cut:
            self._late.append((to, message))
        else:
            to.send(message)

    def cut(self) -> None:
        self._cut = True

    def mend(self) -> None:
        self._cut = False
        for to, message in self._late:
            to.send(message)
        self._late.clear()


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
async def modules(browser: Browser) -> AsyncIterator[Page]:
    """An empty page on which the hall's ES modules can be imported from /static/: for rules that need no screen."""

    async def answer(route: object) -> None:
        path = route.request.url.partition("/static/")[2]  # type: ignore[attr-defined]
        if path:
            await route.fulfill(path=HALL_STATIC / path, content_type="text/javascript")  # type: ignore[attr-defined]
        else:
            await route.fulfill(body="<!doctype html><title>-</title>", content_type="text/html")  # type: ignore[attr-defined]

    context = await browser.new_context()
    page = await context.new_page()
    await page.route("http://hall.test/**", answer)
    await page.goto("http://hall.test/")
    yield page
    await context.close()
