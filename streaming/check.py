"""Footage held against its index: rows, journals, files, sizes, hashes, times. Reads everything, changes nothing.

Every finding is a sentence and what to do. Faults of one kind in one run are told in one finding.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import asyncpg

from streaming import check_archived, index, journal, storage
from streaming.check_archived import Archives
from streaming.clock import JUMP_US
from streaming.errors import BadFootage
from streaming.findings import GO_ON, RESTORE, Finding
from streaming.segments import CAMERA_ID, MICROSECOND, Run, Segment

OVERLAP = timedelta(milliseconds=50)  # less is what the clock model may move
HIDDEN = timedelta(microseconds=JUMP_US)  # so late all pictures may come without a run by arrival knowing
SEAM = timedelta(seconds=3)  # a key frame is waited for at the beginning
GAPS_TOLD = 10

TELL_INDEX = "Start the recorder (`council record`): it tells the index what the journals have."


@dataclass(slots=True)
class _Run:
    """One run as the index and the journal tell it."""

    id: str
    row: Run | None
    rows: list[Segment]
    journal: journal.Journal | None
    folder: Path
    window: index.Window | None = None  # what lies outside is left alone
    deleted: frozenset[int] = frozenset()  # by an act of the ledger: their rows stay
    found: dict[str, str] = field(default_factory=dict)  # SHA-256 of the files that were read, by path
    there: dict[str, str] = field(default_factory=dict)  # … as the index has it, of what is in an archive, not read
    places: dict[int, tuple[str, bool]] = field(default_factory=dict)  # as `index.archived_numbers` tells them

    def is_archived(self, n: int) -> bool:
        return self.places.get(n, ("", False))[1]

    @property
    def segments(self) -> list[Segment]:
        """The index's and, where it has none, the journal's; by number."""
        known = {segment.n: segment for segment in self.journal.segments} if self.journal else {}
        both = [segment for _, segment in sorted((known | {segment.n: segment for segment in self.rows}).items())]
        kept = [segment for segment in both if segment.n not in self.deleted]
        return kept if self.window is None else [segment for segment in kept if _shows(self.window, segment)]

    @property
    def ended(self) -> bool:
        return bool((self.row and self.row.ended_at) or (self.journal and self.journal.end))


async def check(
    conn: asyncpg.Connection, recordings: Path, *, hashes: bool = True, archives: Archives | None = None
) -> list[Finding]:
    """All cameras. hashes: read every file whole; without, only its size is looked at. archives: what lies in others is
    told as not looked at."""
    findings: list[Finding] = []
    cameras = set(await index.cameras(conn)) | await asyncio.to_thread(_cameras_on_disk, recordings)
    for camera in sorted(cameras):
        findings += await _check_camera(conn, recordings, camera, hashes, archives or Archives())
    return findings or [Finding(True, "Nothing is recorded yet.")]


def _cameras_on_disk(recordings: Path) -> set[str]:
    names = {path.name for path in recordings.iterdir()} if recordings.is_dir() else set()
    return {name for name in names if CAMERA_ID.fullmatch(name) and storage.run_folders(recordings, name)}


async def _check_camera(
    conn: asyncpg.Connection, recordings: Path, camera: str, hashes: bool, archives: Archives
) -> list[Finding]:
    rows = {run.id: run for run in await index.camera_runs(conn, camera)}
    names = sorted(rows.keys() | {folder.name for folder in storage.run_folders(recordings, camera)})
    findings: list[Finding] = []
    runs: list[_Run] = []
    for name in names:
        run, faults = await _read_run(conn, recordings, camera, name, rows.get(name))
        runs.append(run)
        findings += faults
        findings += _against_journal(run)
        findings += await asyncio.to_thread(_on_disk, run, recordings, hashes)
        findings += [*await _in_archives(run, archives), *check_archived.broken_off(run.places, run.deleted, run.id)]
        findings += _inside(run)
    findings += _between(camera, runs)
    if all(finding.ok for finding in findings):
        findings.insert(0, _summary(camera, runs))
    return findings


async def _read_run(
    conn: asyncpg.Connection, recordings: Path, camera: str, name: str, row: Run | None
) -> tuple[_Run, list[Finding]]:
    folder = recordings / camera / name
    segments = await index.run_segments(conn, name) if row else []
    deleted = frozenset(await index.deleted_numbers(conn, name))
    run = _Run(name, row, segments, None, folder, deleted=deleted, places=await index.archived_numbers(conn, name))
    try:
        run.journal = await asyncio.to_thread(journal.read, folder / journal.NAME)
    except FileNotFoundError:
        return run, []
    except BadFootage as error:
        return run, [Finding(False, f"{error}.", RESTORE)]
    return run, []


async def _in_archives(run: _Run, archives: Archives) -> list[Finding]:
    if not run.places:
        return []
    folder = f"{run.folder.parent.name}/{run.id}"
    looked = await check_archived.look(archives, folder, run.segments, run.places)
    run.found |= looked.found
    run.there |= looked.there
    return looked.findings


@dataclass(frozen=True, slots=True)
class Checked:
    """What one camera has of a recording. `found`: SHA-256 of the files as they lie there, by path. `there`: of those
    in an archive whose size alone was looked at, as the index has it."""

    runs: list[Run]
    segments: list[Segment]
    findings: list[Finding]
    found: dict[str, str]
    there: dict[str, str]


async def check_window(
    conn: asyncpg.Connection, recordings: Path, camera: str, window: index.Window, archives: Archives | None = None
) -> Checked:
    """A camera's part of a recording: all files on the disk read whole."""
    known, segments = await index.between(conn, camera, window.start, window.end, hide=())
    findings: list[Finding] = []
    runs, found, there = [], dict[str, str](), dict[str, str]()
    for row in known:
        run, faults = await _read_run(conn, recordings, camera, row.id, row)
        run.window = window
        findings += [*faults, *_against_journal(run)]
        findings += await asyncio.to_thread(list, _files(run, recordings, True))
        findings += await _in_archives(run, archives or Archives())
        findings += _inside(run)
        runs.append(run)
        found |= run.found
        there |= run.there
    findings += [*_between(camera, runs), *_at_ends(camera, runs, window)]
    return Checked(known, segments, findings, found, there)


def _shows(window: index.Window, segment: Segment) -> bool:
    return segment.started_at < window.end and segment.ended_at > window.start


def _against_journal(run: _Run) -> Iterator[Finding]:
    if run.journal is None or run.journal.run is None:
        if run.rows:
            yield Finding(False, f"Run {run.id} has no journal.", RESTORE)
        elif run.journal is None and run.row is None:
            yield Finding(True, f"Run {run.id} was broken off before it held anything.", "Its folder may be removed.")
        return
    noted = {segment.n: segment for segment in run.journal.segments}
    indexed = {segment.n: segment for segment in run.rows}
    if run.row is None and run.journal.clocked:
        yield Finding(False, f"Run {run.id} is on the disk and not in the index.", TELL_INDEX)
    elif untold := noted.keys() - indexed.keys():
        yield Finding(not run.ended, f"Run {run.id}: {_which(untold)} on the disk, not in the index.", TELL_INDEX)
    if unknown := indexed.keys() - noted.keys():
        yield Finding(False, f"Run {run.id}: {_which(unknown)} in the index, not in the journal.", RESTORE)
    if other := {n for n in noted.keys() & indexed.keys() if noted[n] != indexed[n]}:
        text = f"Run {run.id}: the index and the journal differ: {_which(other)} told in two ways."
        yield Finding(False, text, "One of the two was altered after recording. Ask who had access.")
    if run.row and replace(run.row, ended_at=None, end_reason=None) != run.journal.run:
        text = f"Run {run.id}: the index tells its times otherwise than the journal."
        yield Finding(False, text, "One of the two was altered after recording. Ask who had access.")


def _on_disk(run: _Run, recordings: Path, hashes: bool) -> list[Finding]:
    return [*_files(run, recordings, hashes), *_leftovers(run)]


def _files(run: _Run, recordings: Path, hashes: bool) -> Iterator[Finding]:
    """What the index, or else the journal, promises must lie there, byte for byte."""
    first = run.row or (run.journal.run if run.journal else None)
    promised = [(first.init_path, first.init_bytes, first.init_sha256)] if first else []
    promised += [(one.path, one.bytes, one.sha256) for one in run.segments if not run.is_archived(one.n)]
    for name, size, sha256 in promised:
        path = recordings / name
        try:
            if path.stat().st_size != size:
                text = f"{name} has {path.stat().st_size} bytes, {size} were recorded."
                yield Finding(False, text, RESTORE)
            elif hashes and run.found.setdefault(name, sha256_of(path)) != sha256:
                yield Finding(False, f"{name} was altered: its SHA-256 is not the one recorded.", RESTORE)
        except FileNotFoundError:
            yield Finding(False, f"{name} is missing.", RESTORE)
        except OSError as error:
            text = f"{name} cannot be read: {error.strerror}."
            yield Finding(False, text, "Look at the disk and at the folder's permissions.")


def sha256_of(path: Path) -> str:
    """Of a file, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _leftovers(run: _Run) -> Iterator[Finding]:
    """Files that nobody promised."""
    if not run.folder.is_dir():
        return
    promised = {"init.mp4", journal.NAME}
    twice = 0
    for segment in run.segments:
        promised |= {Path(segment.path).name, Path(segment.poster_path or "").name}
        twice += run.is_archived(segment.n) and (run.folder / Path(segment.path).name).exists()
    if twice:
        yield Finding(True, f"Run {run.id}: {twice} segments lie in an archive, and on the disk as well.", GO_ON)
    for path in sorted(run.folder.iterdir()):
        if path.name in promised or (path.name.endswith(".part") and not run.ended):
            continue
        name = f"{run.folder.parent.name}/{run.id}/{path.name}"
        if path.stem.isdigit() and int(path.stem) in run.deleted:
            yield Finding(False, f"{name} should be gone: its footage was deleted.", "Start the hall: it removes it.")
            continue
        if path.name.endswith(".part"):
            text = f"{name} is a piece that was never finished and holds no whole part."
            yield Finding(True, text, "It may be removed.")
        else:
            yield Finding(False, f"{name} belongs to no row of the index.", "Find out who put it there.")


def _inside(run: _Run) -> Iterator[Finding]:
    for before, after in pairwise(run.segments):
        if not run.deleted.isdisjoint(range(before.n, after.n)):
            continue
        if after.start_ticks != before.start_ticks + before.duration_ticks:
            text = f"Run {run.id}: between segments {before.n} and {after.n} something is missing."
            yield Finding(False, text, RESTORE)


def _between(camera: str, runs: Sequence[_Run]) -> Iterator[Finding]:
    """Overlaps are faults; a gap is told with its reason."""
    filmed = [run for run in runs if run.segments]
    gaps = []
    for before, after in pairwise(sorted(filmed, key=lambda run: run.segments[0].started_at)):
        end, start = _end(before), after.segments[0].started_at
        if start < end - (HIDDEN if _by_arrival(before) or _by_arrival(after) else OVERLAP):
            text = f"Camera {camera}: run {after.id} begins {_words(end - start)} before {before.id} ends."
            yield Finding(False, text, "The server's or the camera's clock was set back; see that both keep time.")
        elif start > end:
            reason = before.row.end_reason if before.row else before.journal and before.journal.end
            shown = reason if isinstance(reason, str) else reason.end_reason if reason else "not ended"
            gaps.append(f"Camera {camera}: {_words(start - end)} missing after {end:%Y-%m-%d %H:%M:%S}Z ({shown}).")
    for text in gaps[-GAPS_TOLD:]:
        yield Finding(True, text, "A gap is what the camera did not send; nothing received is missing.")
    if len(gaps) > GAPS_TOLD:
        yield Finding(True, f"Camera {camera}: {len(gaps) - GAPS_TOLD} earlier gaps are not listed.")


def _by_arrival(run: _Run) -> bool:
    known = run.row or (run.journal.run if run.journal else None)
    return known is not None and known.clock == "arrival"


def _at_ends(camera: str, runs: Sequence[_Run], window: index.Window) -> Iterator[Finding]:
    """What was not filmed of a sitting before the first picture and after the last."""
    filmed = [run for run in runs if run.segments]
    if not filmed:
        return
    late = min(run.segments[0].started_at for run in filmed) - (window.start + index.MARGIN)
    last = max(filmed, key=_end)
    early = (window.end - index.MARGIN) - _end(last)
    if late > SEAM:
        yield Finding(True, f"Camera {camera}: recording began {_words(late)} after the sitting was opened.")
    if early > SEAM and not window.open:
        reason = last.row.end_reason if last.row and last.row.end_reason else "not ended"
        text = f"Camera {camera}: recording ended {_words(early)} before the sitting was closed ({reason})."
        yield Finding(True, text)


def _end(run: _Run) -> datetime:
    last = run.segments[-1]
    timescale = next(r.timescale for r in (run.row, run.journal and run.journal.run) if r)
    return last.started_at + last.duration_ticks * 1_000_000 // timescale * MICROSECOND


def _summary(camera: str, runs: Sequence[_Run]) -> Finding:
    segments = [segment for run in runs for segment in run.segments]
    length = timedelta(milliseconds=sum(segment.duration_ms for segment in segments))
    size = sum(segment.bytes for segment in segments) / 1e6
    text = f"Camera {camera}: {len(runs)} runs, {len(segments)} segments, {_words(length)}, {size:.1f} MB, as recorded."
    unread = sum(len(run.there) for run in runs)
    return Finding(True, text, f"Of {unread} of them, in an archive, only the size was looked at." if unread else "")


def _which(numbers: Iterable[int]) -> str:
    ordered = sorted(numbers)
    if len(ordered) == 1:
        return f"segment {ordered[0]} is"
    return f"{len(ordered)} segments ({ordered[0]} to {ordered[-1]}) are"


def _words(length: timedelta) -> str:
    seconds = length.total_seconds()
    if seconds < 60:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"
