"""Geometry: no seat on another, all inside the drawing, the threshold after its own cell."""

from __future__ import annotations

from math import atan2, hypot, isclose, pi

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from public_site.hemicycle import GAUGE_INNER, OUTER, Stretch, bar, gauge, hall, notch

DROHOBYCH = (8, 6, 5, 5, 4, 3, 2, 2, 2)


@pytest.mark.parametrize("groups", [DROHOBYCH, (37,), (1,), (19, 1, 16, 1), (120, 100, 90, 60, 50, 30), (1,) * 40])
def test_seats_of_a_hall_never_touch(groups: tuple[int, ...]) -> None:
    drawn = hall(groups)
    places = [place for group in drawn.places for place in group]
    assert [len(group) for group in drawn.places] == list(groups)
    nearest = min((hypot(a.x - b.x, a.y - b.y) for i, a in enumerate(places) for b in places[:i]), default=1000)
    assert nearest > drawn.size


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12).filter(any))
@settings(max_examples=60, deadline=None)
def test_hall_of_any_groups_stays_in_its_half_circle(groups: list[int]) -> None:
    drawn = hall(groups)
    assert drawn.size > 0
    for group, wedge in zip(drawn.places, drawn.wedges, strict=True):
        assert bool(group) == bool(wedge.path)
        for place in group:
            assert hypot(place.x, place.y) <= OUTER + 0.1
            assert place.y <= 0


def test_seats_are_filled_from_the_outer_row() -> None:
    drawn = hall((5, 4))
    radii = [round(hypot(place.x, place.y)) for place in drawn.places[0]]
    assert radii == sorted(radii, reverse=True)
    assert radii[0] == OUTER


def test_threshold_stands_after_its_cell() -> None:
    drawn = gauge(37, 19)
    assert len(drawn.cells) == 37
    assert drawn.threshold is not None
    x, y, _, _ = drawn.threshold
    assert isclose(hypot(x, y), GAUGE_INNER - 4, abs_tol=0.02)
    assert isclose(atan2(-y, -x), pi * 19 / 37, abs_tol=0.01)  # from the left end


@pytest.mark.parametrize("needed", [0, 38])
def test_threshold_outside_the_gauge_is_not_drawn(needed: int) -> None:
    assert gauge(37, needed).threshold is None
    assert notch(needed, 37, 148) is None


def test_bar_has_four_units_a_seat_and_leaves_out_what_is_nothing() -> None:
    assert bar((19, 0, 1, 16, 0, 0, 1), 148) == (
        Stretch(0, 0.0, 76.0),
        Stretch(2, 76.0, 4.0),
        Stretch(3, 80.0, 64.0),
        Stretch(6, 144.0, 4.0),
    )
    assert notch(19, 37, 148) == 76.0


def test_bar_of_an_empty_roll_is_empty() -> None:
    assert bar((0, 0), 148) == ()
