"""What an act is decided from, and the questions that several acts ask. Pure.

An act of the console or a terminal becomes facts for the ledger, or a Refusal: the modules of this package, one for
each kind of act. Every act is safe to repeat: what holds already gives no facts, and is answered as done.
Source: rules-of-procedure profile; GLOSSARY (verbs).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from council.chamber_data import ChamberData, last_vote
from council.profile import Profile
from council.refusals import Refusal
from council.sitting import PlannedItem, PlannedMotion, SittingPlan
from voting.entries import Requirement, Result
from voting.record import SittingRecord, VoteRecord
from voting.vote_event import VoteEvent, motion_sha256

__all__ = [
    "Context",
    "SignedIn",
    "last_vote",
    "next_motion",
    "next_vote_n",
    "open_record",
    "planned_item",
    "requirement",
]


@dataclass(frozen=True, slots=True)
class Context:
    """The sitting at the moment of an act. `by`, `by_name`: the member of staff who acts; None: a terminal, or time.
    Of a terminal's act `desk_no`, and `member` who sits there now. `speech_ms`: how long the current speech has lasted,
    by `floor.FloorClock`."""

    data: ChamberData
    now: datetime
    by: str | None = None
    by_name: str = ""
    member: str | None = None
    desk_no: int | None = None
    speech_ms: int = 0

    @property
    def desks(self) -> frozenset[int]:
        """Those that have a terminal, beside the ones of the seating."""
        return self.data.enrolled

    @property
    def plan(self) -> SittingPlan:
        return self.data.plan

    @property
    def profile(self) -> Profile:
        return self.data.profile

    @property
    def record(self) -> SittingRecord | None:
        return self.data.record

    @property
    def event(self) -> VoteEvent | None:
        return self.data.event


@dataclass(frozen=True, slots=True)
class SignedIn:
    """TakeSeat, checked: this member showed their card or PIN at the desk."""

    member: str
    channel: Literal["card", "pin"]


def open_record(record: SittingRecord | None) -> SittingRecord:
    """The record of a sitting that is open now. Raises Refusal."""
    if record is None:
        raise Refusal("sitting_not_open")
    if record.closed_seq is not None:
        raise Refusal("sitting_closed")
    return record


def next_vote_n(record: SittingRecord | None) -> int:
    return record.next_vote_n if record is not None else 1


def planned_item(plan: SittingPlan, item: str | None) -> PlannedItem | None:
    return next((planned for planned in plan.items if planned.item == item), None)


def next_motion(plan: SittingPlan, record: SittingRecord | None, item: str | None) -> PlannedMotion | None:
    """The item's first prepared motion that no vote has decided; they are voted in their order.

    A vote decides the prepared motion whose very text it put; a motion as amended, the first of those left; a block
    that was not rejected, all. What is put ad hoc beside them takes nothing from the list. A void vote decides nothing,
    and a vote with those that repeat or reconsider it counts once."""
    planned = planned_item(plan, item)
    if planned is None:
        return None
    due = list(planned.motions)
    if record is None or planned.item not in record.items:
        return due[0] if due else None
    decided: dict[int, VoteRecord] = {}  # by the first vote of those on one motion
    for n in record.items[planned.item].votes:
        vote = record.votes[n]
        if vote.state != "voided":
            decided[_first(record, vote)] = vote
    amended = 0
    for vote in decided.values():
        if vote.opened.subject == "block" and vote.result in (None, Result.ADOPTED):
            return None
        same = next((motion for motion in due if motion_sha256(motion.text) == vote.motion_sha256), None)
        if same is not None:
            due.remove(same)
        elif vote.opened.subject == "as_amended":
            amended += 1
    return due[amended] if amended < len(due) else None


def _first(record: SittingRecord, vote: VoteRecord) -> int:
    """The vote that this one, by whatever steps, repeats or reconsiders; itself if none."""
    before = vote.opened.refers_to
    if vote.opened.relation not in ("repeat", "reconsideration") or before not in record.votes:
        return vote.n
    return _first(record, record.votes[before])


def requirement(plan: SittingPlan, profile: Profile, motion: PlannedMotion, present: int) -> Requirement:
    """What the motion needs with `present` members there now."""
    return profile.requirement(
        motion.rule,
        seats=plan.body.seats,
        in_office=len(plan.members),
        present=present,
        locale=plan.body.locale,
    )
