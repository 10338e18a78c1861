"""Runs and segments: what the index says about footage, and how both are named.

Pure. A run is one unbroken capture of a camera; a segment is one file of it. The tables `run` and `segment` mirror
these classes field by field; `migrations/0001_house.sql` holds the units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

Clock = Literal["sender_report", "arrival"]
State = Literal["recording", "waiting", "paused", "connecting", "lost", "disk_full", "stopped"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

CAMERA_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}-[0-9]{8}T[0-9]{9}Z")


@dataclass(frozen=True, slots=True)
class Run:
    """`started_at` is the wall time of media time 0; `clock` says whose clock told it."""

    id: str
    camera_id: str
    started_at: datetime
    clock: Clock
    codec: str
    width: int
    height: int
    timescale: int
    init_path: str
    init_bytes: int
    init_sha256: str
    ended_at: datetime | None = None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """`start_ticks` is media time in the run; `started_at` the wall time of the first frame by the run's clock then.
    `packets_lost` never came; `frames_damaged` lack something: each is marked in the file (fmp4.py)."""

    run_id: str
    n: int
    start_ticks: int
    duration_ticks: int
    started_at: datetime
    duration_ms: int
    path: str
    bytes: int
    sha256: str
    frames: int
    poster_path: str | None
    packets_lost: int = 0
    frames_damaged: int = 0

    @property
    def ended_at(self) -> datetime:
        return self.started_at + timedelta(milliseconds=self.duration_ms)


@dataclass(frozen=True, slots=True)
class Span:
    """Segments of a run without a hole, which may be shown. `moved_us`: by how much the run's times are to be moved."""

    run_id: str
    first_n: int
    last_n: int
    moved_us: int
    timescale: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Segments of one run that follow each other without a hole. `end_reason`: of the run. Where the run's clock was
    measured (measured.py), the times are moved already, by `moved_us`."""

    camera_id: str
    run_id: str
    clock: Clock
    end_reason: str | None
    started_at: datetime
    ended_at: datetime
    moved_us: int | None = None
    within_us: int | None = None


@dataclass(frozen=True, slots=True)
class Marred:
    """A segment whose pictures lack something, or that was deleted by an act of the ledger."""

    camera_id: str
    started_at: datetime
    ended_at: datetime
    packets_lost: int
    frames_damaged: int
    deleted: bool


@dataclass(frozen=True, slots=True)
class ClosedPart:
    """Nobody is shown what was filmed in [start, end), if anything was; `end` None: it lasts. `reason`: in the
    council's words, with their source."""

    start: datetime
    end: datetime | None
    reason: str = ""
    source: str | None = None

    def covers(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class RunEnd:
    """Why and when a run ended. Reasons: stopped, dropped, silent, garbage, parameters, timestamps, gap, clock_jump,
    no_key_frame (for too long), sender_report (a better clock came), paused (a closed part), disk_full, disk_error,
    failed, killed (found at the next start)."""

    run_id: str
    ended_at: datetime
    end_reason: str


@dataclass(frozen=True, slots=True)
class CameraState:
    """What the console shows of a camera. `message` is '' or why: absent, refused, not_found, not_rtsp, not_h264,
    garbage, silent, dropped, failed (lost); no_key_frame (connecting, lost); clock_off (recording, by the server's
    clock); h265 (recording what most browsers cannot play), or a fault of health.py (recording); disk_full, disk_error
    (state disk_full: the disk takes no writes). `packets_lost`: since the recorder began."""

    camera_id: str
    state: State
    since_at: datetime
    last_frame_at: datetime | None
    bitrate_bps: int | None
    disk_free_bytes: int | None
    message: str
    packets_lost: int = 0
    last_key_at: datetime | None = None


def from_us(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND


def to_us(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def to_ms(ticks: int, timescale: int) -> int:
    """Ticks in ms, rounded to the nearest; times rounded so, never lengths, so that lengths add up."""
    return (2000 * ticks + timescale) // (2 * timescale)


def span_ms(start_ticks: int, duration_ticks: int, timescale: int) -> int:
    """A segment's length in ms: the difference of its rounded ends."""
    return to_ms(start_ticks + duration_ticks, timescale) - to_ms(start_ticks, timescale)


def run_id(camera_id: str, started_us: int) -> str:
    """'hall-1-20171122T102623140Z': the camera and when it began, to the millisecond."""
    at = from_us(started_us)
    return f"{camera_id}-{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03}Z"
