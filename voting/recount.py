"""Counting a named vote anew from what its entries say: the audit of one vote event. Pure.

Each function answers with sentences, one for each thing that does not add up; none when all does. The record comes from
the fold, so the sequence is already known to be possible. Signatures are for `verify.py`; the facts around votes and
secret ballots for `recount_facts.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from voting.entries import CHOSEN, Base, Option, Requirement, RollEntry, VoteOpened
from voting.errors import BadRequirement
from voting.opening import contradictions, motion_sha256
from voting.record import SittingRecord, VoteRecord
from voting.requirement import counted_at_closing, decide, elect, needed
from voting.roll import entitled, in_quorum, passive_options, stands_aside, waives_quorum
from voting.tally import count, count_candidates
from voting.vote_event import CHANNELS, confirmed


def recount_opening(record: SittingRecord, opened: VoteOpened) -> list[str]:
    """What is wrong with a vote's opening. `record`: right after it, so that `record.present` is who is there."""
    return [f"vote {opened.n}: {words}" for words in _opening(record, opened)]


def _opening(record: SittingRecord, opened: VoteOpened) -> Iterator[str]:
    if opened.motion_sha256 != motion_sha256(opened.motion):
        yield "the hash of the motion is not that of its text"
    yield from contradictions(opened)
    order = {member: place for place, member in enumerate(record.members)}
    lists = (("present", opened.present), ("not on record", opened.no_record), ("who stand aside", opened.recused))
    for words, names in lists:
        if list(names) != sorted(names, key=order.__getitem__):
            yield f"the members {words} are not in the sitting's order"
    if opened.entitled != entitled(opened.present, stands_aside(opened), opened.no_record):
        yield "the entitled members are not those on its roll"
    if record.imported is None:
        if set(opened.present) != record.present:
            yield "the members on its roll are not those who arrived and have not left"
        if set(opened.recused) != set(opened.present) & record.recused(record.votes[opened.n].items):
            yield "those who stand aside are not those present who declared a conflict of interest"
    yield from recount_requirement(record, opened.requirement, len(opened.present))


def recount_requirement(record: SittingRecord, requirement: Requirement, present: int) -> Iterator[str]:
    """What is wrong with a requirement when `present` members take part."""
    if requirement.seats != record.opened.seats:
        yield f"it counts from {requirement.seats} seats, the sitting has {record.opened.seats}"
    if requirement.quorum != record.opened.quorum:
        yield f"its quorum is {requirement.quorum}, the sitting's {record.opened.quorum}"
    base = {
        Base.SEATS: requirement.seats,
        Base.IN_OFFICE: len(record.opened.members),
        Base.PRESENT: present,
        Base.CAST: present,  # the most that can be given; what counts is known at closing
        Base.VOTED: present,
    }[requirement.base]
    try:
        votes = needed(base, requirement.numerator, requirement.denominator, requirement.strict)
    except BadRequirement as error:
        yield str(error)
        return
    if not counted_at_closing(requirement.base) and requirement.needed != votes:
        yield f"it says that {requirement.needed} votes for suffice; its requirement makes that {votes}"


def recount_closing(record: SittingRecord, vote: VoteRecord) -> list[str]:
    """What is wrong with a closed vote: who could vote, how, the tally, the result. `vote`: right after closing."""
    return [f"vote {vote.n}: {words}" for words in _closing(record, vote)]


def _closing(record: SittingRecord, vote: VoteRecord) -> Iterator[str]:
    roll, opened = vote.roll or (), vote.opened
    if (vote.cause == "import") != (record.imported is not None):
        yield f"the cause of closing is {vote.cause}, the sitting was {'not ' if not record.imported else ''}imported"
    if not confirmed(opened.method, vote.entered_by, vote.confirmed_by):
        yield "a vote entered by hand is confirmed by a second clerk, and no other vote is"
    if not vote.entered_by and record.imported is None and any(line.channel in ("called", "entered") for line in roll):
        yield "answers were entered by the staff, and nobody is named who entered them"
    passive, may_vote = passive_options((line.member for line in roll), opened), set(opened.entitled)
    for line in roll:
        yield from _line(line, vote, passive[line.member], line.member in may_vote)
    tally, counts = count(roll), count_candidates(roll, opened.candidates)
    if vote.tally != tally:
        yield f"the tally is not that of the roll: for {vote.tally and vote.tally.for_}, counted {tally.for_}"
    if vote.counts != counts:
        yield "the candidates' votes are not those of the roll"
    waived, chosen = waives_quorum(opened), None
    try:
        if opened.candidates:
            result, chosen = elect(opened.requirement, counts, tally, in_quorum(opened), waived=waived)
        else:
            result = decide(opened.requirement, tally, in_quorum(opened), waived=waived)
    except BadRequirement:
        return  # said at opening
    if vote.result != result:
        yield f"the result is {vote.result}; the roll and the requirement make it {result}"
    if vote.chosen != chosen:
        yield f"chosen is {_candidate(vote.chosen)}; the roll and the requirement make it {_candidate(chosen)}"


def _line(line: RollEntry, vote: VoteRecord, passive: Option, entitled: bool) -> Iterator[str]:
    says = f"{line.member} is counted as {line.option}"
    if line.option not in CHOSEN:
        if line.option is not passive:
            yield f"{line.member} is {line.option}; the roll at opening makes that {passive}"
    elif not entitled:
        yield f"{says} and was not entitled"
    if line.option not in CHOSEN or vote.cause == "import":
        if any((line.boot, line.n, line.recorded_at, line.channel, line.terminal, line.signature)):
            yield f"{line.member} is {line.option} and has a press all the same"
    else:
        yield from (f"{says} {words}" for words in _press(line, vote.opened))
    if line.option is Option.FOR and vote.opened.candidates:
        if line.candidate not in {candidate.candidate for candidate in vote.opened.candidates}:
            yield f"{says} without a candidate who stands"
    elif line.candidate is not None:
        yield f"{says} with a candidate"
    if line.option is Option.AGAINST and vote.opened.candidates:
        yield f"{says} in a vote on candidates"


def _press(line: RollEntry, opened: VoteOpened) -> Iterator[str]:
    if None in (line.boot, line.n, line.recorded_at):
        yield "without a press"
    if line.channel is None:
        yield "and nothing says how that came"
    elif line.channel not in CHANNELS[opened.method]:
        yield f"by channel {line.channel}, in a vote that is {opened.method}"
    elif line.channel != "terminal":
        if line.terminal is not None or line.signature is not None:
            yield "aloud or by hand, and a terminal all the same"
    elif line.terminal is None or line.signature is None:
        yield "by key, without the terminal's signature"


def _candidate(n: int | None) -> str:
    return "nobody" if n is None else f"candidate {n}"
