"""The public site in Chromium: accessible, usable on a phone, complete without script, and filling itself."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from council.words import LANGUAGES

SITTING = "/sittings/drohobych-council-2017-11-22"
IMPORTED = "/sittings/drohobych-council-2016-12-20"
PAGES = [
    "/",
    "/sittings",
    f"{IMPORTED}/votes/5",
    IMPORTED,
    SITTING,
    f"{SITTING}/votes/1",
    f"{SITTING}/votes/2",
    f"{SITTING}/video?at=vote-1",
    "/members",
    "/members/1002",
    "/ledger",
    "/sittings/nothing",
]
ABROAD = [  # where words, names and figures stand closest; in every language
    (360, f"{SITTING}/votes/1"),
    (360, SITTING),
    (360, f"{SITTING}/video?at=vote-1"),
    (900, "/members/1002"),
]


@pytest.fixture(scope="session")
def towns() -> ModuleType:
    """The module tests/site_town.py."""
    if "site_town" not in sys.modules:
        spec = importlib.util.spec_from_file_location("site_town", Path(__file__).parents[1] / "site_town.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["site_town"] = module
        spec.loader.exec_module(module)
    return sys.modules["site_town"]


@asynccontextmanager
async def deciding(towns: ModuleType, db: Any) -> AsyncIterator[Any]:
    """A town. One vote is decided, the second is open, seven members have voted in it."""
    made = await towns.furnish(db)
    await made.open_sitting()
    await made.arrive_all()
    await made.hold(1)
    await made.call(2)
    await made.open_vote(2)
    await made.say_live(made.present[:7], seconds_left=600)
    yield made
    await made.close()


@pytest.fixture(scope="module")
async def town(towns: ModuleType, stock: Any) -> AsyncIterator[Any]:
    """To be looked at: nothing happens in it."""
    db = await stock.take()
    async with deciding(towns, db) as made:
        yield made
    await stock.give_back(db.name)


@pytest.fixture(scope="module")
async def address(towns: ModuleType, town: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with towns.serving(town.db, tmp_path_factory.mktemp("town")) as served:
        yield served


@asynccontextmanager
async def window(browser: Browser, width: int, **options: Any) -> AsyncIterator[Callable[[str], Awaitable[Page]]]:
    """go(url): one page after another; what one complains of fails the test."""
    size = {"width": width, "height": 800}
    async with await browser.new_context(viewport=size, locale="uk-UA", **options) as context:
        page = await context.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)

        async def go(url: str) -> Page:
            await page.goto(url)
            return page

        yield go
        assert [one for one in said if "404" not in one] == []


async def test_every_page_is_accessible_and_fits_its_screen(browser: Browser, address: str, fits: Any) -> None:
    async with window(browser, 360) as go:
        for path in PAGES:
            await fits(await go(address + path))


async def test_pages_fit_their_screen_in_every_language(browser: Browser, address: str) -> None:
    """A phone, and the narrowest screen whose links and languages stand in one line."""
    async with window(browser, 360) as go:
        for language, (width, path) in product(LANGUAGES, ABROAD):
            page = await go(f"{address}{path}{'&' if '?' in path else '?'}lang={language}")
            await page.set_viewport_size({"width": width, "height": 800})
            own, wide = await page.evaluate("(root => [root.lang, root.scrollWidth])(document.documentElement)")
            assert (own, wide <= width) == (language, True), f"{path} in {language}: {wide} px of {width}"


async def test_every_name_is_there_without_script(browser: Browser, town: Any, address: str) -> None:
    async with window(browser, 360, java_script_enabled=False) as go:
        page = await go(f"{address}{SITTING}/votes/1")
        names = await page.locator(".roll .row-name").all_inner_texts()
        assert sorted(names) == sorted(f"{m.family_name} {m.given_name}" for m in town.plan.members)
        await page.get_by_text("Не голосував", exact=False).first.wait_for()
        await page.locator("label", has=page.locator("#only-abstain")).click()
        await expect(page.locator(".roll .row:visible")).to_have_count(1)
        await page.locator("label", has=page.locator("#only-against")).click()
        await expect(page.locator(".roll .row:visible")).to_have_count(0)
        await expect(page.get_by_text("Ніхто не голосував «проти».")).to_be_visible()
        await expect(page.locator(".by-option")).to_be_hidden()
        await page.locator("label", has=page.locator("#order-option")).click()
        await expect(page.locator(".by-option")).to_be_visible()
        await expect(page.locator("#surname")).to_be_hidden()
        await page.locator(".menu summary").click()
        await expect(page.locator(".links")).to_be_visible()
        await page.emulate_media(media="print")
        await expect(page.locator(".chips")).to_be_visible()  # a paper that leaves out names says so
        await page.emulate_media(media="screen")
        await page.locator("label", has=page.locator("#only-all")).click()
        await page.emulate_media(media="print")
        for pressed in (".chips", ".search", ".switch", ".video-card", ".files", ".pager", ".foot"):
            await expect(page.locator(pressed).first).to_be_hidden()
        await expect(page.locator(".roll .row:visible")).to_have_count(len(names))


async def test_surname_is_found_as_it_is_typed(browser: Browser, address: str) -> None:
    async with window(browser, 1280) as go:
        page = await go(f"{address}{SITTING}/votes/1")
        await page.locator("#surname").fill("янів")
        await expect(page.locator(".roll .row:visible")).to_have_count(2)
        await page.locator("#surname").fill("янівська")
        await expect(page.get_by_text("Нічого не знайдено. Перевірте написання.")).to_be_visible()


async def test_live_page_becomes_the_verdict_in_place_with_every_name(
    browser: Browser, towns: ModuleType, db: Any, tmp_path: Path
) -> None:
    async with (
        deciding(towns, db) as town,
        towns.serving(db, tmp_path) as address,
        window(browser, 1280) as go,
    ):
        page = await go(address + SITTING)
        await expect(page.locator("#live")).to_have_attribute("data-stage", "open")
        await expect(page.locator(".hall-count")).to_have_text("7")
        height = await page.locator("#now").evaluate("card => card.offsetHeight")
        town.press(town.script[1])
        await town.say_live(town.present[:20], seconds_left=600)
        await expect(page.locator(".hall-count")).to_have_text("20")
        signs = await page.locator(".live-names .row").evaluate_all("rows => rows.map(row => row.dataset.sign)")
        assert set(signs) <= {"voted", "waiting", "absent"}
        await page.evaluate("window.notReloaded = true")
        await town.close_vote()
        await expect(page.locator("#live")).to_have_attribute("data-stage", "closed")
        await expect(page.locator("#now .verdict-line")).to_have_text("Прийнято: 20 «за» — потрібно щонайменше 19")
        await expect(page.locator("#announce")).to_have_text("Прийнято: 20 «за» — потрібно щонайменше 19")
        rows = await page.locator(".live-names .row").evaluate_all(
            "rows => rows.map(r => [r.dataset.member, r.dataset.sign])"
        )
        assert dict(rows) == {m: str(town.script[1].get(m, "no_record")) for m in town.members}
        assert await page.locator("#now").evaluate("card => card.offsetHeight") == height
        await expect(page.locator("#earlier-list .vote-row")).to_have_count(2)
        await town.call(3)
        await expect(page.locator("#motion")).to_have_text(town.plan.items[2].title)
        title = town.plan.items[1].motions[0].text
        await expect(page.locator("#now-of")).to_have_text(f"Голосування № 2 · {title}")  # whose verdict still stands
        assert 'id="now-of">' in await (await page.request.get(page.url)).text()
        await town.open_vote(3)
        await expect(page.locator("#live")).to_have_attribute("data-stage", "open")
        await expect(page.locator("#kicker-no")).to_have_text("Голосування № 3")
        await expect(page.locator("#now-of")).to_be_hidden()
        await town.close_vote()
        await town.close_sitting()
        await expect(page.locator("#ended")).to_be_visible()
        assert await page.evaluate("window.notReloaded")


async def test_page_of_a_sitting_that_begins_becomes_its_live_page(
    browser: Browser, towns: ModuleType, db: Any, tmp_path: Path
) -> None:
    town = await towns.furnish(db)
    async with towns.serving(db, tmp_path) as served, window(browser, 360) as go:
        page = await go(served + SITTING)
        await expect(page.get_by_text("Засідання ще не відкрито.")).to_be_visible()
        await town.open_sitting()
        await expect(page.locator("#live")).to_have_attribute("data-stage", "before")
        await town.arrive_all()
        await town.say_live([])
        await expect(page.locator("#quorate")).to_contain_text("кворум є")
        said = await page.locator(".presence-row").get_attribute("aria-label") or ""
        assert said.startswith(f"У\u00a0залі {len(town.present)} з"), "what a screen reader says follows too"
    await town.close()
