"""A recording's manifest: JSON with each segment's place, time and hash, which the player needs to know.

Pure. What was once written of a segment stays; about the whole is told at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from streaming.growing import Growing
from streaming.segments import MICROSECOND, Run, Span, to_ms
from streaming.timeline import stamp


class Told(NamedTuple):
    """Of a Segment, what a manifest tells. `span`: a place in a list of spans."""

    span: int
    n: int
    start_ticks: int
    started_at: datetime
    duration_ms: int
    sha256: str
    has_poster: bool
    packets_lost: int
    frames_damaged: int


class Entry(msgspec.Struct):
    """A segment. `start_ms` is the place in the recording; `start_ticks` in the segment's run (its decode time),
    `media_start_ms` the same in ms, rounded. `packets_lost` and `frames_damaged` stand where something was lost.
    `started_at`: RFC 3339 with microseconds."""

    url: str
    run: str
    start_ms: int
    start_ticks: int
    media_start_ms: int
    duration_ms: int
    started_at: str
    sha256: str
    poster: str | None
    packets_lost: int | UnsetType = UNSET
    frames_damaged: int | UnsetType = UNSET


class Manifest:
    """Of a recording, one segment after the other. `duration_ms`: of all of them."""

    def __init__(self, sitting: str, camera: str) -> None:
        self.duration_ms = 0
        self._entries = Growing()
        self._head = _json({"recording": f"{sitting}/{camera}", "camera": camera})[:-1] + b',"segments":['
        self._runs: dict[str, Run] = {}

    def add(self, spans: Sequence[Span], runs: Iterable[Run], segments: Iterable[Told]) -> None:
        """The next ones. runs: those of `spans`, in order."""
        entries = []
        for one in segments:
            span = spans[one.span]
            at = (one.started_at + span.moved_us * MICROSECOND).isoformat(timespec="microseconds")
            address = f"/video/{span.run_id}/{one.n}"
            torn = bool(one.packets_lost or one.frames_damaged)
            entries.append(
                Entry(
                    url=f"{address}.m4s",
                    run=span.run_id,
                    start_ms=self.duration_ms,
                    start_ticks=one.start_ticks,
                    media_start_ms=to_ms(one.start_ticks, span.timescale),
                    duration_ms=one.duration_ms,
                    started_at=f"{at[:26]}Z",
                    sha256=one.sha256,
                    poster=f"{address}.jpg" if one.has_poster else None,
                    packets_lost=one.packets_lost if torn else UNSET,
                    frames_damaged=one.frames_damaged if torn else UNSET,
                )
            )
            self.duration_ms += one.duration_ms
        self._runs |= {run.id: run for run in runs}
        if entries:
            self._entries.add((b"," if self._entries.size else b"") + msgspec.json.encode(entries)[1:-1])
            self._entries.press(self._head)

    def whole(self, about: dict[str, Any], *, packed: bool = False) -> bytes:
        """about: what is to be told besides. packed: as gzip."""
        runs = [_run(run) for run in self._runs.values()]
        tail = b"]," + _json({"duration_ms": self.duration_ms, "runs": runs, **about})[1:]
        return (self._entries.packed if packed else self._entries.text)(self._head, tail)


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "codec": run.codec,
        "init": f"/video/{run.id}/init.mp4",
        "timescale": run.timescale,
        "width": run.width,
        "height": run.height,
        "clock": run.clock,
        "started_at": stamp(run.started_at),
    }


def _json(value: dict[str, Any]) -> bytes:
    return msgspec.json.encode(value)
