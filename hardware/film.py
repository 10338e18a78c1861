"""One thread that draws and encodes, and the clock that says when each picture was taken.

Pictures lie on a grid of the monotonic clock; a slot that comes too late is left out, never caught up. While nobody
watches, nothing is drawn. Each picture's RTP timestamp and wall time come from the same instant of the monotonic
clock, so a receiver that has a sender report knows a picture's time to a fraction of a millisecond."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from hardware.rtp import CLOCK_HZ, nal_units

log = logging.getLogger(__name__)

Luma = NDArray[np.uint8]
SECOND_NS = 1_000_000_000
STEP_NS = SECOND_NS // 2000  # the system clock moved against the monotonic one by more: it was set
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MediaClock:
    """Monotonic time as wall time and as RTP time. The RTP time never steps; the wall time follows the system clock."""

    def __init__(self, rtp_start: int) -> None:
        self._start_ns = time.monotonic_ns()
        self._rtp_start = rtp_start
        self._wall_offset_ns = _wall_offset_ns()

    def follow(self) -> None:
        """Take over a step of the system clock."""
        offset = _wall_offset_ns()
        if abs(offset - self._wall_offset_ns) > STEP_NS:
            log.warning("clock_stepped by_ms=%d", (offset - self._wall_offset_ns) // 1_000_000)
            self._wall_offset_ns = offset

    def unix_ns(self, monotonic_ns: int) -> int:
        return monotonic_ns + self._wall_offset_ns

    def rtp(self, monotonic_ns: int, hz: int = CLOCK_HZ) -> int:
        return (self._rtp_start + (monotonic_ns - self._start_ns) * hz // SECOND_NS) & 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Picture:
    """One encoded picture: its NAL units, RTP timestamp, whether decoding may begin with it."""

    units: list[bytes]
    timestamp: int
    key: bool


Draw = Callable[[datetime, int], Luma]  # (wall time, frame number) -> I420 planes, shape (height * 3 / 2, width)


class Film:
    """Calls `draw` in its own thread at `frame_rate` and hands each encoded picture to `deliver`, in that thread. An
    error of theirs ends the film and goes to `on_failure`.

    key_seconds: every picture at this distance is a key frame (counted from the moment the first watcher came)."""

    def __init__(
        self,
        draw: Draw,
        deliver: Callable[[Picture], None],
        on_failure: Callable[[Exception], None],
        clock: MediaClock,
        *,
        width: int,
        height: int,
        frame_rate: float,
        key_seconds: int,
        bit_rate: int,
    ) -> None:
        self._draw, self._deliver, self._on_failure, self._clock = draw, deliver, on_failure, clock
        self._rate = Fraction(frame_rate).limit_denominator(1001)
        self._key_slots = round(self._rate * key_seconds)
        self._codec = _encoder(width, height, self._rate, bit_rate)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._film, name="film", daemon=True)
        self.watched = False  # set by the owner; a bool read by the thread
        self.frame_no = 0  # of the last picture taken
        self.left_out = 0  # slots missed while watched

    def first_picture(self) -> Picture:
        """A key frame of now, for its parameter sets. Only before `start`."""
        return self._take(time.monotonic_ns(), key=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the thread has ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _film(self) -> None:
        try:
            self._run()
        except Exception as error:  # whatever drawing or encoding met: a camera that has stopped must say so
            self._on_failure(error)

    def _run(self) -> None:
        now = time.monotonic_ns()
        slot_ns = SECOND_NS * self._rate.denominator // self._rate.numerator
        start = now + slot_ns - self._clock.unix_ns(now) % slot_ns  # at 12.5 and 25 a second: on whole milliseconds
        slot, key_slot, was_watched, followed = 0, 0, False, 0
        while True:
            due = start + slot * SECOND_NS * self._rate.denominator // self._rate.numerator
            if self._stop.wait(max(0, due - time.monotonic_ns()) / SECOND_NS):
                return
            if due - followed > SECOND_NS:
                self._clock.follow()
                followed = due
            watched = self.watched
            if watched:
                if not was_watched:
                    key_slot = slot
                self._deliver(self._take(due, key=slot >= key_slot))
                while key_slot <= slot:
                    key_slot += self._key_slots
            was_watched = watched
            elapsed = time.monotonic_ns() - start
            current = elapsed * self._rate.numerator // (SECOND_NS * self._rate.denominator)
            if watched and current > slot + 1:
                self.left_out += current - slot - 1
            slot = max(slot + 1, current)

    def _take(self, monotonic_ns: int, key: bool) -> Picture:
        self.frame_no += 1
        at = _EPOCH + timedelta(microseconds=self._clock.unix_ns(monotonic_ns) // 1000)
        frame: Any = av.VideoFrame.from_ndarray(self._draw(at, self.frame_no), format="yuv420p")
        timestamp = self._clock.rtp(monotonic_ns)
        frame.pts = monotonic_ns * CLOCK_HZ // SECOND_NS
        frame.pict_type = av.video.frame.PictureType.I if key else av.video.frame.PictureType.NONE
        data = b"".join(bytes(packet) for packet in self._codec.encode(frame))
        return Picture(nal_units(data), timestamp, key)


def _encoder(width: int, height: int, rate: Fraction, bit_rate: int) -> Any:
    codec: Any = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base, codec.framerate = Fraction(1, CLOCK_HZ), rate
    codec.bit_rate = bit_rate
    codec.gop_size = 10_000  # key frames are asked for by time
    codec.thread_count = 1  # the second core belongs to the vote
    codec.colorspace, codec.color_primaries, codec.color_trc, codec.color_range = 6, 6, 6, 1  # BT.601, limited
    codec.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "profile": "baseline",
        "forced-idr": "1",
        "maxrate": str(bit_rate * 2),
        "bufsize": str(bit_rate * 2),
        "x264-params": "scenecut=0:keyint=infinite",
    }
    return codec


def _wall_offset_ns() -> int:
    """System time minus monotonic time; the closest of three readings, as a thread may be halted between two."""
    readings = []
    for _ in range(3):
        before = time.monotonic_ns()
        wall = time.time_ns()
        after = time.monotonic_ns()
        readings.append((after - before, wall - (before + after) // 2))
    return min(readings)[1]
