"""What comes from a camera, counted picture by picture, for whoever asks how it is. Cheap: 25 times a second each."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace

from streaming.segments import CameraState, from_us

BITRATE_S = 5.0


class Pulse:
    """One thread counts; any may ask."""

    def __init__(self) -> None:
        self._received: deque[tuple[float, int]] = deque()
        self._bytes = self._bps = self._picture_us = self._key_us = self._lost = 0

    def picture(self, size: int, key: bool, now: float) -> None:
        """size: in bytes; now: monotonic."""
        received = self._received
        received.append((now, size))
        self._bytes += size
        while received[0][0] < now - BITRATE_S:
            self._bytes -= received.popleft()[1]
        self._bps = round(8 * self._bytes / max(1.0, now - received[0][0]))
        self._picture_us = time.time_ns() // 1000
        if key:
            self._key_us = self._picture_us

    def lose(self, packets: int) -> None:
        self._lost += packets

    def told(self, state: CameraState) -> CameraState:
        """The state with what was counted."""
        return replace(
            state,
            last_frame_at=from_us(self._picture_us) if self._picture_us else None,
            last_key_at=from_us(self._key_us) if self._key_us else None,
            bitrate_bps=self._bps if self._picture_us and state.state in ("recording", "waiting") else None,
            packets_lost=self._lost,
        )
