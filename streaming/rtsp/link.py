"""The RTSP connection itself: requests and answers, and the packets that come in between; and pairs of UDP ports."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from streaming.errors import CameraLost, garbage
from streaming.rtsp import messages
from streaming.rtsp.messages import Response

AGENT = "Hlasno"
RECEIVED_BYTES = 4 * 2**20  # the kernel keeps so much of a UDP stream while we are busy
PORT_TRIES = 64
UNREAD_BYTES = 64 * 2**10  # of ours that a camera has not read: it asks and does not listen
AT_ONCE = 64  # packets of one port, before others have their turn

Take = Callable[[bytes, int], None]  # a packet and when it arrived, in microseconds since the epoch


class Link(asyncio.Protocol):
    """`take` gets channel, packet and arrival; what it raises as CameraLost ends the connection. `over` says why."""

    def __init__(self, take: Callable[[int, bytes, int], None]) -> None:
        self._take = take
        self._incoming = messages.Incoming()
        self._answer: asyncio.Future[Response] | None = None
        self._sequence = 0
        self.over: asyncio.Future[CameraLost] = asyncio.get_running_loop().create_future()
        self.transport = cast("asyncio.Transport", None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.fail(CameraLost("dropped", str(error) if error else "the camera ended the connection"))

    def data_received(self, data: bytes) -> None:
        if self.over.done():
            return
        arrived_us = time.time_ns() // 1000
        try:
            for item in self._incoming.feed(data):
                if isinstance(item, tuple):
                    self._take(*item, arrived_us)
                elif isinstance(item, Response):
                    self._answered(item)
                else:
                    self._write(messages.refusal(item))
        except CameraLost as lost:
            self.fail(lost)

    def fail(self, lost: CameraLost) -> None:
        """The first reason counts."""
        if not self.over.done():
            self.over.set_result(lost)

    def send(self, channel: int, data: bytes) -> None:
        self._write(b"$" + bytes((channel,)) + len(data).to_bytes(2) + data)

    def _write(self, data: bytes) -> None:
        """uvloop raises on a line that has just been lost; `over` tells it."""
        if self.transport.get_write_buffer_size() > UNREAD_BYTES:
            self.fail(garbage("the camera asks and does not read the answers"))
        elif not self.transport.is_closing():
            self.transport.write(data)

    async def request(self, method: str, url: str, headers: dict[str, str], seconds: float) -> Response:
        """Raises CameraLost: as the connection ended, or `silent` without an answer."""
        self._sequence += 1
        self._answer = answer = asyncio.get_running_loop().create_future()
        fields = {"CSeq": str(self._sequence), "User-Agent": AGENT} | headers
        self._write(messages.request(method, url, fields))
        await asyncio.wait((answer, self.over), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        self._answer = None
        if answer.done():
            return cast("Response", answer.result())
        if self.over.done():
            raise self.over.result()
        raise CameraLost("silent", f"the camera does not answer {method}")

    def _answered(self, response: Response) -> None:
        """Answers that nobody waits for any more are passed over."""
        number = response.headers.get("cseq")
        if self._answer is not None and not self._answer.done() and number in ("", str(self._sequence)):
            self._answer.set_result(response)


class Port:
    """One UDP port of ours. Only what comes from the camera's address counts; what is no packet is passed over, since
    anyone could have sent it."""

    def __init__(self, own: socket.socket, camera: str, take: Take) -> None:
        self._own, self._camera, self._take = own, camera, take
        self._loop = asyncio.get_running_loop()
        self.strange = 0
        self.resume()

    def pause(self) -> None:
        """What comes waits in the kernel, as far as there is room; the rest is lost, and told as such afterwards."""
        self._loop.remove_reader(self._own)

    def resume(self) -> None:
        self._loop.add_reader(self._own, self._readable)

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        with suppress(OSError):  # a report less
            self._own.sendto(data, to)

    def close(self) -> None:
        self.pause()
        self._own.close()

    def _readable(self) -> None:
        arrived_us = time.time_ns() // 1000
        for _ in range(AT_ONCE):
            try:
                data, sender = self._own.recvfrom(65_536)
            except OSError:  # nothing more; or ICMP says that the camera's port is closed, which silence tells too
                return
            if sender[0] != self._camera:
                self.strange += 1
                continue
            try:
                self._take(data, arrived_us)
            except CameraLost:
                self.strange += 1


def ports(own: str, camera: str, rtp: Take, rtcp: Take) -> tuple[Port, Port, int]:
    """Two neighbouring ports of the address `own`, and the number of the first, which is even. Raises OSError."""
    for _ in range(PORT_TRIES):
        first = _bound(own, 0)
        number = first.getsockname()[1]
        if number % 2 == 0:
            with suppress(OSError):
                second = _bound(own, number + 1)
                return Port(first, camera, rtp), Port(second, camera, rtcp), number
        first.close()
    raise OSError("no two neighbouring UDP ports are free")


def _bound(address: str, port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        found.setblocking(False)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_BYTES)
        found.bind((address, port))
    except OSError:
        found.close()
        raise
    return found
