"""The line before a vote: what it says, when it is green, and what alone blocks."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from council.acts.presence import roll_at_opening
from council.guard import guard, must_override
from council.protocol_acts import CallItem, GiveFloor, OpenSitting, OpenVote, SetPresence, SetRecusal
from council.state_console import GuardView
from council.state_parts import DeskView

ACT = "0" * 16


@pytest.fixture
def room(acts_room: ModuleType) -> Any:
    """Opened, m1 … m7 present (a quorum is 5), item 1 called."""
    room = acts_room.Room()
    room.do(OpenSitting(act=ACT))
    for n in range(1, 8):
        room.do(SetPresence(act=ACT, member=f"m{n}", present=True))
    room.do(CallItem(act=ACT, item="1"))
    return room


def desks(room: Any, **changed: dict[str, Any]) -> list[DeskView]:
    """All nine with a linked terminal; `d8={"linked": False}` changes one."""
    return [
        DeskView(
            **{
                "desk_no": n,
                "member": f"m{n}",
                "name": room.data.names[f"m{n}"],
                "present": f"m{n}" in room.record.present,
                "no_record": False,
                "linked": True,
                "enrolled": True,
                "rtt_ms": 20,
                "voted": False,
                "option": None,
                **changed.get(f"d{n}", {}),
            }
        )
        for n in range(1, 10)
    ]


def look(room: Any, rule: str | None = "majority_of_seats", **changed: dict[str, Any]) -> GuardView:
    view = guard(room.data, desks(room, **changed), rule)
    assert view is not None
    return view


def said(view: GuardView) -> list[str]:
    """The codes that turn the line, or are told beside it."""
    return [line.code for line in view.lines if line.code != "unverified"]


def test_the_line_is_green_with_a_quorum_and_all_who_are_present_connected(room: Any) -> None:
    view = look(room)
    assert (view.ok, view.blocked, said(view)) == (True, False, [])
    assert {locale: view.text[locale] for locale in ("uk", "en")} == {
        "uk": "Усі присутні на зв’язку. Кворум є. Відкривати можна.",
        "en": "All who are present are connected. There is a quorum. The vote can be opened.",
    }


def test_a_conflict_of_interest_in_a_consent_item_is_told_before_the_block_is_put(room: Any) -> None:
    room.data.plan = replace(room.data.plan, items=tuple(replace(item, consent=True) for item in room.data.plan.items))
    room.do(SetRecusal(act=ACT, member="m2", item="3", recused=True))
    view = look(room)
    assert (view.ok, said(view)) == (True, ["recused_block"])
    assert view.text["uk"].startswith("В одному голосуванні з питаннями 2, 3 не голосували б через конфлікт: Балог. ")
    room.do(SetRecusal(act=ACT, member="m2", item="1", recused=True))
    assert said(look(room)) == ["quorum_near", "recused"]  # in the current item too: said once
    for n in (3, 4):
        room.do(SetRecusal(act=ACT, member=f"m{n}", item="2", recused=True))
    assert (
        "In one vote with items 2, 3 these would vote too, for the quorum: Балог, Гуль, Дуб." in look(room).text["en"]
    )
    room.change(recusal=replace(room.data.profile.recusal, exception=False))
    assert "In one vote with items 2, 3 there would be no quorum: 4 of the 5 needed." in look(room).text["en"]
    room.do(SetPresence(act=ACT, member="m8", present=True))
    opened = OpenVote(act=ACT, vote_n=1, seconds=None, also_items=("2", "3"))
    assert [fact.recused for fact in room.do(opened)] == [("m2", "m3", "m4")]


def test_a_terminal_of_an_absent_member_that_is_off_is_told_and_turns_nothing(room: Any) -> None:
    view = look(room, d8={"linked": False})
    assert (view.ok, said(view), view.lines[0].desks) == (True, ["offline_absent"], (8,))
    assert view.text["uk"] == (
        "Ще 1 місце не на зв’язку й не зареєстроване: 8. Усі присутні на зв’язку. Кворум є. Відкривати можна."
    )


def test_desks_that_are_off_slow_or_show_an_old_page_turn_the_line_and_block_nothing(room: Any) -> None:
    view = look(room, d1={"linked": False}, d2={"rtt_ms": 300}, d3={"rtt_ms": 299}, d4={"old_page": True})
    assert (view.ok, view.blocked, said(view)) == (False, False, ["offline", "slow", "old_page"])
    assert view.text["uk"] == (
        "1 місце не на зв’язку: 1 (Андрухів). 1 повільне: 2 (300 мс). "
        "1 показує стару сторінку, перезавантажте її: 4. Кворум є. Відкривати можна."
    )


def test_a_present_member_without_a_terminal_is_named(room: Any) -> None:
    view = look(room, d5={"enrolled": False, "linked": False})
    assert (view.ok, said(view)) == (False, ["no_terminal"])
    assert "Без термінала, запитайте вголос: Ґудзь." in view.text["uk"]


def test_many_desks_are_counted_and_the_first_named(room: Any) -> None:
    for n in (8, 9):
        room.do(SetPresence(act=ACT, member=f"m{n}", present=True))
    view = look(room, **{f"d{n}": {"linked": False} for n in range(1, 10)})
    assert view.lines[0].desks == tuple(range(1, 10))
    assert view.text["en"].startswith(
        "9 desks are not connected: 1 (Андрухів), 2 (Балог), 3 (Гуль), 4 (Дуб), 5 (Ґудзь), 6 (Жук) and 3 more."
    )


def test_before_the_quorum_is_lost_the_line_says_how_many_may_leave(room: Any) -> None:
    room.do(SetPresence(act=ACT, member="m7", present=False))
    assert said(look(room)) == ["quorum_near"]
    assert look(room).text["uk"] == "Кворум на межі: вийти може лише 1. Усі присутні на зв’язку. Відкривати можна."
    room.do(SetPresence(act=ACT, member="m6", present=False))
    view = look(room)
    assert (view.ok, view.blocked) == (False, False)
    assert view.text["uk"].startswith("Кворум є, але рівно 5: якщо вийде ще хтось, його не буде.")


def test_without_a_quorum_the_line_blocks_and_opening_needs_an_override(room: Any) -> None:
    for n in (7, 6, 5):
        room.do(SetPresence(act=ACT, member=f"m{n}", present=False))
    view = look(room)
    assert (view.ok, view.blocked, [line.code for line in view.lines if line.blocks]) == (False, True, ["no_quorum"])
    assert view.text["uk"] == (
        "Кворуму немає: 4 із потрібних 5, бракує 1. Усі присутні на зв’язку. "
        "Відкрити можна лише з підставою, її буде внесено до протоколу."
    )
    assert must_override(roll_at_opening(room.record, room.data.profile, ["1"]), 5) == ("no_quorum",)
    for n in (4, 3, 2, 1):
        room.do(SetPresence(act=ACT, member=f"m{n}", present=False))
    assert look(room).text["uk"] == (
        "Кворуму немає: 0 із потрібних 5, бракує 5. Ніхто ще не зареєструвався. "
        "Відкрити можна лише з підставою, її буде внесено до протоколу."
    )


def test_who_stands_aside_is_named_and_an_exception_in_force_turns_the_line(room: Any) -> None:
    room.do(SetRecusal(act=ACT, member="m1", item="1", recused=True))
    view = look(room)
    assert said(view) == ["quorum_near", "recused"]
    for n in (2, 3):
        room.do(SetRecusal(act=ACT, member=f"m{n}", item="1", recused=True))
    view = look(room)
    assert (view.ok, view.blocked, said(view)) == (False, False, ["exception"])
    assert "ст. 59-1" in view.text["uk"] and "Андрухів, Балог, Гуль" in view.text["uk"]
    room.change(recusal=replace(room.data.profile.recusal, exception=False))
    assert look(room).blocked


def test_a_speech_that_runs_is_ended_or_paused_first(room: Any) -> None:
    room.do(GiveFloor(act=ACT, speech=1, speaker="Гість"))
    assert said(look(room)) == ["speech"]
    assert look(room).text["uk"] == (
        "Слово має Гість: спершу завершіть або призупиніть виступ. Усі присутні на зв’язку. Кворум є."
    )


def test_rules_nobody_has_checked_are_among_the_lines_and_not_in_the_sentence(room: Any) -> None:
    view = look(room, rule="two_thirds_of_seats")
    (line,) = view.lines
    assert line.code == "unverified" and "ст. 59 ч. 4" in line.text["uk"] and "ст. 46" in line.text["uk"]
    assert view.ok and "звірив" not in view.text["uk"]


def test_while_a_vote_is_open_the_line_is_about_that_vote(room: Any) -> None:
    room.do(OpenVote(act=ACT, vote_n=1, seconds=None))
    view = look(room, d1={"linked": False})
    assert view.text["uk"] == "1 місце не на зв’язку: 1 (Андрухів). Кворум є."
    assert said(view) == ["offline"]


def test_before_the_sitting_and_after_it_there_is_no_line(acts_room: ModuleType) -> None:
    room = acts_room.Room()
    assert guard(room.data, [], None) is None
