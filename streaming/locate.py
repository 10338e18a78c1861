"""A moment of a sitting, looked up in its recordings when somebody asks.

Nothing of it is stored: a better clock mends every link at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypedDict

import asyncpg

from streaming import index
from streaming.errors import NotRecorded
from streaming.timeline import locate, stamp

LATE = timedelta(seconds=30)  # footage that begins so much after the moment does not show it any more


class Moment(TypedDict):
    """`url` opens the player there."""

    recording: str
    offset_ms: int
    url: str


async def video_at(
    conn: asyncpg.Connection,
    sitting_id: str,
    at: datetime,
    *,
    camera_id: str | None = None,
    name: str | None = None,
) -> Moment | None:
    """Where `at` is to be seen, by the first camera that has it; None where no camera does (or not yet).

    name: what the address calls the moment: 'vote-17'; without it the time itself."""
    window = await index.sitting_window(conn, sitting_id)
    if window is None or window.start >= window.end:
        return None
    names = [camera_id] if camera_id else await index.cameras_between(conn, window.start, window.end)
    for camera in names:
        found = await index.around(conn, camera, window, at)
        try:
            segment, offset = locate([segment for segment, _ in found], at)
        except NotRecorded:
            continue
        if segment.started_at - at > LATE:
            continue
        start_ms = next(start for other, start in found if other is segment)
        return {
            "recording": f"{sitting_id}/{camera}",
            "offset_ms": start_ms + offset,
            "url": f"/sittings/{sitting_id}/video?at={name or stamp(at)}",
        }
    return None
