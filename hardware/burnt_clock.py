"""The clock burnt into the demo camera's picture: digits for people, a bar of cells for programs.

The bar has 2 rows of 40 cells, white for 1: 42 bits milliseconds since 1970, 22 bits frame number (modulo 2**22), 16
bits CRC. It lies at the same fractions of the width and height at every picture size and is read down to a picture
360 px wide."""

from __future__ import annotations

import binascii
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]

# Of a picture 1280 px wide and 720 px high:
BOX = (400, 424, 480, 80)  # x, y, width, height
_CELL = 12
_ROWS, _COLUMNS = 2, 40
_BAR = (400, 424 + 80 - 2 * _CELL)
_TIME_BITS, _NUMBER_BITS, _CHECK_BITS = 42, 22, 16
_DARK, _LIGHT = 20, 232  # luma, limited range
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unreadable(ValueError):
    """The picture does not show the clock, or not well enough."""


def draw(picture: Pixels, at: datetime, frame_no: int) -> None:
    """Burn the clock into a luma plane, shape (height, width), or a BGR picture, shape (height, width, 3)."""
    height, width = picture.shape[:2]
    scale_x, scale_y = width / 1280, height / 720
    at_ms = (at - _EPOCH) // timedelta(milliseconds=1)
    x, y, w, h = BOX
    left, top, right, bottom = _edges(x, y, w, h, scale_x, scale_y)
    patch = np.full((bottom - top, right - left), _DARK, np.uint8)
    line = at.astimezone(UTC).strftime("%H:%M:%S.") + f"{at_ms % 1000:03d}"
    pitch = 27 * scale_x
    for i, character in enumerate(line):
        _blit(patch, _glyph(character, round(46 * scale_y), round(pitch)), round(6 * scale_x + i * pitch), 4 * scale_y)
    small = 11 * scale_x
    for row, text in enumerate(("UTC", f"#{frame_no:08d}")):
        for i, character in enumerate(text):
            glyph = _glyph(character, round(18 * scale_y), round(small + 3 * scale_x))
            _blit(patch, glyph, round(342 * scale_x + i * (small + 3 * scale_x)), (5 + 23 * row) * scale_y)
    for (row, column), bit in zip(product(range(_ROWS), range(_COLUMNS)), _bits(at_ms, frame_no), strict=True):
        cell_x, cell_y = _BAR[0] + column * _CELL, _BAR[1] + row * _CELL
        x0, y0, x1, y1 = _edges(cell_x, cell_y, _CELL, _CELL, scale_x, scale_y)
        patch[y0 - top : y1 - top, x0 - left : x1 - left] = _LIGHT if bit else _DARK
    picture[top:bottom, left:right] = patch if picture.ndim == 2 else patch[:, :, None]


def read(frame: Pixels) -> tuple[datetime, int]:
    """The time and the frame number burnt into a whole picture of any size, BGR(A) or grey. Raises Unreadable.

    A picture shifted or cut by up to 2 px is read too."""
    grey = frame if frame.ndim == 2 else frame[:, :, :3].astype(np.uint16).sum(axis=2).astype(np.float32) / 3
    height, width = grey.shape
    scale_x, scale_y = width / 1280, height / 720
    for dy, dx in sorted(product(range(-2, 3), repeat=2), key=lambda shift: abs(shift[0]) + abs(shift[1])):
        means = _cell_means(grey, scale_x, scale_y, dx, dy)
        if means is None or means.max() - means.min() < 60:
            continue
        bits = "".join("1" if mean > (means.max() + means.min()) / 2 else "0" for mean in means.flat)
        payload, check = int(bits[:-_CHECK_BITS], 2), int(bits[-_CHECK_BITS:], 2)
        if check == _check(payload):
            at_ms, frame_no = payload >> _NUMBER_BITS, payload & (2**_NUMBER_BITS - 1)
            return _EPOCH + timedelta(milliseconds=at_ms), frame_no
    raise Unreadable(f"no clock can be read in a picture of {width}x{height}")


def _cell_means(grey: NDArray[np.generic], scale_x: float, scale_y: float, dx: int, dy: int) -> Floats | None:
    """The brightness of the middle of each cell; None where the shifted bar leaves the picture."""
    means = np.empty((_ROWS, _COLUMNS))
    for row, column in product(range(_ROWS), range(_COLUMNS)):
        x = _BAR[0] + column * _CELL + 0.3 * _CELL
        y = _BAR[1] + row * _CELL + 0.3 * _CELL
        x0, y0 = round(x * scale_x) + dx, round(y * scale_y) + dy
        x1 = max(x0 + 1, round((x + 0.4 * _CELL) * scale_x) + dx)
        y1 = max(y0 + 1, round((y + 0.4 * _CELL) * scale_y) + dy)
        if x0 < 0 or y0 < 0 or x1 > grey.shape[1] or y1 > grey.shape[0]:
            return None
        means[row, column] = grey[y0:y1, x0:x1].astype(np.float64).mean()
    return means


def _check(payload: int) -> int:
    return binascii.crc_hqx(payload.to_bytes((_TIME_BITS + _NUMBER_BITS) // 8, "big"), 0xFFFF)


def _bits(at_ms: int, frame_no: int) -> list[bool]:
    payload = at_ms << _NUMBER_BITS | frame_no % 2**_NUMBER_BITS
    word = payload << _CHECK_BITS | _check(payload)
    return [bit == "1" for bit in f"{word:0{_TIME_BITS + _NUMBER_BITS + _CHECK_BITS}b}"]


def _edges(x: int, y: int, w: int, h: int, scale_x: float, scale_y: float) -> tuple[int, int, int, int]:
    return round(x * scale_x), round(y * scale_y), round((x + w) * scale_x), round((y + h) * scale_y)


def _blit(patch: Pixels, glyph: Pixels, x: int, y: float) -> None:
    top = round(y)
    room = patch[top : top + glyph.shape[0], x : x + glyph.shape[1]]
    room[:] = glyph[: room.shape[0], : room.shape[1]]


@cache
def _glyph(character: str, height: int, width: int) -> Pixels:
    """A light character in the middle of a dark box."""
    box = np.full((height, width), _DARK, np.uint8)
    face, size = cv2.FontFace("sans"), round(height * 0.95)
    (left, _, ink, _) = cv2.getTextSize((0, 0), character, (0, 0), face, size, weight=600)
    origin = (round((width - ink) / 2 - left), round(height * 0.82))
    cv2.putText(box, character, origin, (_LIGHT,), face, size, weight=600)
    return box
