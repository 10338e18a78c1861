"""The agenda in the sitting: items added from the floor, withdrawn, reordered, called; and the agenda as it is then."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from council.acts.agenda import agenda_now
from council.acts.motions import next_motion
from council.protocol_acts import (
    AddItem,
    CallItem,
    GiveFloor,
    OpenSitting,
    OpenVote,
    ReorderAgenda,
    SetPresence,
    SetRecusal,
    WithdrawItem,
)
from council.sitting import PlannedItem, PlannedMotion
from voting.entries import (
    AgendaReordered,
    FloorEnded,
    ItemAdded,
    ItemCalled,
    ItemWithdrawn,
    Option,
    ResultAnnounced,
)
from voting.vote_event import Press, VoteEvent

ACT = "0" * 16
GROUND = "прорив водогону"


@pytest.fixture
def room(acts_room: ModuleType) -> Any:
    """Opened, m1 … m6 present, item 1 called."""
    room = acts_room.Room()
    room.do(OpenSitting(act=ACT))
    for n in range(1, 7):
        room.do(SetPresence(act=ACT, member=f"m{n}", present=True))
    room.do(CallItem(act=ACT, item="1"))
    return room


def procedural(room: Any, *, adopted: bool, close: bool = True, announce: bool = True) -> int:
    """A vote on changing the agenda."""
    n: int = room.record.next_vote_n
    act = OpenVote(act=ACT, vote_n=n, seconds=None, motion="Змінити порядок денний", subject="procedural")
    (opened,) = room.do(act)
    if close:
        event = VoteEvent(opened, [seated.member for seated in room.record.opened.members])
        option = Option.FOR if adopted else Option.AGAINST
        for m in range(1, 7):
            signature = "A" * 86 + "=="
            event.apply(Press(f"m{m}", "b" * 16, 1, option, room.at, None, "terminal", f"t{m}", signature))
        room.feed([event.close(room.at, "clerk")])
        if announce:
            room.feed([ResultAnnounced(room.at, n)])
    return n


def add(item: str, title: str, **parts: Any) -> AddItem:
    return AddItem(
        **{"act": ACT, "item": item, "title": title, "after": None, "vote_n": None, "ground": GROUND, **parts}
    )


def items(room: Any) -> list[str]:
    return list(room.record.items)


def test_an_item_is_added_by_its_vote_where_it_belongs_and_is_put_to_the_vote_by_its_title(room: Any) -> None:
    n = procedural(room, adopted=True)
    assert room.do(add("1а", "Про водогін", after="1", vote_n=n)) == [
        ItemAdded(room.at, "1а", "Про водогін", "1", n, GROUND)
    ]
    assert room.do(add("1а", "Про водогін", after="1", vote_n=n)) == []
    assert items(room) == ["1", "1а", "2", "3"]
    room.do(CallItem(act=ACT, item="1а"))
    motion = next_motion(room.data, "1а")
    assert motion == PlannedMotion("1а", 1, "Про водогін", "majority_of_seats", None, None, ())
    (opened,) = room.do(OpenVote(act=ACT, vote_n=n + 1, seconds=20))
    assert (opened.item, opened.motion) == ("1а", "Про водогін")


def test_what_stands_against_an_item_from_the_floor_is_said(room: Any) -> None:
    assert room.refused(add("2", "Інше")) == "item_exists"
    assert room.refused(add("4", "Про водогін", after="9")) == "no_such_item"
    assert room.refused(add("4", "Про водогін", ground=None)) == "urgency_ground"
    assert room.refused(add("4", "Про водогін", vote_n=7)) == "vote_not_adopted"
    room.change(agenda=replace(room.data.profile.agenda, urgency_ground=False))
    assert room.do(add("4", "Про водогін", ground=None)) == [ItemAdded(room.at, "4", "Про водогін", None, None, None)]


def test_a_vote_that_was_lost_or_still_runs_changes_no_agenda(room: Any) -> None:
    lost = procedural(room, adopted=False)
    assert room.refused(add("4", "Про водогін", vote_n=lost)) == "vote_not_adopted"
    assert room.refused(WithdrawItem(act=ACT, item="2", vote_n=lost)) == "vote_not_adopted"
    running = procedural(room, adopted=True, close=False)
    assert room.refused(add("4", "Про водогін", vote_n=running)) == "not_closed"


def test_a_withdrawn_item_is_called_no_more_and_may_come_back(room: Any) -> None:
    assert room.do(WithdrawItem(act=ACT, item="2", vote_n=None)) == [ItemWithdrawn(room.at, "2", None)]
    assert room.do(WithdrawItem(act=ACT, item="2", vote_n=None)) == []
    assert room.refused(CallItem(act=ACT, item="2")) == "item_withdrawn"
    assert room.refused(SetRecusal(act=ACT, member="m1", item="2", recused=True)) == "item_withdrawn"
    assert room.refused(WithdrawItem(act=ACT, item="9", vote_n=None)) == "no_such_item"
    assert room.do(add("2", "Про питання 2, уточнене", after="3")) != []
    assert items(room) == ["1", "3", "2"]
    assert room.do(CallItem(act=ACT, item="2"))[-1] == ItemCalled(room.at, "2", "Про питання 2, уточнене")


def test_withdrawing_the_current_item_ends_who_speaks_and_waits_for_its_vote(room: Any) -> None:
    room.do(GiveFloor(act=ACT, speech=1, member="m1"))
    room.later(4)
    assert room.do(WithdrawItem(act=ACT, item="1", vote_n=None)) == [
        FloorEnded(room.at, 1, 4000),
        ItemWithdrawn(room.at, "1", None),
    ]
    room.do(CallItem(act=ACT, item="2"))
    n = procedural(room, adopted=True, announce=False)
    assert room.refused(WithdrawItem(act=ACT, item="2", vote_n=n)) == "not_announced"
    assert room.do(WithdrawItem(act=ACT, item="3", vote_n=n)) != []


def test_a_new_order_names_every_item_once(room: Any) -> None:
    room.do(WithdrawItem(act=ACT, item="2", vote_n=None))
    assert room.do(ReorderAgenda(act=ACT, order=("3", "1"), vote_n=None)) == [
        AgendaReordered(room.at, ("3", "1"), None)
    ]
    assert room.do(ReorderAgenda(act=ACT, order=("3", "1"), vote_n=None)) == []
    for order in (("1",), ("1", "3", "2"), ("1", "1"), ("1", "9")):
        assert room.refused(ReorderAgenda(act=ACT, order=order, vote_n=None)) == "wrong_order"


def test_the_agenda_now_is_what_the_record_made_of_the_plan(room: Any) -> None:
    plan = room.data.plan
    assert agenda_now(plan, None, "majority_of_seats") == plan.items
    room.do(add("4", "Про водогін", after="1"))
    room.do(ReorderAgenda(act=ACT, order=("3", "1", "4", "2"), vote_n=None))
    now = agenda_now(plan, room.record, "majority_of_seats")
    assert [item.item for item in now] == ["3", "1", "4", "2"]
    assert now[0] == plan.items[2]
    added = PlannedMotion("4", 1, "Про водогін", "majority_of_seats", None, None, ())
    assert now[2] == PlannedItem("4", "Про водогін", (added,))


def test_nothing_is_called_while_a_vote_waits(room: Any) -> None:
    procedural(room, adopted=True, announce=False)
    assert room.refused(CallItem(act=ACT, item="2")) == "not_announced"
    assert room.do(CallItem(act=ACT, item="1")) == []
    assert room.refused(CallItem(act=ACT, item="9")) == "no_such_item"
