from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

from streaming.playlist import Playlist
from streaming.segments import Run, Segment
from streaming.timeline import stamp

T0 = datetime(2017, 11, 22, 10, 26, 23, 140_000, UTC)
A, B = "hall-1-20171122T102623140Z", "hall-1-20171122T102723140Z"
RUNS = [Run(name, "hall-1", T0, "arrival", "avc1.42c00d", 320, 240, 90_000, "", 1, "") for name in (A, B)]


def segment(run_id: str, n: int, ticks: int, after_s: float) -> Segment:
    at = T0 + timedelta(seconds=after_s)
    return Segment(run_id, n, n * ticks, ticks, at, ticks // 90, f"{run_id}/{n}", 1, "", 1, None)


SEGMENTS = [segment(A, 0, 180_000, 0), segment(A, 1, 180_000, 2), segment(B, 0, 183_603, 60)]


def playlist(segments: list[Segment], *, ended: bool, last: int | None = None) -> str:
    made, runs = Playlist(), {run.id: run for run in RUNS}
    for one in segments:
        made.add(runs[one.run_id], one, stamp(one.started_at))
    return (made.whole(ended=ended) if last is None else made.last(last, ended=ended)).decode()


PAST = f"""#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI="/video/{A}/init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2017-11-22T10:26:23.140Z
#EXTINF:2.000000,
/video/{A}/0.m4s
#EXT-X-PROGRAM-DATE-TIME:2017-11-22T10:26:25.140Z
#EXTINF:2.000000,
/video/{A}/1.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="/video/{B}/init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2017-11-22T10:27:23.140Z
#EXTINF:2.040033,
/video/{B}/0.m4s
#EXT-X-ENDLIST
"""


def test_playlist_of_the_past_is_whole_and_ended() -> None:
    assert playlist(SEGMENTS, ended=True) == PAST


def test_playlist_of_an_open_recording_grows_from_its_beginning() -> None:
    growing = PAST.replace(":VOD", ":EVENT").replace("#EXT-X-ENDLIST\n", "")
    assert playlist(SEGMENTS, ended=False) == growing


def test_playlist_of_the_last_segments_counts_what_went_before() -> None:
    lines = playlist(SEGMENTS, ended=False, last=1).splitlines()
    assert "#EXT-X-MEDIA-SEQUENCE:2" in lines
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:1" in lines
    assert "#EXT-X-DISCONTINUITY" not in lines
    assert lines[-1] == f"/video/{B}/0.m4s"


def test_playlist_with_a_segment_missing_inside_a_run_is_discontinuous() -> None:
    lines = playlist([SEGMENTS[0], segment(A, 2, 180_000, 4)], ended=True).splitlines()
    assert lines.count("#EXT-X-DISCONTINUITY") == 1
    assert sum(line.startswith("#EXT-X-MAP") for line in lines) == 1


def test_playlist_with_a_long_segment_says_so() -> None:
    assert "#EXT-X-TARGETDURATION:10" in playlist([segment(A, 0, 900_000, 0)], ended=False)


def test_playlist_that_grows_is_the_one_made_at_once_also_packed() -> None:
    made = Playlist()
    for count, (run, one) in enumerate(zip((RUNS[0], RUNS[0], RUNS[1]), SEGMENTS, strict=True), 1):
        made.add(run, one, stamp(one.started_at))
        for ended in (False, True):
            expected = playlist(SEGMENTS[:count], ended=ended)
            assert made.whole(ended=ended).decode() == expected
            assert gzip.decompress(made.whole(ended=ended, packed=True)).decode() == expected


def test_playlist_of_nothing_is_valid() -> None:
    assert playlist([], ended=False).startswith("#EXTM3U\n")
