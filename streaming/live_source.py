"""The site's side of live: one line to the recorder for each camera that anybody watches, however many do.

The line is made when the first reader comes, made again for as long as one is there, and let go some time after the
last has left. What it brings is kept in a `Recent` that all readers share.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path

from streaming.live import MESSAGE_BYTES, BadMessage, PartMade, Recent, RunBegun, SegmentCut, Told, understand
from streaming.live_feed import address
from streaming.segments import CAMERA_ID

log = logging.getLogger(__name__)

AGAIN_S = 0.25
LINGER_S = 20.0
LINE_BYTES = 2**20
CAMERAS = 64


class LiveCamera:
    """One camera's newest messages. `connected`: the recorder is there; it may be waiting for the camera."""

    def __init__(self) -> None:
        self.recent = Recent()
        self.connected = False
        self.readers = 0
        self.left_at = 0.0  # by the last reader; monotonic
        self._grew = asyncio.Event()
        self._newest = (-1, -1)

    async def more(self, place: int, seconds: float) -> bool:
        """Wait until there is a message at `place`; False: it did not come in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.recent.end <= place:
                    await self._grew.wait()
        return self.recent.end > place

    def take(self, told: Told) -> None:
        """Told again after the line broke: once is enough."""
        head = told.head
        if isinstance(head, RunBegun):
            if self.recent.run == head.run:
                return
            if self.recent.begun(head.run) is None:
                self._newest = (-1, -1)  # a recorder whose clock was set back numbers from below
        if isinstance(head, PartMade | SegmentCut):
            number = _number(head)
            if number <= self._newest:
                return
            self._newest = number
        self.recent.add(told)
        self.wake()

    def wake(self) -> None:
        grew, self._grew = self._grew, asyncio.Event()
        grew.set()


def _number(head: PartMade | SegmentCut) -> tuple[int, int]:
    return head.seq, head.part if isinstance(head, PartMade) else MESSAGE_BYTES


class LiveSources:
    """All cameras that are watched through this process. folder: as the recorder's `live`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cameras: dict[str, tuple[LiveCamera, asyncio.Task[None]]] = {}

    @contextlib.asynccontextmanager
    async def watch(self, camera_id: str) -> AsyncIterator[LiveCamera]:
        """For as long as one reads it. Raises KeyError for what is no camera's name, or one too many."""
        if not CAMERA_ID.fullmatch(camera_id):
            raise KeyError(camera_id)
        known = self._cameras.get(camera_id)
        if known is None:
            if len(self._cameras) >= CAMERAS:
                raise KeyError(camera_id)
            camera = LiveCamera()
            known = self._cameras[camera_id] = camera, asyncio.create_task(self._keep(camera_id, camera))
        camera = known[0]
        camera.readers += 1
        try:
            yield camera
        finally:
            camera.readers -= 1
            camera.left_at = time.monotonic()

    def known(self, camera_id: str) -> LiveCamera | None:
        """One that is watched, or was a moment ago."""
        known = self._cameras.get(camera_id)
        return known[0] if known is not None else None

    def watched(self) -> list[LiveCamera]:
        return [camera for camera, _ in self._cameras.values()]

    async def close(self) -> None:
        tasks = [task for _, task in self._cameras.values()]
        self._cameras.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, camera_id: str, camera: LiveCamera) -> None:
        """Read what the recorder tells, until nobody has asked for a while."""
        camera.left_at = time.monotonic()
        try:
            await self._follow(camera_id, camera)
        finally:  # whatever ends it, who asks next begins anew
            if self._cameras.get(camera_id, (None,))[0] is camera:
                del self._cameras[camera_id]

    async def _follow(self, camera_id: str, camera: LiveCamera) -> None:
        while camera.readers or time.monotonic() - camera.left_at < LINGER_S:
            try:
                with address(self._folder, camera_id) as path:
                    reader, writer = await asyncio.open_unix_connection(path, limit=LINE_BYTES)
            except OSError:
                await asyncio.sleep(AGAIN_S)
                continue
            try:
                await self._read(reader, camera)
            except (OSError, asyncio.IncompleteReadError):
                log.info("live line ended camera=%s", camera_id)
            except BadMessage as error:
                log.error("live line is not understood camera=%s error=%s", camera_id, error)
            finally:
                camera.connected = False
                camera.wake()
                writer.close()
            await asyncio.sleep(AGAIN_S)

    async def _read(self, reader: asyncio.StreamReader, camera: LiveCamera) -> None:
        camera.connected = True
        camera.wake()
        while camera.readers or time.monotonic() - camera.left_at < LINGER_S:
            size = int.from_bytes(await reader.readexactly(4))
            if size > MESSAGE_BYTES:
                raise BadMessage(f"{size} bytes at once")
            camera.take(understand(await reader.readexactly(size)))
