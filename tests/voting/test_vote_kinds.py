"""Votes that are held, void or tied, for candidates, said aloud or entered by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.voting.states import in_state
from voting.entries import (
    Candidate,
    CandidateCount,
    Clerk,
    Option,
    Result,
    RollEntry,
    Tally,
)
from voting.errors import (
    BadOption,
    NoReason,
    NotByTerminal,
    NotConfirmed,
    VoteHeldError,
    WrongChannel,
)
from voting.vote_event import State, VoteEvent

# --- held, void, tied -------------------------------------------------------------------------------------------


def test_press_while_held_is_refused_and_a_repeat_is_answered(town: Any) -> None:
    event = in_state(town, State.OPEN)
    event.apply(town.press("1001"))
    event.apply(event.hold(town.at, 7000))
    with pytest.raises(VoteHeldError, match="Press while vote 1 is held") as refused:
        event.check_press("1002", town.boot, 1, Option.FOR)
    assert refused.value.code == "vote_held"
    assert event.check_press("1001", town.boot, 1, Option.FOR) == town.press("1001")
    event.apply(event.resume(town.at, 7000))
    assert event.check_press("1002", town.boot, 1, Option.FOR) is None
    assert event.standing == {"1001": town.press("1001")}


def test_close_of_a_held_vote_counts_what_was_pressed_before(town: Any) -> None:
    event = in_state(town, State.OPEN)
    event.apply(town.press("1001"))
    event.apply(event.hold(town.at, None))
    assert event.close(town.at, "clerk").tally == Tally(for_=1, not_voting=6)


def test_vote_after_a_restart_stands_as_it_stood(town: Any) -> None:
    """When it was held does not matter to what stands: the presses first, then the facts of the vote."""
    event = in_state(town, State.OPEN)
    presses = [town.press("1001"), town.press("1002", Option.AGAINST)]
    event.apply(presses[0])
    moves: list[Any] = [event.hold(town.at, 5)]
    event.apply(moves[0])
    moves.append(event.resume(town.at, 5))
    event.apply(moves[1])
    event.apply(presses[1])
    moves.append(event.hold(town.at, 4))
    event.apply(moves[2])
    again = VoteEvent(event.opened, town.members)
    for move in (*presses, *moves):
        again.apply(move)
    assert (again.state, again.standing) == (State.HELD, event.standing)
    assert again.close(town.at, "time") == event.close(town.at, "time")


@pytest.mark.parametrize("reason", ["", "  "])
def test_void_without_a_reason_is_refused(town: Any, reason: str) -> None:
    with pytest.raises(NoReason, match="vote 1 is not set aside without a reason"):
        in_state(town, State.ANNOUNCED).void(town.at, reason)


@pytest.mark.parametrize(("option", "result"), [(Option.FOR, Result.ADOPTED), (Option.AGAINST, Result.REJECTED)])
def test_tie_is_decided_by_the_chair_and_then_announced(town: Any, option: Option, result: Result) -> None:
    event = in_state(town, State.TIED)
    decided = event.decide_tie(town.at, "1007", option, Clerk("a", "Аліна"))
    assert (decided.member, decided.option, decided.result) == ("1007", option, result)
    event.apply(decided)
    assert event.state is State.CLOSED
    event.apply(event.announce(town.at))
    assert event.state is State.ANNOUNCED


@pytest.mark.parametrize("option", [option for option in Option if option not in (Option.FOR, Option.AGAINST)])
def test_tie_decided_by_anything_but_for_or_against_is_refused(town: Any, option: Option) -> None:
    with pytest.raises(BadOption, match=f"{option} decides no tie"):
        in_state(town, State.TIED).decide_tie(town.at, "1007", option, Clerk("a", "Аліна"))


# --- candidates -------------------------------------------------------------------------------------------------

CLERK, SECOND = Clerk("a", "Аліна"), Clerk("b", "Богдан")
THREE = (Candidate(1, "Айстра"), Candidate(2, "Бузок"), Candidate(3, "Верба"))


def election(town: Any, **kind: Any) -> VoteEvent:
    return VoteEvent(town.vote(subject="candidates", candidates=THREE, **kind), town.members)


@pytest.mark.parametrize(
    ("choices", "counts", "result", "chosen"),
    [
        ([1, 1, 1, 1, 2], (4, 1, 0), Result.ADOPTED, 1),
        ([3, 3, 3, 3], (0, 0, 4), Result.ADOPTED, 3),
        ([1, 1, 1, 2, 2, 2], (3, 3, 0), Result.REJECTED, None),  # a tie for the lead
        ([2, 2, 2, 1], (1, 3, 0), Result.REJECTED, None),  # leads alone, one short of 4
        ([None] * 7, (0, 0, 0), Result.REJECTED, None),
    ],
)
def test_election_chooses_who_alone_leads_with_what_is_needed(
    town: Any, choices: list[int | None], counts: tuple[int, ...], result: Result, chosen: int | None
) -> None:
    event = election(town)
    for member, candidate in zip(town.members, choices, strict=False):
        option = Option.ABSTAIN if candidate is None else Option.FOR
        assert event.check_press(member, town.boot, 1, option, candidate) is None
        event.apply(town.press(member, option, candidate=candidate))
    closed = event.close(town.at, "clerk")
    assert closed.counts == tuple(CandidateCount(n, votes) for n, votes in enumerate(counts, 1))
    assert (closed.result, closed.chosen) == (result, chosen)
    assert sum(counts) == closed.tally.for_
    assert [line.candidate for line in closed.roll][: len(choices)] == choices


def test_election_changed_before_closing_counts_the_last_candidate(town: Any) -> None:
    event = election(town)
    event.apply(town.press("1001", n=1, candidate=1))
    event.apply(town.press("1001", n=2, candidate=3))
    assert [(line.votes) for line in event.close(town.at, "clerk").counts] == [0, 0, 1]


@pytest.mark.parametrize(
    ("option", "candidate", "words"),
    [
        (Option.FOR, None, "candidate None does not stand"),
        (Option.FOR, 4, "candidate 4 does not stand in vote 1"),
        (Option.FOR, 0, "candidate 0 does not stand"),
        (Option.AGAINST, 1, "nobody votes against"),
        (Option.AGAINST, None, "nobody votes against"),
        (Option.ABSTAIN, 1, "abstain names no candidate"),
    ],
)
def test_press_of_no_candidate_who_stands_is_refused(
    town: Any, option: Option, candidate: int | None, words: str
) -> None:
    event = election(town)
    with pytest.raises(BadOption, match=words):
        event.check_press("1001", town.boot, 1, option, candidate)
    with pytest.raises(BadOption, match=words):
        event.apply(town.press("1001", option, candidate=candidate))
    assert event.standing == {}


def test_press_of_a_candidate_in_a_vote_on_a_motion_is_refused(town: Any) -> None:
    with pytest.raises(BadOption, match="for names no candidate"):
        in_state(town, State.OPEN).check_press("1001", town.boot, 1, Option.FOR, 1)


# --- said aloud, entered by hand --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["called", "entered"])
def test_press_at_a_desk_in_a_vote_that_the_clerk_enters_is_refused(town: Any, method: Any) -> None:
    event = VoteEvent(town.vote(method=method), town.members)
    with pytest.raises(NotByTerminal, match="vote 1 is not taken by terminal") as refused:
        event.check_press("1001", town.boot, 1, Option.FOR)
    assert refused.value.code == "not_by_terminal"
    with pytest.raises(NotByTerminal):
        event.apply(town.press("1001"))


@pytest.mark.parametrize(("method", "channel"), [("terminal", "entered"), ("called", "entered"), ("entered", "called")])
def test_answer_by_a_channel_of_another_kind_of_vote_is_refused(town: Any, method: Any, channel: Any) -> None:
    event = VoteEvent(town.vote(method=method), town.members)
    with pytest.raises(WrongChannel, match=f"an answer {channel} in vote 1"):
        event.check_press("1001", town.console, 1, Option.FOR, channel=channel)


def test_roll_call_marks_each_answer_as_called_and_names_no_terminal(town: Any) -> None:
    event = VoteEvent(town.vote(method="called", order="alphabet"), town.members)
    for n, member in enumerate(town.members[:3], 1):
        assert event.check_press(member, town.console, n, Option.FOR, channel="called") is None
        event.apply(town.aloud(member, n=n))
    closed = event.close(town.at, "clerk")
    assert closed.roll[0] == RollEntry("1001", Option.FOR, town.console, 1, town.at, None, "called")
    assert closed.tally == Tally(for_=3, not_voting=4)


def test_answer_taken_back_leaves_nothing_and_a_repeat_says_so(town: Any) -> None:
    event = VoteEvent(town.vote(method="called"), town.members)
    event.apply(town.aloud("1001", Option.AGAINST, 1))
    back = town.aloud("1001", Option.NOT_VOTING, 2)
    assert event.check_press("1001", town.console, 2, Option.NOT_VOTING, channel="called") is None
    event.apply(back)
    assert (event.standing, event.voted) == ({}, frozenset())
    assert event.check_press("1001", town.console, 1, Option.AGAINST, channel="called") == back
    assert event.close(town.at, "clerk").roll[0] == RollEntry("1001", Option.NOT_VOTING)
    event.apply(town.aloud("1001", Option.FOR, 3))
    assert event.standing["1001"].option is Option.FOR


def test_answer_aloud_in_a_vote_by_terminal_counts_and_taken_back_gives_the_press_back(town: Any) -> None:
    event = in_state(town, State.OPEN)
    pressed = town.press("1001")
    event.apply(pressed)
    event.apply(town.aloud("1001", Option.AGAINST, 1))
    assert event.standing["1001"].option is Option.AGAINST
    event.apply(town.aloud("1001", Option.NOT_VOTING, 2))
    assert event.standing == {"1001": pressed}
    again = town.press("1001", Option.ABSTAIN, 2)
    event.apply(town.aloud("1001", Option.AGAINST, 3))
    event.apply(again)
    assert event.standing == {"1001": again}
    event.apply(town.aloud("1001", Option.NOT_VOTING, 4))
    assert event.standing == {"1001": again}


def test_press_of_not_voting_at_a_desk_is_refused(town: Any) -> None:
    with pytest.raises(BadOption, match="not_voting cannot be chosen"):
        in_state(town, State.OPEN).check_press("1001", town.boot, 1, Option.NOT_VOTING)


def test_vote_entered_by_hand_needs_two_clerks_and_no_other_vote_has_them(town: Any) -> None:
    event = VoteEvent(town.vote(method="entered"), town.members)
    event.apply(town.aloud("1001", channel="entered"))
    for names in (
        {},
        {"entered_by": (CLERK,)},
        {"entered_by": (CLERK, SECOND), "confirmed_by": SECOND},
        {"confirmed_by": SECOND},
    ):
        with pytest.raises(NotConfirmed, match="confirmed by a second clerk"):
            event.close(town.at, "clerk", **names)
    closed = event.close(town.at, "clerk", entered_by=(CLERK,), confirmed_by=SECOND)
    assert (closed.entered_by, closed.confirmed_by, closed.tally.for_) == ((CLERK,), SECOND, 1)
    with pytest.raises(NotConfirmed):
        in_state(town, State.OPEN).close(town.at, "clerk", entered_by=(CLERK,), confirmed_by=SECOND)
