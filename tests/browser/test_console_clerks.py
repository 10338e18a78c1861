"""Two clerks at two consoles, and a secret ballot with the scan of its protocol, against the real hall."""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from council.access.staff import set_password

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.conftest import TestDatabase

SCAN = b"%PDF-1.7\n% what the counting commission has signed\n"


async def test_two_clerks_see_the_same_and_what_one_has_overtaken_is_refused_and_said(
    browser: Browser, house: ModuleType, hands: ModuleType, hall: Any, network: Any, db: TestDatabase
) -> None:
    async with house.clerk(hall.url) as clerk:
        await house.open_sitting(clerk)
    async with (
        hands.console(browser, house, hall.url) as first,
        hands.console(browser, house, hall.url, name=house.SECOND) as second,
    ):
        await network.attach(second, "/ws/console")
        await second.reload()
        await hands.main_act(first, "Відкрити голосування")
        await hands.main_act(second, "Відкрити голосування")
        network.cut()
        await first.keyboard.press("KeyD")
        await first.locator(".main-act", has_text="Закрити").wait_for()
        await second.keyboard.press("KeyY")  # calls the next item, while for this clerk the vote is not open yet
        network.mend()
        await second.locator("#guard.is-inverted", has_text=re.compile("Не.виконано")).wait_for()
        await second.locator(".main-act", has_text="Закрити").wait_for()
        assert await hands.text(first, "#title") == await hands.text(second, "#title") == "Про питання 1"
        await asyncio.sleep(hands.FRESH_S)
        await second.keyboard.press("KeyG")  # held by the second, resumed by the first
        await hands.main_act(first, "Продовжити голосування")
        await first.keyboard.press("KeyG")
        await hands.main_act(second, "Закрити голосування")
        connection = await db.database("hall").connect()
        await set_password(connection, house.SECOND, datetime.now(UTC), password="another password")
        await connection.close()
        await second.locator("[role=status]", has_text=re.compile("Ваш.вхід.завершено:.змінено.пароль")).wait_for()
        assert second.url == f"{hall.url}/login?next=%2Fconsole"
        await hands.main_act(first, "Закрити голосування")
    assert hall.hall.chamber(house.SITTING).data.record.current_item == "1"


async def test_secret_ballot_is_recorded_with_its_ground_totals_and_scan(
    browser: Browser, house: ModuleType, hands: ModuleType, db: TestDatabase, tmp_path: Path
) -> None:
    await house.furnish(db.database("hall"))
    async with house.running(db.database("hall"), drafts=tmp_path) as hall:
        async with house.clerk(hall.url) as clerk:
            await house.open_sitting(clerk)
        async with hands.console(browser, house, hall.url) as page:
            await hands.main_act(page, "Відкрити голосування")
            await page.keyboard.press("Shift+KeyN")
            await page.locator("dialog[open] #field-ground").select_option("secretary")
            await page.fill("#field-text", "Обрати секретаря ради")
            for name, figure in (
                ("issued", 37),
                ("found", 36),
                ("invalid", 1),
                ("votes_for", 20),
                ("votes_against", 10),
            ):
                await page.fill(f"#field-{name}", str(figure))
            await page.fill("#field-votes_abstain", "4")
            await page.locator(".sum.is-wrong", has_text="бракує").wait_for()
            await page.fill("#field-votes_abstain", "5")
            await page.locator(".sum:not(.is-wrong)", has_text="Сходиться").wait_for()
            await page.keyboard.press("Control+Enter")
            assert await hands.text(page, '[data-field="document"] .field-error') == "Виберіть скан."
            file = page.locator("#field-document")
            await file.set_input_files({"name": "протокол.txt", "mimeType": "text/plain", "buffer": b"text"})
            await page.locator('[data-field="document"] .field-error', has_text="pdf").wait_for()
            await file.set_input_files({"name": "Протокол.pdf", "mimeType": "application/pdf", "buffer": SCAN})
            await page.locator('[data-field="document"] .field-note', has_text="збережено").wait_for()
            await page.locator("#field-text").focus()
            await page.keyboard.press("Control+Enter")
            await page.locator("dialog[open]").wait_for(state="detached")
            await hands.main_act(page, "Відкрити")
            await page.keyboard.press("KeyZ")
            await page.fill("#field-reason", "підсумки внесено з помилкою")
            await page.keyboard.press("Control+Enter")
            await hands.main_act(page, "Внести повторне таємне голосування")
            assert "підсумки внесено з помилкою" in await hands.text(page, "#guard")
            await page.keyboard.press("KeyV")  # or by name, from the past votes
            await page.keyboard.press("Enter")
            await page.locator("dialog[open] button", has_text="Повторити поіменно…").click()
            assert await page.input_value("#field-text") == "Обрати секретаря ради"
            assert await page.locator("#field-reason").is_visible()
            await page.keyboard.press("Escape")
            await page.locator("dialog[open]").wait_for(state="detached")
            await page.keyboard.press("KeyD")
            assert await page.input_value("#field-text") == "Обрати секретаря ради"
            assert await page.input_value("#field-ground") == "secretary"
            figures = ("issued", 37), ("found", 36), ("invalid", 1), ("votes_for", 19), ("votes_against", 10)
            for name, figure in (*figures, ("votes_abstain", 6)):
                await page.fill(f"#field-{name}", str(figure))
            file = page.locator("#field-document")
            await file.set_input_files({"name": "Протокол.pdf", "mimeType": "application/pdf", "buffer": SCAN})
            await page.locator('[data-field="document"] .field-note', has_text="збережено").wait_for()
            await page.locator("#field-text").focus()
            await page.keyboard.press("Control+Enter")
            await page.locator("dialog[open]").wait_for(state="detached")
            await hands.main_act(page, "Відкрити")
            await page.keyboard.press("KeyV")
            await page.locator("dialog[open] .pick-end", has_text="Недійсне").wait_for()
    record = await house.record(db.database("hall"))
    assert (record.secret_votes[1].voided.reason, record.secret_votes[2].fact.repeats) == (
        "підсумки внесено з помилкою",
        1,
    )
    assert record.secret_votes[2].fact.for_ == 19
    vote = record.secret_votes[1].fact
    digest = hashlib.sha256(SCAN).hexdigest()
    assert (vote.ground, vote.for_, vote.result) == ("secretary", 20, "adopted")
    assert (vote.protocol.name, vote.protocol.sha256, vote.protocol.bytes_) == ("Протокол.pdf", digest, len(SCAN))
    assert (tmp_path / digest[:2] / digest).read_bytes() == SCAN
