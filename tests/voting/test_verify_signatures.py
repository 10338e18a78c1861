"""The audit of who pressed: every press on a roll was signed at the member's desk, by a key of that time."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests import signed_desks
from voting.entries import (
    Clerk,
    Entry,
    Fact,
    Option,
    ResultAnnounced,
    SeatTaken,
    TerminalEnrolled,
    TerminalRevoked,
    VoteClosed,
    VoteOpened,
    VoteVoided,
)
from voting.report import Report
from voting.verify import verify
from voting.vote_event import Press, VoteEvent

AT = "2017-11-22T08:17:51.000Z"


def check(town: Any, *facts: Fact) -> Report:
    """The facts in order; those of terminals belong to no sitting."""
    entries = [
        Entry(seq, None if isinstance(fact, TerminalEnrolled | TerminalRevoked) else town.sitting, AT, fact)
        for seq, fact in enumerate(facts)
    ]
    return verify(io.BytesIO(town.export(entries)))


def vote(town: Any, *presses: Press, **kind: Any) -> tuple[VoteOpened, VoteClosed]:
    event = VoteEvent(town.vote(**kind), town.members)
    for press in presses:
        event.apply(press)
    aloud = any(press.channel != "terminal" for press in presses)
    return event.opened, event.close(AT, "clerk", entered_by=(Clerk("a", "Аліна"),) if aloud else ())


def start(town: Any) -> list[Fact]:
    return [town.opened(), *town.arrived(*town.members)]


def test_verify_counts_signed_presses_and_those_that_cannot_be(town: Any) -> None:
    aloud = [town.press("1001"), town.press("1002", Option.AGAINST), town.aloud("1003")]
    report = check(town, *town.terminals(), *start(town), *vote(town, *aloud))
    assert (report.problems, report.signed, report.aloud) == ([], 2, 1)
    words = "\n".join(report.sentences())
    assert "2 presses on the rolls bear the signature of the terminal at the member's desk" in words
    assert "1 answers were said aloud or entered by hand: they bear none" in words


FORGED: dict[str, Callable[[Any], Press]] = {
    "vote 1: the press of 1001 does not bear the signature of terminal desk-1": lambda t: replace(
        t.press("1001", Option.FOR), option=Option.AGAINST
    ),
    "vote 1: the press of 1001 does not bear the signature of terminal desk-1 ": lambda t: t.press("1001", vote_n=2),
    "vote 1: the press of 1001 does not bear the signature of terminal desk-1  ": lambda t: replace(
        t.press("1001", n=1), n=2
    ),
    "vote 1: the press of 1001 does not bear the signature of terminal desk-2": lambda t: replace(
        t.press("1001"), terminal="desk-2"
    ),
    "vote 1: the press of 1001 came from terminal desk-2, which is at another desk": lambda t: signed_desks.press(
        t.sitting, 1, 2, "1001", Option.FOR, at=AT
    ),
    "vote 1: the press of 1001 came from terminal desk-99, which was not enrolled then": lambda t: signed_desks.press(
        t.sitting, 1, 99, "1001", Option.FOR, at=AT
    ),
    "vote 1: 1001 is counted as for by key, without the terminal's signature": lambda t: replace(
        t.press("1001"), signature=None
    ),
    "vote 1: 1001 is counted as for by key, without the terminal's signature ": lambda t: replace(
        t.press("1001"), terminal=None
    ),
    "vote 1: 1001 is counted as for aloud or by hand, and a terminal all the same": lambda t: replace(
        t.press("1001"), channel="called"
    ),
}


@pytest.mark.parametrize("words", FORGED)
def test_verify_of_a_press_that_nobody_signed_is_caught(town: Any, words: str) -> None:
    facts = [*town.terminals(), *start(town)]
    if "desk-2" in words and "another" not in words:
        facts.append(SeatTaken(AT, "1001", 2, "card"))
    report = check(town, *facts, *vote(town, FORGED[words](town)))
    assert [problem.text for problem in report.problems] == [words.strip()]
    assert report.problems[0].line == len(facts) + 3


def test_verify_of_a_press_at_a_desk_taken_during_the_vote_is_intact(town: Any) -> None:
    opened, closed = vote(town, signed_desks.press(town.sitting, 1, 2, "1001", Option.FOR, at=AT))
    taken = SeatTaken(AT, "1001", 2, "card")
    assert check(town, *town.terminals(), *start(town), opened, taken, closed).problems == []
    assert check(town, *town.terminals(), *start(town), taken, opened, closed).problems == []
    assert len(check(town, *town.terminals(), *start(town), opened, closed, taken).problems) == 1


def test_verify_of_a_press_by_a_key_of_another_time_is_caught(town: Any) -> None:
    opened, closed = vote(town, town.press("1001"))
    desk, rest = town.terminals()[0], town.terminals()[1:]
    gone = TerminalRevoked(AT, "desk-1")
    begin = [*rest, *start(town)]
    intact = {
        "enrolled during the vote": [*begin, opened, desk, closed],
        "revoked during the vote": [desk, *begin, opened, gone, closed],
        "revoked after the vote": [desk, *begin, opened, closed, gone],
        "another key during the vote": [desk, *begin, opened, replace(desk, public_key="ab" * 32), closed],
    }
    for facts in intact.values():
        assert check(town, *facts).problems == []
    never = "the press of 1001 came from terminal desk-1, which was not enrolled then"
    for facts in ([desk, gone, *begin, opened, closed], [*begin, opened, closed, desk]):
        assert never in str(check(town, *facts).problems[0])
    other = [replace(desk, public_key="ab" * 32), *begin, opened, closed]
    assert "does not bear the signature" in str(check(town, *other).problems[0])
    changed = [desk, replace(desk, public_key="ab" * 32), *begin, opened, closed]
    assert "does not bear the signature" in str(check(town, *changed).problems[0])
    twice = [
        replace(desk, public_key="ab" * 32), *begin, opened, replace(desk, public_key="cd" * 32), closed
    ]  # fmt: skip
    assert "does not bear the signature" in str(check(town, *twice).problems[0])


def test_verify_of_a_press_by_a_key_that_its_terminal_had_at_another_desk_is_caught(town: Any) -> None:
    desk, moved = town.terminals()[0], replace(town.terminals()[1], terminal="desk-1")
    signed = signed_desks.press(town.sitting, 1, 2, "1001", Option.FOR, at=AT)
    opened, closed = vote(town, replace(signed, terminal="desk-1"))
    report = check(town, desk, *start(town), opened, moved, closed)
    assert "the press of 1001 does not bear the signature of terminal desk-1" in str(report.problems)


def test_verify_of_a_terminal_of_another_body_is_caught(town: Any) -> None:
    desk = replace(town.terminals()[0], body="committee")
    report = check(town, desk, *start(town), *vote(town, town.press("1001")))
    assert "came from terminal desk-1, which is at another desk" in str(report.problems[0])


def test_verify_of_a_terminal_revoked_that_never_was_is_caught(town: Any) -> None:
    report = check(town, TerminalRevoked(AT, "desk-1"), *start(town))
    assert str(report.problems[0]) == "line 2: terminal desk-1 was revoked and is not enrolled"


def test_verify_of_a_sittings_fact_outside_any_sitting_is_caught(town: Any) -> None:
    report = verify(io.BytesIO(town.export([Entry(0, None, AT, town.opened())])))
    assert str(report.problems[0]) == "line 2: sitting: SittingOpened belongs to a sitting"


def test_verify_of_a_member_whose_name_has_a_line_break_is_caught(town: Any) -> None:
    """Its text could pass for another's: it is not signed, and what claims to be is not believed."""
    members = ("10\n01", *town.members[1:])
    other = replace(town, members=members)
    press = replace(town.press("1001"), member="10\n01")
    report = check(other, *other.terminals(), *start(other), *vote(other, press))
    assert "cannot have been signed: a line break" in str(report.problems[0])


def test_verify_of_a_voided_vote_still_checks_its_roll(town: Any) -> None:
    wrong = replace(town.press("1001"), option=Option.AGAINST)
    facts = [*town.terminals(), *start(town), *vote(town, wrong), ResultAnnounced(AT, 1), VoteVoided(AT, 1, "збій")]
    assert "does not bear the signature" in str(check(town, *facts).problems[0])


def test_verify_checks_signatures_in_batches_too(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voting.verify.BATCH", 2)
    presses = [town.press(member) for member in town.members[:6]]
    presses[3] = replace(presses[3], option=Option.AGAINST)
    report = check(town, *town.terminals(), *start(town), *vote(town, *presses))
    assert [problem.text for problem in report.problems] == [
        "vote 1: the press of 1004 does not bear the signature of terminal desk-4"
    ]
    assert report.signed == 6
