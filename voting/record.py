"""A sitting as its entries tell it: the one fold behind the hall, the page, the vote sheet and the audit.

Pure. `fold(entries)` reads one sitting's entries in order of `seq` and answers with a `SittingRecord`; a live reader
keeps a `Folder` and feeds it entry by entry.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from voting.entries import Requirement, Result, RollEntry, SittingOpened, Source, Tally


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
    state: Literal["open", "closed", "announced"] = "open"
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
    called_at: list[str] = field(default_factory=list)
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
