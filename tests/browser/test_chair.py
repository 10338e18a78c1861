"""The chair's view, on a tablet, against the real hall: what to say, the floor, the casting vote; and nothing else."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from council.profile import shipped_file

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.conftest import TestDatabase

TABLET = {"width": 1024, "height": 768}


def casting(folder: Path) -> str:
    """The rules of Ukraine, but that the chair breaks a tie of those who vote."""
    text = shipped_file("ua").decode()
    rule = text[text.index("[rules.majority_of_seats]") : text.index("[rules.two_thirds_of_seats]")]
    changed = rule.replace('base = "seats"', 'base = "cast"').replace('tie = "rejected"', 'tie = "chair"')
    (folder / "casting.toml").write_text(text.replace(rule, changed))
    return str(folder / "casting.toml")


async def test_chair_decides_a_tie_asked_by_name_and_announces(
    browser: Browser, house: ModuleType, hands: ModuleType, db: TestDatabase, tmp_path: Path, barriers: Any
) -> None:
    await house.furnish(db.database("hall"), 9, profile=casting(tmp_path))
    async with (
        house.running(db.database("hall")) as hall,
        hands.console(browser, house, hall.url, name=house.CHAIR, screen="chair", viewport=TABLET) as page,
    ):
        async with house.clerk(hall.url) as clerk:
            await house.open_sitting(clerk, 9)
            await clerk.done("SetChair", member="m2")
            await clerk.done("OpenVote", vote_n=1, seconds=None)
            await page.locator("#prompt", has_text=re.compile("Ставлю.на.голосування")).wait_for()
            assert await page.locator("#acts button").count() == 0  # opening and closing are the clerk's
            answers = {f"m{n}": "for" if n < 5 else "against" for n in range(1, 9)}
            await clerk.done("EnterAnswers", vote_n=1, answers=answers, rest=None)
            await page.locator("#voted", has_text=re.compile("8.із.9")).wait_for()
            await clerk.done("CloseVote", vote_n=1)
        await page.locator("#prompt-do", has_text="Гуль").wait_for()
        assert await page.locator("#acts .is-answer").count() == 2
        await asyncio.sleep(hands.FRESH_S)
        await page.keyboard.press("Digit2")
        await page.locator(".is-confirm", has_text=re.compile("Голова.проти")).wait_for()
        await asyncio.sleep(hands.FRESH_S)
        await page.keyboard.press("Digit2")
        await page.locator(".main-act", has_text="Оголосити").wait_for()
        assert await hands.text(page, "#aside-figure") == "Не прийнято"
        await asyncio.sleep(hands.FRESH_S)
        await page.keyboard.press("KeyU")
        await page.locator("#aside-note", has_text=re.compile("^оголошено")).wait_for()
        assert await barriers(page) == []
    record = await house.record(db.database("hall"))
    tie = record.votes[1].tie
    assert tie is not None and (tie.member, tie.option) == ("m2", "against")


async def test_chair_leads_the_floor_with_one_key(
    browser: Browser, house: ModuleType, hands: ModuleType, hall: Any, barriers: Any
) -> None:
    async with hands.console(browser, house, hall.url, name=house.CHAIR, screen="chair", viewport=TABLET) as page:
        async with house.clerk(hall.url) as clerk:
            await house.open_sitting(clerk)
            await clerk.done("AskFloorFor", member="m5", floor="speech")
            await clerk.done("AskFloorFor", member="m7", floor="speech")
        await hands.main_act(page, "Наступний виступ")
        await page.keyboard.press("KeyB")
        await page.locator(".speech-name", has_text="-0005").wait_for()
        await page.keyboard.press("KeyB")  # a doubled key: the next one is deaf for a second
        await page.locator("#acts button", has_text="Пауза").wait_for()
        await asyncio.sleep(hands.FRESH_S)
        assert await page.locator(".request").count() == 1
        await page.keyboard.press("KeyT")
        await page.locator(".speech-time.is-paused").wait_for()
        await asyncio.sleep(hands.FRESH_S)
        await page.keyboard.press("KeyT")
        await page.locator(".speech-time.is-running").wait_for()
        await asyncio.sleep(hands.FRESH_S)
        await page.keyboard.press("KeyB")
        await page.locator(".speech-name", has_text="-0007").wait_for()
        await asyncio.sleep(hands.FRESH_S)
        await page.keyboard.press("Shift+KeyB")
        await page.locator(".speech-name").wait_for(state="detached")
        assert await barriers(page) == []


async def test_chair_without_the_hall_is_told_so(stages: ModuleType) -> None:
    closed = stages.closed()
    async with stages.stage("chair", first=closed, hello=stages.welcome("chair"), viewport=TABLET) as stage:
        await stage.page.locator(".main-act").wait_for()
        stage.answers = False
        await stage.page.locator("#trouble", has_text="Немає").wait_for(timeout=15_000)
        assert await stage.page.locator(".main-act").is_disabled()


async def test_technician_has_no_act_on_the_chairs_view(stages: ModuleType) -> None:
    async with stages.stage("chair", first=stages.closed(), hello=stages.welcome("technician")) as stage:
        await stage.page.locator("#prompt", has_text="21").wait_for()
        assert await stage.page.locator("#acts button").count() == 0


async def test_chairs_view_fits_its_screen_and_has_no_barrier(stages: ModuleType, barriers: Any) -> None:
    queue = [stages.request(5), stages.request(7, "reply")]
    speaking = stages.state(floor=stages.floor(queue, stages.speech(left=-12)))
    async with stages.stage("chair", first=speaking, hello=stages.welcome("chair")) as stage:
        await stage.page.locator(".speech-time.is-over").wait_for()
        for width, height in ((1024, 768), (390, 844)):
            await stage.page.set_viewport_size({"width": width, "height": height})
            for scheme in ("light", "dark"):
                await stage.page.emulate_media(color_scheme=scheme)
                await stage.drawn()
                assert await stage.page.evaluate("document.documentElement.scrollWidth") <= width
                assert await barriers(stage.page) == [], (width, scheme)
