"""Whether a camera is to be recorded now: always, or around the sittings of its body; and what it sent just before.

Pure; `now` is monotonic, in seconds. When a sitting opens nobody knows beforehand: until then what came last waits
here, and is recorded with the rest. Where the database has not answered for STALE_S, every camera is recorded, but one
that was told of a closed part: that stays paused until it is told otherwise.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from streaming.pausing import Pause

STALE_S = 10.0
UNHEARD_S = 3.0  # so long segments wait for their names while the database does not answer
COMMIT_S = 0.5  # so late an entry may reach the ledger after the moment it tells
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
    """What the database said last. Any thread may ask; one tells. `changed` is called by a thread that has done what it
    was told, or waits for more: told from then on, it need not wait for its turn."""

    def __init__(self, now: float, changed: Callable[[], None] = lambda: None) -> None:
        self._told: tuple[float, Mapping[str, float]] = (now, {})
        self._pauses: tuple[float, Mapping[str, tuple[Pause, ...]]] | None = None
        self.changed = changed
        self.expected = False  # somebody will tell

    def tell(self, closed_s: Mapping[str, float], now: float) -> None:
        """closed_s: by body, how long ago its last sitting was closed; 0 while one is open."""
        self._told = (now, dict(closed_s))

    def tell_pauses(self, pauses: Mapping[str, tuple[Pause, ...]], now: float) -> None:
        """By body. `now`: before the database was asked."""
        self._pauses = (now, dict(pauses))

    def pauses(self, body: str) -> tuple[Pause, ...] | None:
        """When the cameras of a body film nothing; a camera of no body, of any. What was told holds however long ago.
        None: nothing was told yet."""
        if self._pauses is None:
            return None
        by = self._pauses[1]
        if body:
            return by.get(body, ())
        return tuple(sorted((pause for own in by.values() for pause in own), key=lambda pause: pause.start))

    def clear_until(self, now: float) -> float:
        """Until then no pause had begun that nobody has told of, as far as the database can be asked."""
        if self._pauses is None or now - self._pauses[0] > UNHEARD_S:
            return math.inf
        return self._pauses[0] - COMMIT_S

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
