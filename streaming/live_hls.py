"""Low-latency HLS from the recorder's parts: a playlist that waits for the next part, and the parts themselves.

`/live/video.m3u8?sitting=…&camera=…` and `/video/{run}/{n}.{part}.m4s`. Only the newest segments are listed; a
recording from its beginning is `{camera}.m3u8`, and so is everything where the recorder tells no parts. A part never
changes: once its segment is a file, the part is a piece of that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from streaming import fmp4, playlist
from streaming.index import Window
from streaming.live import PartMade, Recent, RunBegun, SegmentCut
from streaming.live_source import LiveCamera, LiveSources
from streaming.live_window import Windows, over, within
from streaming.playlist import LiveSegment
from streaming.segments import from_us

CONNECT_S = 1.5
BLOCK_S = 6.0  # three target durations
AHEAD = 2  # segments that may be asked for before they begin
PLAIN_LAST = 6


class LiveHls:
    """sources: None where the recorder tells no parts. films: whether a camera may show a sitting."""

    def __init__(
        self,
        sources: Callable[[], LiveSources | None],
        windows: Windows,
        films: Callable[[str, str], Awaitable[bool]],
    ) -> None:
        self._sources, self._windows, self._films = sources, windows, films
        self._sittings: dict[str, str] = {}  # for whose sake a camera was last shown
        self._newest: dict[str, tuple[tuple[str, int, int], list[LiveSegment]]] = {}  # by camera: the last answer
        self._made: dict[str, tuple[tuple[str, int], str]] = {}  # its playlist

    async def playlist(self, request: Request) -> Response:
        sitting, camera = (request.query_params.get(name, "") for name in ("sitting", "camera"))
        msn, part = (_number(request, name) for name in ("_HLS_msn", "_HLS_part"))
        if part is not None and msn is None:
            raise HTTPException(400, "`_HLS_part` is asked for together with `_HLS_msn`.")
        window = await self._windows.get(sitting)
        if window is None or not await self._films(sitting, camera):
            raise HTTPException(404, "There is no such sitting, or no such camera of it.")
        sources = self._sources()
        if sources is None or over(window):
            return _plain(sitting, camera)
        try:
            async with sources.watch(camera) as live:
                segments = await self._reach(live, sitting, camera, msn, part)
                if segments is None:
                    return _plain(sitting, camera)
                self._sittings[camera] = sitting
                text = self._text(sitting, camera, live.recent, segments)
        except KeyError:
            raise HTTPException(404, "There is no such camera.") from None
        return Response(text, media_type=playlist.CONTENT_TYPE, headers={"cache-control": "no-store"})

    async def _reach(
        self, live: LiveCamera, sitting: str, camera: str, msn: int | None, part: int | None
    ) -> list[LiveSegment] | None:
        """The newest segments, once they hold what is asked for; None where no recorder is there."""
        began, paused, segments = time.monotonic(), False, list[LiveSegment]()
        while (passed := time.monotonic() - began) < BLOCK_S:
            place = live.recent.end
            window = await self._windows.get(sitting)
            key, known = (sitting, place, _closed(window)), self._newest.get(camera)
            if known is None or known[0] != key:
                known = self._newest[camera] = key, newest(live.recent, window)
            segments = known[1]
            paused = window is not None and window.paused is not None
            if paused and not segments:
                return None  # what was filmed before the closed part
            if not live.connected and not segments and passed > CONNECT_S:
                return None
            if segments:
                if msn is not None and msn > segments[-1].seq + AHEAD:
                    raise HTTPException(400, "That is too far ahead.")
                if msn is None or _holds(segments[-1], msn, part):
                    return segments
            await live.more(place, 0.25)
        if paused:
            return segments  # unchanged: players ask again
        raise HTTPException(503, "The camera sends no picture now.", {"retry-after": "2"})

    def _text(self, sitting: str, camera: str, recent: Recent, segments: list[LiveSegment]) -> str:
        key, known = (sitting, recent.end), self._made.get(camera)
        if known is None or known[0] != key:
            goes_on = segments[-1].run_id == recent.run
            known = self._made[camera] = key, playlist.live_playlist(segments, goes_on=goes_on)
        return known[1]

    # --- files that are not in the index yet: of a camera that is being shown ---

    async def part(self, run: str, n: int, part: int) -> bytes | None:
        """Waits for one that has been promised."""
        live = self._shown(run)
        if live is None:
            return None
        until = time.monotonic() + BLOCK_S
        while (told := live.recent.part(run, n, part)) is None and time.monotonic() < until:
            if not _promised(live.recent, run, n, part):
                return None
            await live.more(live.recent.end, 0.25)
        if told is None or not isinstance(told.head, PartMade) or not await self._allowed(run, told.head.at_us):
            return None
        return told.body

    async def segment(self, run: str, n: int) -> bytes | None:
        live = self._shown(run)
        parts = live.recent.segment(run, n) if live is not None else None
        heads = [told.head for told in parts or () if isinstance(told.head, PartMade)]
        if not parts or not heads or not all([await self._allowed(run, head.at_us) for head in heads]):
            return None
        return await asyncio.to_thread(lambda: fmp4.SEGMENT_START + b"".join(told.body for told in parts))

    def init(self, run: str) -> bytes | None:
        live = self._shown(run)
        begun = live.recent.begun(run) if live is not None else None
        return begun.body if begun is not None else None

    def _shown(self, run: str) -> LiveCamera | None:
        sources, camera = self._sources(), run.rpartition("-")[0]
        return sources.known(camera) if sources is not None and camera in self._sittings else None

    async def _allowed(self, run: str, at_us: int) -> bool:
        window = await self._windows.get(self._sittings.get(run.rpartition("-")[0], ""))
        return window is not None and within(window, at_us)


def newest(recent: Recent, window: Window | None) -> list[LiveSegment]:
    """The segments that are kept from their first part on, following each other up to the newest; of a sitting's."""
    scales = dict[str, int]()
    parts = dict[int, list[PartMade]]()
    whole, hidden = set[int](), set[int]()  # a segment of which a closed part took a piece is never whole
    for told in recent.all():
        head = told.head
        if isinstance(head, PartMade) and window is not None and within(window, head.at_us):
            parts.setdefault(head.seq, []).append(head)
        elif isinstance(head, PartMade):
            hidden.add(head.seq)
        elif isinstance(head, SegmentCut) and head.seq not in hidden:
            whole.add(head.seq)
    found = list[LiveSegment]()
    for seq, heads in parts.items():
        first, begun = heads[0], recent.begun(heads[0].run)
        if first.part != 0 or begun is None or not isinstance(begun.head, RunBegun):
            continue
        scale = scales.setdefault(first.run, begun.head.timescale)
        lengths = tuple((head.duration / scale, head.key) for head in heads)
        if found and (found[-1].seq != seq - 1 or not found[-1].whole):
            found.clear()
        found.append(LiveSegment(seq, first.breaks, first.run, first.n, from_us(first.at_us), lengths, seq in whole))
    return found


def _closed(window: Window | None) -> int:
    """Changes with each pause and each resuming."""
    return sum(2 if part.end is not None else 1 for part in window.closed) if window is not None else 0


def _holds(last: LiveSegment, msn: int, part: int | None) -> bool:
    if last.seq != msn:
        return last.seq > msn
    return last.whole if part is None else len(last.parts) > part


def _promised(recent: Recent, run: str, n: int, part: int) -> bool:
    """The part that comes next, if the segment is not cut before it."""
    if recent.run != run:
        return False
    for told in reversed(list(recent.all())):
        head = told.head
        if isinstance(head, PartMade):
            return (head.n, head.part + 1) == (n, part)
        if isinstance(head, SegmentCut):
            return (head.n + 1, 0) == (n, part)
        if isinstance(head, RunBegun):
            return (n, part) == (0, 0)
    return False


def _plain(sitting: str, camera: str) -> Response:
    address = f"/sittings/{sitting}/video/{camera}.m3u8?last={PLAIN_LAST}"
    return RedirectResponse(address, 302, {"cache-control": "no-store"})


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise HTTPException(400, f"`{name}` is a number.")
    return int(text)
