"""Timers say the same on every screen: the moment at which a vote closes, by each page's idea of the hall's clock."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hardware.fakes import CutProxy

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

DESK = 5
WITHIN_MS = 100
SLOW_S = 0.15  # each way, of the terminal's line

# A device whose clock is a day off. The machine's own time is still read from performance.timeOrigin.
DAY_OFF = "const now = Date.now; Date.now = () => now() - 86_400_000;"

# The hall's clock by this page, against the machine's: what every countdown of the page is made of.
OFFSET = """async () => {
  const { serverNow } = await import("/static/socket.js");
  return serverNow() - (performance.timeOrigin + performance.now());
}"""

# The moment at which the vote closes on this page: the machine's time and what is left by the page.
CLOSING = """async (vote) => {
  const { serverNow } = await import("/static/socket.js");
  const { leftOf } = await import("/static/countdown.js");
  return performance.timeOrigin + performance.now() + leftOf(vote, serverNow());
}"""


async def agree(pages: dict[str, Page], script: str, *arguments: Any) -> dict[str, float]:
    """What each page says, once all say it within 100 ms of each other; a page measures again every second."""
    said: dict[str, float] = {}
    for _ in range(40):
        said = {name: await page.evaluate(script, *arguments) for name, page in pages.items()}
        if max(said.values()) - min(said.values()) <= WITHIN_MS:
            return said
        await asyncio.sleep(0.5)
    raise AssertionError(said)


async def test_timers_of_all_screens_agree_though_a_line_is_slow_and_a_clock_a_day_off(
    browser: Browser, house: ModuleType, hall: Any
) -> None:
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(CutProxy("127.0.0.1", hall.port))
        proxy.delay = SLOW_S
        clerk = await stack.enter_async_context(house.clerk(hall.url))
        await house.open_sitting(clerk)
        assert (await clerk.act("OpenVote", vote_n=1, seconds=600))["type"] == "Done"
        pages: dict[str, Page] = {}
        for name, url in (("terminal", proxy.url("http")), ("display", hall.url), ("console", hall.url)):
            context = await stack.enter_async_context(await browser.new_context(locale="uk"))
            if name == "terminal":
                await context.add_init_script(DAY_OFF)
                pages[name] = await house.enrolled_page(context, url, DESK)
            else:
                pages[name] = await context.new_page()
            if name == "console":
                _, cookie = await asyncio.to_thread(house.sign_in, hall.url)
                cookies = [pair.split("=", 1) for pair in cookie.split("; ")]
                await context.add_cookies([{"name": key, "value": value, "url": hall.url} for key, value in cookies])
            await pages[name].goto(f"{url}/{name}", timeout=60_000)
        await pages["terminal"].locator(".key.is-open").first.wait_for(timeout=30_000)
        await pages["display"].locator("body[data-scene=open]").wait_for(timeout=30_000)
        await pages["console"].locator("#link.is-up").wait_for(timeout=30_000)
        offsets = await agree(pages, OFFSET)
        assert max(abs(offset) for offset in offsets.values()) < 60_000, "no page goes by its own clock, a day off"
        vote = hall.hall.chamber(house.SITTING).data
        closing = await agree(pages, CLOSING, {"state": "open", "seconds": 600, "closes_at": vote.closes_at})
        assert len(closing) == 3
