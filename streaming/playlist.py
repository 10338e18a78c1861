"""HTTP Live Streaming playlists of a recording, live and past; and of the newest parts, for low latency.

Pure. Fragmented MP4, one EXT-X-MAP a run, a discontinuity where a run or a piece of one is missing. An open recording
lists everything since its beginning (type EVENT), so that its times are those of the manifest; or its last segments.
Source: RFC 8216, and its 4.3.3.1 for the target duration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import ceil

from streaming.segments import Run, Segment
from streaming.timeline import stamp

CONTENT_TYPE = "application/vnd.apple.mpegurl"
TARGET_S = 2  # of what the recorder cuts; one with longer segments says so
PARTED = 3  # segments that are listed part by part


def playlist(runs: Sequence[Run], segments: Sequence[Segment], *, ended: bool, last: int | None = None) -> str:
    """ended: the recording does not grow any more. last: only so many segments, a sliding window for a live player."""
    timescales = {run.id: run.timescale for run in runs}
    breaks = [False] + [not _follows(before, after) for before, after in pairwise(segments)]
    first = 0 if last is None else max(0, len(segments) - last)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f"#EXT-X-TARGETDURATION:{max([TARGET_S, *(round(s.duration_ms / 1000) for s in segments)])}",
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
    ]
    if first:
        lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{sum(breaks[: first + 1])}")
    elif last is None:
        lines.append(f"#EXT-X-PLAYLIST-TYPE:{'VOD' if ended else 'EVENT'}")
    run_id = None
    for i in range(first, len(segments)):
        segment = segments[i]
        if breaks[i] and i > first:
            lines.append("#EXT-X-DISCONTINUITY")
        if segment.run_id != run_id:
            run_id = segment.run_id
            lines.append(f'#EXT-X-MAP:URI="/video/{run_id}/init.mp4"')
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{stamp(segment.started_at)}")
        lines.append(f"#EXTINF:{segment.duration_ticks / timescales[run_id]:.6f},")
        lines.append(f"/video/{run_id}/{segment.n}.m4s")
    if ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def _follows(before: Segment, after: Segment) -> bool:
    return before.run_id == after.run_id and before.start_ticks + before.duration_ticks == after.start_ticks


@dataclass(frozen=True, slots=True)
class LiveSegment:
    """One of the newest, with its parts; the last may still be written. `seq` counts on through all runs, `breaks`
    counts those. `parts`: length in seconds, and whether it begins with a key frame."""

    seq: int
    breaks: int
    run_id: str
    n: int
    started_at: datetime
    parts: tuple[tuple[float, bool], ...]
    whole: bool

    @property
    def duration_s(self) -> float:
        return sum(length for length, _ in self.parts)


def live_playlist(segments: Sequence[LiveSegment], *, goes_on: bool) -> str:
    """Low latency: parts, and the next one promised. segments: at least one, following each other by `seq`. goes_on:
    the run of the last does. Source: draft-pantos-hls-rfc8216bis."""
    # in steps of 20 ms: the source wants parts nearly as long as they may be
    part_s = ceil(50 * max(length for segment in segments for length, _ in segment.parts)) / 50
    target_s = max([TARGET_S, *(ceil(segment.duration_s - 0.5) for segment in segments)])
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:9",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f"#EXT-X-TARGETDURATION:{target_s}",
        f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={3 * part_s:.2f},HOLD-BACK={3 * target_s}",
        f"#EXT-X-PART-INF:PART-TARGET={part_s:.2f}",
        f"#EXT-X-MEDIA-SEQUENCE:{segments[0].seq}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{segments[0].breaks}",
    ]
    run_id = None
    for i, segment in enumerate(segments):
        address = f"/video/{segment.run_id}/{segment.n}"
        if segment.run_id != run_id:
            lines += ["#EXT-X-DISCONTINUITY"] if run_id is not None else []
            run_id = segment.run_id
            lines.append(f'#EXT-X-MAP:URI="/video/{run_id}/init.mp4"')
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{stamp(segment.started_at)}")
        if i >= len(segments) - PARTED:
            for part, (length, key) in enumerate(segment.parts):
                independent = ",INDEPENDENT=YES" if key else ""
                lines.append(f'#EXT-X-PART:DURATION={length:.6f},URI="{address}.{part}.m4s"{independent}')
        if segment.whole:
            lines += [f"#EXTINF:{segment.duration_s:.6f},", f"{address}.m4s"]
    last = segments[-1]
    if goes_on:
        n, part = (last.n + 1, 0) if last.whole else (last.n, len(last.parts))
        lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="/video/{last.run_id}/{n}.{part}.m4s"')
    return "\n".join(lines) + "\n"
