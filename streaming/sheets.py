"""Sheets of small pictures: a hundred posters of a recording as one JPEG, for looking along its time line.

A picture a segment, 160 by 90, ten in a row, in the order of the recording; black where there is no poster. Some 0.1 s
of a core each, so they are made one at a time, in a thread, and kept: one whose posters were all there never changes.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from streaming.latest import Latest

WIDTH, HEIGHT = 160, 90
COLUMNS, COUNT = 10, 100
QUALITY = 70
ROOM = 64_000_000  # bytes of those kept: some 300, of 18 hours in segments of 2 s
LATE_S = 600.0  # so long one is kept that lacks a poster, which may come yet

Posters = tuple[str | None, ...]
"""Paths below the recordings folder, at most COUNT; None: there is none."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """`whole`: no poster is missing that the index names."""

    data: bytes
    tag: str
    whole: bool


class Sheets:
    """Those made. `room`: bytes."""

    def __init__(self, recordings: Path, room: int = ROOM) -> None:
        self._recordings, self._room = recordings, room
        self._one = asyncio.Semaphore(1)
        self._lately = Latest(self._make, 64, LATE_S)
        self._whole: OrderedDict[Posters, Sheet] = OrderedDict()  # the one asked for longest ago first
        self._bytes = 0

    def has(self, posters: Posters) -> bool:
        """Whether it costs nothing: it is there, or being made for another."""
        return posters in self._whole or self._lately.has(posters)

    async def get(self, posters: Posters) -> Sheet:
        if (kept := self._whole.get(posters)) is not None:
            self._whole.move_to_end(posters)
            return kept
        return await self._lately.get(posters)

    async def _make(self, posters: Posters) -> Sheet:
        async with self._one:
            made = await asyncio.to_thread(sheet, self._recordings, posters)
        if made.whole and posters not in self._whole:
            self._whole[posters] = made
            self._bytes += len(made.data)
            while self._bytes > self._room:
                _, oldest = self._whole.popitem(last=False)
                self._bytes -= len(oldest.data)
        return made


def sheet(recordings: Path, posters: Sequence[str | None]) -> Sheet:
    rows = -(-len(posters) // COLUMNS)
    image = np.zeros((rows * HEIGHT, COLUMNS * WIDTH, 3), np.uint8)
    inside, whole = recordings.resolve(), True
    for n, name in enumerate(posters):
        if name is None:
            continue
        if (picture := _small(inside, name)) is None:
            whole = False
            continue
        top, left = n // COLUMNS * HEIGHT, n % COLUMNS * WIDTH
        image[top : top + HEIGHT, left : left + WIDTH] = picture
    made, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not made:
        raise ValueError("no JPEG can be made of the pictures")
    data = jpeg.tobytes()
    return Sheet(data, f'"{hashlib.sha256(data).hexdigest()}"', whole)


def _small(recordings: Path, name: str) -> np.ndarray | None:
    path = (recordings / name).resolve()
    if not path.is_relative_to(recordings) or not path.is_file():
        return None  # not made yet, or never
    data = np.frombuffer(path.read_bytes(), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_REDUCED_COLOR_4) if data.size else None
    return None if picture is None else cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
