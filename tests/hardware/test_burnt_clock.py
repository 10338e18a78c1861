"""The burnt-in clock is read back from pictures of every size and quality that tests see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest

from hardware import burnt_clock
from hardware.drawn_hall import DrawnHall

AT = datetime(2026, 11, 22, 12, 1, 55, 104_000, tzinfo=UTC)


def hall(width: int = 1280, height: int = 720, at: datetime = AT, frame_no: int = 4711) -> np.ndarray:
    planes = DrawnHall(width, height).draw(at, frame_no)
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420))


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (640, 360)])
def test_clock_drawn_at_any_size_is_read_back(size: tuple[int, int]) -> None:
    assert burnt_clock.read(hall(*size)) == (AT, 4711)


@pytest.mark.parametrize("width", [1920, 1000, 777, 560, 516, 360])
@pytest.mark.parametrize("way", [cv2.INTER_AREA, cv2.INTER_LINEAR])
def test_clock_in_a_screenshot_of_the_player_is_read(width: int, way: int) -> None:
    shot = cv2.resize(hall(), (width, round(width * 9 / 16)), interpolation=way)
    written, jpeg = cv2.imencode(".jpg", shot, [cv2.IMWRITE_JPEG_QUALITY, 70])
    assert written
    assert burnt_clock.read(cv2.imdecode(jpeg, cv2.IMREAD_COLOR)) == (AT, 4711)


def test_clock_cut_off_by_a_border_of_two_pixels_is_read() -> None:
    shot = cv2.resize(hall(), (560, 315), interpolation=cv2.INTER_AREA)
    assert burnt_clock.read(np.roll(shot, (1, -2), axis=(0, 1))) == (AT, 4711)


def test_clock_reads_every_bit_pattern_it_writes() -> None:
    random = np.random.default_rng(4)
    picture = np.zeros((720, 1280), np.uint8)
    for _ in range(200):
        at = AT + timedelta(milliseconds=int(random.integers(0, 10**12)))
        frame_no = int(random.integers(0, 2**22))
        burnt_clock.draw(picture, at, frame_no)
        assert burnt_clock.read(picture) == (at, frame_no)


def test_picture_without_a_clock_is_unreadable_and_never_a_wrong_time() -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        with pytest.raises(burnt_clock.Unreadable):
            burnt_clock.read(random.integers(0, 256, (315, 560, 3), np.uint8))
    with pytest.raises(burnt_clock.Unreadable):
        burnt_clock.read(np.zeros((720, 1280, 3), np.uint8))
