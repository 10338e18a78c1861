"""Real film of the demo camera over a line that loses exactly what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

from hardware import demo_camera
from hardware.demo_camera import DemoCamera
from hardware.drawn_hall import DrawnHall, Pixels
from streaming import fmp4
from streaming.cutting import AccessUnit, Begin, Cutter
from streaming.ingest import Capture, Lost, Opened
from streaming.journal import Record
from streaming.nal import ParameterSets
from streaming.rtsp.session import Transport
from streaming.segments import Segment
from streaming.storage import RunWriter

DROPPED = {160, 175, 176, 177, 178, 179, 200, 203, 205, 207, 220, 221, 222, 250}  # 14 of the camera's RTP packets


class Grainy(DrawnHall):
    """A hall that is never still, so that each picture takes many packets."""

    def draw(self, at: datetime, frame_no: int) -> Pixels:
        picture = super().draw(at, frame_no).copy()
        grain = np.random.default_rng(frame_no % 8).integers(0, 4, picture.shape, dtype=np.uint8)
        return cv2.add(picture, grain, dst=picture)


async def received(enough: int, line: Any, transport: Transport) -> tuple[list[AccessUnit], ParameterSets | None]:
    """What a capture makes of the line until `enough` packets have gone over it, and the sets of the description."""
    capture, units, sets = Capture(line.url, "hall-1", transport), list[AccessUnit](), None
    capture.start()
    async with asyncio.timeout(20):
        while True:
            event = await asyncio.to_thread(capture.next_event, 0.1)
            if len(line.seen) >= enough:
                capture.stop()
            if isinstance(event, Opened):
                sets = event.sets
            if isinstance(event, AccessUnit):
                units.append(event)
            if isinstance(event, Lost):
                assert event.code == "stopped", event
                break
    capture.join(20)
    return units, sets


def written(units: list[AccessUnit], sets: ParameterSets | None, folder: Path, tell: Callable[[Record], None]) -> None:
    """As the recorder writes them."""
    cutter, writer = Cutter(90_000, sets), None
    for act in [act for unit in units for act in cutter.feed(unit)] + cutter.finish("stopped"):
        if isinstance(act, Begin):
            writer = RunWriter(folder, "hall-1", act, tell)
        elif writer is not None:
            writer.carry_out(act)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_14_packets_dropped_read_14_and_the_torn_pictures_are_marked(
    lines: ModuleType, tmp_path: Path, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_camera, "DrawnHall", Grainy)
    numbers = count()
    async with (
        DemoCamera(None, 0, 640, 360, 25, bit_rate=4_000_000, udp=True) as camera,
        lines.BadLine(
            camera.url, lambda _, packet: None if next(numbers) in DROPPED else packet, shuffled=True
        ).open() as line,
    ):
        units, sets = await received(400, line, transport)
    units.pop()  # the capture may have been stopped in the middle of it
    assert line.by_udp == (transport == "udp")
    assert sum(unit.lost for unit in units) == len(DROPPED) == 14
    kept = {one.timestamp for one in line.seen if one.passed}
    torn = {one.timestamp for one in line.seen if not one.passed and one.timestamp in kept}
    assert {unit.pts & 0xFFFFFFFF for unit in units if unit.damaged} == torn
    assert len(torn) >= 3
    told: list[Record] = []
    written(units, sets, tmp_path, told.append)
    segments = [record for record in told if isinstance(record, Segment)]
    assert sum(segment.packets_lost for segment in segments) == 14
    assert sum(segment.frames_damaged for segment in segments) == len(torn)
    for segment in segments:  # the file itself says so too: what is salvaged or indexed anew keeps its marks
        parts = fmp4.read_fragments((tmp_path / segment.path).read_bytes())
        assert sum(part.lost for part in parts) == segment.packets_lost
        assert sum(part.damaged for part in parts) == segment.frames_damaged
