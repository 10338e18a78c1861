"""What is prepared before a sitting: the body, its members at that date, the agenda with its motions. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from voting.entries import Document, Seated, Source

SittingKind = Literal["plenary", "committee", "briefing", "hearing"]
KINDS: tuple[SittingKind, ...] = ("plenary", "committee", "briefing", "hearing")


@dataclass(frozen=True, slots=True)
class Body:
    id: str
    municipality: str
    name: str
    seats: int  # by law
    profile: str
    locale: str
    timezone: str
    training: bool
    seat_by: Literal["seating", "card", "pin"] = "seating"  # how a desk knows its member
    video: Literal["live", "record_then_publish"] = "live"  # when recordings may be seen


@dataclass(frozen=True, slots=True)
class PlannedMotion:
    """In a replay alone: `original_at`, the vote's time in the source; `no_record`, members it does not mention."""

    item: str
    position: int
    text: str
    rule: str
    seconds: int | None
    original_at: datetime | None
    no_record: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """`consent`: put to the vote in one block with the others that are. `drafts`: files considered under it."""

    item: str
    title: str
    motions: tuple[PlannedMotion, ...]
    consent: bool = False
    drafts: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class SittingPlan:
    """`members`: those in office on `held_on`, in alphabet order; `desk_no` by the sitting's seating, else usual. The
    plan of a rehearsal is the sitting's own, but for id and mode."""

    id: str
    body: Body
    session_label: str
    kind: SittingKind
    held_on: date
    mode: Literal["ordinary", "replay", "training", "rehearsal"]
    source: Source | None
    members: tuple[Seated, ...]
    items: tuple[PlannedItem, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A sitting in the list of those to prepare; `versions`: how often its agenda was published."""

    id: str
    body_id: str
    body_name: str
    session_label: str
    kind: SittingKind
    held_on: date
    state: Literal["planned", "open", "closed"]
    items: int
    versions: int
