"""Film without IDR pictures plays in Chromium: from its beginning, from the middle, and after each jump."""

from __future__ import annotations

import asyncio
import base64

import pytest
from playwright.async_api import Browser

from streaming import fmp4
from streaming.cutting import Cutter
from tests.open_film import FPS, OPEN, REFRESH, TICK, encoded, recorded

SHOW = """
async ([codec, init, segments, wanted, fps]) => {
  const video = document.createElement("video");
  video.muted = true;
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await new Promise((resolve) => source.addEventListener("sourceopen", resolve, { once: true }));
  const buffer = source.addSourceBuffer(`video/mp4; codecs="${codec}"`);
  for (const part of [init, ...segments]) {
    const done = new Promise((resolve) => buffer.addEventListener("updateend", resolve, { once: true }));
    buffer.appendBuffer(Uint8Array.from(atob(part), (char) => char.charCodeAt(0)));
    await done;
  }
  source.endOfStream();
  const failed = new Promise((resolve) => { video.onerror = () => resolve(video.error.message); });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [320, 240];
  const drawn = canvas.getContext("2d", { willReadFrequently: true });
  const shown = [];
  for (const number of wanted) {
    const there = new Promise((resolve) => video.addEventListener("seeked", resolve, { once: true }));
    video.currentTime = (number + 0.5) / fps;
    const error = await Promise.race([there.then(() => ""), failed]);
    if (error) return error;
    let seen = null;
    for (let tries = 0; tries < 100 && seen !== number; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50)); // the picture comes to the screen a little later
      drawn.drawImage(video, 0, 0);
      const row = drawn.getImageData(0, 10, 320, 1).data;
      seen = [...Array(16).keys()].reduce((n, bit) => n | ((row[(bit * 20 + 10) * 4] > 128) << bit), 0);
    }
    shown.push(seen);
  }
  const ended = new Promise((resolve) => { video.onended = () => resolve("ended"); });
  video.play();
  return [shown, await Promise.race([ended, failed])];
}
"""


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        pytest.param(OPEN, [125, 65, 162, 187], id="open groups"),
        pytest.param(REFRESH, [149, 187], id="refreshed little by little"),  # each segment is whole only at its end
    ],
)
async def test_film_without_idr_pictures_plays_after_each_jump(
    browser: Browser, params: str, wanted: list[int]
) -> None:
    """From the second segment on, so that the browser never sees the one IDR picture."""
    begin, segments, _ = recorded(Cutter(TICK), [*encoded(params)])
    text = [base64.b64encode(fmp4.SEGMENT_START + one).decode() for one in segments]
    page = await browser.new_page()
    init = base64.b64encode(begin.init).decode()
    told = await asyncio.wait_for(page.evaluate(SHOW, [begin.codec, init, text[1:], wanted, FPS]), 60)
    await page.close()
    assert told == [wanted, "ended"]
