"""Drawing in the units of a design, whatever the size of the picture. Not for more than one thread at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]  # blue, green, red
Point = tuple[float, float]
_SHIFT = 4  # OpenCV draws with this many bits after the point


def colour(web: str) -> Colour:
    """ "#1f4e79" as OpenCV has it."""
    return int(web[5:7], 16), int(web[3:5], 16), int(web[1:3], 16)


def ground(width: int, height: int, fill: Colour) -> Pixels:
    return np.full((height, width, 3), fill, np.uint8)


class Brush:
    """Draws on `picture` (BGR); all measures are in design units, `scale` pixels each."""

    def __init__(self, picture: Pixels, scale: float) -> None:
        self.picture, self.scale = picture, scale
        self._face = cv2.FontFace("sans")  # Rubik: Latin and Cyrillic

    def box(self, x: float, y: float, w: float, h: float, fill: Colour) -> None:
        left, top, right, bottom = (round(v * self.scale) for v in (x, y, x + w, y + h))
        self.picture[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = fill

    def frame(self, x: float, y: float, w: float, h: float, line: Colour, width: float) -> None:
        self.box(x - width, y - width, w + 2 * width, h + 2 * width, line)

    def polygon(self, points: Iterable[Point], fill: Colour) -> None:
        cv2.fillPoly(self.picture, [self._fixed(points)], fill, cv2.LINE_AA, _SHIFT)

    def line(self, points: Iterable[Point], stroke: Colour, width: float) -> None:
        thickness = max(1, round(width * self.scale))
        cv2.polylines(self.picture, [self._fixed(points)], False, stroke, thickness, cv2.LINE_AA, _SHIFT)

    def disc(self, x: float, y: float, r: float, fill: Colour) -> None:
        centre = self._fixed([(x, y)])[0]
        cv2.circle(self.picture, (int(centre[0]), int(centre[1])), self._length(r), fill, -1, cv2.LINE_AA, _SHIFT)

    def ring(self, x: float, y: float, r: float, stroke: Colour, width: float) -> None:
        centre, thickness = self._fixed([(x, y)])[0], max(1, round(width * self.scale))
        place = (int(centre[0]), int(centre[1]))
        cv2.circle(self.picture, place, self._length(r), stroke, thickness, cv2.LINE_AA, _SHIFT)

    def dotted_ring(self, x: float, y: float, r: float, stroke: Colour, width: float) -> None:
        for angle in np.arange(0, 2 * np.pi, np.pi / 6):
            self.disc(x + r * float(np.cos(angle)), y + r * float(np.sin(angle)), width, stroke)

    def half_disc(self, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
        """The upper half of an ellipse around (x, y)."""
        turn = np.linspace(np.pi, 2 * np.pi, 17)
        self.polygon([(x + rx * float(np.cos(a)), y + ry * float(np.sin(a))) for a in turn], fill)

    def text(
        self, x: float, y: float, text: str, size: float, ink: Colour, *, weight: int = 400, align: float = 0.0
    ) -> float:
        """One line with its baseline at y; align 0 begins at x, 0.5 is centred on it, 1 ends there. Its width."""
        wide = self.text_width(text, size, weight)
        origin = (round((x - align * wide) * self.scale), round(y * self.scale))
        cv2.putText(self.picture, text, origin, ink, self._face, self._pixels(size), weight=weight)
        return wide

    def text_width(self, text: str, size: float, weight: int = 400) -> float:
        box = cv2.getTextSize((0, 0), text, (0, 0), self._face, self._pixels(size), weight=weight)
        return float(box[0] + box[2]) / self.scale

    def lines(self, text: str, size: float, width: float) -> list[str]:
        """The text broken into lines no wider than `width` (a longer word stands alone). No small word ends a line."""
        broken = [""]
        for word in re.sub(r"(?<!\S)(\w{1,2}\.?) ", "\\1\N{NO-BREAK SPACE}", text).split(" "):
            longer = f"{broken[-1]} {word}".strip()
            if broken[-1] and self.text_width(longer, size) > width:
                broken.append(word)
            else:
                broken[-1] = longer
        return broken

    def paragraph(self, x: float, y: float, text: str, size: float, width: float, most: int, ink: Colour) -> float:
        """At most `most` lines from the baseline y down, else smaller, else cut. Returns the last baseline."""
        for smaller in (size, size * 0.875, size * 0.75):
            lines = self.lines(text, smaller, width)
            if len(lines) <= most:
                break
        else:
            lines = [*lines[: most - 1], lines[most - 1] + "…"]
        for i, line in enumerate(lines):
            self.text(x, y + i * smaller * 1.25, line, smaller, ink)
        return y + (len(lines) - 1) * smaller * 1.25

    def _fixed(self, points: Iterable[Point]) -> NDArray[np.int32]:
        return np.asarray(np.round(np.array(list(points)) * self.scale * 2**_SHIFT), np.int32)

    def _length(self, length: float) -> int:
        return max(1, int(length * self.scale * 2**_SHIFT))

    def _pixels(self, size: float) -> int:
        return max(6, int(size * self.scale + 0.5))
