"""The sitting in which everything happens, in Chromium: accessible at both widths, and live without a reload."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.cinema import hear_errors

SITTING = "/sittings/meadow-council-2026-11-22"
TESTS = Path(__file__).parents[1]


def module(name: str) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, TESTS / f"{name}.py")
        assert spec is not None and spec.loader is not None
        made = importlib.util.module_from_spec(spec)
        sys.modules[name] = made
        spec.loader.exec_module(made)
    return sys.modules[name]


@pytest.fixture(scope="session")
def full() -> ModuleType:
    return module("full_sitting")


@pytest.fixture
async def meadow(full: ModuleType, db: Any) -> AsyncIterator[Any]:
    made = await module("meadow_town").furnish(db, full)
    yield made
    await made.close()


@pytest.fixture
async def address(meadow: Any, tmp_path: Path) -> AsyncIterator[str]:
    async with module("site_town").serving(meadow.db, tmp_path) as served:
        yield served


async def opened(browser: Browser, url: str, width: int, **options: Any) -> Page:
    context = await browser.new_context(viewport={"width": width, "height": 800}, locale="uk-UA", **options)
    page = await context.new_page()
    hear_errors(page)
    await page.goto(url)
    return page


async def test_pages_of_every_kind_of_vote_are_accessible_and_fit_their_screen(
    browser: Browser, meadow: Any, full: Any, address: str, fits: Any
) -> None:
    told = full.whole()
    before = 0
    page = await opened(browser, "about:blank", 360)
    for count in (3, 25, 35, 43):  # published; a speech; held; void
        part = full.Told()
        part.facts, part.times = told.facts[:count], told.times[:count]
        await meadow.tell(part, before)
        before = count
        await page.goto(address + SITTING)
        await fits(page, f"after {count} facts")
        await page.goto("about:blank")  # the live page would follow what is told next
    await meadow.tell(told, before)
    for path in ("", *(f"/votes/{n}" for n in range(1, 12))):
        await page.goto(address + SITTING + path)
        await fits(page)
    await page.context.close()


async def test_live_page_follows_every_kind_of_vote_without_a_reload(
    browser: Browser, meadow: Any, full: Any, address: str
) -> None:
    """Speech, hold, verdict, void, tie and casting vote, candidates, a secret ballot: all in the same document."""
    told, before = full.whole(start=datetime.now(UTC) + timedelta(hours=1)), 0  # no time runs out while we look

    async def until(count: int) -> None:
        nonlocal before
        part = full.Told()
        part.facts, part.times = told.facts[:count], told.times[:count]
        await meadow.tell(part, before)
        before = count

    await until(24)
    page = await opened(browser, address + SITTING, 1280)
    await page.evaluate("window.sameDocument = true")
    word, earlier = page.locator("#word"), page.locator("#earlier-list")
    await expect(page.locator("#speech")).to_be_hidden()
    await until(25)
    await expect(page.locator("#speech-name")).to_have_text("Деревій Гнат", timeout=20_000)
    await expect(page.locator("#speech-time")).to_contain_text("3:00")
    await until(35)
    await expect(page.locator("#speech")).to_be_hidden(timeout=20_000)
    await expect(page.locator("#open-head")).to_have_text("Призупинено")
    assert await page.locator('.live-names .row[data-sign="for"]').count() == 0
    await until(37)
    await expect(word).to_have_text("Прийнято:", timeout=20_000)
    await expect(page.locator(".group-figures .unseen").first).to_have_text("за")  # a figure is said with its word
    assert '<span class="unseen"> за</span>' in await (await page.request.get(address + SITTING)).text()
    aloud = page.locator(f'.row[data-member="{full.MEMBERS[5]}"]')
    await expect(aloud.locator(".row-note")).to_have_text("уголос")
    await expect(page.locator("#notes")).to_contain_text("конфлікт інтересів")
    await until(43)
    await expect(word).to_have_text("Недійсне:", timeout=20_000)
    await expect(page.locator("#tally")).to_be_hidden()
    await expect(page.locator(".live-names")).to_be_hidden()  # nobody has «not yet» voted in a void vote
    await expect(earlier.locator('[data-n="3"] .vote-title')).to_have_class("vote-title serif struck")
    await until(51)
    await expect(word).to_have_text("Порівну голосів:", timeout=20_000)
    await until(53)
    await expect(word).to_have_text("Прийнято:", timeout=20_000)
    await expect(earlier.locator('[data-n="6"] .verdict-word')).to_have_class("verdict-word verdict-adopted")
    await until(74)
    await expect(word).to_have_text("Обрано:", timeout=20_000)
    chosen = page.locator(f'.row[data-member="{full.MEMBERS[7]}"]')
    await expect(chosen.locator(".row-word")).to_have_text("2. Нагідка Одарка")
    await until(75)
    await expect(earlier.locator('[data-n="10"] .vote-tag')).to_have_text("Таємне голосування", timeout=20_000)
    secret = earlier.locator('[data-n="10"]')
    await expect(secret.locator(".verdict-word")).to_have_class("verdict-word verdict-adopted")
    await until(76)
    await expect(secret.locator(".vote-title")).to_have_class("vote-title serif struck", timeout=20_000)
    await expect(secret.locator(".verdict-word")).to_have_text("Недійсне")
    await until(77)
    repeated = "Таємне голосування · Повторення голосування № 10"
    await expect(earlier.locator('[data-n="11"] .vote-tag')).to_have_text(repeated, timeout=20_000)
    assert await page.evaluate("window.sameDocument") is True
    lines = [await line.inner_text() for line in await earlier.locator("li").all()]
    await page.reload()  # the server's own lines say no more and no less
    assert [await line.inner_text() for line in await earlier.locator("li").all()] == lines
    await page.context.close()
