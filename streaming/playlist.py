"""HTTP Live Streaming playlists of a recording, live and past; and of the newest parts, for low latency.

Pure. Fragmented MP4, one EXT-X-MAP a run, a discontinuity where a run or a piece of one is missing, a date where a
player that counts on from the one before would be wrong. An open recording lists everything since its beginning (type
EVENT), so that its times are those of the manifest; or its last segments. Source: RFC 8216, and its 4.3.3.1 for the
target duration.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from streaming.growing import Growing
from streaming.segments import Span
from streaming.timeline import stamp

CONTENT_TYPE = "application/vnd.apple.mpegurl"
TARGET_S = 2  # of what the recorder cuts; one with longer segments says so
ENDED = b"#EXT-X-ENDLIST\n"
DATED = "#EXT-X-PROGRAM-DATE-TIME:"
PARTED = 3  # segments that are listed part by part

# A segment as a playlist tells it; `started_at` in us since 2000.
CUT = np.dtype([("n", ">i4"), ("start_ticks", ">i8"), ("duration_ticks", ">i8"), ("started_at", ">i8")])
EMPTY = np.empty(0, CUT)
SINCE = np.datetime64("2000-01-01", "h")
SECONDS = [f"{s // 60:02}:{s % 60:02}." for s in range(3600)]  # of an hour: a table is twice as fast as making each
MILLIS = [f"{ms:03}" for ms in range(1000)]


class Playlist:
    """Of a recording, one segment after the other; what was once written of one stays."""

    def __init__(self) -> None:
        self._lines = Growing()
        self._told = array("q")  # when each segment began, in ms since 2000
        self._breaks: list[int] = []  # segments before which something is missing
        self._runs: list[tuple[int, str]] = []  # from which segment on, its run
        self._end = -1  # of the last segment, in ticks of its run
        self._counted = 0  # when its run began, as far as its date says, in ms since 2000
        self._target_s = TARGET_S

    def add(self, spans: Sequence[Span], found: Sequence[NDArray[np.void]]) -> None:
        """The next segments: of each of the spans, as CUT."""
        cuts = np.concatenate([EMPTY, *found])
        if not len(cuts):
            return
        numbers, lengths = cuts["n"].tolist(), cuts["duration_ticks"].tolist()
        lines: list[str] = []
        for span, own in zip(spans, found, strict=True):
            part = slice(len(lines), len(lines) + len(own))
            words = {  # there are few
                length: f"#EXTINF:{length / span.timescale:.6f},\n/video/{span.run_id}/"
                for length in set(lengths[part])
            }
            lines += [f"{words[length]}{n}.m4s\n" for length, n in zip(lengths[part], numbers[part], strict=True)]
        place = np.repeat(np.arange(len(spans)), [len(own) for own in found])
        moved, scale = np.array([(span.moved_us, span.timescale) for span in spans], np.int64)[place].T
        starts, ticks = cuts["start_ticks"].astype(np.int64), cuts["duration_ticks"].astype(np.int64)
        told = (cuts["started_at"] + moved) // 1000
        counted = told - 1000 * starts // scale
        dated = np.diff(counted, prepend=self._counted) != 0
        follows = (starts[1:] == (starts + ticks)[:-1]) & (place[1:] == place[:-1])
        seams = {}
        for i in (0, *(1 + np.flatnonzero(~follows)).tolist()):
            before = self._end if i == 0 else int(starts[i - 1] + ticks[i - 1])
            if seam := self._seam(len(self._told) + i, spans[place[i]].run_id, int(starts[i]), before):
                seams[i], dated[i] = seam, True
        for i, date in zip(np.flatnonzero(dated).tolist(), _dates(told[dated]), strict=True):
            lines[i] = seams.get(i, "") + date + lines[i]
        self._lines.add("".join(lines).encode())
        self._told.frombytes(told.tobytes())
        self._end, self._counted = int(starts[-1] + ticks[-1]), int(counted[-1])
        self._target_s = max(self._target_s, _rounded(float((ticks / scale).max())))

    def _seam(self, k: int, run_id: str, start: int, end: int) -> str:
        """What stands before the segment that is the k-th, where the one before it may be of another run or piece."""
        same = bool(self._runs) and self._runs[-1][1] == run_id
        lines = ""
        if k and not (same and start == end):
            self._breaks.append(k)
            lines = "#EXT-X-DISCONTINUITY\n"
        if not same:
            self._runs.append((k, run_id))
            lines += _map(run_id)
        return lines

    def whole(self, *, ended: bool, packed: bool = False) -> bytes:
        """ended: the recording does not grow any more. packed: as gzip."""
        head = self._head(0) + f"#EXT-X-PLAYLIST-TYPE:{'VOD' if ended else 'EVENT'}\n"
        make = self._lines.packed if packed else self._lines.text
        return make(head.encode(), ENDED if ended else b"")

    def last(self, count: int, *, ended: bool) -> bytes:
        """Only so many segments: a sliding window for a live player."""
        first = max(0, len(self._told) - count)
        if not first:
            return self._lines.text(self._head(0).encode(), ENDED if ended else b"")
        head = self._head(first)
        head += f"#EXT-X-DISCONTINUITY-SEQUENCE:{bisect_right(self._breaks, first)}\n"
        head += _map(self._runs[bisect_right(self._runs, first, key=itemgetter(0)) - 1][1])
        (date,) = _dates(np.array(self._told[first : first + 1]))
        return (head + date).encode() + self._lines.last(b"#EXTINF:", count) + (ENDED if ended else b"")

    def _head(self, first: int) -> str:
        lines = (
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            f"#EXT-X-TARGETDURATION:{self._target_s}",
            f"#EXT-X-MEDIA-SEQUENCE:{first}",
        )
        return "\n".join(lines) + "\n"


def _dates(told: NDArray[np.int64]) -> list[str]:
    """As lines; told: ms since 2000."""
    hours, rest = np.divmod(told, 3_600_000)
    seconds, millis = np.divmod(rest, 1000)
    since = {hour: f"{DATED}{SINCE + hour}:" for hour in set(hours.tolist())}
    return [
        f"{since[hour]}{SECONDS[s]}{MILLIS[ms]}Z\n"
        for hour, s, ms in zip(hours.tolist(), seconds.tolist(), millis.tolist(), strict=True)
    ]


def _rounded(seconds: float) -> int:
    """As the source rounds a length: a half is 1."""
    return int(round(seconds, 6) + 0.5)


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
    target_s = max([TARGET_S, *(_rounded(segment.duration_s) for segment in segments)])
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
