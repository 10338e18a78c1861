"""A camera tried for some seconds, by the recorder's own way of receiving: what comes of it, without a file written."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import pairwise

from streaming.cutting import AccessUnit, Begin, Cutter, Part
from streaming.errors import BadStream
from streaming.filming import NO_KEY_S
from streaming.ingest import HANG_S, STOP_S, Capture, Lost, Opened
from streaming.posters import first_picture, jpeg
from streaming.rtsp.session import Transport

WIDEST = 7680


@dataclass(slots=True)
class Trial:
    """What came within `seconds`. `codec`: RFC 6381, '' without a key frame; `sound`: likewise, None without sound;
    `clock_s`: how far the camera's clock is ahead of this machine's by its sender reports, less what the way takes
    (some 20 to 100 ms); None without any. `lost`: why it ended before its time. `picture`: a JPEG."""

    codec: str = ""
    width: int = 0
    height: int = 0
    timescale: int = 0
    sound: str | None = None
    sound_rate: int = 0
    sound_units: int = 0
    seconds: float = 0.0
    frames: int = 0
    size: int = 0
    packets_lost: int = 0
    frames_damaged: int = 0
    clock_s: float | None = None
    lost: Lost | None = None
    picture: bytes | None = None
    pts: list[int] = field(default_factory=list)

    @property
    def frame_rate(self) -> float | None:
        """Pictures a second, as most follow each other by the camera's own times."""
        times = sorted(self.pts)
        steps = sorted(after - before for before, after in pairwise(times) if after > before)
        return self.timescale / steps[len(steps) // 2] if steps else None

    @property
    def bitrate_bps(self) -> int | None:
        """Of the pictures alone."""
        span = max(self.pts) - min(self.pts) if self.pts else 0
        return round(self.size * 8 * self.timescale / span) if span else None


def trial(url: str, transport: Transport = "tcp", certificate: str = "", seconds: float = 5.0) -> Trial:
    """Blocks for `seconds` of film, and until a key frame comes NO_KEY_S at most. What goes wrong stands in `lost`."""
    capture = Capture(url, "trial", transport, certificate)
    found, receiving = Trial(), _Receiving()
    capture.start()
    try:
        heard = time.monotonic()
        while found.lost is None and not receiving.enough(found, seconds):
            event = capture.next_event(0.2)
            if event is not None:
                heard = time.monotonic()
            elif time.monotonic() - heard > HANG_S:
                found.lost = Lost("silent", "the capture does not answer")
            if isinstance(event, Lost):
                found.lost = event
            elif isinstance(event, Opened):
                receiving.open(found, event)
            elif isinstance(event, AccessUnit):
                receiving.take(found, event)
            elif event is not None:
                found.sound_units += 1
                found.packets_lost += event.lost
    finally:
        capture.stop()
        capture.join(STOP_S + 1.0)
    if receiving.init and receiving.part:
        found.picture = _jpeg(receiving.init, receiving.part)
    return found


class _Receiving:
    def __init__(self) -> None:
        self.init = self.part = b""
        self._cutter: Cutter | None = None
        self._began = 0.0

    def enough(self, found: Trial, seconds: float) -> bool:
        if not self._began:
            return False
        found.seconds = time.monotonic() - self._began
        return found.seconds >= (seconds if self.part else max(seconds, NO_KEY_S))

    def open(self, found: Trial, opened: Opened) -> None:
        self._cutter, self._began = Cutter(opened.timescale, opened.sets), time.monotonic()
        found.timescale = opened.timescale
        if opened.sound is not None:
            found.sound, found.sound_rate = opened.sound.codec, opened.sound.rate

    def take(self, found: Trial, unit: AccessUnit) -> None:
        found.frames += 1
        found.size += sum(map(len, unit.units))
        found.pts.append(unit.pts)
        found.packets_lost += unit.lost
        found.frames_damaged += unit.damaged
        if unit.reported_us is not None:  # what came the fastest way tells the most
            ahead = (unit.reported_us - unit.arrived_us) / 1e6
            found.clock_s = ahead if found.clock_s is None else max(found.clock_s, ahead)
        if self._cutter is None or self.part:
            return
        try:
            acts = self._cutter.feed(unit)
        except BadStream as error:
            found.lost = Lost(error.code, str(error))
            return
        for act in acts:
            if isinstance(act, Begin):
                self.init, found.codec, found.width, found.height = act.init, act.codec, act.width, act.height
            elif isinstance(act, Part):
                self.part = self.part or act.data


def _jpeg(init: bytes, part: bytes) -> bytes | None:
    """The first picture at its full size; None where it cannot be decoded."""
    try:
        return jpeg(first_picture(init, part, WIDEST))
    except ValueError:
        return None
