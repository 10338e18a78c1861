"""The live picture in Chromium: it follows the hall, goes back and returns, and resumes whatever was gone."""

from __future__ import annotations

import asyncio
import binascii
import importlib.util
import re
import sys
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from hardware.demo_camera import DemoCamera
from streaming.filming import CameraSource
from streaming.recorder import record
from tests.cinema import heard
from voting.entries import Clerk, FilmingPaused, FilmingResumed, stamp

SITTING = "/sittings/drohobych-council-2017-11-22"
CAMERA = "hall-1"
MARIA = Clerk("maria", "Марія Левченко")
CLOSED = re.compile(
    r"Закрита\sчастина\sзасідання\sз\s[0-9:]{8}:\sособисті\sдані\.\sКамери\sне\sзнімають;\sзображення\sвідновиться\sсаме\."
)

# The time burnt into the picture (hardware/burnt_clock.py), as bits, and the player's wall time of the same picture.
SHOWN = """
() => {
  const { player } = document.querySelector(".player");
  const { video } = player;
  if (!video?.videoWidth || player.wall === null) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [480, 24];
  const context = canvas.getContext("2d");
  const scale = video.videoWidth / 1280;
  context.drawImage(video, 400 * scale, 480 * scale, 480 * scale, 24 * scale, 0, 0, 480, 24);
  const { wall } = player;
  const { data } = context.getImageData(0, 0, 480, 24);
  let bits = "";
  for (let row = 0; row < 2; row += 1)
    for (let column = 0; column < 40; column += 1)
      bits += data[4 * ((row * 12 + 6) * 480 + column * 12 + 6)] > 128 ? "1" : "0";
  return [bits, wall];
}
"""


def towns() -> ModuleType:
    if "site_town" not in sys.modules:
        path = Path(__file__).parents[1] / "site_town.py"
        spec = importlib.util.spec_from_file_location("site_town", path)
        assert spec is not None and spec.loader is not None
        sys.modules["site_town"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["site_town"])
    return sys.modules["site_town"]


async def shown(page: Page) -> tuple[float, float] | None:
    """The burnt-in time of the picture and the player's own, in ms; None where there is no whole picture."""
    found = await page.evaluate(SHOWN)
    if found is None:
        return None
    bits, wall = found
    payload = int(bits[:-16], 2)
    whole = binascii.crc_hqx(payload.to_bytes(8), 0xFFFF) == int(bits[-16:], 2)
    return (float(payload >> 22), wall) if whole else None


async def sees(page: Page, after: float, seconds: float = 30) -> float:
    """Wait until a picture taken after a time (in ms) is shown, and the player knows which it is, within 200 ms; its
    time. A busy browser draws a picture later than it says: it has until the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        found = await shown(page)
        if found is not None and found[0] > after and abs(found[0] - found[1]) < 200:
            return found[0]
        assert time.monotonic() < deadline, (found, await page.locator(".player").inner_text())
        await asyncio.sleep(0.05)


async def axe(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def now() -> float:
    return time.time() * 1000


async def test_live_picture_follows_goes_back_and_resumes_after_camera_and_server_were_gone(
    browser: Browser, db: Any, tmp_path: Path, free_port: int
) -> None:
    house, recordings = towns(), tmp_path / "recordings"
    town = await house.furnish(db)
    town.now = datetime.now(UTC)
    await town.open_sitting()
    await town.say_live((), camera=CAMERA)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(town.close)
        camera = await stack.enter_async_context(DemoCamera(None, 0, 640, 360, sound=True))
        stop = asyncio.Event()
        source, live = CameraSource(CAMERA, camera.url), house.settings(db, recordings).live
        recording = asyncio.create_task(record([source], recordings, db.database("record"), stop, live))
        stack.push_async_callback(asyncio.wait_for, recording, 20)
        stack.callback(stop.set)
        async with house.serving(db, recordings, free_port) as address:
            page = await browser.new_page(viewport={"width": 360, "height": 800}, locale="uk-UA")
            await page.goto(address + SITTING)
            await page.locator(".watch").click()
            player, message = page.locator(".player"), page.locator(".player-message")
            await sees(page, town.now.timestamp() * 1000)
            await sees(page, now())
            await heard(page)
            await expect(player.get_by_text("Наживо", exact=True)).to_be_visible()
            await expect(player.get_by_text("затримка до")).to_be_visible()

            async with asyncio.timeout(30):
                while await page.evaluate("document.querySelector('.player').player.recording.segments.length") < 2:
                    await asyncio.sleep(0.1)
            await page.evaluate("(() => { const { player } = document.querySelector('.player'); player.seek(500); })()")
            back = page.get_by_role("button", name="Перейти наживо")
            await expect(back).to_be_visible()
            assert await sees(page, 0) < now() - 1500, "a moment that is over"
            await axe(page)
            await back.click()
            await expect(back).to_be_hidden()
            await sees(page, now())

            town.now = datetime.now(UTC)
            at = stamp(town.now)
            await town.append(FilmingPaused(at, at, None, "особисті дані", None, MARIA))
            await expect(message).to_have_text(CLOSED)
            await expect(page.locator("#closed")).to_contain_text("Закрита частина засідання з")
            await expect(player.get_by_text("Наживо", exact=True)).to_be_hidden()
            last = await shown(page)
            assert last is not None and last[0] < town.now.timestamp() * 1000 + 1000
            await axe(page)
            gone, town.now = now(), datetime.now(UTC)
            await town.append(FilmingResumed(stamp(town.now), MARIA))
            await sees(page, gone)
            await expect(message).to_be_hidden()
            await expect(page.locator("#closed")).to_be_hidden()

            await camera.stop()
            await expect(message).to_have_text("Камера зараз не передає зображення; воно відновиться саме.")
            await expect(player.get_by_text("Наживо", exact=True)).to_be_hidden()
            gone = now()
            port = urlsplit(camera.url).port or 0
            camera = await stack.enter_async_context(DemoCamera(None, port, 640, 360))
            await sees(page, gone)
            await expect(message).to_be_hidden()
        await expect(message).to_contain_text("Немає зв’язку")
        await expect(page.locator("#live.stale")).to_be_attached()
        await axe(page)  # figures that may be old are soft, and can be read
        gone = now()
        async with house.serving(db, recordings, free_port):
            await sees(page, gone)
            await sees(page, now())  # not at the very seam
            await expect(message).to_be_hidden()
            await expect(player).to_have_class("player at-edge")

        away = live.rename(live.with_name("away"))
        async with house.serving(db, recordings, free_port):  # the recorder tells it nothing
            gone = now()
            await sees(page, gone)
            await expect(back).to_be_visible()
            away.rename(live)
            await back.click()
            await sees(page, now())
            await expect(player).to_have_class("player at-edge")
        await page.close()
