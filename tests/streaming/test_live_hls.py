"""Low-latency HLS: playlists that wait for the next part, parts while they are written and afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from streaming import fmp4, live_hls
from streaming.cutting import Begin, Cut, End, Part
from streaming.live_feed import LiveFeed, Tap
from streaming.live_hls import LiveHls
from streaming.live_source import LiveSources
from streaming.live_window import FRESH_S, Windows
from streaming.routes import IMMUTABLE, RECENT, routes
from streaming.segments import from_us, run_id, to_us
from streaming.shelf import Shelf

CAMERA = "hall-9"  # not the one that the archive filmed


class Air:
    """A recorder without a camera, and a client of the routes."""

    def __init__(self, client: httpx2.AsyncClient, tap: Tap, sitting: str, opened_us: int) -> None:
        self.client, self.tap, self.opened_us = client, tap, opened_us
        self.address = f"/live/video.m3u8?sitting={sitting}&camera={CAMERA}"
        self.run, self.ticks = "", 0

    def begin(self, milliseconds: int = 0) -> None:
        self.run, self.ticks = run_id(CAMERA, self.opened_us + milliseconds * 1000), 0
        self.tap.take(Begin(0, "avc1.42c01f", 640, 360, 1000, b"init"), self.run)

    def part(self, after_ms: int = 0) -> None:
        """Two of 200 ms make a segment."""
        at_us = self.opened_us + (self.ticks + after_ms) * 1000
        self.tap.take(Part(f"{self.ticks} ".encode(), self.ticks, 200, 5, at_us), self.run)
        self.ticks += 200
        if self.ticks % 400 == 0:
            self.tap.take(Cut(self.ticks - 400, 400, 400, 0, 10), self.run)

    async def playlist(self, **asked: Any) -> str:
        answer = await self.client.get(self.address + "".join(f"&{name}={value}" for name, value in asked.items()))
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return answer.text

    @staticmethod
    def first(text: str) -> int:
        return int(text.partition("MEDIA-SEQUENCE:")[2].partition("\n")[0])


@pytest.fixture
async def air(archive: Any, db: Any, tmp_path: Path) -> AsyncIterator[Air]:
    pool = await db.database("public").pool(1, 4)
    feed, sources = LiveFeed(tmp_path / "live"), LiveSources(tmp_path / "live")
    tap = await feed.start(CAMERA)
    assert tap is not None

    async def films(_: str, camera: str) -> bool:
        return camera != "hall-8"

    hls = LiveHls(lambda: sources, Windows(lambda: pool), films)
    transport = httpx2.ASGITransport(app=Starlette(routes=routes(pool, Shelf(archive.recordings), hls)))
    opened = await archive.conn.fetchval("select opened_at from sitting_summary where sitting_id = $1", archive.sitting)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Air(client, tap, archive.sitting, to_us(opened))
    feed.stop()
    await sources.close()
    await pool.close()


async def test_playlist_lists_parts_and_promises_the_next(air: Air) -> None:
    air.begin()
    for _ in range(3):
        air.part()
    text = await air.playlist()
    first, video = air.first(text), f"/video/{air.run}"
    assert text.splitlines()[1:8] == [
        "#EXT-X-VERSION:9",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-TARGETDURATION:2",
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.60,HOLD-BACK=6",
        "#EXT-X-PART-INF:PART-TARGET=0.20",
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
        text.splitlines()[7],
    ]
    assert [line for line in text.splitlines()[8:] if "DATE-TIME" not in line] == [
        f'#EXT-X-MAP:URI="{video}/init.mp4"',
        f'#EXT-X-PART:DURATION=0.200000,URI="{video}/0.0.m4s",INDEPENDENT=YES',
        f'#EXT-X-PART:DURATION=0.200000,URI="{video}/0.1.m4s"',
        "#EXTINF:0.400000,",
        f"{video}/0.m4s",
        f'#EXT-X-PART:DURATION=0.200000,URI="{video}/1.0.m4s",INDEPENDENT=YES',
        f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{video}/1.1.m4s"',
    ]


async def test_playlist_and_part_asked_for_beforehand_come_with_the_part(air: Air) -> None:
    air.begin()
    air.part()
    first = air.first(await air.playlist())
    waiting = asyncio.create_task(air.playlist(_HLS_msn=first, _HLS_part=1))
    whole = asyncio.create_task(air.playlist(_HLS_msn=first))
    promised = asyncio.create_task(air.client.get(f"/video/{air.run}/0.1.m4s"))
    await asyncio.sleep(0.1)
    assert not waiting.done() and not whole.done() and not promised.done()
    air.part()
    assert "/0.1.m4s" in await waiting and "#EXTINF" in await whole
    part = await promised
    assert (part.status_code, part.content, part.headers["cache-control"]) == (200, b"200 ", RECENT)
    segment = await air.client.get(f"/video/{air.run}/0.m4s")
    assert (segment.content, segment.headers["cache-control"]) == (fmp4.SEGMENT_START + b"0 200 ", RECENT)
    assert (await air.client.get(f"/video/{air.run}/init.mp4")).content == b"init"


async def test_a_new_run_is_a_discontinuity_and_numbers_count_on(air: Air) -> None:
    air.begin()
    for _ in range(2):
        air.part()
    first = air.first(await air.playlist())
    air.tap.take(End("dropped", 0), air.run)
    before = air.run
    async with asyncio.timeout(20):
        while "PRELOAD-HINT" in await air.playlist():
            await asyncio.sleep(0.01)
    air.begin(milliseconds=2000)
    air.part()
    text = await air.playlist(_HLS_msn=first + 1, _HLS_part=0)
    assert air.first(text) == first
    lines = text.splitlines()
    assert lines.index(f"/video/{before}/0.m4s") + 1 == lines.index("#EXT-X-DISCONTINUITY")
    assert f'#EXT-X-MAP:URI="/video/{air.run}/init.mp4"' in lines


async def test_what_makes_no_sense_is_refused_and_what_may_not_be_seen_is_not_there(air: Air, archive: Any) -> None:
    air.begin(milliseconds=-60_000)
    air.part(after_ms=-60_000)
    air.part(after_ms=-60_000)
    for _ in range(3):
        air.part()
    first = air.first(await air.playlist())
    assert f"/video/{air.run}/0." not in await air.playlist(), "before the opening"
    assert (await air.client.get(f"/video/{air.run}/0.0.m4s")).status_code == 404
    assert (await air.client.get(f"/video/{air.run}/0.m4s")).status_code == 404
    for asked in ("_HLS_part=1", "_HLS_msn=x", f"_HLS_msn={first + 9}", "_HLS_msn=-1", f"_HLS_msn={'9' * 20}"):
        assert (await air.client.get(f"{air.address}&{asked}")).status_code == 400, asked
    for address in (
        f"/live/video.m3u8?sitting=nowhere&camera={CAMERA}",
        f"/live/video.m3u8?sitting={archive.sitting}&camera=hall-8",
        f"/live/video.m3u8?sitting={archive.sitting}&camera=../x",
        f"/video/{air.run}/7.9.m4s",
        "/video/hall-7-20200101T000000000Z/0.0.m4s",
    ):
        assert (await air.client.get(address)).status_code == 404, address


async def test_without_a_recorder_and_after_the_closing_the_plain_playlist_is_shown(air: Air, archive: Any) -> None:
    plain = f"/sittings/{archive.sitting}/video/hall-1.m3u8?last=6"
    run, segment, *_ = await archive.film(0)
    answer = await air.client.get(air.address.replace(CAMERA, "hall-1"))
    assert (answer.status_code, answer.headers["location"]) == (302, plain)
    data = (archive.recordings / segment.path).read_bytes()
    ends = [found.end for found in fmp4.read_fragments(data)]
    part = await air.client.get(f"/video/{run.id}/0.1.m4s")
    assert (part.content, part.headers["cache-control"]) == (data[ends[0] : ends[1]], IMMUTABLE), "from the file"
    assert (await air.client.get(f"/video/{run.id}/0.{len(ends)}.m4s")).status_code == 404
    await archive.close(5)
    await asyncio.sleep(1.5 * FRESH_S)
    answer = await air.client.get(air.address)
    assert (answer.status_code, answer.headers["location"]) == (302, plain.replace("hall-1", CAMERA))


async def test_in_a_closed_part_the_playlist_stands_still_and_who_comes_is_shown_what_was_before(
    air: Air, archive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_hls, "BLOCK_S", 1.0)
    air.begin()
    for _ in range(3):
        air.part()
    text = await air.playlist()
    close = """insert into closed_part (seq, sitting_id, body_id, since_at, paused_at, reason)
               values ($1, $2, $3, $4, $4, '')"""
    body = await archive.conn.fetchval("select body_id from sitting_summary where sitting_id = $1", archive.sitting)
    await archive.conn.execute(close, 7, archive.sitting, body, from_us(air.opened_us + 600_000))
    air.part()  # of a recorder that has not heard
    await asyncio.sleep(1.5 * FRESH_S)
    assert await air.playlist(_HLS_msn=air.first(text) + 2) == text
    for name in ("1.1.m4s", "1.m4s"):
        assert (await air.client.get(f"/video/{air.run}/{name}")).status_code == 404
    await archive.conn.execute("update closed_part set since_at = since_at - interval '1 minute'")
    air.part()
    await asyncio.sleep(1.5 * FRESH_S)
    answer = await air.client.get(air.address)
    assert (answer.status_code, answer.headers["location"].partition("?")[2]) == (302, "last=6")
