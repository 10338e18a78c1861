"""From a moment to the frame: the demo camera's burnt-in clock is the judge."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest

from hardware import burnt_clock
from hardware.demo_camera import DemoCamera
from streaming.filming import CameraSource, CameraThread
from streaming.journal import Record
from streaming.segments import Run, Segment
from streaming.timeline import locate, manifest

FPS = 25


def frames(folder: Path, run: Run, segments: list[Segment]) -> list[tuple[int, datetime, int]]:
    """Of a recorded run: media time in ms, rounded, and what is burnt in: the time and the frame's number."""
    data = (folder / run.init_path).read_bytes() + b"".join((folder / s.path).read_bytes() for s in segments)
    with av.open(BytesIO(data), "r", format="mp4") as container:
        pictures = [(frame.pts, frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]
    return [(round(pts * 1000 / run.timescale), *burnt_clock.read(picture)) for pts, picture in pictures]


@pytest.mark.parametrize(("error", "rtp_start"), [(0.0, 0), (1.5, 0), (0.0, 2**32 - 5 * 90_000)])
async def test_a_moment_is_found_to_the_frame(tmp_path: Path, error: float, rtp_start: int) -> None:
    """error: seconds the camera's clock is ahead; then its report is not believed and the arrival counts. The third
    camera's RTP time wraps in the middle."""
    told: list[Record] = []
    async with DemoCamera(None, 0, 640, 360, FPS, rtp_start=rtp_start) as camera:
        camera.clock_error_seconds = error
        thread = CameraThread(CameraSource("hall-1", camera.url), tmp_path, told.append, None)
        thread.start()
        await asyncio.sleep(6)
        thread.stop()
        await asyncio.to_thread(thread.join)
        thread.close()
    runs: list[Any] = [record for record in told if isinstance(record, Run)]
    [run] = runs
    segments = [record for record in told if isinstance(record, Segment)]
    assert run.clock == ("arrival" if error else "sender_report")
    film = frames(tmp_path, run, segments)
    assert [number for *_, number in film] == list(range(film[0][2], film[0][2] + len(film))), "every frame, in order"
    entries = {e["url"]: e for e in manifest("s", "hall-1", [run], segments, live=False)["segments"]}
    starts = [media for media, *_ in film]
    worst = 0.0
    for media, burnt, _ in film[2:-5]:
        for at in (burnt + timedelta(milliseconds=1), burnt + timedelta(milliseconds=1000 / FPS - 2)):
            segment, offset = locate(segments, at)
            place = entries[f"/video/{run.id}/{segment.n}.m4s"]["media_start_ms"] + offset
            if not error:
                assert starts[bisect_right(starts, place) - 1] == media, "the very frame that was taken then"
            worst = max(worst, abs(place - media) - 1000 / FPS)
    assert worst < (1 if not error else 100)
