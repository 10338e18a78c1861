from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from streaming import timeline
from streaming.errors import NotRecorded
from streaming.segments import ClosedPart, Segment, Stretch
from streaming.timeline import Gap, gaps, locate, recording_offset_ms, sight

T0 = datetime(2017, 11, 22, 10, 26, 23, 140_000, UTC)


def ms(count: float) -> timedelta:
    return timedelta(milliseconds=count)


def segment(run_id: str, n: int, start_ms: int, duration_ms: int, at: datetime) -> Segment:
    return Segment(
        *(run_id, n, start_ms * 90, duration_ms * 90, at, duration_ms),
        *(f"{run_id}/{n}.m4s", 1000, f"{n}" * 64, duration_ms // 40, f"{run_id}/{n}.jpg"),
    )


A, B = "hall-1-20171122T102623140Z", "hall-1-20171122T102723140Z"
SEGMENTS = [
    segment(A, 0, 0, 2000, T0),
    segment(A, 1, 2000, 2040, T0 + ms(2000)),
    segment(A, 2, 4040, 1000, T0 + ms(4040)),
    segment(B, 0, 0, 2000, T0 + ms(60_000)),
]


@pytest.mark.parametrize(
    ("at", "n", "offset"),
    [
        (0, 0, 0),
        (-5000, 0, 0),  # before the first: the first
        (1999, 0, 1999),
        (1999.6, 0, 1999),  # never the length itself
        (2000, 1, 0),
        (4039, 1, 2039),
        (5039, 2, 999),
        (5040, 3, 0),  # a gap: the next
        (59_999, 3, 0),
        (60_000, 3, 0),
        (61_999, 3, 1999),
    ],
)
def test_locate_a_moment_gives_segment_and_offset(at: float, n: int, offset: int) -> None:
    assert locate(SEGMENTS, T0 + ms(at)) == (SEGMENTS[n], offset)


@pytest.mark.parametrize("at", [62_000, 70_000])
def test_locate_past_the_end_raises(at: int) -> None:
    with pytest.raises(NotRecorded):
        locate(SEGMENTS, T0 + ms(at))


def test_locate_in_nothing_raises() -> None:
    with pytest.raises(NotRecorded):
        locate([], T0)


def test_locate_between_segments_that_the_clock_moved_apart_gives_the_next() -> None:
    moved = [SEGMENTS[0], segment(A, 1, 2000, 2000, T0 + ms(2001))]
    assert locate(moved, T0 + ms(2000.5)) == (moved[1], 0)


@pytest.mark.parametrize(("at", "offset"), [(0, 0), (4041, 4041), (5040, 5040), (60_000, 5040), (60_500, 5540)])
def test_recording_offset_closes_gaps_up(at: int, offset: int) -> None:
    assert recording_offset_ms(SEGMENTS, T0 + ms(at)) == offset


# --- closed parts -----------------------------------------------------------------------------------------------------

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def filmed(start: float, end: float, reason: str = "paused") -> Stretch:
    return Stretch("hall-1", f"run-{start}", "arrival", reason, at(start), at(end))


def closed(start: float, end: float | None) -> ClosedPart:
    return ClosedPart(at(start), at(end) if end is not None else None, "особисті дані", "ст. 3")


SECRET, LASTING = closed(100, 200), closed(300, None)


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        # what is missing beside it, up to a key frame, belongs to it
        ([filmed(0, 99.6), filmed(202, 400)], [Gap(at(99.6), at(202), "paused", SECRET)]),
        # the camera was lost before, and came late
        (
            [filmed(0, 50, "dropped"), filmed(260, 400)],
            [
                Gap(at(50), at(100), "dropped"),
                Gap(at(100), at(200), "paused", SECRET),
                Gap(at(200), at(260), "dropped"),
            ],
        ),
        (
            [filmed(0, 100), filmed(230, 400)],
            [Gap(at(100), at(200), "paused", SECRET), Gap(at(200), at(230), "silent")],
        ),
        # another gap is none of it
        (
            [filmed(0, 60, "silent"), filmed(90, 100), filmed(200.3, 400)],
            [Gap(at(60), at(90), "silent"), Gap(at(100), at(200.3), "paused", SECRET)],
        ),
    ],
)
def test_closed_part_is_a_gap_of_its_own_with_its_reason(stretches: list[Stretch], expected: list[Gap]) -> None:
    assert gaps(stretches, at(0), at(400), closed=[SECRET]) == expected


def test_closed_part_that_lasts_has_no_end_and_a_moment_in_it_says_so() -> None:
    stretches = [filmed(0, 99.9), filmed(201, 299.9)]
    assert gaps(stretches, at(0), at(350), closed=[SECRET, LASTING]) == [
        Gap(at(99.9), at(201), "paused", SECRET),
        Gap(at(299.9), None, "paused", LASTING),
    ]
    inside = sight("hall-1", stretches, at(150), at(0), at(350), closed=[SECRET, LASTING])
    assert (inside.shown_at, inside.gap) == (at(201), Gap(at(99.9), at(201), "paused", SECRET))
    after = sight("hall-1", stretches, at(340), at(0), at(350), closed=[SECRET, LASTING])
    assert (after.shown_at, after.gap) == (None, Gap(at(299.9), None, "paused", LASTING))


def test_a_moment_of_a_camera_lost_a_thousand_times_is_found_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stretches = [filmed(10 * n, 10 * n + 6, "dropped") for n in range(1, 1000)]
    whole, looked_at, real = gaps(stretches, at(0), at(20_000), closed=[SECRET]), list[int](), timeline._gaps

    def counted(some: Sequence[Stretch], start: datetime, end: datetime) -> list[Gap]:
        looked_at.append(len(some))
        return real(some, start, end)

    monkeypatch.setattr(timeline, "_gaps", counted)
    for second in (0, 5, 13, 18, 108, 203, 205, 209.9, 5018, 9993, 9997, 15_000):
        seen = sight("hall-1", stretches, at(second), at(0), at(20_000), closed=[SECRET])
        held = next((gap for gap in whole if gap.start <= at(second) and at(second) < (gap.end or at(10**6))), None)
        assert seen.gap == held, second
    assert 0 < max(looked_at) <= 2
