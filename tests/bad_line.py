"""The line between a camera and its recorder, as bad as it is told to be: RTSP with RTP inside it or by UDP.

It knows each packet that went into it and which came out, so that what a recorder says of losses can be judged.
"""

from __future__ import annotations

import asyncio
import re
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Seen:
    """One RTP packet. `timestamp` as the camera wrote it."""

    track: int  # 0 the film, 1 its sound
    sequence: int
    timestamp: int
    passed: bool
    at: float  # on the monotonic clock
    way: int  # number of the connection


Tamper = Callable[[int, bytes], bytes | None]  # track and packet; None: dropped


@dataclass
class BadLine:
    """`async with BadLine(camera.url).open() as line: … line.url`. Change `plugged`, `reports`, `tamper`, `shuffled` at
    any time."""

    camera: str
    tamper: Tamper = lambda _, packet: packet
    reports: bool = True  # sender reports come through
    shuffled: bool = False  # by UDP: every 7th packet is overtaken by the one behind it, every 10th comes twice
    url: str = ""
    by_udp: bool = False  # the recorder has asked for it
    tries: int = 0  # connections asked for, also while the cable is out
    seen: list[Seen] = field(default_factory=list)
    ended: dict[int, float] = field(default_factory=dict)  # when the recorder left, by connection

    def __post_init__(self) -> None:
        self._plug = asyncio.Event()
        self._plug.set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def plugged(self) -> bool:
        """A cable that is out keeps connections as they are: nobody hears anything, by TCP the two ends try again."""
        return self._plug.is_set()

    @plugged.setter
    def plugged(self, plugged: bool) -> None:
        if plugged:
            self._plug.set()
        else:
            self._plug.clear()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[BadLine]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = re.sub(r":\d+/", f":{server.sockets[0].getsockname()[1]}/", self.camera)
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.tries += 1
        try:
            await self._plug.wait()
            await _Way(self, self.tries).carry(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def wait_plugged(self) -> None:
        await self._plug.wait()

    def treated(self, track: int, packet: bytes, way: int) -> bytes | None:
        """The packet as it goes on, or None."""
        sequence, timestamp = struct.unpack_from(">HI", packet, 2)
        out = self.tamper(track, packet) if self.plugged else None
        self.seen.append(Seen(track, sequence, timestamp, out is not None, time.monotonic(), way))
        return out

    def dropped(self) -> int:
        """Packets that did not come out between two that did, of one connection: what a recorder can know of."""
        count, waiting = 0, dict[tuple[int, int], int]()  # since the last one that came out
        for one in self.seen:
            key = (one.way, one.track)
            if one.passed:
                count += waiting.get(key, 0)
                waiting[key] = 0
            elif key in waiting:
                waiting[key] += 1
        return count

    def whole(self, keys: set[int], left: float, slack_s: float = 0.3) -> set[int]:
        """The timestamps of the pictures of which every packet came out: from a connection's first whole key frame on,
        without what was on its way when the recorder left. keys: the timestamps of key frames; left: when it was told
        to end at last."""
        found: dict[tuple[int, int], bool] = {}
        for one in self.seen:
            if one.track == 0:
                late = one.at > min(left, self.ended.get(one.way, left)) - slack_s
                key = (one.way, one.timestamp)
                found[key] = found.get(key, True) and one.passed and not late
        led, whole = set[int](), set[int]()
        for (way, timestamp), came in found.items():
            if came and timestamp in keys:
                led.add(way)
            if came and way in led:
                whole.add(timestamp)
        return whole


class _Way:
    """One connection over the line."""

    def __init__(self, line: BadLine, number: int) -> None:
        self._line, self._number = line, number
        self._client: list[int] = []  # UDP port of each track; the reports' is the next one
        self._pairs: list[list[asyncio.DatagramTransport]] = []
        self._late: list[bytes] = []

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = int(re.findall(r":(\d+)/", self._line.camera)[0])
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        there = asyncio.create_task(self._to_camera(reader, far_writer))
        try:
            await self._from_camera(far_reader, writer)
        finally:
            there.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await there
            far_writer.transport.abort()
            for pair in self._pairs:
                for end in pair:
                    end.close()

    async def _to_camera(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            await self._line.wait_plugged()
            if match := re.search(rb"client_port=(\d+)-\d+", data):
                data = data.replace(match[0], b"client_port=%d-%d" % await self._pair(int(match[1])))
            writer.write(data)
        self._line.ended[self._number] = time.monotonic()
        writer.transport.abort()

    async def _from_camera(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while first := await reader.read(1):
            await self._line.wait_plugged()
            if first != b"$":
                head = first + await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"Content-Length: (\d+)", head)
                if self._pairs:
                    own = self._pairs[-1][0].get_extra_info("sockname")[1]
                    head = re.sub(rb"server_port=\d+-\d+", b"server_port=%d-%d" % (own, own + 1), head)
                writer.write(head + await reader.readexactly(int(length[1]) if length else 0))
                continue
            channel, size = struct.unpack(">BH", await reader.readexactly(3))
            packet: bytes | None = await reader.readexactly(size)
            await self._line.wait_plugged()
            if channel % 2 == 0 and packet is not None:
                packet = self._line.treated(channel // 2, packet, self._number)
            elif not self._line.reports:
                packet = None
            if packet is not None:
                writer.write(struct.pack(">cBH", b"$", channel, len(packet)) + packet)
                await writer.drain()

    # --- by UDP ---

    async def _pair(self, client: int) -> tuple[int, int]:
        """Two neighbouring ports that stand for those of the recorder."""
        loop, track = asyncio.get_running_loop(), len(self._pairs)
        self._line.by_udp = True
        while True:
            first, _ = await loop.create_datagram_endpoint(lambda: _Wire(self, track, False), ("127.0.0.1", 0))
            number = first.get_extra_info("sockname")[1]
            try:
                second, _ = await loop.create_datagram_endpoint(
                    lambda: _Wire(self, track, True), ("127.0.0.1", number + 1)
                )
            except OSError:
                first.close()
                continue
            self._pairs.append([first, second])
            self._client.append(client)
            return number, number + 1

    def arrived(self, track: int, report: bool, data: bytes, sender: tuple[str, int]) -> None:
        port = self._client[track] + report
        if sender[1] == port:
            return  # the recorder's own; the camera does without
        if report:
            if self._line.reports and self._line.plugged:
                self._pairs[track][1].sendto(data, ("127.0.0.1", port))
            return
        at = len(self._line.seen)
        packet = self._line.treated(track, data, self._number)
        if packet is None:
            return
        if self._line.shuffled and at % 7 == 6 and track == 0:
            self._late.append(packet)
            return
        doubled = [packet] if self._line.shuffled and at % 10 == 0 else []
        late, self._late = (self._late, []) if track == 0 else ([], self._late)
        for one in (packet, *late, *doubled):
            self._pairs[track][0].sendto(one, ("127.0.0.1", port))


class _Wire(asyncio.DatagramProtocol):
    def __init__(self, way: _Way, track: int, report: bool) -> None:
        self._way, self._track, self._report = way, track, report

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        self._way.arrived(self._track, self._report, data, sender)
