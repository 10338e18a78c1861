from __future__ import annotations

import json
import random
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from streaming import index
from streaming.locate import filmed, video_at
from streaming.reel import ManifestReel, Reels
from streaming.segments import Run
from streaming.timeline import Accuracy, Flaw, Gap, gaps, recording_offset_ms, stamp


async def test_between_gives_whole_segments_in_order_of_capture(archive: Any) -> None:
    first, second, other = await archive.film(0), await archive.film(60), await archive.film(0, camera_id="hall-2")
    start, end = archive.opened + timedelta(seconds=3), archive.opened + timedelta(seconds=61)
    runs, segments = await index.between(archive.conn, "hall-1", start, end)
    assert [run.id for run in runs] == [first[0].id, second[0].id]
    assert segments == [first[2], first[3], second[1]]
    assert runs[0].end_reason == "stopped"
    assert await index.cameras_between(archive.conn, start, end) == ["hall-1", "hall-2"]
    assert isinstance(other[0], Run)


async def test_camera_of_another_body_shows_nothing_of_a_sitting(archive: Any) -> None:
    """Two bodies sit at the same time; a camera that no configuration names any more still shows what it filmed."""
    await archive.conn.execute(
        """insert into body (id, municipality, name, seats, profile, locale, timezone)
           values ('drohobych-council', 'М', 'Р', 1, 'ua', 'uk', 'UTC'), ('room', 'М', 'К', 1, 'ua', 'uk', 'UTC')"""
    )
    await archive.conn.execute("insert into camera values ('a-room', 'room'), ('hall-1', 'drohobych-council')")
    for camera, after in (("a-room", 0), ("hall-1", 1), ("hall-old", 60)):
        await archive.film(after, camera_id=camera)
    known = await filmed(archive.conn, archive.sitting)
    assert known is not None and known.cameras == ("hall-1", "hall-old")
    found = await video_at(archive.conn, archive.sitting, archive.opened)
    assert found is not None and found["recording"].endswith("/hall-1")


@pytest.mark.parametrize(
    ("at", "offset"), [(0.5, 500), (-2, 0), (4.799, 4799), (40, 4800), (59.9, 4800), (61.25, 4800 + 1250)]
)
async def test_video_at_a_moment_gives_its_place(archive: Any, at: float, offset: int) -> None:
    await archive.film(0)
    await archive.film(60)
    await archive.close(70)
    moment = archive.opened + timedelta(seconds=at)
    found = await video_at(archive.conn, archive.sitting, moment)
    assert found == {
        "recording": f"{archive.sitting}/hall-1",
        "offset_ms": offset,
        "accuracy": Accuracy("frame"),
        "url": f"/sittings/{archive.sitting}/video?at={stamp(moment)}",
    }
    _, segments = await index.between(
        archive.conn, "hall-1", archive.opened - index.MARGIN, archive.opened + timedelta(seconds=80)
    )
    assert recording_offset_ms(segments, moment) == offset


async def test_video_at_a_moment_not_filmed_is_none(archive: Any) -> None:
    moment = archive.opened + timedelta(seconds=1)
    assert await video_at(archive.conn, archive.sitting, moment) is None
    assert await video_at(archive.conn, "no-such-sitting", moment) is None
    await archive.film(60)
    assert await video_at(archive.conn, archive.sitting, moment) is None, "the camera came a minute too late"
    assert await video_at(archive.conn, archive.sitting, archive.opened + timedelta(seconds=65)) is None, "not yet"


async def test_video_at_a_moment_that_only_the_second_camera_filmed_names_it(archive: Any) -> None:
    await archive.film(60)
    await archive.film(0, camera_id="hall-2")
    found = await video_at(archive.conn, archive.sitting, archive.opened + timedelta(seconds=1))
    assert found is not None and found["recording"] == f"{archive.sitting}/hall-2"


async def test_video_at_a_moment_in_a_gap_prefers_the_camera_that_filmed_it(archive: Any) -> None:
    await archive.film(0)
    await archive.film(20)
    await archive.film(4, camera_id="hall-2")
    found = await video_at(archive.conn, archive.sitting, archive.opened + timedelta(seconds=6))
    assert found is not None and (found["recording"], found["offset_ms"]) == (f"{archive.sitting}/hall-2", 2000)


async def test_a_moment_nobody_filmed_tells_why_and_what_is_nearest_in_each_camera(archive: Any) -> None:
    await archive.film(0, reason="dropped")
    [*_, end] = await archive.film(60)
    await archive.conn.execute("delete from segment where run_id = $1 and n = 1", end.run_id)
    await archive.film(90, camera_id="hall-2")
    known = await filmed(archive.conn, archive.sitting)
    assert known is not None and known.cameras == ("hall-1", "hall-2")

    def after(seconds: float) -> Any:
        return archive.opened + timedelta(seconds=seconds)

    first, second = known.sights(after(30))
    assert (first.before, first.shown_at) == (after(4.8), after(60))
    assert first.gap == Gap(after(4.8), after(60), "dropped")
    assert (second.before, second.shown_at) == (None, after(90))
    assert second.gap == Gap(known.window.start, after(90), "not_begun")
    assert known.best(after(30)) == first and known.best(after(29)) is None
    [lost, ended] = gaps(known.of("hall-1"), after(0), after(100))[1:]
    assert lost.reason == "lost" and lost.end is not None and after(60) < lost.start < lost.end < after(64.8)
    assert ended == Gap(after(64.8), None, "stopped")
    past, _ = known.sights(after(80))
    assert (past.shown_at, past.accuracy, past.gap) == (None, None, ended)


async def test_stretches_are_those_that_the_segments_make_in_whatever_order_they_come_and_go(archive: Any) -> None:
    [_, *segments, _] = await archive.film(0, count=600)
    await archive.conn.execute("delete from segment")
    assert not await archive.conn.fetch("select * from stretch")
    chance, there = random.Random(5), set[int]()
    for _ in range(60):
        n = chance.randrange(len(segments))
        if n not in there:
            await index.insert_segment(archive.conn, segments[n])
            there.add(n)
        elif chance.random() < 0.5:
            await archive.conn.execute("update segment set deleted_at = now() where n = $1", n)
            await archive.conn.execute("update segment set deleted_at = null where n = $1", n)
        else:
            some = [n, *there & {n + 1}]
            await archive.conn.execute("delete from segment where n = any($1)", some)
            there -= set(some)
        rows = await archive.conn.fetch("select * from stretch order by first_n")
        assert {n for row in rows for n in range(row["first_n"], row["last_n"] + 1)} == there
        assert all(before["last_n"] + 1 < after["first_n"] for before, after in pairwise(rows)), "none that join"
        for row in rows:
            first, last = segments[row["first_n"]], segments[row["last_n"]]
            assert (row["start_ticks"], row["started_at"]) == (first.start_ticks, first.started_at)
            assert (row["end_ticks"], row["ended_at"]) == (last.start_ticks + last.duration_ticks, last.ended_at)


async def test_what_lacks_something_and_what_was_deleted_is_told_as_such(archive: Any) -> None:
    [run, *segments, _] = await archive.film(0, count=500)
    mar = "update segment set packets_lost = $2, frames_damaged = $3 where n = $1"
    await archive.conn.execute(mar, 2, 14, 3)
    await archive.conn.execute(mar, 3, 1, 0)
    await archive.conn.execute(mar, 6, 2, 2)
    known = await filmed(archive.conn, archive.sitting)
    assert known is not None and known.flaws("hall-1") == [
        Flaw(segments[2].started_at, segments[3].ended_at, 15, 3),
        Flaw(segments[6].started_at, segments[6].ended_at, 2, 2),
    ]
    await archive.conn.execute("update segment set deleted_at = now() where n in (4, 5)")
    known = await filmed(archive.conn, archive.sitting)
    assert known is not None
    [gap] = known.gaps("hall-1", segments[0].started_at, segments[-1].ended_at)
    assert gap == Gap(segments[4].started_at, segments[6].started_at, "deleted")
    [sight] = known.sights(segments[5].started_at)
    assert (sight.gap, sight.shown_at) == (gap, segments[6].started_at)
    await archive.conn.execute("update segment set deleted_at = now()")
    known = await filmed(archive.conn, archive.sitting)
    assert known is not None and not known.stretches
    assert await video_at(archive.conn, archive.sitting, run.started_at) is None


async def test_a_moment_in_a_run_told_by_its_arrival_is_sure_to_a_tenth_of_a_second(archive: Any) -> None:
    await archive.film(0)
    await archive.conn.execute("update run set clock = 'arrival'")
    found = await video_at(archive.conn, archive.sitting, archive.opened + timedelta(seconds=1))
    assert found is not None and found["accuracy"] == Accuracy("within", 100)


async def test_sitting_window_grows_until_the_sitting_is_closed(archive: Any) -> None:
    growing = await index.sitting_window(archive.conn, archive.sitting)
    assert growing is not None and growing.open and growing.start == archive.opened - index.MARGIN
    assert growing.end > archive.opened + timedelta(days=365)
    await archive.close(100)
    closed = await index.sitting_window(archive.conn, archive.sitting)
    assert closed == index.Window(growing.start, archive.opened + timedelta(seconds=110), False)


async def test_manifest_offsets_agree_with_the_index(archive: Any) -> None:
    await archive.film(0)
    await archive.film(60)
    await archive.close(70)
    window = await index.sitting_window(archive.conn, archive.sitting)
    assert window is not None
    _, segments = await index.between(archive.conn, "hall-1", window.start, window.end)
    reel = await Reels(ManifestReel).read(archive.conn, archive.sitting, "hall-1", window)
    entries = json.loads(reel.manifest.whole({}))["segments"]
    for entry, segment in zip(entries, segments, strict=True):
        [(found, start), *_] = await index.around(archive.conn, "hall-1", window, segment.started_at)
        assert (found, start) == (segment, entry["start_ms"])
