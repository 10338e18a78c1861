"""The hall's two clocks: one that only ever runs forward and decides, one that tells the time and is testimony.

A time limit is measured by the monotonic clock alone. The wall clock may be set back by anyone with the right to, by a
bad time server or an empty battery; entries keep its reading as it was, and the console says that it stepped.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

STEP_MS = 500  # a smaller difference is slewing and drift, not a step


class Clock:
    """Both clocks, and what the one says about the other."""

    def __init__(self) -> None:
        self._offset = self.now().timestamp() - self.monotonic()
        self._stepped_at: float | None = None  # monotonic
        self.stepped_ms = 0  # by how much the wall clock was last set back

    def now(self) -> datetime:
        """Wall time, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only count up; on Linux they do not count while the machine sleeps."""
        return time.monotonic()

    def watch(self) -> None:
        """Compare both; call every second or so."""
        offset = self.now().timestamp() - self.monotonic()
        if (offset - self._offset) * 1000 < -STEP_MS:
            self.stepped_ms = round((self._offset - offset) * 1000)
            self._stepped_at = self.monotonic()
        self._offset = offset

    def stepped_back(self, within_s: float = 600) -> bool:
        """Whether the wall clock was set back in the last `within_s` seconds that this process saw."""
        return self._stepped_at is not None and self.monotonic() - self._stepped_at < within_s
