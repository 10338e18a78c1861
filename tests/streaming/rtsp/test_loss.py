"""Real film of the demo camera over a line that loses exactly what it is told to."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from hardware import demo_camera
from hardware.demo_camera import DemoCamera
from hardware.drawn_hall import DrawnHall, Pixels
from streaming import fmp4
from streaming.cutting import AccessUnit, Begin, Cutter
from streaming.ingest import Capture, Lost, Opened
from streaming.journal import Record
from streaming.nal import ParameterSets
from streaming.rtsp.session import Transport
from streaming.segments import Segment
from streaming.storage import RunWriter

DROPPED = {160, 175, 176, 177, 178, 179, 200, 203, 205, 207, 220, 221, 222, 250}  # 14 of the camera's RTP packets


class Grainy(DrawnHall):
    """A hall that is never still, so that each picture takes many packets."""

    def draw(self, at: datetime, frame_no: int) -> Pixels:
        picture = super().draw(at, frame_no).copy()
        grain = np.random.default_rng(frame_no % 8).integers(0, 4, picture.shape, dtype=np.uint8)
        return cv2.add(picture, grain, dst=picture)


@dataclass
class Line:
    """A relay for one camera. `seen`: the timestamp of each RTP packet, in order, and whether it was passed on."""

    camera: str
    seen: list[tuple[int, bool]] = field(default_factory=list)
    url: str = ""
    sets: ParameterSets | None = None  # of the camera's description
    _client: int = 0
    _wires: list[asyncio.DatagramTransport] = field(default_factory=list)
    _numbers: bytes = b""
    _late: list[bytes] = field(default_factory=list)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Line]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url = re.sub(r":\d+/", f":{port}/", self.camera)
        yield self
        server.close()
        for wire in self._wires:
            wire.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = int(re.findall(r":(\d+)/", self.camera)[0])
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        to_camera = asyncio.create_task(self._copy(reader, far_writer))
        try:
            while first := await far_reader.read(1):
                if first != b"$":
                    head = self._led_here(first + await far_reader.readuntil(b"\r\n\r\n"))
                    length = re.search(rb"Content-Length: (\d+)", head)
                    writer.write(head + await far_reader.readexactly(int(length[1]) if length else 0))
                    continue
                head = await far_reader.readexactly(3)
                data = await far_reader.readexactly(int.from_bytes(head[1:]))
                if head[0] == 0 and not self.kept(data):
                    continue
                writer.write(first + head + data)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            to_camera.cancel()
            writer.close()
            far_writer.close()

    def kept(self, data: bytes) -> bool:
        keep = len(self.seen) not in DROPPED
        self.seen.append((struct.unpack_from(">I", data, 4)[0], keep))
        return keep

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            if b"client_port=" in data:
                data = await self._by_udp(data)
            writer.write(data)

    # --- by UDP ---

    async def _by_udp(self, data: bytes) -> bytes:
        """A request to send by UDP, so that the camera sends here; the answer is changed likewise."""
        self._client = int(re.findall(rb"client_port=(\d+)", data)[0])
        loop = asyncio.get_running_loop()
        for place in (0, 1):
            transport, _ = await loop.create_datagram_endpoint(lambda p=place: Wire(self, p), ("127.0.0.1", 0))
            self._wires.append(transport)
        self._numbers = b"-".join(str(w.get_extra_info("sockname")[1]).encode() for w in self._wires)
        first, second = (int(number) for number in self._numbers.split(b"-"))
        if second != first + 1:  # the camera takes the second to be next to the first
            self._wires.pop().close()
            transport, _ = await loop.create_datagram_endpoint(lambda: Wire(self, 1), ("127.0.0.1", first + 1))
            self._wires.append(transport)
            self._numbers = b"%d-%d" % (first, first + 1)
        return re.sub(rb"client_port=\d+-\d+", b"client_port=" + self._numbers, data)

    def _led_here(self, head: bytes) -> bytes:
        if not self._wires:
            return head
        return re.sub(rb"server_port=\d+-\d+", b"server_port=" + self._numbers, head)

    def arrived(self, place: int, data: bytes) -> None:
        """Every 7th packet is overtaken by the one behind it, every 10th comes twice."""
        if place == 1:
            self._wires[1].sendto(data, ("127.0.0.1", self._client + 1))
            return
        at, keep = len(self.seen), self.kept(data)
        if not keep:
            return
        if at % 7 == 6:
            self._late.append(data)
            return
        for one in (data, *self._late, *([data] if at % 10 == 0 else [])):
            self._wires[0].sendto(one, ("127.0.0.1", self._client))
        self._late.clear()


class Wire(asyncio.DatagramProtocol):
    """A port of the line: RTP (0) or RTCP (1)."""

    def __init__(self, line: Line, place: int) -> None:
        self._line, self._place, self._number = line, place, 0

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        if sender[1] not in (self._line._client, self._line._client + 1):
            self._line.arrived(self._place, data)


async def received(url: str, enough: int, line: Line, transport: Transport) -> list[AccessUnit]:
    """What a capture makes of the line until `enough` packets have gone over it."""
    capture, units = Capture(url, "hall-1", transport), list[AccessUnit]()
    capture.start()
    async with asyncio.timeout(20):
        while True:
            event = await asyncio.to_thread(capture.next_event, 0.1)
            if len(line.seen) >= enough:
                capture.stop()
            if isinstance(event, Opened):
                line.sets = event.sets
            if isinstance(event, AccessUnit):
                units.append(event)
            if isinstance(event, Lost):
                assert event.code == "stopped", event
                break
    capture.join()
    return units


def written(units: list[AccessUnit], sets: ParameterSets | None, folder: Path, tell: Callable[[Record], None]) -> None:
    """As the recorder writes them."""
    cutter, writer = Cutter(90_000, sets), None
    for act in [act for unit in units for act in cutter.feed(unit)] + cutter.finish("stopped"):
        if isinstance(act, Begin):
            writer = RunWriter(folder, "hall-1", act, tell)
        elif writer is not None:
            writer.carry_out(act)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_14_packets_dropped_read_14_and_the_torn_pictures_are_marked(
    tmp_path: Path, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_camera, "DrawnHall", Grainy)
    async with (
        DemoCamera(None, 0, 640, 360, 25, bit_rate=4_000_000, udp=True) as camera,
        Line(camera.url).open() as line,
    ):
        units = await received(line.url, 400, line, transport)
    assert bool(line._wires) == (transport == "udp")
    assert sum(unit.lost for unit in units) == len(DROPPED) == 14
    kept = [timestamp for timestamp, keep in line.seen if keep]
    torn = {timestamp for timestamp, keep in line.seen if not keep and timestamp in kept}
    assert {unit.pts & 0xFFFFFFFF for unit in units if unit.damaged} == torn
    assert len(torn) >= 3
    told: list[Record] = []
    written(units, line.sets, tmp_path, told.append)
    segments = [record for record in told if isinstance(record, Segment)]
    assert sum(segment.packets_lost for segment in segments) == 14
    assert sum(segment.frames_damaged for segment in segments) == len(torn)
    for segment in segments:  # the file itself says so too: what is salvaged or indexed anew keeps its marks
        parts = fmp4.read_fragments((tmp_path / segment.path).read_bytes())
        assert sum(part.lost for part in parts) == segment.packets_lost
        assert sum(part.damaged for part in parts) == segment.frames_damaged
