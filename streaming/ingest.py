"""Pictures from a camera: RTSP over TCP by libav, in a thread of its own.

libav's parser is left out (`noparse`): what comes is each RTP payload with its own timestamp, its own arrival and its
own reading of the last sender report, and pictures are put together here by timestamp. That gives the first frame its
time, loses neither the first nor the last, and lets an arrival be that of the picture itself, not of the next.

Only video is asked for: with two streams libav would rewrite the timestamps at each sender report.
"""

from __future__ import annotations

import logging
import queue
import re
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import av

from streaming import h264
from streaming.cutting import AccessUnit

log = logging.getLogger(__name__)

OPEN_S = 5.0
READ_S = 2.5  # libav tells of a stall only after twice this
HANG_S = 15.0  # the watchdog: no word from the thread for so long, and it is given up
UNIT_BYTES = 16 * 2**20  # no picture is larger
QUEUED = 1500  # access units, a minute at 25 a second, while the disk is slow; then the camera has to wait

_OPTIONS = {
    "rtsp_transport": "tcp",
    "allowed_media_types": "video",
    "fflags": "+noparse+nofillin",
    "probesize": "32",
    "analyzeduration": "0",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """The camera plays. `sets`: parameter sets from its description."""

    timescale: int
    sets: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is over. `code`: absent, refused, not_rtsp, not_h264, garbage, silent, dropped, stopped."""

    code: str
    text: str


Event = Opened | AccessUnit | Lost


def without_password(url: str) -> str:
    return re.sub(r"(?<=://)[^@/]*@", "…@", url)


class Capture(threading.Thread):
    """One connection. Events come from `next_event`; the last is always Lost, after which the thread ends."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(name=f"capture-{name}", daemon=True)
        self._url = url
        self._events: queue.Queue[Event] = queue.Queue(QUEUED)
        self._stopping = threading.Event()
        self._lost = False

    def stop(self) -> None:
        """Ask for the end. A living camera's thread ends with its next frame, a stalled one's in 2 * READ_S."""
        self._stopping.set()

    def next_event(self, timeout: float) -> Event | None:
        """The next event, or None after `timeout` seconds without one."""
        try:
            return self._events.get(timeout=timeout)
        except queue.Empty:
            return None

    def run(self) -> None:
        opened = False
        if not self._url.startswith(("rtsp://", "rtsps://")):
            self._put(Lost("not_rtsp", "only addresses that begin with rtsp:// or rtsps:// can be recorded"))
            return
        try:
            with av.open(self._url, options=_OPTIONS, timeout=(OPEN_S, READ_S)) as container:
                stream = next(iter(container.streams.video), None)
                if stream is None or stream.codec_context is None or stream.codec_context.name != "h264":
                    self._put(Lost("not_h264", "the camera sends no H.264 video"))
                    return
                opened = True
                extra = bytes(stream.codec_context.extradata or b"")
                time_base = stream.time_base
                timescale = time_base.denominator // time_base.numerator if time_base else 90_000
                self._put(Opened(timescale, tuple(h264.split(extra))))
                for unit in self._units(container, stream):
                    self._put(unit)
            self._put(Lost("stopped" if self._stopping.is_set() else "dropped", "the camera ended the connection"))
        except av.error.ExitError as error:
            self._put(Lost("silent" if opened else "absent", _words(error)))
        except av.error.InvalidDataError as error:
            self._put(Lost("garbage", _words(error)))
        except (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError) as error:
            self._put(Lost("refused", _words(error)))
        except (av.error.FFmpegError, OSError, ValueError) as error:
            self._put(Lost("dropped" if opened else "absent", _words(error)))
        finally:
            if not self._lost:
                self._put(Lost("garbage", "the capture failed"))

    def _put(self, event: Event) -> None:
        if isinstance(event, Lost):
            if self._lost:
                return
            self._lost = True
        while True:
            try:
                self._events.put(event, timeout=0.5)
            except queue.Full:
                if self._stopping.is_set() and not isinstance(event, Lost):
                    return
                continue
            return

    def _units(self, container: av.container.InputContainer, stream: av.VideoStream) -> Iterator[AccessUnit]:
        """Payloads joined to pictures: those of one timestamp are one picture. Stops between two pictures; where the
        camera breaks off, the last one may be torn and is kept as it came."""
        pieces: list[bytes] = []
        size = pts = arrived_us = 0
        reported_us: int | None = None
        broken: av.error.FFmpegError | None = None
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:  # what came before it is whole
                broken = error
                break
            if packet is None:
                break
            if packet.size == 0 or packet.pts is None:
                continue
            if pieces and packet.pts != pts:
                yield AccessUnit(b"".join(pieces), pts, arrived_us, reported_us)
                pieces = []
                if self._stopping.is_set():
                    break
            if not pieces:
                pts, arrived_us, size = packet.pts, time.time_ns() // 1000, 0
                reported_us = _reported_us(packet)
            size += packet.size
            if size > UNIT_BYTES:
                raise ValueError("the camera sent a picture without end")
            pieces.append(bytes(packet))
        if pieces:
            yield AccessUnit(b"".join(pieces), pts, arrived_us, reported_us)
        if broken is not None:
            raise broken


def _reported_us(packet: av.Packet[av.VideoStream]) -> int | None:
    """Wall time by the last RTCP sender report: side data `prft`, an AVProducerReferenceTime."""
    if not packet.has_sidedata("prft"):
        return None
    wall_us, _flags = struct.unpack_from("<qi", bytes(packet.get_sidedata("prft")))
    return int(wall_us)


def _words(error: Exception) -> str:
    """The error without the address, which may hold a password."""
    return f"{type(error).__name__}: {getattr(error, 'strerror', None) or without_password(str(error))}"
