"""HTTP Live Streaming playlists of a recording, live and past.

Pure. Fragmented MP4, one EXT-X-MAP a run, a discontinuity where a run or a piece of one is missing. An open recording
lists everything since its beginning (type EVENT), so that its times are those of the manifest; or its last segments.
Source: RFC 8216, and its 4.3.3.1 for the target duration.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from streaming.segments import Run, Segment
from streaming.timeline import stamp

CONTENT_TYPE = "application/vnd.apple.mpegurl"
TARGET_S = 2  # of what the recorder cuts; one with longer segments says so


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
