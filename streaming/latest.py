"""Answers that are dear to make, made once for all who ask at the same time, and kept for a moment."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Latest(Generic[K, V]):
    """The last `size` answers by key; older than `seconds` they are made anew, once for all who wait."""

    def __init__(self, make: Callable[[K], Awaitable[V]], size: int, seconds: float) -> None:
        self._make, self._size, self._seconds = make, size, seconds
        self._kept: OrderedDict[K, tuple[float, asyncio.Future[V]]] = OrderedDict()

    async def get(self, key: K) -> V:
        now = time.monotonic()
        until, answer = self._kept.get(key, (0.0, None))
        if answer is None or until < now:
            answer = asyncio.ensure_future(self._make(key))
            self._kept[key] = (now + self._seconds, answer)
            self._kept.move_to_end(key)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        try:
            return await asyncio.shield(answer)
        except BaseException:
            if answer.done() and self._kept.get(key, (0.0, None))[1] is answer:
                del self._kept[key]
            raise

    def has(self, key: K) -> bool:
        """Whether its answer is there, or being made."""
        return self._kept.get(key, (0.0, None))[0] >= time.monotonic()

    def forget(self, key: K) -> None:
        """It is known to be out of date."""
        self._kept.pop(key, None)
