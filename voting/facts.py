"""The facts of a sitting, one dataclass a kind, in the past tense: all that can stand in the ledger; those of votes
are in `vote_facts.py`, those of footage in `footage_facts.py`.

Pure. `at` is when the fact happened; None means that an imported source does not say. Members, items, votes, speeches
and requests are named by what identifies them within their sitting. What may follow what is in `record.py`.
Words: GLOSSARY of the house. Law behind the kinds: the rules-of-procedure profiles (`council/profiles`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from voting.footage_facts import (
    FilmingPaused,
    FilmingResumed,
    FootageDeleted,
    FootageReleased,
    FootageSealed,
    FootageWithheld,
)
from voting.values import (
    AgendaPoint,
    Count,
    Date,
    Document,
    FloorKind,
    Number,
    PublicKey,
    SeatChannel,
    Seated,
    Source,
    Time,
)
from voting.vote_facts import (
    CorrectionNoted,
    ResultAnnounced,
    SecretVoteRecorded,
    TieDecided,
    VoteClosed,
    VoteHeld,
    VoteOpened,
    VoteResumed,
    VoteVoided,
)

# --- of the whole installation -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Imported:
    """A document was read. `votes` were taken over; `problems` parts of it could not be read and were reported."""

    at: Time
    source: Source
    votes: Count
    problems: Count


@dataclass(frozen=True, slots=True)
class TerminalEnrolled:
    """From now on presses signed with this key come from this desk's terminal."""

    at: Time
    terminal: str
    body: str
    desk_no: Number
    public_key: PublicKey


@dataclass(frozen=True, slots=True)
class TerminalRevoked:
    at: Time
    terminal: str


# --- before and around the sitting ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgendaPublished:
    """The agenda as citizens were shown it. May stand before the opening, and again after each change: `version` counts
    from 1. `due_on`: the last day the rules allow, by `due_source`; `urgency`: the ground for publishing it later."""

    at: Time
    version: Number
    session_label: str
    held_on: Date
    points: tuple[AgendaPoint, ...]
    due_on: Date | None = None
    due_source: str | None = None
    urgency: str | None = None


@dataclass(frozen=True, slots=True)
class SittingOpened:
    """`members` and `agenda` are fixed here; `chair`: the member who presides."""

    at: Time | None
    body: str
    body_name: str
    municipality: str
    session_label: str
    sitting_kind: Literal["plenary", "committee", "briefing", "hearing"]
    held_on: Date  # the date of the sitting in the source or the hall, "2017-11-22"
    timezone: str
    mode: Literal["ordinary", "replay", "training", "rehearsal"]
    seats: Count
    quorum: Count
    quorum_source: str
    members: tuple[Seated, ...]
    agenda: tuple[AgendaPoint, ...]
    replay: Source | None = None
    imported: Source | None = None
    chair: str | None = None


@dataclass(frozen=True, slots=True)
class ChairTook:
    """Another member presides from now on."""

    at: Time
    member: str


@dataclass(frozen=True, slots=True)
class SittingClosed:
    at: Time | None


@dataclass(frozen=True, slots=True)
class MinutesPublished:
    """The clerk's minutes, by the SHA-256 of their bytes. May follow the closing; a later one replaces the earlier."""

    at: Time
    document: Document


@dataclass(frozen=True, slots=True)
class DocumentAttached:
    """A file considered under an item, or about the whole sitting (`item` None)."""

    at: Time
    item: str | None
    document: Document


# --- agenda ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ItemAdded:
    """From the floor: after item `after` (None: at the end). `vote_n`: the vote that added it; `ground`: of urgency."""

    at: Time
    item: str
    title: str
    after: str | None
    vote_n: Number | None
    ground: str | None


@dataclass(frozen=True, slots=True)
class ItemWithdrawn:
    """Off the agenda; what was done under it stands."""

    at: Time
    item: str
    vote_n: Number | None


@dataclass(frozen=True, slots=True)
class AgendaReordered:
    """`order`: all items, in the new order."""

    at: Time
    order: tuple[str, ...]
    vote_n: Number | None


@dataclass(frozen=True, slots=True)
class ItemCalled:
    at: Time | None
    item: str
    title: str


# --- presence and seats -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MemberArrived:
    at: Time
    member: str
    channel: SeatChannel


@dataclass(frozen=True, slots=True)
class MemberLeft:
    at: Time
    member: str
    channel: SeatChannel


@dataclass(frozen=True, slots=True)
class AbsenceJustified:
    """The member's absence is excused; `reason` as the clerk wrote it, "" takes it back."""

    at: Time
    member: str
    reason: str


@dataclass(frozen=True, slots=True)
class SeatTaken:
    """The member sits at this desk from now on, and at no other; whoever sat there before does not any more."""

    at: Time
    member: str
    desk_no: Number
    channel: SeatChannel


@dataclass(frozen=True, slots=True)
class SeatLeft:
    at: Time
    member: str
    desk_no: Number
    channel: SeatChannel


@dataclass(frozen=True, slots=True)
class RecusalDeclared:
    """A conflict of interest in one item: the member takes no part in it until it is withdrawn."""

    at: Time
    member: str
    item: str
    reason: str | None
    channel: Literal["terminal", "console"]


@dataclass(frozen=True, slots=True)
class RecusalWithdrawn:
    """Declared by mistake."""

    at: Time
    member: str
    item: str
    channel: Literal["terminal", "console"]


# --- the floor ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FloorRequested:
    """`request` counts the sitting's requests from 1."""

    at: Time
    request: Number
    member: str
    floor: FloorKind
    item: str | None


@dataclass(frozen=True, slots=True)
class FloorWithdrawn:
    at: Time
    request: Number


@dataclass(frozen=True, slots=True)
class FloorGiven:
    """`speech` counts from 1. `request` None: given without one. A guest has no `member` but a name in `speaker`.
    `seconds`: the limit; None: none."""

    at: Time
    speech: Number
    request: Number | None
    member: str | None
    speaker: str | None
    floor: FloorKind
    item: str | None
    seconds: Number | None


@dataclass(frozen=True, slots=True)
class FloorPaused:
    at: Time
    speech: Number
    used_ms: Count


@dataclass(frozen=True, slots=True)
class FloorResumed:
    at: Time
    speech: Number


@dataclass(frozen=True, slots=True)
class FloorEnded:
    at: Time
    speech: Number
    used_ms: Count


Fact = (
    Imported
    | TerminalEnrolled
    | TerminalRevoked
    | AgendaPublished
    | SittingOpened
    | ChairTook
    | SittingClosed
    | MinutesPublished
    | DocumentAttached
    | ItemAdded
    | ItemWithdrawn
    | AgendaReordered
    | ItemCalled
    | MemberArrived
    | MemberLeft
    | AbsenceJustified
    | SeatTaken
    | SeatLeft
    | RecusalDeclared
    | RecusalWithdrawn
    | FloorRequested
    | FloorWithdrawn
    | FloorGiven
    | FloorPaused
    | FloorResumed
    | FloorEnded
    | VoteOpened
    | VoteHeld
    | VoteResumed
    | VoteClosed
    | TieDecided
    | ResultAnnounced
    | VoteVoided
    | SecretVoteRecorded
    | CorrectionNoted
    | FootageSealed
    | FootageDeleted
    | FootageWithheld
    | FootageReleased
    | FilmingPaused
    | FilmingResumed
)
