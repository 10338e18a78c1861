"""Counting a vote anew from what its entries say: the audit of one vote event. Pure.

Each function answers with sentences, one for each thing that does not add up; none when all does. The record comes from
the fold, so the sequence is already known to be possible.
"""

from __future__ import annotations

from collections.abc import Iterator

from voting.entries import CHOSEN, Base, Option, RollEntry, VoteOpened
from voting.errors import BadRequirement
from voting.record import SittingRecord, VoteRecord
from voting.requirement import decide, needed
from voting.roll import entitled, passive_options
from voting.tally import count
from voting.vote_event import motion_sha256


def recount_opening(record: SittingRecord, opened: VoteOpened) -> list[str]:
    """What is wrong with a vote's opening. `record`: right after it, so that `record.present` is who is there."""
    return [f"vote {opened.n}: {words}" for words in _opening(record, opened)]


def _opening(record: SittingRecord, opened: VoteOpened) -> Iterator[str]:
    if opened.motion_sha256 != motion_sha256(opened.motion):
        yield "the hash of the motion is not that of its text"
    order = {seated.member: place for place, seated in enumerate(record.opened.members)}
    for words, names in (("present", opened.present), ("not on record", opened.no_record)):
        if list(names) != sorted(names, key=order.__getitem__):
            yield f"the members {words} are not in the sitting's order"
    if record.imported is None:
        if set(opened.present) != record.present:
            yield "the members on its roll are not those who arrived and have not left"
        if opened.entitled != entitled(opened.present, (), opened.no_record):
            yield "the entitled members are not those on its roll"
    else:
        stood_aside = set(opened.present) - set(opened.entitled)
        if opened.entitled != entitled(opened.present, stood_aside, opened.no_record):
            yield "the entitled members are not of those on its roll"
    yield from _requirement(record, opened)


def _requirement(record: SittingRecord, opened: VoteOpened) -> Iterator[str]:
    requirement = opened.requirement
    if requirement.seats != record.opened.seats:
        yield f"it counts from {requirement.seats} seats, the sitting has {record.opened.seats}"
    if requirement.quorum != record.opened.quorum:
        yield f"its quorum is {requirement.quorum}, the sitting's {record.opened.quorum}"
    base = {
        Base.SEATS: requirement.seats,
        Base.IN_OFFICE: len(record.opened.members),
        Base.PRESENT: len(opened.present),
        Base.CAST: len(opened.present),  # the most that can be cast; what counts is known at closing
    }[requirement.base]
    try:
        votes = needed(base, requirement.numerator, requirement.denominator, requirement.strict)
    except BadRequirement as error:
        yield str(error)
        return
    if requirement.base is not Base.CAST and requirement.needed != votes:
        yield f"it says that {requirement.needed} votes for suffice; its requirement makes that {votes}"


def recount_closing(record: SittingRecord, vote: VoteRecord, opened: VoteOpened) -> list[str]:
    """What is wrong with a closed vote: who could vote, the tally, the result."""
    return [f"vote {vote.n}: {words}" for words in _closing(record, vote, opened)]


def _closing(record: SittingRecord, vote: VoteRecord, opened: VoteOpened) -> Iterator[str]:
    roll = vote.roll or ()
    if (vote.cause == "import") != (record.imported is not None):
        yield f"the cause of closing is {vote.cause}, the sitting was {'not ' if not record.imported else ''}imported"
    passive, may_vote = passive_options((line.member for line in roll), opened), set(opened.entitled)
    for line in roll:
        yield from _line(line, vote, passive[line.member], line.member in may_vote)
    tally = count(roll)
    if vote.tally != tally:
        yield f"the tally is not that of the roll: for {vote.tally and vote.tally.for_}, counted {tally.for_}"
    try:
        result = decide(vote.requirement, tally, len(vote.present))
    except BadRequirement:
        return  # said at opening
    if vote.result != result:
        yield f"the result is {vote.result}; the roll and the requirement make it {result}"


def _line(line: RollEntry, vote: VoteRecord, passive: Option, entitled: bool) -> Iterator[str]:
    press = (line.boot, line.n, line.recorded_at)
    if line.option in CHOSEN:
        if not entitled:
            yield f"{line.member} is counted as {line.option} and was not entitled"
        if vote.cause != "import" and None in press:
            yield f"{line.member} is counted as {line.option} without a press"
    elif line.option is not passive:
        yield f"{line.member} is {line.option}; the roll at opening makes that {passive}"
    if press != (None, None, None) and (line.option not in CHOSEN or vote.cause == "import"):
        yield f"{line.member} is {line.option} and has a press all the same"
