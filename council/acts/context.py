"""What an act is decided from, and the questions that several acts ask. Pure.

An act of the console or a terminal becomes facts for the ledger, or a Refusal: the modules of this package, one for
each kind of act. Every act is safe to repeat: what holds already gives no facts, and is answered as done.
Source: rules-of-procedure profile; GLOSSARY (verbs).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from council.profile import Profile
from council.refusals import Refusal
from council.sitting import PlannedItem, PlannedMotion, SittingPlan
from voting.entries import Requirement
from voting.record import SittingRecord, VoteRecord
from voting.vote_event import VoteEvent


@dataclass(frozen=True, slots=True)
class Context:
    """The sitting at the moment of an act. `by`: the member of staff who acts, by id; None: a terminal, or time.

    `speech_ms`: how long the current speech has lasted, by `floor.FloorClock`. `desks`: those that have a terminal,
    beside the ones of the seating."""

    plan: SittingPlan
    profile: Profile
    record: SittingRecord | None
    event: VoteEvent | None
    now: datetime
    by: str | None = None
    speech_ms: int = 0
    desks: frozenset[int] = frozenset()


def open_record(record: SittingRecord | None) -> SittingRecord:
    """The record of a sitting that is open now. Raises Refusal."""
    if record is None:
        raise Refusal("sitting_not_open")
    if record.closed_seq is not None:
        raise Refusal("sitting_closed")
    return record


def last_vote(record: SittingRecord | None) -> VoteRecord | None:
    return record.votes[max(record.votes)] if record is not None and record.votes else None


def next_vote_n(record: SittingRecord | None) -> int:
    return max(record.votes, default=0) + 1 if record is not None else 1


def planned_item(plan: SittingPlan, item: str | None) -> PlannedItem | None:
    return next((planned for planned in plan.items if planned.item == item), None)


def next_motion(plan: SittingPlan, record: SittingRecord | None, item: str | None) -> PlannedMotion | None:
    """The item's first motion that has not been voted on; they are voted in their order."""
    planned = planned_item(plan, item)
    if planned is None:
        return None
    done = len(record.items[planned.item].votes) if record is not None and planned.item in record.items else 0
    return planned.motions[done] if done < len(planned.motions) else None


def requirement(plan: SittingPlan, profile: Profile, motion: PlannedMotion, present: int) -> Requirement:
    """What the motion needs with `present` members there now."""
    return profile.requirement(
        motion.rule,
        seats=plan.body.seats,
        in_office=len(plan.members),
        present=present,
        locale=plan.body.locale,
    )
