"""After the closing, as acts: the casting vote of a chair who may not give it, corrections of a choice by name."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from council.acts.corrections import propose
from council.acts.moves import decide_tie
from council.profile import load
from council.prompts import prompts
from council.protocol_acts import CallItem, NoteCorrection, OpenSitting, OpenVote, SetChair, SetPresence, SetRecusal
from council.refusals import Refusal
from council.views import agenda_views
from council.views_console import console_state
from voting.entries import Clerk, Option
from voting.recount_facts import recount_fact
from voting.vote_event import Press, VoteEvent

ACT = "0" * 16
CLERK = Clerk("clerk", "Писар")
MEMBERS = [f"m{n}" for n in range(1, 7)]


@pytest.fixture
def room(acts_room: ModuleType) -> Any:
    """Of Pune: as many for as against is the chair's to decide. m1 … m6 present, item 1 called, m1 presides."""
    room = acts_room.Room(load("in"))
    room.do(OpenSitting(act=ACT))
    for member in MEMBERS:
        room.do(SetPresence(act=ACT, member=member, present=True))
    room.do(SetChair(act=ACT, member="m1"))
    room.do(CallItem(act=ACT, item="1"))
    return room


def taken(room: Any, answers: dict[str, tuple[Option, int | None]], n: int = 1, **vote: Any) -> Any:
    """A vote opened and closed with these answers."""
    room.do(OpenVote(act=ACT, vote_n=n, seconds=None, method="called", **vote))
    event = VoteEvent(room.record.votes[n].opened, room.record.members)
    for member, (option, candidate) in answers.items():
        event.apply(Press(member, ACT, 1, option, room.at, candidate=candidate, channel="called"))
    closed = event.close(room.at, "clerk", entered_by=(CLERK,))
    room.feed([closed])
    event.apply(closed)
    room.data.event = event
    return room.record.votes[n]


def tied(room: Any) -> Any:
    return taken(
        room, {"m2": (Option.FOR, None), "m3": (Option.AGAINST, None)}, motion="Щось", rule="majority_of_votes"
    )


def cast(room: Any) -> str:
    """`done`, or why the casting vote is refused."""
    try:
        facts = decide_tie(replace(room.context(), by=CLERK), 1, Option.FOR)
    except Refusal as refusal:
        assert refusal.sentence("uk") and refusal.sentence("en")
        return refusal.code
    room.feed(facts)
    assert recount_fact(room.record, facts[0]) == []
    return "done"


def test_chair_with_a_conflict_of_interest_breaks_no_tie_and_is_not_asked_to(room: Any) -> None:
    room.do(SetRecusal(act=ACT, member="m1", item="1", recused=True))
    assert tied(room).state == "tied"
    assert cast(room) == "chair_recused"
    assert not console_state(room.data, room.now).chair_casts
    said, done = prompts(room.data, None)
    assert said["en"].endswith("The votes are equal.")  # it is not the chair's to say whose the casting vote is
    assert done["en"].startswith("Whoever presides declared a conflict of interest in this item")
    room.do(SetChair(act=ACT, member="m4"))
    assert console_state(room.data, room.now).chair_casts
    assert cast(room) == "done"


def test_chair_who_has_left_breaks_no_tie(room: Any) -> None:
    tied(room)
    room.do(SetPresence(act=ACT, member="m1", present=False))
    assert (cast(room), console_state(room.data, room.now).chair_casts) == ("chair_absent", False)


def test_audit_finds_a_casting_vote_of_who_may_not_give_it(room: Any) -> None:
    room.do(SetRecusal(act=ACT, member="m1", item="1", recused=True))
    tied(room)
    fact = room.data.event.decide_tie(room.at, "m1", Option.FOR, CLERK)
    room.feed([fact])
    assert recount_fact(room.record, fact) == [
        "vote 1: m1 broke the tie and had declared a conflict of interest in what was put"
    ]
    room.do(SetPresence(act=ACT, member="m1", present=False))
    assert recount_fact(room.record, fact)[0] == "vote 1: m1 broke the tie and was not present"


def note(room: Any, meant: Any, member: str = "m2") -> str:
    room.data.proposals = {}
    act = NoteCorrection(act=ACT, vote_n=1, member=member, meant=meant, statement="не та клавіша")
    try:
        proposal = propose(act, replace(room.context(), by=CLERK), 7)
    except Refusal as refusal:
        return refusal.code
    assert proposal is not None
    fact = replace(proposal.fact, confirmed_by=Clerk("second", "Друга"))
    room.data.proposals = {7: proposal}
    room.feed([fact])
    assert recount_fact(room.record, fact) == []
    return console_state(room.data, room.now).proposals[0].text["en"]


def test_choice_among_candidates_is_corrected_to_another_by_name(room: Any) -> None:
    taken(room, {"m2": (Option.FOR, 1), "m3": (Option.ABSTAIN, None)}, motion="Обрати", candidates=("Коваль", "Мороз"))
    room.feed([room.data.event.announce(room.at)])
    assert [note(room, meant) for meant in ("against", "for", 3, 1)] == ["bad_option"] * 3 + ["same_option"]
    assert note(room, 2) == (
        "Vote 1. Балог stated after the announcement: recorded “Коваль”, meant “Мороз”. The tally stays. "
        "The member’s words: “не та клавіша”"
    )
    assert "recorded “Abstained”, meant “Коваль”" in note(room, 1, "m3")
    assert console_state(room.data, room.now).votes[0].candidates == ("Коваль", "Мороз")


def test_correction_of_a_vote_for_or_against_names_no_candidate(room: Any) -> None:
    taken(room, {"m2": (Option.FOR, None)}, motion="Щось")
    room.feed([room.data.event.announce(room.at)])
    assert note(room, 1) == "bad_option"
    assert note(room, "against").startswith("Vote 1. Балог stated after the announcement: recorded “For”, meant “Agai")
    wrong = replace(room.record.votes[1].corrections[0], candidate=1)
    assert recount_fact(room.record, wrong) == ["vote 1: the correction of m2 names a candidate who does not stand"]


def test_alternative_that_is_reconsidered_and_lost_does_not_stand_as_the_items_decision(room: Any) -> None:
    def put(n: int, option: Option, **vote: Any) -> str:
        taken(room, {"m2": (option, None)}, n, **vote)
        room.feed([room.data.event.announce(room.at)])
        return agenda_views(room.data, with_result=True)[0].verdict["en"]

    adopted, rejected = "adopted, 1 “for”", "not adopted, 0 “for”"
    assert put(1, Option.FOR, motion="Перший", subject="alternative") == adopted
    other: dict[str, Any] = {"motion": "Другий", "relation": "alternative", "refers_to": 1}
    assert put(2, Option.AGAINST, **other) == adopted  # the first stands
    again: dict[str, Any] = {"relation": "reconsideration", "reason": "помилка"}
    assert put(3, Option.AGAINST, refers_to=1, **again) == rejected
    assert put(4, Option.FOR, refers_to=2, **again) == adopted
