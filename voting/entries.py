"""The facts of a sitting, one dataclass a kind, and their exact bytes.

Pure: no clock, sockets or database. An entry is a fact with its place in the ledger; its bytes are canonical JSON
(`canonical.py`) and are what the Merkle tree hashes, so `decode(encode(e)) == e` and no other bytes decode to `e`.
Facts are in the past tense. Each has a version `v`; a reader that meets a newer one raises `NewerEntry` and stops.
Times are strings, RFC 3339 UTC with milliseconds ("2017-11-22T08:17:51.000Z"): testimony, never order. Order is `seq`.
`at` is when the fact happened; None means that an imported source does not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Option(StrEnum):
    """A member's option in one vote event. The first three are chosen, the rest passive."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"
    NOT_VOTING = "not_voting"
    ABSENT = "absent"
    RECUSED = "recused"
    NO_RECORD = "no_record"  # imports and replays only: the source does not mention the member


CHOSEN = (Option.FOR, Option.AGAINST, Option.ABSTAIN)


class Result(StrEnum):
    ADOPTED = "adopted"
    REJECTED = "rejected"
    NO_QUORUM = "no_quorum"


class Base(StrEnum):
    """What a requirement counts from."""

    SEATS = "seats"
    IN_OFFICE = "in_office"
    PRESENT = "present"
    CAST = "cast"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What adoption needs: `for` strictly more than (or at least) numerator/denominator of the base."""

    rule: str  # the rule's name in the profile: "majority_of_seats"
    base: Base
    numerator: int
    denominator: int
    strict: bool  # True: more than the fraction; False: at least the fraction
    seats: int  # the body's seats by law
    needed: (
        int  # votes for that suffice, worked out at opening; for base `cast` the number at closing may differ
    )
    quorum: int  # members who must be present
    source: str  # the legal source, in the council's language


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts by option; adds up to the length of the roll."""

    for_: int = 0
    against: int = 0
    abstain: int = 0
    not_voting: int = 0
    absent: int = 0
    recused: int = 0
    no_record: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """Where imported or replayed facts come from: a name or address, and the SHA-256 (hex) of the original bytes."""

    source: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Seated:
    """A member as the sitting knows them, frozen at opening."""

    member: str
    family_name: str
    given_name: str
    patronymic: str | None
    gender: Literal["f", "m"] | None
    faction: str | None
    desk_no: int | None


@dataclass(frozen=True, slots=True)
class AgendaPoint:
    item: str  # stable within the sitting: "1", "2", "7a"
    title: str


@dataclass(frozen=True, slots=True)
class RollEntry:
    """One member's final option. `boot` and `n` name the press that stood; None for passive options and imports."""

    member: str
    option: Option
    boot: str | None = None
    n: int | None = None
    recorded_at: str | None = None


# --- the facts -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Imported:
    """A document was read. `votes` were taken over; `problems` parts of it could not be read and were reported."""

    at: str
    source: Source
    votes: int
    problems: int


@dataclass(frozen=True, slots=True)
class SittingOpened:
    at: str | None
    body: str
    body_name: str
    municipality: str
    session_label: str
    sitting_kind: Literal["plenary", "committee", "briefing", "hearing"]
    held_on: str  # the date of the sitting in the source or the hall, "2017-11-22"
    timezone: str
    mode: Literal["ordinary", "replay", "training"]
    seats: int
    quorum: int
    quorum_source: str
    members: tuple[Seated, ...]
    agenda: tuple[AgendaPoint, ...]
    replay: Source | None = None
    imported: Source | None = None


@dataclass(frozen=True, slots=True)
class MemberArrived:
    at: str
    member: str
    channel: Literal["terminal", "console"]


@dataclass(frozen=True, slots=True)
class MemberLeft:
    at: str
    member: str
    channel: Literal["terminal", "console"]


@dataclass(frozen=True, slots=True)
class ItemCalled:
    at: str | None
    item: str
    title: str


@dataclass(frozen=True, slots=True)
class VoteOpened:
    """`n` counts the sitting's vote events from 1. `present` and `entitled` are the roll at this moment."""

    at: str | None
    n: int
    item: str | None
    motion: str
    motion_sha256: str  # of the motion's UTF-8 bytes
    requirement: Requirement
    present: tuple[str, ...]
    entitled: tuple[str, ...]
    no_record: tuple[str, ...]  # imports and replays only
    seconds: int | None  # the time limit; None: open-ended
    original_at: str | None = None  # replays only: the time of this vote in the source (UTC)


@dataclass(frozen=True, slots=True)
class VoteClosed:
    """The roll of all members, its tally and the result, computed once. The roll is in the order of the sitting's
    members."""

    at: str
    n: int
    cause: Literal["clerk", "time", "import"]
    roll: tuple[RollEntry, ...]
    tally: Tally
    result: Result


@dataclass(frozen=True, slots=True)
class ResultAnnounced:
    at: str
    n: int


@dataclass(frozen=True, slots=True)
class SittingClosed:
    at: str | None


Fact = (
    Imported
    | SittingOpened
    | MemberArrived
    | MemberLeft
    | ItemCalled
    | VoteOpened
    | VoteClosed
    | ResultAnnounced
    | SittingClosed
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact in its place: `seq` counts from 0 without gaps over the whole installation."""

    seq: int
    sitting: str | None
    recorded_at: str
    fact: Fact
