"""An index that was lost, or a disk, made again from what an archive has.

Journals and init segments that are not on the disk come back to it; what they tell goes into the index, as the recorder
tells it; and segments that the archive has and the disk has not are known to lie there. May be repeated.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import asyncpg

import sql
from streaming import index, journal
from streaming.archive import NAME, Archive
from streaming.errors import BadFootage
from streaming.journal import write_durably
from streaming.storage import segment_name

SNAPSHOT = re.compile(r"journal-[0-9]{10}\.jsonl")


@dataclass(slots=True)
class Recovered:
    """runs: whose journal came back to the disk. `faults`: sentences."""

    runs: int = 0
    records: int = 0
    segments: int = 0
    faults: list[str] = field(default_factory=list)


async def recover(
    record: asyncpg.Connection, hall: asyncpg.Connection, recordings: Path, archive: Archive
) -> Recovered:
    """record, hall: by role; the hall's under `moving.begin`. Raises ArchiveAway, ArchiveRefused."""
    recovered = Recovered()
    runs: dict[str, dict[str, int]] = {}
    for path, size in (await archive.sizes()).items():
        if NAME.fullmatch(path):
            runs.setdefault(str(PurePosixPath(path).parent), {})[PurePosixPath(path).name] = size
    for folder, names in sorted(runs.items()):
        try:
            known = await _journal(recordings, archive, folder, names, recovered)
            recovered.records += await _tell(record, known)
            await _find(hall, recordings, archive.id, folder, names, recovered)
        except (BadFootage, OSError) as error:
            recovered.faults.append(f"{folder}: {error}")
    return recovered


async def _journal(
    recordings: Path, archive: Archive, folder: str, names: Mapping[str, int], recovered: Recovered
) -> journal.Journal:
    """The disk's; else the longest that the archive has, and then it comes back with the init segment."""
    path = recordings / folder / journal.NAME
    if not path.exists():
        snapshots = [name for name in names if SNAPSHOT.fullmatch(name)]
        if not snapshots or "init.mp4" not in names:
            raise BadFootage(f"archive {archive.id} has neither its journal nor its init segment")
        notes = await archive.read(f"{folder}/{max(snapshots)}")
        init = await archive.read(f"{folder}/init.mp4")
        await asyncio.to_thread(_bring_back, path, notes, init)
        recovered.runs += 1
    return await asyncio.to_thread(journal.read, path)


def _bring_back(path: Path, notes: bytes, init: bytes) -> None:
    """The journal last: with it the run is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    trial = path.with_name("recovered.part")
    trial.write_bytes(notes)
    try:
        known = journal.read(trial)
    finally:
        trial.unlink()
    if known.run is None or known.run.init_sha256 != hashlib.sha256(init).hexdigest():
        raise BadFootage("the init segment in the archive is not the one of its journal")
    own = f"{known.run.camera_id}/{known.run.id}"
    strange = any((one.run_id, one.path) != (known.run.id, f"{own}/{segment_name(one.n)}") for one in known.segments)
    if strange or not path.parent.match(own) or known.run.init_path != f"{own}/init.mp4":
        raise BadFootage("the journal in the archive tells of another run")
    write_durably(path.with_name("init.mp4"), init)
    write_durably(path, notes)


async def _tell(record: asyncpg.Connection, known: journal.Journal) -> int:
    """What the index lacks."""
    if known.run is None:
        return 0
    there = {segment.n for segment in await index.run_segments(record, known.run.id)}
    async with record.transaction():
        for one in known.records:
            await index.insert(record, one)
    return sum(segment.n not in there for segment in known.segments)


async def _find(
    hall: asyncpg.Connection,
    recordings: Path,
    archive: str,
    folder: str,
    names: Mapping[str, int],
    recovered: Recovered,
) -> None:
    queries, found = sql.load("archives"), []
    run_id = PurePosixPath(folder).name
    async for row in queries.run_files(hall, run_id=run_id):
        size = names.get(PurePosixPath(row["path"]).name)
        if size is None or row["arrived"] or await asyncio.to_thread((recordings / row["path"]).exists):
            continue
        if size == row["bytes"]:
            found.append(row["n"])
        else:
            recovered.faults.append(
                f"{row['path']} in archive {archive} has {size} bytes, {row['bytes']} were recorded"
            )
    if found:
        await queries.find(hall, run_id=run_id, numbers=found, archive=archive)
        recovered.segments += len(found)
