"""Cameras without IDR pictures, or with key frames too far apart: what decoding may begin with, and what is done where
nothing comes that it may begin with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from streaming import clip_samples, cutting, fmp4, h264, h265, nal, posters
from streaming.cutting import AccessUnit, Begin, Cut, Cutter, End, Part
from streaming.errors import BadStream, NoKeyFrame
from streaming.nal import Entry
from tests.open_film import FPS, OPEN, REFRESH, TICK, WALL, encoded, number, recorded


def film(params: str, codec: str = "libx264", count: int = 200) -> list[AccessUnit]:
    return [*encoded(params, codec, count)]


def without(unit: AccessUnit, *kinds: int) -> AccessUnit:
    return replace(unit, units=tuple(one for one in unit.units if h264.kind(one) not in kinds))


def test_decoding_may_begin_with_recovery_points_and_with_pictures_of_i_slices_alone() -> None:
    begins = h264.ParameterSets.begins
    sorts = {Entry.OPEN: film(OPEN), Entry.GRADUAL: film(REFRESH)}
    for entry, pictures in sorts.items():
        found = {number(unit): begins(unit.units) for unit in pictures}
        step = 60 if entry is Entry.OPEN else 50
        assert found.pop(0) is Entry.WHOLE
        assert {at for at, one in found.items() if one is entry} == {at for at in range(step, 200, step)}
        assert {one for at, one in found.items() if at % step} == {Entry.NONE}
    intra = next(unit for unit in sorts[Entry.OPEN] if number(unit) == 60)
    assert begins(without(intra, h264.SEI).units) is Entry.OPEN
    assert begins(without(intra, h264.SPS).units) is Entry.OPEN, "its recovery point tells"
    assert begins(without(intra, h264.SEI, h264.SPS).units) is Entry.NONE, "what follows may need more"
    other = next(unit for unit in sorts[Entry.OPEN] if number(unit) == 63)
    at_once = h264.ParameterSets.mark[0]
    assert begins((at_once, *other.units)) is Entry.NONE, "a picture that needs others is not right at once"
    assert begins((b"\x06\x06\x01\x00\x80", *intra.units[-1:])) is Entry.NONE, "a recovery point cut short"
    assert begins((b"\x67", b"\x41")) is Entry.NONE and begins(intra.units[:2]) is Entry.NONE


def test_messages_of_a_unit_are_told_apart_and_one_cut_short_ends_them() -> None:
    told = b"\x05\x02ab" + b"\xff\x01\x01c" + b"\x06\x03\x00\x00\x03\x01"
    assert list(nal.messages(told + b"\x80")) == [(5, b"ab"), (256, b"c"), (6, b"\x00\x00\x01")]
    for end in range(len(told)):
        assert len(list(nal.messages(told[:end]))) <= 2


@pytest.mark.parametrize("message", [True, False])
def test_film_with_open_groups_is_cut_at_its_i_pictures_and_each_segment_plays_alone(shown: Any, message: bool) -> None:
    """What is shown before such a picture and comes after it is kept, but for no decoder to see."""
    pictures = film(OPEN) if message else [without(unit, h264.SEI) for unit in film(OPEN)]
    begin, segments, acts = recorded(Cutter(TICK), pictures)
    entries = [60, 120, 180]
    hidden = {at for entry in entries for at in (entry - 1, entry - 2)}
    kept = [at for at in range(200) if at not in hidden]
    seen = shown(begin.init, *segments)
    assert [one.number for one in seen] == kept
    assert [round((one.second - seen[0].second) * FPS) for one in seen] == kept, "each at its time"
    for entry, segment in zip([0, *entries], segments, strict=True):
        first, *_, last = clip_samples.samples(segment, clip_samples.tracks(begin.init))[1]
        assert shown(begin.init, segment)[0].number == entry and first.shown == entry * TICK // FPS
        assert first.duration == TICK // FPS, "browsers take its length for that of those after it"
        assert entry in (0, 180) or last.duration == 3 * TICK // FPS
    assert sum(cut.duration_ms for cut in acts if isinstance(cut, Cut)) == 8000
    assert {cut.damaged for cut in acts if isinstance(cut, Cut)} == {0}
    assert sum(cut.frames for cut in acts if isinstance(cut, Cut)) == len(kept)
    data = b"".join(segments)
    assert all(one in data for unit in pictures for one in unit.units if h264.kind(one) in (1, 5))


def test_film_with_open_groups_joined_in_the_middle_begins_with_its_next_i_picture(shown: Any) -> None:
    cutter = Cutter(TICK)
    begin, segments, acts = recorded(cutter, film(OPEN)[20:140])
    seen = shown(begin.init, *segments)
    assert seen[0].number == 60 and not {58, 59} & {one.number for one in seen}
    assert isinstance(acts[0], Begin) and acts[0].arrived_us == WALL + 60 * 40_000 + 30_000
    starts = [act.start_ticks for act in acts if isinstance(act, Part)]
    assert starts[:3] == [0, 18_000, 36_000], "no picture has a time before the run's"


def test_film_refreshed_little_by_little_is_cut_and_says_where_its_pictures_are_whole(shown: Any) -> None:
    pictures = film(REFRESH)
    begin, segments, acts = recorded(Cutter(TICK), pictures)
    assert [one.number for one in shown(begin.init, *segments)] == list(range(200)), "nothing is missing"
    assert [cut.duration_ms for cut in acts if isinstance(cut, Cut)] == [4000, 2000, 2000], "4 s after the IDR picture"
    seen = [one.number for one in shown(begin.init, segments[1])]
    assert 100 < seen[0] < 150 and seen == list(range(seen[0], 150)), "the camera's own message counts on"
    poster = posters.first_picture(begin.init, segments[1])
    assert (
        poster.shape == (240, 320, 3)
        and sum(int(poster[10, bit * 20 + 10, 0] > 128) << bit for bit in range(16)) == seen[0]
    )
    known = clip_samples.tracks(begin.init)
    first, *rest = clip_samples.samples(segments[1], known)[1]
    data = segments[1][first.at : first.at + first.size]
    assert first.key and not any(one.key for one in rest)
    assert data[4:9] == h264.ParameterSets.mark[0], "browsers begin nowhere else"
    assert all(fmp4.read_fragments(segment)[0].key for segment in map(fmp4.SEGMENT_START.__add__, segments))


def test_better_key_frames_are_preferred_to_gradual_ones() -> None:
    """With an IDR picture every 2 s nothing else is marked."""
    whole = film("keyint=50:min-keyint=50:scenecut=0:bframes=0")
    message = b"\x06\x06\x02\x09\xc4\x80"
    mixed = [replace(one, units=(message, *one.units)) if i % 10 == 5 else one for i, one in enumerate(whole)]
    assert h264.ParameterSets.begins(mixed[5].units) is Entry.GRADUAL
    _, plain, _ = recorded(Cutter(TICK), whole)
    _, segments, acts = recorded(Cutter(TICK), mixed)
    assert [cut.duration_ms for cut in acts if isinstance(cut, Cut)] == [2000] * 4
    assert [len(other) - len(one) for one, other in zip(plain, segments, strict=True)] == [5 * (4 + len(message))] * 4


@pytest.mark.parametrize("torn", [False, True])
def test_no_segment_is_longer_than_its_bound_whatever_comes(shown: Any, torn: bool) -> None:
    """The run ends with a reason, and what came is there."""
    first, *rest = film("keyint=10000:scenecut=0:bframes=0")
    cutter, acts = Cutter(TICK), []
    acts += cutter.feed(first)
    slow = 60  # a picture each 2.4 s: with 200 of them the film is 8 minutes long
    assert slow * 200 / FPS > cutting.LONGEST_MS / 1000
    with pytest.raises(NoKeyFrame) as raised:
        for unit in rest:
            since = (unit.pts - first.pts) * slow
            at = WALL + since * 1_000_000 // TICK
            acts += cutter.feed(replace(unit, pts=first.pts + since, arrived_us=at, reported_us=at, damaged=torn))
    acts += cutter.finish(raised.value.code)
    assert [act.reason for act in acts if isinstance(act, End)] == ["no_key_frame"]
    cuts = [act for act in acts if isinstance(act, Cut)]
    assert [cut.duration_ms <= cutting.LONGEST_MS for cut in cuts] == [True]
    assert sum(cut.frames for cut in cuts) == (1 if torn else 125) and sum(cut.damaged for cut in cuts) == 124 * torn


def test_a_time_that_leaps_for_one_torn_picture_ends_no_run() -> None:
    pictures = film("keyint=50:min-keyint=50:scenecut=0:bframes=0", count=60)
    pictures[20] = replace(pictures[20], pts=pictures[20].pts + 3600 * TICK, damaged=True)
    _, _, acts = recorded(Cutter(TICK), pictures)
    assert sum(cut.frames for cut in acts if isinstance(cut, Cut)) == 59


@pytest.mark.parametrize("skip", [0, 5])
def test_film_in_h265_with_open_groups_is_cut_at_its_cra_pictures(shown: Any, skip: int) -> None:
    pictures = film("open-gop=1:keyint=60:min-keyint=60:bframes=2:b-adapt=0:scenecut=0", "libx265", 130)[skip:]
    cutter = Cutter(TICK, h265.ParameterSets())
    begin, segments, acts = recorded(cutter, pictures)
    seen = shown(begin.init, *segments)
    begun = next(number(unit) for unit in pictures if h265.ParameterSets.begins(unit.units) is not Entry.NONE)
    assert begun == (60 if skip else 0)
    assert [one.number for one in seen] == list(range(begun, 130)), "those that decoders cannot begin with stay"
    assert [one.number for one in shown(begin.init, segments[1])] == list(range(begun + 60, min(begun + 120, 130)))
    assert [act.start_ticks for act in acts if isinstance(act, Part)][:2] == [0, 18_000]


def test_pictures_that_end_before_their_slice_begins_are_no_key_frames() -> None:
    for length in range(2, 6):
        units = (b"\x67\x42\x00\x1e\xff"[:length], b"\x68", b"\x41" + bytes(length))
        assert h264.ParameterSets.begins(units) is Entry.NONE
    with pytest.raises(BadStream):
        Cutter(TICK).feed(AccessUnit((b"\x67\x42", b"\x68\xce", b"\x65\x88"), 0, WALL, None))
