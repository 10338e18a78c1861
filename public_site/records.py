"""Sittings and the ledger as this process has read them: folded once, then only what is new.

The only place where the site turns ledger bytes into records. A sitting's entries are hashed and decoded as they are
read, so `sound` says whether what is stored is still what was hashed. Nothing here writes.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from asyncpg import Connection

import sql
from council.papers.chronicle import Chronicle
from voting.entries import Entry, decode
from voting.folder import Folder
from voting.record import SittingRecord
from voting.tree import Tree

KEPT = 64  # sittings folded in memory

queries = sql.load("public")


@dataclass(slots=True)
class KeptSitting:
    """`folder.record` is None until the sitting has been opened. Owned by `Records`; pages only read it, and never
    across an await."""

    folder: Folder
    entries: list[Entry] = field(default_factory=list)
    leaf_hashes: dict[int, bytes] = field(default_factory=dict)
    last_seq: int = -1
    altered: int | None = None  # the first entry whose bytes are not what was hashed
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def record(self) -> SittingRecord | None:
        return self.folder.record

    def chronicle(self, record: SittingRecord) -> Chronicle:
        """What papers and histories are made of."""
        return Chronicle(record, tuple(self.entries))


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The newest checkpoint, and whether the hashes stored add up to the root it signs."""

    size: int
    root: bytes
    note: str
    signed_at: datetime
    matches: bool


class Records:
    """One public process's memory of the ledger."""

    def __init__(self) -> None:
        self._sittings: OrderedDict[str, KeptSitting] = OrderedDict()
        self._tree = Tree()
        self._tree_lock = asyncio.Lock()
        self._checked: LedgerView | None = None

    async def sitting(self, connection: Connection, sitting: str) -> KeptSitting:
        """All the ledger says of a sitting now. One query, which is empty most of the time."""
        kept = self._sittings.get(sitting)
        if kept is None:
            kept = KeptSitting(Folder(sitting))
        async with kept.lock:
            async for row in queries.entries_after(connection, sitting=sitting, after=kept.last_seq):
                body = row["body"].encode()
                if hashlib.sha256(b"\x00" + body).digest() != row["leaf_hash"] and kept.altered is None:
                    kept.altered = row["seq"]
                entry = decode(body)
                kept.folder.feed(entry)
                kept.entries.append(entry)
                kept.leaf_hashes[row["seq"]] = row["leaf_hash"]
                kept.last_seq = row["seq"]
        if kept.record is not None:  # a made-up address must not push real sittings out
            self._sittings[sitting] = kept
            self._sittings.move_to_end(sitting)
            while len(self._sittings) > KEPT:
                self._sittings.popitem(last=False)
        return kept

    async def ledger(self, connection: Connection) -> LedgerView | None:
        """The newest checkpoint, checked against the hashes of every entry before it. None for an empty ledger."""
        async with self._tree_lock:
            row = await queries.checkpoint(connection)
            if row is None:
                return None
            if self._checked is None or self._checked.size != row["tree_size"]:
                while self._tree.size < row["tree_size"]:
                    before = self._tree.size
                    async for leaf in queries.ledger_after(connection, after=before - 1, until=row["tree_size"]):
                        self._tree.append(leaf["leaf_hash"])
                    if self._tree.size == before:
                        break
                self._checked = LedgerView(
                    size=row["tree_size"],
                    root=row["root_hash"],
                    note=row["note"],
                    signed_at=row["signed_at"],
                    matches=self._tree.size == row["tree_size"] and self._tree.root == row["root_hash"],
                )
            return self._checked
