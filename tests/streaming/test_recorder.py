"""The record process against a real database."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sql.database import Database
from sql.embedded import Embedded
from sql.migrate import migrate
from streaming import index, journal, posters, recorder
from streaming.errors import CameraBusy
from streaming.filming import CameraSource, CameraThread
from streaming.following import Sittings
from streaming.ingest import Capture
from streaming.recorder import record
from streaming.segments import Run, Segment
from streaming.storage import Lock


async def until(done: Callable[[], Awaitable[object]], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not await done():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


async def indexed(database: Database) -> tuple[list[Run], list[Segment]]:
    conn = await database.connect()
    try:
        runs = await index.camera_runs(conn, "hall-1")
        return runs, [segment for run in runs for segment in await index.run_segments(conn, run.id)]
    finally:
        await conn.close()


def journalled(recordings: Path) -> tuple[list[Run], list[Segment]]:
    journals = [journal.read(path) for path in sorted(recordings.rglob(journal.NAME))]
    runs = [
        replace(j.run, ended_at=j.end and j.end.ended_at, end_reason=j.end and j.end.end_reason)
        for j in journals
        if j.run is not None
    ]
    return runs, [segment for j in journals for segment in j.segments]


async def test_recorder_tells_the_index_what_is_on_disk(film: Any, db: Any, tmp_path: Path) -> None:
    camera, stop = film(), asyncio.Event()
    sources = [CameraSource("hall-1", camera.url)]
    recording = asyncio.create_task(record(sources, tmp_path, db.database("record"), stop))
    conn = await db.database("public").connect()
    await until(lambda: conn.fetchval("select count(*) > 0 from segment"))
    [row] = await conn.fetch("select * from camera_state")
    assert (row["camera_id"], row["state"], row["message"]) == ("hall-1", "recording", "")
    assert row["bitrate_bps"] > 0 and row["disk_free_bytes"] > 0 and row["last_frame_at"] > row["since_at"]
    assert await index.is_recording(conn, "hall-1")
    stop.set()
    await asyncio.wait_for(recording, 30)
    assert await conn.fetchval("select state from camera_state") == "stopped"
    assert not await index.is_recording(conn, "hall-1")
    await conn.close()
    assert await indexed(db.database()) == journalled(tmp_path)
    [run], segments = journalled(tmp_path)
    assert run.end_reason == "stopped" and sum(segment.frames for segment in segments) >= 50


async def test_recorder_goes_on_without_the_database_and_catches_up(
    film: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "RECONNECT_S", (0.1, 0.2))
    camera, stop = film(count=500), asyncio.Event()
    with Embedded(tmp_path / "postgresql") as server:
        await migrate(Database(server.url(), "owner"))
        database = Database(server.url("record"), "record")
        recordings = tmp_path / "recordings"
        await asyncio.to_thread(server.stop)
        recording = asyncio.create_task(record([CameraSource("hall-1", camera.url)], recordings, database, stop))

        async def segments(count: int) -> bool:
            found = [path for path in recordings.rglob("*.m4s")]
            return len(found) >= count

        await until(lambda: segments(1))  # the database is absent at the start
        await asyncio.to_thread(server.start)

        async def told() -> bool:
            return len((await indexed(Database(server.url(), "owner")))[1]) >= 1

        await until(told)
        await asyncio.to_thread(server.stop)  # and gone in the middle
        before = len(list(recordings.rglob("*.m4s")))
        await until(lambda: segments(before + 1))
        await asyncio.to_thread(server.start)
        stop.set()
        await asyncio.wait_for(recording, 30)
        if (await indexed(Database(server.url(), "owner"))) != journalled(recordings):  # stopped before it was back
            again = asyncio.Event()
            again.set()
            await record([CameraSource("hall-1", camera.url)], recordings, database, again)
        assert await indexed(Database(server.url(), "owner")) == journalled(recordings)
    assert len(journalled(recordings)[0]) == 1, "the camera's run was never broken off"


async def test_recorder_starting_tells_the_index_what_earlier_ones_could_not(archive: Any, db: Any) -> None:
    write = await archive.film(0)
    for table in ("segment", "run"):
        await archive.conn.execute(f"delete from {table}")
    stop = asyncio.Event()
    camera = CameraSource("hall-1", "rtsp://127.0.0.1:9/hall-1")
    recording = asyncio.create_task(record([camera], archive.recordings, db.database("record"), stop))
    await until(lambda: archive.conn.fetchval("select count(*) = 1 from run where ended_at is not null"))
    stop.set()
    await asyncio.wait_for(recording, 30)
    assert await indexed(db.database()) == journalled(archive.recordings)
    assert len(write) == 5


async def test_records_that_wait_for_days_are_left_to_the_journals_and_told_from_there(
    archive: Any, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [one for after in (0, 60, 120) for one in await archive.film(after)]
    for table in ("segment", "run"):
        await archive.conn.execute(f"delete from {table}")
    monkeypatch.setattr(recorder, "MOST_PENDING", 4)
    keeper = recorder._Indexer(
        *(db.database("record"), archive.recordings, ["hall-1"], posters.Posters(archive.recordings)),
        *(Sittings(0.0), timedelta(0)),
    )
    keeper._journals_told = keeper._absent = True  # the database was there once
    for one in told:
        keeper.add(one)
    assert len(keeper._pending) <= 4 < len(told)
    keeper.finish()
    await keeper.run([])
    assert await indexed(db.database()) == journalled(archive.recordings)


async def test_recorder_that_has_much_to_tell_goes_on_asking_for_pauses(
    archive: Any, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [one for after in (0, 60, 120) for one in await archive.film(after)]
    monkeypatch.setattr(recorder, "BATCH", 1)
    monkeypatch.setattr(recorder, "FLUSH_S", 0.0)
    sittings, asked = Sittings(0.0), list[int]()
    keeper = recorder._Indexer(
        *(db.database("record"), archive.recordings, ["hall-1"], posters.Posters(archive.recordings)),
        *(sittings, timedelta(0)),
    )
    monkeypatch.setattr(sittings, "tell_pauses", lambda *_: asked.append(len(keeper._pending)))
    keeper._journals_told = True
    for one in told:
        keeper.add(one)
    keeper.finish()
    await keeper.run([])
    assert asked == list(range(len(told), 0, -1))


async def test_recorder_with_a_refused_record_keeps_the_others(archive: Any, db: Any) -> None:
    told = await archive.film(0)
    await archive.conn.execute("delete from segment")
    await archive.conn.execute("delete from run")
    await archive.conn.execute("alter table segment add check (n <> 1)")
    stop = asyncio.Event()
    camera = CameraSource("hall-1", "rtsp://127.0.0.1:9/hall-1")
    recording = asyncio.create_task(record([camera], archive.recordings, db.database("record"), stop))
    await until(lambda: archive.conn.fetchval("select count(*) = 1 from run where ended_at is not null"))
    stop.set()
    await asyncio.wait_for(recording, 30)
    assert (await indexed(db.database()))[1] == [told[1], told[3]]


async def test_recorder_that_is_stopped_leaves_no_thread_behind(
    film: Any, db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(*_: object) -> None:
        loop.call_soon_threadsafe(begun.set)
        time.sleep(1)  # OpenCV ends a process that exits while one of its calls runs in a thread
        raise ValueError("no picture")

    monkeypatch.setattr(posters, "first_picture", slow)
    stop = asyncio.Event()
    camera = CameraSource("hall-1", film().url)
    recording = asyncio.create_task(record([camera], tmp_path, db.database("record"), stop))
    await asyncio.wait_for(begun.wait(), 30)
    stop.set()
    await asyncio.wait_for(recording, 30)
    ours = (posters.Posters, CameraThread, Capture)
    assert not [thread for thread in threading.enumerate() if isinstance(thread, ours)]


async def test_recorder_that_is_cancelled_ends_its_cameras_and_lets_them_go(film: Any, db: Any, tmp_path: Path) -> None:
    sources = [CameraSource("hall-1", film().url)]
    recording = asyncio.create_task(record(sources, tmp_path, db.database("record"), asyncio.Event()))
    conn = await db.database("public").connect()
    await until(lambda: conn.fetchval("select count(*) > 0 from camera_state where state = 'recording'"))
    await conn.close()
    recording.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(recording, 30)
    assert not [one for one in threading.enumerate() if isinstance(one, (posters.Posters, CameraThread, Capture))]
    going = {getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()}
    assert not going & {"keep", "_Indexer.run"}
    Lock(tmp_path / "hall-1").release()


async def test_recorder_that_cannot_tell_the_index_for_a_reason_nobody_foresaw_ends_and_says_so(
    film: Any, db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(index, "insert", refuse)
    with pytest.raises(RuntimeError, match="foresaw"):
        await record([CameraSource("hall-1", film().url)], tmp_path, db.database("record"), asyncio.Event())
    [run], segments = journalled(tmp_path)
    assert run.end_reason == "stopped" and segments, "what was received is kept"
    Lock(tmp_path / "hall-1").release()


async def test_recorder_of_a_camera_that_is_taken_is_refused(db: Any, tmp_path: Path) -> None:
    taken = Lock(tmp_path / "hall-1")
    cameras = [CameraSource(name, "rtsp://127.0.0.1:9/x") for name in ("hall-2", "hall-1")]
    with pytest.raises(CameraBusy):
        await record(cameras, tmp_path, db.database("record"), asyncio.Event())
    taken.release()
    Lock(tmp_path / "hall-2").release()


async def test_recorder_whose_session_the_server_ends_makes_a_new_one(
    archive: Any, dying_line: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "RECONNECT_S", (0.1, 0.2))
    stop, camera = asyncio.Event(), CameraSource("hall-1", "rtsp://127.0.0.1:9/hall-1")
    recording = asyncio.create_task(record([camera], tmp_path, dying_line.database("record"), stop))
    reported = "select updated_at from camera_state"
    await until(lambda: archive.conn.fetchval(reported))
    ended_at = await dying_line.end("record")
    await until(lambda: archive.conn.fetchval(f"select ({reported}) > $1", ended_at))
    stop.set()
    await asyncio.wait_for(recording, 30)
