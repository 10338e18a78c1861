"""The time limit of the open vote. The monotonic clock decides; the wall clock only tells the screens the moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from council.chamber_data import ChamberData
from council.clock import Clock
from voting.entries import stamp


class VoteTime:
    """One at a time. `up` is called with the vote's number when its time is over; of a time that was stopped never."""

    def __init__(self, data: ChamberData, clock: Clock, up: Callable[[int], None]) -> None:
        self._data = data
        self._clock = clock
        self._up = up
        self._handle: asyncio.TimerHandle | None = None

    def start(self, n: int, seconds: float) -> None:
        self.stop()
        self._handle = asyncio.get_running_loop().call_later(seconds, partial(self._over, n))
        self._data.closes_at = stamp(self._clock.now() + timedelta(seconds=seconds))

    def stop(self) -> int | None:
        """What was left, in ms; None if no time was running."""
        handle, self._handle = self._handle, None
        if handle is None:
            return None
        handle.cancel()
        return max(0, round((handle.when() - asyncio.get_running_loop().time()) * 1000))

    def _over(self, n: int) -> None:
        self._handle = None
        self._up(n)
