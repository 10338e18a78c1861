"""A sitting as its entries tell it: what the fold (`folder.py`) makes of them for hall, page, vote sheet and audit.

Pure: values. Only the fold changes them; everyone else reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from voting.entries import (
    AgendaPublished,
    CandidateCount,
    Clerk,
    CorrectionNoted,
    DocumentAttached,
    FilmingPaused,
    FilmingResumed,
    FloorGiven,
    FloorRequested,
    FootageDeleted,
    FootageSealed,
    MinutesPublished,
    Relation,
    Requirement,
    Result,
    RollEntry,
    SeatChannel,
    SecretVoteRecorded,
    SittingOpened,
    Source,
    Tally,
    TieDecided,
    VoteOpened,
    VoteVoided,
)
from voting.footage import Coverage

VoteState = Literal["open", "held", "closed", "tied", "announced", "voided"]


@dataclass(slots=True)
class VoteRecord:
    """One named vote. `roll`, `tally`, `result`, `cause` are None until it is closed; once the chair has broken a tie
    `result` is what the chair made it. A vote that was voided keeps what it had."""

    opened: VoteOpened
    opened_seq: int
    state: VoteState = "open"
    held_at: str | None = None  # since when it is held; None: it is not
    left_ms: int | None = None  # of its time limit, as of the last holding or resuming
    closed_at: str | None = None
    closed_seq: int | None = None
    cause: Literal["clerk", "time", "import"] | None = None
    roll: tuple[RollEntry, ...] | None = None
    tally: Tally | None = None
    result: Result | None = None
    counts: tuple[CandidateCount, ...] = ()
    chosen: int | None = None
    entered_by: tuple[Clerk, ...] = ()
    confirmed_by: Clerk | None = None
    tie: TieDecided | None = None
    announced_at: str | None = None
    voided_at: str | None = None
    void_reason: str | None = None
    corrections: list[CorrectionNoted] = field(default_factory=list)
    followed_by: list[int] = field(default_factory=list)  # votes that refer to this one

    @property
    def n(self) -> int:
        return self.opened.n

    @property
    def item(self) -> str | None:
        return self.opened.item

    @property
    def items(self) -> tuple[str, ...]:
        """All items it decides: one, several in a block vote, or none."""
        return (() if self.opened.item is None else (self.opened.item,)) + self.opened.also_items

    @property
    def relation(self) -> Relation | None:
        return self.opened.relation

    @property
    def refers_to(self) -> int | None:
        return self.opened.refers_to

    @property
    def motion(self) -> str:
        return self.opened.motion

    @property
    def motion_sha256(self) -> str:
        return self.opened.motion_sha256

    @property
    def requirement(self) -> Requirement:
        return self.opened.requirement

    @property
    def present(self) -> tuple[str, ...]:
        return self.opened.present

    @property
    def entitled(self) -> tuple[str, ...]:
        return self.opened.entitled

    @property
    def no_record(self) -> tuple[str, ...]:
        return self.opened.no_record

    @property
    def seconds(self) -> int | None:
        return self.opened.seconds

    @property
    def opened_at(self) -> str | None:
        """None: the imported source does not say."""
        return self.opened.at

    @property
    def original_at(self) -> str | None:
        return self.opened.original_at


@dataclass(slots=True)
class SecretRecord:
    """One secret ballot. A void one keeps its totals, which decide nothing."""

    fact: SecretVoteRecorded
    voided: VoteVoided | None = None
    followed_by: list[int] = field(default_factory=list)  # votes that refer to this one

    @property
    def n(self) -> int:
        return self.fact.n

    @property
    def item(self) -> str | None:
        return self.fact.item

    @property
    def motion(self) -> str:
        return self.fact.motion

    @property
    def motion_sha256(self) -> str:
        return self.fact.motion_sha256

    @property
    def result(self) -> Result | None:
        """What it decided; None: it is void."""
        return self.fact.result if self.voided is None else None

    @property
    def relation(self) -> Relation | None:
        return "repeat" if self.fact.repeats is not None else None

    @property
    def refers_to(self) -> int | None:
        return self.fact.repeats

    @property
    def void_reason(self) -> str | None:
        return self.voided.reason if self.voided is not None else None


AnyVote = VoteRecord | SecretRecord


@dataclass(slots=True)
class ItemRecord:
    """An agenda item; `called_at` holds each time it was called."""

    item: str
    title: str
    called_at: list[str | None] = field(default_factory=list)
    called_seq: list[int] = field(default_factory=list)
    votes: list[int] = field(default_factory=list)  # named ones that decide it, alone or in a block
    secret_votes: list[int] = field(default_factory=list)


class Movement(NamedTuple):
    """A member came or went."""

    seq: int
    at: str
    member: str
    arrived: bool
    channel: SeatChannel


@dataclass(slots=True)
class RequestRecord:
    """A request to speak; `given` once the floor was given for it."""

    fact: FloorRequested
    seq: int
    state: Literal["waiting", "given", "withdrawn"] = "waiting"


@dataclass(slots=True)
class SpeechRecord:
    """`used_ms`: spoken until the last pause or the end. `running_since`: None while paused and after the end."""

    fact: FloorGiven
    seq: int
    started_at: str
    running_since: str | None
    paused: bool = False
    used_ms: int = 0
    ended_at: str | None = None


class Seal(NamedTuple):
    seq: int
    fact: FootageSealed


class Deletion(NamedTuple):
    """Of footage."""

    seq: int
    fact: FootageDeleted


@dataclass(slots=True)
class ClosedPart:
    """Filming is paused in it. `ended_at`: None while it lasts; `resumed` stays None if the closing ended it."""

    seq: int
    fact: FilmingPaused
    ended_at: str | None = None
    resumed: FilmingResumed | None = None


@dataclass(slots=True)
class SittingRecord:
    sitting: str
    opened: SittingOpened
    opened_seq: int
    last_seq: int  # of the last entry that is not about footage
    opened_at: str | None
    closed_at: str | None = None
    closed_seq: int | None = None
    items: dict[str, ItemRecord] = field(default_factory=dict)  # in agenda order, withdrawn ones in their place
    withdrawn_items: set[str] = field(default_factory=set)
    current_item: str | None = None
    agenda_versions: list[AgendaPublished] = field(default_factory=list)  # also those from before the opening
    documents: list[DocumentAttached] = field(default_factory=list)
    votes: dict[int, VoteRecord] = field(default_factory=dict)  # named ones, by n
    secret_votes: dict[int, SecretRecord] = field(default_factory=dict)  # by n, one sequence with `votes`
    present: set[str] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)  # ever, in this sitting
    movements: list[Movement] = field(default_factory=list)
    justified: dict[str, str] = field(default_factory=dict)  # member -> why the absence is excused
    chair: str | None = None
    desks: dict[int, str] = field(default_factory=dict)  # desk -> member who sits there now
    recusals: dict[str, dict[str, str | None]] = field(default_factory=dict)  # item -> member -> reason
    requests: dict[int, RequestRecord] = field(default_factory=dict)
    speeches: dict[int, SpeechRecord] = field(default_factory=dict)
    minutes: MinutesPublished | None = None
    seals: list[Seal] = field(default_factory=list)  # of footage
    sealed: Coverage = field(default_factory=Coverage)  # by them
    deletions: list[Deletion] = field(default_factory=list)
    deleted: Coverage = field(default_factory=Coverage)
    withheld: bool = False  # its recording, until it is released
    released_at: str | None = None
    closed_parts: list[ClosedPart] = field(default_factory=list)  # in order
    imported: Source | None = None

    @property
    def members(self) -> tuple[str, ...]:
        """In the sitting's order."""
        return tuple(seated.member for seated in self.opened.members)

    @property
    def all_votes(self) -> dict[int, AnyVote]:
        """Named and secret ones, by n."""
        return {n: self.vote(n) for n in range(1, self.next_vote_n)}

    def vote(self, n: int) -> AnyVote:
        """Raises KeyError for a number that no vote has."""
        return self.votes.get(n) or self.secret_votes[n]

    def repeated_by(self, n: int) -> int | None:
        """The vote, named or secret, that stands in the place of a void one."""
        again = (self.vote(later) for later in self.vote(n).followed_by)
        return next((vote.n for vote in again if vote.relation == "repeat" and vote.void_reason is None), None)

    @property
    def open_vote(self) -> VoteRecord | None:
        """The vote that is open or held now; only the last can be."""
        return self._last_vote_if("open", "held")

    @property
    def tied_vote(self) -> VoteRecord | None:
        """The vote that waits for the chair's casting vote; only the last can."""
        return self._last_vote_if("tied")

    @property
    def next_vote_n(self) -> int:
        """The number of the next vote, named or secret."""
        return len(self.votes) + len(self.secret_votes) + 1

    @property
    def current_speech(self) -> int | None:
        """The speech given last that has not ended; it runs or is paused. An interrupted one is current again when the
        one that interrupted it has ended."""
        return next((n for n in reversed(self.speeches) if self.speeches[n].ended_at is None), None)

    @property
    def running_speech(self) -> int | None:
        """The speech whose time runs; never more than one."""
        current = self.current_speech
        return None if current is None or self.speeches[current].paused else current

    @property
    def closed_part(self) -> ClosedPart | None:
        """The one that lasts: no camera films."""
        last = self.closed_parts[-1] if self.closed_parts else None
        return last if last is not None and last.ended_at is None else None

    def recused(self, items: tuple[str, ...]) -> set[str]:
        """Who has a conflict of interest in any of these items."""
        return {member for item in items for member in self.recusals.get(item, ())}

    def desk_of(self, member: str) -> int | None:
        """Where a member sits now."""
        return next((desk_no for desk_no, seated in self.desks.items() if seated == member), None)

    def _last_vote_if(self, *states: VoteState) -> VoteRecord | None:
        last = self.votes.get(max(self.votes, default=0))
        return last if last is not None and last.state in states else None
