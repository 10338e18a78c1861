"""The console's page with a played hall: a desk's dialog, the floor's, and a dialog under which the hall moves on."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import msgspec

from council.state_console import BudgetView

if TYPE_CHECKING:
    from types import ModuleType


async def test_number_of_a_seat_and_enter_open_it_and_a_figure_answers_aloud(stages: ModuleType) -> None:
    async with stages.console(stages.opened(voted=3)) as stage:
        await stages.keys(stage, "1", "2", "Enter")
        await stage.page.locator("dialog[open] #dialog-title", has_text=re.compile("Місце.12")).wait_for()
        assert await stage.page.locator("dialog[open] button", has_text="Відвід").count() == 0  # too late
        await stages.keys(stage, "3")
        assert await stages.act(stage, "EnterAnswers") == {"vote_n": 4, "answers": {"m12": "abstain"}, "rest": None}
        stage.done()
        await stage.page.locator("dialog[open]").wait_for(state="detached")


async def test_button_under_a_pressed_pointer_stays_until_the_pointer_is_up(stages: ModuleType) -> None:
    async with stages.console(stages.opened(voted=3)) as stage:
        pointer = stage.page.mouse

        async def pressed(button: Any, shown: Any) -> None:
            box = await button.bounding_box()
            await pointer.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            await pointer.down()
            stage.show(shown)
            await asyncio.sleep(0.3)  # the console draws five times a second
            await stage.drawn()
            await pointer.up()

        await stages.keys(stage, "1", "2", "Enter")
        there = stage.page.locator("dialog[open] button", has_text="Відмітити відсутнім")
        await pressed(there, stages.opened(voted=3, desks=stages.desks(lambda n: {"rtt_ms": 55})))
        assert await stages.act(stage, "SetPresence") == {"member": "m12", "present": False}
        await stage.page.locator("dialog[open]", has_text=re.compile("55.мс")).wait_for()  # what had to wait is drawn
        await stages.keys(stage, "Escape")
        stage.done()  # an answer that comes late opens nothing
        await stage.drawn()
        assert await stage.page.locator("dialog[open]").count() == 0
        await stages.keys(stage, "KeyR")
        asked = stage.page.locator("#acts .is-confirm", has_text="33")
        await asked.wait_for()
        await asyncio.sleep(stages.FRESH_S)
        await pressed(asked, stages.opened(voted=9))
        assert await stages.act(stage, "CloseVote") == {"vote_n": 4}


async def test_code_of_a_seat_is_gone_once_it_expires_and_a_new_one_is_one_button(stages: ModuleType) -> None:
    async with stages.console() as stage:
        dialog = stage.page.locator("dialog[open]")

        async def made(word: str, code: str, seconds: float) -> None:
            stage.acts.clear()
            await dialog.locator("button", has_text=word).click()
            assert await stages.act(stage, "MakeEnrolment") == {"desk_no": 12}
            parts = {"code": code, "path": f"/terminal?code={code}", "rows": ["10", "01"]}
            until = stages.now(seconds)
            stage.send(
                {"type": "EnrolmentMade", "act": stage.acts[0]["act"], "desk_no": 12, "expires_at": until} | parts
            )

        await stages.keys(stage, "1", "2", "Enter")
        await made("Під’єднати термінал", "OLD45-67890", 2)
        await dialog.locator(".enrol-code", has_text="OLD45").wait_for()
        await dialog.locator("[role=status]", has_text=re.compile("Строк.дії.коду.минув")).wait_for()
        assert await dialog.locator(".enrol-code, .enrol-qr").count() == 0
        assert await dialog.locator("button", has_text="Під’єднати термінал").count() == 0
        await made("Створити новий код", "NEW45-67890", 600)
        await dialog.locator(".enrol-code", has_text="NEW45").wait_for()
        assert await dialog.locator("[role=status]").count() == 0


async def test_recusal_is_noted_from_the_desk(stages: ModuleType) -> None:
    async with stages.console() as stage:
        await stages.keys(stage, "5", "Enter")
        await stage.page.locator("dialog[open] button", has_text="Відвід").press("Enter")
        await stage.page.fill("#field-reason", "брат — підрядник")
        await stages.keys(stage, "Enter")
        sent = {"member": "m5", "item": "4", "recused": True, "reason": "брат — підрядник"}
        assert await stages.act(stage, "SetRecusal") == sent


async def test_faction_without_time_is_named_so_and_the_chairs_limit_is_asked_for(stages: ModuleType) -> None:
    waiting = msgspec.structs.replace(stages.request(5), seconds=0)
    async with stages.console(stages.state(floor=stages.floor([waiting]))) as stage:
        await stage.page.locator("#floor-body .request-kind", has_text="час фракції вичерпано").wait_for()
        await stages.keys(stage, "KeyC", "Enter")
        limit = stage.page.locator("#field-seconds:focus")
        await limit.wait_for()
        assert await limit.input_value() == ""  # 0 would be refused
        assert "час фракції вичерпано" in (await stage.page.inner_text("#note-seconds")).lower()
        await stages.keys(stage, "Enter")
        await stage.page.locator("#error-seconds", has_text="5").wait_for()
        await stage.page.keyboard.type("30")
        await stages.keys(stage, "Enter")
        given = {"speech": 4, "request": 5, "floor": "speech", "seconds": 30}
        assert await stages.act(stage, "GiveFloor") == given


async def test_floor_out_of_turn_has_no_more_than_the_factions_time(stages: ModuleType) -> None:
    spent = BudgetView("Фракція «Лука»", 300, 250_200)
    floor = msgspec.structs.replace(stages.floor([stages.request(7)]), budgets=(spent,))
    async with stages.console(stages.state(floor=floor)) as stage:
        limit = stage.page.locator("dialog[open] #field-seconds")
        for who, seconds in (("живок", "49"), ("волошка", "180")):  # of this faction, and of none
            await stages.keys(stage, "KeyC")
            await stage.page.keyboard.type(who)
            await stages.keys(stage, "Enter")
            await limit.wait_for()
            assert await limit.input_value() == seconds
            note = stage.page.locator("#note-seconds", has_text=re.compile("У.фракції.лишилося.0:49"))
            assert await note.count() == (seconds == "49")
            await stages.keys(stage, "Escape")
            await limit.wait_for(state="detached")
        await stages.keys(stage, "KeyC", "Enter")
        assert await limit.input_value() == "49"
        assert await stage.page.locator("dialog[open] [type=radio]").count() == 0  # it is what was asked for


async def test_floor_is_given_by_part_of_a_name_and_to_a_guest(stages: ModuleType) -> None:
    async with stages.console() as stage:
        await stages.keys(stage, "KeyC")
        await stage.page.keyboard.type("живок")
        await stages.keys(stage, "Enter", "2", "Enter")
        given = {"speech": 4, "member": "m5", "floor": "reply", "seconds": 60}
        assert await stages.act(stage, "GiveFloor") == given
        stage.done()
        await stage.page.locator("dialog[open]").wait_for(state="detached")
        await stages.keys(stage, "KeyC")
        await stage.page.keyboard.type("Гість Гостенко")
        await stages.keys(stage, "Enter", "Enter")
        assert (await stages.act(stage, "GiveFloor"))["speaker"] == "Гість Гостенко"


async def test_reason_for_opening_without_a_quorum_is_asked_only_while_there_is_none(stages: ModuleType) -> None:
    blocked = stages.guard("Кворуму немає: 17 із потрібних 19.", ok=False, blocked=True)
    async with stages.console(stages.state(present=17, margin=-2, guard=blocked)) as stage:
        await stages.keys(stage, "KeyD")
        note = stage.page.locator("dialog[open] .dialog-note")
        await note.filter(has_text=re.compile("17.із")).wait_for()
        blocked = stages.guard("Кворуму немає: 18 із потрібних 19.", ok=False, blocked=True)
        stage.show(stages.state(present=18, margin=-1, guard=blocked))
        await note.filter(has_text=re.compile("18.із")).wait_for()
        stage.show(stages.state())
        await stage.page.locator("dialog[open]").wait_for(state="detached")
