"""The floor: queue, limits, interruptions, budgets, and the clock that measures speeches."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from council.acts.context import Context
from council.floor import FloorClock, floor_view
from council.people import roll_names
from council.protocol import AskFloor, Leave, WithdrawFloor
from council.protocol_acts import (
    AskFloorFor,
    CallItem,
    CloseSitting,
    EndFloor,
    GiveFloor,
    NextSpeaker,
    OpenSitting,
    OpenVote,
    PauseFloor,
    ResumeFloor,
    SetPresence,
    WithdrawItem,
    WithdrawRequest,
)
from council.state_console import BudgetView, FloorView
from voting.entries import (
    FloorEnded,
    FloorGiven,
    FloorPaused,
    FloorRequested,
    FloorResumed,
    FloorWithdrawn,
    ItemCalled,
    SittingClosed,
    VoteOpened,
    stamp,
)

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


def view(room: Any) -> FloorView:
    return floor_view(room.record, room.data.profile, roll_names(room.data.members), room.now, room.speech_ms())


def queue(room: Any) -> list[str]:
    return [f"{request.member} {request.floor}" for request in view(room).queue]


def test_the_queue_is_in_order_of_kind_then_of_asking(room: Any) -> None:
    assert room.do(AskFloor(floor="speech"), desk_no=3) == [FloorRequested(room.at, 1, "m3", "speech", "1")]
    room.do(AskFloor(floor="question"), desk_no=1)
    room.do(AskFloorFor(act=ACT, member="m2", floor="question"))
    room.do(AskFloor(floor="point_of_order"), desk_no=5)
    assert queue(room) == ["m5 point_of_order", "m1 question", "m2 question", "m3 speech"]
    assert [request.seconds for request in view(room).queue] == [60, 60, 60, 180]
    assert [request.name for request in view(room).queue] == ["Ґудзь О.", "Андрухів О.", "Балог І.", "Гуль О."]


def test_one_request_a_member_waits_and_another_kind_takes_its_place(room: Any) -> None:
    room.do(AskFloor(floor="speech"), desk_no=1)
    assert room.do(AskFloor(floor="speech"), desk_no=1) == []
    assert room.do(AskFloor(floor="reply"), desk_no=1) == [
        FloorWithdrawn(room.at, 1),
        FloorRequested(room.at, 2, "m1", "reply", "1"),
    ]
    assert room.refused(WithdrawFloor(request=2), desk_no=2) == "no_such_request"
    assert room.do(WithdrawFloor(request=2), desk_no=1) == [FloorWithdrawn(room.at, 2)]
    assert room.do(WithdrawFloor(request=2), desk_no=1) == []
    assert room.refused(WithdrawRequest(act=ACT, request=9)) == "no_such_request"
    assert room.refused(AskFloor(floor="speech"), desk_no=9) == "member_absent"


def test_the_next_key_ends_who_speaks_and_gives_the_floor_to_the_first(room: Any) -> None:
    room.do(AskFloor(floor="speech"), desk_no=1)
    room.do(AskFloor(floor="speech"), desk_no=2)
    given = room.do(NextSpeaker(act=ACT, speech=1))
    assert given == [FloorGiven(room.at, 1, 1, "m1", None, "speech", "1", 180)]
    assert room.do(NextSpeaker(act=ACT, speech=1)) == []
    room.later(65.5)
    assert room.do(NextSpeaker(act=ACT, speech=2)) == [
        FloorEnded(room.at, 1, 65_500),
        FloorGiven(room.at, 2, 2, "m2", None, "speech", "1", 180),
    ]
    room.later(1)
    assert room.do(NextSpeaker(act=ACT, speech=3)) == [FloorEnded(room.at, 2, 1000)]
    assert room.do(NextSpeaker(act=ACT, speech=3)) == []
    assert room.refused(NextSpeaker(act=ACT, speech=5)) == "wrong_speech"


def test_the_floor_is_given_to_a_request_a_member_or_a_guest_and_to_one_of_them(room: Any) -> None:
    room.do(AskFloor(floor="question"), desk_no=4)
    assert room.do(GiveFloor(act=ACT, speech=1, request=1)) == [
        FloorGiven(room.at, 1, 1, "m4", None, "question", "1", 60)
    ]
    assert room.do(GiveFloor(act=ACT, speech=1, request=1)) == []
    assert room.refused(GiveFloor(act=ACT, speech=1, member="m1")) == "wrong_speech"
    assert room.refused(GiveFloor(act=ACT, speech=2, request=1)) == "no_such_request"
    assert room.refused(GiveFloor(act=ACT, speech=2, request=1, member="m1")) == "not_one_speaker"
    assert room.refused(GiveFloor(act=ACT, speech=2, member="m9")) == "member_absent"
    assert room.do(GiveFloor(act=ACT, speech=2, speaker="Олена Коваль, директорка школи", seconds=300)) == [
        FloorEnded(room.at, 1, 0),
        FloorGiven(room.at, 2, None, None, "Олена Коваль, директорка школи", "speech", "1", 300),
    ]
    guest = view(room).speech
    assert guest is not None
    assert (guest.family_name, guest.given_name, guest.member) == ("Олена Коваль, директорка школи", "", None)


def test_a_point_of_order_interrupts_and_the_floor_returns(room: Any) -> None:
    room.do(GiveFloor(act=ACT, speech=1, member="m1"))
    room.later(10)
    assert room.do(GiveFloor(act=ACT, speech=2, member="m2", floor="point_of_order")) == [
        FloorPaused(room.at, 1, 10_000),
        FloorGiven(room.at, 2, None, "m2", None, "point_of_order", "1", 60),
    ]
    assert view(room).next_speech == 1  # so the next key returns the floor
    assert room.refused(ResumeFloor(act=ACT, speech=1)) == "floor_interrupted"
    assert room.refused(GiveFloor(act=ACT, speech=1, member="m3")) == "floor_interrupted"
    room.later(5)
    assert room.do(NextSpeaker(act=ACT, speech=1)) == [FloorEnded(room.at, 2, 5000), FloorResumed(room.at, 1)]
    assert room.do(NextSpeaker(act=ACT, speech=1)) == []
    room.later(1)
    assert room.do(EndFloor(act=ACT, speech=1)) == [FloorEnded(room.at, 1, 11_000)]
    assert room.do(EndFloor(act=ACT, speech=1)) == []


def test_a_paused_speech_keeps_its_time_and_goes_on_from_it(room: Any) -> None:
    room.do(GiveFloor(act=ACT, speech=1, member="m1"))
    room.later(170)
    speech = view(room).speech
    assert speech is not None
    assert (speech.ends_at, speech.left_ms, speech.used_ms) == (stamp(room.now + timedelta(seconds=10)), None, 170_000)
    assert room.do(PauseFloor(act=ACT, speech=1)) == [FloorPaused(room.at, 1, 170_000)]
    assert room.do(PauseFloor(act=ACT, speech=1)) == []
    room.later(60)
    speech = view(room).speech
    assert speech is not None and (speech.paused, speech.ends_at, speech.left_ms) == (True, None, 10_000)
    assert room.do(ResumeFloor(act=ACT, speech=1)) == [FloorResumed(room.at, 1)]
    assert room.do(ResumeFloor(act=ACT, speech=1)) == []
    room.later(15)
    speech = view(room).speech
    assert speech is not None
    assert (speech.ends_at, speech.used_ms) == (stamp(room.now - timedelta(seconds=5)), 185_000)  # over: nothing is cut
    assert room.do(EndFloor(act=ACT, speech=1)) == [FloorEnded(room.at, 1, 185_000)]
    assert room.refused(PauseFloor(act=ACT, speech=1)) == "speech_over"


def test_the_monotonic_clock_measures_a_speech_when_the_wall_clock_steps(room: Any) -> None:
    room.do(GiveFloor(act=ACT, speech=1, member="m1"))
    room.speech_ms()
    room.later(30)
    room.now -= timedelta(hours=1)
    assert room.speech_ms() == 30_000
    assert room.do(EndFloor(act=ACT, speech=1)) == [FloorEnded(room.at, 1, 30_000)]


def test_after_a_restart_a_speech_goes_on_from_the_facts(room: Any) -> None:
    room.do(GiveFloor(act=ACT, speech=1, member="m1"))
    room.later(20)
    room.do(PauseFloor(act=ACT, speech=1))
    room.later(100)
    room.do(ResumeFloor(act=ACT, speech=1))
    room.later(5)
    assert FloorClock().speech_ms(room.record, room.now, 3.0) == 25_000
    assert FloorClock().speech_ms(room.record, room.now - timedelta(hours=1), 3.0) == 20_000


def test_another_item_ends_the_speech_and_lets_the_queue_go(room: Any) -> None:
    room.do(AskFloor(floor="speech"), desk_no=2)
    room.do(GiveFloor(act=ACT, speech=1, member="m1"))
    room.do(GiveFloor(act=ACT, speech=2, member="m2", floor="point_of_order"))
    assert room.do(CallItem(act=ACT, item="2")) == [
        FloorEnded(room.at, 2, 0),
        FloorEnded(room.at, 1, 0),
        ItemCalled(room.at, "2", "Про питання 2"),
    ]
    assert queue(room) == []
    assert room.refused(GiveFloor(act=ACT, speech=3, request=1)) == "no_such_request"
    assert room.do(AskFloor(floor="speech"), desk_no=2) != []
    room.do(CallItem(act=ACT, item="1"))
    assert queue(room) == []


def test_what_was_asked_before_the_first_item_waits_no_more_when_an_item_is_withdrawn(acts_room: ModuleType) -> None:
    room = acts_room.Room()
    room.do(OpenSitting(act=ACT))
    for member in ("m1", "m2"):
        room.do(SetPresence(act=ACT, member=member, present=True))
    room.do(AskFloor(floor="speech"), desk_no=1)
    assert [request.member for request in view(room).queue] == ["m1"]
    room.do(CallItem(act=ACT, item="1"))
    room.do(WithdrawItem(act=ACT, item="1", vote_n=None))
    assert view(room).queue == ()
    room.do(AskFloor(floor="speech"), desk_no=2)
    assert [request.member for request in view(room).queue] == ["m2"]


def test_a_vote_opens_in_silence_and_nobody_gets_the_floor_while_it_is_open(room: Any) -> None:
    room.do(AskFloor(floor="speech"), desk_no=2)
    room.do(GiveFloor(act=ACT, speech=1, member="m1"))
    assert room.refused(OpenVote(act=ACT, vote_n=1, seconds=20)) == "speech_running"
    room.do(PauseFloor(act=ACT, speech=1))
    (opened,) = room.do(OpenVote(act=ACT, vote_n=1, seconds=20))
    assert isinstance(opened, VoteOpened)
    assert room.refused(ResumeFloor(act=ACT, speech=1)) == "floor_vote_open"
    assert room.refused(NextSpeaker(act=ACT, speech=2)) == "floor_vote_open"
    assert room.refused(GiveFloor(act=ACT, speech=2, request=1)) == "floor_vote_open"
    assert room.do(AskFloor(floor="question"), desk_no=4) != []  # waiting is no speech


def test_closing_the_sitting_ends_a_paused_speech_too(room: Any) -> None:
    room.do(GiveFloor(act=ACT, speech=1, member="m1"))
    room.later(2)
    room.do(PauseFloor(act=ACT, speech=1))
    assert room.do(CloseSitting(act=ACT)) == [FloorEnded(room.at, 1, 2000), SittingClosed(room.at)]


def test_member_given_the_floor_out_of_turn_waits_no_more_for_that_speech(room: Any) -> None:
    room.do(AskFloor(floor="speech"), desk_no=2)
    room.do(AskFloor(floor="speech"), desk_no=3)
    room.do(GiveFloor(act=ACT, speech=1, member="m3", floor="point_of_order"))
    assert [request.member for request in view(room).queue] == ["m2", "m3"]  # it was no speech
    (_, given) = room.do(GiveFloor(act=ACT, speech=2, member="m3"))  # from the desk's dialog, which names no request
    assert given.request == 2
    assert room.do(GiveFloor(act=ACT, speech=2, member="m3")) == []
    assert [request.member for request in view(room).queue] == ["m2"]


def test_a_faction_has_its_time_under_one_item_and_no_more_unless_the_chair_says(room: Any) -> None:
    room.change(floor=replace(room.data.profile.floor, faction_seconds=200))
    room.do(GiveFloor(act=ACT, speech=1, member="m1"))
    room.later(150.2)
    assert view(room).budgets == (BudgetView("Лани", 200, 150_200), BudgetView("Ріка", 200, 0))
    room.do(AskFloor(floor="speech"), desk_no=2)
    assert [request.seconds for request in view(room).queue] == [49]
    (_, given) = room.do(NextSpeaker(act=ACT, speech=2))
    assert given.seconds == 49
    room.later(60)  # eleven seconds over
    room.do(AskFloor(floor="speech"), desk_no=3)
    assert [request.seconds for request in view(room).queue] == [0]
    assert room.refused(NextSpeaker(act=ACT, speech=3)) == "faction_time_used"
    assert room.do(GiveFloor(act=ACT, speech=3, request=2, seconds=30))[1].seconds == 30
    room.do(CallItem(act=ACT, item="2"))
    assert [budget.used_ms for budget in view(room).budgets] == [0, 0]


def test_of_no_faction_or_a_guest_no_budget_is_counted(room: Any) -> None:
    room.change(floor=replace(room.data.profile.floor, faction_seconds=10))
    room.do(SetPresence(act=ACT, member="m7", present=True))
    assert room.do(GiveFloor(act=ACT, speech=1, member="m7"))[0].seconds == 180
    assert room.do(GiveFloor(act=ACT, speech=2, speaker="Гість"))[1].seconds == 180


def test_a_member_who_goes_while_interrupting_leaves_the_speech_paused(room: Any) -> None:
    room.do(GiveFloor(act=ACT, speech=1, member="m1"))
    room.do(GiveFloor(act=ACT, speech=2, member="m2", floor="point_of_order"))
    room.do(Leave(), desk_no=2)
    speech = view(room).speech
    assert speech is not None and (speech.speech, speech.paused, view(room).next_speech) == (1, True, 3)
    assert room.do(ResumeFloor(act=ACT, speech=1)) == [FloorResumed(room.at, 1)]


def test_before_the_sitting_opens_nobody_speaks(acts_room: ModuleType) -> None:
    room = acts_room.Room()
    assert room.refused(NextSpeaker(act=ACT, speech=1)) == "sitting_not_open"
    assert room.refused(AskFloor(floor="speech"), desk_no=1) == "no_member"
    assert isinstance(room.context(), Context) and FloorClock().speech_ms(None, room.now, 0.0) == 0
