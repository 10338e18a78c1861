"""Which wall time a frame was taken at: one clock model for a run.

Pure; all times in microseconds, wall times since the Unix epoch. The rules:

1. A camera's sender report says when a frame was taken. It is believed while it differs from the server's clock by at
   most TRUST_US: the facts of a sitting carry the server's time, so a camera whose clock is wrong must not move them.
2. A run has the clock `sender_report` when a believed report comes with its first DECIDE_US of footage, else `arrival`:
   the earliest arrival relative to media time is the best guess, since the network can only delay.
3. Inside a run the model never steps: it follows slowly, at most SLEW_PPM. A difference above JUMP_US ends the run at
   its next key frame, and so does a believed report in an `arrival` run: the next run has the better clock.
4. Times that go on at less than half the pace at which pictures arrive are no times: the run ends likewise.
"""

from __future__ import annotations

from collections import deque

from streaming.segments import Clock

TRUST_US = 500_000
JUMP_US = 500_000
SERVER_JUMP_US = 1_000_000  # in a sender_report run: the report may be TRUST_US off the server's clock to begin with
DECIDE_US = 1_500_000
WINDOW_US = 10_000_000  # the network's least delay is looked for in so much footage
SLEW_PPM = 500
PACE_US = 5_000_000  # times are held against arrivals over so long …
STEP_US = 500_000  # … of which a longer pause between two arrivals counts so much: a stall, or a clock set anew
KEPT = 4096  # arrivals; a window has fewer, unless the camera's times stand still


class LeastDelay:
    """The least of (arrival - media time) over the last WINDOW_US of media: the network can only delay."""

    def __init__(self) -> None:
        # (media, arrival - media), offsets rising: a sliding minimum
        self._arrivals: deque[tuple[int, int]] = deque(maxlen=KEPT)

    @property
    def best(self) -> int | None:
        return self._arrivals[0][1] if self._arrivals else None

    def feed(self, media_us: int, offset: int) -> int:
        while self._arrivals and self._arrivals[-1][1] >= offset:
            self._arrivals.pop()
        self._arrivals.append((media_us, offset))
        while self._arrivals[0][0] < media_us - WINDOW_US:
            self._arrivals.popleft()
        return self._arrivals[0][1]


class RunClock:
    """Feed it every frame; ask `wall_us` once `decided`. `broken` then names why the run should end, or is None."""

    def __init__(self) -> None:
        self.delay = LeastDelay()
        self.reported: int | None = None  # wall time of media time 0 by the last report, believed or not
        self._first_us: int | None = None
        self._offset: int | None = None  # wall time of media time 0
        self._target = 0
        self._slewed_us = 0
        self._arrived_us: int | None = None  # the last picture
        self._pace_us, self._pace_from = 0, 0  # how long pictures have arrived since media time `_pace_from`
        self.source: Clock = "arrival"
        self.broken: str | None = None
        self.untrusted_us: int | None = None  # how far a report that is not believed is from the server's clock

    @property
    def decided(self) -> bool:
        return self._offset is not None

    def feed(self, media_us: int, arrived_us: int, reported_us: int | None) -> None:
        """A frame at `media_us` arrived; `reported_us` is when the camera says it was taken, if it does."""
        if self._first_us is None:
            self._first_us = self._slewed_us = media_us
        best = self.delay.feed(media_us, arrived_us - media_us)
        self._keep_pace(media_us, arrived_us)
        report = None if reported_us is None else reported_us - media_us
        self.reported = report
        believed = report is not None and abs(report - best) <= TRUST_US
        if report is not None:
            self.untrusted_us = None if believed else report - best
        if self._offset is None:
            if believed and report is not None:
                self._offset = self._target = report
                self.source = "sender_report"
            elif media_us - self._first_us >= DECIDE_US:
                self.decide()
        elif self.source == "sender_report":
            self._follow_report(media_us, report, arrived_us - media_us, best)
        elif believed:
            self.broken = self.broken or "sender_report"
        else:
            self._follow_arrival(media_us, arrived_us - media_us, best)

    def decide(self) -> None:
        """Settle now on what is known; for a run whose first segment ends early."""
        if self._offset is None and self.delay.best is not None:
            self._offset = self._target = self.delay.best

    def wall_us(self, media_us: int) -> int:
        if self._offset is None:
            raise ValueError("the clock of this run is not decided yet")
        return self._offset + media_us

    def likely_us(self, media_us: int) -> int:
        """The wall time by what is known so far, also before it is decided."""
        return media_us + (self._offset if self._offset is not None else self.delay.best or 0)

    def slew(self, media_us: int) -> None:
        """Move towards what was measured, at a segment's edge: at most SLEW_PPM of the footage since the last time."""
        if self._offset is not None:
            most = (media_us - self._slewed_us) * SLEW_PPM // 1_000_000
            self._offset += max(-most, min(most, self._target - self._offset))
        self._slewed_us = media_us

    def _keep_pace(self, media_us: int, arrived_us: int) -> None:
        if self._arrived_us is None:
            self._pace_from = media_us
        else:
            self._pace_us += min(STEP_US, max(0, arrived_us - self._arrived_us))
        self._arrived_us = arrived_us
        if self._pace_us >= PACE_US:
            if media_us - self._pace_from < self._pace_us // 2:
                self.broken = self.broken or "timestamps"
            self._pace_us, self._pace_from = 0, media_us

    def _follow_report(self, media_us: int, report: int | None, arrival: int, best: int) -> None:
        offset = self._offset or 0
        if self._server_moved(media_us, arrival - offset, best - offset, SERVER_JUMP_US):
            self.broken = "clock_jump"
        if report is None:
            return
        error = report - offset
        if abs(error) > JUMP_US:
            self.broken = "clock_jump"
        else:
            self._target = report

    def _follow_arrival(self, media_us: int, arrival: int, best: int) -> None:
        offset = self._offset or 0
        if self._server_moved(media_us, arrival - offset, best - offset, JUMP_US):
            self.broken = "clock_jump"
        elif abs(best - offset) <= JUMP_US:
            self._target = best

    def _server_moved(self, media_us: int, early: int, late: int, limit: int) -> bool:
        """A frame cannot arrive before it is taken; that every frame of a whole window is late is no network delay."""
        first = self._first_us if self._first_us is not None else media_us
        return early < -limit or (late > limit and media_us - first >= WINDOW_US)
