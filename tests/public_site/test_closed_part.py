"""A closed part on the site: while it lasts on the live page and in the live line, then in page, JSON and minutes."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
from websockets.asyncio.client import connect

from streaming.cutting import Begin, Part
from streaming.live import understand
from streaming.live_feed import LiveFeed
from streaming.segments import run_id, to_us
from voting.entries import Clerk, FilmingPaused, FilmingResumed, stamp

CLERK = Clerk("maria", "Марія Левченко")
CAMERA = "hall-1"


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u2060", "")


def paused(town: Any, late_s: float) -> FilmingPaused:
    since = town.now - timedelta(seconds=late_s)
    return FilmingPaused(stamp(town.now), stamp(since), None, "особисті дані", "ст. 3", CLERK)


async def test_closed_part_is_told_on_every_page_while_it_lasts_and_afterwards(
    site: httpx2.AsyncClient, town: Any
) -> None:
    address = f"/sittings/{town.plan.id}"
    await town.open_sitting()
    assert "Закрита частина" not in (await site.get(address)).text
    await town.append(seconds=60)
    await town.append(paused(town, 5), seconds=0)
    live = plain((await site.get(address)).text)
    assert "Закрита частина засідання з 14:00:55: особисті дані (ст. 3). Камери не знімають.</p>" in live
    told = (await site.get(f"{address}.json")).json()
    part = {
        "since": "2026-11-22T12:00:55.000Z",
        "paused_at": "2026-11-22T12:01:00.000Z",
        "ended_at": None,
        "ended_by_closing": False,
        "ground": None,
        "reason": "особисті дані",
        "source": "ст. 3",
        "by": "Марія Левченко",
    }
    assert (told["closed_part"], told["closed_parts"]) == (part, [part])
    await town.append(FilmingResumed(stamp(town.now + timedelta(seconds=30)), CLERK), seconds=30)
    assert (await site.get(f"{address}.json")).json()["closed_part"] is None
    await town.append(paused(town, 0))
    await town.close_sitting()
    lines = (
        "14:00:55–14:01:30: зйомку призупинено: особисті дані (ст. 3). Внесено: Марія Левченко. "
        "Зняте до 14:01:00 нікому не показується.",
        "14:01:30–14:02:30: зйомку призупинено: особисті дані (ст. 3).",
    )
    page = plain((await site.get(address)).text)
    minutes = " ".join(plain((await site.get(f"{address}/minutes.txt?lang=uk")).text).split())
    for text in (page, minutes):  # the replay's day, which is another, is told once
        assert [line for line in (*lines, "Закриті частини") if line not in text] == []
    assert (await site.get(f"{address}.json")).json()["closed_parts"][1]["ended_by_closing"] is True


async def test_who_watches_live_is_told_why_there_is_no_picture_and_sees_it_again_by_itself(
    town: Any, towns: ModuleType, tmp_path: Path
) -> None:
    recordings = tmp_path / "recordings"
    await town.open_sitting()
    feed = LiveFeed(towns.settings(town.db, recordings).live)
    tap = await feed.start(CAMERA)
    assert tap is not None

    def film(data: bytes) -> str:
        """A run of one part, filmed now."""
        run = run_id(CAMERA, to_us(town.now))
        tap.take(Begin(0, "avc1.42c01f", 640, 360, 1000, b"init"), run)
        tap.take(Part(data, 0, 200, 5, to_us(town.now)), run)
        return run

    async def told(reader: Any) -> Any:
        message = await asyncio.wait_for(reader.recv(), 15)
        return understand(message).body if isinstance(message, bytes) else json.loads(message)

    async with towns.serving(town.db, recordings) as url:
        address = f"{url.replace('http', 'ws', 1)}/live/video?sitting={town.plan.id}&camera={CAMERA}"
        run = film(b"before")
        async with connect(address) as reader:
            assert [await told(reader), await told(reader)] == [b"init", b"before"]
            await town.append(paused(town, 0), seconds=1)
            tap.pause(run, 0)
            closed = {
                "type": "closed",
                "since": stamp(town.now - timedelta(seconds=1)),
                "reason": "особисті дані (ст. 3)",
            }
            while (words := await told(reader)) == {"type": "wait"}:
                continue
            assert words == closed
            async with connect(address) as late:  # who comes in it gets nothing of before it as live
                assert await told(late) == closed
            town.now += timedelta(seconds=1)
            film(b"secret")  # a recorder that has not heard of it
            await town.append(FilmingResumed(stamp(town.now + timedelta(seconds=9)), CLERK), seconds=9)
            await asyncio.sleep(1.2)  # the window is asked for once a second
            film(b"after")
            assert [await told(reader), await told(reader)] == [b"init", b"after"]
    feed.stop()
