"""Faults of picture and sound: each told by its name, soon, and taken back; nothing told of a hall that changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hardware.drawn_hall import DrawnHall
from streaming.health import CLEAR, RAISE, Health, view
from streaming.health_sound import sound_faults
from streaming.journal import Record
from streaming.posters import REFERENCE, Posters
from streaming.segments import Run, Segment
from tests.streaming.conftest import OPENED, write_run

Pixels = NDArray[np.uint8]
WIDTH, HEIGHT = 640, 360
HALL = DrawnHall(WIDTH, HEIGHT)


def hall() -> Iterator[Pixels]:
    """A picture of every 2 s."""
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    while True:
        yield np.asarray(cv2.cvtColor(HALL.draw(at, 1), cv2.COLOR_YUV2BGR_I420), np.uint8)
        at += timedelta(seconds=2)


def shifted(picture: Pixels) -> Pixels:
    turn = np.array([[1, 0, 0.08 * WIDTH], [0, 1, 0.05 * HEIGHT]])
    return np.asarray(cv2.warpAffine(picture, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT), np.uint8)


STILL = next(hall())
RNG = np.random.default_rng(1)
SHADE = np.repeat((90 + 30 * np.linspace(0, 1, HEIGHT))[:, None, None], WIDTH, 1).repeat(3, 2).astype(np.uint8)
FAULTS: dict[str, Callable[[Pixels], Pixels]] = {
    "black": lambda p: np.asarray(cv2.convertScaleAbs(p, alpha=0.05), np.uint8),
    "over_exposed": lambda p: np.asarray(cv2.convertScaleAbs(p, alpha=6, beta=60), np.uint8),
    "covered": lambda _: SHADE + RNG.integers(0, 6, SHADE.shape, np.uint8),
    "frozen": lambda _: STILL,
    "moved": shifted,
    "wrong_view": lambda p: np.ascontiguousarray(p[::-1, ::-1]),
    "blurred": lambda p: np.asarray(cv2.GaussianBlur(p, (0, 0), 8), np.uint8),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_lasts_is_told_within_three_pictures_and_taken_back(fault: str) -> None:
    health, pictures, told = Health(), hall(), []
    for i in range(18):
        picture = next(pictures)
        health.see(view(FAULTS[fault](picture) if 6 <= i < 12 else picture))
        told.append(health.faults)
    assert told[:7] == [()] * 7
    assert told[6 + RAISE - 1] == (fault,)
    assert all(fault in faults for faults in told[8:12])
    assert told[12 + CLEAR :] == [()] * (6 - CLEAR)


def test_other_light_and_people_before_the_camera_are_no_fault() -> None:
    health, pictures = Health(), hall()
    for i in range(20):
        picture = next(pictures).copy()
        if i > 8:
            picture = np.asarray(cv2.convertScaleAbs(picture, alpha=0.6), np.uint8)
        if i > 12:
            cv2.rectangle(picture, (40 * i, 60), (40 * i - 200, HEIGHT), (40, 30, 20), -1)
        health.see(view(picture))
        assert health.faults == ()


def test_a_look_that_comes_and_goes_is_no_alarm() -> None:
    health, pictures = Health(), hall()
    for i in range(12):
        health.see(view(FAULTS["black"](next(pictures)) if i % 3 else next(pictures)))
        assert health.faults == ()


TONE = (0.1 * np.sin(np.arange(16_000) * 0.1)).astype(np.float32)


@pytest.mark.parametrize(
    ("samples", "faults"),
    [
        (np.stack([TONE, TONE * 0.5]), set()),
        (TONE[None] * 0.02, set()),  # a quiet hall
        (np.zeros((2, 16_000), np.float32), {"sound_silent"}),
        (np.zeros((1, 0), np.float32), {"sound_silent"}),
        (np.full((1, 16_000), 0.5, np.float32), {"sound_silent"}),  # a constant is no sound
        (np.clip(TONE[None] * 40, -1, 1), {"sound_clipping"}),
        (np.stack([TONE, TONE * 0.001]), {"sound_unbalanced"}),
    ],
)
def test_sound_is_judged_by_its_levels(samples: Any, faults: set[str]) -> None:
    assert sound_faults(samples) == faults


def looked_at(posters: Posters, told: list[Record], folder: Path) -> None:
    [run] = [record for record in told if isinstance(record, Run)]
    segments = [record for record in told if isinstance(record, Segment)]
    for segment in segments:
        posters.ask(run.init_path, segment.path, str(segment.poster_path))
    until = time.monotonic() + 20
    while not (folder / str(segments[-1].poster_path)).exists():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_recorded_segments_are_examined_as_posters_are_made(tmp_path: Path) -> None:
    """The tests' film is flat and grey, not the hall that the first camera should show; the second learns it."""
    reference = tmp_path / "hall-1" / REFERENCE
    reference.parent.mkdir()
    cv2.imwrite(str(reference), view(STILL).grey)
    posters = Posters(tmp_path)
    posters.start()
    try:
        looked_at(posters, write_run(tmp_path, "hall-1", OPENED, count=200, sound="aac"), tmp_path)
        looked_at(posters, write_run(tmp_path, "hall-2", OPENED, count=200, sound="g711"), tmp_path)
    finally:
        posters.stop()
        posters.join(20)
    assert posters.fault("hall-1") == "covered"
    assert posters.fault("hall-2") == posters.fault("absent") == ""


def test_a_damaged_file_of_one_camera_costs_its_posters_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = [write_run(tmp_path, f"hall-{n}", OPENED, count=10)[:2] for n in (1, 2, 3)]
    (run, segment), (good, whole), (broken, lost) = made
    init = tmp_path / run.init_path
    init.write_bytes(init.read_bytes().replace(b"avc1", b"xvc1"))
    posters = Posters(tmp_path)
    posters.start()
    make = posters._make

    def failing(folder: Path, *rest: Any) -> None:
        if folder.name == "hall-3":
            raise LookupError("nobody foresaw this")
        make(folder, *rest)

    monkeypatch.setattr(posters, "_make", failing)
    for of, one in ((run, segment), (broken, lost), (good, whole)):
        posters.ask(of.init_path, one.path, one.poster_path)
    until = time.monotonic() + 20
    while not (tmp_path / whole.poster_path).exists():
        assert posters.is_alive() and time.monotonic() < until
        time.sleep(0.02)
    posters.stop()
    posters.join(10)
    assert not (tmp_path / segment.poster_path).exists()


def test_the_reference_view_outlives_the_recorder_and_is_learnt_anew_when_taken_away(tmp_path: Path) -> None:
    folder, pictures = tmp_path / "hall-1", hall()
    folder.mkdir()
    first = Posters(tmp_path)
    for _ in range(4):
        first._examine(folder, view(next(pictures)), None)
    known = (folder / REFERENCE).read_bytes()
    second = Posters(tmp_path)
    for _ in range(RAISE):
        second._examine(folder, view(shifted(next(pictures))), None)
    assert second.fault("hall-1") == "moved"
    assert (folder / REFERENCE).read_bytes() == known
    (folder / REFERENCE).unlink()
    for _ in range(8):
        second._examine(folder, view(shifted(next(pictures))), None)
    assert second.fault("hall-1") == ""
    assert (folder / REFERENCE).read_bytes() != known
