"""Recording around sittings: when, and what was held from before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sql.database import Database
from streaming import following, index
from streaming.filming import CameraSource
from streaming.following import HELD_BYTES, STALE_S, Follow, Held, Sittings
from streaming.recorder import record
from tests.streaming.test_recorder import journalled, until

HALL = Follow("rada", 30, 60)


@pytest.mark.parametrize(
    ("closed", "after", "wanted"),
    [
        ({"rada": 0}, 1, True),
        ({"rada": 0}, STALE_S, True),
        ({"rada": 50}, 1, True),
        ({"rada": 55}, 6, False),  # it goes on ageing though nobody tells
        ({"rada": 61}, 0, False),
        ({}, 1, False),
        ({"committee": 0}, 1, False),  # another room
        ({}, STALE_S + 0.1, True),  # nobody knows: record
    ],
)
def test_camera_is_recorded_around_its_own_sittings_and_whenever_nobody_knows(
    closed: dict[str, float], after: float, wanted: bool
) -> None:
    sittings = Sittings(0.0)
    sittings.tell(closed, 100.0)
    assert sittings.wanted(HALL, 100.0 + after) is wanted
    assert sittings.wanted(None, 100.0 + after)


def test_recorder_that_has_just_begun_waits_for_the_database_no_longer_than_it_holds_film() -> None:
    sittings = Sittings(5.0)
    assert not sittings.wanted(HALL, 5.0 + STALE_S) and sittings.wanted(HALL, 5.1 + STALE_S)
    assert HALL.before_s > STALE_S + index.MARGIN.total_seconds()


def test_held_film_begins_with_a_key_frame_and_is_as_long_as_asked() -> None:
    held: Held[int] = Held(3.0)
    for n in range(-1, 40):  # two pictures a second, each fourth a key frame
        held.add(n, n % 4 == 0, 1000, n / 2)
    taken = held.take()
    assert taken == list(range(32, 40)) and 39 / 2 - 32 / 2 > 3.0
    assert not held and held.take() == []
    held.add(41, False, 1000, 20.5)
    assert not held


def test_held_film_never_fills_the_memory() -> None:
    held: Held[int] = Held(3600.0)
    for n in range(100):
        held.add(n, n % 2 == 0, HELD_BYTES // 11, float(n))
    assert held.take() == list(range(90, 100))
    for n in range(100):  # a camera that sends one key frame and no other
        held.add(n, n == 0, HELD_BYTES // 11, float(n))
    assert held.take() == []


async def test_camera_of_a_room_is_recorded_from_before_its_sitting_opens_until_after_it_closes(
    film: Any, db: Any, tmp_path: Path
) -> None:
    camera, stop = film(count=250, loop=True), asyncio.Event()
    owner, told = await db.database("owner").connect(), datetime.now(UTC)
    sitting = """insert into sitting_summary (sitting_id, body_id, session_label, kind, held_on, mode, seats, opened_at,
                                              opened_seq, is_open)
                 values ($1, $1, 'I', 'plenary', current_date, 'ordinary', 3, now(), 1, true)"""
    await owner.execute(sitting, "another-room")
    sources = [CameraSource("hall-1", camera.url, follow=Follow("rada", 1.0, 1.0))]
    recording = asyncio.create_task(record(sources, tmp_path, db.database("record"), stop))
    try:
        state = "select state = $1 from camera_state"
        await until(lambda: owner.fetchval(state, "waiting"))
        await asyncio.sleep(1.5)  # so long that a second is held
        assert journalled(tmp_path) == ([], [])
        await owner.execute(sitting, "rada")
        opened = await owner.fetchval("select opened_at from sitting_summary where sitting_id = 'rada'")
        await until(lambda: owner.fetchval("select count(*) > 1 from segment"))
        assert await index.sittings_lately(owner, timedelta(seconds=1)) == {"another-room": 0, "rada": 0}
        started = await owner.fetchval("select min(started_at) from run")
        assert told < started < opened - timedelta(seconds=0.8)
        await owner.execute("update sitting_summary set is_open = false, closed_at = now() where body_id = 'rada'")
        closed = datetime.now(UTC)
        await until(lambda: owner.fetchval(state, "waiting"))
        await until(lambda: owner.fetchval("select max(ended_at) is not null from run"))
    finally:
        stop.set()
        await asyncio.wait_for(recording, 30)
    [run], segments = journalled(tmp_path)
    assert run.end_reason == "stopped" and run.ended_at >= closed
    assert sum(segment.duration_ms for segment in segments) == pytest.approx(
        (run.ended_at - run.started_at) / timedelta(milliseconds=1), abs=100
    )
    await owner.close()


async def test_camera_of_a_room_is_recorded_while_no_database_answers(
    film: Any, free_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "STALE_S", 1.0)
    nowhere = Database(f"postgresql://hlasno_record@127.0.0.1:{free_port}/nothing", "record")
    stop = asyncio.Event()
    sources = [CameraSource("hall-1", film(count=250, loop=True).url, follow=Follow("rada"))]
    recording = asyncio.create_task(record(sources, tmp_path, nowhere, stop))
    try:
        await until(lambda: asyncio.to_thread(lambda: journalled(tmp_path)[1]))
    finally:
        stop.set()
        await asyncio.wait_for(recording, 30)
    [run], segments = journalled(tmp_path)
    assert run.end_reason == "stopped" and segments
