"""Runs that were broken off, finished: after kill -9, after a power cut, after a full disk.

The same code for each, at the start of a recorder and before recording goes on; only under the camera's lock. Every
step may be repeated. What was written whole is kept; nothing is deleted but a torn end that no player could read.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from streaming import fmp4, journal
from streaming.errors import BadFootage
from streaming.journal import JournalFile, Record, sync_folder
from streaming.pausing import Pause, cut_back, truncate
from streaming.segments import MICROSECOND, Run, RunEnd, Segment, span_ms
from streaming.storage import poster_name, run_folders, segment_name

log = logging.getLogger(__name__)


def recover(
    recordings: Path,
    camera_id: str,
    tell: Callable[[Record], None],
    reason: str = "killed",
    pauses: Sequence[Pause] = (),
) -> None:
    """Finish every run of a camera that has no end: keep its whole parts, journal what is not, end it. pauses: nothing
    filmed in one is kept.

    Only under the camera's lock. Tells every record of such a run, known or new, once it is durable. Raises OSError
    while the disk is full; may be repeated.
    """
    for folder in run_folders(recordings, camera_id):
        path = folder / journal.NAME
        if not path.exists() or _is_ended(path):
            continue
        try:
            cut_back(folder, pauses)
            finish(folder, tell, reason)
        except BadFootage as error:
            log.error("a run cannot be recovered run=%s error=%s", folder.name, error)


def finish(folder: Path, tell: Callable[[Record], None], reason: str) -> None:
    """The same of one run. Raises BadFootage."""
    _recover_run(folder, journal.read(folder / journal.NAME), tell, reason)


def _is_ended(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 400))
        return b'"end": {' in file.read().split(b"\n")[-2:][0]


def _recover_run(folder: Path, known: journal.Journal, tell: Callable[[Record], None], reason: str) -> None:
    run = known.run
    if run is None:
        return  # killed before anything was received: `check` names it
    segments = list(known.segments)
    file = JournalFile(folder / journal.NAME)
    try:
        file.truncate(known.whole_bytes)
        if not known.clocked:
            file.append(journal.clock_line(run.started_at, run.clock))
        tell(run)
        for segment in segments:
            tell(segment)
        while (saved := _salvage(folder, run, segments)) is not None:
            file.append(journal.line("segment", saved))
            segments.append(saved)
            tell(saved)
        end = RunEnd(run.id, segments[-1].ended_at if segments else run.started_at, reason)
        file.append(journal.line("end", end))
        tell(end)
    finally:
        file.close()
    log.warning("run recovered run=%s segments_saved=%d reason=%s", run.id, len(segments) - len(known.segments), reason)


def _salvage(folder: Path, run: Run, segments: list[Segment]) -> Segment | None:
    """The next segment that the journal does not have: from its file, or from the whole parts of its `.part`."""
    n = len(segments)
    path = folder / segment_name(n)
    part = folder / (segment_name(n) + ".part")
    source = path if path.exists() else part
    if not source.exists():
        return None
    data = source.read_bytes()
    parts = fmp4.read_fragments(data)
    if not parts:
        return None
    if source is part:
        data = data[: parts[-1].end]
        truncate(part, len(data))
        part.rename(path)
        sync_folder(folder)
    start = parts[0].start_ticks
    length = sum(piece.duration_ticks for piece in parts)
    known_at, known_ticks = (segments[-1].started_at, segments[-1].start_ticks) if segments else (run.started_at, 0)
    started_at = known_at + (start - known_ticks) * 1_000_000 // run.timescale * MICROSECOND
    name = f"{run.camera_id}/{run.id}"
    return Segment(
        run_id=run.id,
        n=n,
        start_ticks=start,
        duration_ticks=length,
        started_at=started_at,
        duration_ms=max(1, span_ms(start, length, run.timescale)),
        path=f"{name}/{segment_name(n)}",
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        frames=sum(piece.frames for piece in parts),
        poster_path=f"{name}/{poster_name(n)}",
        packets_lost=sum(piece.lost for piece in parts),
        frames_damaged=sum(piece.damaged for piece in parts),
    )
