"""Terminals for the benches: bare asyncio protocols in a process of their own, so that they take little from the hall.

`Terminals` starts such a process. It reads one command a line and answers each with one line of JSON:

    burst VOTE                  all press in the same instant: ms to the last receipt
    pace VOTE SECONDS RATE      each presses RATE times a second, at moments of its own: ms to the receipt of each press
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import select
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

import uvloop
from children import Told, house

from voting.entries import Option
from voting.signed import hello_text, press_text

PING_S = 3.0
HALL = "/ws/terminal"
RECEIPT = b'{"type":"Recorded'
TEXT, PING, PONG = 0x1, 0x9, 0xA


class Client(asyncio.Protocol):
    """A websocket that waits for one kind of frame at a time; as little work as can be."""

    def __init__(self, path: str, desk_no: int) -> None:
        self.path, self.desk_no, self.hello = path, desk_no, path == HALL
        self.ready = asyncio.get_running_loop().create_future()
        self.answered: Callable[[float], None] | None = None  # hears when the receipt of the last press has come
        self.buffer = b""
        self.upgraded = False
        self.last = b""
        self.n = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {house.key(self.desk_no)}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if (
            self.answered is not None
            and not self.buffer
            and data[4:21] == RECEIPT
            and len(data) == 4 + (data[2] << 8 | data[3])
        ):
            self.hear()  # one receipt and nothing else: nearly always
            return
        self.buffer += data
        if not self.upgraded:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head, head
            self.upgraded, self.buffer = True, rest
            if not self.hello:
                self.ready.set_result(None)
        while len(self.buffer) >= 2:
            kind, length, start = self.buffer[0] & 0x0F, self.buffer[1], 2
            if length == 126:
                if len(self.buffer) < 4:
                    return
                (length,), start = struct.unpack("!H", self.buffer[2:4]), 4
            if len(self.buffer) < start + length:
                return
            frame, self.buffer = self.buffer[start : start + length], self.buffer[start + length :]
            if kind == PING:
                self.transport.write(masked(frame, PONG))
                continue
            self.last = frame
            if b'"Challenge"' in frame:
                boot = house.boot_of(self.desk_no)
                proof = house.signing_key(self.desk_no).sign(hello_text(json.loads(frame)["nonce"], boot))
                self.send({"type": "Hello", "protocol": 2, "boot": boot, "signature": proof, "lang": "en"})
            elif b'"Recorded"' in frame and self.answered is not None:
                self.hear()
            elif b'"Refused"' in frame:
                raise SystemExit(frame.decode())
            elif b'"ChamberState"' in frame and not self.ready.done():
                self.ready.set_result(None)

    def hear(self) -> None:
        answered, self.answered = self.answered, None
        if answered is not None:
            answered(time.perf_counter())

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        lost = ConnectionError(f"the hall closed the line of desk {self.desk_no}; last it said {self.last!r}")
        if not self.ready.done():
            self.ready.set_exception(lost)
        elif self.answered is not None:
            raise SystemExit(str(lost))

    def send(self, message: dict[str, Any]) -> None:
        self.transport.write(masked(json.dumps(message).encode()))

    def next_press(self, vote_n: int, answered: Callable[[float], None]) -> bytes:
        """The frame of a new press; `answered` hears when its receipt has come."""
        self.n += 1
        self.answered = answered
        boot = house.boot_of(self.desk_no)
        press = {"type": "PressOption", "boot": boot, "n": self.n, "vote_n": vote_n, "option": "for"}
        text = press_text(house.SITTING, vote_n, house.member(self.desk_no), Option.FOR, None, boot, self.n)
        press["signature"] = house.signing_key(self.desk_no).sign(text)
        return masked(json.dumps(press).encode())


def masked(data: bytes, kind: int = TEXT) -> bytes:
    """A frame of RFC 6455; a mask of zeros is a mask."""
    length = struct.pack("!B", 0x80 | len(data)) if len(data) < 126 else struct.pack("!BH", 0x80 | 126, len(data))
    return bytes((0x80 | kind,)) + length + b"\0\0\0\0" + data


def burst(lines: list[Client], vote_n: int) -> float:
    """Past the loop, which stands still meanwhile: what the terminals take of the machine is not the hall's."""
    times: list[float] = []
    frames = [line.next_press(vote_n, times.append) for line in lines]
    by_fd = {line.transport.get_extra_info("socket").fileno(): line for line in lines}
    with select.epoll() as readable:
        for fd in by_fd:
            readable.register(fd, select.EPOLLIN)
        start = time.perf_counter()
        for fd, frame in zip(by_fd, frames, strict=True):
            os.write(fd, frame)
        while len(times) < len(lines):
            for fd, _ in readable.poll():
                data = os.read(fd, 16_384)
                if not data:
                    raise SystemExit(f"the hall closed a line in a burst; last it said {by_fd[fd].last!r}")
                by_fd[fd].data_received(data)
    return round((times[-1] - start) * 1000, 3)


async def pace(lines: list[Client], vote_n: int, seconds: float, rate: float) -> list[float]:
    end, times = time.perf_counter() + seconds, []

    async def finger(line: Client) -> None:
        while (wait := random.expovariate(rate)) < end - time.perf_counter():
            await asyncio.sleep(wait)
            answer: asyncio.Future[float] = asyncio.get_running_loop().create_future()
            frame, start = line.next_press(vote_n, answer.set_result), time.perf_counter()
            line.transport.write(frame)
            times.append(round((await answer - start) * 1000, 3))

    await asyncio.gather(*map(finger, lines))
    return times


async def ping(lines: list[Client]) -> None:
    while True:
        await asyncio.sleep(PING_S)
        for line in lines:
            line.send({"type": "Ping", "t": 0})


async def obey(port: int, path: str, first: int, count: int) -> None:
    loop = asyncio.get_running_loop()
    lines = [Client(path, n) for n in range(first, first + count)]
    for line in lines:
        await loop.create_connection(lambda line=line: line, "127.0.0.1", port)
    await asyncio.gather(*(line.ready for line in lines))
    pings = asyncio.create_task(ping(lines)) if path == HALL else None
    print('"ready"', flush=True)
    while words := (await asyncio.to_thread(sys.stdin.readline)).split():
        match words:
            case ["burst", vote_n]:
                answer: Any = burst(lines, int(vote_n))
            case ["pace", vote_n, seconds, rate]:
                answer = await pace(lines, int(vote_n), float(seconds), float(rate))
        print(json.dumps(answer), flush=True)
    if pings is not None:
        pings.cancel()


class Terminals(Told):
    """The bench's side of such a process. `first`: the desk of the first of `count` terminals."""

    def __init__(self, port: int, count: int, *, path: str = HALL, first: int = 1) -> None:
        super().__init__(__file__, port, path, first, count)

    async def ready(self) -> None:
        """Returns when all are connected."""
        await self.answer()

    async def burst(self, vote_n: int = 1) -> float:
        return float(await self.ask(f"burst {vote_n}"))

    async def pace(self, seconds: float, rate: float, vote_n: int = 1) -> list[float]:
        return list(await self.ask(f"pace {vote_n} {seconds} {rate}"))


if __name__ == "__main__":
    uvloop.run(obey(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
