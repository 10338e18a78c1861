"""Sheets of small pictures: a hundred posters of a recording as one JPEG, for looking along its time line.

A picture a segment, 160 by 90, ten in a row, in the order of the recording; black where there is no poster. Some 0.2 s
a sheet: call it from a thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT = 160, 90
COLUMNS, COUNT = 10, 100
QUALITY = 70


def sheet(recordings: Path, posters: Sequence[str | None]) -> bytes:
    """posters: paths below the recordings folder, at most COUNT; None: there is none."""
    rows = -(-len(posters) // COLUMNS)
    whole = np.zeros((rows * HEIGHT, COLUMNS * WIDTH, 3), np.uint8)
    inside = recordings.resolve()
    for n, name in enumerate(posters):
        if name is None or (picture := _small(inside, name)) is None:
            continue
        top, left = n // COLUMNS * HEIGHT, n % COLUMNS * WIDTH
        whole[top : top + HEIGHT, left : left + WIDTH] = picture
    made, data = cv2.imencode(".jpg", whole, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not made:
        raise ValueError("no JPEG can be made of the pictures")
    return data.tobytes()


def _small(recordings: Path, name: str) -> np.ndarray | None:
    path = (recordings / name).resolve()
    if not path.is_relative_to(recordings) or not path.is_file():
        return None  # not made yet, or never
    data = np.frombuffer(path.read_bytes(), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_REDUCED_COLOR_4) if data.size else None
    return None if picture is None else cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
