"""The console's page with a played hall: every dialog by the keyboard, what it sends, and that axe finds no barrier."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import msgspec
from playwright.async_api import TimeoutError as NotThere

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import ModuleType

INSIDE = """(word) => { const [own, button] = [word, word.parentElement].map((one) => one.getBoundingClientRect());
    return own.top >= button.top + 4 && own.bottom <= button.bottom - 4; }"""
FRESH_S = 1.2  # an act that has just appeared is deaf for a second


@asynccontextmanager
async def console(stages: ModuleType, state: Any = None, **options: Any) -> AsyncIterator[Any]:
    """Shown its first state, whose acts have been there for a second."""
    async with stages.stage(first=state, **options) as stage:
        await stage.page.locator("#acts > *").first.wait_for()
        await asyncio.sleep(FRESH_S)
        yield stage


async def keys(stage: Any, *pressed: str) -> None:
    for key in pressed:
        await stage.page.keyboard.press(key)


async def act(stage: Any, type_: str) -> dict[str, Any]:
    """The next message of this type that the page sends, without its number."""
    async with asyncio.timeout(10):
        while not (stage.acts and stage.acts[-1]["type"] == type_):
            await asyncio.sleep(0.02)
    return {name: value for name, value in stage.acts[-1].items() if name not in ("type", "act")}


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
        async with console(stages, color_scheme=scheme) as stage:
            for name in some:
                stage.show(shown[name])
                await stage.drawn()
                if name == "entered":
                    await asyncio.sleep(FRESH_S)
                    await keys(stage, "Digit1", "Digit2")
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
        await keys(stage, key)
        with suppress(NotThere):
            await title.wait_for(timeout=5000)
            break
    return str(await title.inner_text())


async def test_dialog_opens_by_its_letter_holds_the_keyboard_and_closes_by_escape(
    stages: ModuleType, barriers: Any
) -> None:
    state = stages.state(proposals=(stages.proposal("ganna"),))
    async with console(stages, state) as stage:
        for key, title in DIALOGS.items():
            shown = await opened_by(stage, key)
            assert shown.replace("\u00a0", " ") == title
            assert await stage.page.evaluate("document.querySelector('dialog').contains(document.activeElement)"), key
            assert await barriers(stage.page) == [], key
            await keys(stage, "Escape")
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
    async with console(stages, shown["item"]) as stage:
        for name, pressed, title in DEEPER:
            stage.show(shown[name])
            await stage.drawn()
            await asyncio.sleep(FRESH_S if name != "item" else 0)
            await keys(stage, *pressed)
            said = await stage.page.locator("dialog[open] #dialog-title").inner_text()
            assert said.replace("\u00a0", " ").startswith(title)
            assert await barriers(stage.page) == [], pressed
            await keys(stage, "Escape")
            await stage.page.locator("dialog[open]").wait_for(state="detached")
        assert stage.acts == []


async def test_reason_for_opening_without_a_quorum_is_asked_only_while_there_is_none(stages: ModuleType) -> None:
    async with console(stages, names(stages)["quorum"]) as stage:
        await keys(stage, "KeyD")
        note = stage.page.locator("dialog[open] .dialog-note")
        await note.filter(has_text=re.compile("17.із")).wait_for()
        blocked = stages.guard("Кворуму немає: 18 із потрібних 19.", ok=False, blocked=True)
        stage.show(stages.state(present=18, margin=-1, guard=blocked))
        await note.filter(has_text=re.compile("18.із")).wait_for()
        stage.show(stages.state())
        await stage.page.locator("dialog[open]").wait_for(state="detached")


async def test_vote_from_the_floor_takes_three_keys(stages: ModuleType) -> None:
    async with console(stages) as stage:
        await keys(stage, "KeyF", "Digit6", "Enter")
        assert await act(stage, "OpenVote") == {
            "vote_n": 4,
            "seconds": 60,
            "method": "terminal",
            "motion": "Оголосити перерву",
            "rule": "majority_of_seats",
            "subject": "procedural",
        }
        stage.done()
        await stage.page.locator("dialog[open]").wait_for(state="detached")


async def test_form_says_its_errors_beside_the_fields_and_the_halls_in_words(stages: ModuleType) -> None:
    async with console(stages) as stage:
        await keys(stage, "Shift+KeyR")
        await stage.page.fill("#field-text", "")
        await stage.page.locator("dialog[open] .filled").click()
        error = stage.page.locator('[data-field="text"] .field-error')
        assert await error.inner_text() == "Напишіть текст."
        assert await stage.page.evaluate("document.activeElement.id") == "field-text"
        await stage.page.fill("#field-text", "Хто очолить комісію")
        await stage.page.fill("#field-candidates", "Барвінок\nВолошка")
        await stage.page.locator("dialog[open] .filled").press("Enter")
        assert (await act(stage, "OpenVote"))["candidates"] == ["Барвінок", "Волошка"]
        assert await stage.page.locator("dialog[open] .filled").get_attribute("aria-busy") == "true"
        stage.refused("Результат голосування 3 ще не оголошено.")
        alert = stage.page.locator("dialog[open] .dialog-error")
        await alert.filter(has_text=re.compile("Не.виконано: результат голосування.3.ще")).wait_for()
        assert await error.inner_text() == ""


async def test_letter_pressed_twice_does_one_act(stages: ModuleType) -> None:
    """The second press meets a deaf button, whatever the hall has answered meanwhile."""
    async with console(stages) as stage:
        await keys(stage, "KeyD", "KeyD")
        await act(stage, "OpenVote")
        stage.done()
        stage.show(stages.opened())
        await keys(stage, "KeyG")  # would put it on hold
        await stage.page.locator(".main-act", has_text="Закрити").wait_for()
        await keys(stage, "KeyG")
        assert [one["type"] for one in stage.acts] == ["OpenVote"]
        await asyncio.sleep(FRESH_S)
        await keys(stage, "KeyG")
        await act(stage, "HoldVote")


async def test_called_members_answers_are_entered_one_by_one_and_one_back(stages: ModuleType) -> None:
    vote = stages.vote(method="called", seconds=None, closes_at=None)
    called = [stages.opened(vote=vote, voted=n, call=stages.call(n)) for n in (1, 5, 6)]
    async with console(stages, called[1]) as stage:
        who = stage.page.locator(".panel-who")
        assert await who.inner_text() == stages.name(5)
        await keys(stage, "Digit2")
        assert await act(stage, "EnterAnswers") == {"vote_n": 4, "answers": {"m5": "against"}, "rest": None}
        stage.done()
        stage.show(called[2])
        await who.filter(has_text=stages.name(6)).wait_for()
        await keys(stage, "Digit2")  # a doubled key: the next member is deaf for a second, and the clerk is told
        await stage.page.locator("#guard.is-notice", has_text=re.compile("не.зараховано")).wait_for()
        await asyncio.sleep(FRESH_S)
        assert len(stage.acts) == 1
        await keys(stage, "Backspace")
        await who.filter(has_text=stages.name(5)).wait_for()
        await asyncio.sleep(FRESH_S)
        await keys(stage, "Digit1")
        assert (await act(stage, "EnterAnswers"))["answers"] == {"m5": "for"}
        stage.done()
        await who.filter(has_text=stages.name(6)).wait_for()


async def test_all_for_except_is_entered_by_arrows_and_figures(stages: ModuleType) -> None:
    vote = stages.vote(method="entered", seconds=None, closes_at=None)
    async with console(stages, stages.opened(vote=vote, voted=0)) as stage:
        await keys(stage, "KeyI")
        await stage.page.locator("#guard", has_text="нічого не вибрано").wait_for()
        assert stage.acts == []
        await keys(stage, "Digit1", "ArrowRight", "Digit2", "ArrowDown", "Digit3")
        sums = (await stage.page.locator(".sums").inner_text()).replace("\u00a0", " ")
        assert "За — 34" in sums and "Проти — 1" in sums and "Утримався — 1" in sums
        assert await stage.page.locator(".desk.is-draft").count() == 36
        await keys(stage, "KeyI")
        assert await act(stage, "EnterAnswers") == {
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
    async with console(stages, stages.opened(vote=vote, voted=0)) as stage:
        assert await stage.page.locator("#panel").is_visible()
        stage.show(stages.opened(vote=vote, voted=36, entered_by=stages.clerks(ganna="Ганна Друга")))
        await stage.page.locator("button.main-act", has_text="Закрити").wait_for()
        assert await stage.page.locator("#panel").is_hidden()  # another entered: here nothing waits to be


async def test_number_of_a_seat_and_enter_open_it_and_a_figure_answers_aloud(stages: ModuleType) -> None:
    async with console(stages, stages.opened(voted=3)) as stage:
        await keys(stage, "1", "2", "Enter")
        await stage.page.locator("dialog[open] #dialog-title", has_text=re.compile("Місце.12")).wait_for()
        assert await stage.page.locator("dialog[open] button", has_text="Відвід").count() == 0  # too late
        await keys(stage, "3")
        assert await act(stage, "EnterAnswers") == {"vote_n": 4, "answers": {"m12": "abstain"}, "rest": None}
        stage.done()
        await stage.page.locator("dialog[open]").wait_for(state="detached")


async def test_button_under_a_pressed_pointer_stays_until_the_pointer_is_up(stages: ModuleType) -> None:
    async with console(stages, stages.opened(voted=3)) as stage:
        pointer = stage.page.mouse

        async def pressed(button: Any, shown: Any) -> None:
            box = await button.bounding_box()
            await pointer.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            await pointer.down()
            stage.show(shown)
            await asyncio.sleep(0.3)  # the console draws five times a second
            await stage.drawn()
            await pointer.up()

        await keys(stage, "1", "2", "Enter")
        there = stage.page.locator("dialog[open] button", has_text="Відмітити відсутнім")
        await pressed(there, stages.opened(voted=3, desks=stages.desks(lambda n: {"rtt_ms": 55})))
        assert await act(stage, "SetPresence") == {"member": "m12", "present": False}
        await stage.page.locator("dialog[open]", has_text=re.compile("55.мс")).wait_for()  # what had to wait is drawn
        await keys(stage, "Escape")
        stage.done()  # an answer that comes late opens nothing
        await stage.drawn()
        assert await stage.page.locator("dialog[open]").count() == 0
        await keys(stage, "KeyR")
        asked = stage.page.locator("#acts .is-confirm", has_text="33")
        await asked.wait_for()
        await asyncio.sleep(FRESH_S)
        await pressed(asked, stages.opened(voted=9))
        assert await act(stage, "CloseVote") == {"vote_n": 4}


async def test_recusal_is_noted_from_the_desk(stages: ModuleType) -> None:
    async with console(stages) as stage:
        await keys(stage, "5", "Enter")
        await stage.page.locator("dialog[open] button", has_text="Відвід").press("Enter")
        await stage.page.fill("#field-reason", "брат — підрядник")
        await keys(stage, "Enter")
        sent = {"member": "m5", "item": "4", "recused": True, "reason": "брат — підрядник"}
        assert await act(stage, "SetRecusal") == sent


async def test_faction_without_time_is_named_so_and_the_chairs_limit_is_asked_for(stages: ModuleType) -> None:
    waiting = msgspec.structs.replace(stages.request(5), seconds=0)
    async with console(stages, stages.state(floor=stages.floor([waiting]))) as stage:
        await stage.page.locator("#floor-body .request-kind", has_text="час фракції вичерпано").wait_for()
        await keys(stage, "KeyC", "Enter")
        limit = stage.page.locator("#field-seconds:focus")
        await limit.wait_for()
        assert await limit.input_value() == ""  # 0 would be refused
        assert "час фракції вичерпано" in (await stage.page.inner_text("#note-seconds")).lower()
        await keys(stage, "Enter")
        await stage.page.locator("#error-seconds", has_text="5").wait_for()
        await stage.page.keyboard.type("30")
        await keys(stage, "Enter")
        given = {"speech": 4, "request": 5, "floor": "speech", "seconds": 30}
        assert await act(stage, "GiveFloor") == given


async def test_floor_is_given_by_part_of_a_name_and_to_a_guest(stages: ModuleType) -> None:
    async with console(stages) as stage:
        await keys(stage, "KeyC")
        await stage.page.keyboard.type("живок")
        await keys(stage, "Enter", "2", "Enter")
        given = {"speech": 4, "member": "m5", "floor": "reply", "seconds": 60}
        assert await act(stage, "GiveFloor") == given
        stage.done()
        await stage.page.locator("dialog[open]").wait_for(state="detached")
        await keys(stage, "KeyC")
        await stage.page.keyboard.type("Гість Гостенко")
        await keys(stage, "Enter", "Enter")
        assert (await act(stage, "GiveFloor"))["speaker"] == "Гість Гостенко"


async def test_agenda_is_put_in_order_by_alt_and_arrows(stages: ModuleType) -> None:
    async with console(stages) as stage:
        await keys(stage, "Shift+KeyH", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Alt+ArrowDown")
        await stage.page.locator("dialog[open] .filled").press("Enter")
        sent = await act(stage, "ReorderAgenda")
        assert sent == {"order": ["1", "2", "3", "4", "6", "5"], "vote_n": None}


async def test_second_clerk_confirms_what_the_first_may_only_drop(stages: ModuleType) -> None:
    state = stages.state(proposals=(stages.proposal("olena"),))
    async with console(stages, state) as stage:
        await keys(stage, "Shift+KeyG")
        buttons = stage.page.locator("dialog[open] .proposal button")
        assert await buttons.all_inner_texts() == ["Відкинути"]
        stage.show(stages.state(proposals=(stages.proposal("ganna"),)))
        await buttons.filter(has_text="Підтвердити").press("Enter")
        assert await act(stage, "ConfirmProposal") == {"proposal": 1}


async def test_auditor_sees_everything_and_has_no_act(stages: ModuleType) -> None:
    async with console(stages, stages.opened(), hello=stages.welcome("auditor")) as stage:
        assert await stage.page.locator("#acts button").count() == 0
        assert "нічого" in await stage.page.locator("#acts").inner_text()
        await keys(stage, "KeyR", "KeyG", "5", "Enter")
        assert await stage.page.locator("dialog[open] .is-column button").count() == 0
        assert stage.acts == []


async def test_other_sittings_of_the_hall_are_in_the_list(stages: ModuleType) -> None:
    other = stages.SittingChoice("komisija-1", "Комісія з питань саду", "2 засідання", "open")
    async with console(stages, hello=stages.welcome(sittings=(other,))) as stage:
        await keys(stage, "KeyO")
        await stage.page.keyboard.type("сад")
        await keys(stage, "Enter")
        await stage.page.wait_for_url("**/console?sitting=komisija-1")


async def test_silent_hall_leaves_no_act(stages: ModuleType) -> None:
    async with console(stages, stages.opened()) as stage:
        stage.answers = False
        await stage.page.locator("#guard.is-inverted").wait_for(timeout=15_000)
        assert await stage.page.locator("button.main-act").is_disabled()
        assert await stage.page.locator("#more").is_disabled()
        await keys(stage, "KeyR", "KeyO")
        assert await stage.page.locator("dialog[open]").count() == 0
        assert stage.acts == []


async def test_nothing_stands_out_of_the_window_at_its_side(stages: ModuleType) -> None:
    shown = names(stages)
    async with console(stages) as stage:
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
        await stage.page.set_viewport_size({"width": 1280, "height": 800})
        stage.show(msgspec.structs.replace(shown["announced"], next_item=None))
        await stage.page.locator("[data-act=close_sitting]").wait_for()
        await asyncio.sleep(FRESH_S)
        await keys(stage, "KeyA")  # its question is long, and three acts stand beside it
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
