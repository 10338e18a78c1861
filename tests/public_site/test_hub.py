"""The hub over real sockets, served by uvicorn with its own protocol class."""

from __future__ import annotations

import asyncio
import socket
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from public_site.hub import MAX_BUFFER_BYTES, Frame, Hub, TransportProtocol
from tests.serving import serving as served


@asynccontextmanager
async def serving(hub: Hub[str], snapshot: list[Frame], http: type = TransportProtocol) -> AsyncIterator[int]:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await hub.stream("sitting", lambda: snapshot, scope, receive, send)

    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=http, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    async with served(config, listening):
        writing = asyncio.create_task(hub.run(lambda: Frame("tick", b"{}")))
        try:
            yield listening.getsockname()[1]
        finally:
            hub.close()
            writing.cancel()


async def connect(port: int, headers: str = "") -> tuple[asyncio.StreamReader, asyncio.StreamWriter, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /live?sitting=sitting HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    return reader, writer, head


async def chunk(reader: asyncio.StreamReader) -> bytes:
    size = int((await reader.readuntil(b"\r\n")).strip(), 16)
    return (await reader.readexactly(size + 2))[:-2]


async def joined(hub: Hub[str], readers: int) -> None:
    async with asyncio.timeout(20):
        while len(hub) < readers:
            await asyncio.sleep(0.01)


async def test_stream_reader_joins_gets_snapshot_then_updates() -> None:
    hub: Hub[str] = Hub()
    async with serving(hub, [Frame("vote", b'{"n":1}', 7)]) as port:
        reader, writer, head = await connect(port)
        assert head.startswith("HTTP/1.1 200") and "content-encoding" not in head
        assert await chunk(reader) == b'id: 7\nevent: vote\ndata: {"n":1}\n\n'
        await joined(hub, 1)
        hub.post("sitting", Frame("state", b"{}"))
        hub.post("another", Frame("state", b'{"not":"ours"}'))
        hub.post("sitting", Frame("state", b'{"rev":2}'))
        assert [await chunk(reader), await chunk(reader)] == [
            b"event: state\ndata: {}\n\n",
            b'event: state\ndata: {"rev":2}\n\n',
        ]
        writer.close()


async def test_stream_gzip_is_one_valid_stream_whatever_came_before() -> None:
    hub: Hub[str] = Hub()
    async with serving(hub, [Frame("vote", '{"name":"Бичковяк"}'.encode())]) as port:
        early, early_writer, head = await connect(port, "Accept-Encoding: gzip, br\r\n")
        assert "content-encoding: gzip" in head
        await joined(hub, 1)
        hub.post("sitting", Frame("state", b'{"rev":1}'))
        late, late_writer, _ = await connect(port, "Accept-Encoding: gzip\r\n")
        await joined(hub, 2)
        hub.post("sitting", Frame("state", b'{"rev":2}'))
        for stream, writer, revisions in ((early, early_writer, [1, 2]), (late, late_writer, [2])):
            unpack = zlib.decompressobj(wbits=31)
            text = b"".join([unpack.decompress(await chunk(stream)) for _ in range(2 + len(revisions))]).decode()
            expected = 'event: vote\ndata: {"name":"Бичковяк"}\n\n'
            assert text == expected + "".join(f'event: state\ndata: {{"rev":{n}}}\n\n' for n in revisions)
            writer.close()


async def test_reader_that_stops_reading_is_cut_off_and_delays_nobody() -> None:
    hub: Hub[str] = Hub()
    async with serving(hub, []) as port:
        stuck = socket.create_connection(("127.0.0.1", port))
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        reader, writer, _ = await connect(port)
        await joined(hub, 2)
        frame = Frame("vote", b'"' + b"x" * 50_000 + b'"')
        received = 0
        for _ in range(400):
            hub.post("sitting", frame)
            received += len(await chunk(reader))
            if len(hub) == 1:
                break
        assert len(hub) == 1 and hub.dropped == 1
        assert received < 400 * 50_000 + 400 * 100
        writer.close()
        stuck.close()


async def test_reader_that_leaves_is_forgotten() -> None:
    hub: Hub[str] = Hub()
    async with serving(hub, []) as port:
        _, writer, _ = await connect(port)
        await joined(hub, 1)
        writer.close()
        async with asyncio.timeout(20):
            while len(hub):
                await asyncio.sleep(0.01)
        assert hub.topics() == []


@pytest.mark.parametrize("turns", range(6))
async def test_hub_ended_in_the_moment_something_is_posted_ends(turns: int) -> None:
    hub: Hub[str] = Hub()
    running = asyncio.create_task(hub.run(lambda: Frame("tick", b"{}")))
    await asyncio.sleep(0.01)  # it waits
    hub.post("sitting", Frame("vote", b"{}"))
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running}, timeout=20)
    assert running.cancelled()


def test_frame_refuses_data_of_two_lines() -> None:
    with pytest.raises(ValueError, match="one line"):
        Frame("vote", b"{\n}")


def test_frame_of_a_full_roll_is_far_below_what_a_reader_may_hold() -> None:
    assert len(Frame("vote", b'"' + b"x" * 5_000 + b'"').packed) < MAX_BUFFER_BYTES / 50
