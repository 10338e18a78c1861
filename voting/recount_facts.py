"""Checking the facts around named votes: casting votes, secret ballots, corrections, changes of the agenda. Pure.

Each function answers with sentences as in `recount.py`. `record`: right after the fact.
"""

from __future__ import annotations

from collections.abc import Iterator

from voting.entries import (
    CHOSEN,
    AgendaReordered,
    CandidateCount,
    CorrectionNoted,
    Fact,
    ItemAdded,
    ItemWithdrawn,
    Option,
    Result,
    SecretVoteRecorded,
    Tally,
    TieDecided,
)
from voting.errors import BadRequirement
from voting.opening import motion_sha256
from voting.record import SittingRecord
from voting.recount import recount_requirement
from voting.requirement import by_secret_ballot


def recount_fact(record: SittingRecord, fact: Fact) -> list[str]:
    """What is wrong with a fact of one of these kinds; nothing about any other."""
    match fact:
        case TieDecided():
            return [f"vote {fact.n}: {words}" for words in _tie(record, fact)]
        case SecretVoteRecorded():
            return [f"vote {fact.n}: {words}" for words in _secret(record, fact)]
        case CorrectionNoted():
            return [f"vote {fact.n}: {words}" for words in _correction(record, fact)]
        case ItemAdded() | ItemWithdrawn() | AgendaReordered():
            return list(_agenda(record, fact))
    return []


def _tie(record: SittingRecord, fact: TieDecided) -> Iterator[str]:
    if fact.member != record.chair:
        yield f"{fact.member} broke the tie and does not preside"
    if fact.member not in record.present:
        yield f"{fact.member} broke the tie and was not present"
    vote = record.votes[fact.n]
    if fact.member in record.recused(vote.items) and not vote.opened.exception:
        yield f"{fact.member} broke the tie and had declared a conflict of interest in what was put"
    if fact.option not in (Option.FOR, Option.AGAINST):
        yield f"the casting vote is {fact.option}"
    elif fact.result is not (Result.ADOPTED if fact.option is Option.FOR else Result.REJECTED):
        yield f"the casting vote is {fact.option} and the result {fact.result}"


def _secret(record: SittingRecord, fact: SecretVoteRecorded) -> Iterator[str]:
    if fact.motion_sha256 != motion_sha256(fact.motion):
        yield "the hash of the motion is not that of its text"
    papers, in_office = fact.ballots, len(record.opened.members)
    if not papers.invalid <= papers.found <= papers.issued <= in_office:
        yield (
            f"{papers.issued} papers were issued to {in_office} in office, {papers.found} found, {papers.invalid} of "
            "them invalid"
        )
    if papers.found != papers.invalid + fact.for_ + fact.against + fact.abstain:
        yield (
            f"{papers.found} papers were found; {papers.invalid} invalid, {fact.for_} for, {fact.against} against and "
            f"{fact.abstain} abstaining are not as many"
        )
    if fact.in_quorum > len(record.present):
        yield f"{fact.in_quorum} count for the quorum, {len(record.present)} are present"
    yield from _elected(fact)
    yield from recount_requirement(record, fact.requirement, len(record.present))
    tally = Tally(for_=fact.for_, against=fact.against, abstain=fact.abstain)
    try:
        result, chosen = by_secret_ballot(fact.requirement, fact.counts, tally, fact.in_quorum)
    except BadRequirement:
        return  # said above
    if (fact.result, fact.chosen) != (result, chosen):
        yield f"the result is {fact.result}, chosen {fact.chosen}; the papers make it {result}, chosen {chosen}"


def _elected(fact: SecretVoteRecorded) -> Iterator[str]:
    if not fact.candidates:
        if fact.counts:
            yield "it counts votes for candidates and has none"
        return
    if [candidate.candidate for candidate in fact.candidates] != list(range(1, len(fact.candidates) + 1)):
        yield "the candidates are not numbered from 1"
    if [count.candidate for count in fact.counts] != [candidate.candidate for candidate in fact.candidates]:
        yield "it does not count the votes of each candidate"
    if _sum(fact.counts) != fact.for_:
        yield f"the candidates have {_sum(fact.counts)} votes together, {fact.for_} papers chose one"


def _sum(counts: tuple[CandidateCount, ...]) -> int:
    return sum(count.votes for count in counts)


def _correction(record: SittingRecord, fact: CorrectionNoted) -> Iterator[str]:
    vote = record.votes[fact.n]
    stands = {line.member: line for line in vote.roll or ()}[fact.member]
    standing = {candidate.candidate for candidate in vote.opened.candidates}
    if fact.recorded is not stands.option:
        yield f"the correction says that {fact.member} was recorded as {fact.recorded}; the roll says {stands.option}"
    if fact.meant not in (*CHOSEN, Option.NOT_VOTING):
        yield f"{fact.member} cannot have meant {fact.meant}"
    if standing and fact.meant is Option.AGAINST:
        yield f"{fact.member} cannot have meant {fact.meant} in a vote on candidates"
    if standing and fact.meant is Option.FOR and fact.candidate is None:
        yield f"the correction of {fact.member} does not say for whom"
    if fact.candidate is not None and (fact.meant is not Option.FOR or fact.candidate not in standing):
        yield f"the correction of {fact.member} names a candidate who does not stand"
    if (fact.meant, fact.candidate) == (fact.recorded, stands.candidate):
        yield f"the correction of {fact.member} corrects nothing"
    if not fact.statement.strip():
        yield f"the correction of {fact.member} has no statement"
    if fact.noted_by.staff == fact.confirmed_by.staff:
        yield f"the correction of {fact.member} was confirmed by the clerk who noted it"


def _agenda(record: SittingRecord, fact: ItemAdded | ItemWithdrawn | AgendaReordered) -> Iterator[str]:
    """A vote that changed the agenda was adopted."""
    n = fact.vote_n
    if n is None:
        return
    result = record.secret_votes[n].result if n in record.secret_votes else record.votes[n].result
    if result is not Result.ADOPTED:
        yield f"{type(fact).__name__} rests on vote {n}, whose result is {result}"
