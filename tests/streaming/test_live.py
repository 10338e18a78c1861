"""Parts on their way from the recorder's thread to whoever watches, over the real socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from streaming import fmp4, live_feed
from streaming.cutting import Act, Begin, Cut, End, Part
from streaming.filming import CameraSource, CameraThread
from streaming.index import Window
from streaming.live import KEEP_SEGMENTS, BadMessage, PartMade, Recent, RunBegun, SegmentCut, tell, understand
from streaming.live_feed import UNREAD_BYTES, LiveFeed, address
from streaming.live_hls import newest
from streaming.live_source import LiveCamera, LiveSources
from streaming.segments import from_us

RUN = "hall-1-20171122T102623140Z"


async def until(done: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def part(seq: int, n: int, size: int = 10, run: str = RUN) -> Any:
    return tell(PartMade(run, seq, n, seq, 1, seq * 400 + n * 200, 200, 0, n == 0), bytes([n]) * size)


def segment(seq: int, parts: int = 2, size: int = 10) -> list[Any]:
    return [*(part(seq, n, size) for n in range(parts)), tell(SegmentCut(RUN, seq, seq, parts * 200))]


async def test_each_part_is_told_as_it_stands_in_the_file_and_one_line_serves_all(film: Any, tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30) / "live"  # longer than the address of a socket may be
    feed, sources = LiveFeed(folder), LiveSources(folder)
    thread = CameraThread(
        CameraSource("hall-1", film(loop=True, count=100, fps=25, gop=25).url), tmp_path, lambda _: None, None
    )
    thread.live = await feed.start("hall-1")
    assert (folder / "hall-1.sock").stat().st_mode & 0o777 == 0o600
    thread.start()
    try:
        async with sources.watch("hall-1") as camera, sources.watch("hall-1") as same:
            assert camera is same and len(sources.watched()) == 1
            await until(lambda: camera.recent.run and camera.recent.segment(camera.recent.run, 1))
            run = camera.recent.run or ""
            parts = camera.recent.segment(run, 0) or []
            path = tmp_path / "hall-1" / run
            await until((path / "000000.m4s").exists)
            assert fmp4.SEGMENT_START + b"".join(told.body for told in parts) == (path / "000000.m4s").read_bytes()
            begun = camera.recent.begun(run)
            assert begun is not None and begun.body == (path / "init.mp4").read_bytes()
            heads = [told.head for told in camera.recent.all() if isinstance(told.head, PartMade)]
            assert all(a.start + a.duration == b.start and a.at_us < b.at_us for a, b in pairwise(heads))
            assert abs(heads[-1].at_us - time.time_ns() // 1000) < 5_000_000
            assert [head.key for head in heads if head.n == 0] == [True] + [False] * (len(parts) - 1)
            thread.stop()
            await until(lambda: camera.recent.run is None)
    finally:
        thread.stop()
        await asyncio.to_thread(thread.join, 10)
        thread.close()
        feed.stop()
        await sources.close()


async def test_a_recorder_that_comes_back_is_found_and_nothing_is_told_twice(tmp_path: Path) -> None:
    sources = LiveSources(tmp_path)
    acts: list[Act] = [Begin(0, "avc1.42c01f", 640, 360, 1000, b"init"), Part(b"one", 0, 200, 5)]
    async with sources.watch("hall-1") as camera:
        await asyncio.sleep(0.1)
        assert not camera.connected
        feed = LiveFeed(tmp_path)
        tap = await feed.start("hall-1")
        assert tap is not None
        for act in acts:
            tap.take(act, RUN)
        await until(lambda: camera.recent.end == 2)
        tap.cut_off()  # the line breaks, the recorder lives
        await until(lambda: not camera.connected)
        await until(lambda: camera.connected)
        tap.take(Part(b"two", 200, 200, 5), RUN)
        tap.take(Cut(0, 400, 400, 0, 10), RUN)
        await until(lambda: camera.recent.end == 4)
        assert [told.body for told in camera.recent.segment(RUN, 0) or []] == [b"one", b"two"]
        tap.take(End("dropped", 0), RUN)
        await until(lambda: camera.recent.run is None)
        assert camera.recent.beginning() is None
    feed.stop()
    await until(lambda: not camera.connected)
    await sources.close()
    assert list(tmp_path.iterdir()) == []


async def test_a_loop_that_stands_still_costs_parts_never_memory_or_the_camera(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_feed, "QUEUE_BYTES", 1000)
    feed, sources = LiveFeed(tmp_path), LiveSources(tmp_path)
    tap = await feed.start("hall-1")
    assert tap is not None
    tap.take(Begin(0, "avc1.42c01f", 640, 360, 1000, b"init"), RUN)
    with address(tmp_path, "hall-1") as path:
        _, reader = await asyncio.open_unix_connection(path)  # without any reader the loop need not move
    await until(lambda: tap._writers)
    for n in range(10):  # nothing is awaited: the loop stands still
        for i in range(3):
            tap.take(Part(bytes(100), n * 600 + i * 200, 200, 5), RUN)
        tap.take(Cut(n * 600, 600, 600, 0, 15), RUN)
    await asyncio.sleep(0)
    tap.take(Part(b"no key", 6000, 200, 5), RUN)
    for act in (Cut(6000, 200, 200, 0, 5), Part(b"key", 6200, 200, 5)):
        tap.take(act, RUN)
    async with sources.watch("hall-1") as camera:
        await until(lambda: camera.recent.end and camera.recent.part(RUN, 11, 0))
        kept = [told.head for told in camera.recent.all() if isinstance(told.head, PartMade)]
        assert len(kept) < 10 and kept[-1].key
    reader.close()
    feed.stop()
    await sources.close()


async def test_who_comes_to_a_sharp_camera_has_time_to_read_what_was_kept(tmp_path: Path) -> None:
    feed, size, count = LiveFeed(tmp_path), 2**20, 16
    tap = await feed.start("hall-1")
    assert tap is not None
    tap.take(Begin(0, "avc1.640033", 3840, 2160, 1000, b"init"), RUN)
    for n in range(count):
        tap.take(Part(bytes(size), n * 200, 200, 5), RUN)
    await until(lambda: tap._recent.end == count + 1)
    assert count * size > UNREAD_BYTES
    with address(tmp_path, "hall-1") as path:
        reader, writer = await asyncio.open_unix_connection(path)
    await until(lambda: tap._writers)
    tap.take(Part(b"newest", count * 200, 200, 5), RUN)  # before a byte was read
    await until(lambda: tap._recent.end == count + 2)
    async with asyncio.timeout(20):
        while not (await reader.readexactly(int.from_bytes(await reader.readexactly(4)))).endswith(b"newest"):
            continue
    for n in range(3 * count):  # but who reads nothing at all is cut off
        tap.take(Part(bytes(size), n * 200, 200, 5), RUN)
        await asyncio.sleep(0)
    await until(lambda: not tap._writers)
    writer.close()
    feed.stop()


async def test_a_recorder_that_numbers_from_below_is_heard_all_the_same() -> None:
    camera, other = LiveCamera(), RUN.replace("102623140Z", "092623140Z")
    for run, seq in ((RUN, 1000), (other, 7)):
        camera.take(tell(RunBegun(run, "avc1.42c01f", 640, 360, 1000), b"init"))
        for _ in range(2):  # the second time is passed over
            camera.take(part(seq, 0, run=run))
    assert [told.head.run for told in camera.recent.all() if isinstance(told.head, PartMade)] == [RUN, other]
    window = Window(from_us(-1), from_us(1), True)
    assert [(one.seq, one.run_id) for one in newest(camera.recent, window)] == [(7, other)]


def test_recent_keeps_the_newest_segments_and_their_beginning() -> None:
    recent = Recent()
    recent.add(begun := tell(RunBegun(RUN, "avc1.42c01f", 640, 360, 1000), b"init"))
    assert recent.beginning() is None
    for seq in range(10):
        for told in segment(seq):
            recent.add(told)
    recent.add(part(10, 0))
    kept = list(recent.all())
    assert kept[0] is begun and kept[1].head == part(10 - KEEP_SEGMENTS, 0).head
    assert recent.beginning() == recent.end - 1 and recent[recent.end - 1].head == part(10, 0).head
    assert recent.segment(RUN, 10) is None, "not whole yet"
    assert recent.segment(RUN, 0) is None, "let go"
    with pytest.raises(IndexError):
        recent[0]
    with pytest.raises(IndexError):
        recent[recent.end]


def test_recent_never_keeps_more_bytes_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.live.KEEP_BYTES", 5000)
    recent = Recent()
    recent.add(tell(RunBegun(RUN, "avc1.42c01f", 640, 360, 1000), b"init"))
    for told in segment(0, parts=20, size=1000):  # a segment without end
        recent.add(told)
    assert sum(len(told.message) for told in recent.all()) < 6000
    assert recent.beginning() is None, "its key frame is gone"


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x00",
        b"\x00\x09{}",
        b"\xff\xff" + bytes(70_000),
        b"\x00\x02{}",
        b"\x00\x0e" + b'{"type":"run"}',
        b"\x00\x03" + b'"\xa2"',
        part(1, 1).message.replace(RUN.encode(), b"../../etc/passwd-20171122T1"),
    ],
)
def test_bytes_of_nobody_are_not_understood(message: bytes) -> None:
    with pytest.raises(BadMessage):
        understand(message)
