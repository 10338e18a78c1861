"""`/live/video` over real sockets: the recorder's own messages, to whoever reads, and to nobody who may not."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from public_site import live_video
from streaming import live_hls
from streaming.cutting import Begin, Cut, End, Part
from streaming.live import RunBegun, understand
from streaming.live_feed import LiveFeed, Tap
from streaming.live_window import FRESH_S
from streaming.segments import run_id, to_us

CAMERA = "hall-1"


@dataclass
class Air:
    """An open sitting, its site, and a recorder without a camera: parts of 200 ms in segments of two."""

    town: Any
    url: str
    feed: LiveFeed
    tap: Tap
    run: str = ""
    ticks: int = 0

    def begin(self, codec: str = "avc1.42c01f", milliseconds: int = 0) -> None:
        self.run = run_id(CAMERA, to_us(self.town.now) + milliseconds * 1000)
        self.tap.take(Begin(0, codec, 640, 360, 1000, b"init of " + self.run.encode()), self.run)
        self.ticks = 0

    def part(self, data: bytes, at: datetime | None = None) -> None:
        self.tap.take(Part(data, self.ticks, 200, 5, to_us(at or self.town.now)), self.run)
        self.ticks += 200
        if self.ticks % 400 == 0:
            self.tap.take(Cut(self.ticks - 400, 400, 400, 0, 10), self.run)

    def end(self) -> None:
        self.tap.take(End("dropped", 0), self.run)

    def watch(self, query: str = "", **options: Any) -> Any:
        address = self.url.replace("http", "ws", 1)
        return connect(f"{address}/live/video?{query or f'sitting={self.town.plan.id}&camera={CAMERA}'}", **options)


@pytest.fixture
async def air(town: Any, towns: ModuleType, tmp_path: Path) -> AsyncIterator[Air]:
    town.now = datetime.now(UTC)
    await town.open_sitting()
    recordings = tmp_path / "recordings"
    feed = LiveFeed(towns.settings(town.db, recordings).live)
    tap = await feed.start(CAMERA)
    assert tap is not None
    async with towns.serving(town.db, recordings) as url:
        yield Air(town, url, feed, tap)
    feed.stop()


async def told(reader: ClientConnection) -> Any:
    """The next message: what it is about, or the words."""
    async with asyncio.timeout(20):
        message = await reader.recv()
    return understand(message).body if isinstance(message, bytes) else json.loads(message)


async def closed(reader: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed) as caught:
        while True:
            await told(reader)
    return caught.value.rcvd.code if caught.value.rcvd else None


async def test_a_reader_begins_at_the_newest_key_frame_and_gets_what_the_recorder_wrote(air: Air) -> None:
    air.begin()
    for data in (b"1", b"2", b"3", b"4", b"5"):
        air.part(data)
    async with air.watch() as first, air.watch() as second:
        for reader in (first, second):
            message = await asyncio.wait_for(reader.recv(), 20)
            assert isinstance(message, bytes)
            assert understand(message).head == RunBegun(air.run, "avc1.42c01f", 640, 360, 1000)
            assert await told(reader) == b"5"
        air.part(b"6")
        air.end()
        assert [await told(first), await told(first)] == [b"6", {"type": "wait"}]
        air.begin(milliseconds=9)
        air.part(b"7")
        assert [await told(first), await told(first)] == [b"init of " + air.run.encode(), b"7"]
        assert [await told(second) for _ in range(4)] == [b"6", {"type": "wait"}, b"init of " + air.run.encode(), b"7"]


async def test_nothing_from_before_the_opening_and_nothing_after_the_closing_is_shown(air: Air) -> None:
    early, late = air.town.now - timedelta(seconds=20), air.town.now + timedelta(seconds=90)
    air.begin()
    for data in (b"early", b"early"):
        air.part(data, early)
    async with air.watch() as reader:
        for data in (b"3", b"4"):
            air.part(data)
        assert [await told(reader) for _ in range(3)] == [b"init of " + air.run.encode(), b"3", b"4"]
        await air.town.close_sitting()  # a minute later
        await asyncio.sleep(1.5 * FRESH_S)
        air.part(b"late", late)
        air.part(b"in time")  # not without its key frame
        air.part(b"key")
        while (got := await told(reader)) == {"type": "wait"}:
            continue
        assert got == b"key"


async def test_a_reader_that_stops_reading_delays_nobody_and_is_cut_off(
    air: Air, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_video, "STUCK_S", 1.0)
    air.begin()
    air.part(b"1")
    idle = socket.create_connection(("127.0.0.1", int(air.url.rpartition(":")[2])))
    head = ("Host: x", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {'A' * 22}==")
    path = f"/live/video?sitting={air.town.plan.id}&camera={CAMERA}"
    idle.sendall("\r\n".join((f"GET {path} HTTP/1.1", *head, "Sec-WebSocket-Version: 13", "", "")).encode())
    async with air.watch() as reader:
        assert [await told(reader), await told(reader)] == [b"init of " + air.run.encode(), b"1"]
        for n in range(60):
            air.part(bytes([n]) * 250_000)
            assert (await told(reader))[:1] == bytes([n]), "no part is kept from who reads"
        await asyncio.sleep(1.5)

    def rest() -> int:
        size = 0
        try:
            while data := idle.recv(1 << 20):
                size += len(data)
        except ConnectionResetError:
            pass
        return size

    idle.settimeout(20)
    assert await asyncio.to_thread(rest) < 60 * 250_000, "cut off, and what it had not taken let go"
    idle.close()


async def test_a_reader_who_fell_behind_goes_on_at_a_key_frame(air: Air, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_video, "BEHIND_US", 1000)
    air.begin()
    air.part(b"k0")
    async with air.watch() as reader:
        assert [await told(reader), await told(reader)] == [b"init of " + air.run.encode(), b"k0"]
        for n in range(1, 9):  # in one instant of the site's loop
            air.part(f"p{n}".encode(), air.town.now + timedelta(milliseconds=200 * n))
        got = [await told(reader)]
        while got[-1] != b"p8":
            got.append(await told(reader))
        assert len(got) < 8 and got[0] in (b"p1", b"p2", b"p4", b"p6", b"p8")


async def test_camera_that_sends_nothing_is_not_called_an_archive(air: Air, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_hls, "BLOCK_S", 0.3)
    async with httpx2.AsyncClient(base_url=air.url, timeout=30, headers={"accept": "application/json"}) as reader:
        answer = await reader.get(f"/live/video.m3u8?sitting={air.town.plan.id}&camera={CAMERA}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], answer.headers["retry-after"]) == (503, "no_picture", "2")
    assert error["message"] == "Камера зараз не\u00a0передає зображення; воно відновиться саме."


async def test_who_may_not_watch_is_told_why(air: Air, town: Any, towns: ModuleType, tmp_path: Path) -> None:
    async def code(query: str) -> int | None:
        async with air.watch(query) as reader:
            return await closed(reader)

    sitting = f"sitting={town.plan.id}"
    assert await code(f"sitting=nowhere&camera={CAMERA}") == live_video.UNKNOWN
    assert await code(f"{sitting}&camera=../{CAMERA}") == live_video.UNKNOWN
    assert await code(sitting) == live_video.UNKNOWN
    assert await code(f"{sitting}&camera=hall-2") == live_video.NO_FEED
    assert await code(f"sitting={towns.IMPORTED}&camera={CAMERA}") == live_video.OVER
    air.begin("hvc1.1.6.L93.B0")
    air.part(b"1")
    async with air.watch() as reader:
        assert await told(reader) == {"type": "refused", "reason": "h265"}
        assert await closed(reader) == live_video.REFUSED
    async with air.watch() as reader:
        await reader.send("hello")
        assert await closed(reader) in (live_video.TALKED, live_video.REFUSED)
    with pytest.raises(InvalidStatus) as refused:
        async with air.watch(origin="https://elsewhere.example"):
            pass
    assert refused.value.response.status_code == 403
    async with air.watch(origin=air.url) as reader:
        assert await told(reader) == {"type": "refused", "reason": "h265"}
