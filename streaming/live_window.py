"""Whether a sitting's picture may be seen now: from ten seconds before its opening to ten seconds after its closing,
and in none of its closed parts."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import asyncpg

from sql.database import LOST
from streaming import index
from streaming.cutting import PART_MS
from streaming.index import MARGIN, Window
from streaming.latest import Latest
from streaming.segments import from_us, to_us

FRESH_S = 1.0
SITTINGS = 64


class Windows:
    """Asked by every reader for every part: the database is, once a second and sitting. While it does not answer the
    last answer holds, for as long as the picture would be shown after a closing."""

    def __init__(self, pool: Callable[[], asyncpg.Pool]) -> None:
        self._pool = pool
        self._latest: Latest[str, Window | None] = Latest(self._read, SITTINGS, FRESH_S)
        self._known: dict[str, tuple[float, Window | None]] = {}

    async def get(self, sitting: str) -> Window | None:
        """None: no such sitting."""
        return await self._latest.get(sitting)

    async def _read(self, sitting: str) -> Window | None:
        try:
            async with self._pool().acquire() as connection:
                window = await index.sitting_window(connection, sitting)
        except LOST:
            at, window = self._known.get(sitting, (0.0, None))
            if time.monotonic() - at > MARGIN.total_seconds():
                raise
            return window
        if len(self._known) >= SITTINGS:
            self._known.clear()
        self._known[sitting] = time.monotonic(), window
        return window


def over(window: Window) -> bool:
    """Nothing more of it will be shown."""
    return not window.open and datetime.now(UTC) >= window.end


def within(window: Window, at_us: int) -> bool:
    """Whether a part that begins then may be seen: not if its end lies in a closed part."""
    if not to_us(window.start) <= at_us or not (window.open or at_us < to_us(window.end)):
        return False
    if not window.closed:
        return True
    ends = from_us(at_us), from_us(at_us + PART_MS * 1000 - 1)
    return not any(part.covers(at) for part in window.closed for at in ends)
