"""A run's sound: units of one length each, laid beside the film by time, without a hole.

Pure. Browsers stop where a track has a hole, so silence stands where no sound came. Sound and film of one camera have
clocks of their own: the difference is made good in steps too small to be heard, by the lengths written, never in the
sound itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from streaming.clock import LeastDelay, RunClock
from streaming.fmp4 import Sample

LATE_US = 1_000_000  # sound that is so far behind the film is awaited no longer
ASTRAY_US = 5_000_000  # times that far from the film's are not believed: the sound goes on where it was
WAITING = 4096  # units, while no film is recorded
EXACT_MS = 10  # nearer need not be
STEP = 32  # of a unit's length: by its 32nd part at most is it written longer or shorter


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """`codec`: RFC 6381. `entry`: its description in the init segment. `unit_ticks`: samples in a unit; `silence`: a
    unit of it."""

    codec: str
    rate: int
    unit_ticks: int
    entry: bytes
    silence: bytes


@dataclass(frozen=True, slots=True)
class SoundUnit:
    """As received. `pts` in ticks of the rate; times in microseconds since the epoch."""

    data: bytes
    pts: int
    arrived_us: int
    reported_us: int | None  # by the camera's sender report
    lost: int = 0  # packets missing right before it


class Hearing:
    """Sound as it arrives, waiting for its part of the film."""

    def __init__(self, kind: SoundFormat) -> None:
        self.format = kind
        self._waiting: deque[SoundUnit] = deque()
        self._delay = LeastDelay()
        self._reported: int | None = None

    def hear(self, unit: SoundUnit) -> None:
        media_us = self._us(unit)
        self._delay.feed(media_us, unit.arrived_us - media_us)
        if unit.reported_us is not None:
            self._reported = unit.reported_us - media_us
        self._waiting.append(unit)
        if len(self._waiting) > WAITING:
            lost = self._waiting.popleft().lost
            self._waiting[0] = replace(self._waiting[0], lost=self._waiting[0].lost + lost)

    def due(self, film: RunClock, until_us: int) -> Iterator[tuple[SoundUnit, int]]:
        """What was heard before `until_us`, media time of the film, each with when. By the camera's clock where it
        reports both, else by how early each arrives at best."""
        if film.reported is not None and self._reported is not None:
            shift = self._reported - film.reported
        else:
            shift = (self._delay.best or 0) - (film.delay.best or 0)
        while self._waiting and (at_us := self._us(self._waiting[0]) + shift) < until_us:
            yield self._waiting.popleft(), at_us

    def missed(self) -> int:
        """Packets missing before what still waits; each is told once."""
        lost = sum(unit.lost for unit in self._waiting)
        self._waiting = deque(replace(unit, lost=0) for unit in self._waiting)
        return lost

    def _us(self, unit: SoundUnit) -> int:
        return unit.pts * 1_000_000 // self.format.rate


class SoundTrack:
    """`put` what belongs to the part being made, in order, then `take` it."""

    def __init__(self, kind: SoundFormat) -> None:
        self.format = kind
        self._start = 0  # of the unit that waits for its end
        self._waiting: bytes | None = None
        self._lost = 0  # before it
        self._done: list[Sample] = []
        self._from = 0  # where `_done` begins

    def put(self, heard: SoundUnit, at_us: int) -> None:
        """at_us: media time of the unit's beginning, by the camera's or the network's clock."""
        unit = self.format.unit_ticks
        end = self._end
        error = at_us * self.format.rate // 1_000_000 - end
        if abs(error) * 1_000_000 > ASTRAY_US * self.format.rate:
            error = 0
        if error <= -unit and self._waiting is None:
            self._lost += heard.lost
            return  # before the run begins
        while error >= unit:
            self._add(self.format.silence, end)
            end, error = end + unit, error - unit
        if abs(error) * 1000 <= EXACT_MS * self.format.rate and self._waiting is not None:
            error = 0
        most = unit // STEP
        self._add(heard.data, end + (max(-most, min(most, error)) if self._waiting is not None else 0))
        self._lost += heard.lost

    def fill(self, until_us: int) -> None:
        """Silence, so that the track reaches there at least."""
        until = until_us * self.format.rate // 1_000_000
        while (end := self._end) < until:
            self._add(self.format.silence, end)

    def take(self) -> tuple[int, list[Sample]]:
        """What has its length by now: the beginning in ticks, and the samples."""
        done, self._done = self._done, []
        start, self._from = self._from, self._start
        return start, done

    def finish(self, lost: int = 0) -> tuple[int, list[Sample]]:
        """The rest, at the end of a run. lost: packets missing in what stays out."""
        self._lost += lost
        if self._waiting is not None:
            self._add(b"", self._end)
            self._waiting = None
        return self.take()

    @property
    def _end(self) -> int:
        return self._start + self.format.unit_ticks if self._waiting is not None else self._start

    def _add(self, data: bytes, start: int) -> None:
        if self._waiting is not None:
            self._done.append(Sample(self._waiting, start - self._start, True, 0, self._lost))
            self._lost = 0
        self._waiting, self._start = data, start
