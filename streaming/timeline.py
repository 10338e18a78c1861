"""Wall time and recording time: which frame was filmed when.

Pure. A recording is a camera's segments in a sitting, played one after another, gaps closed up. Segments come in the
order of capture. Inside a run they follow each other; between the end of one and the beginning of the next lie at most
the few microseconds that the clock model moved.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from streaming.errors import NotRecorded
from streaming.segments import MICROSECOND, Run, Segment, to_ms


def locate(segments: Sequence[Segment], at: datetime) -> tuple[Segment, int]:
    """Find the moment `at` in a recording.

    segments: one camera's, sorted by started_at, not overlapping; gaps are allowed.
    Returns the segment and the offset into it in ms, 0 <= offset < duration_ms.
    A moment in a gap gives the next segment at 0. Raises NotRecorded past the end."""
    i = bisect_right(segments, at, key=lambda segment: segment.started_at)
    if i:
        segment = segments[i - 1]
        if at < segment.ended_at:
            return segment, min(offset_ms(segment, at), segment.duration_ms - 1)
    if i < len(segments):
        return segments[i], 0
    raise NotRecorded(f"nothing is recorded at {at:%H:%M:%S}")


def offset_ms(segment: Segment, at: datetime) -> int:
    """From a segment's first frame to `at`, rounded to the nearest ms."""
    return ((at - segment.started_at) // MICROSECOND + 500) // 1000


def recording_offset_ms(segments: Sequence[Segment], at: datetime) -> int:
    """The place of `at` in the recording made of all of `segments`, in ms. Raises NotRecorded past the end."""
    segment, offset = locate(segments, at)
    return sum(other.duration_ms for other in segments[: segments.index(segment)]) + offset


def manifest(
    sitting: str, camera: str, runs: Sequence[Run], segments: Sequence[Segment], *, live: bool
) -> dict[str, Any]:
    """What the player needs to know: the recording's segments, where each stands, and their runs.

    `start_ms` is the place in the recording, `media_start_ms` in the segment's run (its decode time)."""
    timescales = {run.id: run.timescale for run in runs}
    entries, start_ms = [], 0
    for segment in segments:
        address = f"/video/{segment.run_id}/{segment.n}"
        entries.append(
            {
                "url": f"{address}.m4s",
                "run": segment.run_id,
                "start_ms": start_ms,
                "media_start_ms": to_ms(segment.start_ticks, timescales[segment.run_id]),
                "duration_ms": segment.duration_ms,
                "started_at": stamp(segment.started_at),
                "sha256": segment.sha256,
                "poster": f"{address}.jpg" if segment.poster_path else None,
            }
        )
        start_ms += segment.duration_ms
    return {
        "recording": f"{sitting}/{camera}",
        "camera": camera,
        "live": live,
        "duration_ms": start_ms,
        "runs": [
            {
                "id": run.id,
                "codec": run.codec,
                "init": f"/video/{run.id}/init.mp4",
                "timescale": run.timescale,
                "width": run.width,
                "height": run.height,
                "clock": run.clock,
                "started_at": stamp(run.started_at),
            }
            for run in runs
        ],
        "segments": entries,
    }


def stamp(at: datetime) -> str:
    """RFC 3339 UTC with milliseconds."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
