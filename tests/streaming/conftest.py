"""A camera for the tests: RTSP over TCP, interleaved RTP, sender reports, and switches to break it.

Every picture carries its own number in 16 black or white squares, so that a test can say which frame it sees. The
pictures are encoded once per shape and sent in real time; frame i of a connection is taken at `started + i / fps`.
"""

from __future__ import annotations

import base64
import random
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import asyncpg
import av
import numpy as np
import pytest

from streaming import index
from streaming.cutting import AccessUnit, Begin, Cutter
from streaming.journal import Record
from streaming.segments import to_us
from streaming.storage import RunWriter
from tests.streaming.sounds import Heard, hummed

NTP_EPOCH = 2_208_988_800
START = b"\x00\x00\x00\x01"


def draw(number: int, width: int, height: int) -> av.VideoFrame:
    """A grey picture whose first row of 16 squares spells `number` in binary."""
    picture = np.full((height, width, 3), 60 + number % 90, np.uint8)
    side = width // 16
    for bit in range(16):
        picture[:side, bit * side : (bit + 1) * side] = 255 if number >> bit & 1 else 0
    return av.VideoFrame.from_ndarray(picture, format="rgb24")


def read(frame: av.VideoFrame) -> int:
    """The number that `draw` put into a decoded picture."""
    picture = frame.to_ndarray(format="gray")
    side = frame.width // 16
    return sum(int(picture[side // 2, bit * side + side // 2] > 128) << bit for bit in range(16))


@cache
def encoded(count: int, width: int, height: int, fps: int, gop: int, bframes: int = 0) -> tuple[tuple[int, bytes], ...]:
    """`count` pictures as H.264 access units (Annex B), each with its presentation number, in decoding order."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate = fps
    encoder.time_base = Fraction(1, fps)
    encoder.thread_count = 1
    encoder.options = {
        "preset": "ultrafast",
        "x264-params": f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={bframes}:sliced-threads=0:slices=1",
    }
    units: list[tuple[int, bytes]] = []
    for number in range(count):
        frame = draw(number, width, height).reformat(format="yuv420p")
        frame.pts = number
        units += [(int(packet.pts or 0), bytes(packet)) for packet in encoder.encode(frame)]
    units += [(int(packet.pts or 0), bytes(packet)) for packet in encoder.encode(None)]
    return tuple(units)


def nal_units(annexb: bytes) -> list[bytes]:
    return [unit.rstrip(b"\x00") for unit in annexb.replace(START, b"\x00\x00\x01").split(b"\x00\x00\x01") if unit]


@dataclass
class Shape:
    """What the camera films."""

    count: int = 250
    width: int = 320
    height: int = 240
    fps: int = 25
    gop: int = 25
    bframes: int = 0
    sdp_sets: bool = True  # parameter sets in the SDP, as most cameras do; in-band they stand always

    def units(self) -> tuple[tuple[int, bytes], ...]:
        return encoded(self.count, self.width, self.height, self.fps, self.gop, self.bframes)


@dataclass
class Camera:
    """`with Camera() as camera: … camera.url`. Change a field at any time; the next frame or connection obeys."""

    shape: Shape = field(default_factory=Shape)
    reports: bool = True  # sends RTCP sender reports
    report_after: int = 0  # … from this frame on
    clock_error: float = 0.0  # seconds the camera's clock is ahead
    loop: bool = False  # film for ever (numbers begin again), else end the stream after `count`
    refuse: bool = False  # close every connection at once
    silent: bool = False  # answer PLAY, then send nothing
    garbage: bool = False  # answer with noise
    codec: str = "H264"
    pace: float = 1.0  # 0: as fast as possible
    sent: list[int] = field(default_factory=list)  # frames sent, by connection
    started: list[float] = field(default_factory=list)  # wall time of frame 0, by connection
    port: int = 0

    def __enter__(self) -> Camera:
        self.shape.units()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._clients: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._closed = False
        accepting = threading.Thread(target=self._accept, daemon=True)
        accepting.start()
        self._threads.append(accepting)
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()
        for thread in self._threads:
            thread.join(5)

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/hall-1"

    def drop(self) -> None:
        """Cut every connection, as a pulled cable does."""
        for client in self._clients:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._clients.clear()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.refuse:
                client.close()
                continue
            self._clients.append(client)
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _serve(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with client:
            try:
                if self.garbage:
                    client.sendall(random.Random(7).randbytes(20_000))
                    return
                if self._talk(client):
                    self._film(client)
            except OSError:
                return

    def _talk(self, client: socket.socket) -> bool:
        """Answer requests until PLAY."""
        waiting = b""
        while True:
            while b"\r\n\r\n" not in waiting:
                data = client.recv(4096)
                if not data:
                    return False
                waiting += data
            head, waiting = waiting.split(b"\r\n\r\n", 1)
            lines = head.decode().split("\r\n")
            method = lines[0].split()[0]
            headers = dict(line.split(": ", 1) for line in lines[1:])
            extra, body = "", ""
            if method == "OPTIONS":
                extra = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
            elif method == "DESCRIBE":
                body = self._sdp()
                extra = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
            elif method == "SETUP":
                extra = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
            elif method == "PLAY":
                extra = "Session: 1\r\n"
            client.sendall(f"RTSP/1.0 200 OK\r\nCSeq: {headers['CSeq']}\r\n{extra}\r\n{body}".encode())
            if method == "PLAY":
                return True

    def _sdp(self) -> str:
        sets = [unit for unit in nal_units(self.shape.units()[0][1]) if unit[0] & 31 in (7, 8)]
        sprop = ",".join(base64.b64encode(unit).decode() for unit in sets)
        fmtp = "packetization-mode=1" + (f";sprop-parameter-sets={sprop}" if self.shape.sdp_sets else "")
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\n"
            f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 {self.codec}/90000\r\na=fmtp:96 {fmtp}\r\na=control:trackID=0\r\n"
        )

    def _film(self, client: socket.socket) -> None:
        shape, base, sequence = self.shape, random.getrandbits(31), 0
        at_frame_0, reported = time.time(), -1.0
        began = time.monotonic()
        place = len(self.sent)
        self.sent.append(0)
        self.started.append(at_frame_0)
        frame = 0
        while not self._closed:
            if self.silent:
                time.sleep(0.05)
                continue
            cycle, index = divmod(frame, shape.count)
            if cycle and not self.loop:
                return  # the stream ends: the connection is closed
            number, unit = shape.units()[index]
            due = began + (frame + 1) / shape.fps * self.pace
            time.sleep(max(0.0, due - time.monotonic()))
            second = (cycle * shape.count + number) / shape.fps
            stamp = (base + round(second * 90_000)) & 0xFFFFFFFF
            if self.reports and frame >= self.report_after and time.monotonic() - reported >= 1:
                reported = time.monotonic()
                client.sendall(self._report(at_frame_0 + second + self.clock_error, stamp, frame))
            for nal in (units := nal_units(unit)):
                for payload in self._payloads(nal):
                    last = nal is units[-1] and payload[1]
                    header = struct.pack(">BBHII", 0x80, 96 | (0x80 if last else 0), sequence & 0xFFFF, stamp, 0x1234)
                    sequence += 1
                    packet = header + payload[0]
                    client.sendall(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
            frame += 1
            self.sent[place] = frame

    @staticmethod
    def _payloads(nal: bytes, size: int = 1400) -> list[tuple[bytes, bool]]:
        """RFC 6184: one packet, or FU-A fragments; each with whether it ends the unit."""
        if len(nal) <= size:
            return [(nal, True)]
        indicator, kind, rest = nal[0] & 0xE0 | 28, nal[0] & 31, nal[1:]
        pieces = [rest[i : i + size] for i in range(0, len(rest), size)]
        last = len(pieces) - 1
        return [
            (bytes([indicator, kind | (0x80 if i == 0 else 0) | (0x40 if i == last else 0)]) + piece, i == last)
            for i, piece in enumerate(pieces)
        ]

    @staticmethod
    def _report(wall: float, stamp: int, packets: int) -> bytes:
        seconds = int(wall)
        fraction = int((wall - seconds) * 2**32)
        ntp = (seconds + NTP_EPOCH) & 0xFFFFFFFF
        body = struct.pack(">BBHIIIIII", 0x80, 200, 6, 0x1234, ntp, fraction, stamp, packets, packets * 1000)
        return struct.pack(">cBH", b"$", 1, len(body)) + body


@dataclass(frozen=True)
class Shown:
    """A decoded picture: its own number, its time in the file in seconds, whether it is a key frame."""

    number: int
    second: float
    key: bool


def decode(init: bytes, *segments: bytes) -> list[Shown]:
    with av.open(BytesIO(init + b"".join(segments)), "r", format="mp4") as container:
        pictures = container.decode(video=0)
        return [Shown(read(one), float(one.pts * one.time_base), bool(one.key_frame)) for one in pictures]


@pytest.fixture
def film() -> Iterator[Callable[..., Camera]]:
    """`film(count=…, fps=…, reports=…)`: a camera that runs until the test ends; Shape's fields and Camera's."""
    with ExitStack() as running:

        def start(**fields: object) -> Camera:
            shape = {name: fields.pop(name) for name in list(fields) if name in Shape.__dataclass_fields__}
            return running.enter_context(Camera(Shape(**shape), **fields))  # type: ignore[arg-type]

        yield start


@pytest.fixture
def shown() -> Callable[..., list[Shown]]:
    """`shown(init, *segments)`: the pictures in them."""
    return decode


@pytest.fixture
def units() -> Callable[..., tuple[tuple[int, bytes], ...]]:
    """`units(count=…, gop=…, bframes=…)`: access units with their presentation numbers, as Camera sends them."""
    return lambda **fields: Shape(**fields).units()


def write_run(
    recordings: Path, camera_id: str, at: datetime, reason: str = "stopped", *, sound: str | Heard = "", **shape: Any
) -> list[Record]:
    """A run of footage on disk, begun at `at`, by the recorder's own code but without a camera. Default: 4.8 s, silent.
    sound: `aac` or `g711`, a hum; or what was heard."""
    made, told = Shape(**{"count": 120, **shape}), list[Record]()
    heard = hummed(sound, made.count // made.fps + 1) if isinstance(sound, str) and sound else sound
    kind, units = heard or (None, ())
    cutter = Cutter(90_000, sound=kind)
    waiting = deque(units)

    def hear(until_us: int) -> None:
        while waiting and (taken := to_us(at) + waiting[0].arrived_us) < until_us:
            cutter.hear(replace(waiting.popleft(), arrived_us=taken + 20_000, reported_us=taken))

    writer: RunWriter | None = None
    acts = [
        act
        for number, data in made.units()
        for taken in [to_us(at) + number * 1_000_000 // made.fps]
        for _ in [hear(taken)]
        for act in cutter.feed(AccessUnit(tuple(nal_units(data)), number * 90_000 // made.fps, taken + 20_000, taken))
    ]
    for act in acts + cutter.finish(reason):
        if isinstance(act, Begin):
            writer = RunWriter(recordings, camera_id, act, told.append)
        else:
            assert writer is not None
            writer.carry_out(act)
    return told


@pytest.fixture
def written() -> Callable[..., list[Record]]:
    """`written(recordings, sound, **shape)`: a run on disk, its Run, Segments and RunEnd."""
    return lambda recordings, sound, **shape: write_run(recordings, "hall-1", OPENED, sound=sound, **shape)


SITTING = "drohobych-council-2017-11-22"
OPENED = datetime(2017, 11, 22, 10, 0, 0, tzinfo=UTC)


@dataclass
class Archive:
    """A database and a recordings folder with the footage of one sitting that was opened at OPENED."""

    recordings: Path
    conn: asyncpg.Connection  # as owner
    sitting: str = SITTING
    opened: datetime = OPENED

    async def film(self, after_s: float, camera_id: str = "hall-1", **shape: Any) -> list[Record]:
        """A run begun `after_s` seconds after the opening; on disk and in the index."""
        told = write_run(self.recordings, camera_id, self.opened + timedelta(seconds=after_s), **shape)
        for record in told:
            await index.insert(self.conn, record)
        return told

    async def close(self, after_s: float) -> None:
        """The sitting ends."""
        sql = "update sitting_summary set closed_at = $2, is_open = false where sitting_id = $1"
        await self.conn.execute(sql, self.sitting, self.opened + timedelta(seconds=after_s))


@pytest.fixture
async def archive(db: Any, tmp_path: Path) -> AsyncIterator[Archive]:
    conn = await db.database().connect()
    sql = """insert into sitting_summary (sitting_id, body_id, session_label, kind, held_on, mode, seats, opened_at,
                                          opened_seq, is_open)
             values ($1, 'drohobych-council', 'XXX', 'plenary', $3, 'ordinary', 36, $2, 1, true)"""
    await conn.execute(sql, SITTING, OPENED, OPENED.date())
    yield Archive(tmp_path, conn)
    await conn.close()
