"""The picture of the demo camera: a drawn council hall. Plain for now."""

from __future__ import annotations

from datetime import datetime

import cv2
import numpy as np

from hardware import burnt_clock
from hardware.film import Luma


class DrawnHall:
    def __init__(self, width: int, height: int) -> None:
        self._height = height
        ground = np.full((height, width, 3), (73, 63, 58), np.uint8)
        self._planes: Luma = np.asarray(cv2.cvtColor(ground, cv2.COLOR_BGR2YUV_I420), np.uint8)

    def draw(self, at: datetime, frame_no: int) -> Luma:
        burnt_clock.draw(self._planes[: self._height], at, frame_no)
        return self._planes
