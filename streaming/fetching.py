"""Segments brought back from their archives to the disk, for good; nothing is lost wherever it is broken off.

Each step may be repeated, in this order, and each is durable before the next:

1. the object is read, is what the index has by its SHA-256, and lies on the disk
2. the row says that it has not arrived in the archive: the disk counts
3. the object goes, once no site looks for it there any more
4. the row names no archive

Broken off between 2 and 4 it is what a move is that was broken off: a move ends it the one way, this the other.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import asyncpg

import sql
from streaming.archive import Archive
from streaming.clip import read_whole
from streaming.errors import Altered, BadFootage, NotArchived
from streaming.journal import write_durably
from streaming.moving import Progress, Row, Told

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
STILL_ASKED_S = 5.0  # a site knows for 2 s where a segment lies


def _queries() -> Any:
    return sql.load("archives")


async def archived(conn: asyncpg.Connection, start: datetime, end: datetime) -> list[Row]:
    """Segments with any frame in [start, end) that lie in an archive or are on their way, in the order of capture."""
    return [row async for row in _queries().archived_between(conn, start_at=start, end_at=end)]


async def fetch(
    conn: asyncpg.Connection, recordings: Path, archives: Mapping[str, Archive], rows: Sequence[Row], told: Told
) -> Progress:
    """Rows of `archived`, whose archives are all given. Only under `moving.begin`. Raises ArchiveAway, ArchiveRefused;
    cancelled it leaves what a kill leaves."""
    progress = Progress(len(rows), sum(row["bytes"] for row in rows))
    back: list[Row] = []
    for row in rows:
        try:
            await _bring(recordings, archives[row["archive"]], row)
        except (BadFootage, NotArchived, OSError) as error:
            progress.faults.append(str(error))
            if isinstance(error, OSError) and error.errno in DISK_FULL:
                break  # the next would cost a provider's money and come to nothing
            continue
        if await _queries().back(conn, run_id=row["run_id"], n=row["n"]) is None:  # it was deleted meanwhile
            await asyncio.to_thread((recordings / row["path"]).unlink, missing_ok=True)
            continue
        back.append(row)
        progress.done += 1
        progress.done_bytes += row["bytes"]
        told(progress)
    if back:
        await asyncio.sleep(STILL_ASKED_S)
    for (id_, run_id), own in groupby(back, lambda row: (row["archive"], row["run_id"])):
        few = list(own)
        await archives[id_].remove([row["path"] for row in few])
        await _queries().left(conn, run_id=run_id, numbers=[row["n"] for row in few])
    return progress


async def _bring(recordings: Path, archive: Archive, row: Row) -> None:
    """Raises Altered, NotArchived."""
    name = row["path"]
    try:
        await asyncio.to_thread(read_whole, recordings, name, row["sha256"])
        return  # an earlier command was broken off here
    except BadFootage:
        blocks: list[bytes] = []
    if await archive.fetch(name, row["bytes"], blocks.append) != row["sha256"]:
        raise Altered(f"{name} in archive {archive.id} is not what was recorded")
    await asyncio.to_thread(_write, recordings, name, b"".join(blocks))


def _write(recordings: Path, name: str, data: bytes) -> None:
    path = (recordings / name).resolve()
    if not path.is_relative_to(recordings.resolve()):
        raise BadFootage(f"{name} lies outside the recordings")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_durably(path, data)
    except OSError:
        path.with_name(f"{path.name}.part").unlink(missing_ok=True)
        raise
