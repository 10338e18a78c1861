"""A moment of a sitting, looked up in its recordings when somebody asks.

Nothing of it is stored: a better clock mends every link at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypedDict

import asyncpg

from streaming import index
from streaming.errors import NotRecorded
from streaming.index import Window
from streaming.segments import Marred, Stretch
from streaming.timeline import Accuracy, Flaw, Gap, Sight, flaws, gaps, locate, sight, stamp

LATE = timedelta(seconds=30)  # footage that begins so much after the moment does not show it any more


class Moment(TypedDict):
    """`url` opens the player there. `accuracy`: of `offset_ms`, the place in the recording."""

    recording: str
    offset_ms: int
    accuracy: Accuracy
    url: str


@dataclass(frozen=True)
class Filmed:
    """What was filmed of a sitting, by all cameras. `stretches`: by camera, in the order of capture. `marred`: what of
    it lacks something, and what was deleted."""

    sitting: str
    window: Window
    stretches: tuple[Stretch, ...]
    marred: tuple[Marred, ...] = ()

    @property
    def cameras(self) -> tuple[str, ...]:
        return tuple(self._by_camera)

    @cached_property
    def _by_camera(self) -> dict[str, tuple[list[Stretch], list[Marred]]]:
        """A page asks for hundreds of moments, and a camera that is lost again and again has thousands of stretches."""
        found: dict[str, tuple[list[Stretch], list[Marred]]] = {}
        for stretch in self.stretches:
            found.setdefault(stretch.camera_id, ([], []))[0].append(stretch)
        for one in self.marred:
            if one.camera_id in found:
                found[one.camera_id][1].append(one)
        return found

    def of(self, camera: str) -> Sequence[Stretch]:
        return self._by_camera[camera][0]

    def sights(self, at: datetime) -> list[Sight]:
        """The moment as each camera has it."""
        start, end, closed = self.window.start, self.window.end, self.window.closed
        return [
            sight(camera, film, at, start, end, marred, closed) for camera, (film, marred) in self._by_camera.items()
        ]

    def gaps(self, camera: str, start: datetime, end: datetime) -> list[Gap]:
        film, marred = self._by_camera.get(camera, ([], []))
        return gaps(film, start, end, marred, self.window.closed)

    def flaws(self, camera: str) -> list[Flaw]:
        return flaws(self._by_camera[camera][1])

    def best(self, at: datetime) -> Sight | None:
        """The camera that filmed the moment, or has a picture soonest after it; None: none has within LATE."""
        seen = [(sight.shown_at, sight) for sight in self.sights(at) if sight.shown_at is not None]
        shown_at, sight = min(seen, key=lambda one: one[0], default=(at, None))
        return sight if shown_at - at <= LATE else None


async def filmed(conn: asyncpg.Connection, sitting_id: str) -> Filmed | None:
    """None: there is no such sitting, or its source gives no times."""
    window = await index.sitting_window(conn, sitting_id)
    if window is None or window.start >= window.end:
        return None
    foreign = await index.foreign_cameras(conn, sitting_id)
    stretches = await index.stretches(conn, window.start, window.end)
    marred = await index.marred(conn, window.start, window.end)
    return Filmed(
        sitting_id,
        window,
        tuple(one for one in stretches if one.camera_id not in foreign),
        tuple(one for one in marred if one.camera_id not in foreign),
    )


async def video_at(conn: asyncpg.Connection, sitting_id: str, at: datetime) -> Moment | None:
    """Where `at` is to be seen, by the camera that has it best; None where no camera does (or not yet)."""
    known = await filmed(conn, sitting_id)
    sight = known.best(at) if known is not None else None
    return await place(conn, known, sight, at) if known is not None and sight is not None else None


async def place(conn: asyncpg.Connection, known: Filmed, sight: Sight, at: datetime) -> Moment | None:
    """Where in that camera's recording. None: nothing is filmed from `at` on."""
    found = await index.around(conn, sight.camera, known.window, at, sight.moved_us)
    try:
        segment, offset = locate([segment for segment, _ in found], at)
    except NotRecorded:
        return None
    if sight.accuracy is None:
        return None
    start_ms = next(start for other, start in found if other is segment)
    return {
        "recording": f"{known.sitting}/{sight.camera}",
        "offset_ms": start_ms + offset,
        "accuracy": sight.accuracy,
        "url": f"/sittings/{known.sitting}/video?at={stamp(at)}",
    }
