"""What papers are made from, read from the database: a sitting's entries and the checkpoint that covers them.

Reads only; the roles `public` and `hall` may.
"""

from __future__ import annotations

from typing import Any

import sql
from council.papers.chronicle import Chronicle, chronicle
from council.papers.seal import Seal
from council.words import DEFAULT
from voting import ledger
from voting.entries import Entry, SittingClosed, SittingOpened, encode, stamp
from voting.tree import leaf_hash

queries = sql.load("papers")


async def read(connection: Any, sitting: str) -> Chronicle | None:
    """A sitting as it stands in the ledger; None before it was opened, or if there is none of this name."""
    entries = tuple(await ledger.read(connection, sitting=sitting))
    if not any(isinstance(entry.fact, SittingOpened) for entry in entries):
        return None
    return chronicle(entries)


async def seal_for(connection: Any, told: Chronicle, n: int | None) -> Seal | None:
    """For the sheet of vote `n`: the first checkpoint that covers all that was said of it, so that the same vote is
    always proved by the same one; its leaf is the entry that closed it. None: for the minutes, of the sitting's last
    entry that is not about footage; the leaves are its opening and its closing."""
    if n is not None:
        return await seal(connection, told.last_seq_of(n), (told.entry_of(n),))
    ends = tuple(entry for entry in told.entries if isinstance(entry.fact, SittingOpened | SittingClosed))
    return await seal(connection, told.record.last_seq, ends)


async def seal(connection: Any, seq: int, leaves: tuple[Entry, ...]) -> Seal | None:
    row = await queries.checkpoint_covering(connection, seq=seq)
    if row is None:
        return None
    return Seal(
        origin=row["note"].partition("\n")[0],
        size=row["tree_size"],
        root=row["root_hash"].hex(),
        signed_at=stamp(row["signed_at"]),
        leaves=tuple((entry.seq, leaf_hash(encode(entry)).hex()) for entry in leaves),
    )


async def tongue(connection: Any, told: Chronicle) -> str:
    """The council's own language, of titles and names; the default for a body that is not in the database."""
    return await queries.body_locale(connection, body=told.record.opened.body) or DEFAULT
