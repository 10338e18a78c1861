"""A clerk prepares a sitting in Chromium by keyboard alone; its pages fit at 360 px and at 1280 and have no barrier."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from council import captions
from council.hall.caption_view import CUES
from streaming.captions import Caption

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.conftest import TestDatabase

LATER = date.today() + timedelta(days=60)
TABLE = """№;Назва;Текст рішення;Правило;Секунд;Пакетом
1;Про затвердження порядку денного;;;20;
2;Про внесення змін до бюджету Вигаданської територіальної громади на 2027 рік;Внести зміни згідно з додатком;;;так
;;Доручити виконавчому комітету оприлюднити рішення;;;
3;Про підтвердження рішення, яке зупинив міський голова;;дві третини складу ради, ст. 59 ч. 4;60;
4;Звіт голови постійної комісії;-;;;
"""


@pytest.fixture
async def running(db: TestDatabase, house: ModuleType, tmp_path: Path) -> AsyncIterator[Any]:
    await house.furnish(db.database("hall"), 9)
    async with house.running(db.database("hall"), drafts=tmp_path / "drafts") as running:
        yield running


@asynccontextmanager
async def clerk(browser: Browser, running: Any, house: ModuleType, width: int) -> AsyncIterator[Page]:
    """Signed in. What the browser says against the page's policy fails the test."""
    async with await browser.new_context(viewport={"width": width, "height": 800}, locale="uk") as context:
        page = await context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
        await page.goto(f"{running.url}/login?lang=uk")
        await page.fill("#name", house.CLERK)
        await page.fill("#password", house.PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/console")
        yield page
        assert said == []


async def tab_to(page: Page, selector: str) -> None:
    """As a reader without a mouse gets there."""
    for _ in range(150):
        if await page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab on {page.url}")


async def test_a_clerk_prepares_and_publishes_a_sitting_by_keyboard(
    browser: Browser, running: Any, house: ModuleType, db: TestDatabase, tmp_path: Path, fits: Any
) -> None:
    table = tmp_path / "порядок.csv"
    table.write_text(TABLE, encoding="cp1251")
    draft = tmp_path / "проєкт рішення.pdf"
    draft.write_bytes(b"%PDF-1.7 invented")
    async with clerk(browser, running, house, 360) as page:
        await page.goto(f"{running.url}/prepare")
        await fits(page)
        await tab_to(page, "#held-on")
        await page.fill("#held-on", LATER.isoformat())  # the parts of a date are typed differently in each language
        await tab_to(page, "#label")
        await page.keyboard.type("V сесія, 2-ге пленарне засідання")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/prepare/rada-{LATER}?done=made")
        await page.set_input_files("#table", table)
        await tab_to(page, "button[value=import]")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**done=read*")
        assert "Прочитано 4 питання." in await page.inner_text("[role=status]")
        assert await page.locator(".point").count() == 4
        await fits(page)
        await tab_to(page, "#item-4 button[value=up]")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**#item-4")
        assert await page.locator(".point-no").all_inner_texts() == ["1", "2", "4", "3"]
        await tab_to(page, "#item-4 a.small")  # the browser goes on from the item that was moved
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/item?item=4")
        await page.set_input_files("#file", draft)
        await tab_to(page, "button[value=attach]")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**#item-4")
        assert "проєкт рішення.pdf" in await page.inner_text("#item-4")
        await page.goto(f"{running.url}/prepare/rada-{LATER}/item?item=2")
        await fits(page)
        await page.goto(f"{running.url}/prepare/rada-{LATER}/seats")
        await fits(page)
        await tab_to(page, "#desk-m2")
        await page.keyboard.type("14")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/seats?done=saved")
        assert await page.input_value("#desk-m2") == "14"
        await page.goto(f"{running.url}/prepare/rada-{LATER}")
        await tab_to(page, "button[value=publish]")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**done=published")
        assert "Порядок денний оприлюднено." in await page.inner_text("[role=status]")
        await tab_to(page, "#item-1 summary")
        await page.keyboard.press("Enter")
        await tab_to(page, "#item-1 button[value=remove]")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".dots")
        assert "вилучено: 1. Про затвердження порядку денного" in await page.inner_text(".dots")
        await fits(page)
        hall = await db.database("hall").connect()
        at, by = datetime.now(UTC), captions.Author("clerk", "Секретар")
        said = [Caption(at, at + timedelta(seconds=2), "Добрий день", "Голова", n) for n in range(1, CUES + 2)]
        await captions.write(hall, f"rada-{LATER}", "uk", 0, said, by=by, at=at, how="uploaded", machine=True)
        await hall.close()
        await page.goto(f"{running.url}/prepare/rada-{LATER}/captions")
        await fits(page)
        await page.click(".row-name")
        await tab_to(page, "#text-1")
        await fits(page)


async def test_what_a_table_has_wrong_is_told_on_the_page(
    browser: Browser, running: Any, house: ModuleType, tmp_path: Path, fits: Any
) -> None:
    table = tmp_path / "порядок.csv"
    table.write_text("№;Назва;Час\n1;Перше;довго\n2;;\n", encoding="utf-8")
    async with clerk(browser, running, house, 1280) as page:
        await page.goto(f"{running.url}/prepare/{house.SITTING}")
        await page.click("#import")
        await page.set_input_files("#table", table)
        await page.click("button[value=import]")
        await page.wait_for_selector("[role=alert]")
        told = await page.locator(".problems li").all_inner_texts()
        assert told[0].startswith("порядок.csv: Рядок 2, стовпець «Час»: «довго»")
        assert told[1] == "порядок.csv: Рядок 3, стовпець «Назва»: немає назви."
        assert await page.locator(".point").count() == 3
        await fits(page)
