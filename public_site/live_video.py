"""`/live/video?sitting=…&camera=…`: the live picture, part by part, on a websocket.

A reader gets the init segment and the parts since the newest key frame, then each part as the camera's recorder has
written it; messages as streaming/live.py makes them, the same bytes for everybody. One who falls behind goes on at the
next key frame; one who does not read at all is cut off. Readers say nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request as Handshake

from public_site.site import Site
from public_site.wording import stamp
from streaming.index import Window
from streaming.live import PartMade, RunBegun, RunOver
from streaming.live_source import LiveCamera
from streaming.live_window import Windows, over, within

READERS = 2000
CONNECT_S = 1.5  # the recorder's socket answers at once, or there is none
BEHIND_US = 3_000_000  # of film that a reader has not taken
STUCK_S = 10.0  # so long a reader may not read
QUIET_S = 1.5  # without a part: the page says so

OVER, UNKNOWN, REFUSED, NO_FEED = 4410, 4404, 4415, 4503  # why the line is closed; the page knows what to do
UNPLAYABLE = ("hvc1", "hev1")  # H.265: most browsers cannot
TALKED, FULL = 1008, 1013


class VideoSocket(WebSocketsSansIOProtocol):
    """uvicorn's websocket, which also lets the application cut a line whose other side does not read."""

    def handle_connect(self, event: Handshake) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            cast(dict[str, Any], self.scope["extensions"])["hlasno.abort"] = self.transport.abort


# How uvicorn must serve it: `uvicorn.Config(build(settings), **UVICORN)`.
UVICORN: dict[str, Any] = {"ws": VideoSocket, "ws_max_size": 1024, "ws_per_message_deflate": False}


class LiveVideo:
    """The readers of one public process."""

    def __init__(self, site: Site, windows: Windows) -> None:
        self._site, self._windows = site, windows
        self.readers = 0
        self._bodies: dict[str, str] = {}  # by sitting

    async def endpoint(self, websocket: WebSocket) -> None:
        if not self._own_page(websocket):
            await websocket.close()  # 403
            return
        await websocket.accept()
        if self.readers >= READERS:
            await websocket.close(FULL)
            return
        self.readers += 1
        try:
            await self._serve(websocket)
        finally:
            self.readers -= 1

    def _own_page(self, websocket: WebSocket) -> bool:
        """Not in a page of somebody else; programs tell no origin."""
        origin = websocket.headers.get("origin")
        if origin is None:
            return True
        own = {websocket.headers.get("host", "").lower(), urlsplit(self._site.settings.url or "").netloc.lower()}
        return urlsplit(origin).netloc.lower() in own - {""}

    async def _serve(self, websocket: WebSocket) -> None:
        writing = asyncio.create_task(self._write(websocket))
        hearing = asyncio.create_task(websocket.receive())
        try:
            await asyncio.wait((writing, hearing), return_when=asyncio.FIRST_COMPLETED)
            if writing.done():
                await websocket.close(writing.result())
            elif hearing.result()["type"] == "websocket.receive":
                await websocket.close(TALKED)
        except TimeoutError:
            websocket.scope["extensions"].get("hlasno.abort", lambda: None)()
        except WebSocketDisconnect:
            pass
        finally:
            for task in (writing, hearing):
                task.cancel()
            await asyncio.gather(writing, hearing, return_exceptions=True)

    async def _write(self, websocket: WebSocket) -> int:
        """Returns the code to close with. Raises TimeoutError for a reader that does not read."""
        sitting, camera = (websocket.query_params.get(name, "") for name in ("sitting", "camera"))
        sources, window = self._site.live, await self._windows.get(sitting)
        if window is None or not await self.films(sitting, camera):
            return UNKNOWN
        if over(window):
            return OVER
        if sources is None:
            return NO_FEED
        with contextlib.suppress(KeyError):
            async with sources.watch(camera) as live:
                return await _Reader(websocket, live, self._windows, sitting).run()
        return UNKNOWN

    async def films(self, sitting: str, camera: str) -> bool:
        """Where it is told which camera films whom, no other one shows the sitting."""
        cameras = self._site.settings.cameras
        if not cameras:
            return True
        if sitting not in self._bodies:
            async with self._site.pool.acquire() as connection:
                self._bodies[sitting] = await connection.fetchval("select body_id from sitting where id = $1", sitting)
        return camera in self._site.cameras(self._bodies[sitting])


class _Reader:
    def __init__(self, websocket: WebSocket, live: LiveCamera, windows: Windows, sitting: str) -> None:
        self._websocket, self._live, self._windows, self._sitting = websocket, live, windows, sitting
        self._place: int | None = None  # of the message that comes next
        self._run = ""  # whose init segment it has
        self._next = -1  # ticks
        self._waits = ""  # what it has been told while there is no picture

    async def run(self) -> int:
        began = time.monotonic()
        while True:
            window = await self._windows.get(self._sitting)
            if window is None or over(window):
                return OVER
            if not self._live.connected and self._place is None and time.monotonic() - began > CONNECT_S:
                return NO_FEED
            recent = self._live.recent
            if window.paused is not None and window.paused.covers(datetime.now(UTC)):
                await self._wait(window)
            self._place = self._where(self._place)
            wanted = recent.end if self._place is None else self._place
            if not await self._live.more(wanted, QUIET_S if self._place is not None else 0.1):
                if self._place is not None or (self._live.connected and time.monotonic() - began > QUIET_S):
                    await self._wait(window)
                continue
            if self._place is None:
                continue
            told = recent[self._place]
            self._place += 1
            if isinstance(told.head, RunOver):
                if told.head.reason != "paused":  # of which the window tells
                    await self._wait(window)
                self._place = None
            elif not isinstance(told.head, PartMade) or not within(window, told.head.at_us):
                continue
            elif not await self._pass_on(told.head, told.message):
                return REFUSED

    def _where(self, place: int | None) -> int | None:
        """Where it goes on: who has fallen behind, at the newest key frame."""
        recent = self._live.recent
        if place is None:
            return recent.beginning() if self._live.connected else None
        newest = recent.newest_key
        if place >= recent.end or newest is None or newest <= place:
            return place
        try:
            at, last = (recent[i].head for i in (place, newest))
        except IndexError:
            return newest
        late = isinstance(at, PartMade) and isinstance(last, PartMade) and last.at_us - at.at_us > BEHIND_US
        return newest if late else place

    async def _pass_on(self, head: PartMade, message: bytes) -> bool:
        """False: of a kind that browsers do not play."""
        if not head.key and (head.run, head.start) != (self._run, self._next):
            return True  # something before it is missing: it shows nothing
        if head.run != self._run:
            begun = self._live.recent.begun(head.run)
            if begun is None:
                return True
            if isinstance(begun.head, RunBegun) and begun.head.codec.startswith(UNPLAYABLE):
                await self._say({"type": "refused", "reason": "h265"})
                return False
            await self._send(begun.message)
        self._run, self._next, self._waits = head.run, head.start + head.duration, ""
        await self._send(message)
        return True

    async def _send(self, message: bytes) -> None:
        async with asyncio.timeout(STUCK_S):
            await self._websocket.send_bytes(message)

    async def _wait(self, window: Window) -> None:
        """There is no picture now; in a closed part it says so, since when and why."""
        part = window.paused
        words = {"type": "wait"}
        if part is not None:
            reason = part.reason + (f" ({part.source})" if part.source else "")
            words = {"type": "closed", "since": stamp(part.start), "reason": reason}
        if self._waits != words["type"]:
            self._waits = words["type"]
            await self._say(words)

    async def _say(self, words: dict[str, str]) -> None:
        async with asyncio.timeout(STUCK_S):
            await self._websocket.send_text(json.dumps(words))
