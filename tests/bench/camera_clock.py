"""The camera's clock: how far from the truth is the wall time of a frame, over ten minutes, with a clock that is wrong?

    python tests/bench/camera_clock.py [--minutes 10] [--error 1.5] [--ppm 100]

Two demo cameras (hardware/, 640x360, 25 pictures a second) are recorded side by side (streaming/). The crystal of both
runs fast by PPM, so that their RTP time drifts; the sender reports of the first tell the right time all the same, those
of the second are off by ERROR seconds and drift away. On the wall a display opens a vote every 40 s and closes it 10 s
later, with the hall's codes. The judge is the time and the number burnt into each picture.

Told for each camera: the frame's true time less the run's, for a picture a second; the same after it was measured by
the codes, and what is then said of it; of 100 moments at random, how many links open at the very picture that was taken
then. Run on demand; nothing here is a test.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import children
import cv2

from hardware import burnt_clock, demo_camera
from hardware.demo_camera import DemoCamera
from hardware.film import MediaClock
from hardware.rtp import CLOCK_HZ
from streaming import display_code
from streaming.filming import CameraSource, CameraThread
from streaming.measured import Measured, Reading, measured
from streaming.segments import MICROSECOND, Run, RunEnd, Segment
from streaming.timeline import locate

WALL = Path(__file__).parents[1] / "coded_wall.py"
FPS = 25
EVERY_S, OPEN_S = 40.0, 10.0
LINKS = 100
SHORT = 10  # segments
SECOND = timedelta(seconds=1)


def load_wall() -> Any:
    spec = importlib.util.spec_from_file_location("coded_wall", WALL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def drifting(ppm: float) -> type[MediaClock]:
    class Drifting(MediaClock):
        def rtp(self, monotonic_ns: int, hz: int = CLOCK_HZ) -> int:
            fast = (monotonic_ns - self._start_ns) * ppm / 1e6
            return super().rtp(monotonic_ns + int(fast), hz)

    return Drifting


async def film(cameras: dict[str, DemoCamera], folder: Path, options: argparse.Namespace) -> tuple[Any, list[datetime]]:
    """What each camera's recorder told, and when codes were shown."""
    told: dict[str, list[Any]] = {name: [] for name in cameras}
    threads = [
        CameraThread(CameraSource(name, camera.url), folder, told[name].append, None)
        for name, camera in cameras.items()
    ]
    cameras["wrong"].clock_error_seconds = options.error
    for thread in threads:
        thread.start()
    wall, codes, began = load_wall(), list[datetime](), time.monotonic()
    await asyncio.sleep(5)
    while (elapsed := time.monotonic() - began) < options.minutes * 60:
        state = "open" if len(codes) % 2 == 0 else "closed"
        codes.append(datetime.now(UTC))
        for camera in cameras.values():
            camera._hall.show(wall.shown(state, len(codes), codes[-1]))
        until = time.monotonic() + (OPEN_S if state == "open" else EVERY_S - OPEN_S)
        while time.monotonic() < until:
            wrong = options.error + options.ppm / 1e6 * (time.monotonic() - began)
            cameras["wrong"].clock_error_seconds = wrong
            await asyncio.sleep(0.5)
        print(f"  {elapsed:4.0f} s, {len(codes)} codes", file=sys.stderr, flush=True)
    for thread in threads:
        thread.stop()
    for thread in threads:
        await asyncio.to_thread(thread.join)
        thread.close()
    return told, codes


Frame = tuple[datetime, datetime, int]  # when it was taken by the run's clock, by what is burnt in, and its number


def frames(folder: Path, run: Run, segment: Segment) -> list[Frame]:
    init = (folder / run.init_path).read_bytes()
    return [(at, *burnt_clock.read(picture)) for at, picture in display_code.pictures(folder, init, segment, "DEFAULT")]


def read_codes(folder: Path, run: Run, segments: list[Segment], codes: list[datetime]) -> list[Reading]:
    """As the recorder does."""
    found = []
    for at in codes:
        around = [s for s in segments if at - 5 * SECOND < s.ended_at and s.started_at < at + 6 * SECOND]
        found.append(display_code.read(folder, run, around, at - SECOND, at + 5 * SECOND))
    return [reading for reading in found if reading is not None]


def ms(values: list[timedelta]) -> str:
    told = sorted(value / timedelta(milliseconds=1) for value in values)
    worst = max(told, key=abs)
    return f"median {statistics.median(told):+.2f} ms, from {told[0]:+.2f} to {told[-1]:+.2f}, worst {worst:+.2f} ms"


def links(folder: Path, run: Run, segments: list[Segment], moved: timedelta) -> tuple[int, int]:
    """Of LINKS moments: how many open at the very picture, and by how many pictures the worst is beside it."""
    right, worst = 0, 0
    chance = random.Random(3)
    for _ in range(LINKS):
        about = chance.choice(segments[2:-2])
        known = sorted(
            (frame for s in segments if abs(s.n - about.n) <= 1 for frame in frames(folder, run, s)),
            key=lambda frame: frame[2],
        )
        middle = known[len(known) // 3 : -len(known) // 3]
        (_, burnt, number), _ = chance.choice(list(pairwise(middle)))
        at = burnt + timedelta(milliseconds=chance.uniform(2, 1000 / FPS - 2))
        segment, offset = locate(segments, at - moved)
        place = segment.started_at + timedelta(milliseconds=offset)
        shown = [frame[2] for frame in known if frame[0] <= place + timedelta(microseconds=500)][-1]
        right += shown == number
        worst = max(worst, abs(shown - number))
    return right, worst


def judge(name: str, folder: Path, told: list[Any], codes: list[datetime]) -> None:
    ends = {record.run_id: record.end_reason for record in told if isinstance(record, RunEnd)}
    for run in [record for record in told if isinstance(record, Run)]:
        judge_run(f"{name}, run ended: {ends.get(run.id)}", folder, told, codes, run)


def judge_run(name: str, folder: Path, told: list[Any], codes: list[datetime], run: Run) -> None:
    segments = [record for record in told if isinstance(record, Segment) and record.run_id == run.id]
    if len(segments) < SHORT:
        print(f"{name}: {len(segments)} segments, too short to judge")
        return
    readings = read_codes(folder, run, segments, codes)
    found = measured(readings, run.clock) or Measured(0, 0)
    moved = found.moved_us * MICROSECOND
    seen = [frames(folder, run, segment) for segment in segments]
    numbers = [number for segment in seen for _, _, number in segment]
    off = [burnt - at for segment in seen for at, burnt, _ in segment[::FPS]]
    span = (segments[-1].ended_at - segments[0].started_at).total_seconds()
    missing = numbers[-1] - numbers[0] + 1 - len(numbers)
    print(f"{name}: clock {run.clock}, {span:.0f} s, {len(numbers)} frames, {missing} missing; "
          f"{len(readings)} of {len(codes)} codes read")  # fmt: skip
    print(f"  true time less the run's: {ms(off)}")
    if readings:
        print(f"  measured: moved by {found.moved_us / 1000:+.1f} ms, ±{found.within_us / 1000:.1f} ms; "
              f"then {ms([value - moved for value in off])}")  # fmt: skip
        few = [measured(readings[:count], run.clock) for count in (2, 4, 8)]
        print(f"  ± after 1, 2, 4 votes: {', '.join(f'{one.within_us / 1000:.0f}' if one else '-' for one in few)} ms")
    right, worst = links(folder, run, segments, moved)
    print(f"  links: {right} of {LINKS} at the very picture, the worst {worst} beside it", flush=True)


async def measure(folder: Path, options: argparse.Namespace) -> None:
    demo_camera.MediaClock = drifting(options.ppm)  # type: ignore[attr-defined]
    async with DemoCamera(None, 0, 640, 360, FPS) as right, DemoCamera(None, 0, 640, 360, FPS) as wrong:
        told, codes = await film({"right": right, "wrong": wrong}, folder, options)
    judge(f"reports right, crystal {options.ppm:g} ppm fast", folder, told["right"], codes)
    judge(f"reports {options.error:g} s off, drifting {options.ppm:g} ppm", folder, told["wrong"], codes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--error", type=float, default=1.5, help="seconds")
    parser.add_argument("--ppm", type=float, default=100.0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix="hlasno-bench-") as name:
        asyncio.run(measure(Path(name), options))


if __name__ == "__main__":
    children.run(main)
