"""The RTSP server's manners: every request that it cannot serve is told so, and nobody slow holds up the others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from hardware import rtsp
from hardware.rtp import Packetiser
from hardware.rtsp import RtspServer

TCP = "Transport: RTP/AVP/TCP;unicast;interleaved=2-3"


class Still:
    """A stream that stands still."""

    def __init__(self) -> None:
        self.packetiser = Packetiser(7, 100)

    def sdp(self) -> str:
        return "v=0\r\n"

    def position(self, track: int) -> tuple[int, int]:
        return 100, 9000

    def report(self, track: int) -> bytes:
        return self.packetiser.report(0, 9000)


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, base: str) -> None:
        self.reader, self.writer, self.base = reader, writer, base
        self.session = ""

    async def ask(self, method: str, path: str = "hall-1", *headers: str, cseq: str = "CSeq: 7") -> tuple[int, str]:
        lines = [f"{method} {self.base}/{path} RTSP/1.0", *([cseq] if cseq else []), *headers]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)).decode()
        return int(head.split()[1]), head

    async def play(self) -> None:
        _, head = await self.ask("SETUP", "hall-1/track1", TCP)
        session = next(line for line in head.split("\r\n") if line.startswith("Session")).split(";")[0]
        self.session = session
        status, head = await self.ask("PLAY", "hall-1", session)
        assert (status, "seq=100;rtptime=9000" in head) == (200, True)

    async def packet(self) -> tuple[int, bytes]:
        """The next interleaved packet: its channel and its bytes."""
        header = await asyncio.wait_for(self.reader.readexactly(4), 5)
        return header[1], await self.reader.readexactly(int.from_bytes(header[2:], "big"))


@pytest.fixture
async def server() -> AsyncIterator[RtspServer]:
    still = RtspServer("hall-1", Still())
    await still.start()
    yield still
    await still.stop()


@pytest.fixture
async def client(server: RtspServer) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    yield Client(reader, writer, f"rtsp://127.0.0.1:{server.port}")
    writer.close()


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("OPTIONS", "hall-1", (), 200),
        ("DESCRIBE", "hall-1", (), 200),
        ("DESCRIBE", "hall-2", (), 404),
        ("RECORD", "hall-1", (), 405),
        ("SETUP", "hall-1/track1", ("Transport: RTP/AVP;unicast;client_port=5000-5001",), 461),
        ("SETUP", "hall-1/track1", (TCP,), 200),
        ("PLAY", "hall-1", (), 454),
        ("PLAY", "hall-1", ("Session: 0123456789abcdef",), 454),
        ("OPTIONS", "hall-1", ("Require: implicit-play",), 551),
    ],
)
async def test_request_is_answered_with_its_status(
    client: Client, method: str, path: str, headers: tuple[str, ...], status: int
) -> None:
    found, head = await client.ask(method, path, *headers)
    assert found == status and "\r\nCSeq: 7\r\n" in head


async def test_request_without_a_number_is_bad(client: Client) -> None:
    assert (await client.ask("OPTIONS", cseq=""))[0] == 400


async def test_play_sends_a_report_first_then_pictures_from_a_key_frame(server: RtspServer, client: Client) -> None:
    await client.play()
    server.send([b"early"], key=False)
    server.send([b"key"], key=True)
    server.send([b"next"], key=False)
    channel, report = await client.packet()
    assert (channel, report[1]) == (3, 200)
    assert [await client.packet(), await client.packet()] == [(2, b"key"), (2, b"next")]


async def test_receiver_reports_and_questions_between_packets_are_understood(client: Client) -> None:
    await client.play()
    await client.packet()
    client.writer.write(b"$\x03\x00\x04abcd")
    assert (await client.ask("GET_PARAMETER", "hall-1", client.session))[0] == 200
    assert (await client.ask("TEARDOWN", "hall-1", client.session))[0] == 200
    assert await asyncio.wait_for(client.reader.read(), 5) == b""


async def test_stop_ends_every_connection_without_a_word_in_the_log(
    server: RtspServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    await client.play()
    await server.stop()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(client.reader.readexactly(10_000), 5)
    await asyncio.sleep(0)
    assert caplog.records == []


async def test_connection_silent_for_too_long_is_closed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtsp, "SESSION_SECONDS", 0.1)
    assert (await client.ask("OPTIONS"))[0] == 200
    assert await asyncio.wait_for(client.reader.read(), 5) == b""


async def test_watcher_that_does_not_read_misses_pictures_and_the_others_none(
    server: RtspServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rtsp, "BEHIND_SECONDS", 0.2)
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", server.port))
    reader, writer = await asyncio.open_connection(sock=deaf, limit=4096)
    await Client(reader, writer, client.base).play()
    await client.play()
    await client.packet()
    assert server.watching == 2
    picture = bytes(50_000)
    for i in range(60):
        server.send([picture], key=i % 5 == 0)
        assert await client.packet() == (2, picture)
        await asyncio.sleep(0.01)
    assert server.watching == 1
    writer.transport.abort()
