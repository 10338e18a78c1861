from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest

from streaming import h264, nal
from streaming.cutting import AccessUnit, Act, Begin, Clocked, Cut, Cutter, End, Part
from streaming.errors import BadStream

WALL = 1_511_339_183_000_000
TICK = 90_000
Units = Callable[..., tuple[tuple[int, bytes], ...]]


@dataclass
class Made:
    """One run as the acts make it."""

    begin: Begin
    clock: Clocked | None = None
    parts: list[Part] = field(default_factory=list)
    segments: list[bytes] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    end: End | None = None


def make(acts: Iterable[Act]) -> list[Made]:
    runs: list[Made] = []
    waiting = b""
    for act in acts:
        if isinstance(act, Begin):
            assert not runs or runs[-1].end is not None
            runs.append(Made(act))
        elif isinstance(act, Clocked):
            runs[-1].clock = act
        elif isinstance(act, Part):
            waiting += act.data
            runs[-1].parts.append(act)
        elif isinstance(act, Cut):
            assert runs[-1].clock is not None
            runs[-1].segments.append(waiting)
            runs[-1].cuts.append(act)
            waiting = b""
        else:
            assert not waiting
            runs[-1].end = act
    return runs


def film(units: Iterable[tuple[int, bytes]], fps: int = 25, start: int = 0, first_pts: int = 7777) -> list[AccessUnit]:
    """Units as received over a quick network, with sender reports; `start`: frames since WALL."""
    received = []
    for number, data in units:
        taken = WALL + (start + number) * 1_000_000 // fps
        pts = first_pts + (start + number) * TICK // fps
        received.append(AccessUnit(tuple(nal.split(data)), pts, taken + 30_000, taken))
    return received


def cut(received: Iterable[AccessUnit], cutter: Cutter | None = None) -> list[Made]:
    cutter = cutter or Cutter(TICK)
    return make([act for unit in received for act in cutter.feed(unit)] + cutter.finish("stopped"))


def numbers(run: Made, shown: Any) -> list[int]:
    return [picture.number for picture in shown(run.begin.init, *run.segments)]


@pytest.mark.parametrize(("gop", "lengths"), [(25, [2000, 2000, 800]), (50, [2000, 2000, 800]), (75, [3000, 1800])])
def test_film_is_cut_at_key_frames_without_losing_a_picture(
    units: Units, shown: Any, gop: int, lengths: list[int]
) -> None:
    [run] = cut(film(units(count=120, gop=gop)))
    assert [c.duration_ms for c in run.cuts] == lengths
    assert numbers(run, shown) == list(range(120))
    assert all(numbers(Made(run.begin, segments=[segment]), shown) for segment in run.segments)
    assert sum(c.frames for c in run.cuts) == 120
    assert run.clock == Clocked(WALL, "sender_report")
    assert [c.started_us for c in run.cuts] == [WALL + 1000 * sum(lengths[:i]) for i in range(len(lengths))]
    assert run.end == End("stopped", WALL + 4_800_000)


def test_parts_are_200_ms_and_follow_each_other(units: Units) -> None:
    [run] = cut(film(units(count=120)))
    assert {part.duration_ticks for part in run.parts} == {18_000}
    assert [part.start_ticks for part in run.parts] == list(range(0, 432_000, 18_000))


@pytest.mark.parametrize("fps", [30, 25, 12, 10, 4])
def test_no_part_ends_before_it_is_due_but_by_a_key_frame(units: Units, fps: int) -> None:
    cutter, due, parts = Cutter(TICK), list[int](), 0
    for unit in film(units(count=6 * fps, gop=2 * fps - 1), fps):
        told, acts = cutter.due, cutter.feed(unit)
        ended = sum(isinstance(act, Part) for act in acts)
        if ended and told is not None and not cutter.is_key(unit):
            assert unit.pts >= told
            due.append(told)
        parts += ended
    assert parts > 15 or fps == 4
    assert due == sorted(set(due)), "each part has its own time"


def test_segments_joined_play_on_and_each_frame_has_its_time(units: Units, shown: Any) -> None:
    [run] = cut(film(units(count=120)))
    pictures = shown(run.begin.init, *run.segments)
    assert [round(p.second * 25) for p in pictures] == list(range(120))
    [*later] = shown(run.begin.init, run.segments[1])
    assert later[0].second == 2.0 and later[0].key and later[0].number == 50


def test_film_with_reordered_pictures_is_whole_and_in_order(units: Units, shown: Any) -> None:
    [run] = cut(film(units(count=120, bframes=2)))
    assert numbers(run, shown) == list(range(120))
    assert [c.duration_ticks for c in run.cuts] == [180_000, 180_000, 72_000]
    seconds = [picture.second for picture in shown(run.begin.init, *run.segments)]
    assert {round((after - before) * 90_000) for before, after in pairwise(seconds)} == {3600}


def test_pictures_before_the_first_key_frame_are_skipped(units: Units, shown: Any) -> None:
    cutter = Cutter(TICK)
    [run] = cut(film(units(count=60)[10:]), cutter)
    assert numbers(run, shown) == list(range(25, 60))
    assert cutter.skipped == 15
    assert run.clock == Clocked(WALL + 1_000_000, "sender_report")


def test_film_of_two_pictures_is_kept(units: Units, shown: Any) -> None:
    for bframes in (0, 2):
        [run] = cut(film(units(count=2, bframes=bframes)))
        assert numbers(run, shown) == [0, 1]


def test_other_parameters_begin_a_new_run_without_losing_a_picture(units: Units, shown: Any) -> None:
    received = film(units(count=30)) + film(units(count=30, width=640, height=480), start=30)
    first, second = cut(received)
    assert first.end == End("parameters", WALL + 1_200_000)
    assert (second.begin.width, second.begin.height) == (640, 480)
    assert second.clock == Clocked(WALL + 1_200_000, "sender_report")
    assert numbers(first, shown) == numbers(second, shown) == list(range(30))


def test_a_clock_jump_ends_the_run_at_the_next_key_frame(units: Units, shown: Any) -> None:
    received = film(units(count=100))
    for i in range(60, 100):
        unit = received[i]
        received[i] = AccessUnit(unit.units, unit.pts, unit.arrived_us + 700_000, (unit.reported_us or 0) + 700_000)
    first, second = cut(received)
    assert first.end is not None and first.end.reason == "clock_jump"
    assert numbers(first, shown) == list(range(75)) and numbers(second, shown) == list(range(75, 100))
    assert second.clock == Clocked(WALL + 3_700_000, "sender_report")


def test_parameters_that_make_no_sense_leave_what_came_before_them_whole(units: Units, shown: Any) -> None:
    received = film(units(count=40))
    first, *rest = received[25].units
    assert first[0] & 31 == h264.SPS
    received[25] = replace(received[25], units=(first[:4] + b"\x80", *rest))
    cutter = Cutter(TICK)
    acts = [act for unit in received[:25] for act in cutter.feed(unit)]
    with pytest.raises(BadStream):
        cutter.feed(received[25])
    [run] = make([*acts, *cutter.finish("not_h264")])
    assert run.end == End("not_h264", WALL + 1_000_000) and numbers(run, shown) == list(range(25))


@pytest.mark.parametrize("slow", [90, 0])
def test_times_that_stand_still_keep_no_picture_in_memory_and_end_the_run(units: Units, shown: Any, slow: int) -> None:
    """A camera that counts ms where it promised ticks, and one whose times go to and fro."""
    received = [
        replace(unit, pts=unit.pts // slow if slow else i % 2, reported_us=None)
        for i, unit in enumerate(film(units(count=250)))
    ]
    cutter, acts, waiting = Cutter(TICK), list[Act](), list[int]()
    for i, unit in enumerate(received, 1):
        acts += cutter.feed(unit)
        waiting.append(i - sum(act.frames for act in acts if isinstance(act, Part)))
    assert max(waiting) <= 15, "half a second"
    runs = make([*acts, *cutter.finish("stopped")])
    assert [run.end.reason for run in runs if run.end] == ["timestamps", "stopped"]
    assert sum(cut.frames for run in runs for cut in run.cuts) == 250
    assert numbers(runs[0], shown) == list(range(150))


def test_a_pause_ends_the_run_at_the_next_key_frame(units: Units, shown: Any) -> None:
    frames = units(count=100)
    first, second = cut([*film(frames[:60]), *film(frames[60:], start=75)])
    assert first.end is not None and first.end.reason == "gap"
    assert numbers(first, shown) == list(range(75)) and numbers(second, shown) == list(range(75, 100))


@pytest.mark.parametrize(("before", "after"), [(900_000, 0), (0, 2**31), (2**40, 5)])
def test_timestamps_beginning_anew_begin_a_new_run(units: Units, shown: Any, before: int, after: int) -> None:
    first, second = cut(film(units(count=50), first_pts=before) + film(units(count=50), first_pts=after))
    assert [c.duration_ticks for c in first.cuts] == [180_000]
    assert first.end is not None and first.end.reason == "timestamps"
    assert numbers(first, shown) == numbers(second, shown) == list(range(50))


@pytest.mark.parametrize("leap_s", [3600, -3600, -5, 30])
def test_times_that_leap_between_key_frames_lose_no_picture(units: Units, shown: Any, leap_s: int) -> None:
    """The old run goes on by arrival, and the next key frame begins a new one."""
    received = film(units(count=100), first_pts=2**40)
    leapt = [replace(one, pts=one.pts + leap_s * TICK, reported_us=WALL) for one in received[60:]]
    leapt[3] = replace(leapt[3], damaged=True)  # its time is no better
    first, second = cut([*received[:60], *leapt])
    assert first.end is not None and first.end.reason == "timestamps"
    assert numbers(first, shown) == [n for n in range(75) if n != 63] and numbers(second, shown) == list(range(75, 100))
    assert first.end.ended_us == WALL + 3_000_000
    assert sum(one.duration_ticks for one in first.cuts) == 3 * TICK


def test_a_run_without_reports_is_clocked_by_arrival(units: Units) -> None:
    received = [AccessUnit(u.units, u.pts, u.arrived_us, None) for u in film(units(count=60))]
    [run] = cut(received)
    assert run.clock == Clocked(WALL + 30_000, "arrival")


def test_noise_instead_of_pictures_makes_nothing() -> None:
    cutter = Cutter(TICK)
    for i in range(50):
        noise = tuple(nal.split(bytes((i * j) & 255 for j in range(400))))
        assert cutter.feed(AccessUnit(noise, i * 3600, WALL, None)) == []
    assert cutter.finish("dropped") == []
