"""The facts of a sitting, one dataclass a kind, and their exact bytes.

Pure: no clock, sockets or database. An entry is a fact with its place in the ledger; its bytes are canonical JSON
(`canonical.py`) and are what the Merkle tree hashes, so `decode(encode(e)) == e` and no other bytes decode to `e`.
Facts are in the past tense. Each has a version `v`; a reader that meets a newer one raises `NewerEntry` and stops.
On the wire an entry is one flat object: {"v":1,"seq":0,"sitting":…,"recorded_at":…,"kind":"VoteOpened", …fields}.
Times are strings, RFC 3339 UTC with milliseconds ("2017-11-22T08:17:51.000Z"): testimony, never order. Order is `seq`.
`at` is when the fact happened; None means that an imported source does not say.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

from voting import canonical, codec
from voting.codec import AtLeast, Form
from voting.errors import BadEntry, NewerEntry

_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SITTING = re.compile(r"[a-z0-9][a-z0-9-]{0,126}")


def stamp(at: datetime) -> str:
    """An aware moment as "2017-11-22T08:17:51.000Z": UTC, whole milliseconds, the rest cut off."""
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone")
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z".zfill(24)


def parse_stamp(text: str) -> datetime:
    """The moment that `stamp` wrote. Raises ValueError for any other spelling."""
    if _STAMP.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a time like 2017-11-22T08:17:51.000Z")
    return datetime.fromisoformat(text)


def _is_stamp(text: str) -> bool:
    try:
        parse_stamp(text)
    except ValueError:
        return False
    return True


def _is_date(text: str) -> bool:
    try:
        return _DATE.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False


Time = Annotated[str, Form(_is_stamp, "a time like 2017-11-22T08:17:51.000Z")]
Date = Annotated[str, Form(_is_date, "a date like 2017-11-22")]
Sha256 = Annotated[str, Form(lambda text: re.fullmatch("[0-9a-f]{64}", text) is not None, "64 hexadecimal digits")]
SittingId = Annotated[str, Form(lambda text: _SITTING.fullmatch(text) is not None, "a sitting's id")]
Count = Annotated[int, AtLeast(0)]
Number = Annotated[int, AtLeast(1)]


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
    numerator: Number
    denominator: Number
    strict: bool  # True: more than the fraction; False: at least the fraction
    seats: Count  # the body's seats by law
    needed: Count  # votes for that suffice, worked out at opening; for base `cast` the number at closing may differ
    quorum: Count  # members who must be present
    source: str  # the legal source, in the council's language


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts by option; adds up to the length of the roll."""

    for_: Count = 0
    against: Count = 0
    abstain: Count = 0
    not_voting: Count = 0
    absent: Count = 0
    recused: Count = 0
    no_record: Count = 0


@dataclass(frozen=True, slots=True)
class Source:
    """Where imported or replayed facts come from: a name or address, and the SHA-256 (hex) of the original bytes."""

    source: str
    sha256: Sha256


@dataclass(frozen=True, slots=True)
class Seated:
    """A member as the sitting knows them, frozen at opening."""

    member: str
    family_name: str
    given_name: str
    patronymic: str | None
    gender: Literal["f", "m"] | None
    faction: str | None
    desk_no: Number | None


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
    n: Number | None = None
    recorded_at: Time | None = None


# --- the facts -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Imported:
    """A document was read. `votes` were taken over; `problems` parts of it could not be read and were reported."""

    at: Time
    source: Source
    votes: Count
    problems: Count


@dataclass(frozen=True, slots=True)
class SittingOpened:
    at: Time | None
    body: str
    body_name: str
    municipality: str
    session_label: str
    sitting_kind: Literal["plenary", "committee", "briefing", "hearing"]
    held_on: Date  # the date of the sitting in the source or the hall, "2017-11-22"
    timezone: str
    mode: Literal["ordinary", "replay", "training"]
    seats: Count
    quorum: Count
    quorum_source: str
    members: tuple[Seated, ...]
    agenda: tuple[AgendaPoint, ...]
    replay: Source | None = None
    imported: Source | None = None


@dataclass(frozen=True, slots=True)
class MemberArrived:
    at: Time
    member: str
    channel: Literal["terminal", "console"]


@dataclass(frozen=True, slots=True)
class MemberLeft:
    at: Time
    member: str
    channel: Literal["terminal", "console"]


@dataclass(frozen=True, slots=True)
class ItemCalled:
    at: Time | None
    item: str
    title: str


@dataclass(frozen=True, slots=True)
class VoteOpened:
    """`n` counts the sitting's vote events from 1. `present` and `entitled` are the roll at this moment."""

    at: Time | None
    n: Number
    item: str | None
    motion: str
    motion_sha256: Sha256  # of the motion's UTF-8 bytes
    requirement: Requirement
    present: tuple[str, ...]
    entitled: tuple[str, ...]
    no_record: tuple[str, ...]  # imports and replays only
    seconds: Number | None  # the time limit; None: open-ended
    original_at: Time | None = None  # replays only: the time of this vote in the source (UTC)


@dataclass(frozen=True, slots=True)
class VoteClosed:
    """The roll of all members, its tally and the result, computed once. The roll is in the order of the sitting's
    members."""

    at: Time
    n: Number
    cause: Literal["clerk", "time", "import"]
    roll: tuple[RollEntry, ...]
    tally: Tally
    result: Result


@dataclass(frozen=True, slots=True)
class ResultAnnounced:
    at: Time
    n: Number


@dataclass(frozen=True, slots=True)
class SittingClosed:
    at: Time | None


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

    seq: Count
    sitting: SittingId | None
    recorded_at: Time
    fact: Fact


# --- the bytes --------------------------------------------------------------------------------------------------

# The version of the program that last changed a kind. A new kind begins at the next number too, so that an older
# reader meets a higher `v` and says "newer" instead of "damaged".
VERSIONS: dict[type, int] = dict.fromkeys(get_args(Fact), 1)
VERSION = max(VERSIONS.values())
_KINDS: dict[str, type] = {fact.__name__: fact for fact in VERSIONS}


@dataclass(frozen=True, slots=True)
class _Head:
    """What every entry has on the wire, beside the fields of its fact."""

    v: Count
    kind: str
    seq: Count
    sitting: SittingId | None
    recorded_at: Time


_HEAD = frozenset(field.name for field in fields(_Head))


def kind(fact: Fact) -> str:
    """The word for what happened: "VoteOpened"."""
    return type(fact).__name__


def encode(entry: Entry) -> bytes:
    """The bytes of an entry. Raises BadEntry if they could not be read back, NotCanonical for text that is none."""
    fact: Any = type(entry.fact)
    if fact not in VERSIONS:
        raise BadEntry(f"kind: {fact.__name__} is no fact")
    head = _Head(VERSIONS[fact], fact.__name__, entry.seq, entry.sitting, entry.recorded_at)
    return canonical.encode(codec.dump(_Head, head) | codec.dump(fact, entry.fact))


def decode(data: bytes) -> Entry:
    """The entry whose bytes are exactly `data`.

    Raises BadEntry naming the field for anything else, NewerEntry for an entry of a later version."""
    try:
        wire = json.loads(data.decode())
        if type(wire) is not dict:
            raise BadEntry("not a JSON object")
        entry = _load(wire)
    except RecursionError:
        raise BadEntry("nested too deep") from None
    except ValueError as error:
        raise BadEntry(f"not JSON: {error}") from error
    if canonical.encode(wire) != data:
        raise BadEntry("not in canonical form")
    return entry


def _load(wire: dict[str, Any]) -> Entry:
    version, word = wire.get("v"), wire.get("kind")
    if type(version) is int and version > VERSION:
        raise NewerEntry(f"{word} of version {version}: this program knows versions up to {VERSION}; use a newer one")
    head: _Head = codec.load(_Head, {name: wire[name] for name in _HEAD if name in wire})
    fact: Any = _KINDS.get(head.kind)
    if fact is None:
        raise BadEntry(f"kind: {head.kind!r} is not known")
    if head.v != VERSIONS[fact]:
        raise BadEntry(f"v: {head.kind} has no version {head.v}")
    rest = {name: value for name, value in wire.items() if name not in _HEAD}
    return Entry(head.seq, head.sitting, head.recorded_at, codec.load(fact, rest))
