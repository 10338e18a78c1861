"""A sitting as its entries tell it: the one fold behind the hall, the page, the vote sheet and the audit.

Pure. `fold(entries)` reads one sitting's entries in order of `seq` and answers with a `SittingRecord`; a live reader
keeps a `Folder` and feeds it entry by entry. What cannot have happened after what was fed before is a `FoldError` and
leaves the record as it was; whether a vote was counted rightly is for `recount.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from voting.entries import (
    Entry,
    Imported,
    ItemCalled,
    MemberArrived,
    MemberLeft,
    Requirement,
    Result,
    ResultAnnounced,
    RollEntry,
    SittingClosed,
    SittingOpened,
    Source,
    Tally,
    VoteClosed,
    VoteOpened,
)
from voting.errors import FoldError, WrongMove
from voting.vote_event import State, next_state

VoteState = Literal["open", "closed", "announced"]


@dataclass(slots=True)
class VoteRecord:
    """One vote event. `roll`, `tally` and `result` are None until it is closed."""

    n: int
    item: str | None
    motion: str
    motion_sha256: str
    requirement: Requirement
    present: tuple[str, ...]
    entitled: tuple[str, ...]
    no_record: tuple[str, ...]
    seconds: int | None
    opened_at: str | None  # None: the imported source does not say
    original_at: str | None
    opened_seq: int
    state: VoteState = "open"
    closed_at: str | None = None
    closed_seq: int | None = None
    cause: Literal["clerk", "time", "import"] | None = None
    announced_at: str | None = None
    roll: tuple[RollEntry, ...] | None = None
    tally: Tally | None = None
    result: Result | None = None


@dataclass(slots=True)
class ItemRecord:
    """An agenda item; `called_at` holds each time it was called."""

    item: str
    title: str
    called_at: list[str | None] = field(default_factory=list)
    called_seq: list[int] = field(default_factory=list)
    votes: list[int] = field(default_factory=list)


@dataclass(slots=True)
class SittingRecord:
    sitting: str
    opened: SittingOpened
    opened_seq: int
    last_seq: int
    opened_at: str | None
    closed_at: str | None = None
    closed_seq: int | None = None
    items: dict[str, ItemRecord] = field(default_factory=dict)  # in agenda order
    current_item: str | None = None
    votes: dict[int, VoteRecord] = field(default_factory=dict)  # by n
    present: set[str] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)  # ever, in this sitting
    imported: Source | None = None

    @property
    def open_vote(self) -> VoteRecord | None:
        """The vote that is open now; only the last can be."""
        last = self.votes.get(len(self.votes))
        return last if last is not None and last.state == "open" else None


class Folder:
    """The record of one sitting, entry by entry. `record` is None until the sitting has opened."""

    def __init__(self, sitting: str) -> None:
        self.sitting = sitting
        self.record: SittingRecord | None = None
        self._members: tuple[str, ...] = ()
        self._names: frozenset[str] = frozenset()
        self._last_seq = -1

    def feed(self, entry: Entry) -> None:
        """Take the sitting's next entry. Raises FoldError naming its seq, and has then changed nothing."""
        if entry.sitting != self.sitting:
            raise FoldError(entry.seq, f"it belongs to {entry.sitting or 'no sitting'}, not to {self.sitting}")
        if entry.seq <= self._last_seq:
            raise FoldError(entry.seq, f"it comes after entry {self._last_seq}")
        try:
            self._take(entry)
        except WrongMove as error:
            raise FoldError(entry.seq, str(error)) from error
        self._last_seq = entry.seq
        if self.record is not None:
            self.record.last_seq = entry.seq

    def _take(self, entry: Entry) -> None:
        seq, fact, record = entry.seq, entry.fact, self.record
        if isinstance(fact, Imported):  # about a document: may stand anywhere
            return
        if isinstance(fact, SittingOpened):
            self._open(seq, fact)
            return
        if record is None:
            raise FoldError(seq, f"{type(fact).__name__} before the sitting was opened")
        if record.closed_seq is not None:
            raise FoldError(seq, f"{type(fact).__name__} after the sitting was closed")
        match fact:
            case MemberArrived() | MemberLeft():
                self._move(seq, fact, record)
            case ItemCalled():
                item = record.items.setdefault(fact.item, ItemRecord(fact.item, fact.title))
                item.title = fact.title
                item.called_at.append(fact.at)
                item.called_seq.append(seq)
                record.current_item = fact.item
            case VoteOpened():
                self._open_vote(seq, fact, record)
            case VoteClosed():
                self._close_vote(seq, fact, record)
            case ResultAnnounced():
                vote = _vote(seq, fact.n, record)
                vote.state = _after(vote, ResultAnnounced)
                vote.announced_at = fact.at
            case SittingClosed():
                if record.open_vote is not None:
                    raise FoldError(seq, f"SittingClosed while vote {record.open_vote.n} is open")
                record.closed_at, record.closed_seq = fact.at, seq

    def _open(self, seq: int, fact: SittingOpened) -> None:
        if self.record is not None:
            raise FoldError(seq, "the sitting was opened before")
        members = tuple(seated.member for seated in fact.members)
        _unique(seq, "member", members)
        _unique(seq, "agenda item", tuple(point.item for point in fact.agenda))
        self._members, self._names = members, frozenset(members)
        self.record = SittingRecord(
            sitting=self.sitting,
            opened=fact,
            opened_seq=seq,
            last_seq=seq,
            opened_at=fact.at,
            items={point.item: ItemRecord(point.item, point.title) for point in fact.agenda},
            imported=fact.imported,
        )

    def _move(self, seq: int, fact: MemberArrived | MemberLeft, record: SittingRecord) -> None:
        self._known(seq, (fact.member,))
        if isinstance(fact, MemberArrived):
            if fact.member in record.present:
                raise FoldError(seq, f"{fact.member} arrived while present")
            record.present.add(fact.member)
            record.arrived.add(fact.member)
        else:
            if fact.member not in record.present:
                raise FoldError(seq, f"{fact.member} left while not present")
            record.present.remove(fact.member)

    def _open_vote(self, seq: int, fact: VoteOpened, record: SittingRecord) -> None:
        if record.open_vote is not None:
            raise FoldError(seq, f"VoteOpened while vote {record.open_vote.n} is open")
        if fact.n != len(record.votes) + 1:
            raise FoldError(seq, f"vote {fact.n} follows vote {len(record.votes)}")
        if fact.item is not None and fact.item not in record.items:
            raise FoldError(seq, f"vote {fact.n} is on item {fact.item}, which is neither on the agenda nor was called")
        for words, members in (("present", fact.present), ("entitled", fact.entitled), ("no_record", fact.no_record)):
            _unique(seq, words, members)
            self._known(seq, members)
        record.votes[fact.n] = VoteRecord(
            n=fact.n,
            item=fact.item,
            motion=fact.motion,
            motion_sha256=fact.motion_sha256,
            requirement=fact.requirement,
            present=fact.present,
            entitled=fact.entitled,
            no_record=fact.no_record,
            seconds=fact.seconds,
            opened_at=fact.at,
            original_at=fact.original_at,
            opened_seq=seq,
        )
        if fact.item is not None:
            record.items[fact.item].votes.append(fact.n)

    def _close_vote(self, seq: int, fact: VoteClosed, record: SittingRecord) -> None:
        vote = _vote(seq, fact.n, record)
        after = _after(vote, VoteClosed)
        if tuple(line.member for line in fact.roll) != self._members:
            raise FoldError(seq, f"the roll of vote {fact.n} does not list each member once, in the sitting's order")
        vote.state = after
        vote.closed_at, vote.closed_seq, vote.cause = fact.at, seq, fact.cause
        vote.roll, vote.tally, vote.result = fact.roll, fact.tally, fact.result

    def _known(self, seq: int, members: tuple[str, ...]) -> None:
        for member in members:
            if member not in self._names:
                raise FoldError(seq, f"{member} is not a member of this sitting")


def _vote(seq: int, n: int, record: SittingRecord) -> VoteRecord:
    vote = record.votes.get(n)
    if vote is None:
        raise FoldError(seq, f"vote {n} was never opened")
    return vote


def _after(vote: VoteRecord, move: type) -> VoteState:
    return next_state(State(vote.state), vote.n, move).value


def _unique(seq: int, words: str, names: tuple[str, ...]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise FoldError(seq, f"{words}: {twice} is named twice")


def fold(entries: Iterable[Entry]) -> SittingRecord:
    """One sitting's entries, in order of seq, as its record. Raises FoldError naming the first impossible entry;
    ValueError if no sitting opened."""
    folder: Folder | None = None
    for entry in entries:
        if folder is None:
            if entry.sitting is None:
                raise FoldError(entry.seq, "it belongs to no sitting")
            folder = Folder(entry.sitting)
        folder.feed(entry)
    if folder is None or folder.record is None:
        raise ValueError("no sitting opened in these entries")
    return folder.record


def fold_all(entries: Iterable[Entry]) -> dict[str, SittingRecord]:
    """The records of all sittings that opened, by sitting, in order of opening. Entries of no sitting are skipped."""
    folders: dict[str, Folder] = {}
    for entry in entries:
        if entry.sitting is not None:
            folders.setdefault(entry.sitting, Folder(entry.sitting)).feed(entry)
    records = [folder.record for folder in folders.values() if folder.record is not None]
    return {record.sitting: record for record in sorted(records, key=lambda record: record.opened_seq)}
