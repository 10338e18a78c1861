"""Recording: what one 1080p25 camera costs, and whether the hall feels it.

    python tests/bench/recording.py [--seconds 12] [--turns 10] [--turn-seconds 6] [--bit-rate 4000000]

The demo camera (hardware/, with grain), the recorder (streaming/, with hashes, fsync, posters and a real database), a
bare remux of the same stream by libav to one file, the hall, PostgreSQL and the terminals each run in a process of
their own.

CPU is what the kernel counted for the recorder between two instants, as a share of one core; beside it the remux's.
Press latency: 37 desks press twice a second each, at moments of their own; by turns the camera is recorded and is not.
A bystander watches the camera all along, because one that nobody watches draws nothing: so the camera costs the same in
both turns and only the recorder differs. Figures: the median over the turns of each turn's p50 and p99 from press to
receipt, and the median of the ratios of neighbouring turns (asked for: p99 at most 1.2). Run on demand; nothing here is
a test.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path

import av
import cv2
import numpy as np
from children import end, furnished, process_cpu, run, start, voting_hall
from terminals import Terminals

from hardware import demo_camera
from hardware.drawn_hall import DrawnHall, Pixels
from sql.database import Database
from sql.embedded import Embedded
from streaming.filming import CameraSource
from streaming.recorder import record

WARM_UP_S = 4.0
DESKS = 37
RATE = 2.0  # presses a second and desk
RTSP = {"rtsp_transport": "tcp"}
CAMERA = "hall-1"


# --- what runs in processes of their own ------------------------------------------------------------------------------


async def record_until_told(url: str, recordings: str, database_url: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await record([CameraSource(CAMERA, url)], Path(recordings), Database(database_url, "record"), stop)


def remux(url: str, path: str) -> None:
    movflags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(url, options=RTSP) as camera, av.open(path, "w", format="mp4", options=movflags) as file:
        video = camera.streams.video[0]
        copy = file.add_stream_from_template(video)
        for packet in camera.demux(video):
            if packet.dts is not None:
                packet.stream = copy
                file.mux(packet)


def watch(url: str) -> None:
    with av.open(url, options=RTSP) as camera:
        for _ in camera.demux(camera.streams.video[0]):
            pass


def film(bit_rate: str) -> None:
    """The demo camera with grain: the drawn hall is so still that its encoder would not use the bits of a real one."""
    cv2.setNumThreads(1)
    noise = np.random.default_rng(1).integers(0, 4, (8, 1080, 1920), dtype=np.uint8)

    class Grainy(DrawnHall):
        def draw(self, at: datetime, frame_no: int) -> Pixels:
            picture = super().draw(at, frame_no).copy()
            cv2.add(picture[:1080], noise[frame_no % 8], dst=picture[:1080])
            return picture

    demo_camera.DrawnHall = Grainy
    demo_camera.main(["--size", "1920x1080", "--fps", "25", "--port", "0", "--bit-rate", bit_rate])


# --- the run ----------------------------------------------------------------------------------------------------------


@contextmanager
def child(*command: object) -> Iterator[subprocess.Popen[str]]:
    process = start(*command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        end(process)


def share(pid: int, seconds: float) -> float:
    """Of one core, over so many seconds."""
    time.sleep(WARM_UP_S)
    before, began = process_cpu(pid), time.monotonic()
    time.sleep(seconds)
    return (process_cpu(pid) - before) / (time.monotonic() - began)


def quantiles(turns: list[list[float]], percent: int) -> list[float]:
    """Of each turn."""
    return [statistics.quantiles(times, n=100)[percent - 1] for times in turns]


async def press_latencies(
    server: Embedded, recorder: list[object], turns: int, seconds: float
) -> dict[bool, list[list[float]]]:
    """ms from press to receipt, turn by turn: without recording, and with."""
    times: dict[bool, list[list[float]]] = {False: [], True: []}
    async with voting_hall(server, DESKS, CAMERA) as (port, _):
        with Terminals(port, DESKS) as desks:
            await desks.ready()
            await desks.pace(WARM_UP_S, RATE)
            for turn in range(turns):
                for recorded in (False, True) if turn % 2 == 0 else (True, False):
                    with child(*recorder) if recorded else nullcontext():
                        await asyncio.sleep(WARM_UP_S)
                        times[recorded].append(await desks.pace(seconds, RATE))
    return times


def measure(folder: Path, server: Embedded, options: argparse.Namespace) -> None:
    asyncio.run(furnished(server, DESKS))
    with child(__file__, "--film", options.bit_rate) as camera:
        assert camera.stdout is not None
        url = camera.stdout.readline().strip()
        recorder = [__file__, "--record", url, folder / "recordings", server.url("record")]
        with child(__file__, "--remux", url, folder / "remux.mp4") as remuxer:
            bare = share(remuxer.pid, options.seconds)
        with child(*recorder) as recording:
            used = share(recording.pid, options.seconds)
        segments = list((folder / "recordings").rglob("*.m4s"))
        bits = sum(path.stat().st_size for path in segments) * 8 / (options.seconds + WARM_UP_S)
        print(f"recorder of one 1080p25 camera ({bits / 1e6:.1f} Mbit/s): {used:.3f} of a core")
        print(f"bare remux by libav: {bare:.3f} of a core; ratio {used / bare:.2f}", flush=True)
        with child(__file__, "--watch", url):
            times = asyncio.run(press_latencies(server, recorder, options.turns, options.turn_seconds))
    print(f"{DESKS} desks, {RATE:.0f} presses a second each, {options.turns} turns, "
          f"{sum(map(len, times[True]))} presses with recording:")  # fmt: skip
    for percent, asked in ((50, ""), (99, " (asked for: at most 1.20)")):
        without, with_ = quantiles(times[False], percent), quantiles(times[True], percent)
        ratio = statistics.median(b / a for a, b in zip(without, with_, strict=True))
        print(f"press p{percent}: {statistics.median(without):.2f} ms without, {statistics.median(with_):.2f} ms with; "
              f"ratio of neighbouring turns {ratio:.2f}{asked}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=12.0, help="of each CPU measurement")
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--turn-seconds", type=float, default=6.0)
    parser.add_argument("--bit-rate", type=int, default=4_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hlasno-bench-") as name, Embedded(Path(name) / "pg") as server:
        measure(Path(name), server, options)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--record", url, recordings, database_url]:
            asyncio.run(record_until_told(url, recordings, database_url))
        case ["--film", bit_rate]:
            film(bit_rate)
        case ["--remux", url, path]:
            remux(url, path)
        case ["--watch", url]:
            watch(url)
        case _:
            run(main)
