"""The entries of the ledger and their exact bytes: a fact with its place.

Pure: no clock, sockets or database. Facts are in `facts.py`, what they are made of in `values.py`; both can be taken
from here. An entry's bytes are canonical JSON (`canonical.py`) and are what the Merkle tree hashes, so
`decode(encode(e)) == e` and no other bytes decode to `e`. Each kind has a version `v`; a reader that meets a newer one
raises `NewerEntry` and stops.
On the wire an entry is one flat object: {"v":1,"seq":0,"sitting":…,"recorded_at":…,"kind":"VoteOpened", …fields}.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any, get_args

from voting import canonical, codec
from voting.errors import BadEntry, NewerEntry, NotCanonical
from voting.facts import (
    AbsenceJustified,
    AgendaPublished,
    AgendaReordered,
    ChairTook,
    DocumentAttached,
    Fact,
    FloorEnded,
    FloorGiven,
    FloorPaused,
    FloorRequested,
    FloorResumed,
    FloorWithdrawn,
    Imported,
    ItemAdded,
    ItemCalled,
    ItemWithdrawn,
    MemberArrived,
    MemberLeft,
    MinutesPublished,
    RecusalDeclared,
    RecusalWithdrawn,
    SeatLeft,
    SeatTaken,
    SittingClosed,
    SittingOpened,
    TerminalEnrolled,
    TerminalRevoked,
)
from voting.footage_facts import (
    FilmingPaused,
    FilmingResumed,
    FootageDeleted,
    FootagePart,
    FootageReleased,
    FootageSealed,
    FootageWithheld,
)
from voting.values import (
    CHOSEN,
    AgendaPoint,
    Ballots,
    Base,
    Candidate,
    CandidateCount,
    Channel,
    Clerk,
    Count,
    Date,
    Document,
    FloorKind,
    Method,
    Number,
    Option,
    Override,
    PublicKey,
    Relation,
    Requirement,
    Result,
    RollEntry,
    SeatChannel,
    Seated,
    Sha256,
    Signature,
    SittingId,
    Source,
    Subject,
    Tally,
    Time,
    parse_stamp,
    stamp,
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

__all__ = [
    "CHOSEN",
    "VERSION",
    "VERSIONS",
    "AbsenceJustified",
    "AgendaPoint",
    "AgendaPublished",
    "AgendaReordered",
    "Ballots",
    "Base",
    "Candidate",
    "CandidateCount",
    "ChairTook",
    "Channel",
    "Clerk",
    "CorrectionNoted",
    "Count",
    "Date",
    "Document",
    "DocumentAttached",
    "Entry",
    "Fact",
    "FilmingPaused",
    "FilmingResumed",
    "FloorEnded",
    "FloorGiven",
    "FloorKind",
    "FloorPaused",
    "FloorRequested",
    "FloorResumed",
    "FloorWithdrawn",
    "FootageDeleted",
    "FootagePart",
    "FootageReleased",
    "FootageSealed",
    "FootageWithheld",
    "Imported",
    "ItemAdded",
    "ItemCalled",
    "ItemWithdrawn",
    "MemberArrived",
    "MemberLeft",
    "Method",
    "MinutesPublished",
    "Number",
    "Option",
    "Override",
    "PublicKey",
    "RecusalDeclared",
    "RecusalWithdrawn",
    "Relation",
    "Requirement",
    "Result",
    "ResultAnnounced",
    "RollEntry",
    "SeatChannel",
    "SeatLeft",
    "SeatTaken",
    "Seated",
    "SecretVoteRecorded",
    "Sha256",
    "Signature",
    "SittingClosed",
    "SittingId",
    "SittingOpened",
    "Source",
    "Subject",
    "Tally",
    "TerminalEnrolled",
    "TerminalRevoked",
    "TieDecided",
    "Time",
    "VoteClosed",
    "VoteHeld",
    "VoteOpened",
    "VoteResumed",
    "VoteVoided",
    "decode",
    "encode",
    "kind",
    "parse_stamp",
    "stamp",
]


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
        exact = canonical.are_bytes_of(data, wire)  # it has the fields of a fact, and no floats
    except NotCanonical as error:
        raise BadEntry(f"not in canonical form: {error}") from error
    except RecursionError:
        raise BadEntry("nested too deep") from None
    except ValueError as error:
        raise BadEntry(f"not JSON: {error}") from error
    if not exact:
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
