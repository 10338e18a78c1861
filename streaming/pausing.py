"""Closed parts of sittings, as a recorder has to know them: what of a camera is not to be recorded, and the note beside
its recordings by which a recorder that starts without the database stays paused.

A picture is dropped by when it arrived, which is never before it was taken; what a camera still had on its way when
filming was resumed, by GRACE_US, and by its own clock where it tells one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from streaming import fmp4, journal
from streaming.journal import sync_folder, write_durably
from streaming.segments import from_us, to_us

GRACE_US = 500_000
BEHIND_US = 10_000_000  # a camera's clock that is slower than that tells nothing of what was on its way
CLOCK_US = 500_000  # a camera's clock is believed while it is no further off (clock.py)
NOTE = "paused.json"


@dataclass(frozen=True, slots=True)
class Pause:
    """No camera of the body films in [start, end); `end` None: until it is told."""

    start: datetime
    end: datetime | None


def lasting(pauses: Sequence[Pause]) -> Pause | None:
    """The one that lasts."""
    return next((pause for pause in reversed(pauses) if pause.end is None), None)


def dropping(pauses: Sequence[Pause], arrived_us: int, reported_us: int | None) -> Pause | None:
    """The pause because of which what arrived then, and was taken then by the camera's clock, is dropped; None: it is
    not."""
    for pause in reversed(pauses):
        if arrived_us < to_us(pause.start):
            continue
        if pause.end is None:
            return pause
        end_us = to_us(pause.end)
        on_its_way = reported_us is not None and 0 < end_us - reported_us < BEHIND_US
        if arrived_us < end_us + GRACE_US or (on_its_way and arrived_us < end_us + BEHIND_US):
            return pause
    return None


def cut_back(folder: Path, pauses: Sequence[Pause]) -> None:
    """Take out of a run's unfinished files what was filmed in a pause; before `salvage` keeps the rest. When each part
    arrived nobody knows any more: by the run's clock it must lie CLOCK_US before the pause. Raises OSError."""
    known = journal.read(folder / journal.NAME)
    run = known.run
    if run is None or not pauses:
        return
    slack = CLOCK_US if run.clock == "sender_report" else 0
    if not any(pause.end is None or pause.end > run.started_at for pause in pauses):
        return
    at_us, ticks = to_us(run.started_at), 0
    if known.segments:
        at_us, ticks = to_us(known.segments[-1].started_at), known.segments[-1].start_ticks
    for path in sorted(folder.glob("*.m4s.part")):
        data = path.read_bytes()
        end, stop = 0, False
        for piece in fmp4.read_fragments(data):
            began_us = at_us + (piece.start_ticks - ticks) * 1_000_000 // run.timescale
            until_us = began_us + piece.duration_ticks * 1_000_000 // run.timescale + slack
            stop = any(to_us(p.start) < until_us and (p.end is None or began_us < to_us(p.end)) for p in pauses)
            if stop:
                break
            end = piece.end
        if end < len(data):  # of a part that was torn nobody knows when it was filmed
            truncate(path, end)
        if stop:
            remove(folder, path)
            return


def truncate(path: Path, length: int) -> None:
    """Keep so much of an unfinished file; nothing of it: no file."""
    if length <= len(fmp4.SEGMENT_START):
        path.unlink(missing_ok=True)
    else:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(fd, length)
            os.fsync(fd)
        finally:
            os.close(fd)
    sync_folder(path.parent)


def remove(folder: Path, after: Path) -> None:
    """The unfinished files of a run that come after this one."""
    for path in folder.glob("*.m4s.part"):
        if path.name > after.name:
            path.unlink()
    sync_folder(folder)


# --- the note ---------------------------------------------------------------------------------------------------------


def note(folder: Path, pause: Pause | None) -> None:
    """Write down beside a camera's recordings that it is paused, or no longer. Raises OSError."""
    path = folder / NOTE
    if pause is None:
        path.unlink(missing_ok=True)
    else:
        write_durably(path, json.dumps({"start_us": to_us(pause.start)}).encode())
    sync_folder(folder)


def noted(folder: Path) -> tuple[Pause, ...]:
    """What the note says. One that cannot be read pauses too: better no film than one that must not be."""
    try:
        text = (folder / NOTE).read_text()
    except FileNotFoundError:
        return ()
    try:
        return (Pause(from_us(int(json.loads(text)["start_us"])), None),)
    except (ValueError, KeyError, TypeError):
        return (Pause(from_us(0), None),)
