"""A camera in a drawn hall: RTSP, H.264, AAC, sender reports, and a picture that follows the hall display.

For demos, benches and tests. Its faults are switches: `drop`, `paused`, `garbage`, `clock_error_seconds`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import secrets
import signal
import time
from collections.abc import Callable
from typing import Any, TypeVar

import cv2

from hardware import room_tone
from hardware.display_line import follow
from hardware.drawn_hall import DrawnHall
from hardware.film import SECOND_NS, Film, MediaClock, Picture
from hardware.room_tone import RoomTone
from hardware.rtp import CLOCK_HZ, SOUND_TYPE, Packetiser, describe, parameter_sets
from hardware.rtsp import RtspServer

REPORT_SECONDS = 1.0

T = TypeVar("T")


class DemoCamera:
    """rtsp://127.0.0.1:{port}/{name}.

    display_url: the hall display's socket, ws://…/ws/display?sitting=…; None films an empty hall. port: 0 takes a free
    one, see `url` after `start`. rtp_start: the RTP timestamp of the first instant (RTP time wraps at 2**32, after 13
    hours). sound: AAC, a quiet hum that beeps at each full second. udp: whoever watches may ask for it."""

    def __init__(
        self,
        display_url: str | None,
        port: int = 0,
        width: int = 1280,
        height: int = 720,
        fps: float = 12.5,
        *,
        name: str = "hall-1",
        key_seconds: int = 2,
        bit_rate: int = 600_000,
        rtp_start: int | None = None,
        sound: bool = False,
        udp: bool = False,
    ) -> None:
        self._paused = False
        self.clock_error_seconds = 0.0  # the camera's clock is wrong by this much in its sender reports
        self._display_url, self._port = display_url, port
        self._clock = MediaClock(secrets.randbelow(2**28) if rtp_start is None else rtp_start)
        self._hall = DrawnHall(width, height)
        self._film = Film(
            self._hall.draw,
            lambda picture: self._in_loop(self._deliver, picture),
            lambda error: self._in_loop(self._fail, error),
            self._clock,
            width=width,
            height=height,
            frame_rate=fps,
            key_seconds=key_seconds,
            bit_rate=bit_rate,
        )
        self._fps, self._name = fps, name
        self._packetiser = Packetiser(secrets.randbits(32), secrets.randbits(16))
        self._sound_packetiser = Packetiser(secrets.randbits(32), secrets.randbits(16), SOUND_TYPE)
        hear: Callable[[tuple[bytes, int]], None] = self._deliver_sound
        self._tone = RoomTone(lambda unit, taken: self._in_loop(hear, (unit, taken)), self._clock) if sound else None
        self._server = RtspServer(name, self, tracks=2 if sound else 1, udp=udp)
        self._sdp = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self.failure: asyncio.Future[None] | None = None  # once started: raises when the camera can film no more
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self._server.port}/{self._name}"

    @property
    def watching(self) -> int:
        """How many connections play."""
        return self._server.watching

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.failure = self._loop.create_future()
        first = await asyncio.to_thread(self._film.first_picture)
        sound = self._tone.sound if self._tone is not None else None
        self._sdp = describe(parameter_sets(first.units), self._name, self._fps, sound)
        await self._server.start(self._port)
        self._film.start()
        if self._tone is not None:
            self._tone.start()
        self._tasks = [asyncio.create_task(self._report())]
        if self._display_url is not None:
            self._tasks.append(asyncio.create_task(follow(self._display_url, self._hall.show)))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._film.stop)
        if self._tone is not None:
            await asyncio.to_thread(self._tone.stop)
        await self._server.stop()

    async def __aenter__(self) -> DemoCamera:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # --- faults ---

    @property
    def paused(self) -> bool:
        """The camera hangs: connections stay, nothing is sent. Afterwards it goes on with a key frame."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        self._set_watched()

    def drop(self) -> None:
        """Cut every connection at once; a new one is welcome."""
        self._server.drop()

    def garbage(self, framed: bool = True) -> None:
        """Send bytes that are no RTP: as a packet of the video channel, or (framed=False) loose in the connection."""
        noise = b"\0" + os.urandom(899)  # of no version of RTP: else chance makes a packet, or a goodbye
        if framed:
            self._server.send_raw(lambda channel: b"$" + bytes((channel,)) + len(noise).to_bytes(2, "big") + noise)
        else:
            self._server.send_raw(lambda _: noise)

    # --- the stream, for the server ---

    def sdp(self) -> str:
        return self._sdp

    def position(self, track: int) -> tuple[int, int]:
        packetiser, hz = self._track(track)
        return packetiser.next_sequence, self._clock.rtp(time.monotonic_ns(), hz)

    def report(self, track: int) -> bytes:
        self._set_watched()
        now = time.monotonic_ns()
        error = round(self.clock_error_seconds * SECOND_NS)
        packetiser, hz = self._track(track)
        return packetiser.report(self._clock.unix_ns(now) + error, self._clock.rtp(now, hz))

    def _track(self, track: int) -> tuple[Packetiser, int]:
        return (self._packetiser, CLOCK_HZ) if track == 1 else (self._sound_packetiser, room_tone.RATE)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            if not self._paused:
                self._server.send_reports()

    def _set_watched(self) -> None:
        self._film.watched = self._server.watching > 0 and not self._paused
        if self._tone is not None:
            self._tone.watched = self._film.watched

    def _in_loop(self, function: Callable[[T], None], argument: T) -> None:
        """From the film's thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(function, argument)

    def _fail(self, error: Exception) -> None:
        if self.failure is not None and not self.failure.done():
            self.failure.set_exception(error)

    def _deliver(self, picture: Picture) -> None:
        packets = self._packetiser.picture(picture.units, picture.timestamp)
        if not self._paused:
            self._server.send(packets, picture.key)

    def _deliver_sound(self, heard: tuple[bytes, int]) -> None:
        unit, taken = heard
        packets = self._sound_packetiser.sound(unit, self._clock.rtp(taken, room_tone.RATE))
        if not self._paused:
            self._server.send_sound(packets)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m hardware.demo_camera",
        description="A demo camera: films a drawn hall whose wall screen follows the hall display, and offers it as "
        "rtsp://127.0.0.1:PORT/NAME (H.264 and AAC, RTP inside the RTSP connection or by UDP). Ends on SIGTERM or "
        "Ctrl+C.",
    )
    parser.add_argument("--display", metavar="URL", help="ws://127.0.0.1:8081/ws/display?sitting=…; else an empty hall")
    parser.add_argument("--port", type=int, default=8554, help="0 takes a free one (default %(default)s)")
    parser.add_argument("--name", default="hall-1", help="last part of the address (default %(default)s)")
    parser.add_argument("--size", default="1280x720", help="WIDTHxHEIGHT, both even (default %(default)s)")
    parser.add_argument("--fps", type=float, default=12.5, help="pictures a second, up to 25 (default %(default)s)")
    parser.add_argument("--bit-rate", type=int, default=600_000, help="bits a second (default %(default)s)")
    parser.add_argument("--no-sound", action="store_true", help="without the hall's hum, which beeps at each second")
    options = parser.parse_args(arguments)
    size = re.fullmatch(r"(\d{3,4})x(\d{3,4})", options.size)
    if size is None or int(size[1]) % 2 or int(size[2]) % 2:
        parser.error("--size: two even numbers as in 1280x720")
    camera = DemoCamera(
        *(options.display, options.port, int(size[1]), int(size[2]), options.fps),
        name=options.name,
        bit_rate=options.bit_rate,
        sound=not options.no_sound,
        udp=True,
    )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    cv2.setNumThreads(1)  # the other core belongs to the vote
    try:
        asyncio.run(_film_until_told(camera))
    except OSError as error:
        parser.exit(1, f"the camera cannot listen on 127.0.0.1:{options.port}: {error.strerror}; try another --port\n")


async def _film_until_told(camera: DemoCamera) -> None:
    """Until SIGTERM or Ctrl+C; raises what ended the film."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with camera:
        print(camera.url, flush=True)
        waiting = asyncio.ensure_future(told.wait())
        ends: list[asyncio.Future[Any]] = [waiting] if camera.failure is None else [waiting, camera.failure]
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if waiting not in done:
            await ends[1]


if __name__ == "__main__":
    main()
