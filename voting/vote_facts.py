"""The facts of votes, from opening to announcement and after; the others are in `facts.py`.

Pure. `n` names a vote within its sitting: one sequence over named and secret votes, from 1. What may follow what is in
`vote_event.py` (MOVES) and `record.py`. Law behind the kinds: the rules-of-procedure profiles (`council/profiles`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from voting.values import (
    Ballots,
    Candidate,
    CandidateCount,
    Clerk,
    Count,
    Document,
    Method,
    Number,
    Option,
    Override,
    Relation,
    Requirement,
    Result,
    RollEntry,
    Sha256,
    Subject,
    Tally,
    Time,
)


@dataclass(frozen=True, slots=True)
class VoteOpened:
    """`n` counts the sitting's votes from 1, secret ones too. `present` and `entitled` are the roll at this moment.

    `recused`: of those present, who stands aside in this item. `exception`: they vote all the same, because without
    them there would be no quorum and the law then allows it. `in_quorum`: how many counted for the quorum; None: all
    present. `also_items`: decided by this same vote (`block`). `refers_to`: the vote this one repeats, reconsiders or
    follows, as `relation` says; `reason`: why, for a repeat or a reconsideration."""

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
    recused: tuple[str, ...] = ()
    exception: bool = False
    in_quorum: Count | None = None
    method: Method = "terminal"
    order: Literal["seating", "alphabet"] | None = None  # in which members are called, of a called roll call
    subject: Subject = "motion"
    also_items: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    relation: Relation | None = None
    refers_to: Number | None = None
    reason: str | None = None
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class VoteHeld:
    """Takes no presses until it is resumed; those recorded stand. `left_ms`: of its time limit."""

    at: Time
    n: Number
    left_ms: Count | None


@dataclass(frozen=True, slots=True)
class VoteResumed:
    at: Time
    n: Number
    left_ms: Count | None


@dataclass(frozen=True, slots=True)
class VoteClosed:
    """The roll of all members, its tally and the result, computed once. The roll is in the order of the sitting's
    members. `entered_by`: the clerks who entered answers, in order of their first; `confirmed_by`: of a vote entered by
    hand, one who entered none. `counts`, `chosen`: of a vote on candidates; `chosen` is None if nobody reached
    what was needed."""

    at: Time
    n: Number
    cause: Literal["clerk", "time", "import"]
    roll: tuple[RollEntry, ...]
    tally: Tally
    result: Result
    counts: tuple[CandidateCount, ...] = ()
    chosen: Number | None = None
    entered_by: tuple[Clerk, ...] = ()
    confirmed_by: Clerk | None = None


@dataclass(frozen=True, slots=True)
class TieDecided:
    """The chair's casting vote on a tied vote; it is beside the roll and changes no tally. `member` is the chair,
    `entered_by` who of the staff gave it to the hall."""

    at: Time
    n: Number
    member: str
    option: Option  # for or against
    result: Result
    entered_by: Clerk


@dataclass(frozen=True, slots=True)
class ResultAnnounced:
    at: Time
    n: Number


@dataclass(frozen=True, slots=True)
class VoteVoided:
    """The vote is set aside; its entries remain."""

    at: Time
    n: Number
    reason: str


@dataclass(frozen=True, slots=True)
class SecretVoteRecorded:
    """A secret ballot, taken on paper: its totals and the counting commission's protocol. There is no field that could
    hold who voted, or who was handed a paper. `candidates` are those who stood for election. `repeats`: the void vote,
    secret or by name, in whose place this one stands."""

    at: Time
    n: Number
    item: str | None
    motion: str
    motion_sha256: Sha256
    requirement: Requirement
    ground: str  # its name in the profile
    ground_source: str  # its legal source, in the council's language
    in_quorum: Count
    ballots: Ballots
    for_: Count
    against: Count
    abstain: Count
    candidates: tuple[Candidate, ...]
    counts: tuple[CandidateCount, ...]
    chosen: Number | None
    result: Result
    protocol: Document
    repeats: Number | None = None


@dataclass(frozen=True, slots=True)
class CorrectionNoted:
    """After the announcement a member stated that their vote was meant otherwise. The roll and the tally stay.

    candidate: whom the member meant; None unless candidates stood and one of them was meant."""

    at: Time
    n: Number
    member: str
    recorded: Option
    meant: Option
    statement: str
    noted_by: Clerk
    confirmed_by: Clerk
    candidate: Number | None = None
