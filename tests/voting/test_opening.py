"""Opening and closing a vote: lists, recusals, the quorum and its override, what contradicts what."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from voting.entries import (
    Base,
    Candidate,
    Clerk,
    Option,
    Override,
    Result,
    Tally,
    VoteOpened,
)
from voting.errors import (
    BadVote,
    UnknownMember,
)

THREE = (Candidate(1, "Айстра"), Candidate(2, "Бузок"), Candidate(3, "Верба"))


def test_open_vote_puts_every_list_in_the_order_of_members(town: Any) -> None:
    opened = town.vote(present=("1005", "1002", "1001"), no_record=("1007", "1004"))
    assert (opened.present, opened.entitled, opened.no_record) == (
        ("1001", "1002", "1005"),
        ("1001", "1002", "1005"),
        ("1004", "1007"),
    )
    assert opened.motion_sha256 == hashlib.sha256("Затвердити бюджет".encode()).hexdigest()


@pytest.mark.parametrize("names", [{"present": ("9",)}, {"no_record": ("9",)}, {"recused": ("9",)}])
def test_open_vote_with_a_stranger_is_refused(town: Any, names: dict[str, Any]) -> None:
    with pytest.raises(UnknownMember, match="9 is not a member of this sitting"):
        town.vote(**names)


@pytest.mark.parametrize(
    ("present", "votes_for", "result"),
    [(7, 4, Result.ADOPTED), (7, 3, Result.REJECTED), (4, 4, Result.ADOPTED), (3, 3, Result.NO_QUORUM)],
)
def test_close_at_the_edges_of_majority_and_quorum(town: Any, present: int, votes_for: int, result: Result) -> None:
    opened = town.vote(present=town.members[:present])
    closed = town.closed(opened, dict.fromkeys(town.members[:votes_for], Option.FOR))
    assert closed.result is result
    assert closed.tally == Tally(for_=votes_for, not_voting=present - votes_for, absent=7 - present)


def test_open_vote_with_recused_members_takes_their_vote_and_by_exception_gives_it_back(town: Any) -> None:
    aside = town.vote(recused=("1003", "1001"))
    assert (aside.recused, aside.entitled) == (("1001", "1003"), ("1002", "1004", "1005", "1006", "1007"))
    back = town.vote(present=town.members[:5], recused=("1003", "1001"), exception=True)
    assert (back.recused, back.entitled) == (("1001", "1003"), town.members[:5])
    absent = town.vote(present=town.members[:5], recused=("1007",))
    assert (absent.recused, absent.entitled) == ((), town.members[:5])


@pytest.mark.parametrize(
    ("in_quorum", "over", "result"),
    [
        (None, (), Result.ADOPTED),
        (3, (), Result.NO_QUORUM),
        (3, ("desks_offline",), Result.NO_QUORUM),
        (3, ("desks_offline", "no_quorum"), Result.ADOPTED),
    ],
)
def test_close_without_a_quorum_decides_only_if_that_was_overridden(
    town: Any, in_quorum: int | None, over: tuple[str, ...], result: Result
) -> None:
    """5 present, 2 of them stand aside; the majority is of those who are there."""
    requirement = replace(town.requirement, base=Base.PRESENT, needed=3)
    override = Override("сесія воєнного часу", over, Clerk("a", "Аліна")) if over else None
    opened = town.vote(
        present=town.members[:5],
        recused=town.members[:2],
        in_quorum=in_quorum,
        override=override,
        requirement=requirement,
    )
    closed = town.closed(opened, dict.fromkeys(town.members[2:5], Option.FOR))
    assert (closed.result, closed.tally) == (result, Tally(for_=3, recused=2, absent=2))


CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "called in an order only in a called roll call": {"order": "seating"},
    "needs candidates, and no other vote has any": {"subject": "candidates"},
    "needs candidates, and no other vote": {"candidates": THREE},
    "candidates are not numbered from 1": {"subject": "candidates", "candidates": THREE[1:]},
    "is no block vote on the first of them": {"also_items": ("2",)},
    "several items and is no block vote": {"also_items": ("2",), "subject": "block", "item": None},
    "decides an item twice": {"also_items": ("1",), "subject": "block"},
    "decides an item twice ": {"also_items": ("2", "2"), "subject": "block"},
    "without saying how, or says how without a vote": {"relation": "alternative"},
    "without saying how": {"refers_to": 1, "n": 2},
    "refers to vote 2, which is not before it": {"refers_to": 2, "n": 2, "relation": "alternative"},
    "a repeat needs a reason": {"refers_to": 1, "n": 2, "relation": "repeat", "reason": " "},
    "a reconsideration needs a reason": {"refers_to": 1, "n": 2, "relation": "reconsideration"},
    "there would be a quorum without them": {"exception": True},
    "there would be a quorum without them ": {"exception": True, "recused": ("1001", "1002", "1003")},
    "6 count for the quorum; 7 are present, 0 of them recused": {"in_quorum": 6},
    "5 count for the quorum; 7 are present, 1 of": {"in_quorum": 5, "recused": ("1001",)},
    "3 count for the quorum; 5 are present, 2 of": {
        "in_quorum": 3,
        "present": ("1001", "1002", "1003", "1004", "1005"),
        "recused": ("1001", "1002"),
        "exception": True,
    },
    "a warning is overridden without saying which": {"override": Override("так треба", (), Clerk("a", "Аліна"))},
    "or without a reason": {"override": Override(" ", ("no_quorum",), Clerk("a", "Аліна"))},
}


@pytest.mark.parametrize("words", CONTRADICTIONS)
def test_open_vote_that_contradicts_itself_is_refused(town: Any, words: str) -> None:
    with pytest.raises(BadVote, match=words.strip()):
        town.vote(**CONTRADICTIONS[words])


def test_open_vote_keeps_everything_it_was_told(town: Any) -> None:
    kind: dict[str, Any] = {
        "method": "called",
        "order": "seating",
        "subject": "block",
        "also_items": ("2", "3"),
        "relation": "repeat",
        "refers_to": 1,
        "reason": "збій обладнання",
        "override": Override("терміново", ("desks_offline",), Clerk("a", "Аліна")),
        "in_quorum": 6,
        "recused": ("1007",),
    }
    opened = town.vote(n=2, **kind)
    assert isinstance(opened, VoteOpened)
    assert {name: getattr(opened, name) for name in kind} == kind
