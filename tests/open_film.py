"""Film whose one IDR picture is the first, as some cameras send it, and what the recorder makes of it, on no disk."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import av

from streaming import nal
from streaming.cutting import AccessUnit, Act, Begin, Cut, Cutter, Part
from tests.streaming.conftest import draw

TICK, FPS, WALL = 90_000, 25, 1_511_339_183_000_000
OPEN = "open-gop=1:keyint=60:min-keyint=60:bframes=2:b-adapt=0:scenecut=0"
REFRESH = "intra-refresh=1:keyint=50:bframes=0:scenecut=0:aud=1"
_MORE = {
    "x264-params": ":repeat-headers=1:sliced-threads=0:slices=1",
    "x265-params": ":repeat-headers=1:log-level=none:pools=none:frame-threads=1",
}


@cache
def encoded(params: str, codec: str = "libx264", count: int = 200) -> tuple[AccessUnit, ...]:
    """Pictures that tell their numbers, 320 x 240, as received; in the order of decoding."""
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = 320, 240, "yuv420p"
    encoder.framerate, encoder.time_base, encoder.thread_count = FPS, Fraction(1, FPS), 1
    name = codec.removeprefix("lib") + "-params"
    encoder.options = {"preset": "ultrafast", name: params + _MORE[name]}
    made = []
    for number in range(count):
        frame = draw(number, 320, 240).reformat(format="yuv420p")
        frame.pts = number
        made += encoder.encode(frame)
    return tuple(_received(int(packet.pts), bytes(packet)) for packet in [*made, *encoder.encode(None)])


def _received(number: int, annexb: bytes) -> AccessUnit:
    taken = WALL + number * 1_000_000 // FPS
    return AccessUnit(tuple(nal.split(annexb)), 7777 + number * TICK // FPS, taken + 30_000, taken)


def number(unit: AccessUnit) -> int:
    return (unit.pts - 7777) * FPS // TICK


def recorded(cutter: Cutter, pictures: list[AccessUnit]) -> tuple[Begin, list[bytes], list[Act]]:
    """One run: its beginning, its segments, all acts."""
    acts = [act for unit in pictures for act in cutter.feed(unit)] + cutter.finish("stopped")
    [begin] = [act for act in acts if isinstance(act, Begin)]
    segments = [b""]
    for act in acts:
        if isinstance(act, Part):
            segments[-1] += act.data
        elif isinstance(act, Cut):
            segments.append(b"")
    return begin, segments[:-1], acts
