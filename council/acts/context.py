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
from council.sitting import SittingPlan
from voting.entries import Clerk
from voting.record import SittingRecord
from voting.vote_event import VoteEvent

__all__ = [
    "Context",
    "SignedIn",
    "last_vote",
    "next_vote_n",
    "open_record",
    "require_settled",
]


@dataclass(frozen=True, slots=True)
class Context:
    """The sitting at the moment of an act. `by`: the member of staff who acts; None: a terminal, or time. Of a
    terminal's act `desk_no`, and `member` who sits there now. `speech_ms`: how long the current speech has lasted,
    by `floor.FloorClock`."""

    data: ChamberData
    now: datetime
    by: Clerk | None = None
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


def require_settled(record: SittingRecord) -> None:
    """Nothing is begun while a vote is open, held or tied, or its result not announced. Raises Refusal."""
    vote = last_vote(record)
    if vote is None:
        return
    if vote.state in ("open", "held"):
        raise Refusal("vote_running", n=vote.n)
    if vote.state == "tied":
        raise Refusal("tie_undecided", n=vote.n)
    if vote.state == "closed":
        raise Refusal("not_announced", n=vote.n)
