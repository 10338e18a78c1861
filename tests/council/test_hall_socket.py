"""A terminal's frames however the network cuts them: what is read here and what by the library is heard alike."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import ModuleType
from typing import Any

from voting.signed import hello_text

TEXT, PING, CONTINUED = 1, 9, 0


def frame(data: bytes, kind: int = TEXT, *, final: bool = True, masked: bool = True) -> bytes:
    """As a client writes it."""
    size = len(data)
    if size < 126:
        length = bytes((masked << 7 | size,))
    elif size < 65536:
        length = bytes((masked << 7 | 126,)) + size.to_bytes(2)
    else:
        length = bytes((masked << 7 | 127,)) + size.to_bytes(8)
    mask = os.urandom(4) if masked else b""
    hidden = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data)) if masked else data
    return bytes((final << 7 | kind,)) + length + mask + hidden


def ping(t: int, size: int = 0) -> bytes:
    """The hall answers it with a Pong of the same `t`. `size`: of the message, by blanks."""
    return json.dumps({"type": "Ping", "t": t}).encode().ljust(size)


class Line:
    """A terminal's websocket by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, *chunks: bytes) -> None:
        """Each in a packet of its own."""
        for chunk in chunks:
            self.writer.write(chunk)
            await asyncio.sleep(0.002)

    async def next(self) -> tuple[int, bytes]:
        first, size = await self.reader.readexactly(2)
        if size > 125:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8))
        return first & 0x0F, await self.reader.readexactly(size)

    async def until(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while True:
                opcode, data = await self.next()
                if opcode == TEXT and json.loads(data)["type"] == kind:
                    return dict(json.loads(data))

    async def closed(self) -> int:
        """The code it is closed with."""
        async with asyncio.timeout(20):
            while True:
                opcode, data = await self.next()
                if opcode == 8:
                    return int.from_bytes(data[:2])


@asynccontextmanager
async def linked(house: ModuleType, port: int, desk_no: int = 1) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    line = Line(reader, writer)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /ws/terminal HTTP/1.1\r\nHost: hall\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer {house.key(desk_no)}\r\n\r\n".encode()
    )
    try:
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        nonce, boot = (await line.until("Challenge"))["nonce"], house.boot_of(desk_no)
        proof = house.signing_key(desk_no).sign(hello_text(nonce, boot))
        hello = {"type": "Hello", "protocol": 2, "boot": boot, "signature": proof}
        await line.send(frame(json.dumps(hello).encode()))
        await line.until("Standing")
        yield line
    finally:
        writer.close()
        await asyncio.wait_for(_gone(writer), 20)


async def _gone(writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        await writer.wait_closed()


async def test_frames_cut_joined_and_mixed_in_any_way_are_all_heard_in_their_order(
    hall: Any, house: ModuleType
) -> None:
    whole = [frame(ping(n, size)) for n, size in enumerate((0, 125, 126, 127, 128, 4000), 1)]
    in_two = [frame(ping(7)[:9], final=False), frame(b"", PING), frame(ping(7)[9:], CONTINUED)]
    async with linked(house, hall.port) as line:
        await line.send(*whole)
        await line.send(*(byte.to_bytes() for byte in frame(ping(10))))
        await line.send(whole[0] + whole[1], whole[2][:1], whole[2][1:3], whole[2][3:] + whole[3][:2], whole[3][2:])
        await line.send(*in_two)
        await line.send(b"".join(in_two))
        await line.send(frame(b"x" * 125, PING), whole[4], whole[5][:3000], whole[5][3000:], whole[0])
        heard = []
        while len(heard) < 16:
            heard.append((await line.until("Pong"))["t"])
    assert heard == [1, 2, 3, 4, 5, 6, 10, 1, 2, 3, 4, 7, 7, 5, 6, 1]


async def test_frame_that_must_not_be_closes_the_line_with_the_librarys_code(hall: Any, house: ModuleType) -> None:
    wrong = [
        ([frame(ping(1), masked=False)], 1002),
        ([frame(b'{"type":"Ping\xff"}')], 1007),
        ([frame(ping(1, 70_000))[:20]], 1009),
        ([b"\xc1" + frame(ping(1))[1:]], 1002),
        ([frame(ping(1)[:5], final=False), frame(ping(1))], 1002),
        ([frame(b"nonsense"), frame(b"nonsense")], 4005),
    ]
    for desk_no, (chunks, code) in enumerate(wrong, 1):
        async with linked(house, hall.port, desk_no) as line:
            await line.send(frame(ping(1)), *chunks)
            assert await line.closed() == code, chunks
