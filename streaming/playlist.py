"""HTTP Live Streaming playlists of a recording, live and past; and of the newest parts, for low latency.

Pure. Fragmented MP4, one EXT-X-MAP a run, a discontinuity where a run or a piece of one is missing. An open recording
lists everything since its beginning (type EVENT), so that its times are those of the manifest; or its last segments.
Source: RFC 8216, and its 4.3.3.1 for the target duration.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from operator import itemgetter

from streaming.growing import Growing
from streaming.segments import Run, Segment, Shown
from streaming.timeline import stamp

CONTENT_TYPE = "application/vnd.apple.mpegurl"
TARGET_S = 2  # of what the recorder cuts; one with longer segments says so
ENDED = b"#EXT-X-ENDLIST\n"
DATED = "#EXT-X-PROGRAM-DATE-TIME:"
PARTED = 3  # segments that are listed part by part


class Playlist:
    """Of a recording, one segment after the other; what was once written of one stays."""

    def __init__(self) -> None:
        self._lines = Growing()
        self._starts = array("Q")  # where each segment's lines begin
        self._breaks: list[int] = []  # segments before which something is missing
        self._runs: list[tuple[int, str]] = []  # from which segment on, its run
        self._end = -1  # of the last segment, in ticks of its run
        self._target_s = TARGET_S

    def add(self, run: Run, segment: Segment | Shown, at: str) -> None:
        """The next segment, of `run`. at: when it began, RFC 3339."""
        lines, same = [], bool(self._runs) and self._runs[-1][1] == run.id
        if self._starts and not (same and segment.start_ticks == self._end):
            self._breaks.append(len(self._starts))
            lines.append("#EXT-X-DISCONTINUITY\n")
        if not same:
            self._runs.append((len(self._starts), run.id))
            lines.append(_map(run.id))
        seconds = segment.duration_ticks / run.timescale
        self._target_s = max(self._target_s, round(segment.duration_ms / 1000))
        lines.append(f"{DATED}{at}\n#EXTINF:{seconds:.6f},\n/video/{run.id}/{segment.n}.m4s\n")
        self._end = segment.start_ticks + segment.duration_ticks
        self._starts.append(self._lines.size)
        self._lines.add("".join(lines).encode())

    def whole(self, *, ended: bool, packed: bool = False) -> bytes:
        """ended: the recording does not grow any more. packed: as gzip."""
        head = self._head(0) + f"#EXT-X-PLAYLIST-TYPE:{'VOD' if ended else 'EVENT'}\n"
        make = self._lines.packed if packed else self._lines.text
        return make(head.encode(), ENDED if ended else b"")

    def last(self, count: int, *, ended: bool) -> bytes:
        """Only so many segments: a sliding window for a live player."""
        first = max(0, len(self._starts) - count)
        head = self._head(first)
        lines = self._lines.since(self._starts[first]) if self._starts else b""
        if first:
            head += f"#EXT-X-DISCONTINUITY-SEQUENCE:{bisect_right(self._breaks, first)}\n"
            head += _map(self._runs[bisect_right(self._runs, first, key=itemgetter(0)) - 1][1])
            lines = lines[lines.index(DATED.encode()) :]
        return head.encode() + lines + (ENDED if ended else b"")

    def _head(self, first: int) -> str:
        lines = (
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            f"#EXT-X-TARGETDURATION:{self._target_s}",
            f"#EXT-X-MEDIA-SEQUENCE:{first}",
        )
        return "\n".join(lines) + "\n"


def _map(run_id: str) -> str:
    return f'#EXT-X-MAP:URI="/video/{run_id}/init.mp4"\n'


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
