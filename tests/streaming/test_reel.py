"""A recording as players ask for it, kept and added to: it must be what the index says, however it came about."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from streaming import index
from streaming.manifest import Manifest, Told
from streaming.playlist import Playlist
from streaming.reel import KEPT, ManifestReel, PlaylistReel, Reels, posters
from streaming.segments import Run, Segment, Span
from tests.streaming.counted import counted

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


def manifest(runs: list[Run], segments: list[Segment]) -> dict[str, Any]:
    """All at once, each a span of its own."""
    filled = Manifest("s-2017-11-22", "hall-1")
    spans = [Span(one.run_id, one.n, one.n, 0, 90_000) for one in segments]
    told = [
        Told(
            *(k, one.n, one.start_ticks, one.started_at, one.duration_ms, one.sha256, one.poster_path is not None),
            *(one.packets_lost, one.frames_damaged),
        )
        for k, one in enumerate(segments)
    ]
    filled.add(spans, runs, told)
    made: dict[str, Any] = json.loads(filled.whole({"live": True}))
    assert json.loads(gzip.decompress(filled.whole({"live": True}, packed=True))) == made
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


class Both:
    """What a site keeps of recordings."""

    def __init__(self) -> None:
        self.playlists, self.manifests = Reels(PlaylistReel), Reels(ManifestReel)

    async def read(self, archive: Any, camera: str = "hall-1") -> tuple[Playlist, Manifest, list[Span]]:
        window = await index.sitting_window(archive.conn, archive.sitting)
        assert window is not None
        playlist = await self.playlists.read(archive.conn, archive.sitting, camera, window)
        manifest = await self.manifests.read(archive.conn, archive.sitting, camera, window)
        assert playlist.spans == manifest.spans
        return playlist.playlist, manifest.manifest, playlist.spans


async def read(archive: Any, kept: Both) -> tuple[Playlist, Manifest, list[Segment]]:
    """What is kept, after it was held against what is made at once of what the index has."""
    window = await index.sitting_window(archive.conn, archive.sitting)
    assert window is not None
    playlist, manifest, spans = await kept.read(archive)
    runs, segments = await index.between(archive.conn, "hall-1", window.start, window.end)
    playlist_anew, manifest_anew, _ = await Both().read(archive)
    for ended in (False, True):
        assert playlist.whole(ended=ended) == playlist_anew.whole(ended=ended)
    entries = json.loads(manifest.whole({}))
    assert (
        entries == json.loads(manifest_anew.whole({})) == json.loads(gzip.decompress(manifest.whole({}, packed=True)))
    )
    times = [one.started_at.isoformat(timespec="microseconds").replace("+00:00", "Z") for one in segments]
    assert [(one["run"], one["started_at"]) for one in entries["segments"]] == [
        (one.run_id, at) for one, at in zip(segments, times, strict=True)
    ]
    assert [run["id"] for run in entries["runs"]] == [run.id for run in runs]
    lines = playlist.whole(ended=True).decode().splitlines()
    assert [line for line in lines if line.endswith("m4s")] == [one["url"] for one in entries["segments"]]
    known = counted(playlist.whole(ended=True).decode())
    assert [at.isoformat(timespec="milliseconds")[:23] for at in known] == [at[:23] for at in times]
    for first in (0, 3, max(0, len(segments) - 2)):
        found = await posters(archive.conn, spans, first, 5)
        assert found == [one.poster_path for one in segments[first : first + 5]]
    return playlist, manifest, segments


async def test_a_reel_is_added_to_and_made_anew_where_more_than_its_end_has_changed(archive: Any) -> None:
    kept = Both()
    _, empty, _ = await read(archive, kept)
    assert empty.duration_ms == 0
    run, *segments, _ = await archive.film(0, count=500)
    playlist, manifest, _ = await read(archive, kept)
    assert manifest.duration_ms == sum(one.duration_ms for one in segments)
    for n in range(2 * KEPT):  # asked for by anybody
        assert (await kept.read(archive, f"nobody-{n}"))[2] == []
    await archive.film(60)
    assert (await read(archive, kept))[:2] == (playlist, manifest), "what is new was added"
    gone = "update segment set deleted_at = now() where run_id = $1 and n = $2"
    for n in (4, 0, len(segments) - 1):
        before, _, shown = await read(archive, kept)
        await archive.conn.execute(gone, run.id, n)
        after, _, left = await read(archive, kept)
        assert after is not before and len(left) == len(shown) - 1
    before, _, _ = await read(archive, kept)
    await archive.conn.execute("update run set moved_us = -400000, within_us = 45000 where id = $1", run.id)
    after, _, _ = await read(archive, kept)
    assert after is not before
    await archive.conn.execute("update sitting_summary set footage_withheld = true")
    _, withheld, _ = await read(archive, kept)
    assert withheld.duration_ms == 0


async def test_a_reel_is_read_in_turns_and_is_the_same(archive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    await archive.film(0, count=7)
    await archive.film(60)
    playlist, manifest, spans = await Both().read(archive)
    for at_once in (1, 3):
        monkeypatch.setattr(PlaylistReel, "AT_ONCE", at_once)
        monkeypatch.setattr(ManifestReel, "AT_ONCE", at_once)
        by_turns = await Both().read(archive)
        assert by_turns[0].whole(ended=True) == playlist.whole(ended=True)
        assert by_turns[1].whole({}) == manifest.whole({})
        assert by_turns[2] == spans
