"""Segments moved from the disk to an archive, so that nothing is lost or half done wherever it is broken off.

Each step may be repeated, in this order, and each is durable before the next:

1. the run's init segment and journal, as far as it is written, lie in the archive
2. the row names the archive: the segment is on its way, and the disk counts
3. the object is written, once, under a name that nobody has; or it is there from before
4. it is read back whole, and its SHA-256 is the one that the index has
5. the row says that it has arrived: whoever reads it takes it from there
6. the file on the disk goes

What stays on the disk are journals, init segments and posters, some 3 %. One move at a time (`begin`); deleted footage
leaves the archive here too, and only here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import asyncpg

import sql
from streaming import journal
from streaming.archive import Archive
from streaming.clip import read_whole
from streaming.errors import Altered, ArchiveRefused, BadFootage, NotArchived, Occupied, StreamingError
from streaming.segments import EPOCH
from streaming.shelf import Cache
from streaming.storage import segment_name

AT_ONCE = 4  # segments under way to an archive
BATCH = 200  # rows that begin their way in one commit
JOURNAL = "journal-{:010}.jsonl"  # a journal's first so many bytes, all of them whole lines: it only ever grows

Row = Mapping[str, Any]
Told = Callable[["Progress"], None]


@dataclass(slots=True)
class Progress:
    """How far a move is. `faults`: sentences, of segments that stay where they are."""

    segments: int
    bytes: int
    done: int = 0
    done_bytes: int = 0
    faults: list[str] = field(default_factory=list)


class Moving(StreamingError):
    """Another command moves footage, or removes it from an archive."""

    code = "moving"


def _queries() -> Any:
    return sql.load("archives")


async def begin(conn: asyncpg.Connection) -> None:
    """One move at a time, for as long as the connection lasts. Raises Moving."""
    if not await _queries().begin(conn):
        raise Moving("another `council footage` command is at work in an archive")


async def movable(conn: asyncpg.Connection, end: datetime, start: datetime = EPOCH) -> list[Row]:
    """Segments with any frame in [start, end) that lie on the disk, in the order of capture."""
    return [row async for row in _queries().movable(conn, start_at=start, end_at=end)]


async def under_way(conn: asyncpg.Connection) -> list[Row]:
    """What an earlier move began with and did not finish."""
    return [row async for row in _queries().under_way(conn)]


async def used(conn: asyncpg.Connection) -> dict[str, tuple[int, int]]:
    """Segments and bytes in each archive that the index names."""
    return {row["archive"]: (row["segments"], row["bytes"]) async for row in _queries().used(conn)}


class Mover:
    """Moves rows of `movable` and `under_way`. Only under `begin`."""

    def __init__(self, conn: asyncpg.Connection, recordings: Path, archive: Archive) -> None:
        self._conn, self._recordings, self._archive = conn, recordings.resolve(), archive
        self._asking = asyncio.Lock()  # a connection answers one at a time

    async def move(self, rows: Sequence[Row], told: Told) -> Progress:
        """told: after each segment. Raises ArchiveAway, ArchiveRefused; cancelled it leaves what a kill leaves."""
        progress = Progress(len(rows), sum(row["bytes"] for row in rows))
        await self._archive.open(used=self._archive.id in await used(self._conn))
        for _, own in groupby(rows, lambda row: row["run_id"]):
            run = list(own)
            await self._keep_run(run[0], progress)
            for at in range(0, len(run), BATCH):
                await self._move_batch(run[at : at + BATCH], progress, told)
        return progress

    async def _keep_run(self, row: Row, progress: Progress) -> None:
        """What a run's segments cannot be played or indexed without."""
        folder = (self._recordings / row["init_path"]).parent
        try:
            init = await asyncio.to_thread(read_whole, self._recordings, row["init_path"], row["init_sha256"])
            notes = await asyncio.to_thread(_whole_lines, folder / journal.NAME)
            await self._archive.put(row["init_path"], init)
            await self._archive.put(f"{Path(row['init_path']).parent}/{JOURNAL.format(len(notes))}", notes)
        except (BadFootage, Occupied, OSError) as error:
            progress.faults.append(f"run {row['run_id']} goes without its journal or init segment: {error}")

    async def _move_batch(self, rows: Sequence[Row], progress: Progress, told: Told) -> None:
        await _queries().send(
            self._conn, run_id=rows[0]["run_id"], numbers=[row["n"] for row in rows], archive=self._archive.id
        )
        few = asyncio.Semaphore(AT_ONCE)

        async def one(row: Row) -> None:
            async with few:
                try:
                    await self._move(row)
                    progress.done += 1
                    progress.done_bytes += row["bytes"]
                except (BadFootage, Occupied, OSError) as error:
                    progress.faults.append(str(error))
                told(progress)

        try:
            async with asyncio.TaskGroup() as group:
                for row in rows:
                    group.create_task(one(row))
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None

    async def _move(self, row: Row) -> None:
        name = row["path"]
        try:
            data = await asyncio.to_thread(read_whole, self._recordings, name, row["sha256"])
            known = not await self._archive.put(name, data)  # and then it has been read back
        except Altered:
            raise
        except BadFootage:
            if row["archive"] is None:
                raise
            known = False  # it may be there from before, if the index was lost meanwhile
        if not known:
            await self._read_back(row)
        async with self._asking:
            arrived = await _queries().arrive(self._conn, run_id=row["run_id"], n=row["n"], archive=self._archive.id)
        if arrived is not None:  # else it was deleted meanwhile: `clear` removes the object
            await asyncio.to_thread((self._recordings / name).unlink, missing_ok=True)

    async def _read_back(self, row: Row) -> None:
        try:
            sha256 = await self._archive.hash(row["path"], row["bytes"])
        except NotArchived as error:
            text = f"{row['path']} is neither on the disk nor in archive {self._archive.id}"
            raise BadFootage(text) from error
        if sha256 != row["sha256"]:
            raise ArchiveRefused(f"archive {self._archive.id} does not keep what it is given: {row['path']} is altered")


async def clear(
    conn: asyncpg.Connection, recordings: Path, archives: Mapping[str, Archive], cache: Cache
) -> tuple[int, list[str]]:
    """What a move or a deletion that was broken off left: files of segments that lie in an archive, objects of deleted
    footage. Says how many went, and what could not. Only under `begin`. Raises ArchiveAway, ArchiveRefused."""
    gone, faults = 0, []
    async for row in _queries().settled(conn):
        gone += await asyncio.to_thread(_unlink_settled, recordings, row["init_path"], row["numbers"])
    doomed = [row async for row in _queries().doomed(conn)]
    for (id_, run_id), own in groupby(doomed, lambda row: (row["archive"], row["run_id"])):
        rows = list(own)
        if id_ not in archives:
            faults.append(f"{len(rows)} deleted segments lie in archive {id_}, which council.toml does not name")
            continue
        cache.forget(row["sha256"] for row in rows)
        await archives[id_].remove([row["path"] for row in rows])
        await _queries().gone(conn, run_id=run_id, numbers=[row["n"] for row in rows])
        gone += len(rows)
    return gone, faults


def _unlink_settled(recordings: Path, init_path: str, numbers: Sequence[int]) -> int:
    folder = (recordings / init_path).resolve().parent
    if not folder.is_relative_to(recordings.resolve()) or not folder.is_dir():
        return 0
    left = {path.name for path in folder.iterdir()}.intersection(segment_name(n) for n in numbers)
    for name in left:
        (folder / name).unlink(missing_ok=True)
    return len(left)


def _whole_lines(path: Path) -> bytes:
    data = path.read_bytes()
    return data[: data.rfind(b"\n") + 1]
