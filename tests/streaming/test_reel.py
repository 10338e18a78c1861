"""A recording as players ask for it, kept and added to: it must be what the index says, however it came about."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from streaming import index
from streaming.reel import KEPT, Reel, Reels, Span
from streaming.segments import Run, Segment

T0 = datetime(2017, 11, 22, 10, 26, 23, 140_000, UTC)
A, B = "hall-1-20171122T102623140Z", "hall-1-20171122T102723140Z"


def run(name: str, at: datetime = T0) -> Run:
    return Run(name, "hall-1", at, "sender_report", "avc1.64001f", 1280, 720, 90_000, f"{name}/init.mp4", 700, "0" * 64)


def segment(run_id: str, n: int, start_ms: int, duration_ms: int, after_ms: int) -> Segment:
    return Segment(
        *(run_id, n, start_ms * 90, duration_ms * 90, T0 + timedelta(milliseconds=after_ms), duration_ms),
        *(f"{run_id}/{n}.m4s", 1000, f"{n}" * 64, duration_ms // 40, f"{run_id}/{n}.jpg"),
    )


SEGMENTS = [
    segment(A, 0, 0, 2000, 0),
    segment(A, 1, 2000, 2040, 2000),
    segment(A, 2, 4040, 1000, 4040),
    segment(B, 0, 0, 2000, 60_000),
]


def filled(runs: list[Run], segments: list[Segment]) -> Reel:
    reel, known = Reel("s-2017-11-22", "hall-1"), {run.id: run for run in runs}
    for name, group in groupby(segments, key=lambda one: one.run_id):
        own = list(group)
        reel.add(known[name], Span(name, own[0].n, own[-1].n, 0), own)
    return reel


def manifest(runs: list[Run], segments: list[Segment]) -> dict[str, Any]:
    reel = filled(runs, segments)
    made: dict[str, Any] = json.loads(reel.manifest({"live": True}))
    assert json.loads(gzip.decompress(reel.manifest({"live": True}, packed=True))) == made
    return made


def test_manifest_places_every_segment() -> None:
    made = manifest([run(A), run(B, T0 + timedelta(minutes=1))], SEGMENTS)
    entry = made["segments"][3]
    assert entry == {
        "url": f"/video/{B}/0.m4s",
        "run": B,
        "start_ms": 5040,
        "start_ticks": 0,
        "media_start_ms": 0,
        "duration_ms": 2000,
        "started_at": "2017-11-22T10:27:23.140000Z",
        "sha256": "0" * 64,
        "poster": f"/video/{B}/0.jpg",
    }
    assert [s["start_ms"] for s in made["segments"]] == [0, 2000, 4040, 5040]
    assert [s["media_start_ms"] for s in made["segments"]] == [0, 2000, 4040, 0]
    assert (made["recording"], made["camera"], made["live"], made["duration_ms"]) == (
        "s-2017-11-22/hall-1",
        "hall-1",
        True,
        7040,
    )
    assert made["runs"][0] == {
        "id": A,
        "codec": "avc1.64001f",
        "init": f"/video/{A}/init.mp4",
        "timescale": 90_000,
        "width": 1280,
        "height": 720,
        "clock": "sender_report",
        "started_at": "2017-11-22T10:26:23.140Z",
    }


def test_manifest_tells_what_was_lost_where_something_was() -> None:
    torn = [SEGMENTS[0], replace(SEGMENTS[1], packets_lost=14, frames_damaged=3)]
    whole, lacking = manifest([run(A)], torn)["segments"]
    assert "packets_lost" not in whole and (lacking["packets_lost"], lacking["frames_damaged"]) == (14, 3)


def test_manifest_of_nothing_is_empty() -> None:
    made = manifest([], [])
    assert (made["duration_ms"], made["runs"], made["segments"]) == (0, [], [])


async def read(archive: Any, reels: Reels) -> tuple[Reel, list[Segment]]:
    """What is kept, after it was held against a reel made at once of what the index has."""
    window = await index.sitting_window(archive.conn, archive.sitting)
    assert window is not None
    reel = await reels.read(archive.conn, archive.sitting, "hall-1", window)
    runs, segments = await index.between(archive.conn, "hall-1", window.start, window.end)
    anew = await Reels().read(archive.conn, archive.sitting, "hall-1", window)
    for ended in (False, True):
        assert reel.playlist.whole(ended=ended) == anew.playlist.whole(ended=ended)
    entries = json.loads(reel.manifest({}))
    assert entries == json.loads(anew.manifest({})) == json.loads(gzip.decompress(reel.manifest({}, packed=True)))
    assert [(one["run"], one["started_at"]) for one in entries["segments"]] == [
        (one.run_id, one.started_at.isoformat(timespec="microseconds").replace("+00:00", "Z")) for one in segments
    ]
    assert [run["id"] for run in entries["runs"]] == [run.id for run in runs]
    assert reel.posters == [one.poster_path for one in segments]
    return reel, segments


async def test_a_reel_is_added_to_and_made_anew_where_more_than_its_end_has_changed(archive: Any) -> None:
    reels = Reels()
    empty, _ = await read(archive, reels)
    assert empty.duration_ms == 0
    run, *segments, _ = await archive.film(0, count=500)
    first, _ = await read(archive, reels)
    assert first.duration_ms == sum(one.duration_ms for one in segments)
    window = await index.sitting_window(archive.conn, archive.sitting)
    assert window is not None
    for n in range(2 * KEPT):  # asked for by anybody
        assert (await reels.read(archive.conn, archive.sitting, f"nobody-{n}", window)).duration_ms == 0
    await archive.film(60)
    assert (await read(archive, reels))[0] is first, "what is new was added"
    gone = "update segment set deleted_at = now() where run_id = $1 and n = $2"
    for n in (4, 0, len(segments) - 1):
        before, shown = await read(archive, reels)
        await archive.conn.execute(gone, run.id, n)
        after, left = await read(archive, reels)
        assert after is not before and len(left) == len(shown) - 1
    before, _ = await read(archive, reels)
    await archive.conn.execute("update run set moved_us = -400000, within_us = 45000 where id = $1", run.id)
    after, _ = await read(archive, reels)
    assert after is not before
    await archive.conn.execute("update sitting_summary set footage_withheld = true")
    withheld, _ = await read(archive, reels)
    assert withheld.duration_ms == 0
