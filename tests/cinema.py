"""A closed sitting of two votes, filmed by two cameras, and its player in Chromium: for tests of what it shows."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from playwright.async_api import Browser, Page, expect

import sql
from council.footage import due
from streaming import index

SITTING = "/sittings/drohobych-council-2017-11-22"
FPS, COUNT = 25, 2500  # each run: 100 s
STARTS = {"hall-1": (-5.0, 115.0), "hall-2": (-4.987, 95.5)}  # of the runs, in seconds from the opening
SOUND = {"hall-1": ("aac", ""), "hall-2": ("g711", "g711")}  # one came back without its microphone

NUMBER = """
(video) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const side = canvas.width / 16;
  let number = 0;
  for (let bit = 0; bit < 16; bit += 1)
    if (context.getImageData(bit * side + side / 2, side / 2, 1, 1).data[0] > 128) number += 2 ** bit;
  return number;
}
"""

SHOWN = """
async (wall) => {
  const burnt = NUMBER;
  const { player } = document.querySelector(".player");
  const { video } = player;
  player.paused = true;
  video.pause();
  const hear = (now, frame) => {
    video.painted = frame.mediaTime; // a picture is drawn a moment after the seek to it has ended
    video.requestVideoFrameCallback(hear);
  };
  if (!video.heard) video.requestVideoFrameCallback(hear);
  video.heard = true;
  if (wall !== null) player.seekWall(wall);
  for (let tries = 0, still = 0; tries < 600; tries += 1) {
    const settled = !video.seeking && player.film?.wantedMs === undefined && video.readyState >= 2;
    const late = video.currentTime - (video.painted ?? Infinity);
    still = settled && video.painted === undefined ? still + 1 : 0; // drawn before we listened
    if (settled && ((late > -0.001 && late < 0.041) || still > 50)) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return [burnt(video), player.wall, player.playheadMs];
}
""".replace("NUMBER", NUMBER)


ERRORS: list[str] = []  # of pages' scripts in the test at hand; told at its end (browser/conftest.py)


def hear_errors(page: Page) -> None:
    """A listener must not fail itself: what it raises ends the line to the browser, for all tests after this one."""
    page.on("pageerror", lambda error: ERRORS.append(f"{page.url}: {error}"))


def module(name: str) -> ModuleType:
    path = Path(__file__).parent / f"{name}.py"
    key = path.stem if path.stem != "conftest" else f"{path.parent.name}_film"
    if key not in sys.modules:
        spec = importlib.util.spec_from_file_location(key, path)
        assert spec is not None and spec.loader is not None
        made = importlib.util.module_from_spec(spec)
        sys.modules[key] = made
        spec.loader.exec_module(made)
    return sys.modules[key]


@dataclass
class Theatre:
    """A closed sitting of two votes, filmed by two cameras; the first lost its connection for 20 s."""

    address: str
    town: Any
    opened: datetime
    recordings: Path

    def number(self, camera: str, wall: float) -> int:
        """Of the frame that was being shown to a camera at a wall time in ms."""
        after = wall / 1000 - self.opened.timestamp()
        start = max(start for start in STARTS[camera] if start <= after)
        return int((after - start) * FPS)


@asynccontextmanager
async def furnished(stock: Any, recordings: Path) -> AsyncIterator[Theatre]:
    film, towns = module("streaming/conftest"), module("site_town")
    mine = await stock.take()
    town = await towns.furnish(mine)
    await town.open_sitting()
    opened = town.now
    await town.arrive_all()
    await town.hold(1)
    await town.hold(2)
    await town.close_sitting()
    owner = await mine.database().connect()
    for camera, starts in STARTS.items():
        for start, sound in zip(starts, SOUND[camera], strict=True):
            reason = "dropped" if start < 0 else "stopped"
            shape = {"count": COUNT, "width": 128, "height": 96, "fps": FPS, "gop": 50, "sound": sound}
            for record in film.write_run(recordings, camera, opened + timedelta(seconds=start), reason, **shape):
                await index.insert(owner, record)
    rows = sql.load("seals").unsealed(
        owner,
        cameras=list(STARTS),
        bodies=[town.plan.body.id] * len(STARTS),
        since=opened - timedelta(days=1),
        margin=index.MARGIN,
        every=True,
        most=1000,
    )
    await town.append(*(seal for _, seal in due([row async for row in rows], datetime.now(UTC) + timedelta(days=1))))
    await owner.close()
    async with towns.serving(mine, recordings) as address:
        yield Theatre(address, town, opened, recordings)
    await town.close()
    await stock.give_back(mine.name)


async def opened(browser: Browser, theatre: Theatre, at: str, width: int = 1280, **options: Any) -> Page:
    context = await browser.new_context(viewport={"width": width, "height": 900}, locale="uk-UA", **options)
    page = await context.new_page()
    hear_errors(page)
    await page.goto(f"{theatre.address}{SITTING}/video{at}")
    if options.get("java_script_enabled", True):
        await expect(page.locator(".controls")).to_be_visible()
    return page


async def shown(page: Page, wall: float | None = None) -> tuple[int, float, float]:
    """Number burnt into the picture, wall time, place."""
    number, at, place = await page.evaluate(SHOWN, wall)
    return number, at, place


async def heard(page: Page) -> None:
    """The player's sound has been decoded. Playwright's own waiting evaluates a string in the page, which may not."""
    async with asyncio.timeout(20):
        while not await page.evaluate("document.querySelector('.player video').webkitAudioDecodedByteCount > 0"):
            await asyncio.sleep(0.1)
