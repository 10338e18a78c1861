"""The wall beside plain votes, in Chromium, against the real hall: speeches, holds, calls, candidates, void votes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

WALL = {"width": 1920, "height": 1080}
FLOW = """async ([name, ...values]) => (await import("/static/display_state.js"))[name](...values)"""
TIMER = """async (values) => (await import("/static/countdown.js")).speechTimer(...values)"""


@asynccontextmanager
async def display(browser: Browser, url: str) -> AsyncIterator[Page]:
    async with await browser.new_context(viewport=WALL, locale="uk") as context:
        page = await context.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        await page.goto(f"{url}/display", timeout=60_000)
        yield page
        assert said == []


async def scene(page: Page, name: str) -> None:
    await page.locator(f"body[data-scene={name}]").wait_for(timeout=20_000)


async def text(page: Page, selector: str) -> str:
    return (await page.locator(selector).inner_text()).replace("\u00a0", " ")


async def done(clerk: Any, act: str, **fields: Any) -> None:
    answer = await clerk.act(act, **fields)
    assert answer["type"] == "Done", answer


async def test_speech_stands_on_the_wall_with_who_comes_next(
    browser: Browser, house: ModuleType, hall: Any, barriers: Any
) -> None:
    async with display(browser, hall.url) as page, house.clerk(hall.url) as clerk:
        await house.open_sitting(clerk)
        for n in (3, 4, 5, 6):
            await done(clerk, "AskFloorFor", member=house.member(n), floor="speech")
        await done(clerk, "NextSpeaker", speech=1)
        await scene(page, "speech")
        assert "0003" in await text(page, "#surname")
        assert await text(page, "#timer-label") == "залишилося"
        assert re.fullmatch(r"\d+:\d\d", await text(page, "#timer-figure"))
        assert await page.locator(".following .waiting").count() == 2
        assert await text(page, ".following .more") == "ще 1 у черзі"
        assert await barriers(page) == []
        await done(clerk, "PauseFloor", speech=1)
        await page.locator(".timer.is-paused").wait_for()
        assert await text(page, "#timer-label") == "Пауза"
        await done(clerk, "GiveFloor", speech=2, speaker="Вигаданий гість із довгим прізвищем", floor="speech")
        await page.locator("#surname", has_text="Вигаданий").wait_for()
        clipped = "line => line.scrollWidth > line.clientWidth"
        assert not await page.locator("#surname").evaluate(clipped)
        await done(clerk, "EndFloor", speech=2)
        await scene(page, "item")


async def test_held_and_void_vote_say_so(browser: Browser, house: ModuleType, hall: Any, barriers: Any) -> None:
    async with display(browser, hall.url) as page, house.clerk(hall.url) as clerk:
        await house.open_sitting(clerk)
        await done(clerk, "SetRecusal", member=house.member(9), item="1", recused=True)
        await done(clerk, "OpenVote", vote_n=1, seconds=600)
        await scene(page, "open")
        assert await page.locator(".seat.is-recused text").all_text_contents() == ["9"]
        await done(clerk, "HoldVote", vote_n=1)
        await scene(page, "held")
        assert await text(page, "#hollow-label") == "призупинено"
        standing = await text(page, "#figure")
        assert re.fullmatch(r"(9|10):\d\d", standing)
        assert await barriers(page) == []
        assert await text(page, "#figure") == standing
        await done(clerk, "VoidVote", vote_n=1, reason="Збій обладнання.")
        await scene(page, "voided")
        assert await text(page, "#chair") == "Причина: збій обладнання"
        assert await page.locator(".roll-line").count() == 0
        for n in range(10, 28):  # 18 of 37 are left: with the recused alone there is a quorum
            await done(clerk, "SetRecusal", member=house.member(n), item="1", recused=True)
        await done(clerk, "OpenVote", vote_n=2, seconds=600)
        await scene(page, "open")
        assert "хто заявив відвід, може голосувати" in await text(page, "#exception")
        await done(clerk, "CloseVote", vote_n=2)
        await scene(page, "result")
        assert "кворуму не було: вони могли голосувати" in await text(page, "#result-label")


async def test_members_called_aloud_stand_in_the_arc_one_after_another(
    browser: Browser, house: ModuleType, hall: Any, barriers: Any
) -> None:
    async with display(browser, hall.url) as page, house.clerk(hall.url) as clerk:
        await house.open_sitting(clerk)
        await done(clerk, "OpenVote", vote_n=1, seconds=None, method="called", order="seating")
        await scene(page, "call")
        first = await text(page, "#called")
        assert first
        assert await page.locator("#called").evaluate(
            "(one) => one.clientHeight > 20 && one.scrollWidth <= one.clientWidth"
        )
        await done(clerk, "EnterAnswers", vote_n=1, answers={house.member(1): "for", house.member(2): "against"})
        await page.locator("#count b", has_text="2").wait_for()
        assert await text(page, "#count") == "2 із 37 відповіли"
        assert await text(page, "#called") != first
        assert (await text(page, "#note")).startswith("Далі: ")
        assert await page.locator(".seat.is-voted text").all_text_contents() == ["1", "2"]
        assert await page.locator(".shape").count() == 0
        assert await barriers(page) == []


async def test_candidates_are_listed_and_the_chosen_one_is_named(
    browser: Browser, house: ModuleType, hall: Any, barriers: Any
) -> None:
    names = ["Балог Ольга Іванівна", "Гуль Іван Петрович"]
    async with display(browser, hall.url) as page, house.clerk(hall.url) as clerk:
        await house.open_sitting(clerk)
        vote = {"motion": "Про обрання голови комісії", "subject": "candidates", "candidates": names}
        await done(clerk, "OpenVote", vote_n=1, seconds=600, method="entered", **vote)
        await scene(page, "entered")
        assert await page.locator(".candidate-name").all_inner_texts() == names
        answers = {house.member(n): 2 if n <= 20 else 1 for n in range(1, 26)}
        await done(clerk, "EnterAnswers", vote_n=1, answers=answers, rest="abstain")
        _, cookie = await asyncio.to_thread(house.sign_in, hall.url, house.SECOND)
        async with house.clerk(hall.url, cookie=cookie) as second:
            await done(second, "CloseVote", vote_n=1)
        await scene(page, "result")
        assert await page.locator("#tally .is-chosen .candidate-name").all_inner_texts() == [names[1]]
        counts = await page.locator("#tally li b").all_inner_texts()
        assert counts[:3] == ["5", "20", "12"]
        assert await barriers(page) == []


@pytest.mark.parametrize(
    ("ends_at", "left_ms", "shown"),
    [
        ("2026-03-01T12:01:42.000Z", None, {"ms": 102_000, "phase": "running"}),
        ("2026-03-01T12:00:30.000Z", None, {"ms": 30_000, "phase": "last"}),
        ("2026-03-01T11:59:48.000Z", None, {"ms": 12_000, "phase": "over"}),
        (None, 42_000, {"ms": 42_000, "phase": "paused"}),
    ],
)
async def test_speech_has_a_phase_for_each_stretch_of_its_time(
    modules: Page, ends_at: str | None, left_ms: int | None, shown: dict[str, Any]
) -> None:
    speech = {"seconds": 180, "paused": left_ms is not None, "ends_at": ends_at, "left_ms": left_ms}
    now = 1_772_366_400_000  # 2026-03-01T12:00:00Z
    made = await modules.evaluate(TIMER, [speech, now, 30])
    assert {name: made[name] for name in shown} == shown


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"vote": {"state": "held"}}, "held"),
        ({"vote": {"state": "open", "method": "called"}}, "call"),
        ({"vote": {"state": "open", "method": "entered"}}, "entered"),
        ({"vote": {"state": "open", "method": "called"}, "floor": {"speech": {}}}, "call"),
        ({"vote": {"state": "tied"}}, "tied"),
        ({"vote": {"state": "voided"}}, "voided"),
        ({"vote": {"state": "announced", "result": {}}}, "result"),
        ({"vote": {"state": "announced", "result": {}}, "floor": {"speech": {}}}, "speech"),
        ({"vote": {"state": "announced", "result": {}}, "secret": {}}, "secret"),
        ({"vote": {"state": "announced", "result": {}}, "item": {"item": "2"}}, "item"),
        ({"floor": {"speech": None}}, "item"),
        ({"sitting": {"state": "planned"}}, "planned"),
    ],
)
async def test_scene_follows_from_the_state(modules: Page, changed: dict[str, Any], name: str) -> None:
    at = "2026-03-01T11:59:00.000Z"
    vote = {"item": "1", "result": None, "method": "terminal", "opened_at": at, "closed_at": at}
    state = {"sitting": {"state": "open"}, "item": {"item": "1"}, "vote": None, "floor": None, "secret": None} | changed
    state["vote"] = state["vote"] and vote | state["vote"]
    assert await modules.evaluate(FLOW, ["sceneOf", state, 1_772_366_400_000]) == name
