"""A camera's recording of a sitting as players ask for it, playlist and manifest, in memory and only added to.

Eight hours are 14,400 segments, 1.6 MB of playlist and 5 MB of manifest, asked for by every player every few seconds:
what is written of a segment stays, and what is new is read on. Where anything but the end has changed (deleted, closed,
found again, moved by a clock that was measured), it is made anew. Each of both is read when it is asked for: a playlist
is packed numbers of the index alone, a manifest are rows.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Generic, TypeVar

import asyncpg
import numpy as np
from numpy.typing import NDArray

import sql
from streaming import index
from streaming.index import Window
from streaming.manifest import Manifest, Told
from streaming.playlist import CUT, Playlist
from streaming.segments import Run, Span

KEPT = 16  # playlists, of up to 2 MB each, and as many manifests, of up to 6 MB

Piece = tuple[Span, int]  # the last segments of a span, from a number on


class Reel(ABC):
    """What is told of a recording. `spans`: what it has."""

    AT_ONCE: ClassVar[int]  # segments, of which some 2 ms are spent; then others have their turn

    def __init__(self, sitting: str, camera: str) -> None:
        self.sitting, self.camera = sitting, camera
        self.spans: list[Span] = []

    @abstractmethod
    async def read(self, conn: asyncpg.Connection, pieces: Sequence[Piece]) -> Any:
        """What the index has of them."""

    @abstractmethod
    def add(self, spans: Sequence[Span], found: Any) -> None:
        """Of these spans this was read; it comes next."""

    def missing(self, spans: Sequence[Span]) -> list[Piece] | None:
        """What is to be added for it to have all of them; None: it is to be made anew."""
        if len(spans) < len(self.spans):
            return None
        found = []
        for known, span in zip(self.spans, spans, strict=False):
            same = replace(known, last_n=span.last_n) == span
            if not same or span.last_n < known.last_n or (span.last_n > known.last_n and known is not self.spans[-1]):
                return None
            if span.last_n > known.last_n:
                found.append((span, known.last_n + 1))
        return found + [(span, span.first_n) for span in spans[len(self.spans) :]]

    async def read_on(self, conn: asyncpg.Connection, missing: Sequence[Piece]) -> None:
        """While the database reads what comes next, what it has read is written."""
        one_by_one = asyncio.Lock()

        async def read(pieces: Sequence[Piece]) -> Any:
            async with one_by_one:
                return await self.read(conn, pieces)

        turns = list(_turns(missing, self.AT_ONCE))
        reading = [asyncio.ensure_future(read(pieces)) for pieces in turns]
        try:
            for pieces, found in zip(turns, reading, strict=True):
                spans = [span for span, _ in pieces]
                self.add(spans, await found)
                if self.spans and replace(self.spans[-1], last_n=spans[0].last_n) == spans[0]:
                    del self.spans[-1]
                self.spans += spans
        finally:
            for left in reading:
                left.cancel()
            await asyncio.gather(*reading, return_exceptions=True)


class PlaylistReel(Reel):
    AT_ONCE = 3600

    def __init__(self, sitting: str, camera: str) -> None:
        super().__init__(sitting, camera)
        self.playlist = Playlist()

    async def read(self, conn: asyncpg.Connection, pieces: Sequence[Piece]) -> list[NDArray[np.void]]:
        return [np.frombuffer(row["cuts"] or b"", CUT) async for row in _queries().cuts(conn, **_numbers(pieces))]

    def add(self, spans: Sequence[Span], found: list[NDArray[np.void]]) -> None:
        self.playlist.add(spans, found)


class ManifestReel(Reel):
    AT_ONCE = 500

    def __init__(self, sitting: str, camera: str) -> None:
        super().__init__(sitting, camera)
        self.manifest = Manifest(sitting, camera)

    async def read(self, conn: asyncpg.Connection, pieces: Sequence[Piece]) -> tuple[list[Run], list[Told]]:
        runs = await index.runs_named(conn, [span.run_id for span, _ in pieces])
        return runs, [Told._make(row) async for row in _queries().numbered(conn, **_numbers(pieces))]

    def add(self, spans: Sequence[Span], found: tuple[list[Run], list[Told]]) -> None:
        self.manifest.add(spans, *found)


async def posters(conn: asyncpg.Connection, spans: Sequence[Span], first: int, count: int) -> list[str | None]:
    """Paths below the recordings folder of so many segments, from the first-th on."""
    pieces = []
    for span in spans:
        last_n = min(span.last_n, span.first_n + first + count - 1)
        if span.first_n + first <= last_n:
            pieces.append((replace(span, last_n=last_n), span.first_n + first))
            count -= last_n - span.first_n - first + 1
        first = max(0, first - (span.last_n - span.first_n + 1))
    return [row["poster_path"] async for row in _queries().posters(conn, **_numbers(pieces))]


R = TypeVar("R", bound=Reel)


class Reels(Generic[R]):
    """Those asked for last. make: one, of a sitting and a camera."""

    def __init__(self, make: Callable[[str, str], R]) -> None:
        self._make = make
        self._kept: OrderedDict[tuple[str, str], tuple[asyncio.Lock, R]] = OrderedDict()

    async def read(self, conn: asyncpg.Connection, sitting: str, camera: str, window: Window) -> R:
        """As much of the recording as the index has now."""
        key = (sitting, camera)
        lock, reel = self._kept.setdefault(key, (asyncio.Lock(), self._make(sitting, camera)))
        async with lock:
            known = self._kept.get(key)
            reel = known[1] if known is not None and known[0] is lock else reel
            spans = await _spans(conn, camera, window)
            if not spans:  # of names that no camera has there are many
                self._kept.pop(key, None)
                return self._make(sitting, camera)
            missing = reel.missing(spans)
            if missing is None:
                reel = self._make(sitting, camera)
                missing = [(span, span.first_n) for span in spans]
            await reel.read_on(conn, missing)
            self._kept[key] = (lock, reel)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return reel


def _queries() -> Any:
    return sql.load("stretches")


async def _spans(conn: asyncpg.Connection, camera: str, window: Window) -> list[Span]:
    rows = _queries().spans(conn, camera_id=camera, start_at=window.start, end_at=window.end)
    return [Span(*row) async for row in rows]


def _turns(missing: Sequence[Piece], at_once: int) -> Iterator[list[Piece]]:
    turn: list[Piece] = []
    room = at_once
    for span, first in missing:
        while first <= span.last_n:
            last = min(span.last_n, first + room - 1)
            turn.append((replace(span, last_n=last), first))
            room -= last - first + 1
            first = last + 1
            if not room:
                yield turn
                turn, room = [], at_once
    if turn:
        yield turn


def _numbers(pieces: Sequence[Piece]) -> dict[str, list[Any]]:
    return {
        "run_ids": [span.run_id for span, _ in pieces],
        "first_ns": [first for _, first in pieces],
        "last_ns": [span.last_n for span, _ in pieces],
    }
