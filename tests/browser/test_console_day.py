"""A clerk's day: twelve votes of different kinds by the keyboard alone, against the real hall. A recusal, a lost
desk, a void and its repeat, a reconsideration, a tie, a correction; at the end the minutes are printed."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import TimeoutError as NotYet

from council.profile import shipped_file

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

    from tests.conftest import TestDatabase

MEMBERS = 9
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


@pytest.fixture
def casting(tmp_path: Path) -> str:
    """The rules of Ukraine and one more, under which the chair breaks a tie."""
    path = tmp_path / "casting.toml"
    path.write_text(shipped_file("ua").decode().replace("\n[options]\n", CASTING, 1))
    return str(path)


class Day:
    """The clerk's page and the desks."""

    def __init__(self, page: Page, house: ModuleType, hands: ModuleType, lines: list[Any], url: str) -> None:
        self.page, self.house, self.hands, self.lines, self.url = page, house, hands, lines, url
        self.vote_n = 0

    async def keys(self, *pressed: str) -> None:
        for key in pressed:
            await self.page.keyboard.press(key)

    async def second(self, act: str, **fields: Any) -> None:
        """What the second clerk does at another console."""
        async with self.house.clerk(self.url, name=self.house.SECOND) as line:
            await line.done(act, **fields)

    async def typed(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def dialog(self, title: str) -> None:
        pattern = re.compile(title.replace(" ", r"[\s\u00a0]"))
        await self.page.locator("dialog[open] #dialog-title", has_text=pattern).wait_for()

    async def opened(self) -> None:
        """The vote that was asked for is open, and its closing can be pressed."""
        self.vote_n += 1
        await self.page.locator("#kicker", has_text=re.compile(rf"голосування.{self.vote_n}.відкрито")).wait_for()
        await asyncio.sleep(self.hands.FRESH_S)

    async def pressed(self, options: str, candidate: int | None = None) -> None:
        """One letter a desk: f, a, o (abstains), - (nothing)."""
        words = {"f": "for", "a": "against", "o": "abstain"}
        for line, letter in zip(self.lines, options, strict=False):
            if letter in words:
                more = {} if candidate is None else {"candidate": candidate}
                await self.hands.press(line, words[letter], self.vote_n, **more)
        count = sum(letter in words for letter in options)
        await self.page.locator("#count b", has_text=str(count)).wait_for()

    async def written(self) -> None:
        """The hall has taken what the dialog asked: it is gone, and letters are the console's again."""
        await self.page.locator("#dialog:not([open])").wait_for(state="attached")

    async def twice(self, key: str, done: Locator) -> None:
        """An act that asks once more. The question passes after four seconds, and a busy machine may sleep that long:
        then it is asked again. A key pressed once too often finds nothing to do."""
        question = self.page.locator(".is-confirm")
        async with asyncio.timeout(60):
            while not await done.is_visible():
                if not await question.count():
                    await self.keys(key)
                    await question.or_(done).first.wait_for()
                    await asyncio.sleep(self.hands.FRESH_S)
                if await question.count():
                    await self.keys(key)
                with suppress(NotYet):
                    await done.wait_for(timeout=5000)

    async def close(self, again: bool = False) -> None:
        """`again`: somebody has not voted, it asks once more."""
        if again:
            closed = re.compile(rf"голосування.{self.vote_n}.закрито")
            await self.twice("KeyR", self.page.locator("#kicker", has_text=closed))
        else:
            await self.keys("KeyR")

    async def announce(self, verdict: str) -> None:
        await self.hands.main_act(self.page, "Оголосити результат")
        assert (await self.hands.text(self.page, "#aside-figure")).startswith(verdict)
        await self.keys("KeyU")
        await self.page.locator("#aside-note", has_text=re.compile("^оголошено")).wait_for()
        await asyncio.sleep(self.hands.FRESH_S)


async def test_clerk_runs_twelve_votes_of_different_kinds_by_the_keyboard_alone(
    browser: Browser, house: ModuleType, hands: ModuleType, db: TestDatabase, casting: str
) -> None:
    await house.furnish(db.database("hall"), MEMBERS, profile=casting)
    async with (
        house.running(db.database("hall")) as hall,
        hands.console(browser, house, hall.url) as page,
        hands.seats(house, hall.url, range(1, MEMBERS)) as lines,  # the ninth desk has no connection
    ):
        day = Day(page, house, hands, lines, hall.url)
        await _begin(day)
        await _recusal_and_a_lost_desk(day)
        await _reconsideration(day)
        await _void_and_repeat(day)
        await _from_the_floor(day)
        await _called(day)
        await _by_hand(day)
        await _candidates(day)
        await _tie(day)
        await _block(day)
        await _amended(day)
        await _correction(day)
        await day.twice("KeyA", page.locator("#kicker", has_text="Засідання закрито"))
        await hands.main_act(page, "Друкувати протокол")
        minutes = await page.request.get(f"{hall.url}/papers/{house.SITTING}/minutes.pdf")
        assert (minutes.status, (await minutes.body())[:5]) == (200, b"%PDF-")
    record = await house.record(db.database("hall"))
    told = [
        (vote.n, vote.opened.subject, vote.opened.method, vote.opened.relation, vote.result, vote.state)
        for vote in record.votes.values()
    ]
    assert told == [
        (1, "motion", "terminal", None, "adopted", "announced"),
        (2, "motion", "terminal", "reconsideration", "rejected", "announced"),
        (3, "motion", "terminal", None, None, "voided"),
        (4, "motion", "terminal", "repeat", "adopted", "announced"),
        (5, "procedural", "terminal", None, "adopted", "announced"),
        (6, "motion", "called", None, "adopted", "announced"),
        (7, "motion", "entered", None, "adopted", "announced"),
        (8, "candidates", "terminal", None, "adopted", "announced"),
        (9, "procedural", "terminal", None, "adopted", "announced"),
        (10, "block", "terminal", None, "adopted", "announced"),
        (11, "amendment", "terminal", None, "adopted", "announced"),
        (12, "as_amended", "terminal", "as_amended", "adopted", "announced"),
    ]
    assert record.votes[1].opened.recused == ("m8",)
    channels = {line.member: line.channel for line in record.votes[1].roll or ()}
    assert channels["m9"] == "called" and channels["m1"] == "terminal"
    assert record.votes[9].tie is not None and record.votes[9].tie.member == "m1"
    assert [(noted.member, noted.meant, noted.confirmed_by.staff) for noted in record.votes[12].corrections] == [
        ("m3", "against", house.SECOND)
    ]


async def _begin(day: Day) -> None:
    """Opened; eight register at their desks, the ninth is marked; who presides."""
    await day.hands.main_act(day.page, "Відкрити засідання")
    await day.hands.act_and_wait(day.page, "KeyE", "Оголосити питання 1")
    for line in day.lines:
        await line.send("Arrive")
    await day.page.locator("#present b", has_text="8").wait_for()
    await day.keys("KeyH", "9", "Enter")
    await day.page.locator("#present b", has_text="9").wait_for()
    await day.keys("Escape", "Shift+KeyU")
    await day.dialog("Хто головує")
    await day.typed("балог")
    await day.keys("Enter")
    await day.page.locator("#chair", has_text="Балог").wait_for()
    await day.written()
    await day.hands.act_and_wait(day.page, "KeyY", "Відкрити голосування")


async def _recusal_and_a_lost_desk(day: Day) -> None:
    """The eighth member stands aside, the ninth answers aloud."""
    await day.keys("8", "Enter")
    await day.dialog("Місце 8")
    await day.keys("ArrowDown", "Enter")
    await day.dialog("відвід у питанні 1")
    await day.keys("Enter")
    await day.page.locator("[data-desk='8'] .shape-recused").wait_for()
    await day.written()
    await day.keys("KeyD")
    await day.opened()
    await day.pressed("fffffff")
    await day.keys("9", "Enter")
    await day.dialog("Місце 9")
    await day.keys("1")
    await day.page.locator("#count b", has_text="8").wait_for()
    await day.written()
    await day.close()
    await day.announce("Прийнято")


async def _reconsideration(day: Day) -> None:
    await day.keys("Shift+KeyD")
    await day.dialog("Переглянути голосування 1")
    await day.typed("з’ясувалися нові обставини")
    await day.keys("Enter")
    await day.opened()
    await day.pressed("ffaaaaa")
    await day.close(again=True)
    await day.announce("Не")


async def _void_and_repeat(day: Day) -> None:
    await day.hands.main_act(day.page, "Оголосити наступне питання")
    await day.hands.act_and_wait(day.page, "KeyY", "Відкрити голосування")
    await day.keys("KeyD")
    await day.opened()
    await day.pressed("ff")
    await day.keys("KeyZ")
    await day.dialog("Визнати голосування 3 недійсним")
    await day.typed("половина пультів не працювала")
    await day.keys("Enter")
    await day.written()
    await day.hands.main_act(day.page, "Повторити голосування")
    await day.keys("KeyD")
    await day.opened()
    await day.pressed("ffffffff")
    await day.close(again=True)
    await day.announce("Прийнято")


async def _from_the_floor(day: Day) -> None:
    await day.keys("KeyF", "Digit6", "Enter")
    await day.opened()
    assert await day.hands.text(day.page, "#title") == "Оголосити перерву"
    await day.pressed("ffffff")
    await day.close(again=True)
    await day.announce("Прийнято")


async def _called(day: Day) -> None:
    """The prepared motion of the third item, aloud; one answer is put right by going back."""
    await day.hands.act_and_wait(day.page, "KeyY", "Відкрити голосування")
    await day.keys("KeyQ")
    await day.dialog("Голосування вголос")
    await day.keys("Enter")
    await day.opened()
    who = day.page.locator(".panel-who")
    for desk in range(1, MEMBERS + 1):
        await who.filter(has_text=f"-{desk:04d}").wait_for()
        await asyncio.sleep(day.hands.FRESH_S)
        await day.keys("2" if desk == 2 else "1")
    await who.filter(has_text="Названо всіх").wait_for()
    await day.keys(*["Backspace"] * (MEMBERS - 1))
    await who.filter(has_text="-0002").wait_for()
    await asyncio.sleep(day.hands.FRESH_S)
    await day.keys("1")
    await who.filter(has_text="Названо всіх").wait_for()
    await asyncio.sleep(day.hands.FRESH_S)
    await day.close()
    await day.hands.main_act(day.page, "Оголосити результат")
    assert (await day.hands.text(day.page, "#needed")).startswith("9 «за»")
    await day.announce("Прийнято")


async def _by_hand(day: Day) -> None:
    """All for, except two; the second clerk closes."""
    await day.keys("Shift+KeyI")
    await day.dialog("Голосування, внесене вручну")
    await day.keys("Enter")  # without a text: it is asked for
    await day.typed("Доручити комісії")
    await day.keys("Control+Enter")
    await day.opened()
    await day.keys("1", "Home", "ArrowRight", "2", "3")
    await day.keys("KeyI")
    await day.page.locator(".main-act.is-empty").wait_for()
    await day.second("CloseVote", vote_n=day.vote_n)
    await day.announce("Прийнято")


async def _candidates(day: Day) -> None:
    await day.keys("Shift+KeyR")
    await day.dialog("Обрання з кандидатів")
    await day.typed("Деревій Гнат\nДивосил Лаврін")
    await day.keys("Shift+Tab", "Control+KeyA")
    await day.typed("Обрати голову комісії")
    await day.keys("Control+Enter")
    await day.opened()
    await day.pressed("ffffff", candidate=2)
    await day.close(again=True)
    await day.hands.main_act(day.page, "Оголосити результат")
    assert "Дивосил" in await day.hands.text(day.page, ".is-chosen")
    await day.announce("")


async def _tie(day: Day) -> None:
    """The chair is asked by name; the answer is pressed twice."""
    await day.keys("KeyF")
    await day.dialog("Голосування за пропозицію із залу")
    await day.keys("Digit6")
    await day.keys(*["Shift+Tab"] * 4)  # to the rule: time, kind and the rest stand after it
    for _ in range(12):
        if await day.page.evaluate("document.activeElement.id") == "field-rule":
            break
        await day.keys("Shift+Tab")
    await day.keys("End", "Control+Enter")
    await day.opened()
    await day.pressed("ffffaaaa")
    await day.close(again=True)
    await day.page.locator("#guard", has_text=re.compile("Голосів.порівну.*Балог")).wait_for()
    await asyncio.sleep(day.hands.FRESH_S)
    await day.twice("Digit1", day.page.locator(".main-act .act-word", has_text=re.compile("Оголосити.результат")))
    await day.announce("Прийнято")


async def _block(day: Day) -> None:
    await day.keys("KeyK")
    await day.dialog("Кілька питань одним голосуванням")
    await day.keys("Enter")  # nothing beside the current item: it is asked for
    await day.keys("Space", "Control+Enter")
    await day.opened()
    await day.pressed("ffffff")
    await day.close(again=True)
    await day.announce("Прийнято")


async def _amended(day: Day) -> None:
    """An amendment, then the motion as amended."""
    await day.keys("KeyF", "Digit3", "Enter")
    await day.opened()
    await day.pressed("ffffff")
    await day.close(again=True)
    await day.announce("Прийнято")
    await day.keys("KeyW")
    await day.dialog("Рішення в цілому, з поправками")
    await day.keys("Enter")
    await day.opened()
    await day.pressed("ffffff")
    await day.close(again=True)
    await day.announce("Прийнято")


async def _correction(day: Day) -> None:
    await day.keys("KeyV", "Enter")
    await day.dialog("Голосування 12")
    await day.typed("")
    buttons = day.page.locator("#dialog-body button")
    words = [word.replace("\u00a0", " ") for word in await buttons.all_inner_texts()]
    await day.keys(*["ArrowDown"] * words.index("Записати уточнення…"), "Enter")
    await day.dialog("Уточнення до голосування 12")
    await day.typed("0003")
    await day.keys("Enter", "2")
    await day.typed("Натиснув не ту клавішу")
    await day.keys("Control+Enter")
    await day.page.locator("#proposals", has_text=re.compile("чека")).wait_for()
    await day.written()
    async with day.house.clerk(day.url, name=day.house.SECOND) as second:
        state = await second.expect("ConsoleState")
        await second.done("ConfirmProposal", proposal=state["proposals"][0]["proposal"])
    await day.page.locator("#proposals[hidden]").wait_for(state="attached")
