"""The invented council's hall in a real browser."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe

from tests import cinema

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route, WebSocketRoute

    from tests.conftest import TestDatabase

FOLDER = Path(__file__).parent
LOOKS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((360, "light"), (1280, "dark"))
HALL_HOUSE = Path(__file__).parents[1] / "hall_house.py"
STAGE = Path(__file__).parents[1] / "console_stage.py"
THEATRE = Path(__file__).parents[1] / "theatre.py"
HALL_STATIC = Path(__file__).parents[2] / "council" / "hall" / "static"


PLAY = """
async ([boot, events, now, kept]) => {
  const { begin, step } = await import("/static/terminal_state.js");
  const { view } = await import("/static/terminal_view.js");
  let state = begin(boot, kept);
  const sent = [];
  for (const event of events) {
    const result = step(state, event);
    state = result.state;
    sent.push(...result.send.map((message) => [event.at, message]));
  }
  const seen = view(state, Date.parse(now));
  return { sent, lamp: seen.lamp, state, looks: seen.keys?.map((key) => key.look) ?? null, seen };
}
"""


def module(path: Path) -> ModuleType:
    """A module of the tests that other tests stand on, loaded once."""
    if path.stem not in sys.modules:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        made = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = made
        spec.loader.exec_module(made)
    return sys.modules[path.stem]


@pytest.fixture(autouse=True)
def no_script_fails() -> Iterator[None]:
    """Of the pages that are listened to by `cinema.hear_errors`."""
    cinema.ERRORS.clear()
    yield
    assert cinema.ERRORS == []


@pytest.fixture(scope="session")
def house() -> ModuleType:
    """The module tests/hall_house.py."""
    return module(HALL_HOUSE)


@pytest.fixture(scope="session")
def hands() -> ModuleType:
    """What a clerk does at the console: tests/browser/console_hands.py."""
    return module(FOLDER / "console_hands.py")


@pytest.fixture(scope="session")
async def stages(browser: Browser) -> AsyncIterator[ModuleType]:
    """States of a console, and its page without a hall: tests/console_stage.py."""
    made = module(STAGE)
    async with module(THEATRE).theatre(browser, HALL_STATIC) as made.theatre:  # type: ignore[attr-defined]
        yield made


@pytest.fixture(scope="module")
async def theatre(
    browser: Browser, stock: Any, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[cinema.Theatre]:
    """A closed sitting, filmed by two cameras, and its site; whoever changes it is the last of its file."""
    async with cinema.furnished(stock, tmp_path_factory.mktemp("recordings")) as made:
        yield made


@pytest.fixture(scope="session")
def t() -> ModuleType:
    """What happens at a seat terminal: tests/browser/terminal_events.py."""
    return module(FOLDER / "terminal_events.py")


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


@pytest.fixture(scope="session")
def barriers() -> Callable[[Page], Awaitable[list[tuple[str, list[str]]]]]:
    """barriers(page): what axe finds against whoever cannot see it well, as rules and the elements that break them."""
    axe = Axe()

    async def found(page: Page) -> list[tuple[str, list[str]]]:
        if not await page.evaluate("typeof axe === 'object'"):  # its half a megabyte is read once a document
            await page.evaluate(axe.axe_script)
        violations = await page.evaluate("axe.run({ resultTypes: ['violations'] }).then((all) => all.violations)")
        return [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations]

    return found


@pytest.fixture(scope="session")
def fits(barriers: Any) -> Callable[..., Awaitable[None]]:
    """fits(page): by day on a phone and by night on a desk nothing hangs out at the side, and axe finds no barrier."""

    async def fits(page: Page, what: object = "") -> None:
        size = page.viewport_size
        assert size is not None
        for width, scheme in LOOKS if size["width"] == LOOKS[0][0] else LOOKS[::-1]:  # as it was loaded, and changed
            await page.set_viewport_size({"width": width, "height": size["height"]})
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{page.url} {what} hangs out by {wide} px of {width}"
            assert await barriers(page) == [], f"{page.url} {what} at {width}"

    return fits


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture(scope="session")
async def modules(browser: Browser) -> AsyncIterator[Page]:
    """An empty page on which the hall's ES modules can be imported from /static/: for rules that need no screen, and
    that keep nothing."""

    async def answer(route: Route) -> None:
        path = route.request.url.partition("/static/")[2]
        if path:
            await route.fulfill(path=HALL_STATIC / path, content_type="text/javascript")
        else:
            await route.fulfill(body="<!doctype html><title>-</title>", content_type="text/html")

    async with await browser.new_context() as context:
        page = await context.new_page()
        await page.route("http://hall.test/**", answer)
        await page.goto("http://hall.test/")
        yield page


@pytest.fixture
def play(modules: Page, t: ModuleType) -> Any:
    """play(events): what a terminal has sent and shows after them. `now`: of the view, the server's clock. `kept`: the
    receipt that a page before it has kept."""

    async def play(events: list[dict[str, Any]], now: str = t.NOW, kept: dict[str, Any] | None = None) -> Any:
        return await modules.evaluate(PLAY, [t.BOOT, events, now, kept])

    return play
