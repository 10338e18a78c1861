"""What the facts of a sitting are made of: options, results, requirements, lines of a roll.

Pure: values without behaviour. Every type here can be written into the ledger and read back (`codec.py`). Times are
strings, RFC 3339 UTC with milliseconds ("2017-11-22T08:17:51.000Z"): testimony, never order.
Words: GLOSSARY; Popolo for options, results and requirements.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from voting.codec import AtLeast, Form

_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SITTING = re.compile(r"[a-z0-9][a-z0-9-]{0,126}")


def stamp(at: datetime) -> str:
    """An aware moment as "2017-11-22T08:17:51.000Z": UTC, whole milliseconds, the rest cut off."""
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"


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
PublicKey = Annotated[
    str, Form(lambda text: re.fullmatch("[0-9a-f]{64}", text) is not None, "an Ed25519 key, 64 hexadecimal digits")
]
Signature = Annotated[
    str, Form(lambda text: re.fullmatch("[A-Za-z0-9+/]{86}==", text) is not None, "an Ed25519 signature in base64")
]
Count = Annotated[int, AtLeast(0)]
Number = Annotated[int, AtLeast(1)]

Channel = Literal["terminal", "called", "entered"]  # how an option came: by key, said aloud, entered by two clerks
Method = Literal["terminal", "called", "entered"]  # how a whole vote is taken
Subject = Literal[
    "motion", "procedural", "amendment", "as_amended", "block", "alternative", "candidates"
]  # what is put to the vote
Relation = Literal["repeat", "reconsideration", "as_amended", "alternative"]  # to the vote it refers to
FloorKind = Literal["speech", "reply", "question", "point_of_order"]
SeatChannel = Literal["terminal", "card", "pin", "console"]  # how somebody registers or takes a seat


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
    TIED = "tied"  # the chair has the casting vote: until TieDecided


class Base(StrEnum):
    """What a requirement counts from."""

    SEATS = "seats"
    IN_OFFICE = "in_office"
    PRESENT = "present"
    CAST = "cast"  # votes for and against
    VOTED = "voted"  # votes for, against and abstaining


@dataclass(frozen=True, slots=True)
class Requirement:
    """What adoption needs: `for` strictly more than (or at least) numerator/denominator of the base."""

    rule: str  # the rule's name in the profile: "majority_of_seats"
    base: Base
    numerator: Number
    denominator: Number
    strict: bool  # True: more than the fraction; False: at least the fraction
    seats: Count  # the body's seats by law
    needed: Count  # votes for that suffice, worked out at opening; for `cast` and `voted` only the closing says
    quorum: Count  # members who must be present
    source: str  # the legal source, in the council's language
    tie: Literal["rejected", "chair"] = "rejected"  # as many against as for, on base `cast`: who decides


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
class Clerk:
    """One of the staff as they were known when they acted: `staff` is the id they signed in with. Papers and pages name
    them by `name`, which is here because nobody who reads the ledger later has the hall's staff."""

    staff: str
    name: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file by its name and the SHA-256 of its bytes; the file itself is not in the ledger."""

    name: str
    sha256: Sha256
    bytes_: Count


@dataclass(frozen=True, slots=True)
class AgendaPoint:
    """`consent`: put to the vote in one block with the others that are."""

    item: str  # stable within the sitting: "1", "2", "7a"
    title: str
    consent: bool = False
    drafts: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """What the hall warned of and a clerk overrode: codes of `council/guard.py` ("no_quorum"), why, and who did."""

    reason: str
    over: tuple[str, ...]
    by: Clerk


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of those to choose from; `candidate` counts from 1 and is the key on the terminal."""

    candidate: Number
    name: str


@dataclass(frozen=True, slots=True)
class CandidateCount:
    candidate: Number
    votes: Count


@dataclass(frozen=True, slots=True)
class RollEntry:
    """One member's final option. `boot` and `n` name the press that stood; None for passive options and imports.

    `candidate`: whom the option `for` chose, in a vote on candidates. `terminal` and `signature`: of a press by key;
    whoever has the export can check it with the key of TerminalEnrolled (`signed.py`)."""

    member: str
    option: Option
    boot: str | None = None
    n: Number | None = None
    recorded_at: Time | None = None
    candidate: Number | None = None
    channel: Channel | None = None
    terminal: str | None = None
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class Ballots:
    """Papers of a secret ballot, as the counting commission's protocol gives them."""

    issued: Count
    found: Count
    invalid: Count
