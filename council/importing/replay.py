"""A recorded sitting held again, live: what is prepared, who presses what, and whether the outcome is the source's.

A replay takes only a file that can be read whole: a script with a gap would be an invented vote.
"""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from typing import Any

from council import profile as profiles
from council import store
from council.importing.drohobych_file import TIMEZONE, SourceSitting, SourceVote, read_heading, read_sitting
from council.importing.drohobych_roster import DROHOBYCH
from council.importing.report import Problem
from council.sitting import PlannedItem, PlannedMotion, SittingPlan
from council.store import StoreError, UnknownSitting
from voting.entries import Option, Source, stamp
from voting.record import SittingRecord, VoteRecord


class NotReplayable(Exception):
    """The file cannot be read whole; `problems` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


async def plan_replay(
    conn: Any, data: bytes, source: str, *, body_id: str = DROHOBYCH.id, seconds: int | None = None
) -> SittingPlan:
    """Prepare the sitting to be held again, and save it. `seconds`: each vote's time limit; None: the profile's.

    `source` names the document. Safe to repeat until the sitting begins. Raises NotReplayable, Unreadable, UnknownBody,
    SittingBegun, and StoreError where the sitting is prepared as something else."""
    body = await store.load_body(conn, body_id)
    held_on, _ = read_heading(data)
    sitting = f"{body.id}-{held_on}"
    members = await store.members_on(conn, body.id, held_on, sitting)
    names = [seated.member for seated in members]
    read = _whole(data, source, set(names), body.timezone)
    rules = profiles.load(body.profile)
    plan = SittingPlan(
        id=sitting,
        body=body,
        session_label=read.session_label,
        kind="plenary",
        held_on=held_on,
        mode="replay",
        source=Source(source, sha256(data).hexdigest()),
        members=members,
        items=tuple(_item(vote, names, rules.default_rule, seconds or rules.vote_seconds) for vote in read.votes),
    )
    await _refuse_other_plan(conn, plan)
    await store.save_sitting(conn, plan)
    return plan


async def _refuse_other_plan(conn: Any, plan: SittingPlan) -> None:
    with suppress(UnknownSitting):
        standing = await store.load_plan(conn, plan.id)
        if (standing.mode, standing.source) != (plan.mode, plan.source):
            raise StoreError(f"sitting {plan.id} stands already, and not as a replay of this document")


def _item(vote: SourceVote, names: list[str], rule: str, seconds: int) -> PlannedItem:
    number = str(vote.place)
    no_record = tuple(name for name in names if name not in vote.options)
    return PlannedItem(number, vote.title, (PlannedMotion(number, 1, vote.title, rule, seconds, vote.at, no_record),))


def _whole(data: bytes, source: str, members: set[str] | None, timezone: str) -> SourceSitting:
    read, problems = read_sitting(data, source, members, timezone)
    if read is None or problems:
        raise NotReplayable(problems)
    return read


def scripted_presses(data: bytes) -> list[dict[str, Option]]:
    """For each vote of the file, in order: each mentioned member's option.

    FOR, AGAINST, ABSTAIN: the member presses it; NOT_VOTING: is present and presses nothing; ABSENT: is not in the hall
    for this vote. A member who is not in it has no record and is left alone. Raises NotReplayable."""
    return [vote.options for vote in _whole(data, "", None, TIMEZONE).votes]


def compare(data: bytes, record: SittingRecord) -> list[str]:
    """How a replayed sitting differs from its source, in sentences; empty: every roll, title and time is the same.

    Raises NotReplayable."""
    read = _whole(data, "", None, TIMEZONE)
    differences = []
    if len(record.votes) != len(read.votes):
        differences.append(f"the source has {len(read.votes)} votes, the record {len(record.votes)}")
    for n, vote in enumerate(read.votes, 1):
        if n in record.votes:
            differences += [f"vote {n}: {words}" for words in _vote_differences(vote, record.votes[n])]
    return differences


def _vote_differences(source: SourceVote, vote: VoteRecord) -> list[str]:
    differences = []
    if vote.motion != source.title:
        differences.append(f"the motion is “{vote.motion}”, in the source “{source.title}”")
    if vote.original_at != stamp(source.at):
        differences.append(f"the original time is {vote.original_at}, in the source {stamp(source.at)}")
    if vote.roll is None:
        return [*differences, "it is not closed"]
    roll = {line.member: line.option for line in vote.roll}
    for member in sorted(source.options.keys() | roll.keys()):
        expected = source.options.get(member, Option.NO_RECORD)
        found = roll.get(member)
        if found is not expected:
            differences.append(f"member {member} is {found or 'not in the roll'}, in the source {expected}")
    return differences
