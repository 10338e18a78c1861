"""Whether a camera is to be recorded now: always, or around the sittings of its body; and what it sent just before.

Pure; `now` is monotonic, in seconds. When a sitting opens nobody knows beforehand: until then what came last waits
here, and is recorded with the rest. Where the database has not answered for STALE_S, every camera is recorded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

STALE_S = 10.0
HELD_BYTES = 64 * 2**20
EVENT_BYTES = 200  # what each takes beside its content

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Follow:
    """Record around the sittings of `body`: so many seconds before their opening, and after their closing."""

    body: str
    before_s: float = 30.0
    after_s: float = 60.0


class Sittings:
    """What the database said last. Any thread may ask; one tells."""

    def __init__(self, now: float) -> None:
        self._told: tuple[float, Mapping[str, float]] = (now, {})

    def tell(self, closed_s: Mapping[str, float], now: float) -> None:
        """closed_s: by body, how long ago its last sitting was closed; 0 while one is open."""
        self._told = (now, dict(closed_s))

    def wanted(self, follow: Follow | None, now: float) -> bool:
        """Whether the camera is to be recorded. None: it is, always."""
        if follow is None:
            return True
        at, closed_s = self._told
        closed = closed_s.get(follow.body)
        return now - at > STALE_S or (closed is not None and (closed == 0 or closed + now - at <= follow.after_s))


class Held(Generic[T]):
    """What came in the last `seconds`, from a key frame on."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._bytes = seconds, 0
        self._events: deque[tuple[float, bool, int, T]] = deque()
        self._keys: deque[float] = deque()

    def __bool__(self) -> bool:
        return bool(self._events)

    def add(self, event: T, key: bool, size: int, now: float) -> None:
        """key: decoding may begin here."""
        if not (self._events or key):
            return
        size += EVENT_BYTES
        self._events.append((now, key, size, event))
        self._bytes += size
        if key:
            self._keys.append(now)
        while self._bytes > HELD_BYTES or (len(self._keys) > 1 and self._keys[1] <= now - self._seconds):
            self._forget_group()

    def take(self) -> list[T]:
        """All of it, in order; nothing is held any more."""
        events = [event for *_, event in self._events]
        self._events.clear()
        self._keys.clear()
        self._bytes = 0
        return events

    def _forget_group(self) -> None:
        self._keys.popleft()
        first = True
        while first or (self._events and not self._events[0][1]):
            self._bytes -= self._events.popleft()[2]
            first = False
