"""What stands around a chamber and its console watches: cameras, the disk of the recordings, the clock, the ledger."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sql
from council.chamber import Chamber
from council.clock import Clock
from council.equipment import CameraReading, Readings, has_stopped, is_recording, lines
from council.state_parts import CameraStop
from voting.entries import parse_stamp

_READ = ("state", "since_at", "updated_at", "message", "bitrate_bps", "packets_lost", "last_key_at")


@dataclass(frozen=True, slots=True)
class HallCamera:
    """A camera of the body's hall, as table camera_state knows it."""

    id: str
    name: str
    body: str


class Surroundings:
    def __init__(self, clock: Clock, recordings: Path | None, cameras: Sequence[HallCamera]) -> None:
        self._clock = clock
        self._recordings = recordings
        self._cameras = cameras
        self._readings: dict[str, CameraReading] = {}

    async def read(self, connection: Any) -> None:
        """Of the cameras what the database knows."""
        names = {camera.id: camera.name for camera in self._cameras}
        self._readings = {
            row["camera_id"]: CameraReading(name=names[row["camera_id"]], **{k: row[k] for k in _READ})
            async for row in sql.load("hall").camera_states(connection, cameras=list(names))
        }

    def tell(self, chamber: Chamber, enrolled: frozenset[int]) -> None:
        """Give the chamber its equipment's lines, the desks that have a terminal, and the camera that is recording."""
        now, plan = self._clock.now(), chamber.data.plan
        own = [camera for camera in self._cameras if camera.body == plan.body.id]
        read = [self._readings.get(camera.id) or CameraReading(camera.name, None, None, None) for camera in own]
        since = chamber.not_written_since
        readings = Readings(
            cameras=read,
            disk_free_bytes=_free_bytes(self._recordings),
            clock_back_ms=self._clock.stepped_ms if self._clock.stepped_back() else 0,
            entries=chamber.entries,
            not_written_s=None if since is None else time.monotonic() - since,
            waiting=chamber.waiting,
            desks_turned_away=chamber.connected.turned_away(),
        )
        local = now.astimezone(ZoneInfo(plan.body.timezone))
        live = next((c.id for c, one in zip(own, read, strict=True) if is_recording(one, now)), None)
        closed = chamber.data.record.closed_part if chamber.data.record is not None else None
        cameras: tuple[CameraStop, ...] = ()
        if closed is not None:
            live = next((c.id for c, one in zip(own, read, strict=True) if one.state == "paused"), None)
            if plan.mode != "rehearsal":
                told = parse_stamp(closed.fact.at)
                cameras = tuple(CameraStop(one.name, has_stopped(one, told, now)) for one in read)
        chamber.equip(lines(readings, now, f"{local:%H:%M:%S}"), enrolled, live, cameras)


def _free_bytes(folder: Path | None) -> int | None:
    """Of the folder, or of where it will be made."""
    for there in (folder, *folder.parents) if folder is not None else ():
        with suppress(OSError):
            return shutil.disk_usage(there).free
    return None
