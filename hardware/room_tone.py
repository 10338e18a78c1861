"""The sound of a quiet hall: a soft hum, and a beep at each full second by which film and sound are compared.

A thread of its own encodes AAC and hands over each access unit with when it began."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import av
import numpy as np

from hardware.film import SECOND_NS, MediaClock
from hardware.rtp import Sound

RATE = 48_000
UNIT = 1024
HUM_HZ, HUM = 100, 0.004
BEEP_HZ, BEEP, BEEP_SECONDS = 1000, 0.1, 0.05


class RoomTone:
    """Calls `deliver` in its own thread with an access unit and when it began, in ns of the monotonic clock."""

    def __init__(self, deliver: Callable[[bytes, int], None], clock: MediaClock) -> None:
        self._deliver, self._clock = deliver, clock
        self._codec: Any = av.CodecContext.create("aac", "w")
        self._codec.sample_rate, self._codec.layout, self._codec.format = RATE, "mono", "fltp"
        self._codec.bit_rate = 48_000
        self._codec.open()
        self.sound = Sound(RATE, 1, bytes(self._codec.extradata or b""))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="room-tone", daemon=True)
        self.watched = False  # set by the owner; a bool read by the thread

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the thread has ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        start, unit = time.monotonic_ns(), 0
        while True:
            taken = start + unit * UNIT * SECOND_NS // RATE
            if self._stop.wait(max(0, taken + UNIT * SECOND_NS // RATE - time.monotonic_ns()) / SECOND_NS):
                return
            if self.watched:
                frame: Any = av.AudioFrame.from_ndarray(self._samples(taken)[np.newaxis], format="fltp", layout="mono")
                frame.sample_rate, frame.pts = RATE, unit * UNIT
                for packet in self._codec.encode(frame):
                    self._deliver(bytes(packet), start + (int(packet.pts) * SECOND_NS) // RATE)
            unit += 1

    def _samples(self, taken: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        wall = self._clock.unix_ns(taken)
        second = (wall % SECOND_NS) / SECOND_NS + np.arange(UNIT) / RATE
        tone = HUM * np.sin(2 * np.pi * HUM_HZ * second)
        beep = BEEP * np.sin(2 * np.pi * BEEP_HZ * second) * (second % 1 < BEEP_SECONDS)
        return (tone + beep).astype(np.float32)
