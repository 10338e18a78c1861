"""A camera's recording of a sitting as players ask for it, playlist and manifest, in memory and only added to.

Eight hours are 14,400 segments, 1.6 MB of playlist and 5 MB of manifest, asked for by every player every few seconds:
what is written of a segment stays, and what is new is read on. Where anything but the end has changed (deleted, closed,
found again, moved by a clock that was measured), it is made anew.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import msgspec

import sql
from streaming import index
from streaming.growing import Growing
from streaming.index import Window
from streaming.playlist import Playlist
from streaming.segments import MICROSECOND, Run, Segment, Shown
from streaming.timeline import entry, run_entry

KEPT = 16  # recordings, of some 10 MB each
AT_ONCE = 50  # segments, 2 ms; then others have their turn


@dataclass(frozen=True, slots=True)
class Span:
    """Segments of a run without a hole, which may be shown. `moved_us`: by how much the run's times are to be moved."""

    run_id: str
    first_n: int
    last_n: int
    moved_us: int


class Reel:
    """`posters`: paths below the recordings folder, one a segment."""

    def __init__(self, sitting: str, camera: str) -> None:
        self.sitting, self.camera = sitting, camera
        self.playlist = Playlist()
        self.posters: list[str | None] = []
        self.duration_ms = 0
        self._entries = Growing()
        self._head = _json({"recording": f"{sitting}/{camera}", "camera": camera})[:-1] + b',"segments":['
        self._runs: dict[str, Run] = {}
        self._spans: list[Span] = []

    def missing(self, spans: Sequence[Span]) -> list[tuple[Span, int]] | None:
        """What is to be added for it to have all of them, each with the number to begin from; None: it is to be made
        anew."""
        if len(spans) < len(self._spans):
            return None
        found = []
        for known, span in zip(self._spans, spans, strict=False):
            same = (known.run_id, known.first_n, known.moved_us) == (span.run_id, span.first_n, span.moved_us)
            if not same or span.last_n < known.last_n or (span.last_n > known.last_n and known is not self._spans[-1]):
                return None
            if span.last_n > known.last_n:
                found.append((span, known.last_n + 1))
        return found + [(span, span.first_n) for span in spans[len(self._spans) :]]

    def add(self, run: Run, span: Span, segments: Sequence[Segment | Shown]) -> None:
        """The next ones, which are the last of `span`."""
        self._runs[run.id] = run
        by = span.moved_us * MICROSECOND
        written = []
        for segment in segments:
            at = (segment.started_at + by).isoformat(timespec="microseconds")
            self.playlist.add(run, segment, f"{at[:23]}Z")
            written.append(_json(entry(run, segment, self.duration_ms, f"{at[:26]}Z")))
            self.posters.append(segment.poster_path)
            self.duration_ms += segment.duration_ms
        if written:
            self._entries.add((b"," if self._entries.size else b"") + b",".join(written))
            self._entries.press(self._head)
        if self._spans and (self._spans[-1].run_id, self._spans[-1].first_n) == (span.run_id, span.first_n):
            del self._spans[-1]
        self._spans.append(span)

    def manifest(self, about: dict[str, Any], *, packed: bool = False) -> bytes:
        """JSON: what the player needs to know. about: what is to be told besides. packed: as gzip."""
        runs = [run_entry(run) for run in self._runs.values()]
        tail = b"]," + _json({"duration_ms": self.duration_ms, "runs": runs, **about})[1:]
        return (self._entries.packed if packed else self._entries.text)(self._head, tail)


def _json(value: dict[str, Any]) -> bytes:
    return msgspec.json.encode(value)


def _queries() -> Any:
    return sql.load("stretches")


class Reels:
    """Those asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[asyncio.Lock, Reel]] = OrderedDict()

    async def read(self, conn: asyncpg.Connection, sitting: str, camera: str, window: Window) -> Reel:
        """As much of the recording as the index has now."""
        key = (sitting, camera)
        lock, reel = self._kept.setdefault(key, (asyncio.Lock(), Reel(sitting, camera)))
        async with lock:
            known = self._kept.get(key)
            reel = known[1] if known is not None and known[0] is lock else reel
            spans = await _spans(conn, camera, window)
            if not spans:  # of names that no camera has there are many
                self._kept.pop(key, None)
                return Reel(sitting, camera)
            missing = reel.missing(spans)
            if missing is None:
                reel = Reel(sitting, camera)
                missing = [(span, span.first_n) for span in spans]
            await _read_on(conn, reel, missing)
            self._kept[key] = (lock, reel)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return reel


async def _spans(conn: asyncpg.Connection, camera: str, window: Window) -> list[Span]:
    rows = _queries().spans(conn, camera_id=camera, start_at=window.start, end_at=window.end)
    return [Span(*row) async for row in rows]


async def _read_on(conn: asyncpg.Connection, reel: Reel, missing: Sequence[tuple[Span, int]]) -> None:
    if not missing:
        return
    runs = {run.id: run for run in await index.runs_named(conn, [span.run_id for span, _ in missing])}
    for span, first in missing:
        rows = _queries().numbered(conn, run_id=span.run_id, first_n=first, last_n=span.last_n)
        segments = [Shown._make(row) async for row in rows]
        for i in range(0, len(segments), AT_ONCE):
            some = segments[i : i + AT_ONCE]
            reel.add(runs[span.run_id], replace(span, last_n=some[-1].n), some)
            await asyncio.sleep(0)
