"""A deputy at the seat, in Chromium, against the real hall: by keyboard, by touch, through cut lines and restarts."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, WebSocketRoute

    from tests.conftest import TestDatabase

DESK = 16
FRESH_S = 0.45  # keys that have just come alive are deaf for 0.4 s
SCREEN = {"width": 1280, "height": 800}


@asynccontextmanager
async def terminal(
    browser: Browser, house: ModuleType, url: str, desk: int = DESK, **options: Any
) -> AsyncIterator[Page]:
    """A browser enrolled at a desk. Whatever it says on its console fails the test."""
    options = {"viewport": SCREEN, "locale": "uk"} | options
    async with await browser.new_context(**options) as context:
        page = await house.enrolled_page(context, url, desk)
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
        yield page
        assert said == []


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.02)


async def _is(value: bool) -> bool:
    return value


async def says(page: Page, sentence: str, seconds: float = 20.0) -> None:
    """Wait for the lamp's bold sentence; a full stop in `sentence` stands for anything."""
    pattern = re.compile(sentence)

    async def holds() -> bool:
        return pattern.fullmatch(await lamp(page)) is not None

    try:
        await until(holds, seconds)
    except TimeoutError:
        raise AssertionError(f"{await lamp(page)!r} is not {sentence!r}") from None


async def lamp(page: Page) -> str:
    return await text(page, "#lamp-head")


async def text(page: Page, selector: str) -> str:
    """What an element says; spaces that do not break are spaces."""
    return (await page.locator(selector).inner_text()).replace("\u00a0", " ")


async def looks(page: Page) -> list[str]:
    """The three keys: dead, open, plain, pending or recorded."""
    names: list[str] = await page.locator(".key").evaluate_all("keys => keys.map(key => key.className)")
    return [re.findall(r"is-(\w+)", name)[0] for name in names]


async def open_vote(house: ModuleType, url: str, seconds: int | None = None) -> None:
    async with house.clerk(url) as clerk:
        await house.open_sitting(clerk)
        assert (await clerk.act("OpenVote", vote_n=1, seconds=seconds))["type"] == "Done"


async def close_vote(house: ModuleType, url: str) -> None:
    async with house.clerk(url) as clerk:
        assert (await clerk.act("CloseVote", vote_n=1))["type"] == "Done"


class Line:
    """The page's websocket, held in the middle: what the hall says waits while `held`; nothing passes while `cut`."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.waiting: list[str] = []
        self.held = self.cut = False
        self.page_side: WebSocketRoute | None = None
        self.opened = 0
        self.alter: Callable[[str], str] = lambda text: text

    async def attach(self, page: Page) -> None:
        await page.route_web_socket("**/ws/terminal", self._route)

    def _route(self, route: WebSocketRoute) -> None:
        self.opened += 1
        self.page_side = route
        hall_side = route.connect_to_server()

        def from_page(text: str | bytes) -> None:
            message = json.loads(text)
            if message["type"] != "Ping":
                self.sent.append(message)
            if not self.cut:
                hall_side.send(text)

        def from_hall(text: str | bytes) -> None:
            assert isinstance(text, str)
            if self.cut:
                return
            if self.held and json.loads(text)["type"] != "Pong":
                self.waiting.append(text)
            else:
                route.send(self.alter(text))

        route.on_message(from_page)
        hall_side.on_message(from_hall)

    def release(self) -> None:
        assert self.page_side is not None
        self.held = False
        for text in self.waiting:
            self.page_side.send(text)
        self.waiting.clear()

    @property
    def presses(self) -> list[tuple[int, str]]:
        return [(message["n"], message["option"]) for message in self.sent if message["type"] == "PressOption"]


async def test_deputy_votes_and_changes_by_keyboard(browser: Browser, house: ModuleType, hall: Any) -> None:
    async with terminal(browser, house, hall.url) as page:
        await page.goto(f"{hall.url}/terminal")
        await says(page, "Засідання ще не відкрито")
        assert await looks(page) == ["dead", "dead", "dead"]
        await open_vote(house, hall.url, 120)
        await says(page, "Голосування відкрито: натисніть одну клавішу")
        assert await looks(page) == ["open", "open", "open"]
        assert re.fullmatch(r"2:00|1:[45][0-9]", await page.locator("#figure").inner_text())
        await asyncio.sleep(FRESH_S)
        await page.keyboard.press("Digit1")
        await says(page, "Записано: «За»")
        assert await looks(page) == ["recorded", "plain", "plain"]
        assert await page.locator(".key[aria-pressed=true]").count() == 1
        await page.keyboard.press("Numpad2")
        await says(page, "Записано: «Проти»")
        await close_vote(house, hall.url)
        await page.locator("#verdict").wait_for()
        assert await text(page, "#verdict") == "Не прийнято"
        assert await text(page, ".own-option") == "Проти"
        assert "враховано" in await text(page, ".own-note")
        assert await page.locator(".key").first.is_hidden()


async def test_deputy_votes_by_touch_on_a_phone(browser: Browser, house: ModuleType, hall: Any) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    async with terminal(browser, house, hall.url, **phone) as page:
        await page.goto(f"{hall.url}/terminal")
        await open_vote(house, hall.url, 60)
        await says(page, "Голосування відкрито: натисніть одну клавішу")
        await asyncio.sleep(FRESH_S)
        await page.locator(".key").nth(2).tap()
        await says(page, "Записано: «Утримався»")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.locator(".key").nth(2).evaluate("key => key.getBoundingClientRect().bottom <= innerHeight")
        await close_vote(house, hall.url)
        await page.locator("#verdict").wait_for()
        await asyncio.sleep(FRESH_S)
        await page.locator("#side button", has_text="слово").tap()
        await page.locator("#menu:not([hidden])").wait_for()
        order = ["#motion > p.needed", "#side", "#menu", "#verdict", "#tally"]
        boxes = [await page.locator(one).evaluate("(one) => one.getBoundingClientRect().toJSON()") for one in order]
        assert [one["bottom"] <= other["top"] for one, other in pairwise(boxes)] == [True] * 4, boxes


async def test_lamp_promises_nothing_before_the_receipt(browser: Browser, house: ModuleType, hall: Any) -> None:
    line = Line()
    async with terminal(browser, house, hall.url) as page:
        await line.attach(page)
        await open_vote(house, hall.url)
        await page.goto(f"{hall.url}/terminal")
        await says(page, "Голосування відкрито: натисніть одну клавішу")
        await asyncio.sleep(FRESH_S)
        line.held = True
        await page.keyboard.press("Digit1")
        await says(page, "Натиснуто «За» — ще не записано")
        async with asyncio.timeout(20):
            while not any(json.loads(text)["type"] == "Recorded" for text in line.waiting):
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        assert await looks(page) == ["pending", "plain", "plain"]
        assert await page.locator(".key[aria-busy=true]").count() == 1
        assert await page.locator(".key[aria-pressed=true]").count() == 0
        line.release()
        await says(page, "Записано: «За»")
        assert set(line.presses) == {(1, "for")}


async def test_two_keys_at_once_send_neither(browser: Browser, house: ModuleType, hall: Any) -> None:
    line = Line()
    async with terminal(browser, house, hall.url) as page:
        await line.attach(page)
        await open_vote(house, hall.url)
        await page.goto(f"{hall.url}/terminal")
        await says(page, "Голосування відкрито: натисніть одну клавішу")
        await asyncio.sleep(FRESH_S)
        await page.evaluate(
            "for (const code of ['Digit1', 'Digit3']) dispatchEvent(new KeyboardEvent('keydown', { code }))"
        )
        await says(page, "Натиснуто дві клавіші. Натисніть одну.")
        await asyncio.sleep(0.3)
        assert line.presses == []
        assert await looks(page) == ["open", "open", "open"]
        await page.evaluate(
            "for (let i = 0; i < 9; i++) dispatchEvent(new KeyboardEvent('keydown', { code: 'Digit2', repeat: i > 0 }))"
        )
        await says(page, "Записано: «Проти»")
        assert [option for _, option in line.presses] == ["against"]


async def test_cut_network_keeps_the_press_and_sends_it(browser: Browser, house: ModuleType, hall: Any) -> None:
    line = Line()
    async with terminal(browser, house, hall.url) as page:
        await line.attach(page)
        await open_vote(house, hall.url, 120)
        await page.goto(f"{hall.url}/terminal")
        await says(page, "Голосування відкрито: натисніть одну клавішу")
        await page.evaluate("window.loaded = true")
        await asyncio.sleep(FRESH_S)
        line.cut = True
        await page.keyboard.press("Digit1")
        await says(page, "Зв’язку немає. «За» натиснуто, але ще не записано")
        assert await text(page, "#countdown-label") == "орієнтовно до закриття"
        assert await looks(page) == ["pending", "plain", "plain"]
        assert hall.hall.chamber(house.SITTING).data.voted == frozenset()
        line.cut = False
        await says(page, "Записано: «За»", 15)
        assert await page.evaluate("window.loaded") is True
        assert hall.hall.chamber(house.SITTING).data.voted == {house.member(DESK)}


async def test_killed_hall_is_a_moment_of_reconnecting(
    browser: Browser, house: ModuleType, db: TestDatabase, free_port: int
) -> None:
    """kill -9 with a recorded vote, and a key pressed while the hall is away: both hold, without a reload."""
    await house.furnish(db.database("hall"))
    url = f"http://127.0.0.1:{free_port}"
    command = (sys.executable, "-P", str(house.__file__), db.url("hall"), str(free_port))

    async def start() -> asyncio.subprocess.Process:
        child = await asyncio.create_subprocess_exec(*command)
        async with asyncio.timeout(20):
            while not await asyncio.to_thread(answers, url):
                assert child.returncode is None
                await asyncio.sleep(0.05)
        return child

    child = await start()
    try:
        async with terminal(browser, house, url) as page:
            await page.goto(f"{url}/terminal")
            await open_vote(house, url)
            await says(page, "Голосування відкрито: натисніть одну клавішу")
            await page.evaluate("window.loaded = true")
            await asyncio.sleep(FRESH_S)
            await page.keyboard.press("Digit1")
            await says(page, "Записано: «За»")
            child.kill()
            await child.wait()
            await says(page, r"Зв’язку немає. Записано «За» о \d\d:\d\d:\d\d")
            await page.keyboard.press("Digit3")
            await says(page, "Зв’язку немає. «Утримався» натиснуто, але ще не записано")
            assert await looks(page) == ["recorded", "plain", "pending"]
            child = await start()
            await says(page, "Записано: «Утримався»", 15)
            assert await looks(page) == ["plain", "plain", "recorded"]
            assert await page.evaluate("window.loaded") is True
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


async def test_absent_member_registers_at_the_seat(browser: Browser, house: ModuleType, hall: Any) -> None:
    async with terminal(browser, house, hall.url) as page:
        await page.goto(f"{hall.url}/terminal")
        async with house.clerk(hall.url) as clerk:
            await clerk.act("OpenSitting")
        await says(page, "Вас не зареєстровано")
        await asyncio.sleep(FRESH_S)
        await page.keyboard.press("Digit7")
        await says(page, "Голосування ще не відкрито")
        assert await page.locator("#arrive").is_hidden()
        assert hall.hall.chamber(house.SITTING).data.record.present == {house.member(DESK)}


async def test_new_build_reloads_the_page_but_not_during_a_vote(browser: Browser, house: ModuleType, hall: Any) -> None:
    line = Line()
    async with terminal(browser, house, hall.url) as page:
        await line.attach(page)
        await open_vote(house, hall.url)
        await page.goto(f"{hall.url}/terminal")
        await says(page, "Голосування відкрито: натисніть одну клавішу")
        await page.evaluate("window.loaded = true")
        line.alter = lambda text: re.sub(r'"build":"\w+"', '"build":"another"', text)
        assert line.page_side is not None
        await line.page_side.close()
        await until(lambda: _is(line.opened == 2))
        await asyncio.sleep(1)
        assert await page.evaluate("window.loaded") is True
        line.alter = lambda text: text
        async with page.expect_navigation(timeout=20_000):
            await close_vote(house, hall.url)
        await page.locator("#verdict").wait_for()


async def test_revoked_terminal_is_led_to_the_enrolment(browser: Browser, house: ModuleType, hall: Any) -> None:
    async with terminal(browser, house, hall.url) as page:
        await page.goto(f"{hall.url}/terminal")
        await says(page, "Засідання ще не відкрито")
        async with house.clerk(hall.url) as clerk:
            await clerk.act("RevokeTerminals", desk_no=DESK)
        await page.locator("#code").wait_for()
        assert await page.locator("h1").inner_text() == "Під’єднання місця"


async def test_second_page_of_a_terminal_takes_over_and_the_first_says_so(
    browser: Browser, house: ModuleType, hall: Any
) -> None:
    async with terminal(browser, house, hall.url) as page:
        await page.goto(f"{hall.url}/terminal")
        await says(page, "Засідання ще не відкрито")
        second = await page.context.new_page()
        await second.goto(f"{hall.url}/terminal")
        await says(second, "Засідання ще не відкрито")
        await says(page, "Це місце відкрито в іншому вікні")


async def test_terminal_fits_every_screen_and_has_no_barrier(
    browser: Browser, house: ModuleType, hall: Any, barriers: Any
) -> None:
    """640 by 400 is 1280 by 800 at 200 %."""
    async with terminal(browser, house, hall.url) as page:
        await page.goto(f"{hall.url}/terminal")
        await open_vote(house, hall.url, 600)
        await says(page, "Голосування відкрито: натисніть одну клавішу")
        wide = """() => [...document.querySelectorAll("body *:not(.unseen, script, noscript)")]
            .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
            .filter((one) => getComputedStyle(one).display !== "inline" && !one.closest("svg"))
            .map((one) => one.id || one.className)"""
        for width, height in ((640, 400), (1024, 600), (800, 1280), (360, 740), (1920, 1080)):
            await page.set_viewport_size({"width": width, "height": height})
            await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            assert await page.evaluate(wide) == [], width
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        await page.set_viewport_size(SCREEN)
        await asyncio.sleep(FRESH_S)
        await page.keyboard.press("Digit1")
        await says(page, "Записано: «За»")
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            assert await barriers(page) == [], scheme
