"""One camera, recorded for as long as the process lives: connect, write, and begin again after whatever happened.

A thread of its own, so that neither a slow disk nor another camera holds up this one. It asks no database anything.
"""

from __future__ import annotations

import errno
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from streaming import salvage, storage
from streaming.cutting import AccessUnit, Act, Begin, Cutter
from streaming.errors import BadStream
from streaming.following import Follow, Held, Sittings
from streaming.ingest import HANG_S, SILENT_S, Capture, Lost, Opened, without_password
from streaming.journal import Record
from streaming.live_feed import Tap
from streaming.posters import Posters
from streaming.rtsp.session import Transport
from streaming.segments import CameraState, Run, Segment, State, from_us
from streaming.sound import SoundUnit

log = logging.getLogger(__name__)

BACKOFF_S = (0.5, 3.0)  # first and longest pause between two tries, before jitter
LOCKOUT_S = 15.0  # the longest with a camera that refuses us: some lock out who asks too often
DISK_RETRY_S = 2.0
BITRATE_S = 5.0
NO_KEY_S = 10.0
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def pause_after(code: str, tries: int) -> float:
    """Seconds until a lost camera is tried again, before jitter, after so many tries in vain."""
    longest = LOCKOUT_S if code == "refused" else BACKOFF_S[1]
    return min(longest, BACKOFF_S[0] * 2.0 ** min(tries, 10))


@dataclass(frozen=True, slots=True)
class CameraSource:
    """`url` may hold a password and is never logged whole. `certificate`: SHA-256 of the camera's, for `rtsps`.
    `follow`: None records always."""

    id: str
    url: str
    transport: Transport = "tcp"
    certificate: str = ""
    follow: Follow | None = None


class CameraThread(threading.Thread):
    """Raises CameraBusy on making, when another recorder has the camera. `tell` is called from this thread with each
    record that is durable; `state` may be read from any. `live` is told each act as it is written, and may be set
    before the thread begins. sittings: which are open, for a source that follows them."""

    def __init__(
        self,
        source: CameraSource,
        recordings: Path,
        tell: Callable[[Record], None],
        posters: Posters | None,
        sittings: Sittings | None = None,
    ) -> None:
        super().__init__(name=f"camera-{source.id}", daemon=True)
        self.live: Tap | None = None
        self._source, self._recordings, self._tell_index, self._posters = source, recordings, tell, posters
        self._lock = storage.Lock(recordings / source.id)
        self._stopping = threading.Event()
        self._writer: storage.RunWriter | None = None
        self._cutter: Cutter | None = None
        self._init_path = ""
        self._sittings = sittings or Sittings(time.monotonic())
        self._held: Held[AccessUnit | SoundUnit] = Held(source.follow.before_s if source.follow else 0.0)
        self._disk_fault: str | None = "starting"  # end reason of what `recover` finds; None: the disk takes writes
        self._retry_disk_at = 0.0
        self._received: deque[tuple[float, int]] = deque()
        self._left_behind: list[Capture] = []
        self.state = CameraState(source.id, "connecting", from_us(time.time_ns() // 1000), None, None, None, "")

    def stop(self) -> None:
        """Finish the segment at hand and end."""
        self._stopping.set()

    def close(self) -> None:
        """Let the next recorder have the camera; after the thread has ended, or when it never began."""
        self._lock.release()

    @property
    def ended(self) -> bool:
        """Neither this thread nor that of a connection left behind runs any more."""
        return not self.is_alive() and not any(capture.is_alive() for capture in self._left_behind)

    def run(self) -> None:
        tries = 0
        while not self._stopping.is_set():
            self._mend_disk()
            began = time.monotonic()
            lost = self._connection()
            if time.monotonic() - began > BACKOFF_S[1]:
                tries = 0
            if self._stopping.is_set():
                break
            pause = pause_after(lost.code, tries)
            self._tell_lost(lost, pause)
            self._stopping.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311
            tries += 1
        self._set("stopped", "")

    # --- one connection ---

    def _connection(self) -> Lost:
        """From connecting to the end of it; what was received is then on disk."""
        source = self._source
        capture = Capture(source.url, source.id, source.transport, source.certificate)
        capture.start()
        try:
            lost = self._film(capture)
            if self._cutter is not None:
                self._carry_out(self._cutter.finish("stopped" if self._stopping.is_set() else lost.code))
        except Exception:
            log.exception("recording failed and begins again camera=%s", self._source.id)
            self._abandon("failed")
            lost = Lost("failed", "an error of the recorder")
        self._cutter = None
        capture.stop()
        capture.join(SILENT_S + 1)
        if capture.is_alive():
            log.error("a connection does not end and is left behind camera=%s", self._source.id)
            self._left_behind.append(capture)
        return lost

    def _film(self, capture: Capture) -> Lost:
        heard = opened = time.monotonic()
        while True:
            event = capture.next_event(0.2)
            now = time.monotonic()
            if self._stopping.is_set():
                capture.stop()
            if event is None:
                if now - heard > HANG_S:
                    return Lost("silent", "the capture does not answer")
                continue
            heard = now
            if isinstance(event, Lost):
                return event
            if isinstance(event, Opened):
                self._cutter = Cutter(event.timescale, event.sets, event.sound)
                self._held.take()  # of an earlier connection
                opened = now
                continue
            if isinstance(event, SoundUnit):
                self._lose(event.lost)
            else:
                self._count(event)
            try:
                self._receive(event, now)
            except BadStream as error:
                return Lost(error.code, str(error))
            if self._writer is None and not self._held and self._disk_fault is None and now - opened > NO_KEY_S:
                self._set("connecting", "no_key_frame")

    def _receive(self, event: AccessUnit | SoundUnit, now: float) -> None:
        """Record it, and before it what was held; or hold it until its sitting opens."""
        if self._sittings.wanted(self._source.follow, now):
            for each in (*self._held.take(), event):
                self._take(each)
        elif self._cutter is not None:
            self._mend_disk()
            if self._writer is not None:
                self._carry_out(self._cutter.finish("stopped"))
                self._cutter = self._cutter.anew()
            key = isinstance(event, AccessUnit) and self._cutter.is_key(event)
            size = len(event.data) if isinstance(event, SoundUnit) else sum(map(len, event.units))
            self._held.add(event, key, size, now)
            if self._held and self._disk_fault is None:
                self._set("waiting", "")

    def _take(self, unit: AccessUnit | SoundUnit) -> None:
        if isinstance(unit, SoundUnit):
            if self._cutter is not None:
                self._cutter.hear(unit)
            return
        self._mend_disk()
        if self._disk_fault is None and self._cutter is not None:
            self._carry_out(self._cutter.feed(unit))
            clock = self._cutter.clock
            if self._writer is not None and clock is not None:
                off = clock.decided and clock.untrusted_us is not None
                self._set("recording", "clock_off" if off else "h265" if self._cutter.is_h265 else "")

    def _carry_out(self, acts: list[Act]) -> None:
        try:
            for act in acts:
                if isinstance(act, Begin):
                    self._writer = storage.RunWriter(self._recordings, self._source.id, act, self._tell)
                writer = self._writer
                if writer is not None and not isinstance(act, Begin):
                    writer.carry_out(act)
                if writer is not None and self.live is not None:
                    self.live.take(act, writer.run_id)
        except OSError as error:
            self._disk_refused(error)

    def _tell(self, record: Record) -> None:
        self._tell_index(record)
        if isinstance(record, Run):
            self._init_path = record.init_path
            log.info("run began run=%s clock=%s codec=%s", record.id, record.clock, record.codec)
        elif isinstance(record, Segment):
            if self._posters is not None and record.poster_path is not None:
                self._posters.ask(self._init_path, record.path, record.poster_path)
        else:
            self._writer = None
            log.info("run ended run=%s reason=%s", record.run_id, record.end_reason)

    # --- the disk ---

    def _disk_refused(self, error: OSError) -> None:
        """What is on the disk stays; recording goes on in a new run once the disk takes writes."""
        full = error.errno in _DISK_FULL
        self._retry_disk_at = time.monotonic() + DISK_RETRY_S
        log.error("recording stands still camera=%s error=%s", self._source.id, error)
        self._abandon("disk_full" if full else "disk_error")
        self._set("disk_full", "disk_full" if full else "disk_error")

    def _abandon(self, reason: str) -> None:
        """Leave the run at hand to `salvage`."""
        self._disk_fault = reason
        if self._writer is not None:
            self._writer.abandon()
            self._writer = None
            if self.live is not None:
                self.live.abandon(reason)
        if self._cutter is not None:
            self._cutter = self._cutter.anew()

    def _mend_disk(self) -> None:
        """At the start, and after the disk refused: finish what was left, and see whether it takes writes."""
        if self._disk_fault is None or time.monotonic() < self._retry_disk_at:
            return
        starting = self._disk_fault == "starting"
        try:
            if not starting:
                storage.probe(self._recordings / self._source.id)
            reason = "killed" if starting else self._disk_fault
            salvage.recover(self._recordings, self._source.id, self._tell, reason)
        except OSError as error:
            fault = self._disk_fault
            self._disk_refused(error)
            if starting:
                self._disk_fault = fault
            return
        self._disk_fault = None
        if not starting:
            log.warning("recording goes on camera=%s", self._source.id)
            self._set("connecting", "")

    # --- the state ---

    def _count(self, unit: AccessUnit) -> None:
        now, now_at = time.monotonic(), from_us(time.time_ns() // 1000)
        self._received.append((now, sum(map(len, unit.units))))
        while self._received[0][0] < now - BITRATE_S:
            self._received.popleft()
        seconds = max(1.0, now - self._received[0][0])
        bits = sum(size for _, size in self._received) * 8
        self.state = replace(
            self.state,
            last_frame_at=now_at,
            bitrate_bps=round(bits / seconds),
            last_key_at=now_at if self._cutter is not None and self._cutter.is_key(unit) else self.state.last_key_at,
        )
        self._lose(unit.lost)

    def _lose(self, packets: int) -> None:
        if packets:
            self.state = replace(self.state, packets_lost=self.state.packets_lost + packets)

    def _set(self, state: State, message: str) -> None:
        if (self.state.state, self.state.message) == (state, message):
            return
        since = self.state.since_at if self.state.state == state else from_us(time.time_ns() // 1000)
        bitrate = self.state.bitrate_bps if state in ("recording", "waiting") else None
        self.state = replace(self.state, state=state, message=message, since_at=since, bitrate_bps=bitrate)

    def _tell_lost(self, lost: Lost, pause: float) -> None:
        level = logging.DEBUG if (self.state.state, self.state.message) == ("lost", lost.code) else logging.WARNING
        log.log(
            level,
            "camera lost camera=%s url=%s reason=%s text=%s pause_s=%.1f",
            *(self._source.id, without_password(self._source.url), lost.code, lost.text, pause),
        )
        if self._disk_fault is None:
            self._set("lost", lost.code)
