"""The wall, in Chromium, against the real hall: what it shows, when, and what a camera can read from it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from importlib.resources import files
from types import ModuleType
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from council.views_display import display_state

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

WALL = {"width": 1920, "height": 1080}
LONG = "Про надання вигаданої земельної ділянки " * 8 + "зараз"
LONG_NAMED = ("Добровольська-Мазуренко Анастасія", "Переверниченко О.", "Христорождественський-Крутивус О.")
# Sizes of the names of the roll, the first of them replaced.
LONG_NAMES = """async (long) => {
  const names = [...document.querySelectorAll(".roll-name")];
  long.forEach((name, i) => (names[i].textContent = name));
  (await import("/static/fit.js")).fitNames(names);
  return names.map((name) => {
    const style = getComputedStyle(name);
    const inside = name.scrollWidth <= name.clientWidth && name.offsetHeight <= name.parentElement.clientHeight;
    const lines = Math.round(name.offsetHeight / parseFloat(style.lineHeight));
    return { size: parseFloat(style.fontSize), lines, inside };
  });
}"""
APART = """() => ["title", "needed", "small-checkpoint"].map((id) => document.getElementById(id))
    .filter((one, i, all) => i > 0 && one.getBoundingClientRect().top < all[i - 1].getBoundingClientRect().bottom)
    .concat([...document.querySelectorAll("#title:not(.scrolls)")].filter((a) => a.scrollHeight > a.clientHeight + 1))
    .map((one) => one.id)"""


@asynccontextmanager
async def display(browser: Browser, url: str, **options: Any) -> AsyncIterator[Page]:
    options = {"viewport": WALL, "locale": "uk"} | options
    async with await browser.new_context(**options) as context:
        page = await context.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
        yield page
        assert said == []


async def text(page: Page, selector: str) -> str:
    return (await page.locator(selector).inner_text()).replace("\u00a0", " ")


async def scene(page: Page, name: str, seconds: float = 20.0) -> None:
    await page.locator(f"body[data-scene={name}]").wait_for(timeout=seconds * 1000)


async def read_code(page: Page, scale: float = 1.0) -> str:
    """What OpenCV reads from a picture of the whole screen, `scale` of its size: each of its detectors, as the recorder
    does, for one alone fails at some codes."""
    picture = cv2.imdecode(np.frombuffer(await page.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    detectors = (cv2.QRCodeDetectorAruco(), cv2.QRCodeDetector())
    return next((text for detector in detectors if (text := detector.detectAndDecode(small)[0])), "")


async def test_display_follows_a_vote_and_keeps_its_secrets(
    browser: Browser, house: ModuleType, hall: Any, barriers: Any
) -> None:
    data = hall.hall.chamber(house.SITTING).data
    async with AsyncExitStack() as stack:
        page = await stack.enter_async_context(display(browser, hall.url))
        clerk = await stack.enter_async_context(house.clerk(hall.url))
        lines = [await stack.enter_async_context(house.seat(hall.url, desk)) for desk in range(1, 22)]
        await page.goto(f"{hall.url}/display")
        await scene(page, "planned")
        await house.open_sitting(clerk, 36)
        await scene(page, "item")
        assert await text(page, "#count") == "36 із 37 присутні"
        assert await page.locator("#closed").is_hidden()
        await clerk.act("PauseFilming", ground="secretary")
        await page.locator("#closed b", has_text="Закрита частина засідання").wait_for()
        assert await barriers(page) == []
        await clerk.act("ResumeFilming")
        await page.locator("#closed").wait_for(state="hidden")
        assert await page.locator(".seat.is-away text").all_text_contents() == ["37"]
        await clerk.act("OpenVote", vote_n=1, seconds=600, motion=LONG)
        await scene(page, "opening")
        assert await read_code(page, 0.25) == data.opened_checkpoint.payload
        await scene(page, "open")
        assert await page.evaluate(APART) == []  # beside the small code there is less room than beside the large one
        assert await read_code(page) == data.opened_checkpoint.payload
        assert re.fullmatch(r"10:00|9:\d\d", await text(page, "#figure"))
        assert await barriers(page) == []
        for desk, line in enumerate(lines, 1):
            option = "for" if desk <= 19 else "against"
            await line.send("PressOption", boot=house.boot_of(desk), n=1, vote_n=1, option=option)
        await page.locator("#count b", has_text="21").wait_for()
        assert await text(page, "#count") == "21 із 36 проголосував"
        assert await page.locator(".seat.is-voted").count() == 21
        assert await page.locator(".shape").count() == 0
        await clerk.act("CloseVote", vote_n=1)
        await scene(page, "closing")
        assert await read_code(page, 0.25) == data.closed_checkpoint.payload
        assert await page.locator("#result").is_hidden()
        await scene(page, "result")
        assert await text(page, "#verdict") == "Прийнято"
        assert (await text(page, ".reason-first")) == "19 «за», потрібно 19 із 37"
        assert await page.locator(".cell.is-for").count() == 19
        assert await page.locator(".roll-line").count() == 37
        assert await page.locator(".roll-line.is-chosen").count() == 21
        names = await page.locator(".roll-name").all_inner_texts()
        assert names == [line.name for line in _roll(data)]
        assert await barriers(page) == []
        clipped = "names => names.filter((name) => name.scrollWidth > name.clientWidth).length"
        assert await page.locator(".roll-name, #verdict").evaluate_all(clipped) == 0
        before, looks = await page.evaluate(LONG_NAMES, []), await page.evaluate(LONG_NAMES, list(LONG_NAMED))
        assert looks[len(LONG_NAMED) :] == before[len(LONG_NAMED) :], "a long name takes its own way"
        for name, look in zip(LONG_NAMED, looks, strict=False):
            assert look["inside"] and look["size"] >= before[0]["size"] / 2, name
        assert looks[0]["lines"] == 2 and looks[1]["lines"] == 1, "what hardly fits stands in one line"


def _roll(data: Any) -> Any:
    return display_state(data, datetime.now(UTC)).roll


async def test_display_where_the_chair_announces_shows_no_result_before(
    browser: Browser, house: ModuleType, db: Any, tmp_path: Any
) -> None:
    text_of_ua = (files("council") / "profiles" / "ua.toml").read_text(encoding="utf-8")
    profile = tmp_path / "later.toml"
    profile.write_text(text_of_ua.replace('moment = "closing"', 'moment = "announcement"'), encoding="utf-8")
    await house.furnish(db.database("hall"), profile=str(profile))
    async with (
        house.running(db.database("hall")) as hall,
        display(browser, hall.url) as page,
        house.clerk(hall.url) as clerk,
    ):
        await house.open_sitting(clerk)
        await clerk.act("OpenVote", vote_n=1, seconds=None)
        await page.goto(f"{hall.url}/display")
        await scene(page, "open")
        assert await text(page, "#hollow-label") == "без обмеження часу"
        await clerk.act("CloseVote", vote_n=1)
        await scene(page, "closed")
        assert await text(page, "#chair") == "Результат оголосить голова"
        await asyncio.sleep(3.5)
        await scene(page, "closed")
        assert await page.locator(".roll-line").count() == 0
        await clerk.act("AnnounceResult", vote_n=1)
        await scene(page, "result")


async def test_display_without_the_hall_takes_its_countdown_away(
    browser: Browser, house: ModuleType, hall: Any, network: Any
) -> None:
    async with display(browser, hall.url) as page, house.clerk(hall.url) as clerk:
        await network.attach(page, "/ws/display")
        await house.open_sitting(clerk)
        await clerk.act("OpenVote", vote_n=1, seconds=60)
        await page.goto(f"{hall.url}/display")
        await scene(page, "open")
        network.cut()
        await page.locator("#offline:not([hidden])").wait_for(timeout=20_000)
        assert re.fullmatch(r"Немає зв’язку з сервером, станом на \d\d:\d\d:\d\d", await text(page, "#offline"))
        assert await text(page, "#figure") == ""
        await clerk.act("CloseVote", vote_n=1)
        await asyncio.sleep(0.5)
        await scene(page, "open")
        network.mend()
        await scene(page, "result", 15)
        assert await page.locator("#offline").is_hidden()


@pytest.mark.parametrize(
    ("count", "layout"),
    [
        (5, {"columns": 1, "rows": 6, "pages": 1}),
        (12, {"columns": 2, "rows": 6, "pages": 1}),
        (24, {"columns": 3, "rows": 8, "pages": 1}),
        (39, {"columns": 3, "rows": 13, "pages": 1}),
        (40, {"columns": 4, "rows": 13, "pages": 1}),
        (52, {"columns": 4, "rows": 13, "pages": 1}),
        (53, {"columns": 3, "rows": 13, "pages": 2}),
        (121, {"columns": 3, "rows": 13, "pages": 4}),
    ],
)
async def test_roll_stands_in_columns_or_pages(modules: Page, count: int, layout: dict[str, int]) -> None:
    made = await modules.evaluate(
        "async (count) => (await import('/static/display_state.js')).rollLayout(count)", count
    )
    assert made == layout


async def test_long_title_goes_on_by_whole_lines_and_begins_anew(modules: Page) -> None:
    """Six lines of 51.6 px, four are seen; the last one hangs out by 3 px. The browser rounds where it scrolls to."""
    script = """
    async (title) => {
      const { scrolledOn } = await import("/static/display_state.js");
      return [0, 52, 103].map((scrollTop) => scrolledOn({ ...title, scrollTop }, 51.6));
    }
    """
    stood = await modules.evaluate(script, {"clientHeight": 206, "scrollHeight": 313})
    assert stood == [51.6, 103.2, 0]


@pytest.mark.parametrize("count", [1, 2, 7, 12, 18, 37, 54, 121, 450])
async def test_seats_of_the_arc_never_touch_and_stay_inside(modules: Page, count: int) -> None:
    made = await modules.evaluate("async (count) => (await import('/static/display_state.js')).arc(count)", count)
    seats = np.array([(seat["x"], seat["y"]) for seat in made["seats"]])
    assert len(seats) == count
    radius = made["radius"]
    assert seats[:, 0].min() >= radius - 1 and seats[:, 0].max() <= 1006 - radius + 1
    assert seats[:, 1].min() >= radius - 1 and seats[:, 1].max() <= 542 - radius + 4
    if count > 1:
        gaps = np.linalg.norm(seats[:, None] - seats[None, :], axis=2)
        assert gaps[~np.eye(count, dtype=bool)].min() > 2 * radius
