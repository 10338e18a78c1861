"""Where the film is cut: pictures into parts of 200 ms, parts into segments of 2 s, segments into runs.

Pure. `Cutter.feed` takes one access unit and answers with the acts to carry out on disk, in order. Media time 0 is a
run's first key frame. Nothing is left out but what cannot be shown: pictures to which no key frame leads. A key frame
is any picture that decoding may begin with (`nal.Entry`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from streaming import fmp4, h264, nal
from streaming.clock import RunClock
from streaming.errors import BadStream, NoKeyFrame
from streaming.nal import Entry
from streaming.segments import Clock, span_ms
from streaming.sound import LATE_US, Hearing, SoundFormat, SoundTrack, SoundUnit

PART_MS = 200
PART_US = 500_000  # a part is written after so long, whatever time its pictures bear: nothing older waits in memory
SEGMENT_MS = 2000
LONGEST_MS = 300_000  # of a segment; who looks for a moment looks back 10 minutes
PREFERRED_MS = 4000  # so long after a better key frame no GRADUAL one counts
EARLY_MS = 100  # a key frame this much before SEGMENT_MS ends the segment too: cameras are not exact
GAP_MS = 2000  # a longer pause between two frames ends the run
LEAP_MS = 20_000  # times leap so far while the connection lives, which no pause does: the camera counts anew
ASIDE_BYTES = 16 * 2**20  # of torn pictures in a row; what is more is only counted
BACK_MS = 1000  # times may fall back so much by reordering; further, and the camera counts anew


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One picture as received. `pts` in ticks; times in microseconds since the epoch."""

    units: tuple[bytes, ...]  # without start codes
    pts: int
    arrived_us: int
    reported_us: int | None  # by the camera's sender report
    lost: int = 0  # packets missing in it or right before it
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class Begin:
    """A run begins; its clock is not known yet, `arrived_us` stands in."""

    arrived_us: int
    codec: str
    width: int
    height: int
    timescale: int
    init: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """Append to the segment being written (open it, if none is)."""

    data: bytes
    start_ticks: int
    duration_ticks: int
    frames: int
    started_us: int = 0  # wall time of its first frame, as far as it is known yet


@dataclass(frozen=True, slots=True)
class Clocked:
    """The run's clock is known: media time 0 was at `started_us`. Comes before the run's first Cut."""

    started_us: int
    clock: Clock


@dataclass(frozen=True, slots=True)
class Cut:
    """The segment is complete."""

    start_ticks: int
    duration_ticks: int
    duration_ms: int
    started_us: int
    frames: int
    lost: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class End:
    """The run is over; its last segment was cut."""

    reason: str
    ended_us: int


Act = Begin | Part | Clocked | Cut | End


@dataclass(slots=True)
class _Picture:
    sample: bytes
    pts: int
    key: bool
    lost: int
    arrived_us: int
    damaged: int = 0  # torn pictures behind it
    orphans: list[int] = field(default_factory=list)  # times of those set aside since the last key frame


class Cutter:
    """One connection to a camera. sets: of its codec, with those known beforehand (from the SDP), else H.264's; sound:
    what comes by `hear`."""

    def __init__(self, timescale: int, sets: nal.ParameterSets | None = None, sound: SoundFormat | None = None) -> None:
        self.timescale = timescale
        self._sound = Hearing(sound) if sound is not None else None
        self.skipped = 0  # pictures before the first key frame
        self._sets = sets if sets is not None else h264.ParameterSets()
        self._run: _Run | None = None
        self._lost = 0  # packets lost before a picture

    def anew(self) -> Cutter:
        """For the same connection, when what it was recording is given up."""
        return Cutter(self.timescale, self._sets.anew(), self._sound.format if self._sound else None)

    @property
    def is_h265(self) -> bool:
        """Most browsers cannot play it."""
        return self._sets.entry == b"hvc1"

    def is_key(self, unit: AccessUnit) -> bool:
        """Decoding may begin with the picture."""
        return self._sets.begins(unit.units) is not Entry.NONE

    def hear(self, unit: SoundUnit) -> None:
        """Sound waits here until its part of the film is made."""
        if self._sound is not None:
            self._sound.hear(unit)

    @property
    def clock(self) -> RunClock | None:
        return self._run.clock if self._run else None

    @property
    def due(self) -> int | None:
        """Before the picture of this time, in ticks, no act is to come but by a key frame; None: nobody knows."""
        return self._run.due if self._run else None

    def feed(self, unit: AccessUnit) -> list[Act]:
        """Raises BadStream when a run should begin with parameters that make no sense, NoKeyFrame when a segment would
        be longer than LONGEST_MS."""
        sets, units, run, acts = self._sets, unit.units, self._run, list[Act]()
        kinds = {sets.kind(one) for one in units}
        entry = Entry.NONE if unit.damaged else sets.begins(units)
        if run is not None:
            entry = run.worth(entry, unit)
        key = entry is not Entry.NONE
        if kinds & sets.needed.keys():
            sets.update(units)
        self._lost += unit.lost
        if not any(map(sets.is_picture, kinds)):
            return acts  # no picture: parameter sets or messages alone
        if run is not None and not key and run.is_too_long(unit):
            raise NoKeyFrame("the camera sends no key frame")
        if unit.damaged:
            if run is None:
                self.skipped += 1
            else:
                run.set_aside(sets.set_aside(units), unit.pts, self._lost, damaged=1)
                self._lost = 0
            return acts
        lost, self._lost = self._lost, 0
        reason = ""
        if run is not None:
            reason = run.ends_before(unit.pts, key)
            if not reason and key and sets.units != run.sets:
                reason = "parameters"
        if run is None or reason:
            if not (key and sets.complete):
                self.skipped, self._lost = self.skipped + 1, lost
                return self.finish(reason)
            run = _Run(unit, sets, self.timescale, self._sound)  # where that fails, the old one is finished later
            acts += [*self.finish(reason), run.begin]
            self._run = run
        elif run.is_orphan(unit, key):
            run.set_aside(sets.set_aside(units), unit.pts, lost)
            return acts
        run.enter(entry, unit, passes_over=sets.passes_over)
        told = sets.mark if entry in (Entry.OPEN, Entry.GRADUAL) else ()
        sample = sets.sample((*told, *units), run.sets)
        return acts + run.feed(unit, _Picture(sample, run.time_of(unit), key, lost, unit.arrived_us))

    def finish(self, reason: str) -> list[Act]:
        """End the run, if there is one: everything received is in the acts."""
        run, self._run = self._run, None
        return run.finish(reason) if run else []


class _Run:
    def __init__(
        self, first: AccessUnit, sets: nal.ParameterSets, timescale: int, hearing: Hearing | None = None
    ) -> None:
        picture = sets.picture()
        entry = fmp4.picture_entry(sets.entry, picture.width, picture.height, sets.configuration())
        self._hearing = hearing
        self._sound = SoundTrack(hearing.format) if hearing is not None else None
        sound = (hearing.format.rate, hearing.format.entry) if hearing is not None else None
        codec = f"{picture.codec},{hearing.format.codec}" if hearing is not None else picture.codec
        init = fmp4.init_segment(picture.width, picture.height, timescale, entry, sound)
        self.begin = Begin(first.arrived_us, codec, picture.width, picture.height, timescale, init)
        self.sets = sets.units
        self.clock = RunClock()
        self._told_clock = False
        self._timescale, self._first_pts = timescale, first.pts
        self._last_pts, self._last_us = first.pts, first.arrived_us
        self._gap = self._astray = False
        self._better_pts: int | None = None  # of the last key frame that was not GRADUAL
        self._open_pts: int | None = None  # what is shown before it cannot be decoded by who begins with it
        self._orphans: list[int] = []  # the times of those that came so
        self._times = nal.DecodingTimes(picture.reorder, timescale // 25)
        self._untimed: deque[_Picture] = deque()
        self._pending: tuple[_Picture, int] | None = None  # its length is known when the next one comes
        self._last_dts, self._last_step = -1, timescale // 25
        self._part: list[fmp4.Sample] = []
        self._part_start = self._segment_start = 0
        self._part_us = first.arrived_us
        self._segment_frames = self._segment_lost = self._segment_damaged = self._parts = 0

    @property
    def due(self) -> int:
        return self._first_pts + self._part_start + self._ticks(PART_MS) - self._last_step // 2

    def ends_before(self, pts: int, key: bool) -> str:
        """Why the run ends before this picture, or "". A run that should end waits for a key frame if it can."""
        self._astray = self._astray or self._leaps(pts)
        self._gap = self._gap or (not self._astray and pts - self._last_pts > self._ticks(GAP_MS))
        if not key:
            return ""
        return "timestamps" if self._astray else "gap" if self._gap else self.clock.broken or ""

    def worth(self, entry: Entry, unit: AccessUnit) -> Entry:
        """NONE for a GRADUAL one where better ones come."""
        better = self._better_pts
        near = better is not None and 0 <= unit.pts - better < self._ticks(PREFERRED_MS)
        return Entry.NONE if near and entry is Entry.GRADUAL else entry

    def enter(self, entry: Entry, unit: AccessUnit, *, passes_over: bool) -> None:
        """The picture comes next. passes_over: as of the codec's `ParameterSets`."""
        if entry is Entry.NONE:
            return
        if entry is not Entry.GRADUAL:
            self._better_pts = unit.pts
        hazard = entry is not Entry.WHOLE and (not passes_over or unit.pts == self._first_pts)
        self._open_pts = unit.pts if hazard else None
        self._orphans = []

    def is_orphan(self, unit: AccessUnit, key: bool) -> bool:
        """It is shown before the key frame that came before it, and needs what came before that: browsers that begin
        there give up at such a picture."""
        return not key and not self._astray and self._open_pts is not None and unit.pts < self._open_pts

    def is_too_long(self, unit: AccessUnit) -> bool:
        """With this picture the segment would be."""
        return self.time_of(unit) - self._first_pts - self._segment_start >= self._ticks(LONGEST_MS)

    def time_of(self, unit: AccessUnit) -> int:
        """In ticks: its own, or once times have gone astray the one by arrival."""
        if not self._astray and not self._leaps(unit.pts):
            return unit.pts
        return self._last_pts + max(1, self._ticks(unit.arrived_us - self._last_us) // 1000)

    def feed(self, unit: AccessUnit, picture: _Picture) -> list[Act]:
        acts = list[Act]()
        self._last_pts, self._last_us = max(self._last_pts, picture.pts), unit.arrived_us
        picture.pts -= self._first_pts
        picture.orphans = self._orphans
        reported_us = None if self._astray else unit.reported_us
        self.clock.feed(self._us(picture.pts), unit.arrived_us, reported_us)
        acts += self._tell_clock()
        self._untimed.append(picture)
        for dts in self._times.push(picture.pts):
            acts += self._timed(self._untimed.popleft(), dts)
        return acts

    def set_aside(self, aside: bytes, pts: int, lost: int, damaged: int = 0) -> None:
        """No decoder may see this picture: its bytes are kept behind those of the one before it, which is shown for so
        long. damaged: 1 where it is torn."""
        if not self._astray and not self._leaps(pts):
            self._last_pts = max(self._last_pts, pts)
        before = self._untimed[-1] if self._untimed else self._pending[0] if self._pending else None
        if not damaged and self._open_pts != self._first_pts:
            self._orphans.append(pts - self._first_pts)
        if before is not None:
            before.sample += aside if len(before.sample) < ASIDE_BYTES else b""
            before.lost += lost
            before.damaged += damaged

    def finish(self, reason: str) -> list[Act]:
        acts = list[Act]()
        for dts in self._times.flush():
            acts += self._timed(self._untimed.popleft(), dts)
        end = self._last_dts + self._last_step + len(self._orphans) * self._times.step
        self._close_pending(end)
        self.clock.decide()
        acts += self._tell_clock() + self._flush_part(last=True) + self._cut(end)
        return [*acts, End(reason, self.clock.wall_us(self._us(end)))]

    def _timed(self, picture: _Picture, dts: int) -> list[Act]:
        acts = list[Act]()
        # the time of orphans is given to the last picture before the next key frame: players take the first lengths for
        # those of all
        missing = sum(at < dts - self._times.lag for at in picture.orphans)
        dts = max(dts - missing * self._times.step, self._last_dts + 1)
        self._close_pending(dts)
        if picture.key and dts - self._segment_start >= self._ticks(SEGMENT_MS - EARLY_MS):
            self.clock.decide()
            acts += self._tell_clock() + self._flush_part() + self._cut(dts)
        elif self._part and (
            dts - self._part_start + self._last_step // 2 >= self._ticks(PART_MS)
            or picture.arrived_us - self._part_us >= PART_US
        ):
            acts += self._flush_part()
        if not self._part:
            self._part_start, self._part_us = dts, picture.arrived_us
        self._pending, self._last_dts = (picture, dts), dts
        return acts

    def _close_pending(self, end: int) -> None:
        if self._pending is not None:
            picture, dts = self._pending
            self._last_step = end - dts
            offset, lost, damaged = picture.pts - dts, picture.lost, picture.damaged
            self._part.append(fmp4.Sample(picture.sample, end - dts, picture.key, offset, lost, damaged))
            self._pending = None

    def _flush_part(self, *, last: bool = False) -> list[Act]:
        if not self._part:
            return []
        self._parts += 1
        length = sum(sample.duration for sample in self._part)
        sound_start, sound = self._heard(self._us(self._part_start + length), last)
        data = fmp4.fragment(self._parts, self._part_start, self._part, sound_start, sound)
        started_us = self.clock.likely_us(self._us(self._part_start))
        part = Part(data, self._part_start, length, len(self._part), started_us)
        self._segment_frames += part.frames
        self._segment_lost += sum(sample.lost for sample in (*self._part, *sound))
        self._segment_damaged += sum(sample.damaged for sample in self._part)
        self._part = []
        return [part]

    def _heard(self, until_us: int, last: bool) -> tuple[int, list[fmp4.Sample]]:
        """The sound of the part that ends there."""
        if self._hearing is None or self._sound is None:
            return 0, []
        for unit, at_us in self._hearing.due(self.clock, until_us):
            self._sound.put(unit, at_us)
        self._sound.fill(until_us if last else until_us - LATE_US)
        return self._sound.finish(self._hearing.missed()) if last else self._sound.take()

    def _cut(self, end: int) -> list[Act]:
        start, frames = self._segment_start, self._segment_frames
        lost, damaged = self._segment_lost, self._segment_damaged
        self._segment_start = end
        self._segment_frames = self._segment_lost = self._segment_damaged = 0
        if not frames:
            return []
        length_ms = max(1, span_ms(start, end - start, self._timescale))
        started_us = self.clock.wall_us(self._us(start))
        self.clock.slew(self._us(end))
        return [Cut(start, end - start, length_ms, started_us, frames, lost, damaged)]

    def _tell_clock(self) -> list[Act]:
        if self._told_clock or not self.clock.decided:
            return []
        self._told_clock = True
        return [Clocked(self.clock.wall_us(0), self.clock.source)]

    def _leaps(self, pts: int) -> bool:
        return not -self._ticks(BACK_MS) <= pts - self._last_pts <= self._ticks(LEAP_MS)

    def _ticks(self, ms: int) -> int:
        return ms * self._timescale // 1000

    def _us(self, ticks: int) -> int:
        return ticks * 1_000_000 // self._timescale


__all__ = ["AccessUnit", "Act", "BadStream", "Begin", "Clocked", "Cut", "Cutter", "End", "Part"]
