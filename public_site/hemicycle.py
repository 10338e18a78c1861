"""The drawing of a hall: seats in spokes by group, the gauge inside them, and the tally bar of a list.

Pure geometry, in user units of a drawing whose origin is the middle of the hemicycle's base; y grows downwards, so that
all of it has y <= 0. Angles run from 0 (left) to pi (right). Nothing here knows names or
votes: sizes of groups in, places out; the caller lays its members on them in order.
Source: PUBLIC.md, "Hall": spokes of up to three seats, outer seat first; each group has whole spokes on its own wedge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, cos, pi, sin

OUTER, INNER = 190.0, 139.0  # radii of the outermost and innermost rows of seats
GAP = 0.052  # radians between two wedges
LARGEST = 21.0  # a seat is never drawn wider
GAUGE_OUTER, GAUGE_INNER = 113.0, 93.0


@dataclass(frozen=True, slots=True)
class Place:
    """A seat's middle."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Wedge:
    """A group's ground: its outline as an SVG path, and where its name begins, in the direction `anchor`."""

    path: str
    label_x: float
    label_y: float
    anchor: str  # start | middle | end


@dataclass(frozen=True, slots=True)
class Hall:
    """`places[i]` belong to group i, in the order of its members; `size` is the width of a seat."""

    size: float
    places: tuple[tuple[Place, ...], ...]
    wedges: tuple[Wedge, ...]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A cell a seat from the left as SVG paths, and the threshold's line (x1, y1, x2, y2) or None."""

    cells: tuple[str, ...]
    threshold: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring seats of one kind in a tally bar; `index` is the kind's place in the counts given."""

    index: int
    x: float
    width: float


def hall(groups: Sequence[int]) -> Hall:
    """Seat groups of these sizes from left to right. Empty groups get no wedge's width but keep their place in order.

    Rows are as many as make the seats largest, at least three where a group has three members."""
    rows = max(_row_choices(groups), key=lambda rows: (_seat_size(groups, rows), -rows))
    size = _seat_size(groups, rows)
    spokes = [ceil(group / rows) for group in groups]
    step = _step(spokes)
    radii = _radii(rows)
    angle = 0.0
    places: list[tuple[Place, ...]] = []
    wedges: list[Wedge] = []
    for members, own in zip(groups, spokes, strict=True):
        width = own * step
        if own == 0:
            places.append(())
            wedges.append(Wedge("", 0.0, 0.0, "middle"))
            continue
        group = [
            _at(radii[i // own], angle + (i % own + 0.5) * step) for i in range(members)
        ]  # the outer row first, left to right
        places.append(tuple(group))
        pad = size * 0.66
        outline = _sector(angle, angle + width, radii[-1] - pad, radii[0] + pad)
        middle = angle + width / 2
        label = _at(radii[0] + pad + 9, middle)
        wedges.append(Wedge(outline, label.x, label.y, _anchor(middle)))
        angle += width + GAP
    return Hall(round(size, 2), tuple(places), tuple(wedges))


def gauge(seats: int, needed: int) -> Gauge:
    """The half ring of `seats` cells with a line after cell `needed`; no line where that is not inside the gauge."""
    width = pi / seats
    gap = min(0.014, width * 0.25)
    cells = tuple(
        _sector(i * width + gap / 2, (i + 1) * width - gap / 2, GAUGE_INNER, GAUGE_OUTER) for i in range(seats)
    )
    if not 0 < needed <= seats:
        return Gauge(cells, None)
    inside, outside = _at(GAUGE_INNER - 4, needed * width), _at(GAUGE_OUTER + 7, needed * width)
    return Gauge(cells, (inside.x, inside.y, outside.x, outside.y))


def bar(counts: Sequence[int], width: float) -> tuple[Stretch, ...]:
    """The counts side by side over `width`; kinds with nothing are left out."""
    total = sum(counts)
    stretches: list[Stretch] = []
    before = 0
    for index, count in enumerate(counts):
        if count:
            x = width * before / total
            stretches.append(Stretch(index, round(x, 2), round(width * count / total, 2)))
            before += count
    return tuple(stretches)


def notch(needed: int, seats: int, width: float) -> float | None:
    """Where the threshold stands in a bar: after cell `needed`; None where that is outside."""
    return round(width * needed / seats, 2) if 0 < needed <= seats else None


def _row_choices(groups: Sequence[int]) -> range:
    largest = max(groups, default=0)
    return range(min(3, max(largest, 1)), max(4, min(13, largest + 1)))


def _step(spokes: Sequence[int]) -> float:
    """The angle of one spoke, so that all fill the half circle; few spokes are not spread beyond reason."""
    wedges = sum(1 for own in spokes if own)
    return (pi - GAP * max(wedges - 1, 0)) / max(sum(spokes), 1)


def _radii(rows: int) -> list[float]:
    if rows == 1:
        return [OUTER]
    return [OUTER - i * (OUTER - INNER) / (rows - 1) for i in range(rows)]


def _seat_size(groups: Sequence[int], rows: int) -> float:
    step = _step([ceil(group / rows) for group in groups])
    radii = _radii(rows)
    beside = 2 * radii[-1] * sin(min(step, pi / 2) / 2)
    behind = radii[0] - radii[1] if rows > 1 else LARGEST
    return min(LARGEST, 0.86 * beside, 0.86 * behind)


def _at(radius: float, angle: float) -> Place:
    return Place(round(-radius * cos(angle), 2), round(-radius * sin(angle), 2))


def _anchor(angle: float) -> str:
    if angle < pi * 0.44:
        return "end"
    return "start" if angle > pi * 0.56 else "middle"


def _sector(start: float, end: float, inner: float, outer: float) -> str:
    """A piece of a ring as an SVG path; arcs are shorter than a half circle or exactly one."""
    a, b = _at(outer, start), _at(outer, end)
    c, d = _at(inner, end), _at(inner, start)
    return (
        f"M{a.x:g} {a.y:g}A{outer:g} {outer:g} 0 0 1 {b.x:g} {b.y:g}"
        f"L{c.x:g} {c.y:g}A{inner:g} {inner:g} 0 0 0 {d.x:g} {d.y:g}Z"
    )
