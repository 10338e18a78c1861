from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from streaming.playlist import CUT, LiveSegment, Playlist, live_playlist
from streaming.segments import MICROSECOND, Segment, Span
from tests.streaming.counted import counted

T0 = datetime(2017, 11, 22, 10, 26, 23, 140_000, UTC)
A, B = "hall-1-20171122T102623140Z", "hall-1-20171122T102723140Z"


def segment(run_id: str, n: int, ticks: int, after_s: float) -> Segment:
    at = T0 + timedelta(seconds=after_s)
    return Segment(run_id, n, n * ticks, ticks, at, ticks // 90, f"{run_id}/{n}", 1, "", 1, None)


SEGMENTS = [segment(A, 0, 180_000, 0), segment(A, 1, 180_000, 2), segment(B, 0, 183_603, 60)]


def add(playlist: Playlist, segments: list[Segment], moved_us: int = 0) -> None:
    """All at once, each a span of its own."""
    since = datetime(2000, 1, 1, tzinfo=UTC)
    cuts = [
        np.array([(s.n, s.start_ticks, s.duration_ticks, (s.started_at - since) // MICROSECOND)], CUT) for s in segments
    ]
    playlist.add([Span(s.run_id, s.n, s.n, moved_us, 90_000) for s in segments], cuts)


def playlist(segments: list[Segment], *, ended: bool, last: int | None = None) -> str:
    made = Playlist()
    add(made, segments)
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
    half = segment(A, 0, 225_000, 0)  # as of 20 pictures a second and a key frame each 50
    assert "#EXT-X-TARGETDURATION:3" in playlist([half], ended=False)
    parts = tuple((0.25, k == 0) for k in range(10))
    assert "#EXT-X-TARGETDURATION:3" in live_playlist([LiveSegment(0, 0, A, 0, T0, parts, whole=True)], goes_on=True)


def test_playlist_that_grows_is_the_one_made_at_once_also_packed() -> None:
    made = Playlist()
    for count, one in enumerate(SEGMENTS, 1):
        add(made, [one])
        for ended in (False, True):
            expected = playlist(SEGMENTS[:count], ended=ended)
            assert made.whole(ended=ended).decode() == expected
            assert gzip.decompress(made.whole(ended=ended, packed=True)).decode() == expected


@pytest.mark.parametrize("seed", range(8))
def test_playlist_of_many_at_once_has_what_each_by_itself_would_say(seed: int) -> None:
    chance = random.Random(seed)
    steady = seed % 2  # the camera's clock is right to some microseconds, as after sender reports
    segments, lines, times, at, ticks, n = list[Segment](), list[str](), list[datetime](), T0, 0, 0
    for k in range(60):
        torn = chance.random() < 0.1
        n, ticks = (n + 2, ticks + 90_000) if torn else (n, ticks)
        length = 180_000 if steady else chance.choice([1, 179_999, 180_000, 180_001, 899_999, 900_001, 1_080_000])
        segments.append(Segment(A, n, ticks, length, at, -(-length // 90), "", 1, "", 1, None))
        lines += ["#EXT-X-DISCONTINUITY"] if torn and k else []
        lines += [f"#EXTINF:{length / 90_000:.6f},", f"/video/{A}/{n}.m4s"]
        told = at + timedelta(microseconds=-400_001)
        times.append(told.replace(microsecond=told.microsecond // 1000 * 1000))
        after_us = 2_000_000 + chance.randint(-60, 60) if steady else chance.randint(1, 3_000_000)
        n, ticks, at = n + 1, ticks + length, at + timedelta(microseconds=after_us)
    made = Playlist()
    for first, last in pairwise((0, 7, 8, 60)):
        add(made, segments[first:last], -400_001)
    text = made.whole(ended=False).decode()
    undated = [line for line in text.splitlines() if not line.startswith("#EXT-X-PROGRAM")]
    assert undated[7:] == lines, "behind the head and the run's map"
    wrong = [abs(known - told) for known, told in zip(counted(text), times, strict=True)]
    assert max(wrong) <= (timedelta(0) if steady else timedelta(milliseconds=1))
    assert text.count("DATE-TIME") < 30 if steady else text.count("DATE-TIME") > 50, "where counting on is not enough"
    for count in (3, 31, 59, 60, 61):
        tail = made.last(count, ended=False).decode()
        assert counted(tail) == counted(text)[-count:]
        assert text.endswith(tail[tail.index("#EXTINF") :])


def test_playlist_that_is_cut_off_between_two_dates_tells_the_first_segments_time() -> None:
    regular = [segment(A, n, 180_000, 2 * n) for n in range(10)]
    whole, tail = playlist(regular, ended=True), playlist(regular, ended=True, last=4)
    assert whole.count("DATE-TIME") == 1
    assert "#EXT-X-PROGRAM-DATE-TIME:2017-11-22T10:26:35.140Z" in tail


def test_playlist_of_nothing_is_valid() -> None:
    assert playlist([], ended=False).startswith("#EXTM3U\n")
