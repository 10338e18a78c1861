"""The picture of the demo camera: a council hall with its wall screen, its people and a burnt-in clock.

Layers, each redrawn only when it changes: the room (once), the rows of desks (when someone comes, goes or votes), the
wall screen (each second and with each state), the clock (each picture). What changed is converted and laid over the
planes that the encoder takes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

import cv2
import numpy as np

from council.state_parts import SeatView
from hardware import burnt_clock, wall_screen
from hardware.brush import Brush, Pixels, colour, ground
from hardware.wall_screen import Shown

WALL, SEAM, FLOOR, CARPET = colour("#3a3f49"), colour("#333841"), colour("#34383a"), colour("#523138")
FRAME, POLE, SKIN, SHOULDERS = colour("#5a606c"), colour("#9098a0"), colour("#b39c88"), colour("#22262e")
DESK, DESK_TOP, FRONT = colour("#7b5f46"), colour("#8f7054"), colour("#14161a")
WOOD, WOOD_TOP, HAIR = colour("#5f4937"), colour("#7d6048"), colour("#4a3d36")
SUITS = (colour("#28303d"), colour("#1d222b"), colour("#24282f"), colour("#2c2f3a"))
LIT, UNLIT = colour("#8fb8e8"), colour("#3a3a3a")
_SCREEN = (352, 16, 576)  # x, y, width; of a picture 1280 wide
_ROWS_TOP = 506
_ROWS = ((540, 60), (583, 70), (632, 84), (688, 100))  # far to near: the desk's upper edge, its width
_NOBODY = 37  # desks drawn before a sitting is known


class DrawnHall:
    """`show` may be called from another thread than `draw`."""

    def __init__(self, width: int, height: int, lang: str = "uk") -> None:
        self._width, self._height, self._lang = width, height, lang
        self._scale = width / 1280
        self._shown = Shown(None)  # replaced whole
        self._room = _room(width, height, self._scale)
        self._flat = np.empty(width * height * 3 // 2, np.uint8)
        self._lay(self._room, 0, 0)
        self._seats: tuple[SeatView, ...] | None = None
        self._screen_key: tuple[object, ...] = ()

    def show(self, shown: Shown) -> None:
        self._shown = shown

    def draw(self, at: datetime, frame_no: int) -> Pixels:
        """The picture taken at `at` (UTC): I420 planes, shape (height * 3 / 2, width). Good until the next call."""
        shown = self._shown
        seats = shown.state.seats if shown.state is not None else ()
        if seats != self._seats:
            self._seats = seats
            top = _even(_ROWS_TOP * self._scale)
            self._lay(_rows(self._room, self._scale, seats)[top:], 0, top)
        key = wall_screen.key(shown, at)
        if key != self._screen_key:
            self._screen_key = key
            x, y, width = (_even(value * self._scale) for value in _SCREEN)
            screen = wall_screen.draw(shown, at, width, self._lang)
            self._lay(screen[: screen.shape[0] // 2 * 2], x, y)
        burnt_clock.draw(self._flat[: self._width * self._height].reshape(self._height, self._width), at, frame_no)
        return self._flat.reshape(self._height * 3 // 2, self._width)

    def _lay(self, patch: Pixels, x: int, y: int) -> None:
        """Put a BGR patch (even sizes) at an even place."""
        height, width = patch.shape[:2]
        planes = np.asarray(cv2.cvtColor(np.ascontiguousarray(patch), cv2.COLOR_BGR2YUV_I420), np.uint8).reshape(-1)
        size, whole = width * height, self._width * self._height
        luma = self._flat[:whole].reshape(self._height, self._width)
        luma[y : y + height, x : x + width] = planes[:size].reshape(height, width)
        for i in range(2):
            chroma = self._flat[whole + i * whole // 4 :][: whole // 4].reshape(self._height // 2, self._width // 2)
            piece = planes[size + i * size // 4 :][: size // 4].reshape(height // 2, width // 2)
            chroma[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2] = piece


def _room(width: int, height: int, scale: float) -> Pixels:
    """What never changes."""
    brush = Brush(ground(width, height, WALL), scale)
    for x in range(80, 1280, 80):
        brush.box(x - 1.5, 0, 3, 400, SEAM)
    brush.box(0, 396, 1280, 330, FLOOR)
    brush.polygon([(590, 500), (690, 500), (765, 724), (515, 724)], CARPET)
    for pole, side, stripes in ((212, 1, ("#3f6fa8", "#cbb04c")), (1064, -1, ("#55748f", "#55748f"))):
        brush.box(pole, 104, 6, 300, POLE)
        for i, stripe in enumerate(stripes):
            brush.box(pole + 6 if side > 0 else pole - 96, 110 + 42 * i, 96, 42, colour(stripe))
    x, y, w = _SCREEN
    brush.frame(x, y, w, w * 9 / 16, FRAME, 4)
    for x in (540, 640, 740):
        brush.disc(x, 372, 18, SKIN)
        brush.half_disc(x, 414, 30, 22, SHOULDERS)
    brush.box(376, 405, 528, 14, DESK_TOP)
    brush.box(388, 419, 504, 89, DESK)
    x, y, w, h = burnt_clock.BOX
    brush.box(x - 4, y - 4, w + 8, h + 8, FRONT)
    return brush.picture


def _rows(room: Pixels, scale: float, seats: Sequence[SeatView]) -> Pixels:
    """The room with its desks: who is present sits there; a desk's lamp is lit when its press is on disk, not how."""
    brush = Brush(room.copy(), scale)
    ordered = sorted(seats, key=lambda seat: seat.desk_no)
    for i, (x, y, w) in enumerate(_places(len(ordered) or _NOBODY)):
        seat = ordered[i] if ordered else None
        if seat is not None and seat.present:
            brush.half_disc(x + w / 2, y + w * 0.04, w * 0.29, w * 0.3, SUITS[i % len(SUITS)])
            brush.disc(x + w / 2, y - w * 0.36, w * 0.17, HAIR)
        brush.box(x, y, w, w * 0.08, WOOD_TOP)
        brush.box(x + w * 0.02, y + w * 0.08, w * 0.96, w * 0.3, WOOD)
        if seat is not None and not seat.no_record:
            brush.box(x + w * 0.42, y + w * 0.15, w * 0.16, w * 0.1, LIT if seat.voted else UNLIT)
    return brush.picture


def _places(count: int) -> list[tuple[float, float, float]]:
    """Each desk's left edge, upper edge and width: far rows first, left to right, an aisle in the middle."""
    per_side = math.ceil(count / 2)
    used = min(len(_ROWS), math.ceil(per_side / 3))
    rows = _ROWS[(len(_ROWS) - used) // 2 :][:used]
    places: list[tuple[float, float, float]] = []
    for i, (y, usual) in enumerate(rows):
        seats = per_side // used + (1 if i < per_side % used else 0)
        aisle = 70 + (y - 500) * 0.35
        width = min(usual, (630 - aisle) / max(1, seats) * 0.9)
        pitch = width / 0.9
        left = [(640 - aisle - (k + 1) * pitch, y, width) for k in range(seats)]
        places += left[::-1] + [(640 + aisle + k * pitch, y, width) for k in range(seats)]
    return places[:count]


def _even(value: float) -> int:
    return round(value / 2) * 2
