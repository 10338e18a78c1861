"""The floor: who asked, who speaks, for how long; one at a time and not while a vote takes presses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.voting.states import folded, require_refused
from voting.entries import (
    FloorEnded,
    FloorGiven,
    FloorPaused,
    FloorRequested,
    FloorResumed,
    FloorWithdrawn,
    SittingClosed,
    VoteHeld,
    VoteResumed,
)

AT = "2017-11-22T08:17:51.000Z"
LATER = "2017-11-22T08:18:51.000Z"


def asked(request: int = 1, member: str = "1001", item: str | None = "1") -> FloorRequested:
    return FloorRequested(AT, request, member, "speech", item)


def given(speech: int = 1, request: int | None = None, member: str | None = "1001", **more: Any) -> FloorGiven:
    return FloorGiven(AT, speech, request, member, more.get("speaker"), "speech", more.get("item"), 180)


def test_requests_wait_until_they_are_given_or_withdrawn(town: Any) -> None:
    record = folded(town, asked(1), asked(2, "1002"), asked(3, "1003"), given(1, 2, "1002"), FloorWithdrawn(AT, 3))
    assert {n: request.state for n, request in record.requests.items()} == {1: "waiting", 2: "given", 3: "withdrawn"}
    assert record.requests[2].fact == asked(2, "1002")


def test_speech_runs_is_paused_goes_on_and_ends(town: Any) -> None:
    record = folded(town, given())
    speech = record.speeches[1]
    assert (record.current_speech, record.running_speech) == (1, 1)
    assert (speech.started_at, speech.running_since, speech.paused, speech.used_ms) == (AT, AT, False, 0)
    paused = folded(town, given(), FloorPaused(AT, 1, 500))
    speech = paused.speeches[1]
    assert (paused.current_speech, paused.running_speech) == (1, None)
    assert (speech.running_since, speech.paused, speech.used_ms) == (None, True, 500)
    resumed = folded(town, given(), FloorPaused(AT, 1, 500), FloorResumed(LATER, 1)).speeches[1]
    assert (resumed.running_since, resumed.paused, resumed.used_ms) == (LATER, False, 500)
    ended = folded(town, given(), FloorPaused(AT, 1, 500), FloorResumed(LATER, 1), FloorEnded(LATER, 1, 900))
    speech = ended.speeches[1]
    assert (ended.current_speech, speech.ended_at, speech.running_since, speech.used_ms) == (None, LATER, None, 900)


def test_paused_speech_is_interrupted_by_another_and_then_goes_on(town: Any) -> None:
    facts = [given(1), FloorPaused(AT, 1, 10), given(2, member="1002")]
    assert folded(town, *facts).current_speech == 2
    require_refused(
        town, [town.opened(), *facts, FloorResumed(AT, 1)], "FloorResumed of speech 1 before speech 2 ended"
    )
    over = folded(town, *facts, FloorEnded(AT, 2, 5), FloorResumed(LATER, 1))
    assert (over.current_speech, over.running_speech) == (1, 1)


def test_guest_speaks_by_name(town: Any) -> None:
    record = folded(town, given(member=None, speaker="Мешканка громади"))
    assert record.speeches[1].fact.speaker == "Мешканка громади"


def test_vote_is_taken_in_silence(town: Any) -> None:
    opened = town.opened()
    require_refused(town, [opened, given(), town.vote()], "VoteOpened while speech 1 runs")
    require_refused(town, [opened, town.vote(), given()], "FloorGiven while vote 1 is open")
    paused = [given(), FloorPaused(AT, 1, 10), town.vote()]
    assert folded(town, *paused).open_vote is not None
    require_refused(town, [opened, *paused, FloorResumed(AT, 1)], "FloorResumed while vote 1 is open")
    held = [town.vote(), VoteHeld(AT, 1, None), given()]
    assert folded(town, *held).running_speech == 1  # what to do about the fault
    require_refused(town, [opened, *held, VoteResumed(AT, 1, None)], "VoteResumed while speech 1 runs")


IMPOSSIBLE: dict[str, list[Any]] = {
    "request 2 follows request 0": [asked(2)],
    "request 1 follows request 1": [asked(1), asked(1)],
    "9 is not a member of this sitting": [asked(1, "9")],
    "request 1 is on item 9": [asked(1, item="9")],
    "FloorWithdrawn for request 1, which was never made": [FloorWithdrawn(AT, 1)],
    "FloorWithdrawn while request 1 is withdrawn": [asked(1), FloorWithdrawn(AT, 1), FloorWithdrawn(AT, 1)],
    "FloorWithdrawn while request 1 is given": [asked(1), given(1, 1), FloorWithdrawn(AT, 1)],
    "speech 2 follows speech 0": [given(2)],
    "FloorGiven while speech 1 runs": [given(1), given(2)],
    "FloorGiven for request 1, which was never made": [given(1, 1)],
    "FloorGiven while request 1 is withdrawn": [asked(1), FloorWithdrawn(AT, 1), given(1, 1)],
    "request 1 is 1001's, the floor was given to 1002": [asked(1), given(1, 1, "1002")],
    "9 is not a member of": [given(1, member="9")],
    "by a guest with a name, and not by both": [given(1, member=None)],
    "speech 1 is by a member, or by a guest": [given(1, speaker="Гість")],
    "speech 1 is on item 9": [given(1, item="9")],
    "FloorPaused of speech 1, which never began": [FloorPaused(AT, 1, 0)],
    "FloorPaused while speech 1 is paused": [given(), FloorPaused(AT, 1, 5), FloorPaused(AT, 1, 5)],
    "FloorResumed while speech 1 runs": [given(), FloorResumed(AT, 1)],
    "FloorResumed of speech 1, which never began": [FloorResumed(AT, 1)],
    "FloorResumed after speech 1 ended": [given(), FloorEnded(AT, 1, 5), FloorResumed(AT, 1)],
    "FloorEnded after speech 1 ended": [given(), FloorEnded(AT, 1, 5), FloorEnded(AT, 1, 5)],
    "FloorEnded of speech 2, which never began": [given(), FloorEnded(AT, 2, 5)],
    "speech 1 had used 5 ms, now 4 ms": [given(), FloorPaused(AT, 1, 5), FloorResumed(AT, 1), FloorEnded(AT, 1, 4)],
    "speech 1 had used 5 ms, now 6 ms": [given(), FloorPaused(AT, 1, 5), FloorEnded(AT, 1, 6)],
    "SittingClosed before speech 1 ended": [given(), SittingClosed(AT)],
}


@pytest.mark.parametrize("words", IMPOSSIBLE)
def test_floor_that_cannot_be_is_refused(town: Any, words: str) -> None:
    require_refused(town, [town.opened(), *IMPOSSIBLE[words]], words)
