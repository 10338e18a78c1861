"""What a clerk does at the console, by the keyboard: signed in, one letter after another."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

FRESH_S = 1.1  # an act that has just appeared is deaf for a second
SCREEN = {"width": 1280, "height": 800}


@asynccontextmanager
async def console(
    browser: Browser, house: ModuleType, url: str, *, name: str | None = None, screen: str = "console", **options: Any
) -> AsyncIterator[Page]:
    """Signed in. screen: "console" or "chair"."""
    async with await browser.new_context(**({"viewport": SCREEN, "locale": "uk"} | options)) as context:
        page = await context.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
        _, cookie = await asyncio.to_thread(house.sign_in, url, name or house.CLERK)
        pairs = [pair.split("=", 1) for pair in cookie.split("; ")]
        await context.add_cookies([{"name": key, "value": value, "url": url} for key, value in pairs])
        await page.goto(f"{url}/{screen}")
        await page.locator(".link.is-up").wait_for()
        await page.locator("#kicker:not(:empty)").wait_for()
        yield page
        assert said == []


async def text(page: Page, selector: str) -> str:
    """What an element says; spaces that do not break are spaces."""
    return (await page.locator(selector).inner_text()).replace("\u00a0", " ")


async def main_act(page: Page, word: str) -> None:
    """Wait until the next act is `word`, and for its deaf second to pass."""
    pattern = re.compile(word.replace(" ", r"[\s\u00a0]"))
    await page.locator(".main-act .act-word", has_text=pattern).wait_for(timeout=20_000)
    await asyncio.sleep(FRESH_S)


async def act_and_wait(page: Page, letter: str, word: str) -> None:
    """Press the letter's key and wait for the act that comes next."""
    await page.keyboard.press(letter)
    await main_act(page, word)


@asynccontextmanager
async def seats(house: ModuleType, url: str, desks: range) -> AsyncIterator[list[Any]]:
    """The lines of some desks, all answering pings, and reading: who does not read is cut off."""
    async with AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(house.seat(url, desk)) for desk in desks]
        readers = [asyncio.create_task(_read(line)) for line in lines]
        try:
            yield lines
        finally:
            for reader in readers:
                reader.cancel()


async def _read(line: Any) -> None:
    with suppress(Exception):
        while True:
            await line._hear()


async def press(line: Any, option: str, vote_n: int = 1, **fields: Any) -> None:
    """A member's press at a desk of `seats`, to its receipt."""
    await line.send("PressOption", boot=line.boot, n=vote_n, vote_n=vote_n, option=option, **fields)
    async with asyncio.timeout(20):
        while not any(m["type"] in ("Recorded", "Refused") and m["n"] == vote_n for m in line.heard):
            await asyncio.sleep(0.01)
    answer = next(m for m in line.heard if m["type"] in ("Recorded", "Refused") and m["n"] == vote_n)
    assert answer["type"] == "Recorded", answer
