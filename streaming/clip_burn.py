"""A clip with pictures laid over it: decoded, drawn into, encoded anew; its sound is taken over as it is.

The only footage that is not what the camera sent; the file says so. Slow, of the order of the clip's own length, so it
is done in a process of its own at the lowest priority: `python -m streaming.clip_burn FOLDER`, where `plain.mp4`,
`overlays.npz` and `told.json` lie; it says on its output how much is done, and leaves `made.mp4`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
import numpy.typing as npt

from streaming.clip import Cut, Told, make
from streaming.errors import BadFootage, TooLong

LONGEST_S = 180.0
LARGEST = 1920 * 1088
OPTIONS = {"preset": "veryfast", "crf": "21", "threads": "2"}
NAMES = {b"\xa9nam": "title", b"\xa9day": "date", b"\xa9cmt": "comment"}

Pixels = npt.NDArray[np.uint8]
Drawn = tuple[float, float, npt.NDArray[np.uint16], npt.NDArray[np.uint16]]


@dataclass(frozen=True, slots=True)
class Overlay:
    """Shown from `begin_s` to `end_s` of the clip. `pixels`: (height, width, 4), BGRA, as wide as the film; its lower
    edge is the film's."""

    begin_s: float
    end_s: float
    pixels: Pixels


def size(clip: Cut) -> tuple[int, int]:
    """Width and height of the film."""
    header = clip.reels[0].track.header
    width, height = (int.from_bytes(header[at : at + 2], "big") for at in (-8 + len(header), -4 + len(header)))
    return width, height


def burn(
    file: BinaryIO, clip: Cut, overlays: Sequence[Overlay], told: Told = lambda _: None, place: Path | None = None
) -> None:
    """place: a folder with room for the clip twice more. Raises TooLong, BadFootage, and what `told` raises."""
    width, height = size(clip)
    if clip.length_s > LONGEST_S or width * height > LARGEST:
        raise TooLong(f"a clip with the result drawn into it is {LONGEST_S / 60:g} minutes long at most")
    with tempfile.TemporaryDirectory(prefix="clip-", suffix=".part", dir=place) as name:
        folder = Path(name)
        with (folder / "plain.mp4").open("wb") as plain:
            make(plain, clip)
        np.savez(folder / "overlays.npz", *(one.pixels for one in overlays))
        words = {NAMES[key]: text for key, text in clip.words.items()}
        words["comment"] = json.dumps({**json.loads(words["comment"]), "drawn_into": True}, ensure_ascii=False)
        shown = [(one.begin_s, one.end_s) for one in overlays]
        timescale = clip.reels[0].track.timescale
        about = {"words": words, "shown": shown, "timescale": timescale, "length_s": clip.length_s}
        (folder / "told.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
        _apart(folder, told)
        with (folder / "made.mp4").open("rb") as made:
            shutil.copyfileobj(made, file, 2**20)


def _apart(folder: Path, told: Told) -> None:
    command = (sys.executable, "-m", "streaming.clip_burn", str(folder))
    place = Path(__file__).parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=place) as child:  # noqa: S603 our own
        try:
            for line in child.stdout or ():
                told(float(line))
        except BaseException:
            child.kill()
            raise
    if child.returncode:
        raise BadFootage("the pictures cannot be decoded")


def _encode(folder: Path) -> None:
    about = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    with np.load(folder / "overlays.npz") as kept:
        drawn = [(begin, end, *_prepared(kept[f"arr_{n}"])) for n, (begin, end) in enumerate(about["shown"])]
    with (
        av.open(str(folder / "plain.mp4"), "r", format="mp4") as source,
        av.open(str(folder / "made.mp4"), "w", format="mp4", options={"movflags": "faststart"}) as target,
    ):
        video = source.streams.video[0]
        video.thread_type = "NONE"
        made = target.add_stream("libx264", rate=video.average_rate or 25, options=OPTIONS)
        made.width, made.height, made.pix_fmt = video.width, video.height, "yuv420p"
        made.codec_context.time_base = made.time_base = Fraction(1, about["timescale"])
        sound = source.streams.audio[0] if source.streams.audio else None
        heard = target.add_stream_from_template(sound) if sound is not None else None
        target.metadata.update(about["words"])
        for packet in source.demux([stream for stream in (video, sound) if stream is not None]):
            if packet.stream is sound:
                if packet.dts is not None and heard is not None:
                    packet.stream = heard
                    target.mux(packet)
                continue
            for frame in video.decode(packet):
                at = float(frame.time or 0.0)
                fresh = _draw(frame, at, drawn, (made.width, made.height))
                fresh.pts = round(at * about["timescale"])
                fresh.time_base = made.codec_context.time_base
                target.mux(made.encode(fresh))
                print(f"{min(1.0, at / about['length_s']):.3f}", flush=True)
        target.mux(made.encode(None))


def _prepared(pixels: Pixels) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """The picture times its own opacity, as RGB, and what it lets through, both of 255."""
    opacity = pixels[:, :, 3:].astype(np.uint16)
    return pixels[:, :, 2::-1].astype(np.uint16) * opacity, 255 - opacity


def _draw(frame: av.VideoFrame, at: float, drawn: Sequence[Drawn], shape: tuple[int, int]) -> av.VideoFrame:
    shown: Any = next((one for one in drawn if one[0] <= at < one[1]), None)
    if (frame.width, frame.height) != shape:  # the camera changed its picture
        frame = frame.reformat(*shape)
    if shown is None:
        return frame.reformat(format="yuv420p")
    *_, colour, through = shown
    picture = frame.to_ndarray(format="rgb24")
    height, width = min(colour.shape[0], picture.shape[0]), min(colour.shape[1], picture.shape[1])
    band = picture[-height:, :width]
    band[:] = (band * through[-height:, :width] + colour[-height:, :width] + 127) // 255
    return av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")


if __name__ == "__main__":
    with suppress(OSError, AttributeError):  # after everything else, where the system knows that
        os.nice(19)
    _encode(Path(sys.argv[1]))
