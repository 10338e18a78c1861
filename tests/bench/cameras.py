"""Cameras for the benches, many in a process of their own and cheap: a film of some seconds, encoded beforehand, sent
over and over, each picture at its time.

    cameras.py COUNT BIT_RATE        1080p25, a key frame every 2 s; prints the address of each, one a line

The film is the demo camera's drawn hall with grain: the hall alone is so still that its encoder would not use the bits
of a real one. Each camera has sender reports, its own phase, and UDP for who asks.

    cameras.py --watch URL …         plays each and throws away what comes: a bystander, so that a camera always sends
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit

import av
import cv2
import numpy as np
import uvloop

from hardware.drawn_hall import DrawnHall
from hardware.film import SECOND_NS, MediaClock
from hardware.rtp import Packetiser, describe, nal_units, parameter_sets
from hardware.rtsp import RtspServer

FPS, KEY, LOOP = 25, 50, 200  # pictures a second, between key frames, and in the film
WIDTH, HEIGHT = 1920, 1080
REPORT_S = 1.0


def film(bit_rate: int) -> list[list[bytes]]:
    """The units of each picture."""
    cv2.setNumThreads(1)
    noise = np.random.default_rng(1).integers(0, 4, (8, HEIGHT, WIDTH), dtype=np.uint8)
    hall, codec = DrawnHall(WIDTH, HEIGHT), _encoder(bit_rate)
    begun, pictures = datetime.now(UTC), []
    for n in range(LOOP):
        drawn = hall.draw(begun + timedelta(seconds=n / FPS), n).copy()
        cv2.add(drawn[:HEIGHT], noise[n % 8], dst=drawn[:HEIGHT])
        frame: Any = av.VideoFrame.from_ndarray(drawn, format="yuv420p")
        frame.pts = n
        frame.pict_type = av.video.frame.PictureType.I if n % KEY == 0 else av.video.frame.PictureType.NONE
        pictures.append(nal_units(b"".join(bytes(packet) for packet in codec.encode(frame))))
    return pictures


def _encoder(bit_rate: int) -> Any:
    codec: Any = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.time_base, codec.framerate, codec.bit_rate = Fraction(1, FPS), Fraction(FPS), bit_rate
    codec.gop_size = 10_000
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


class Camera:
    """Sends the film; `hardware.rtsp.Stream` to its server."""

    def __init__(self, name: str, pictures: list[list[bytes]]) -> None:
        self._pictures, self._clock = pictures, MediaClock(secrets.randbelow(2**28))
        self._packetiser = Packetiser(secrets.randbits(32), secrets.randbits(16))
        self._sdp = describe(parameter_sets(pictures[0]), name, FPS)
        self.server = RtspServer(name, self, udp=True)

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.server.port}/{self.server.name}"

    def sdp(self) -> str:
        return self._sdp

    def position(self, track: int) -> tuple[int, int]:
        return self._packetiser.next_sequence, self._clock.rtp(time.monotonic_ns())

    def report(self, track: int) -> bytes:
        now = time.monotonic_ns()
        return self._packetiser.report(self._clock.unix_ns(now), self._clock.rtp(now))

    async def run(self, phase: float) -> None:
        start = time.monotonic_ns() + round(phase * SECOND_NS / FPS)
        n = reported = 0
        while True:
            due = start + n * SECOND_NS // FPS
            await asyncio.sleep((due - time.monotonic_ns()) / SECOND_NS)
            place = n % LOOP
            self.server.send(self._packetiser.picture(self._pictures[place], self._clock.rtp(due)), place % KEY == 0)
            if n >= reported:
                self.server.send_reports()
                reported = n + round(REPORT_S * FPS)
            n += 1


async def serve(count: int, bit_rate: int) -> None:
    pictures = await asyncio.to_thread(film, bit_rate)
    cameras = [Camera(f"hall-{k}", pictures) for k in range(1, count + 1)]
    for camera in cameras:
        await camera.server.start()
        print(camera.url, flush=True)
    await _until_told(*(camera.run(k / count) for k, camera in enumerate(cameras)))


async def watch(url: str) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    setup = f"SETUP {url}/track1 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
    writer.write(setup.encode())
    answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    session = re.search(r"Session: (\w+)", answer)
    assert session is not None, answer
    writer.write(f"PLAY {url} RTSP/1.0\r\nCSeq: 2\r\nSession: {session[1]}\r\n\r\n".encode())
    asked = time.monotonic()
    while await reader.read(2**18):
        if time.monotonic() - asked > 20:
            asked = time.monotonic()
            writer.write(f"OPTIONS {url} RTSP/1.0\r\nCSeq: 3\r\n\r\n".encode())


async def _until_told(*work: Any) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    tasks = [asyncio.ensure_future(one) for one in work]
    await told.wait()
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--watch", *urls]:
            uvloop.run(_until_told(*(watch(url) for url in urls)))
        case [count, bit_rate]:
            uvloop.run(serve(int(count), int(bit_rate)))
