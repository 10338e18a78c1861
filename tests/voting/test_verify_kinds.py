"""The audit of every kind of vote: each is counted anew, and a hall that signs what is wrong is found out."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from voting.entries import (
    Ballots,
    Base,
    Candidate,
    CandidateCount,
    Clerk,
    CorrectionNoted,
    Entry,
    Fact,
    ItemAdded,
    Option,
    Override,
    RecusalDeclared,
    Result,
    ResultAnnounced,
    SecretVoteRecorded,
    TieDecided,
    VoteClosed,
    VoteHeld,
    VoteOpened,
    VoteResumed,
    VoteVoided,
)
from voting.report import Report
from voting.tally import count, count_candidates
from voting.verify import verify
from voting.vote_event import VoteEvent

AT = "2017-11-22T08:17:51.000Z"
CLERK, SECOND = Clerk("a", "Аліна"), Clerk("b", "Богдан")
THREE = (Candidate(1, "Айстра"), Candidate(2, "Бузок"), Candidate(3, "Верба"))


def sitting(town: Any) -> list[Fact]:
    """Five present, one recused in item 1, every kind of vote, in this order: see N."""
    aside = RecusalDeclared(AT, "1005", "1", None, "console")
    there, quorum = town.members[:5], {"present": town.members[:5], "recused": ("1005",)}
    cast = replace(town.requirement, base=Base.CAST, tie="chair")

    def event(n: int, **kind: Any) -> VoteEvent:
        return VoteEvent(town.vote(n, **(quorum | kind)), town.members)

    def closed(event: VoteEvent, *presses: Any, **two: Any) -> list[Fact]:
        for press in presses:
            event.apply(press)
        return [event.opened, event.close(AT, "clerk", **two)]

    tie = closed(event(1, requirement=cast), *(town.press("1001"), town.press("1002", Option.AGAINST)))
    elected = event(2, subject="candidates", candidates=THREE)
    election = closed(elected, *(town.press(member, candidate=2, vote_n=2) for member in there[:4]))
    called = event(3, method="called", order="seating")
    roll_call = closed(called, town.aloud("1001"), town.aloud("1002", n=2), entered_by=(CLERK,))
    by_hand = event(4, method="entered", relation="reconsideration", refers_to=3, reason="збій")
    hand = closed(by_hand, town.aloud("1001", channel="entered"), entered_by=(CLERK,), confirmed_by=SECOND)
    few = event(5, in_quorum=3 + 1, override=Override("терміново", ("no_quorum",), CLERK))
    waived = closed(few, *(town.press(member, vote_n=5) for member in there[:4]))
    two_go = [town.left("1003"), town.left("1004")]
    three = ("1001", "1002", "1005")
    excepted = closed(
        event(6, present=three, exception=True, override=Override("ст. 59-1", ("no_quorum",), CLERK)),
        *(town.press(member, vote_n=6) for member in three),
    )
    held = [town.vote(8, item="2", present=there), VoteHeld(AT, 8, 4), VoteResumed(AT, 8, 4), VoteHeld(AT, 8, 3)]
    return [
        *town.terminals(),
        replace(town.opened(), chair="1001"),
        *town.arrived(*there),
        aside,
        *(*tie, TieDecided(AT, 1, "1001", Option.FOR, Result.ADOPTED, CLERK), ResultAnnounced(AT, 1)),
        ItemAdded(AT, "3", "Додаткове", None, 1, "терміново"),
        *(
            *election,
            ResultAnnounced(AT, 2),
            CorrectionNoted(AT, 2, "1001", Option.FOR, Option.ABSTAIN, "х", CLERK, SECOND),
        ),
        *(*roll_call, VoteVoided(AT, 3, "збій"), *hand, *waived, *two_go, *excepted),
        *town.arrived("1003", "1004"),
        town.secret(7, in_quorum=5),
        *held,
        town.closed(held[0], {"1001": Option.FOR}),
        *(VoteVoided(AT, 7, "зіпсовані бюлетені"), town.secret(9, in_quorum=5, repeats=7)),
    ]


def check(town: Any, change: Callable[[Any], Any] | None = None, kind: type | None = None, nth: int = 0) -> Report:
    """The sitting's export; the `nth` fact of its kind is changed."""
    facts = sitting(town)
    if kind is not None and change is not None:
        place = [place for place, fact in enumerate(facts) if type(fact) is kind][nth]
        facts[place] = change(facts[place])
    house = len(town.terminals())
    entries = [Entry(seq, town.sitting if seq >= house else None, AT, fact) for seq, fact in enumerate(facts)]
    return verify(io.BytesIO(town.export(entries)))


def test_verify_of_every_kind_of_vote_is_intact(town: Any) -> None:
    report = check(town)
    assert report.problems == []
    assert (report.votes, report.secret_votes, report.signed, report.aloud) == (7, 2, 14, 3)
    assert "2 secret ballot(s)" in "\n".join(report.sentences())


def line(closed: VoteClosed, place: int, **changes: Any) -> VoteClosed:
    """With one line of the roll changed, and all counted anew as the hall would."""
    roll = list(closed.roll)
    roll[place] = replace(roll[place], **changes)
    counts = count_candidates(roll, THREE) if closed.counts else ()
    return replace(closed, roll=tuple(roll), tally=count(roll), counts=counts)


TIE, ELECTION, CALLED, BY_HAND, WAIVED, EXCEPTED = range(6)

WRONG: dict[str, tuple[type, int, Callable[[Any], Any]]] = {
    # ties
    "vote 1: the result is rejected; the roll and the requirement make it tied": (
        VoteClosed,
        TIE,
        lambda closed: replace(closed, result=Result.REJECTED),
    ),
    "vote 1: 1002 broke the tie and does not preside": (TieDecided, 0, lambda tie: replace(tie, member="1002")),
    "vote 1: the casting vote is for and the result rejected": (
        TieDecided,
        0,
        lambda tie: replace(tie, result=Result.REJECTED),
    ),
    "vote 1: the casting vote is abstain": (TieDecided, 0, lambda tie: replace(tie, option=Option.ABSTAIN)),
    # candidates
    "vote 2: the candidates' votes are not those of the roll": (
        VoteClosed,
        ELECTION,
        lambda closed: replace(closed, counts=(CandidateCount(1, 4), *closed.counts[1:])),
    ),
    "vote 2: the candidates' votes are not those of": (
        VoteClosed,
        ELECTION,
        lambda closed: replace(closed, counts=()),
    ),
    "vote 2: chosen is candidate 1; the roll and the requirement make it candidate 2": (
        VoteClosed,
        ELECTION,
        lambda closed: replace(closed, chosen=1),
    ),
    "vote 2: chosen is nobody; the roll and the requirement make it candidate 2": (
        VoteClosed,
        ELECTION,
        lambda closed: replace(closed, chosen=None),
    ),
    "vote 2: 1001 is counted as for without a candidate who stands": (
        VoteClosed,
        ELECTION,
        lambda closed: line(closed, 0, candidate=4),
    ),
    "vote 2: 1001 is counted as for without a candidate": (
        VoteClosed,
        ELECTION,
        lambda closed: line(closed, 0, candidate=None),
    ),
    "vote 2: 1001 is counted as abstain with a candidate": (
        VoteClosed,
        ELECTION,
        lambda closed: line(closed, 0, option=Option.ABSTAIN),
    ),
    "vote 2: 1001 is counted as against in a vote on candidates": (
        VoteClosed,
        ELECTION,
        lambda closed: line(closed, 0, option=Option.AGAINST, candidate=None),
    ),
    "vote 2: the press of 1001 does not bear the signature of terminal desk-1": (
        VoteClosed,
        ELECTION,
        lambda closed: line(closed, 0, candidate=3),
    ),
    "vote 2: a vote on candidates needs candidates": (
        VoteOpened,
        ELECTION,
        lambda opened: replace(opened, subject="motion"),
    ),
    # said aloud, entered by hand
    "vote 3: 1001 is counted as for by channel entered, in a vote that is called": (
        VoteClosed,
        CALLED,
        lambda closed: line(closed, 0, channel="entered"),
    ),
    "vote 3: 1001 is counted as for and nothing says how that came": (
        VoteClosed,
        CALLED,
        lambda closed: line(closed, 0, channel=None),
    ),
    "vote 3: 1001 is counted as for aloud or by hand, and a terminal all the same": (
        VoteClosed,
        CALLED,
        lambda closed: line(closed, 0, terminal="desk-1"),
    ),
    "vote 3: 1003 is not_voting and has a press all the same": (
        VoteClosed,
        CALLED,
        lambda closed: line(closed, 2, channel="called"),
    ),
    "vote 3: members are called in an order only in a called roll call": (
        VoteOpened,
        CALLED,
        lambda opened: replace(opened, method="terminal"),
    ),
    "vote 4: a vote entered by hand is confirmed by a second clerk": (
        VoteClosed,
        BY_HAND,
        lambda closed: replace(closed, confirmed_by=replace(SECOND, staff="a")),
    ),
    "vote 3: a vote entered by hand is confirmed by a second clerk, and no other vote is": (
        VoteClosed,
        CALLED,
        lambda closed: replace(closed, entered_by=(CLERK,), confirmed_by=SECOND),
    ),
    "vote 3: answers were entered by the staff, and nobody is named who entered them": (
        VoteClosed,
        CALLED,
        lambda closed: replace(closed, entered_by=()),
    ),
    "vote 4: a reconsideration needs a reason": (VoteOpened, BY_HAND, lambda opened: replace(opened, reason=None)),
    "vote 4: it refers to another vote without saying how": (
        VoteOpened,
        BY_HAND,
        lambda opened: replace(opened, relation=None),
    ),
    # recusal and quorum
    "vote 5: those who stand aside are not those present who declared": (
        VoteOpened,
        WAIVED,
        lambda opened: replace(opened, recused=("1004", "1005"), entitled=opened.entitled[:3], in_quorum=None),
    ),
    "vote 5: those who stand aside are not those present who declared ": (
        VoteOpened,
        WAIVED,
        lambda opened: replace(opened, recused=(), entitled=opened.present, in_quorum=None),
    ),
    "vote 5: the entitled members are not those on its roll": (
        VoteOpened,
        WAIVED,
        lambda opened: replace(opened, entitled=opened.present),
    ),
    "vote 5: 1005 is absent; the roll at opening makes that recused": (
        VoteClosed,
        WAIVED,
        lambda closed: line(closed, 4, option=Option.ABSENT),
    ),
    "vote 5: 3 count for the quorum; 5 are present, 1 of them recused": (
        VoteOpened,
        WAIVED,
        lambda opened: replace(opened, in_quorum=3),
    ),
    "vote 5: a warning is overridden without saying which": (
        VoteOpened,
        WAIVED,
        lambda opened: replace(opened, override=Override("х", (), CLERK)),
    ),
    "vote 6: the result is rejected; the roll and the requirement make it no_quorum": (
        VoteOpened,
        EXCEPTED,
        lambda opened: replace(opened, override=None),
    ),
    "vote 6: the recused vote by exception, and there would be a quorum without them": (
        VoteOpened,
        EXCEPTED,
        lambda opened: replace(opened, recused=()),
    ),
    "vote 6: 1005 is counted as for and was not entitled": (
        VoteOpened,
        EXCEPTED,
        lambda opened: replace(opened, exception=False, entitled=opened.present[:2]),
    ),
    # secret ballots
    "vote 7: 8 papers were issued to 7 in office": (
        SecretVoteRecorded,
        0,
        lambda secret: replace(secret, ballots=Ballots(8, 7, 1)),
    ),
    "vote 7: 5 papers were issued to 7 in office, 7 found, 1 of them invalid": (
        SecretVoteRecorded,
        0,
        lambda secret: replace(secret, ballots=Ballots(5, 7, 1)),
    ),
    "vote 7: 7 papers were found; 1 invalid, 6 for, 1 against and 0 abstaining": (
        SecretVoteRecorded,
        0,
        lambda secret: replace(secret, for_=6),
    ),
    "vote 7: 6 count for the quorum, 5 are present": (
        SecretVoteRecorded,
        0,
        lambda secret: replace(secret, in_quorum=6),
    ),
    "vote 7: the result is adopted, chosen None; the papers make it no_quorum": (
        SecretVoteRecorded,
        0,
        lambda secret: replace(secret, in_quorum=3),
    ),
    "vote 7: the result is tied, chosen None; the papers make it rejected": (
        SecretVoteRecorded,
        0,
        lambda secret: replace(
            secret,
            requirement=replace(secret.requirement, base=Base.CAST, tie="chair"),
            for_=3,
            against=3,
            result=Result.TIED,
        ),
    ),
    "vote 7: the result is rejected, chosen None; the papers make it adopted": (
        SecretVoteRecorded,
        0,
        lambda secret: replace(secret, result=Result.REJECTED),
    ),
    "vote 7: the hash of the motion is not that of its text": (
        SecretVoteRecorded,
        0,
        lambda secret: replace(secret, motion="Обрати когось іншого"),
    ),
    "vote 7: it says that 3 votes for suffice; its requirement makes that 4": (
        SecretVoteRecorded,
        0,
        lambda secret: replace(secret, requirement=replace(secret.requirement, needed=3)),
    ),
    "vote 7: it counts votes for candidates and has none": (
        SecretVoteRecorded,
        0,
        lambda secret: replace(secret, counts=(CandidateCount(1, 5),)),
    ),
    "vote 7: it does not count the votes of each candidate": (
        SecretVoteRecorded,
        0,
        lambda secret: replace(secret, candidates=THREE, counts=(CandidateCount(1, 5),), chosen=1),
    ),
    "vote 7: the candidates have 4 votes together, 5 papers chose one": (
        SecretVoteRecorded,
        0,
        lambda secret: replace(secret, candidates=THREE[:1], counts=(CandidateCount(1, 4),), chosen=1),
    ),
    # corrections, and what a vote changed
    "vote 2: the correction says that 1001 was recorded as against; the roll says for": (
        CorrectionNoted,
        0,
        lambda noted: replace(noted, recorded=Option.AGAINST),
    ),
    "vote 2: the correction of 1001 was confirmed by the clerk who noted it": (
        CorrectionNoted,
        0,
        lambda noted: replace(noted, confirmed_by=replace(SECOND, staff="a")),
    ),
    "vote 2: the correction of 1001 has no statement": (CorrectionNoted, 0, lambda noted: replace(noted, statement="")),
    "vote 2: 1001 cannot have meant against in a vote on candidates": (
        CorrectionNoted,
        0,
        lambda noted: replace(noted, meant=Option.AGAINST),
    ),
    "vote 2: the correction of 1001 does not say for whom": (
        CorrectionNoted,
        0,
        lambda noted: replace(noted, meant=Option.FOR),
    ),
    "vote 2: the correction of 1001 corrects nothing": (
        CorrectionNoted,
        0,
        lambda noted: replace(noted, meant=Option.FOR, candidate=2),
    ),
    "vote 2: the correction of 1001 names a candidate who does not stand": (
        CorrectionNoted,
        0,
        lambda noted: replace(noted, meant=Option.FOR, candidate=9),
    ),
    "vote 2: 1001 cannot have meant absent": (CorrectionNoted, 0, lambda noted: replace(noted, meant=Option.ABSENT)),
    "ItemAdded rests on vote 1, whose result is rejected": (
        TieDecided,
        0,
        lambda tie: replace(tie, option=Option.AGAINST, result=Result.REJECTED),
    ),
}


@pytest.mark.parametrize("words", WRONG)
def test_verify_of_a_signed_but_wrong_fact_finds_it(town: Any, words: str) -> None:
    kind, nth, change = WRONG[words]
    report = check(town, change, kind, nth)
    assert report.code == 1
    assert words.strip() in "\n".join(problem.text for problem in report.problems)
    assert not any("root hash" in problem.text for problem in report.problems)
