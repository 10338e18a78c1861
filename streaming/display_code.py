"""The hall display's code in a camera's pictures: found in key frames, then in the very picture that has it first."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from streaming.measured import Code, Reading, parse
from streaming.segments import MICROSECOND, Run, Segment

SAME = 0.75  # correlation of the code's place with itself, one picture later
_QUIET = 0.14  # of the code's side: the light edge around it, looked at as well

Skip = Literal["NONKEY", "DEFAULT"]  # all but key frames, or nothing
Grey = NDArray[np.uint8]
Place = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Found:
    """A code in a picture, and what that place of the picture looks like."""

    code: Code
    place: Place
    look: Grey


def find(picture: Grey) -> Found | None:
    """picture: grey, at full size. Of 120 codes OpenCV's newer detector read all, the older 97 %."""
    code, corners = None, None
    for detector in (cv2.QRCodeDetectorAruco(), cv2.QRCodeDetector()):
        text, corners, _ = detector.detectAndDecode(picture)
        if text and (code := parse(text)) is not None:
            break
    if code is None or corners is None:
        return None
    points = np.asarray(corners, np.float64).reshape(-1, 2)
    margin = _QUIET * float(np.ptp(points[:, 0]))
    height, width = picture.shape
    left, top = (max(0, int(value)) for value in points.min(axis=0) - margin)
    right, bottom = points.max(axis=0) + margin
    place = left, top, min(width, int(right)), min(height, int(bottom))
    return Found(code, place, _cut(picture, place))


def read(recordings: Path, run: Run, segments: Sequence[Segment], since: datetime, until: datetime) -> Reading | None:
    """The first code made in [since, until) that the run shows. segments: some seconds of the run around then,
    without a hole. None: there is none, or its first picture is not among them."""
    try:
        init = (recordings / run.init_path).read_bytes()
        for i, segment in enumerate(segments):
            found = next((find(picture) for _, picture in pictures(recordings, init, segment, "NONKEY")), None)
            if found is not None and since <= found.code.at < until:
                return _first(recordings, init, run, segments[: i + 1], found)
    except (OSError, av.error.FFmpegError, cv2.error):
        return None
    return None


def _first(recordings: Path, init: bytes, run: Run, segments: Sequence[Segment], found: Found) -> Reading | None:
    """Backwards through the segments; the last one's first picture has the code."""
    first_at = segments[-1].started_at
    for segment in segments[-2::-1]:
        shows = [(at, _shows(picture, found)) for at, picture in pictures(recordings, init, segment, "DEFAULT")]
        for at, has in reversed(shows):
            if not has:
                return Reading(run.id, found.code.size, found.code.root, found.code.at, at, first_at)
            first_at = at
    return None


def _shows(picture: Grey, found: Found) -> bool:
    """Held against how it looks in the picture that was read: quick, and bears what the coding leaves of it."""
    there = _cut(picture, found.place)
    if there.shape != found.look.shape or there.std() < 4:
        return False
    return float(cv2.matchTemplate(there, found.look, cv2.TM_CCOEFF_NORMED)[0, 0]) >= SAME


def pictures(recordings: Path, init: bytes, segment: Segment, skip: Skip) -> Iterator[tuple[datetime, Grey]]:
    """A segment's pictures, each with when it was taken by the run's clock."""
    data = init + (recordings / segment.path).read_bytes()
    with av.open(io.BytesIO(data), "r", format="mp4") as container:
        video = container.streams.video[0]
        video.codec_context.thread_count = 1
        video.codec_context.skip_frame = skip
        first: int | None = None
        for frame in container.decode(video):
            if frame.pts is None or frame.time_base is None:
                continue
            first = frame.pts if first is None else first  # libav counts reordered film from later on
            taken = segment.started_at + int((frame.pts - first) * frame.time_base * 1_000_000) * MICROSECOND
            yield taken, np.asarray(frame.reformat(format="gray").to_ndarray(), np.uint8)


def _cut(picture: Grey, place: Place) -> Grey:
    left, top, right, bottom = place
    return picture[top:bottom, left:right]
