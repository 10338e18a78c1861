"""Live: how long after it happened a viewer sees it.

    python tests/bench/live_latency.py [--seconds 30] [--fps 25] [--size 1280x720] [--bit-rate 2000000]

The demo camera burns the wall time of each picture into it; recorder, site and camera are processes of their own, and
Chromium plays the sitting's page. Each picture that Chromium shows is read from a canvas and held against the time at
which it is shown (same machine, same clock). Figures: median and 95th percentile from glass to glass (asked for: at
most 0.5 s and 1 s), how often the picture stood still. Low-latency HLS has no player here: a client asks as one would,
for each part beforehand, and what is told is how old a part is when it has come, and with the distance to the end that
the playlist asks of a player (asked for: under 1.5 s). Run on demand; nothing here is a test.
"""

from __future__ import annotations

import argparse
import asyncio
import binascii
import importlib.util
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
from children import end, run, start
from playwright.async_api import Browser, async_playwright

from council.commands import web
from sql.database import Database
from sql.embedded import Embedded
from sql.migrate import migrate
from streaming.filming import CameraSource
from streaming.recorder import record

CAMERA = "hall-1"
WARM_UP_S = 5.0
TESTS = Path(__file__).parents[1]

WATCH = """
() => {
  const video = document.querySelector(".player video");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [480, 24];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  window.shown = [];
  window.stood = 0;
  video.addEventListener("waiting", () => (window.stood += 1));
  const look = (now, frame) => {
    const at = Date.now() + frame.expectedDisplayTime - now;
    const scale = video.videoWidth / 1280;
    context.drawImage(video, 400 * scale, 480 * scale, 480 * scale, 24 * scale, 0, 0, 480, 24);
    const { data } = context.getImageData(0, 0, 480, 24);
    let bits = "";
    for (let row = 0; row < 2; row += 1)
      for (let column = 0; column < 40; column += 1)
        bits += data[4 * ((row * 12 + 6) * 480 + column * 12 + 6)] > 128 ? "1" : "0";
    window.shown.push([at, bits]);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}
"""


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, TESTS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


@dataclass
class Installed:
    """A database as the town wants it."""

    server: Embedded

    def database(self, role: Any = "owner") -> Database:
        return Database(self.server.url(role), role)


async def record_until_told(url: str, recordings: str, live: str, database_url: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await record([CameraSource(CAMERA, url)], Path(recordings), Database(database_url, "record"), stop, Path(live))


async def show_until_told(recordings: str, live: str, database_url: str, port: str) -> None:
    from public_site.app import build
    from public_site.hub import TransportProtocol
    from public_site.live_video import UVICORN
    from public_site.site import PublicSettings

    town = module("site_town")
    database = Database(database_url, "public")
    made = PublicSettings(database, Path(recordings), town.SIGNER.origin, town.SIGNER.vkey, live=Path(live))
    await web.serve(build(made), "127.0.0.1", int(port), http=TransportProtocol, **UVICORN)


def when(bits: str) -> float | None:
    """The time burnt into a picture, in ms since 1970; None where it cannot be read."""
    payload = int(bits[:-16], 2)
    whole = binascii.crc_hqx(payload.to_bytes(8), 0xFFFF) == int(bits[-16:], 2)
    return float(payload >> 22) if whole else None


async def watch(browser: Browser, url: str, seconds: float) -> tuple[list[float], int, int]:
    """Latencies in ms of the pictures shown, how many could not be read, how often the picture stood still."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    await page.goto(url)
    await page.locator(".watch").click()
    await page.locator(".player.at-edge video").wait_for()
    while not await page.evaluate("document.querySelector('.player').player.edge?.settled"):
        await asyncio.sleep(0.1)
    await asyncio.sleep(WARM_UP_S)
    await page.evaluate(WATCH)
    await asyncio.sleep(seconds)
    shown, stood = await page.evaluate("[window.shown, window.stood]")
    read = [(at, when(bits)) for at, bits in shown]
    return [at - taken for at, taken in read if taken is not None], sum(t is None for _, t in read), stood


async def follow(address: str, path: str, seconds: float) -> tuple[list[float], float]:
    """How old, in s, the end of each part is when it has come by low-latency HLS; and the distance players keep."""
    ages = []
    async with httpx2.AsyncClient(base_url=address, trust_env=False) as client:
        text = (await client.get(path)).text
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            segment, number = re.findall(r"/(\d+)\.(\d+)\.m4s", text)[-1]  # what is promised
            first = int(re.findall(r"MEDIA-SEQUENCE:(\d+)", text)[0])
            listed = sorted({int(n) for n in re.findall(r"/(\d+)\.(?:\d+\.)?m4s", text)})
            msn = first + listed.index(int(segment)) if int(segment) in listed else first + len(listed)
            hint = re.findall(r'PRELOAD-HINT:TYPE=PART,URI="([^"]+)"', text)[0]
            part, answer = await asyncio.gather(
                client.get(hint), client.get(f"{path}&_HLS_msn={msn}&_HLS_part={number}")
            )
            now, text = time.time(), answer.text
            begun = datetime.fromisoformat(re.findall(r"DATE-TIME:(\S+)", text)[-1]).timestamp()
            lengths = [float(length) for length in re.findall(r"PART:DURATION=([\d.]+)", text.split("DATE-TIME")[-1])]
            if part.status_code == 200:
                ages.append(now - begun - sum(lengths))
        return ages, float(re.findall(r"PART-HOLD-BACK=([\d.]+)", text)[0])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def measure(folder: Path, server: Embedded, options: argparse.Namespace) -> None:
    installed = Installed(server)
    await migrate(installed.database())
    town = await module("site_town").furnish(installed)
    town.now = datetime.now(UTC)
    await town.open_sitting()
    await town.say_live((), camera=CAMERA)
    port, recordings, live = free_port(), folder / "recordings", folder / "live"
    camera = start(
        *("-m", "hardware.demo_camera", "--port", 0, "--size", options.size, "--fps", options.fps),
        *("--bit-rate", options.bit_rate),
        stdout=subprocess.PIPE,
        text=True,
    )
    processes = [camera]
    try:
        assert camera.stdout is not None
        url = (await asyncio.to_thread(camera.stdout.readline)).strip()
        processes.append(start(__file__, "--record", url, recordings, live, server.url("record")))
        processes.append(start(__file__, "--site", recordings, live, server.url("public"), port))
        while not list(recordings.rglob("*.m4s")):
            await asyncio.sleep(0.1)
        async with async_playwright() as playwright:
            executable = shutil.which(os.environ.get("HLASNO_CHROMIUM") or "chromium")
            browser = await playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            address = f"http://127.0.0.1:{port}/sittings/{town.plan.id}"
            times, unread, stood = await watch(browser, address, options.seconds)
            await browser.close()
        path = f"/live/video.m3u8?sitting={town.plan.id}&camera={CAMERA}"
        ages, distance = await follow(f"http://127.0.0.1:{port}", path, options.seconds / 2)
    finally:
        for process in reversed(processes):
            end(process)
        await town.close()
    median, late = statistics.median(times), statistics.quantiles(times, n=100)[94]
    print(f"{len(times)} pictures shown in {options.seconds:.0f} s ({unread} not read), stood still {stood} times")
    print(f"glass to glass: median {median / 1000:.2f} s (asked for 0.5), p95 {late / 1000:.2f} s (asked for 1.0), "
          f"least {min(times) / 1000:.2f} s, most {max(times) / 1000:.2f} s")  # fmt: skip
    age, old = statistics.median(ages), statistics.quantiles(ages, n=20)[18]
    print(f"low-latency HLS: {len(ages)} parts, {age:.2f} s old when there (p95 {old:.2f} s); "
          f"{age + distance:.2f} s with the {distance:.2f} s that players keep (asked for 1.5)")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--fps", type=float, default=25)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--bit-rate", type=int, default=2_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hlasno-bench-") as name, Embedded(Path(name) / "pg") as server:
        asyncio.run(measure(Path(name), server, options))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--record", url, recordings, live, database_url]:
            asyncio.run(record_until_told(url, recordings, live, database_url))
        case ["--site", recordings, live, database_url, port]:
            web.run(show_until_told(recordings, live, database_url, port))
        case _:
            run(main)
