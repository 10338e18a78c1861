"""Recording: what 1080p25 cameras cost, and whether the hall feels it.

    python tests/bench/recording.py [--cameras 1] [--seconds 20] [--turns 10] [--turn-seconds 6] [--bit-rate 4000000]
                                    [--ffmpeg PATH]

Cameras (cameras.py: the demo camera's film with grain, sent over and over), the recorder (streaming/, with hashes,
fsync, posters, live sockets and a real database), the baseline, the hall, PostgreSQL and the terminals each run in a
process of their own.

The baseline is `ffmpeg -c copy -f segment` of the first camera's stream, at the same time, into segments of 2 s, which
it neither hashes nor flushes; its program is looked for on the path, or given (`imageio-ffmpeg` on PyPI holds one).
Without one it is a bare remux by libav, and the figures say so. CPU is what the kernel counted for each process, as a
share of one core; of the recorder's the thread that makes posters and looks at health (it alone has the lowest
priority) is told by itself, and no part of the ratio (asked for: at most 1.7; posters at most 2 % of a core a camera).

Press latency: 37 desks press twice a second each, at moments of their own; by turns the cameras are recorded and are
not. A bystander receives every camera all along, so that only the recorder differs. Figures: the median over the turns
of each turn's p50 and p99 from press to receipt, and the median of the ratios of neighbouring turns (asked for: p99 at
most 1.2). Run on demand; nothing here is a test.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import av
from children import end, furnished, run, start, voting_hall
from terminals import Terminals

from council.commands import web
from sql.database import Database
from sql.embedded import Embedded
from streaming.filming import CameraSource
from streaming.recorder import record

CAMERAS, RECORDING = Path(__file__).with_name("cameras.py"), Path(__file__)
FPS = 25
WARM_UP_S = 4.0
DESKS = 37
RATE = 2.0  # presses a second and desk
RTSP = {"rtsp_transport": "tcp"}
LOWEST = 19  # the priority of what may wait


# --- what runs in processes of their own ------------------------------------------------------------------------------


async def record_until_told(recordings: Path, database_url: str, transport: Any, urls: list[str]) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    sources = [CameraSource(f"hall-{k}", url, transport) for k, url in enumerate(urls, 1)]
    await record(sources, recordings, Database(database_url, "record"), stop, recordings.with_name("live"))


def remux(url: str, path: str) -> None:
    movflags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(url, options=RTSP) as camera, av.open(path, "w", format="mp4", options=movflags) as file:
        video = camera.streams.video[0]
        copy = file.add_stream_from_template(video)
        for packet in camera.demux(video):
            if packet.dts is not None:
                packet.stream = copy
                file.mux(packet)


def segmenting(ffmpeg: str, url: str, folder: Path) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    into = ["-c", "copy", "-f", "segment", "-segment_time", "2", "-segment_format", "mp4", str(folder / "%06d.mp4")]
    return [ffmpeg, "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp", "-i", url, *into]


# --- the run ----------------------------------------------------------------------------------------------------------


@contextmanager
def child(*command: object) -> Iterator[subprocess.Popen[str]]:
    process = start(*command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        end(process)


@contextmanager
def filmed(count: int, bit_rate: int) -> Iterator[list[str]]:
    """The addresses of so many cameras."""
    with child(CAMERAS, count, bit_rate) as process:
        assert process.stdout is not None
        yield [process.stdout.readline().strip() for _ in range(count)]


@contextmanager
def program(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield process
    finally:
        end(process)


def used(pid: int) -> tuple[float, float]:
    """CPU seconds of a process's threads, as the kernel counted: of those at the lowest priority, of the others."""
    low = rest = 0.0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            seconds = int((task / "schedstat").read_text().split()[0]) / 1e9
            nice = int((task / "stat").read_text().rpartition(")")[2].split()[16])
        except OSError:  # it has ended
            continue
        low, rest = (low + seconds, rest) if nice == LOWEST else (low, rest + seconds)
    return low, rest


def memory(pid: int) -> float:
    """Resident, in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def cost(folder: Path, server: Embedded, urls: list[str], options: argparse.Namespace) -> None:
    """Recorder and baseline beside each other, for some seconds."""
    ffmpeg = options.ffmpeg or shutil.which("ffmpeg")
    remuxing = [sys.executable, __file__, "--remux", urls[0], str(folder / "remux.mp4")]
    command = segmenting(ffmpeg, urls[0], folder / "copy") if ffmpeg else remuxing
    recording = child(__file__, "--record", folder / "recordings", server.url("record"), "tcp", *urls)
    with recording as recorder, program(command) as copying:
        time.sleep(WARM_UP_S)
        before, began = [used(process.pid) for process in (recorder, copying)], time.monotonic()
        time.sleep(options.seconds)
        after, seconds = [used(process.pid) for process in (recorder, copying)], time.monotonic() - began
        sizes = memory(recorder.pid), memory(copying.pid)
    (posters, ours), (_, base) = (
        tuple((late - early) / seconds for early, late in zip(*pair, strict=True))
        for pair in zip(before, after, strict=True)
    )
    ours, posters, count = ours / len(urls), posters / len(urls), len(urls)
    segments = list((folder / "recordings").rglob("*.m4s"))
    bits = sum(path.stat().st_size for path in segments) * 8 / (seconds + WARM_UP_S) / count
    name = "ffmpeg -c copy in segments" if ffmpeg else "bare remux by libav, for want of an ffmpeg"
    print(f"{count} cameras 1080p25 of {bits / 1e6:.1f} Mbit/s, of each: recorder {100 * ours:.2f} % of a core, "
          f"posters and health {100 * posters:.2f} %; {name} {100 * base:.2f} %; "
          f"ratio {ours / base:.2f} (asked for: 1.7), "
          f"with posters {(ours + posters) / base:.2f}; memory {sizes[0]:.0f} MB for all, {sizes[1]:.0f} MB",
          flush=True)  # fmt: skip


def quantiles(turns: list[list[float]], percent: int) -> list[float]:
    """Of each turn."""
    return [statistics.quantiles(times, n=100)[percent - 1] for times in turns]


async def press_latencies(
    server: Embedded, recorder: list[object], cameras: list[str], turns: int, seconds: float
) -> dict[bool, list[list[float]]]:
    """ms from press to receipt, turn by turn: without recording, and with."""
    times: dict[bool, list[list[float]]] = {False: [], True: []}
    async with voting_hall(server, DESKS, *cameras) as (port, _):
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
    with filmed(options.cameras, options.bit_rate) as urls:
        for _ in range(options.rounds):
            cost(folder, server, urls, options)
            shutil.rmtree(folder / "recordings")
        if not options.turns:
            return
        recorder = [__file__, "--record", folder / "recordings", server.url("record"), "tcp", *urls]
        names = [f"hall-{k}" for k in range(1, len(urls) + 1)]
        with child(CAMERAS, "--watch", *urls):
            times = asyncio.run(press_latencies(server, recorder, names, options.turns, options.turn_seconds))
    print(f"{DESKS} desks, {RATE:.0f} presses a second each, {len(urls)} cameras, {options.turns} turns, "
          f"{sum(map(len, times[True]))} presses with recording:")  # fmt: skip
    for percent, asked in ((50, ""), (99, " (asked for: at most 1.20)")):
        without, with_ = quantiles(times[False], percent), quantiles(times[True], percent)
        ratio = statistics.median(b / a for a, b in zip(without, with_, strict=True))
        print(f"press p{percent}: {statistics.median(without):.2f} ms without, {statistics.median(with_):.2f} ms with; "
              f"ratio of neighbouring turns {ratio:.2f}{asked}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=1)
    parser.add_argument("--ffmpeg", metavar="PATH")
    parser.add_argument("--rounds", type=int, default=3, help="of measuring CPU")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each CPU measurement")
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--turn-seconds", type=float, default=6.0)
    parser.add_argument("--bit-rate", type=int, default=4_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hlasno-bench-") as name, Embedded(Path(name) / "pg") as server:
        measure(Path(name), server, options)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--record", recordings, database_url, transport, *urls]:
            web.run(record_until_told(Path(recordings), database_url, transport, urls))
        case ["--remux", url, path]:
            remux(url, path)
        case _:
            run(main)
