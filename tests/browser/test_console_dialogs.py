"""The console's page with a played hall: every dialog by the keyboard, what it sends, and that axe finds no barrier."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
from playwright.async_api import TimeoutError as NotThere

if TYPE_CHECKING:
    from types import ModuleType

INSIDE = """(word) => { const [own, button] = [word, word.parentElement].map((one) => one.getBoundingClientRect());
    return own.top >= button.top + 4 && own.bottom <= button.bottom - 4; }"""


def names(stages: ModuleType) -> dict[str, Any]:
    """States by name, for tests of all of them."""
    hand = stages.vote(method="entered", seconds=None, closes_at=None)
    called = stages.vote(method="called", seconds=None, closes_at=None)
    chosen = stages.vote(
        state="closed",
        candidates=stages.candidates("Барвінок", "Волошка"),
        result=stages.result(counts=((1, 20), (2, 9)), chosen=1),
    )
    chose = lambda n: {"option": "for", "candidate": 1 + n % 2} if n % 5 else {"option": "absent"}  # noqa: E731
    blocked = stages.guard("Кворуму немає: 17 із потрібних 19.", ok=False, blocked=True)
    queue = [stages.request(5), stages.request(7, "reply")]
    return {
        "item": stages.state(floor=stages.floor(queue, stages.speech(left=20)), proposals=(stages.proposal("ganna"),)),
        "quorum": stages.state(present=17, margin=-2, guard=blocked, recused=("Волошка",)),
        "open": stages.opened(),
        "called": stages.opened(vote=called, voted=4, call=stages.call()),
        "entered": stages.opened(vote=hand, voted=0),
        "tied": stages.closed(vote=stages.vote(state="tied", result=stages.result("tied"))),
        "closed": stages.closed(),
        "chosen": stages.closed(vote=chosen, desks=stages.desks(chose)),
        "announced": stages.closed(
            vote=stages.vote(state="announced", result=stages.result()), votes=(stages.past(4), stages.past(3))
        ),
        "voided": stages.state(
            vote=stages.vote(state="voided", void_reason="пульт 8"), votes=(stages.past(4, "voided", "repeat"),)
        ),
        "planned": stages.state(
            sitting=stages.sitting("planned"), item=None, next_motion=None, rehearsal=True, floor=None, guard=None
        ),
    }


STATES = ["item", "quorum", "open", "called", "entered", "tied", "closed", "chosen", "announced", "voided", "planned"]


async def test_no_state_has_a_barrier_that_axe_finds(stages: ModuleType, barriers: Any) -> None:
    shown = names(stages)
    for scheme, some in (("light", STATES), ("dark", ("item", "entered", "chosen"))):
        async with stages.console(color_scheme=scheme) as stage:
            for name in some:
                stage.show(shown[name])
                await stage.drawn()
                if name == "entered":
                    await asyncio.sleep(stages.FRESH_S)
                    await stages.keys(stage, "Digit1", "Digit2")
                assert await barriers(stage.page) == [], (name, scheme)
                if name == "chosen":  # nobody votes against one of them
                    told = await stage.page.locator(".legend-part").all_inner_texts()
                    assert [word.replace("\u00a0", " ") for word in told] == LEGEND_OF_CANDIDATES


LEGEND_OF_CANDIDATES = ["За", "Утримався", "Не голосував", "Відсутній"]
DIALOGS = {
    "KeyO": "Усе, що можна зробити зараз",
    "KeyX": "Час голосування",
    "KeyN": "Текст, що ставлять на голосування",
    "KeyF": "Голосування за пропозицію із залу",
    "KeyQ": "Голосування вголос, поіменно",
    "Shift+KeyI": "Голосування, внесене вручну",
    "Shift+KeyR": "Обрання з кандидатів",
    "KeyK": "Кілька питань одним голосуванням",
    "KeyM": "Альтернативний проєкт",
    "Shift+KeyN": "Таємне голосування",
    "KeyV": "Минулі голосування",
    "Shift+KeyG": "Підтвердити дію іншого",
    "KeyC": "Кому надати слово?",
    "Shift+KeyU": "Хто головує",
    "Shift+KeyH": "Змінити порядок денний",
    "Shift+KeyY": "Яке питання оголосити?",
}


async def opened_by(stage: Any, key: str) -> str:
    """The dialog's title. A key that comes while the console is drawn anew is deaf: then it is pressed again."""
    title = stage.page.locator("dialog[open] #dialog-title")
    for _ in range(3):
        await stage.page.keyboard.press(key)
        with suppress(NotThere):
            await title.wait_for(timeout=5000)
            break
    return str(await title.inner_text())


async def test_dialog_opens_by_its_letter_holds_the_keyboard_and_closes_by_escape(
    stages: ModuleType, barriers: Any
) -> None:
    state = stages.state(proposals=(stages.proposal("ganna"),))
    async with stages.console(state) as stage:
        for key, title in DIALOGS.items():
            shown = await opened_by(stage, key)
            assert shown.replace("\u00a0", " ") == title
            assert await stage.page.evaluate("document.querySelector('dialog').contains(document.activeElement)"), key
            assert await barriers(stage.page) == [], key
            await stages.keys(stage, "Escape")
            await stage.page.locator("dialog[open]").wait_for(state="detached")
        assert stage.acts == []


# What lies behind a choice or a warning: the state, the keys, the title.
DEEPER = [
    ("item", ["5", "Enter"], "Місце 5"),
    ("item", ["KeyV", "Enter"], "Голосування 3"),
    ("quorum", ["KeyD"], "Відкрити без кворуму"),
    ("closed", ["KeyZ"], "Визнати голосування 4 недійсним"),
]


async def test_dialog_behind_a_choice_or_a_warning_has_no_barrier(stages: ModuleType, barriers: Any) -> None:
    shown = names(stages)
    async with stages.console(shown["item"]) as stage:
        for name, pressed, title in DEEPER:
            stage.show(shown[name])
            await stage.drawn()
            await asyncio.sleep(stages.FRESH_S if name != "item" else 0)
            await stages.keys(stage, *pressed)
            said = await stage.page.locator("dialog[open] #dialog-title").inner_text()
            assert said.replace("\u00a0", " ").startswith(title)
            assert await barriers(stage.page) == [], pressed
            await stages.keys(stage, "Escape")
            await stage.page.locator("dialog[open]").wait_for(state="detached")
        assert stage.acts == []


async def test_vote_from_the_floor_takes_three_keys(stages: ModuleType) -> None:
    async with stages.console() as stage:
        await stages.keys(stage, "KeyF", "Digit6", "Enter")
        assert await stages.act(stage, "OpenVote") == {
            "vote_n": 4,
            "seconds": 60,
            "method": "terminal",
            "motion": "Оголосити перерву",
            "rule": "majority_of_seats",
            "subject": "procedural",
        }
        stage.done()
        await stage.page.locator("dialog[open]").wait_for(state="detached")


async def sent(stage: Any, count: int) -> None:
    """Wait until the page has sent so many acts."""
    async with asyncio.timeout(10):
        while len(stage.acts) < count:
            await asyncio.sleep(0.02)


async def test_form_says_its_errors_beside_the_fields_and_the_halls_in_words(stages: ModuleType) -> None:
    async with stages.console() as stage:
        await stages.keys(stage, "Shift+KeyR")
        await stage.page.fill("#field-text", "")
        await stage.page.locator("dialog[open] .filled").click()
        error = stage.page.locator('[data-field="text"] .field-error')
        assert await error.inner_text() == "Напишіть текст."
        assert await stage.page.evaluate("document.activeElement.id") == "field-text"
        await stage.page.fill("#field-text", "Хто очолить комісію")
        await stage.page.fill("#field-candidates", "Барвінок\nВолошка")
        await stage.page.locator("dialog[open] .filled").press("Enter")
        assert (await stages.act(stage, "OpenVote"))["candidates"] == ["Барвінок", "Волошка"]
        assert await stage.page.locator("dialog[open] .filled").get_attribute("aria-busy") == "true"
        stage.refused("Результат голосування 3 ще не оголошено.")
        alert = stage.page.locator("dialog[open] .dialog-error")
        await alert.filter(has_text=re.compile("Не.виконано: результат голосування.3.ще")).wait_for()
        assert await error.inner_text() == ""
        reason = stage.page.locator("#field-override")
        assert await reason.is_hidden()
        await stage.page.locator("dialog[open] .filled").press("Enter")
        await sent(stage, 2)
        stage.refused("Немає кворуму: присутні 18, потрібно 19.", code="no_quorum")  # somebody left meanwhile
        await reason.wait_for()
        assert await stage.page.evaluate("document.activeElement.id") == "field-override"
        await stage.page.keyboard.type("Голова наполягає")
        await stage.page.keyboard.press("Enter")
        await sent(stage, 3)
        assert (stage.acts[-1]["override"], stage.acts[-1]["motion"]) == ("Голова наполягає", "Хто очолить комісію")


async def test_letter_pressed_twice_does_one_act(stages: ModuleType) -> None:
    """The second press meets a deaf button, whatever the hall has answered meanwhile."""
    async with stages.console() as stage:
        await stages.keys(stage, "KeyD", "KeyD")
        await stages.act(stage, "OpenVote")
        stage.done()
        stage.show(stages.opened())
        await stages.keys(stage, "KeyG")  # would put it on hold
        await stage.page.locator(".main-act", has_text="Закрити").wait_for()
        await stages.keys(stage, "KeyG")
        assert [one["type"] for one in stage.acts] == ["OpenVote"]
        await asyncio.sleep(stages.FRESH_S)
        await stages.keys(stage, "KeyG")
        await stages.act(stage, "HoldVote")


async def test_called_members_answers_are_entered_one_by_one_and_one_back(stages: ModuleType) -> None:
    vote = stages.vote(method="called", seconds=None, closes_at=None)
    called = [stages.opened(vote=vote, voted=n, call=stages.call(n)) for n in (1, 5, 6)]
    async with stages.console(called[1]) as stage:
        who = stage.page.locator(".panel-who")
        assert await who.inner_text() == stages.name(5)
        await stages.keys(stage, "Digit2")
        assert await stages.act(stage, "EnterAnswers") == {"vote_n": 4, "answers": {"m5": "against"}, "rest": None}
        stage.done()
        stage.show(called[2])
        await who.filter(has_text=stages.name(6)).wait_for()
        await stages.keys(stage, "Digit2")  # a doubled key: the next member is deaf for a second, and the clerk is told
        await stage.page.locator("#guard.is-notice", has_text=re.compile("не.зараховано")).wait_for()
        await asyncio.sleep(stages.FRESH_S)
        assert len(stage.acts) == 1
        await stages.keys(stage, "Backspace")
        await who.filter(has_text=stages.name(5)).wait_for()
        await asyncio.sleep(stages.FRESH_S)
        await stages.keys(stage, "Digit1")
        assert (await stages.act(stage, "EnterAnswers"))["answers"] == {"m5": "for"}
        stage.done()
        await who.filter(has_text=stages.name(6)).wait_for()


async def test_all_for_except_is_entered_by_arrows_and_figures(stages: ModuleType) -> None:
    vote = stages.vote(method="entered", seconds=None, closes_at=None)
    async with stages.console(stages.opened(vote=vote, voted=0)) as stage:
        await stages.keys(stage, "KeyI")
        await stage.page.locator("#guard", has_text="нічого не вибрано").wait_for()
        assert stage.acts == []
        await stages.keys(stage, "Digit1", "ArrowRight", "Digit2", "ArrowDown", "Digit3")
        sums = (await stage.page.locator(".sums").inner_text()).replace("\u00a0", " ")
        assert "За — 34" in sums and "Проти — 1" in sums and "Утримався — 1" in sums
        assert await stage.page.locator(".desk.is-draft").count() == 36
        await stages.keys(stage, "KeyI")
        assert await stages.act(stage, "EnterAnswers") == {
            "vote_n": 4,
            "answers": {"m2": "against", "m10": "abstain"},
            "rest": "for",
        }
        stage.done()
        stage.show(stages.opened(vote=vote, voted=36, entered_by=stages.clerks(olena="Олена Писар")))
        await stage.page.locator(".main-act.is-empty").wait_for()
        assert "інший секретар" in await stage.page.locator("#guard").inner_text()
        answers = {f"m{n}": "for" for n in range(1, 37) if n != 8} | {"m2": "against", "m10": "abstain"}
        stage.send({"type": "EnteredAnswers", "vote_n": 4, "answers": answers})
        stage.show(stages.opened(vote=vote, voted=36, entered_by=stages.clerks(ganna="Ганна Друга")))
        await stage.page.locator("button.main-act", has_text="Закрити").wait_for()
        assert "Ганна Друга" in (await stage.page.locator("#guard").inner_text()).replace("\u00a0", " ")
        lines = [one.replace("\u00a0", " ") for one in await stage.page.locator(".entered li").all_inner_texts()]
        assert [" ".join(one.split()) for one in lines] == [
            "За — 33",
            f"Проти — 1: {stages.name(2)}",
            f"Утримався — 1: {stages.name(10)}",
            f"Без відповіді — 1: {stages.name(37)}",
        ]
        assert await stage.page.locator(".desk .desk-lamp .shape-for").count() == 33
    async with stages.console(stages.opened(vote=vote, voted=0)) as stage:
        assert await stage.page.locator("#panel").is_visible()
        stage.show(stages.opened(vote=vote, voted=36, entered_by=stages.clerks(ganna="Ганна Друга")))
        await stage.page.locator("button.main-act", has_text="Закрити").wait_for()
        assert await stage.page.locator("#panel").is_hidden()  # another entered: here nothing waits to be


async def test_agenda_is_put_in_order_by_alt_and_arrows(stages: ModuleType) -> None:
    async with stages.console() as stage:
        await stages.keys(stage, "Shift+KeyH", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Alt+ArrowDown")
        await stage.page.locator("dialog[open] .filled").press("Enter")
        sent = await stages.act(stage, "ReorderAgenda")
        assert sent == {"order": ["1", "2", "3", "4", "6", "5"], "vote_n": None}


async def test_second_clerk_confirms_what_the_first_may_only_drop(stages: ModuleType) -> None:
    state = stages.state(proposals=(stages.proposal("olena"),))
    async with stages.console(state) as stage:
        await stages.keys(stage, "Shift+KeyG")
        buttons = stage.page.locator("dialog[open] .proposal button")
        assert await buttons.all_inner_texts() == ["Відкинути"]
        stage.show(stages.state(proposals=(stages.proposal("ganna"),)))
        await buttons.filter(has_text="Підтвердити").press("Enter")
        assert await stages.act(stage, "ConfirmProposal") == {"proposal": 1}


async def test_auditor_sees_everything_and_has_no_act(stages: ModuleType) -> None:
    async with stages.console(stages.opened(), hello=stages.welcome("auditor")) as stage:
        assert await stage.page.locator("#acts button").count() == 0
        assert "нічого" in await stage.page.locator("#acts").inner_text()
        await stages.keys(stage, "KeyR", "KeyG", "5", "Enter")
        assert await stage.page.locator("dialog[open] .is-column button").count() == 0
        assert stage.acts == []


async def test_other_sittings_of_the_hall_are_in_the_list(stages: ModuleType) -> None:
    other = stages.SittingChoice("komisija-1", "Комісія з питань саду", "2 засідання", "open")
    async with stages.console(hello=stages.welcome(sittings=(other,))) as stage:
        await stages.keys(stage, "KeyO")
        await stage.page.keyboard.type("сад")
        await stages.keys(stage, "Enter")
        await stage.page.wait_for_url("**/console?sitting=komisija-1")


async def test_silent_hall_leaves_no_act(stages: ModuleType) -> None:
    async with stages.console(stages.opened()) as stage:
        stage.answers = False
        await stage.page.locator("#guard.is-inverted").wait_for(timeout=15_000)
        assert await stage.page.locator("button.main-act").is_disabled()
        assert await stage.page.locator("#more").is_disabled()
        await stages.keys(stage, "KeyR", "KeyO")
        assert await stage.page.locator("dialog[open]").count() == 0
        assert stage.acts == []


async def test_nothing_stands_out_of_the_window_at_its_side(stages: ModuleType) -> None:
    shown = names(stages)
    async with stages.console() as stage:
        for width, height in ((1280, 800), (1024, 768), (390, 844)):
            await stage.page.set_viewport_size({"width": width, "height": height})
            for name in ("item", "called", "tied"):
                stage.show(shown[name])
                await stage.drawn()
                assert await stage.page.evaluate("document.documentElement.scrollWidth") <= width, name
                out = await stage.page.evaluate(
                    """() => [...document.querySelectorAll("main button")].filter((one) => {
                        const box = one.getBoundingClientRect();
                        return box.width > 0 && (box.right > innerWidth + 1 || one.scrollWidth > one.clientWidth + 1);
                    }).map((one) => one.textContent)"""
                )
                assert out == [], (name, width)
                assert await stage.page.evaluate("scrollY") == 0, "the item called moves its list, never the next act"
        await stage.page.set_viewport_size({"width": 1280, "height": 800})
        stage.show(msgspec.structs.replace(shown["announced"], next_item=None))
        await stage.page.locator("[data-act=close_sitting]").wait_for()
        await asyncio.sleep(stages.FRESH_S)
        await stages.keys(stage, "KeyA")  # its question is long, and three acts stand beside it
        assert await stage.page.locator(".main-act.is-confirm .act-word").evaluate(INSIDE)
        full = [stages.request(n) for n in range(5, 13)]
        await stage.page.set_viewport_size({"width": 1280, "height": 800})
        stage.show(msgspec.structs.replace(shown["item"], floor=stages.floor(full, stages.speech())))
        await stage.page.locator(".request").nth(0).wait_for()
        await stage.drawn()
        assert await stage.page.locator(".request").count() < 4  # as many as there is room for
        side = await stage.page.evaluate(
            """() => {
                const [side, part] = [document.querySelector(".side"), document.querySelector(".equipment")];
                return [side.scrollHeight - side.clientHeight, part.getBoundingClientRect().bottom];
            }"""
        )
        assert side[0] <= 1 and side[1] <= 800
        broken = stages.EquipmentView(
            "camera", False, stages.uk("Камера: немає зображення. Перевірте кабель і живлення.")
        )
        stage.show(msgspec.structs.replace(shown["item"], equipment=(*stages.EQUIPMENT, *[broken] * 9)))
        box = stage.page.locator(".equipment[tabindex]")  # many faults scroll, by keys too
        await box.wait_for()
        covered = "box => box.getBoundingClientRect().top < box.previousElementSibling.getBoundingClientRect().bottom"
        assert not await box.evaluate(covered), "equipment covers the queue for the floor"
        other = stages.EquipmentView("camera", False, stages.uk("Друга камера: немає зображення."))
        stage.show(msgspec.structs.replace(shown["item"], equipment=(*stages.EQUIPMENT, *[broken] * 9, other)))
        alert = stage.page.locator("#equipment-alert", has_text="Друга камера: немає зображення.")
        await alert.wait_for(state="attached")  # a camera that fails beside others is told too
        stage.show(shown["item"])
        await box.wait_for(state="detached")
