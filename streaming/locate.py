"""A moment of a sitting, looked up in its recordings when somebody asks.

Nothing of it is stored: a better clock mends every link at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

import asyncpg

from streaming import index
from streaming.errors import NotRecorded
from streaming.index import Window
from streaming.segments import Marred, Stretch
from streaming.timeline import Accuracy, Flaw, Gap, Sight, flaws, gaps, locate, sights, stamp

LATE = timedelta(seconds=30)  # footage that begins so much after the moment does not show it any more


class Moment(TypedDict):
    """`url` opens the player there. `accuracy`: of `offset_ms`, the place in the recording."""

    recording: str
    offset_ms: int
    accuracy: Accuracy
    url: str


@dataclass(frozen=True, slots=True)
class Filmed:
    """What was filmed of a sitting, by all cameras. `stretches`: by camera, in the order of capture. `marred`: what of
    it lacks something, and what was deleted."""

    sitting: str
    window: Window
    stretches: tuple[Stretch, ...]
    marred: tuple[Marred, ...] = ()

    @property
    def cameras(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(stretch.camera_id for stretch in self.stretches))

    def of(self, camera: str) -> tuple[Stretch, ...]:
        return tuple(stretch for stretch in self.stretches if stretch.camera_id == camera)

    def sights(self, at: datetime) -> list[Sight]:
        """The moment as each camera has it."""
        return sights(self.stretches, at, self.window.start, self.window.end, self.marred, self.window.closed)

    def gaps(self, camera: str, start: datetime, end: datetime) -> list[Gap]:
        marred = [one for one in self.marred if one.camera_id == camera]
        return gaps(self.of(camera), start, end, marred, self.window.closed)

    def flaws(self, camera: str) -> list[Flaw]:
        return flaws([one for one in self.marred if one.camera_id == camera])

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
