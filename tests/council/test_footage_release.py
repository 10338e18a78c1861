"""Recordings that are withheld: nothing of one leaves before an act releases it, and then all of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import httpx2
import pytest
from starlette.applications import Starlette

from council import derive, store
from council.acts.sitting import open_sitting
from council.clock import Clock
from council.config import load
from council.footage import Sealer
from council.footage_check import check_sitting
from council.footage_release import NotReleasable, ask, fulfil, is_asked
from council.settle import settle
from public_site.records import queries as public
from public_site.wording import parse
from streaming import index
from streaming.live_window import Windows, over
from streaming.locate import filmed, video_at
from streaming.routes import routes
from streaming.shelf import Shelf
from tests.footage_archive import NOW, OPENED, SITTING, Archive, furnished
from tests.streaming.conftest import write_run
from voting import ledger as voting_ledger
from voting.entries import Clerk, FootageReleased, FootageWithheld, SittingClosed, SittingOpened, stamp

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

CLERK = Clerk("maria", "Марія")
OTHER = "rada-2"


@pytest.fixture
async def archive(db: TestDatabase, tmp_path: Path) -> AsyncIterator[Archive]:
    """Beside the shown sitting a withheld one, a minute later, filmed by the same camera."""
    async with furnished(db, tmp_path) as made:
        [first] = [e.fact for e in await voting_ledger.read(made.conn) if isinstance(e.fact, SittingOpened)]
        opened = OPENED + timedelta(seconds=60)
        facts = [replace(first, at=stamp(opened)), FootageWithheld(stamp(opened))]
        await made.ledger.append([(OTHER, fact) for fact in facts], opened)
        await made.film(60, "stopped")
        yield made


async def close(archive: Archive) -> None:
    at = OPENED + timedelta(seconds=90)
    await archive.ledger.append([(OTHER, SittingClosed(stamp(at)))], at)


async def seen(db: TestDatabase, archive: Archive) -> dict[str, Any]:
    """What a citizen gets of the withheld sitting and of its first segment."""
    pool = await db.database("public").pool(1, 2)
    segment = archive.segments[6]
    try:
        app = Starlette(routes=routes(pool, Shelf(archive.recordings)))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://town") as client:
            manifest = (await client.get(f"/sittings/{OTHER}/video.json")).json()
            playlist = await client.get(f"/sittings/{OTHER}/video/hall-1.m3u8")
            file = await client.get(f"/video/{segment.run_id}/{segment.n}.m4s")
            shown = await client.get(f"/video/{archive.segments[0].run_id}/0.m4s")
        async with pool.acquire() as connection:
            moment = await video_at(connection, OTHER, OPENED + timedelta(seconds=62))
    finally:
        await pool.close()
    return {
        "segments": len(manifest["segments"]),
        "listed": ".m4s" in playlist.text,
        "file": file.status_code,
        "of_another_sitting": shown.status_code,
        "moment": moment is not None,
    }


async def test_nothing_of_a_withheld_recording_leaves_before_its_release_and_then_all_of_it(
    archive: Archive, db: TestDatabase
) -> None:
    pool = await db.database("public").pool(1, 1)
    window = await Windows(lambda: pool).get(OTHER)
    await pool.close()
    assert window is not None and over(window), "nor does anything of it live"
    hidden = {"segments": 0, "listed": False, "file": 404, "of_another_sitting": 200, "moment": False}
    assert await seen(db, archive) == hidden
    with pytest.raises(NotReleasable, match="rada-2 is open: its recording can be released once it is closed"):
        await ask(archive.conn, OTHER, CLERK, NOW)
    await close(archive)
    assert await seen(db, archive) == hidden
    assert await fulfil(archive.conn, archive.ledger, NOW) == 0, "nobody has asked"
    await ask(archive.conn, OTHER, CLERK, NOW)
    await ask(archive.conn, OTHER, CLERK, NOW)
    assert await is_asked(archive.conn, OTHER)
    assert await fulfil(archive.conn, archive.ledger, NOW) == 1
    assert not await is_asked(archive.conn, OTHER)
    shown = {"segments": 3, "listed": True, "file": 200, "of_another_sitting": 200, "moment": True}
    assert await seen(db, archive) == shown
    entries = await voting_ledger.read(archive.conn, OTHER)
    assert [entry.fact for entry in entries][-1] == FootageReleased(stamp(NOW), CLERK)
    assert await derive.differences(archive.conn) == []
    for sitting, words in ((OTHER, "is not withheld"), (SITTING, "is not withheld"), ("rada-9", "no sitting rada-9")):
        with pytest.raises(NotReleasable, match=words):
            await ask(archive.conn, sitting, CLERK, NOW)


async def test_nothing_of_a_withheld_recording_leaves_through_the_addresses_of_another_sitting(
    archive: Archive, db: TestDatabase
) -> None:
    """A commission sits meanwhile, and the council again two seconds after its first sitting."""
    columns = "municipality, name, seats, profile, locale, timezone"
    await archive.conn.execute(f"insert into body (id, {columns}) select 'room', {columns} from body")
    await archive.conn.execute("insert into camera values ('hall-1', 'rada'), ('room-1', 'room')")
    for record in write_run(archive.recordings, "room-1", OPENED):
        await index.insert(archive.conn, record)
    [opened, *_] = [e.fact for e in await voting_ledger.read(archive.conn) if isinstance(e.fact, SittingOpened)]
    for sitting, body, at in (("room-9", "room", OPENED), ("rada-9", "rada", OPENED + timedelta(seconds=22))):
        facts = [replace(opened, body=body, at=stamp(at)), FootageWithheld(stamp(at))]
        await archive.ledger.append([(sitting, fact) for fact in facts], NOW)
    pool = await db.database("public").pool(1, 2)
    app = Starlette(routes=routes(pool, Shelf(archive.recordings)))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://town") as client:
        base, last = f"/sittings/{SITTING}/video", OPENED + timedelta(seconds=12)
        segments = (await client.get(f"{base}.json?camera=hall-1")).json()["segments"]
        assert [parse(one["started_at"]) for one in segments] == [
            one.started_at for one in archive.segments if one.ended_at <= last
        ]
        assert (await client.get(f"{base}/hall-1.m3u8")).text.count(".m4s") == len(segments)
        assert (await client.get(f"{base}/hall-1/sheet-0.jpg")).status_code == 200
        for address in (".json?camera=room-1", "/room-1.m3u8", "/room-1/sheet-0.jpg"):
            assert (await client.get(base + address)).status_code == 404
    async with pool.acquire() as connection:
        known = await filmed(connection, SITTING)
        assert known is not None and known.cameras == ("hall-1",)
        assert known.window.end == max(one.ended_at for one in known.stretches) == OPENED + timedelta(seconds=12)
        assert await index.between(connection, "room-1", OPENED, NOW) == ([], [])
        posters = [await public.poster(connection, camera=camera, at=NOW) for camera in ("hall-1", "room-1")]
        assert [poster and poster["n"] for poster in posters] == [0, None]
    await pool.close()
    for sitting in ("room-9", "rada-9"):
        found = await check_sitting(archive.conn, archive.recordings, sitting, NOW)
        assert "Camera" in " ".join(finding.text for finding in found), "who has the disk may check it"


async def test_release_cut_off_by_a_crash_is_written_once(archive: Archive) -> None:
    await close(archive)
    await ask(archive.conn, OTHER, CLERK, NOW)
    await archive.ledger.append([(OTHER, FootageReleased(stamp(NOW), CLERK))], NOW)  # then the hall was killed
    assert await fulfil(archive.conn, archive.ledger, NOW) == 0
    assert not await is_asked(archive.conn, OTHER)


async def test_files_outside_every_sitting_are_nobodys_to_fetch(archive: Archive) -> None:
    find = partial(index.segment_file, archive.conn)
    await archive.film(3600, "stopped")
    assert await find(archive.segments[0].run_id, 0) is not None
    assert await find(archive.segments[-1].run_id, 0) is None


async def test_release_is_fulfilled_where_no_camera_is_named_any_more(archive: Archive, db: TestDatabase) -> None:
    await close(archive)
    await ask(archive.conn, OTHER, CLERK, NOW)
    pool = await db.database("hall").pool(1, 1)
    running = asyncio.create_task(Sealer(pool, archive.ledger, Clock(), {}, lambda: False).run())
    async with asyncio.timeout(10):
        while await is_asked(archive.conn, OTHER):
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await pool.close()


async def test_withheld_sitting_of_another_hall_hides_only_its_own_cameras(archive: Archive) -> None:
    """Two bodies sit at the same time, each filmed by its camera."""
    find = partial(index.segment_file, archive.conn, archive.segments[0].run_id, 0)
    await archive.conn.execute(
        "update sitting_summary set opened_at = $1, body_id = 'other' where sitting_id = $2", OPENED, OTHER
    )
    assert await find() is None, "whose the camera is nobody knows"
    await archive.conn.execute("insert into camera values ('hall-1', 'rada')")
    assert await find() is not None


@pytest.mark.parametrize(("mode", "withheld"), [("ordinary", True), ("replay", True), ("rehearsal", False)])
def test_opening_where_recordings_are_shown_later_withholds_this_one(
    acts_room: Any, mode: Literal["ordinary", "replay", "rehearsal"], withheld: bool
) -> None:
    room = acts_room.Room()
    plan = replace(room.data.plan, mode=mode)
    room.data.plan = plan
    assert [type(fact) for fact in open_sitting(room.context())] == [SittingOpened]
    room.data.plan = replace(plan, body=replace(plan.body, video="record_then_publish"))
    opened, *more = open_sitting(room.context())
    assert (isinstance(opened, SittingOpened), more) == (True, [FootageWithheld(room.at)] if withheld else [])


async def test_council_toml_says_whose_hall_a_camera_films_and_when_recordings_are_shown(
    db: TestDatabase, tmp_path: Path
) -> None:
    file = tmp_path / "council.toml"
    camera = '[[camera]]\nid = "hall-1"\nname = "Зала"\nurl = "rtsp://127.0.0.1/1"\nbody = "rada"\n'
    conn = await db.database("hall").connect()
    for video in ("live", "record_then_publish"):
        body = f'[[body]]\nid = "rada"\nname = "Рада"\nseats = 3\nvideo = "{video}"\n'
        file.write_text(f'municipality = "Місто"\n{body}{camera}', encoding="utf-8")
        await settle(conn, load(file))
        assert (await store.load_body(conn, "rada")).video == video
    assert [tuple(row) for row in await conn.fetch("select id, body_id from camera")] == [("hall-1", "rada")]
    await conn.close()
