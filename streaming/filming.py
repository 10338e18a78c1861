"""One camera, recorded for as long as the process lives: connect, write, and begin again after whatever happened.

A thread of its own, so that neither a slow disk nor another camera holds up this one. It asks no database anything.
"""

from __future__ import annotations

import errno
import logging
import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from streaming import pausing, salvage, storage
from streaming.cutting import LONGEST_MS, AccessUnit, Act, Cutter
from streaming.errors import BadFootage, BadStream
from streaming.film import Films
from streaming.following import Follow, Held, Sittings
from streaming.heard import Heard
from streaming.ingest import HANG_S, SILENT_S, Capture, Lost, Opened, without_password
from streaming.journal import Record
from streaming.live_feed import Tap
from streaming.pausing import Pause
from streaming.posters import Posters
from streaming.pulse import Pulse
from streaming.rtsp.session import Transport
from streaming.segments import CameraState, Run, Segment, State, from_us, to_us
from streaming.sound import SoundUnit

log = logging.getLogger(__name__)

BACKOFF_S = (0.5, 3.0)  # first and longest pause between two tries, before jitter
LOCKOUT_S = 15.0  # the longest with a camera that refuses us: some lock out who asks too often
DISK_RETRY_S = 2.0
NO_KEY_S = 10.0
LONGEST_S = LONGEST_MS / 1000  # without a key frame by our clock, whatever times the pictures bear: then we ask anew
LOOK_S = 0.3  # longer than a part, which wakes by itself
SETTLE_S = 2.0  # for the names of the last segments
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def pause_after(code: str, tries: int) -> float:
    """Seconds until a lost camera is tried again, before jitter, after so many tries in vain."""
    longest = LOCKOUT_S if code == "refused" else BACKOFF_S[1]
    return min(longest, BACKOFF_S[0] * 2.0 ** min(tries, 10))


@dataclass(frozen=True, slots=True)
class CameraSource:
    """`url` may hold a password and is never logged whole. `certificate`: SHA-256 of the camera's, for `rtsps`.
    `follow`: None records always. `body`: in whose closed parts it films nothing; '': in any."""

    id: str
    url: str
    transport: Transport = "tcp"
    certificate: str = ""
    follow: Follow | None = None
    body: str = ""


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
        self._source, self._recordings, self._tell_index, self._posters = source, recordings, tell, posters
        self._lock = storage.Lock(recordings / source.id)
        self._stopping = threading.Event()
        self._films = Films(recordings, source.id, self._tell)
        self._halted: Pause | None = None  # obeyed
        self._arrived_us = 0
        self._cutter: Cutter | None = None
        self._init_path = ""
        self._sittings = sittings or Sittings(time.monotonic())
        body = source.body or (source.follow.body if source.follow else "")
        self._heard = Heard(self._sittings, body, recordings / source.id)
        self._held: Held[AccessUnit | SoundUnit] = Held(source.follow.before_s if source.follow else 0.0)
        self._disk_fault: str | None = "starting"  # end reason of what `recover` finds; None: the disk takes writes
        self._retry_disk_at = 0.0
        self._pulse = Pulse()
        self._left_behind: list[Capture] = []
        self._key_at = 0.0  # monotonic: the last key frame, or when the connection opened
        self._state = CameraState(source.id, "connecting", from_us(time.time_ns() // 1000), None, None, None, "")

    @property
    def state(self) -> CameraState:
        return self._pulse.told(self._state)

    @property
    def live(self) -> Tap | None:
        return self._films.live

    @live.setter
    def live(self, tap: Tap | None) -> None:
        self._films.live = tap

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
        self._heard.wait(self._stopping)
        while not self._stopping.is_set():
            self._mend_disk()
            self._obey(time.monotonic())
            began = time.monotonic()
            lost = self._connection()
            if time.monotonic() - began > BACKOFF_S[1]:
                tries = 0
            if self._stopping.is_set():
                break
            pause = pause_after(lost.code, tries)
            self._tell_lost(lost, pause)
            self._rest(pause * random.uniform(0.5, 1.0))  # noqa: S311
            tries += 1
        self._settle_all()
        self._set("stopped", "")

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stopping.wait(min(left, 0.2)):
            self._obey(time.monotonic())
            self._settle()

    # --- one connection ---

    def _connection(self) -> Lost:
        """From connecting to the end of it; what was received is then on disk."""
        source = self._source
        capture = Capture(source.url, source.id, source.transport, source.certificate)
        capture.start()
        try:
            lost = self._receive_all(capture)
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

    def _receive_all(self, capture: Capture) -> Lost:
        heard = opened = time.monotonic()
        while True:
            event = capture.next_event(LOOK_S)
            now = time.monotonic()
            if self._stopping.is_set():
                capture.stop()
            self._settle()
            if event is None:
                self._obey(now)
                if now - heard > HANG_S:
                    return Lost("silent", "the capture does not answer")
                continue
            heard = now
            if isinstance(event, Lost):
                return event
            if isinstance(event, Opened):
                self._cutter = Cutter(event.timescale, event.sets, event.sound)
                self._held.take()  # of an earlier connection
                opened = self._key_at = now
                continue
            if isinstance(event, SoundUnit):
                self._pulse.lose(event.lost)
            else:
                self._count(event, now)
            try:
                self._receive(event, now)
            except BadStream as error:
                return Lost(error.code, str(error))
            if (self._films.running or self._held) and now - self._key_at > LONGEST_S:
                return Lost("no_key_frame", "the camera sends no key frame")
            if self._films.restless(now):
                return Lost("garbage", "what the camera sends changes with every picture")
            capture.quiet_until = self._cutter.due if self._films.running and self._cutter is not None else None
            if not self._films.running and not self._held and self._disk_fault is None and now - opened > NO_KEY_S:
                self._set("connecting", "no_key_frame")

    def _receive(self, event: AccessUnit | SoundUnit, now: float) -> None:
        """Record it, and before it what was held; or hold it until its sitting opens. In a closed part: neither."""
        pause = pausing.dropping(self._heard.pauses, event.arrived_us, event.reported_us)
        if pause is not None and (pause.end is None or self._films or self._held):
            self._halt(pause)
        if self._obey(now, waits=pause is None) or pause is not None:
            return
        self._arrived_us = event.arrived_us
        if self._sittings.wanted(self._source.follow, now):
            for each in (*self._held.take(), event):
                self._take(each)
        elif self._cutter is not None:
            self._mend_disk()
            if self._films.running:
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
            if self._films.running and clock is not None:
                off = clock.decided and clock.untrusted_us is not None
                self._set("recording", "clock_off" if off else "h265" if self._cutter.is_h265 else "")

    def _carry_out(self, acts: list[Act]) -> None:
        try:
            self._films.carry_out(acts, self._arrived_us, time.monotonic())
        except OSError as error:
            self._disk_refused(error)
        self._settle()

    def _settle(self, clear_until: float | None = None) -> None:
        """Keep what no closed part can take back any more."""
        if not self._films.unsettled:
            return
        if clear_until is None:
            clear_until = self._sittings.clear_until(time.monotonic())
        try:
            self._films.settle(clear_until)
        except OSError as error:
            self._disk_refused(error)

    def _settle_all(self) -> None:
        """At the end: the database is asked once more, and not waited for."""
        until = time.monotonic() + SETTLE_S
        while self._films and time.monotonic() < until:
            self._sittings.changed()
            time.sleep(0.05)
            self._obey(time.monotonic())
            self._settle()
        self._settle(math.inf)

    def _tell(self, record: Record) -> None:
        self._tell_index(record)
        if isinstance(record, Run):
            self._init_path = record.init_path
            log.info("run began run=%s clock=%s codec=%s", record.id, record.clock, record.codec)
        elif isinstance(record, Segment):
            if self._posters is not None and record.poster_path is not None:
                self._posters.ask(self._init_path, record.path, record.poster_path)
        else:
            log.info("run ended run=%s reason=%s", record.run_id, record.end_reason)

    # --- closed parts ---

    def _obey(self, now: float, *, waits: bool = False) -> bool:
        """Whether filming is paused, and it holds here. waits: film from before the pause is still coming in."""
        pause, lately = self._heard.lasting(now)
        if pause is None:
            if self._halted is not None:
                self._resume()
            return False
        if self._halted is None and waits and lately:
            return False
        self._halt(pause)
        return True

    def _halt(self, pause: Pause) -> None:
        """Nothing that arrived from its beginning on stays, neither here nor on the disk nor for who watches live."""
        if self._halted == pause and not self._films and not self._held:
            return
        start_us = to_us(pause.start)
        self._held.take()
        acts = self._cutter.finish("paused") if self._cutter is not None and self._arrived_us < start_us else []
        if self._cutter is not None:
            self._cutter = self._cutter.anew()
        self._carry_out(acts)
        try:
            self._films.end_before(start_us)
        except OSError as error:
            self._disk_refused(error)
        except BadFootage:
            log.exception("a run could not be ended at a pause camera=%s", self._source.id)
            self._abandon("failed")
        self._mend_disk()
        if self._disk_fault is not None:
            return  # what was filmed still lies there
        self._heard.note(pause)
        log.info("filming is paused camera=%s", self._source.id)
        self._halted = pause
        self._set("paused", "")
        self._sittings.changed()

    def _resume(self) -> None:
        self._halted = None
        self._heard.note(None)
        log.info("filming is resumed camera=%s", self._source.id)
        self._set("connecting", "")
        self._sittings.changed()

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
        self._films.abandon(reason)
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
            salvage.recover(self._recordings, self._source.id, self._tell, reason, self._heard.pauses)
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

    def _count(self, unit: AccessUnit, now: float) -> None:
        key = self._cutter is not None and self._cutter.is_key(unit)
        if key and not unit.damaged:
            self._key_at = now
        self._pulse.picture(sum(map(len, unit.units)), key, now)
        self._pulse.lose(unit.lost)

    def _set(self, state: State, message: str) -> None:
        if self._halted is not None and state != "stopped":
            state = "paused"
        known = self._state
        if (known.state, known.message) == (state, message):
            return
        since = known.since_at if known.state == state else from_us(time.time_ns() // 1000)
        self._state = replace(known, state=state, message=message, since_at=since)

    def _tell_lost(self, lost: Lost, pause: float) -> None:
        level = logging.DEBUG if (self._state.state, self._state.message) == ("lost", lost.code) else logging.WARNING
        log.log(
            level,
            "camera lost camera=%s url=%s reason=%s text=%s pause_s=%.1f",
            *(self._source.id, without_password(self._source.url), lost.code, lost.text, pause),
        )
        if self._disk_fault is None:
            self._set("lost", lost.code)
