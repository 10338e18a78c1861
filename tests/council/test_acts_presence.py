"""Presence, seats and recusal as acts, and the roll a vote opens with."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from council.acts import SignedIn, facts_of
from council.acts.presence import RollAtOpening, margin, roll_at_opening
from council.applied import apply_entry
from council.protocol import Arrive, DeclareRecusal, Leave, LeaveSeat
from council.protocol_acts import (
    AskFloorFor,
    CallItem,
    GiveFloor,
    JustifyAbsence,
    OpenSitting,
    OpenVote,
    SetPresence,
    SetRecusal,
    SetSeat,
)
from council.views_console import desk_views
from council.views_terminal import chamber_state, standing
from voting.entries import (
    AbsenceJustified,
    Entry,
    FloorEnded,
    FloorWithdrawn,
    MemberArrived,
    MemberLeft,
    RecusalDeclared,
    RecusalWithdrawn,
    SeatLeft,
    SeatTaken,
    VoteClosed,
)
from voting.vote_event import VoteEvent

ACT = "0" * 16


@pytest.fixture
def room(acts_room: ModuleType) -> Any:
    """Opened, m1 … m6 present, item 1 called."""
    room = acts_room.Room()
    room.do(OpenSitting(act=ACT))
    for n in range(1, 7):
        room.do(SetPresence(act=ACT, member=f"m{n}", present=True))
    room.do(CallItem(act=ACT, item="1"))
    return room


def test_arriving_and_leaving_from_desk_and_console_are_facts_with_their_channel_and_repeatable(room: Any) -> None:
    assert room.do(Arrive(), desk_no=7) == [MemberArrived(room.at, "m7", "terminal")]
    assert room.do(Arrive(), desk_no=7) == []
    assert room.do(Leave(), desk_no=7) == [MemberLeft(room.at, "m7", "terminal")]
    assert room.do(Leave(), desk_no=7) == []
    assert room.do(SetPresence(act=ACT, member="m7", present=True)) == [MemberArrived(room.at, "m7", "console")]
    assert room.refused(SetPresence(act=ACT, member="m10", present=True)) == "no_such_member"
    assert room.refused(Arrive(), desk_no=10) == "no_member"


def test_whoever_leaves_ends_their_speech_and_waits_for_the_floor_no_more(room: Any) -> None:
    room.do(GiveFloor(act=ACT, speech=1, member="m1"))
    room.do(AskFloorFor(act=ACT, member="m1", floor="question"))
    room.later(7)
    assert room.do(Leave(), desk_no=1) == [
        FloorWithdrawn(room.at, 1),
        FloorEnded(room.at, 1, 7000),
        MemberLeft(room.at, "m1", "terminal"),
    ]


def test_a_justified_absence_has_a_reason_and_can_be_taken_back(room: Any) -> None:
    assert room.do(JustifyAbsence(act=ACT, member="m9", reason="відрядження")) == [
        AbsenceJustified(room.at, "m9", "відрядження")
    ]
    assert room.do(JustifyAbsence(act=ACT, member="m9", reason="відрядження")) == []
    assert room.do(JustifyAbsence(act=ACT, member="m9", reason=None)) == [AbsenceJustified(room.at, "m9", "")]
    assert room.do(JustifyAbsence(act=ACT, member="m9", reason=None)) == []
    assert room.refused(JustifyAbsence(act=ACT, member="m1", reason="відрядження")) == "member_present"


def test_a_member_who_signs_in_is_present_and_sits_at_one_desk_only(room: Any) -> None:
    assert room.do(SignedIn("m7", "card"), desk_no=2) == [
        MemberArrived(room.at, "m7", "card"),
        SeatTaken(room.at, "m7", 2, "card"),
    ]
    assert (room.record.desks[2], 7 in room.record.desks, room.record.desk_of("m2")) == ("m7", False, None)
    assert room.do(SignedIn("m7", "pin"), desk_no=2) == []
    assert room.do(LeaveSeat(), desk_no=2) == [SeatLeft(room.at, "m7", 2, "terminal")]
    assert room.do(LeaveSeat(), desk_no=2) == []
    assert "m7" in room.record.present


def test_the_clerk_seats_a_member_and_empties_a_desk(room: Any) -> None:
    assert room.do(SetSeat(act=ACT, desk_no=3, member="m1")) == [SeatTaken(room.at, "m1", 3, "console")]
    assert room.do(SetSeat(act=ACT, desk_no=3, member="m1")) == []
    assert room.do(SetSeat(act=ACT, desk_no=3, member=None)) == [SeatLeft(room.at, "m1", 3, "console")]
    assert room.do(SetSeat(act=ACT, desk_no=3, member=None)) == []
    assert room.refused(SetSeat(act=ACT, desk_no=10, member="m1")) == "no_such_desk"
    room.data.enrolled = frozenset({10})
    assert room.do(SetSeat(act=ACT, desk_no=10, member="m1")) == [SeatTaken(room.at, "m1", 10, "console")]


def test_a_conflict_of_interest_from_the_seat_is_for_the_current_item_alone(room: Any) -> None:
    assert room.refused(DeclareRecusal(item="2"), desk_no=1) == "recusal_not_current"
    assert room.do(DeclareRecusal(item="1", reason="брат"), desk_no=1) == [
        RecusalDeclared(room.at, "m1", "1", "брат", "terminal")
    ]
    assert room.do(DeclareRecusal(item="1"), desk_no=1) == []
    assert room.do(SetRecusal(act=ACT, member="m9", item="2", recused=True)) == [
        RecusalDeclared(room.at, "m9", "2", None, "console")
    ]
    assert room.do(SetRecusal(act=ACT, member="m1", item="1", recused=False)) == [
        RecusalWithdrawn(room.at, "m1", "1", "console")
    ]
    assert room.do(SetRecusal(act=ACT, member="m1", item="1", recused=False)) == []
    assert room.refused(SetRecusal(act=ACT, member="m1", item="9", recused=True)) == "no_such_item"


def test_who_declared_a_conflict_of_interest_is_told_since_when_and_by_which_article(room: Any) -> None:
    (fact,) = facts_of(DeclareRecusal(item="1"), room.context(desk_no=1))
    apply_entry(room.data, room.folder, Entry(room.seq, room.data.plan.id, room.at, fact))
    told = standing(room.data, "m1").recusal
    assert told is not None
    assert (told.at, "ст. 59-1" in told.source["uk"], told.exception) == (room.at, True, True)
    assert (standing(room.data, "m2").recused, standing(room.data, "m2").recusal) == (False, None)
    assert chamber_state(room.data, room.now).warning_seconds == room.data.profile.floor.warning_seconds == 30


def test_conflict_of_interest_in_another_item_of_a_block_is_on_seat_and_console_while_it_is_voted(room: Any) -> None:
    room.do(SetRecusal(act=ACT, member="m2", item="3", recused=True))
    shown = lambda: {desk.desk_no for desk in desk_views(room.data) if desk.recused}  # noqa: E731
    assert (standing(room.data, "m2").recused, shown()) == (False, set())
    room.do(OpenVote(act=ACT, vote_n=1, seconds=None, also_items=("3",)))
    told = standing(room.data, "m2")
    assert (told.recused, told.entitled, told.recusal.item, shown()) == (True, False, "3", {2})
    assert not standing(room.data, "m1").recused


def test_a_conflict_of_interest_is_refused_while_a_vote_on_that_item_runs(room: Any) -> None:
    room.do(SetRecusal(act=ACT, member="m2", item="1", recused=True))
    (opened,) = room.do(OpenVote(act=ACT, vote_n=1, seconds=None))
    assert room.refused(DeclareRecusal(item="1"), desk_no=1) == "recusal_vote_open"
    assert room.refused(SetRecusal(act=ACT, member="m2", item="1", recused=False)) == "recusal_vote_open"
    assert room.do(SetRecusal(act=ACT, member="m1", item="2", recused=True)) != []
    closed = VoteEvent(opened, [seated.member for seated in room.record.opened.members]).close(room.at, "clerk")
    assert isinstance(closed, VoteClosed)
    room.feed([closed])
    assert room.do(DeclareRecusal(item="1"), desk_no=1) != []


def test_the_recused_are_present_but_neither_entitled_nor_counted_for_the_quorum(room: Any) -> None:
    room.do(SetRecusal(act=ACT, member="m2", item="1", recused=True))
    room.do(SetRecusal(act=ACT, member="m9", item="1", recused=True))
    assert roll_at_opening(room.record, room.data.profile, ["1"]) == RollAtOpening(
        present=("m1", "m2", "m3", "m4", "m5", "m6"),
        recused=("m2",),
        entitled=("m1", "m3", "m4", "m5", "m6"),
        in_quorum=5,
        exception=False,
    )
    assert margin(room.record, room.data.profile, ["1"]) == 0
    assert margin(room.record, room.data.profile, ["2"]) == 1
    assert roll_at_opening(room.record, room.data.profile, ["2", "1"]).recused == ("m2",)


def test_where_recusals_would_break_the_quorum_the_recused_vote_if_the_profile_lets_them(room: Any) -> None:
    for member in ("m1", "m2"):
        room.do(SetRecusal(act=ACT, member=member, item="1", recused=True))
    roll = roll_at_opening(room.record, room.data.profile, ["1"])
    assert (roll.exception, roll.in_quorum, roll.entitled, roll.recused) == (True, 6, roll.present, ("m1", "m2"))
    room.change(recusal=replace(room.data.profile.recusal, exception=False))
    roll = roll_at_opening(room.record, room.data.profile, ["1"])
    assert (roll.exception, roll.in_quorum, roll.entitled) == (False, 4, ("m3", "m4", "m5", "m6"))
    assert margin(room.record, room.data.profile, ["1"]) == -1
    room.change(recusal=replace(room.data.profile.recusal, counts_for_quorum=True))
    assert roll_at_opening(room.record, room.data.profile, ["1"]).in_quorum == 6


def test_without_a_quorum_anyway_the_recused_gain_no_vote(room: Any) -> None:
    for member in ("m5", "m6"):
        room.do(SetPresence(act=ACT, member=member, present=False))
    room.do(SetRecusal(act=ACT, member="m1", item="1", recused=True))
    roll = roll_at_opening(room.record, room.data.profile, ["1"])
    assert (roll.exception, roll.in_quorum, roll.entitled) == (False, 3, ("m2", "m3", "m4"))


@given(
    present=st.sets(st.integers(1, 9)),
    recused=st.sets(st.integers(1, 9)),
    counts=st.booleans(),
    allowed=st.booleans(),
)
def test_a_roll_adds_up_whoever_is_there_and_whoever_stands_aside(
    acts_room: ModuleType, present: set[int], recused: set[int], counts: bool, allowed: bool
) -> None:
    room = acts_room.Room()
    room.change(recusal=replace(room.data.profile.recusal, exception=allowed, counts_for_quorum=counts))
    room.do(OpenSitting(act=ACT))
    for n in present:
        room.do(SetPresence(act=ACT, member=f"m{n}", present=True))
    for n in recused:
        room.do(SetRecusal(act=ACT, member=f"m{n}", item="1", recused=True))
    roll = roll_at_opening(room.record, room.data.profile, ["1"])
    assert len(roll.present) == len(present) and len(roll.recused) == len(present & recused)
    assert len(roll.entitled) == len(present) - (0 if roll.exception else len(present & recused))
    assert len(roll.present) - len(roll.recused) <= roll.in_quorum <= len(roll.present)
    if roll.exception:
        assert allowed and roll.recused and roll.in_quorum >= room.record.opened.quorum
