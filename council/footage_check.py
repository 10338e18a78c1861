"""A sitting's footage proved: what lies on the disk held against the index and against the seals in the ledger.

Reads everything, changes nothing. Findings are those of `streaming/check.py`, each a sentence and what to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sql
from council.footage import STALE
from streaming import index
from streaming.check import Checked, check_window, sha256_of
from streaming.check_archived import Archives
from streaming.findings import Finding
from streaming.segments import Segment
from streaming.storage import segment_name
from voting import ledger
from voting.entries import FootageDeleted, FootageSealed, SittingOpened, decode, parse_stamp, stamp
from voting.folder import fold
from voting.footage import Coverage, seal_root
from voting.record import SittingRecord

UNSEALED = timedelta(minutes=1) + STALE  # older footage has had its time to be sealed
KEEP = "Stop the hall, keep disk and database as evidence, and look for a copy that agrees with the seal."
FIND_AGAIN = (
    "Start the recorder: it tells the index what the journals have; `council footage recover` does so of an archive. "
    "What is missing after that was taken away: keep disk and database as evidence, and look for a copy."
)
RUN_HALL = "The hall seals each minute: see that it runs, then check again."


async def check_marks(conn: Any) -> list[Finding]:
    """Nobody sees footage that is marked as deleted: an act of the ledger must have deleted it."""
    deleted, found = await _deleted(conn), []
    async for row in sql.load("seals").marked(conn):
        hidden = [n for n in row["numbers"] if not deleted.any_of(row["run_id"], n, 1)]
        if hidden:
            text = f"Run {row['run_id']}: {len(hidden)} segments from {hidden[0]} on are marked as deleted by no act."
            found.append(Finding(False, text, "The index was altered: ask who had access, and take the mark away."))
    return found


async def check_sealed(conn: Any) -> list[Finding]:
    """The index has something of each seal: who can write disk and index could make as if nothing was filmed."""
    rows = [row async for row in sql.load("seals").unknown(conn)]
    return [
        _lost(row["run_id"], row["segments"], stamp(row["started_at"]), stamp(row["ended_at"]), row["seq"])
        for row in rows
    ]


async def _deleted(conn: Any) -> Coverage:
    """By all acts of the ledger: two sittings may show the same footage."""
    deleted = Coverage()
    async for row in sql.load("seals").deletions(conn):
        fact = decode(row["body"].encode()).fact
        if isinstance(fact, FootageDeleted):
            deleted.delete(fact)
    return deleted


async def check_sitting(
    conn: Any, recordings: Path, sitting: str, now: datetime, archives: Archives | None = None
) -> list[Finding]:
    """Every camera of a sitting: rows, files, times, seals."""
    window = await index.sitting_window(conn, sitting, withheld=True)
    if window is None:
        return [Finding(False, f"There is no sitting {sitting}.", "Its id is in the address of its page.")]
    entries = await ledger.read(conn, sitting)
    own = [(entry.seq, entry.fact) for entry in entries if isinstance(entry.fact, FootageSealed)]
    foreign = await index.foreign_cameras(conn, sitting) - {seal.camera for _, seal in own}
    filmed_by = await index.cameras_between(conn, window.start, window.end, hide=())
    acts = [(entry.seq, entry.fact) for entry in entries if isinstance(entry.fact, FootageDeleted)]
    findings = [*await check_marks(conn), *(_deletion(seq, fact) for seq, fact in acts)]
    deleted, filmed, seen = await _deleted(conn), list[Segment](), set[int]()
    for camera in (camera for camera in filmed_by if camera not in foreign):
        checked = await check_window(conn, recordings, camera, window, archives)
        seals = await _seals(conn, checked)
        seen.update(seq for seq, _ in seals)
        whole = await asyncio.to_thread(_held, recordings, checked, seals, deleted)
        faults = [*checked.findings, *whole, *_unsealed(camera, checked.segments, seals, now)]
        if all(finding.ok for finding in faults):
            findings.append(_summary(camera, checked, seals))
        findings += faults
        filmed += checked.segments
    findings += _unknown([(seq, seal) for seq, seal in own if seq not in seen], deleted)
    if any(isinstance(entry.fact, SittingOpened) for entry in entries):
        findings += _closed_parts(fold(entries), filmed)
    return findings or [Finding(True, f"Nothing was recorded of sitting {sitting}.")]


def _closed_parts(record: SittingRecord, segments: Sequence[Segment]) -> Iterator[Finding]:
    """Each with why there is no film of it; and whether some was taken nevertheless."""
    for part in record.closed_parts:
        fact, ended = part.fact, part.ended_at or "now"
        why = fact.reason + (f" ({fact.source})" if fact.source else "")
        yield Finding(
            True, f"Filming was paused from {fact.at} to {ended} by {fact.by.name} (entry {part.seq}): {why}."
        )
        late = [one for one in segments if _in_part(one, fact.at, part.ended_at)]
        if late:
            names = ", ".join(sorted({one.run_id for one in late}))
            text = f"{len(late)} segments were filmed in that closed part ({names}): a recorder had not heard of it."
            yield Finding(True, text, "Nobody is shown them. They may be deleted once their term is over.")
        before = [one for one in segments if one not in late and _in_part(one, fact.since, fact.at)]
        if before and fact.since < fact.at:
            yield Finding(True, f"{len(before)} segments since {fact.since} are kept and shown to nobody.")


def _in_part(segment: Segment, start: str, end: str | None) -> bool:
    return segment.ended_at > parse_stamp(start) and (end is None or segment.started_at < parse_stamp(end))


def _deletion(seq: int, fact: FootageDeleted) -> Finding:
    count = sum(part.count for part in fact.parts)
    by = f" by {fact.by.name}" if fact.by else ""
    return Finding(True, f"{count} segments were deleted at {fact.at}{by} (ledger entry {seq}): {fact.reason}.")


async def _seals(conn: Any, checked: Checked) -> list[tuple[int, FootageSealed]]:
    """All that cover a segment, each with its seq; as the ledger has them, whose bytes are checked as they are read."""
    segments = {(segment.run_id, segment.n) for segment in checked.segments}
    rows = sql.load("seals").seals_of(conn, run_ids=[run.id for run in checked.runs])
    sittings = {row["sitting_id"] async for row in rows}
    entries = [entry for name in sorted(sittings) for entry in await ledger.read(conn, name)]
    return [
        (entry.seq, entry.fact)
        for entry in entries
        if isinstance(entry.fact, FootageSealed)
        and any((entry.fact.run, n) in segments for n in range(entry.fact.first, entry.fact.first + entry.fact.count))
    ]


def _held(
    recordings: Path, checked: Checked, seals: Sequence[tuple[int, FootageSealed]], deleted: Coverage
) -> list[Finding]:
    return list(_roots(recordings, checked, seals, deleted))


def _roots(
    recordings: Path, checked: Checked, seals: Sequence[tuple[int, FootageSealed]], deleted: Coverage
) -> Iterator[Finding]:
    """Computed from the files, whatever the index says of them."""
    rows = {(segment.run_id, segment.n): segment for segment in checked.segments}
    for seq, seal in seals:
        if deleted.any_of(seal.run, seal.first, seal.count):
            text = (
                f"Camera {seal.camera}, {seal.from_} to {seal.to} (ledger entry {seq}): a part was deleted by an act."
            )
            yield Finding(True, text, "The rest is held against the index alone.")
            continue
        folder = f"{seal.camera}/{seal.run}"
        names = [f"{folder}/{segment_name(n)}" for n in range(seal.first, seal.first + seal.count)]
        words = f"Camera {seal.camera}, {seal.from_} to {seal.to} (ledger entry {seq})"
        try:
            init, *hashes = [
                checked.found.get(name) or checked.there.get(name) or sha256_of(recordings / name)
                for name in (f"{folder}/init.mp4", *names)
            ]
        except OSError as error:
            missing = Path(error.filename).relative_to(recordings)
            text = f"{words}: the seal cannot be computed without {missing}."
            yield Finding(False, text, "Restore it from a backup; the vote records are not affected.")
            continue
        if init != seal.init:
            yield Finding(False, f"{words}: {folder}/init.mp4 is not the file that was sealed.", KEEP)
        elif seal_root(seal.run, seal.first, hashes).hex() != seal.root:
            yield Finding(
                False, f"{words}: the files are not those that were sealed. {_which(rows, seal, hashes)}", KEEP
            )


def _unknown(seals: Sequence[tuple[int, FootageSealed]], deleted: Coverage) -> Iterator[Finding]:
    """Sealed, and no row has anything of it; where an act deleted a part, that is what is told."""
    runs: dict[str, list[tuple[int, FootageSealed]]] = {}
    for seq, seal in seals:
        if not deleted.any_of(seal.run, seal.first, seal.count):
            runs.setdefault(seal.run, []).append((seq, seal))
    for run, own in runs.items():
        yield _lost(run, sum(seal.count for _, seal in own), own[0][1].from_, own[-1][1].to, own[0][0])


def _lost(run: str, segments: int, start: str, end: str, seq: int) -> Finding:
    text = f"Run {run}: {segments} segments, {start} to {end}, are sealed (ledger entry {seq}), and not in the index."
    return Finding(False, text, FIND_AGAIN)


def _which(rows: dict[tuple[str, int], Segment], seal: FootageSealed, hashes: Sequence[str]) -> str:
    """As far as the index can tell: it may have been altered with the files."""
    numbers = range(seal.first, seal.first + seal.count)
    recorded = [rows[seal.run, n].sha256 if (seal.run, n) in rows else "" for n in numbers]
    altered = [n for n, row, own in zip(numbers, recorded, hashes, strict=True) if row != own]
    if altered and seal_root(seal.run, seal.first, recorded).hex() == seal.root:
        return f"Altered: {', '.join(f'{seal.camera}/{seal.run}/{segment_name(n)}' for n in altered)}."
    last = segment_name(numbers[-1])
    return f"The index was altered too: it is one of {seal.run}/{segment_name(seal.first)} to {last}."


def _unsealed(
    camera: str, segments: Sequence[Segment], seals: Sequence[tuple[int, FootageSealed]], now: datetime
) -> Iterator[Finding]:
    covered = {(seal.run, n) for _, seal in seals for n in range(seal.first, seal.first + seal.count)}
    bare = [segment for segment in segments if (segment.run_id, segment.n) not in covered]
    old = [segment for segment in bare if now - segment.ended_at > UNSEALED]
    if old:
        text = f"Camera {camera}: {len(old)} segments from {old[0].started_at:%H:%M:%S}Z on are in no seal."
        yield Finding(False, text, RUN_HALL)
    elif bare:
        yield Finding(True, f"Camera {camera}: {len(bare)} segments of the last minutes are still to be sealed.")


def _summary(camera: str, checked: Checked, seals: Sequence[tuple[int, FootageSealed]]) -> Finding:
    size = sum(segment.bytes for segment in checked.segments) / 1e6
    minutes = sum(segment.duration_ms for segment in checked.segments) / 60_000
    text = (
        f"Camera {camera}: {len(checked.segments)} segments in {len(checked.runs)} runs, {minutes:.1f} min, {size:.1f} "
        f"MB, as recorded; {len(seals)} seals in the ledger computed again from the files."
    )
    if checked.there:
        advice = f"{len(checked.there)} lie in an archive, in their size; with --whole each is read. Until then their "
        return Finding(True, text, advice + "hashes are the index's.")
    return Finding(True, text)
