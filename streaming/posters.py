"""Posters: a JPEG of each segment's first picture, made when there is time for it; and that picture and the segment's
sound looked at for faults (health.py).

One thread for all cameras, at the lowest priority; a poster missing is no harm. When segments come faster than posters,
the oldest wait in vain and are counted.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from streaming import clip_samples, fmp4
from streaming.errors import BadFootage
from streaming.health import Health, View, view
from streaming.health_sound import Samples, sound_faults

log = logging.getLogger(__name__)

WIDTH = 640
QUALITY = 80
WAITING = 100
REFERENCE = "reference.png"  # in the camera's folder: what it should show; learnt anew when it is taken away

Picture = NDArray[np.uint8]


def first_picture(init: bytes, segment: bytes, widest: int = WIDTH) -> Picture:
    """The first whole picture of a segment, BGR, at most `widest` wide. Raises ValueError where none can be decoded."""
    try:  # with a GRADUAL key frame (nal.py) only some pictures later one is whole
        frame = next(chain(_decoded(init, segment, b"vide", 1), _decoded(init, segment, b"vide")), None)
        if frame is None:
            raise ValueError("none of its pictures is whole")
        width = min(widest, frame.width)
        height = max(2, round(frame.height * width / frame.width / 2) * 2)
        return np.asarray(frame.reformat(width, height, "bgr24", threads=1).to_ndarray(), np.uint8)
    except (av.error.FFmpegError, BadFootage, ValueError) as error:
        raise ValueError(f"no picture can be decoded: {type(error).__name__}") from error


def sound(init: bytes, segment: bytes) -> Samples | None:
    """A segment's sound, shape (channels, n), full scale 1.0; None: it has no sound track. Raises ValueError where it
    cannot be decoded."""
    if b"soun" not in init:
        return None
    try:
        planar = av.AudioResampler("fltp")
        frames = [part for frame in _decoded(init, segment, b"soun") for part in planar.resample(frame)]
        return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    except (av.error.FFmpegError, BadFootage, ValueError) as error:
        raise ValueError(f"no sound can be decoded: {type(error).__name__}") from error


def _decoded(init: bytes, segment: bytes, kind: bytes, most: int | None = None) -> Iterator[Any]:
    """A track's frames, of at most so many samples. By the decoder alone: to open a file, libav looks through all of it
    and decodes what it then decodes again."""
    known = {number: track for number, track in clip_samples.tracks(init).items() if track.kind == kind}
    [track] = known.values()
    name, extradata = fmp4.configuration(track.entry)
    decoder: Any = av.CodecContext.create(name, "r")
    decoder.extradata, decoder.thread_count = extradata, 1
    for one in clip_samples.samples(segment, known)[track.id][:most]:
        yield from decoder.decode(av.Packet(segment[one.at : one.at + one.size]))
    yield from decoder.decode(None)


def jpeg(picture: Picture) -> bytes:
    made, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not made:
        raise ValueError("no JPEG can be made of the picture")
    return data.tobytes()


def humbly() -> None:
    """The thread at hand takes what others leave, also where its process is preferred to others."""
    thread = threading.get_native_id()
    os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))
    os.setpriority(os.PRIO_PROCESS, thread, 19)


class Posters(threading.Thread):
    """`ask` from any thread; `stop` ends the thread after the poster at hand."""

    def __init__(self, recordings: Path) -> None:
        super().__init__(name="posters", daemon=True)
        self._recordings = recordings
        self._wanted: queue.Queue[tuple[str, str, str] | None] = queue.Queue()
        self._stopping = False
        self._health: dict[str, Health] = {}
        self.left_out = 0

    def ask(self, init_path: str, segment_path: str, poster_path: str) -> None:
        """Make this poster soon. Paths are below the recordings folder."""
        if self._wanted.qsize() >= WAITING:
            self._wanted.get_nowait()
            self.left_out += 1
            if self.left_out % 100 == 1:
                log.warning("posters are made too slowly left_out=%d", self.left_out)
        self._wanted.put((init_path, segment_path, poster_path))

    def fault(self, camera_id: str) -> str:
        """The gravest that lasts of a camera's picture and sound, or ''. From any thread."""
        health = self._health.get(camera_id)
        return next(iter(health.faults), "") if health is not None else ""

    def stop(self) -> None:
        self._stopping = True
        self._wanted.put(None)

    def run(self) -> None:
        humbly()
        cv2.setNumThreads(1)  # threads of its own spin, each at another priority
        while (wanted := self._wanted.get()) is not None and not self._stopping:
            init, segment, path = (self._recordings / name for name in wanted)
            try:
                self._make(segment.parents[1], init.read_bytes(), segment.read_bytes(), path)
            except (OSError, ValueError) as error:
                log.warning("no poster segment=%s error=%s", wanted[1], error)
            except Exception:  # other cameras' are still to be looked at
                log.exception("no poster segment=%s", wanted[1])

    def _make(self, folder: Path, init: bytes, segment: bytes, path: Path) -> None:
        """folder: the camera's."""
        if path.exists():
            return
        picture = first_picture(init, segment)
        part = path.with_name(path.name + ".part")
        part.write_bytes(jpeg(picture))
        part.rename(path)
        self._examine(folder, view(picture), sound(init, segment))

    def _examine(self, folder: Path, seen: View, heard: Samples | None) -> None:
        file = folder / REFERENCE
        health = self._health.setdefault(folder.name, Health())
        if not file.exists():
            health.reference = None
        elif health.reference is None:
            known = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
            health.reference = view(np.asarray(known, np.uint8)) if known is not None else None
        before = health.faults
        health.see(seen)
        if heard is not None:
            health.hear(sound_faults(heard))
        if health.reference is seen:
            made, data = cv2.imencode(".png", seen.grey)
            if made:
                file.write_bytes(data.tobytes())
        if health.faults != before:
            log.warning("camera health camera=%s faults=%s", folder.name, ",".join(health.faults) or "none")
