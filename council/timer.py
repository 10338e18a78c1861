"""The time limit of the open vote. The monotonic clock decides; the wall clock only tells the screens the moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial


class VoteTimer:
    """One at a time. `up` is called with the vote's number when its time is over; of a timer that was stopped never."""

    def __init__(self, up: Callable[[int], None]) -> None:
        self._up = up
        self._handle: asyncio.TimerHandle | None = None

    def start(self, n: int, seconds: float) -> None:
        self.stop()
        self._handle = asyncio.get_running_loop().call_later(seconds, partial(self._over, n))

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
