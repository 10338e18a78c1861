"""Votes of every kind in the record, and what cannot follow what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.voting.states import folded, require_refused
from voting.entries import (
    Base,
    Candidate,
    Clerk,
    CorrectionNoted,
    ItemAdded,
    Option,
    Result,
    ResultAnnounced,
    SittingClosed,
    TieDecided,
    VoteClosed,
    VoteHeld,
    VoteOpened,
    VoteResumed,
    VoteVoided,
)
from voting.record import SecretRecord

AT = "2017-11-22T08:17:51.000Z"
LATER = "2017-11-22T08:18:51.000Z"
CLERK, SECOND = Clerk("a", "Аліна"), Clerk("b", "Богдан")


def tied(town: Any) -> tuple[VoteOpened, VoteClosed]:
    opened = town.vote(requirement=replace(town.requirement, base=Base.CAST, tie="chair"))
    closed = town.closed(opened, {"1001": Option.FOR, "1002": Option.AGAINST})
    assert closed.result is Result.TIED
    return opened, closed


def plain(town: Any, n: int = 1, **kind: Any) -> list[Any]:
    opened = town.vote(n, **kind)
    return [opened, town.closed(opened, {}), ResultAnnounced(AT, n)]


def correction(member: str = "1001", n: int = 1) -> CorrectionNoted:
    return CorrectionNoted(AT, n, member, Option.FOR, Option.AGAINST, "помилилась", CLERK, SECOND)


def test_vote_held_and_resumed_is_the_open_vote_all_along(town: Any) -> None:
    held = folded(town, town.vote(), VoteHeld(AT, 1, 7000))
    assert held.open_vote is not None
    assert (held.open_vote.state, held.open_vote.held_at, held.open_vote.left_ms) == ("held", AT, 7000)
    resumed = folded(town, town.vote(), VoteHeld(AT, 1, 7000), VoteResumed(LATER, 1, 6000)).open_vote
    assert resumed is not None
    assert (resumed.state, resumed.held_at, resumed.left_ms) == ("open", None, 6000)
    closed = folded(town, town.vote(), VoteHeld(AT, 1, None), town.closed(town.vote(), {}))
    assert (closed.open_vote, closed.votes[1].state, closed.votes[1].held_at) == (None, "closed", None)


def test_tied_vote_waits_for_the_chair_and_keeps_its_tally(town: Any) -> None:
    opened, closed = tied(town)
    record = folded(town, opened, closed)
    assert (record.open_vote, record.tied_vote) == (None, record.votes[1])
    assert (record.votes[1].state, record.votes[1].result) == ("tied", Result.TIED)
    decided = TieDecided(AT, 1, "1007", Option.FOR, Result.ADOPTED, CLERK)
    vote = folded(town, opened, closed, decided, ResultAnnounced(AT, 1)).votes[1]
    assert (vote.state, vote.result, vote.tie, vote.tally) == ("announced", Result.ADOPTED, decided, closed.tally)


@pytest.mark.parametrize("moves", range(4))
def test_voided_vote_keeps_what_it_had(town: Any, moves: int) -> None:
    """Set aside while open, held, closed, announced."""
    opened = town.vote()
    closed = town.closed(opened, {"1001": Option.FOR})
    before = [[], [VoteHeld(AT, 1, 5)], [closed], [closed, ResultAnnounced(AT, 1)]][moves]
    vote = folded(town, opened, *before, VoteVoided(LATER, 1, "збій")).votes[1]
    assert (vote.state, vote.voided_at, vote.void_reason) == ("voided", LATER, "збій")
    assert (vote.roll, vote.result, vote.held_at) == ((closed.roll, closed.result, None) if moves > 1 else (None,) * 3)


def test_repeat_refers_to_the_void_vote_and_that_one_knows(town: Any) -> None:
    first = [*plain(town), VoteVoided(AT, 1, "збій")]
    again = plain(town, 2, relation="repeat", refers_to=1, reason="збій")
    third = plain(town, 3, relation="reconsideration", refers_to=1, reason="нові обставини")
    record = folded(town, *first, *again, *third)
    assert record.votes[1].followed_by == [2, 3]
    assert (record.votes[2].opened.refers_to, record.items["1"].votes) == (1, [1, 2, 3])


def test_secret_votes_share_the_numbers_and_hold_no_roll(town: Any) -> None:
    record = folded(town, *plain(town), town.secret(2), *plain(town, 3, relation="alternative", refers_to=2))
    assert (list(record.votes), list(record.secret_votes), record.next_vote_n) == ([1, 3], [2], 4)
    assert (record.items["1"].votes, record.items["1"].secret_votes) == ([1, 3], [2])
    assert record.secret_votes[2] == SecretRecord(town.secret(2), followed_by=[3])


def test_void_secret_vote_keeps_its_totals_and_decides_nothing_and_its_repeat_is_known(town: Any) -> None:
    voided = VoteVoided(LATER, 1, "зіпсовані бюлетені")
    record = folded(town, town.secret(), *plain(town, 2), voided, town.secret(3, repeats=1))
    first, again = record.secret_votes[1], record.secret_votes[3]
    assert (first.fact, first.voided, first.result, first.followed_by) == (town.secret(), voided, None, [3])
    assert (again.fact.repeats, again.result) == (1, Result.ADOPTED)


def test_void_vote_by_name_may_be_repeated_in_secret_and_a_void_secret_one_by_name(town: Any) -> None:
    voided, again = [VoteVoided(AT, n, "збій") for n in (1, 2)], town.secret(2, repeats=1)
    record = folded(
        town, *plain(town), voided[0], again, voided[1], *plain(town, 3, relation="repeat", refers_to=2, reason="збій")
    )
    assert [vote.followed_by for vote in record.all_votes.values()] == [[2], [3], []]
    assert [vote.relation for vote in record.all_votes.values()] == [None, "repeat", "repeat"]
    assert [record.repeated_by(n) for n in (1, 2, 3)] == [None, 3, None]  # the second is void itself


def test_block_vote_decides_each_of_its_items(town: Any) -> None:
    record = folded(town, town.vote(subject="block", also_items=("2",)))
    assert [item.votes for item in record.items.values()] == [[1], [1]]
    assert record.votes[1].items == ("1", "2")


def test_election_keeps_counts_and_who_was_chosen(town: Any) -> None:
    opened = town.vote(subject="candidates", candidates=(Candidate(1, "Айстра"), Candidate(2, "Бузок")))
    closed = town.closed(opened, {})
    assert folded(town, opened, closed).votes[1].counts == closed.counts
    assert len(closed.counts) == 2


def test_vote_entered_by_hand_keeps_its_two_clerks(town: Any) -> None:
    opened = town.vote(method="entered")
    closed = replace(town.closed(town.vote(), {}), entered_by=(CLERK,), confirmed_by=SECOND)
    vote = folded(town, opened, closed).votes[1]
    assert (vote.entered_by, vote.confirmed_by) == ((CLERK,), SECOND)


def test_correction_stands_beside_the_roll(town: Any) -> None:
    announced = plain(town)
    vote = folded(town, *announced, correction(), correction("1002")).votes[1]
    assert vote.corrections == [correction(), correction("1002")]
    assert (vote.roll, vote.state) == (announced[1].roll, "announced")


IMPOSSIBLE: dict[str, Any] = {
    "VoteHeld while vote 1 is held": lambda t: [t.vote(), VoteHeld(AT, 1, None), VoteHeld(AT, 1, None)],
    "VoteResumed while vote 1 is open": lambda t: [t.vote(), VoteResumed(AT, 1, None)],
    "VoteHeld while vote 1 is announced": lambda t: [*plain(t), VoteHeld(AT, 1, None)],
    "VoteOpened while vote 1 is held": lambda t: [t.vote(), VoteHeld(AT, 1, None), t.vote(2)],
    "SittingClosed while vote 1 is held": lambda t: [t.vote(), VoteHeld(AT, 1, None), SittingClosed(AT)],
    "ResultAnnounced while vote 1 is tied": lambda t: [*tied(t), ResultAnnounced(AT, 1)],
    "VoteOpened while vote 1 is tied": lambda t: [*tied(t), t.vote(2)],
    "SittingClosed while vote 1 is tied": lambda t: [*tied(t), SittingClosed(AT)],
    "ItemCalled while vote 1 is tied": lambda t: [*tied(t), t.called("2")],
    "9 is not a member of this sitting": lambda t: [
        *tied(t),
        TieDecided(AT, 1, "9", Option.FOR, Result.ADOPTED, CLERK),
    ],
    "TieDecided while vote 1 is announced": lambda t: [
        *plain(t),
        TieDecided(AT, 1, "1001", Option.FOR, Result.ADOPTED, CLERK),
    ],
    "VoteVoided while vote 1 is voided": lambda t: [t.vote(), VoteVoided(AT, 1, "збій"), VoteVoided(AT, 1, "збій")],
    "vote 1 was voided without a reason": lambda t: [t.vote(), VoteVoided(AT, 1, " ")],
    "VoteClosed while vote 1 is voided": lambda t: [t.vote(), VoteVoided(AT, 1, "збій"), t.closed(t.vote(), {})],
    "vote 1 is on item 9, which is neither on the agenda": lambda t: [t.vote(subject="block", also_items=("9",))],
    "items: 1 is named twice": lambda t: [replace(t.vote(), subject="block", also_items=("1",))],
    "recused: 1001 is named twice": lambda t: [replace(t.vote(), recused=("1001", "1001"))],
    "x is not a member": lambda t: [replace(t.vote(), recused=("x",))],
    "candidate: 1 is named twice": lambda t: [replace(t.vote(), candidates=(Candidate(1, "А"), Candidate(1, "Б")))],
    "vote 1 refers to vote 7, which was never held": lambda t: [replace(t.vote(), refers_to=7)],
    "vote 1 refers to vote 1, which was never held": lambda t: [replace(t.vote(), refers_to=1)],
    "SecretVoteRecorded while vote 1 is open": lambda t: [t.vote(), t.secret(2)],
    "vote 2 follows vote 0": lambda t: [t.secret(2)],
    "vote 2 follows vote 2": lambda t: [*plain(t), t.secret(2), t.vote(2)],
    "vote 1 is on item 9": lambda t: [t.secret(item="9")],
    "vote 1 was secret": lambda t: [t.secret(), ResultAnnounced(AT, 1)],
    "VoteVoided while vote 1 is voided ": lambda t: [t.secret(), *[VoteVoided(AT, 1, "збій")] * 2],
    "vote 1 was voided without a reason ": lambda t: [t.secret(), VoteVoided(AT, 1, " ")],
    "vote 2 repeats vote 1, which is not void": lambda t: [t.secret(), t.secret(2, repeats=1)],
    "vote 2 repeats vote 1, which is not void ": lambda t: [*plain(t), t.secret(2, repeats=1)],
    "vote 2 repeats vote 1, which is not void  ": lambda t: [
        *(*plain(t), t.vote(2, relation="repeat", refers_to=1, reason="збій"))
    ],
    "vote 1 refers to vote 7, which was never held ": lambda t: [t.secret(repeats=7)],
    "item 9 was added by vote 1 while it is voided": lambda t: [
        *(t.secret(), VoteVoided(AT, 1, "збій"), ItemAdded(AT, "9", "Додане", None, 1, None))
    ],
    "CorrectionNoted while vote 1 is closed": lambda t: [*plain(t)[:2], correction()],
    "CorrectionNoted while vote 1 is voided": lambda t: [*plain(t), VoteVoided(AT, 1, "збій"), correction()],
    "9 is not a member of": lambda t: [*plain(t), correction("9")],
    "vote 3 was never opened": lambda t: [*plain(t), correction(n=3)],
}


@pytest.mark.parametrize("words", IMPOSSIBLE)
def test_vote_that_cannot_be_is_refused(town: Any, words: str) -> None:
    require_refused(town, [town.opened(), *IMPOSSIBLE[words](town)], words)
