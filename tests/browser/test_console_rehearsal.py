"""A clerk rehearses: the same console, marked, over a ledger of its own, and back."""

from __future__ import annotations

import asyncio
import re
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.conftest import TestDatabase


async def test_clerk_rehearses_a_vote_and_comes_back_to_the_sitting(
    browser: Browser, house: ModuleType, hands: ModuleType, hall: Any, db: TestDatabase
) -> None:
    async with hands.console(browser, house, hall.url) as page:
        await hands.main_act(page, "Відкрити засідання")
        await page.keyboard.press("Shift+KeyE")
        await page.locator("dialog[open] .filled").press("Enter")
        await page.locator("#strip", has_text="Репетиція").wait_for()
        await hands.main_act(page, "Відкрити засідання")
        await hands.act_and_wait(page, "KeyE", "Оголосити питання 1")
        await page.keyboard.press("Shift+KeyE")  # ends it, pressed twice
        await page.locator(".is-confirm, #dialog-body").first.wait_for(state="attached")
        await asyncio.sleep(hands.FRESH_S)
        await page.keyboard.press("Shift+KeyE")
        await page.locator("#strip[hidden]").wait_for(state="attached")
        await hands.main_act(page, "Відкрити засідання")
        assert re.search("не.відкрито", await page.locator("#kicker").inner_text())
    async with house.clerk(hall.url) as clerk:
        assert (await clerk.expect("ConsoleState"))["sitting"]["state"] == "planned"
