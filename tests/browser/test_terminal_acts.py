"""A deputy at the seat beside plain votes, in Chromium, against the real hall: holds, candidates, answers aloud, a
conflict of interest, the floor, receipts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from council.access.members import set_credential
from council.access.sealed import Sealed
from council.receipts import Receipts
from voting import receipt
from voting.entries import Option
from voting.vote_event import Press

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Page

    from tests.conftest import TestDatabase

DESK = 16
AT, SIGNED = "2026-03-01T09:00:00.000Z", "A" * 86 + "=="
FRESH_S = 0.45  # what has just appeared is deaf for 0.4 s
KEYS_TOP = "document.getElementById('keys').getBoundingClientRect().top"


@asynccontextmanager
async def terminal(browser: Browser, house: ModuleType, url: str, desk: int = DESK) -> AsyncIterator[Page]:
    options = {"viewport": {"width": 1280, "height": 800}, "locale": "uk", "accept_downloads": True}
    async with await browser.new_context(**options) as context:
        page = await house.enrolled_page(context, url, desk)
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
        await page.goto(f"{url}/terminal", timeout=60_000)
        yield page
        assert said == []


async def text(page: Page, selector: str) -> str:
    return (await page.locator(selector).inner_text()).replace("\u00a0", " ")


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.05)


async def says(page: Page, selector: str, sentence: str) -> None:
    """Wait until an element says it."""
    seen = [""]

    async def holds() -> bool:
        seen[0] = await text(page, selector) if await page.locator(selector).is_visible() else ""
        return sentence in seen[0]

    try:
        await until(holds)
    except TimeoutError:
        raise AssertionError(f"{selector} says {seen[0]!r}, not {sentence!r}") from None


async def done(clerk: Any, act: str, **fields: Any) -> None:
    answer = await clerk.act(act, **fields)
    assert answer["type"] == "Done", answer


async def press(page: Page, *keys: str) -> None:
    """Keys, each once what it answers has been there for a moment."""
    for key in keys:
        await asyncio.sleep(FRESH_S)
        await page.keyboard.press(key)


async def test_held_vote_keeps_what_is_recorded_and_goes_on(browser: Browser, house: ModuleType, hall: Any) -> None:
    async with terminal(browser, house, hall.url) as page, house.clerk(hall.url) as clerk:
        await house.open_sitting(clerk)
        await done(clerk, "OpenVote", vote_n=1, seconds=600)
        await says(page, "#lamp-head", "Голосування відкрито")
        await press(page, "Digit1")
        await says(page, "#lamp-head", "Записано: «За»")
        await done(clerk, "HoldVote", vote_n=1)
        await says(page, "#lamp-head", "Голосування призупинено")
        assert await page.locator(".key.is-kept").count() == 1
        await press(page, "Digit2")
        await asyncio.sleep(0.3)
        assert await text(page, "#countdown-label") == "призупинено"
        await done(clerk, "ResumeVote", vote_n=1)
        await says(page, "#lamp-head", "Записано: «За»")
        await press(page, "Digit2")
        await says(page, "#lamp-head", "Записано: «Проти»")


async def test_deputy_chooses_among_candidates(browser: Browser, house: ModuleType, hall: Any, barriers: Any) -> None:
    names = ["Балог Ольга Іванівна", "Гуль Іван Петрович", "Старосольська-Крип’якевич Олександра Володимирівна"]
    async with terminal(browser, house, hall.url) as page, house.clerk(hall.url) as clerk:
        await house.open_sitting(clerk)
        vote = {"motion": "Про обрання голови комісії", "subject": "candidates", "candidates": names}
        await done(clerk, "OpenVote", vote_n=1, seconds=600, **vote)
        await says(page, "#lamp-head", "Голосування відкрито")
        assert await page.locator(".key-word").all_inner_texts() == [*names, "Утримався"]
        await press(page, "Digit3")
        await says(page, "#lamp-head", f"Записано: «{names[2]}»")
        clipped = "words => words.filter((word) => word.scrollHeight > word.clientHeight + 1).length"
        assert await page.locator(".key-word").evaluate_all(clipped) == 0
        assert await barriers(page) == []
        await press(page, "Digit1", "Digit3")
        await says(page, "#lamp-head", f"Записано: «{names[2]}»")
        await done(clerk, "CloseVote", vote_n=1)
        await says(page, "#own", names[2])
        assert await page.locator(".own-option").evaluate("(name) => name.scrollWidth <= name.clientWidth")
        assert await page.locator("#tally .candidate-no").all_inner_texts() == ["1", "2", "3"]
        assert await page.locator("#tally .shape").count() < await page.locator("#tally li").count() - 2
        assert await barriers(page) == []


async def test_answer_aloud_in_a_called_roll_call_is_shown_to_who_gave_it(
    browser: Browser, house: ModuleType, hall: Any, barriers: Any
) -> None:
    async with terminal(browser, house, hall.url, 1) as page, house.clerk(hall.url) as clerk:
        await house.open_sitting(clerk)
        await done(clerk, "OpenVote", vote_n=1, seconds=None, method="called", order="seating")
        await says(page, "#panel", "Ваша черга")
        assert await barriers(page) == []
        await done(clerk, "EnterAnswers", vote_n=1, answers={house.member(1): "against"})
        await says(page, "#lamp-head", "Записано з ваших слів: «Проти»")
        assert await page.locator(".key.is-kept").count() == 1
        await done(clerk, "VoidVote", vote_n=1, reason="Не всіх було чути.")
        await says(page, "#verdict", "Голосування недійсне")
        await says(page, "#reason", "не всіх було чути")
        await says(page, "#own", "голосування недійсне")


async def test_conflict_of_interest_locks_the_item_and_no_other(
    browser: Browser, house: ModuleType, hall: Any, barriers: Any
) -> None:
    async with terminal(browser, house, hall.url) as page, house.clerk(hall.url) as clerk:
        await house.open_sitting(clerk)
        await says(page, "#lamp-head", "Голосування ще не відкрито")
        await press(page, "Digit9")
        await says(page, "#menu", "конфлікт інтересів у питанні 1")
        assert await barriers(page) == []
        await press(page, "Escape")
        await page.locator("#menu").wait_for(state="hidden")
        await press(page, "Digit9")
        await page.locator("#menu").wait_for()
        await press(page, "Enter")
        await says(page, "#panel", "У цьому питанні ви не голосуєте.")
        await done(clerk, "OpenVote", vote_n=1, seconds=600)
        await page.locator("#live-dot:not([hidden])").wait_for()
        assert await page.locator("#keys").is_hidden()
        assert await page.locator("#side button").count() == 0
        await done(clerk, "CloseVote", vote_n=1)
        await says(page, "#own", "ви заявили конфлікт інтересів")
        await done(clerk, "AnnounceResult", vote_n=1)
        await done(clerk, "CallItem", item="2")
        await says(page, "#lamp-head", "Голосування ще не відкрито")


async def test_deputy_asks_for_the_floor_and_speaks(
    browser: Browser, house: ModuleType, hall: Any, barriers: Any
) -> None:
    async with terminal(browser, house, hall.url) as page, house.clerk(hall.url) as clerk:
        await house.open_sitting(clerk)
        await says(page, "#lamp-head", "Голосування ще не відкрито")
        await press(page, "Digit0")
        await says(page, "#menu", "Що ви просите?")
        await press(page, "Digit2")
        await says(page, "#lamp-head", "репліка, номер 1 у черзі")
        await press(page, "Digit0")
        await says(page, "#lamp-head", "Голосування ще не відкрито")
        await press(page, "Digit0")
        await page.locator("#menu").wait_for()
        await press(page, "Digit1")
        await says(page, "#lamp-head", "виступ, номер 1 у черзі")
        await done(clerk, "NextSpeaker", speech=1)
        await says(page, "#lamp-head", "Слово ваше")
        await says(page, "#countdown-label", "ваш час")
        assert (await text(page, "#figure")).count(":") == 1
        assert await barriers(page) == []
        await done(clerk, "PauseFloor", speech=1)
        await says(page, "#countdown-label", "пауза")
        await done(clerk, "EndFloor", speech=1)
        await says(page, "#lamp-head", "Голосування ще не відкрито")


async def test_deputy_leaves_and_registers_again(browser: Browser, house: ModuleType, hall: Any) -> None:
    record = hall.hall.chamber(house.SITTING).data
    async with terminal(browser, house, hall.url) as page, house.clerk(hall.url) as clerk:
        await house.open_sitting(clerk)
        await says(page, "#lamp-head", "Голосування ще не відкрито")
        await asyncio.sleep(FRESH_S)
        await page.locator("#leave").click()
        await says(page, "#menu", "Виходите із зали?")
        await asyncio.sleep(FRESH_S)
        await page.locator(".answer").first.click()
        await says(page, "#lamp-head", "Вас не зареєстровано")
        assert house.member(DESK) not in record.record.present
        await asyncio.sleep(FRESH_S)
        await page.locator("#side button").click()
        await says(page, "#lamp-head", "Голосування ще не відкрито")
        assert house.member(DESK) in record.record.present


@pytest.mark.parametrize("width", [1280, 360])
async def test_receipt_is_kept_as_a_file_that_the_audit_reads_and_as_a_code(
    browser: Browser, house: ModuleType, hall: Any, tmp_path: Path, width: int, barriers: Any
) -> None:
    async with terminal(browser, house, hall.url) as page, house.clerk(hall.url) as clerk:
        await page.set_viewport_size({"width": width, "height": 800})
        await house.open_sitting(clerk)
        await done(clerk, "OpenVote", vote_n=1, seconds=600)
        await says(page, "#lamp-head", "Голосування відкрито")
        await press(page, "Digit3")
        await says(page, "#lamp-head", "Записано: «Утримався»")
        await done(clerk, "CloseVote", vote_n=1)
        await says(page, "#own", "Утримався")
        if width == 360:  # the page may have been loaded anew meanwhile
            await page.reload()
            await says(page, "#own", "Утримався")
        async with page.expect_download() as coming:
            await press(page, "Digit8")
        await (await coming.value).save_as(tmp_path / "receipt.json")
        await page.locator("#receipt .code").wait_for()
        assert await barriers(page) == []
        several = [Press(f"m{n}", "0" * 16, n, Option.FOR, AT, terminal=f"t{n}", signature=SIGNED) for n in (1, 2, 3)]
        for recorded in Receipts(house.SIGNER).of("rada-2026-03-01", 2, several):
            words = await page.evaluate(
                "async (recorded) => (await import('/static/terminal_receipt.js')).receiptText(recorded)",
                msgspec.to_builtins(recorded),
            )
            assert receipt.check(receipt.parse(words.encode()), house.SIGNER.vkey).code == 0
    data = (tmp_path / "receipt.json").read_bytes()
    kept = receipt.parse(data)
    assert (kept.option.value, kept.member, kept.vote_n) == ("abstain", house.member(DESK), 1)
    assert receipt.check(kept, house.SIGNER.vkey).code == 0
    assert json.loads(data)["signature"]


async def sign_in_by(db: TestDatabase, house: ModuleType, way: str) -> None:
    """A furnished hall whose members show a card or a PIN; member 3 has both."""
    await house.furnish(db.database("hall"))
    connection = await db.database("hall").connect()
    await connection.execute("update body set seat_by = $1", way)
    now = await connection.fetchval("select now()")
    sealed = Sealed(house.COOKIE_KEY)
    await set_credential(connection, sealed, house.member(3), "test", now, card="70012349", pin="4821")
    await connection.close()


async def test_member_signs_in_by_card_votes_and_leaves_the_seat(
    browser: Browser, house: ModuleType, db: TestDatabase, barriers: Any
) -> None:
    await sign_in_by(db, house, "card")
    async with (
        house.running(db.database("hall")) as hall,
        terminal(browser, house, hall.url) as page,
        house.clerk(hall.url) as clerk,
    ):
        await done(clerk, "OpenSitting")
        await says(page, "#lamp-head", "Прикладіть картку")
        assert await text(page, "#name") == ""
        assert await barriers(page) == []
        await asyncio.sleep(FRESH_S)
        await page.keyboard.type("99999999")
        await page.keyboard.press("Enter")
        await says(page, "#lamp-head", "Не прийнято")
        await page.keyboard.type("70012349")
        await page.keyboard.press("Enter")
        await says(page, "#lamp-head", "Голосування ще не відкрито")
        assert "0003" in await text(page, "#name")
        top = await page.evaluate(KEYS_TOP)
        await press(page, "Digit7")
        await page.locator("#menu").wait_for()
        await press(page, "Enter")
        await says(page, "#lamp-head", "Прикладіть картку")
        assert await page.evaluate(KEYS_TOP) == top
        await done(clerk, "CallItem", item="1")
        await done(clerk, "OpenVote", vote_n=1, seconds=60, override="Перевірка місць")
        assert await page.evaluate(KEYS_TOP) == top, "voting keys lie in one place, whoever sits there"
        await asyncio.sleep(FRESH_S)
        await page.locator(".pad-key", has_text="0").click(timeout=20_000)  # nothing lies over the pad
        await says(page, "#typed", "●")


async def test_member_signs_in_by_name_and_pin(
    browser: Browser, house: ModuleType, db: TestDatabase, barriers: Any
) -> None:
    await sign_in_by(db, house, "pin")
    async with (
        house.running(db.database("hall")) as hall,
        terminal(browser, house, hall.url) as page,
        house.clerk(hall.url) as clerk,
    ):
        await done(clerk, "OpenSitting")
        await says(page, "#lamp-head", "Введіть PIN")
        assert await barriers(page) == []
        await page.locator("#who").select_option(house.member(3))
        await asyncio.sleep(FRESH_S)
        for digit in "4821":
            await page.locator(".pad-key", has_text=digit).click()
        assert await text(page, "#typed") == "●●●●"
        await page.get_by_role("button", name="Увійти").click()
        await says(page, "#lamp-head", "Голосування ще не відкрито")
        assert "0003" in await text(page, "#name")
