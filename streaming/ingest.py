"""Pictures from a camera, by the RTSP client in `rtsp/`, in a thread with an event loop of its own; by libav from
other sources (`av_source.py`).

The thread only receives: bytes become pictures as they arrive, and wait here for the thread that writes them.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import queue
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from streaming import av_source, g711, h264, h265
from streaming.clock import LeastDelay
from streaming.cutting import PART_MS, AccessUnit
from streaming.errors import BadStream, CameraLost
from streaming.nal import Entry, ParameterSets
from streaming.rtsp import audio, sdp
from streaming.rtsp.session import PORTS, Session, Transport
from streaming.rtsp.stream import Stream
from streaming.rtsp.video import H264Units, H265Units, Joined, Pictures
from streaming.sound import SoundFormat, SoundUnit

_new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
with suppress(ImportError):
    import uvloop  # takes a tenth less of a core

    _new_loop = uvloop.new_event_loop

log = logging.getLogger(__name__)

OPEN_S = 5.0  # for the connection, and for each answer
SILENT_S = 5.0  # so long nothing comes, and the camera is given up
STOP_S = 0.3  # for the rest of the picture that is coming
HANG_S = 15.0  # the watchdog: no word from the thread for so long, and it is given up
QUEUED = 1500  # pictures, a minute at 25 a second, while the disk is slow; then the camera has to wait
QUEUED_BYTES = 64 * 2**20
RESUME_S = 0.05
AWAKE_US = 10_000  # before the picture that ends a part is expected
SHORTEST_US = 60_000  # to rest for less costs more than it saves


@dataclass(frozen=True, slots=True)
class Opened:
    """The camera plays. `sets`: of its codec, with those from its description; `sound`: what SoundUnits will be of."""

    timescale: int
    sets: ParameterSets
    sound: SoundFormat | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is over. `code`: absent, refused, not_found, not_rtsp, not_h264, garbage, silent, dropped, failed,
    no_key_frame, stopped."""

    code: str
    text: str


Event = Opened | AccessUnit | SoundUnit | Lost


def without_password(text: str) -> str:
    """An address, or a text with an address in it, without who we are: neither before the host nor, as some cameras
    want it, in path and query. Rather too little is left than a piece of a password, which may have any sign."""
    before, mark, address = text.partition("://")
    if not mark:
        return text
    host = re.match(r"[^/?]*", address)
    path = host.end() if host else 0
    address = address[:path] + re.sub(r"(?i)((?:pass|pwd|psw|secret|token)\w*=)[^&]*", r"\1…", address[path:])
    return before + mark + address.rpartition("@")[2]


class Capture(threading.Thread):
    """One connection. Events come from `next_event`; the last is always Lost, after which the thread ends.

    To be woken costs a thread more than to write down a picture: `quiet_until` is the time, in ticks, of the picture
    before which nobody need be woken, but for a key frame. None: each wakes. Inside a connection this thread, too, lets
    the kernel keep the pictures before it, once the camera tells by its own clock when they were taken: when they
    arrived is then known only together."""

    def __init__(self, url: str, name: str, transport: Transport = "tcp", certificate: str = "") -> None:
        super().__init__(name=f"capture-{name}", daemon=True)
        self._url, self._transport, self._certificate = url, transport, certificate
        self._events: deque[Event] = deque()
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.quiet_until: int | None = None
        self._begins: Callable[[Sequence[bytes]], Entry] = lambda _: Entry.WHOLE
        self._put_bytes = self._got_bytes = 0  # each counted by one thread, so that no lock is needed
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._addresses: list[str] = []
        self._task: asyncio.Task[None] | None = None
        self._session: Session | None = None
        self._pictures: Pictures | None = None
        self._streams: list[Stream] = []
        self._delay, self._last_pts = LeastDelay(), 0

    def stop(self) -> None:
        """Ask for the end. The thread ends with the picture that is coming, in STOP_S at most."""
        if not self._stopping.is_set():
            self._stopping.set()
            loop = self._loop
            if loop is not None and not loop.is_closed():
                try:
                    loop.call_soon_threadsafe(self._stop_soon)
                except RuntimeError:  # closed just now
                    return

    def next_event(self, timeout: float) -> Event | None:
        """The next event, or None after `timeout` seconds without one."""
        until = time.monotonic() + timeout
        while not self._events:
            try:
                self._bell.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
        if not self._events:
            return None
        event = self._events.popleft()
        if isinstance(event, AccessUnit | SoundUnit):
            self._got_bytes += _size(event)
        return event

    def run(self) -> None:
        lost = Lost("failed", "the capture failed")
        try:
            parts = _split(self._url)
            if parts.scheme in av_source.PROTOCOLS:
                av_source.receive(self._url, self._opened, self._put_waiting, self._stopping.is_set, OPEN_S, SILENT_S)
            if parts.scheme not in PORTS or not parts.hostname:
                raise CameraLost("not_rtsp", "addresses begin with rtsp://, rtsps://, http://, https:// or file://")
            self._addresses = self._resolve(parts.hostname)
            with asyncio.Runner(loop_factory=_new_loop) as runner:
                runner.run(self._connection())
        except CameraLost as error:
            lost = Lost(error.code, without_password(str(error)))
        except asyncio.CancelledError:
            lost = Lost("stopped", "recording was stopped")
        except ValueError as error:
            lost = Lost("not_rtsp", f"the camera's address cannot be used: {without_password(str(error))}")
        except Exception:
            log.exception("a capture failed url=%s", without_password(self._url))
        finally:
            self._tell(lost)

    @staticmethod
    def _resolve(host: str) -> list[str]:
        """A name server that hangs must hang here, where the watchdog sees it, and not at the end of the loop."""
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            return list(dict.fromkeys(str(address[0]) for *_, address in found))
        except OSError as error:
            raise CameraLost("absent", f"the camera's address is not known: {error.strerror}") from error

    async def _connection(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        session = Session(
            *(self._url, self._transport),
            addresses=self._addresses,
            certificate=self._certificate,
            open_s=OPEN_S,
            silent_s=SILENT_S,
        )
        try:
            offer = await session.describe()
            video = offer.first("video", ("H264", "H265"))
            if video is None:
                raise CameraLost("not_h264", "the camera sends neither H.264 nor H.265")
            if video.parameters.get("sprop-max-don-diff", "0") != "0":
                raise CameraLost("not_h264", "the camera sends H.265 out of order")
            stream = Stream(video.payload_type, video.clock_hz)
            units = H264Units() if video.encoding == "H264" else H265Units()
            stream.joiner = self._pictures = Pictures(units, lambda joined: self._take(stream, joined))
            await session.setup(video, stream)
            sound, heard = await self._set_up_sound(session, offer)
            self._streams = [one for one in (stream, heard) if one is not None]
            self._opened(video.clock_hz, parameter_sets(video), sound)
            await session.play()
            self._session = session
            if self._stopping.is_set():
                self._stop_soon()
            try:
                await session.run()
            finally:
                stream.finish()
                if heard is not None:
                    heard.finish()
        finally:
            await session.close()

    async def _set_up_sound(
        self, session: Session, offer: sdp.Description
    ) -> tuple[SoundFormat, Stream] | tuple[None, None]:
        """Sound that cannot be recorded is no reason not to film."""
        media = offer.first("audio", ("MPEG4-GENERIC", *g711.ENCODINGS))
        if media is None:
            return None, None
        stream = Stream(media.payload_type, media.clock_hz)
        try:
            if media.encoding in g711.ENCODINGS:
                flac = g711.FlacSound(media.encoding, media.clock_hz)
                kind = flac.format
                stream.joiner = audio.PlainSound(lambda heard: self._put(*flac.feed(_sound(stream, heard))))
            else:
                config = audio.read_config(media)
                kind = audio.aac_format(config)
                stream.joiner = audio.AacUnits(config, lambda heard: self._put(_sound(stream, heard)))
        except (BadStream, ValueError) as error:
            log.warning("a camera's sound is not recorded reason=%s", error)
            return None, None
        try:
            await session.setup(media, stream)
        except CameraLost as lost:
            if lost.code != "dropped" or session.link.over.done():
                raise
            log.warning("a camera's sound is not recorded reason=%s", lost)
            return None, None
        return kind, stream

    def _opened(self, timescale: int, sets: ParameterSets, sound: SoundFormat | None) -> None:
        self._begins = sets.begins
        self._tell(Opened(timescale, sets, sound))

    def _tell(self, event: Event) -> None:
        self._events.append(event)
        self._bell.put(None)

    def _put_waiting(self, unit: AccessUnit | SoundUnit) -> None:
        """For a source that may be kept waiting here."""
        while self._full() and not self._stopping.wait(RESUME_S):
            pass
        self._put(unit)

    def _put(self, *units: AccessUnit | SoundUnit) -> None:
        for unit in units:
            self._put_bytes += _size(unit)
            quiet = self.quiet_until
            if quiet is None or (isinstance(unit, AccessUnit) and (unit.pts >= quiet or self._is_key(unit))):
                self._tell(unit)
            else:
                self._events.append(unit)

    def _is_key(self, unit: AccessUnit) -> bool:
        """Decoding may begin with it."""
        return self._begins(unit.units) is not Entry.NONE

    def _take(self, stream: Stream, joined: Joined) -> None:
        stamps = stream.stamps
        pts, reported_us = stamps.ticks(joined.timestamp), stamps.wall_us(joined.timestamp)
        unit = AccessUnit(tuple(joined.units), pts, joined.arrived_us, reported_us, joined.lost, joined.damaged)
        self._put(unit)
        if self._session is not None:
            if self._stopping.is_set():
                self._session.link.fail(CameraLost("stopped", "recording was stopped"))
            elif self._full():
                if not self._session.paused:
                    self._session.pause()
                    self._resume_later()
            else:
                self._rest(self._session, unit, stream.clock_hz)

    def _rest(self, session: Session, unit: AccessUnit, clock_hz: int) -> None:
        """Until the picture that ends the part is on its way, as far as they come evenly."""
        step, self._last_pts = unit.pts - self._last_pts, unit.pts
        media_us, quiet = unit.pts * 1_000_000 // clock_hz, self.quiet_until
        delay_us = self._delay.feed(media_us, unit.arrived_us - media_us)
        if quiet is None or not 0 < step * 1000 < PART_MS * clock_hz:
            return
        if unit.pts >= quiet:
            quiet = unit.pts + PART_MS * clock_hz // 1000 - step // 2
        ending = unit.pts + -(-(quiet - unit.pts) // step) * step
        rest_us = ending * 1_000_000 // clock_hz + delay_us - AWAKE_US - unit.arrived_us
        if SHORTEST_US <= rest_us <= PART_MS * 1000 and all(one.stamps.reported for one in self._streams):
            session.rest(rest_us / 1e6)

    def _full(self) -> bool:
        return len(self._events) > QUEUED or self._put_bytes - self._got_bytes > QUEUED_BYTES

    def _resume_later(self) -> None:
        if self._session is None or self._loop is None:
            return
        if self._full():
            self._loop.call_later(RESUME_S, self._resume_later)
        else:
            self._session.resume()

    def _stop_soon(self) -> None:
        """In the loop: at once between two pictures, else with the next one."""
        if self._session is None or self._loop is None:
            if self._task is not None:
                self._task.cancel()
            return
        fail, came = self._session.link.fail, RESUME_S if self._session.wake() else 0
        stopped = CameraLost("stopped", "recording was stopped")
        self._loop.call_later(STOP_S if self._pictures and self._pictures.open else came, fail, stopped)


def _split(url: str) -> SplitResult:
    """Raises CameraLost; what is wrong with an address may be a piece of a password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise CameraLost("not_rtsp", "it is no address; [ in a password is written %5B") from None
    try:
        _ = parts.port
    except ValueError:
        raise CameraLost("not_rtsp", "no port in the camera's address; / in a password is written %2F") from None
    return parts


def _size(unit: AccessUnit | SoundUnit) -> int:
    return len(unit.data) if isinstance(unit, SoundUnit) else sum(map(len, unit.units))


def _sound(stream: Stream, heard: audio.Heard) -> SoundUnit:
    stamps = stream.stamps
    pts, reported_us = stamps.ticks(heard.timestamp), stamps.wall_us(heard.timestamp)
    return SoundUnit(heard.data, pts, heard.arrived_us, reported_us, heard.lost)


def parameter_sets(video: sdp.Media) -> ParameterSets:
    """Those in the description, `sprop-…`; a wrong one is left out, since they come with each key frame as well."""
    sets = h264.ParameterSets() if video.encoding == "H264" else h265.ParameterSets()
    for name in ("sprop-parameter-sets", "sprop-vps", "sprop-sps", "sprop-pps"):
        for text in video.parameters.get(name, "").split(","):
            try:
                unit = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
                sets.update([unit] if unit else [])
            except (ValueError, BadStream):
                continue
    return sets
