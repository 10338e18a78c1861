"""Runs on their way to the disk. Parts are written at once; a segment gets its name, and a run its end, only when it is
known that no closed part of the sitting had begun before they were filmed: until then they can be cut back.

Where a part's pictures had all arrived is told by the wall clock, how long a segment has waited by the monotonic one.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from streaming import pausing, salvage
from streaming.cutting import Act, Begin, Cut, End, Part
from streaming.journal import Record
from streaming.live_feed import Tap
from streaming.storage import RunWriter

RUNS_A_MINUTE = 120  # more, and each key frame has other parameters or times: no disk takes that for long


class Film:
    """One run. After an OSError: `abandon`, and leave the rest to `salvage`."""

    def __init__(self, writer: RunWriter) -> None:
        self._writer = writer
        self._waiting: deque[tuple[Cut | End, float]] = deque()
        self._parts: deque[tuple[Path, int, int]] = deque()  # of what has no name yet: file, its length then, when
        self.ended = False  # to its last line

    @property
    def run_id(self) -> str:
        return self._writer.run_id

    def take(self, act: Act, arrived_us: int, now: float) -> None:
        """Carry it out, or as much of it as may not be taken back. Raises OSError."""
        if isinstance(act, Cut):
            self._writer.finish(act)
            self._waiting.append((act, now))
        elif isinstance(act, End):
            self._waiting.append((act, now))
        else:
            self._writer.carry_out(act)
            if isinstance(act, Part):
                self._parts.append((*self._writer.written, arrived_us))

    @property
    def unsettled(self) -> bool:
        return bool(self._waiting)

    @property
    def over(self) -> bool:
        """It waits for its end alone."""
        return bool(self._waiting) and isinstance(self._waiting[-1][0], End)

    def settle(self, clear_until: float) -> None:
        """No closed part had begun then: what had arrived before is kept. Raises OSError."""
        while self._waiting and self._waiting[0][1] <= clear_until:
            act, _ = self._waiting.popleft()
            if isinstance(act, End):
                self._writer.carry_out(act)
                self.ended = True
                return
            done = self._parts[0][0]
            while self._parts and self._parts[0][0] == done:
                self._parts.popleft()
            self._writer.keep()

    def late(self, start_us: int) -> int:
        """How many of the last parts, of those that can still be dropped, had not all arrived then."""
        return sum(at >= start_us for *_, at in self._parts)

    def end_before(self, start_us: int, tell: Callable[[Record], None]) -> None:
        """Filming was paused at `start_us`: end the run with the last part that had arrived before. May be repeated
        after an OSError, and another run's `recover` does the same by the clock. Raises OSError, BadFootage."""
        self._writer.abandon()
        kept = [(path, length) for path, length, at in self._parts if at < start_us]
        for path in sorted({path for path, *_ in self._parts}):
            pausing.truncate(path, max((length for name, length in kept if name == path), default=0))
        salvage.finish(self._writer.folder, tell, "paused")
        self.ended = True

    def abandon(self) -> None:
        """Let go of the files as they are."""
        self._writer.abandon()
        self.ended = True


class Films:
    """One camera's: the run going on, and those before it that have not ended on the disk. `live` is told each act that
    was carried out. Belongs to the camera's thread; after an OSError: `abandon`."""

    def __init__(self, recordings: Path, camera_id: str, tell: Callable[[Record], None]) -> None:
        self._recordings, self._camera_id, self._tell = recordings, camera_id, tell
        self._all: list[Film] = []
        self._current: Film | None = None
        self._begun: deque[float] = deque(maxlen=RUNS_A_MINUTE)
        self.live: Tap | None = None

    def __bool__(self) -> bool:
        """Something may still be taken back."""
        return bool(self._all)

    @property
    def running(self) -> bool:
        return self._current is not None

    @property
    def unsettled(self) -> bool:
        """Something waits to be kept."""
        return bool(self._all) and self._all[0].unsettled

    def restless(self, now: float) -> bool:
        """A run begins with every picture, or nearly."""
        return len(self._begun) == self._begun.maxlen and now - self._begun[0] < 60.0

    def carry_out(self, acts: Sequence[Act], arrived_us: int, now: float) -> None:
        """Raises OSError."""
        for act in acts:
            if isinstance(act, Begin):
                self._current = Film(RunWriter(self._recordings, self._camera_id, act, self._tell))
                self._all.append(self._current)
                self._begun.append(now)
            film = self._current
            if film is None:
                continue
            if not isinstance(act, Begin):
                film.take(act, arrived_us, now)
            if self.live is not None:
                self.live.take(act, film.run_id)
            if isinstance(act, End):
                self._current = None

    def settle(self, clear_until: float) -> None:
        """As of each run, one after the other. Raises OSError."""
        while self._all:
            self._all[0].settle(clear_until)
            if not self._all[0].ended:
                return
            self._all.pop(0)

    def end_before(self, start_us: int) -> None:
        """Filming was paused at `start_us`: all end with what had arrived before. Raises OSError, BadFootage."""
        while self._all:
            film = self._all[0]
            late = film.late(start_us)
            if self.live is not None and (late or not film.over):
                self.live.pause(film.run_id, late)
            if film.over and not late:
                film.settle(math.inf)
            else:
                film.end_before(start_us, self._tell)
            self._all.pop(0)
        self._current = None

    def abandon(self, reason: str) -> None:
        """Leave all to `salvage`."""
        for film in self._all:
            film.abandon()
        if self._current is not None and self.live is not None:
            self.live.abandon(reason)
        self._all.clear()
        self._current = None
