"""A clerk's day from the agenda's table to the printed minutes, by the keyboard: a rehearsal that leaves no trace,
votes of several kinds, and the citizens' page that says the same as the hall."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from axe_playwright_python.async_playwright import Axe

from council.profile import shipped_file

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.conftest import TestDatabase

MEMBERS = 5
AGENDA = """№;Назва;Текст рішення;Секунд
1;Про бюджет вигаданого міста;Затвердити бюджет;600
2;Про лавки у вигаданому парку;;600
"""
CASTING = """
[rules.of_those_who_vote]
base = "cast"
numerator = 1
denominator = 2
strict = true
source = { uk = "регламент", en = "rules of procedure" }
short = { uk = "більшість тих, хто голосує", en = "a majority of those who vote" }
matters = { uk = "процедурні питання", en = "procedural questions" }
tie = "chair"
verify = false

[options]
"""


class Day:
    """The clerk's page, a member's terminal at desk 1, and the desks' programs from 2 on."""

    def __init__(self, page: Page, seat: Page, desks: dict[int, Any], hands: ModuleType) -> None:
        self.page, self.seat, self.desks, self.hands = page, seat, desks, hands
        self.opened_at = 0.0  # loop time

    async def keys(self, *pressed: str) -> None:
        for key in pressed:
            await self.page.keyboard.press(key)

    async def twice(self, letter: str) -> None:
        """An act that asks once more: the question is to be seen."""
        await self.keys(letter)
        await self.page.locator(".acts .is-confirm").wait_for()
        await asyncio.sleep(self.hands.FRESH_S)
        await self.keys(letter)

    async def says(self, selector: str, words: str, page: Page | None = None) -> None:
        """Wait until it stands there; a space may be one that does not break."""
        pattern = re.compile(re.escape(words).replace(r"\ ", r"[\s\u00a0]"))
        await (page or self.page).locator(selector, has_text=pattern).first.wait_for()

    async def arrive(self) -> None:
        await self.says("#side", "Зареєструватися", self.seat)
        await asyncio.sleep(0.5)  # a key that has just come alive is deaf
        await self.seat.keyboard.press("7")
        for desk in self.desks.values():
            desk.arrive()
        await self.says("#present", f"{MEMBERS} із {MEMBERS}")

    async def opened(self, n: int) -> None:
        await self.says("#kicker", f"олосування {n} відкрито")
        for desk in self.desks.values():
            await desk.until(lambda desk: desk.state.vote is not None and desk.state.vote.n == n, 20)
        self.opened_at = asyncio.get_running_loop().time()

    async def press(self, key: str, **options: str) -> None:
        """`key`: on the terminal of desk 1; options: desk_2="for", ….."""
        await self.says("#lamp", "Голосування відкрито", self.seat)
        await asyncio.sleep(0.5)  # keys that have just come alive are deaf
        await self.seat.keyboard.press(key)
        await self.says(".keys", "записано", self.seat)
        for name, option in options.items():
            desk = self.desks[int(name.removeprefix("desk_"))]
            await desk.until(lambda desk: desk.state.may_press, 20)
            assert desk.press(option)
            await desk.until(lambda desk: desk.recorded is not None, 20)
        await self.says("#count b", str(1 + len(options)))
        passed = asyncio.get_running_loop().time() - self.opened_at
        await asyncio.sleep(max(0.0, self.hands.FRESH_S - passed))  # what closes a vote has been there for long enough

    async def announce(self, verdict: str) -> None:
        await self.hands.main_act(self.page, "Оголосити результат")
        await self.says("#aside-figure", verdict)
        await self.keys("KeyU")
        await self.says("#aside-note", "оголошено")
        await asyncio.sleep(self.hands.FRESH_S)


async def no_barrier(page: Page) -> None:
    found = (await Axe().run(page)).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], page.url


async def tab_to(page: Page, selector: str) -> None:
    for _ in range(150):
        if await page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab on {page.url}")


async def test_clerks_day_from_the_agendas_table_to_the_minutes_and_the_public_page(
    browser: Browser, house: ModuleType, hands: ModuleType, towns: ModuleType, db: TestDatabase, tmp_path: Path
) -> None:
    rules = tmp_path / "casting.toml"
    rules.write_text(shipped_file("ua").decode().replace("\n[options]\n", CASTING, 1))
    await house.furnish(db.database("hall"), MEMBERS, profile=str(rules))
    async with AsyncExitStack() as stack:
        hall = await stack.enter_async_context(house.running(db.database("hall"), drafts=tmp_path / "drafts"))
        site = await stack.enter_async_context(towns.serving(db, tmp_path))
        page = await stack.enter_async_context(hands.console(browser, house, hall.url))
        await _prepare(page, f"{hall.url}/prepare/{house.SITTING}", tmp_path / "порядок.csv")
        context = await stack.enter_async_context(await browser.new_context(viewport=hands.SCREEN, locale="uk"))
        seat = await house.terminal_page(context, hall.url, 1)
        desks = {n: await stack.enter_async_context(house.desk(hall.url, n)) for n in range(2, MEMBERS + 1)}
        await page.goto(f"{hall.url}/console")
        day = Day(page, seat, desks, hands)
        await _rehearse(day, f"{hall.url}/papers/{house.SITTING}/readiness")
        await _votes(day)
        await day.twice("KeyA")
        await hands.main_act(page, "Друкувати протокол")
        papers = f"{hall.url}/papers/{house.SITTING}/minutes"
        assert (await (await page.request.get(f"{papers}.pdf")).body())[:5] == b"%PDF-"
        minutes = await (await page.request.get(f"{papers}.txt")).text()
        told = await (await page.request.get(f"{site}/sittings/{house.SITTING}.json")).json()
        record = await house.record(db.database("hall"))
        await page.goto(f"{site}/sittings/{house.SITTING}")
        await no_barrier(page)
        public = (await page.inner_text("main")).replace("\u00a0", " ")
    votes = [(vote.n, vote.opened.relation, vote.state, vote.result) for vote in record.votes.values()]
    assert votes == [
        (1, None, "announced", "adopted"),
        (2, None, "voided", None),
        (3, "repeat", "announced", "rejected"),
        (4, None, "announced", "adopted"),
    ]
    assert record.votes[1].opened.recused == ("m5",)
    assert [vote["n"] for vote in told["votes"]] == [1, 2, 3, 4]
    for n, of in ((1, told["votes"][0]), (3, told["votes"][2]), (4, told["votes"][3])):
        tally = record.votes[n].tally
        assert (of["tally"]["for"], of["tally"]["against"]) == (tally.for_, tally.against), of
    assert "Репетиція" not in public + minutes
    minutes = " ".join(minutes.split())
    for words in ("Затвердити бюджет", "Про лавки у вигаданому парку", "Недійсне", "Аварія водогону"):
        assert words in public and words in minutes, words
    assert "збій табло" in minutes


async def _prepare(page: Page, address: str, table: Path) -> None:
    """The table takes the place of what was there; published."""
    table.write_text(AGENDA, encoding="utf-8")
    await page.goto(address)
    await tab_to(page, "summary#import")
    await page.keyboard.press("Enter")
    await page.set_input_files("#table", table)
    await tab_to(page, "#import-append")
    await page.keyboard.press("ArrowDown")
    await tab_to(page, "button[value=import]")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**done=read*")
    assert await page.locator(".point").count() == 2
    await tab_to(page, "#ground")
    await page.keyboard.type("Аварія водогону")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**done=published")


async def _rehearse(day: Day, sheet: str) -> None:
    """Every desk presses one key; ended from a screen that has no button for it."""
    await day.hands.main_act(day.page, "Відкрити засідання")
    await day.keys("Shift+KeyE")
    await day.says("#dialog-title", "Репетиція засідання")
    await day.keys("Enter")
    await day.says("#strip", "Репетиція.")
    await day.says("#strip", "Репетиція.", day.seat)
    await day.hands.main_act(day.page, "Відкрити засідання")
    await day.hands.act_and_wait(day.page, "KeyE", "Оголосити питання 1")
    await day.arrive()
    await day.hands.act_and_wait(day.page, "KeyY", "Відкрити голосування")
    await day.keys("KeyD")
    await day.opened(1)
    await day.press("1", desk_2="for", desk_3="for", desk_4="for", desk_5="for")
    await day.keys("KeyR")
    await day.announce("Прийнято")
    await no_barrier(day.page)
    await no_barrier(day.seat)
    assert await day.page.locator(".acts [data-act=end_rehearsal]").count() == 0
    await day.twice("Shift+KeyE")
    await day.page.locator("#strip").wait_for(state="hidden")
    text = await (await day.page.request.get(f"{sheet}.txt")).text()
    assert "не натиснуто клавіші 2, 3" in " ".join(text.replace("\u00a0", " ").split())


async def _votes(day: Day) -> None:
    """One with a recusal, one that is void and repeated, one under another rule with a tie."""
    await day.hands.main_act(day.page, "Відкрити засідання")
    await day.hands.act_and_wait(day.page, "KeyE", "Оголосити питання 1")
    await day.arrive()
    await day.keys("Shift+KeyU")
    await day.says("#dialog-title", "Хто головує")
    await day.page.keyboard.type("0001")
    await day.keys("Enter")
    await day.says("#chair", "головує")
    await day.hands.act_and_wait(day.page, "KeyY", "Відкрити голосування")
    assert day.desks[5].recuse()
    await day.page.locator("[data-desk='5'] .shape-recused").wait_for()
    await day.keys("KeyD")
    await day.opened(1)
    await day.press("1", desk_2="for", desk_3="for", desk_4="against")
    await day.keys("KeyR")
    await day.announce("Прийнято")
    await day.hands.act_and_wait(day.page, "KeyY", "Відкрити голосування")
    await day.keys("KeyD")
    await day.opened(2)
    await day.press("1", desk_2="for")
    await day.keys("KeyZ")
    await day.says("#dialog-title", "Визнати голосування 2 недійсним")
    await day.page.keyboard.type("збій табло")
    await day.keys("Control+Enter")
    await day.hands.main_act(day.page, "Повторити голосування")
    assert "Не голосував" not in await day.page.locator("#legend").inner_text()
    await day.keys("KeyD")
    await day.opened(3)
    await day.press("2", desk_2="for", desk_3="against", desk_4="abstain", desk_5="against")
    await day.keys("KeyR")
    await day.announce("Не прийнято")
    await day.keys("KeyF")
    await day.says("#dialog-title", "Голосування за пропозицію із залу")
    await day.keys("Digit6")
    await tab_to(day.page, "#field-rule")
    await day.keys("End", "Control+Enter")
    await day.opened(4)
    for screen in (day.page, day.seat):
        await day.says("#needed", "Потрібно: більшість тих, хто голосує", screen)
    await day.press("1", desk_2="for", desk_3="against", desk_4="against")
    await day.twice("KeyR")
    await day.says("#guard", "Голосів порівну")
    await asyncio.sleep(day.hands.FRESH_S)
    await day.twice("1")
    await day.announce("Прийнято")
    await day.hands.main_act(day.page, "Закрити засідання")
