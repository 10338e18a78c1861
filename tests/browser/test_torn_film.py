"""A film that lost packets plays to its end in Chromium, which gives up at the first picture it cannot read."""

from __future__ import annotations

import asyncio
import base64
from fractions import Fraction
from typing import Any

import av
import numpy as np
from playwright.async_api import Browser

from hardware.rtp import Packetiser, nal_units
from streaming.cutting import AccessUnit, Begin, Cut, Cutter, Part
from streaming.rtsp.rtp import Reception
from streaming.rtsp.video import H264Units, Joined, Pictures

COUNT, FPS = 75, 25
LOST = {("start", 10), ("middle", 20), ("end", 30), ("middle", 50), ("all", 60)}  # of which pictures; 50 is a key frame

PLAY = """
async ([codec, ...parts]) => {
  const video = document.createElement("video");
  video.muted = true;
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await new Promise((resolve) => source.addEventListener("sourceopen", resolve, { once: true }));
  const buffer = source.addSourceBuffer(`video/mp4; codecs="${codec}"`);
  for (const part of parts) {
    const done = new Promise((resolve) => buffer.addEventListener("updateend", resolve, { once: true }));
    buffer.appendBuffer(Uint8Array.from(atob(part), (char) => char.charCodeAt(0)));
    await done;
  }
  source.endOfStream();
  const over = new Promise((resolve) => {
    video.onended = () => resolve("ended");
    video.onerror = () => resolve(video.error.message);
  });
  video.play();
  return [await over, video.currentTime];
}
"""


def film() -> list[list[bytes]]:
    """Noise that moves, so that each picture takes many packets."""
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 320, 180, "yuv420p"
    encoder.framerate, encoder.time_base, encoder.thread_count = FPS, Fraction(1, FPS), 1
    params = "keyint=25:min-keyint=25:scenecut=0:slices=1:sliced-threads=0:qp=12"
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": params}
    noise, made = np.random.default_rng(1).integers(0, 255, (180, 320, 3), dtype=np.uint8), []
    for number in range(COUNT):
        frame = av.VideoFrame.from_ndarray(np.roll(noise, number * 3, 1), format="rgb24").reformat(format="yuv420p")
        frame.pts = number
        made += [nal_units(bytes(packet)) for packet in encoder.encode(frame)]
    return made


def torn(packets: list[bytes], number: int) -> list[bytes]:
    parts = {"start": packets[2:], "middle": [*packets[:3], *packets[5:]], "end": packets[:-2], "all": []}
    return next((parts[where] for where, which in LOST if which == number), packets)


async def test_film_that_lost_packets_plays_to_its_end(browser: Browser) -> None:
    joined: list[Joined] = []
    maker, reception, pictures = Packetiser(1, 0), Reception(96, 90_000), Pictures(H264Units(), joined.append)
    for number, units in enumerate(film()):
        packets = maker.picture(units, number * 3600)
        assert len(packets) > 6
        for data in torn(packets, number):
            for packet in reception.take(data, number * 40_000):
                pictures.take(packet)
    for packet in reception.rest():
        pictures.take(packet)
    pictures.finish()
    assert sum(one.damaged for one in joined) == len(LOST) - 1
    cutter = Cutter(90_000)
    received = [
        AccessUnit(tuple(j.units), j.timestamp, j.timestamp * 100 // 9, None, j.lost, j.damaged) for j in joined
    ]
    acts = [act for unit in received for act in cutter.feed(unit)] + cutter.finish("stopped")
    cuts = [act for act in acts if isinstance(act, Cut)]
    assert sum(cut.lost for cut in cuts) == reception.lost and sum(cut.damaged for cut in cuts) == len(LOST) - 1
    [begin] = [act for act in acts if isinstance(act, Begin)]
    parts = [begin.init, *(act.data for act in acts if isinstance(act, Part))]
    page = await browser.new_page()
    given = [begin.codec, *(base64.b64encode(part).decode() for part in parts)]
    how, second = await asyncio.wait_for(page.evaluate(PLAY, given), 60)
    await page.close()
    assert how == "ended" and second >= COUNT / FPS - 0.1
