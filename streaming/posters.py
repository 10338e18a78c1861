"""Posters: a JPEG of each segment's first picture, made when there is time for it.

One thread for all cameras, at the lowest priority; a poster missing is no harm. When segments come faster than posters,
the oldest wait in vain and are counted.
"""

from __future__ import annotations

import io
import logging
import os
import queue
import threading
from pathlib import Path

import av
import cv2

log = logging.getLogger(__name__)

WIDTH = 640
QUALITY = 80
WAITING = 100


def poster(init: bytes, segment: bytes) -> bytes:
    """The first picture of a segment as JPEG, at most WIDTH wide. Raises ValueError where none can be decoded."""
    try:
        with av.open(io.BytesIO(init + segment), "r", format="mp4") as container:
            video = container.streams.video[0]
            video.codec_context.thread_count = 1
            video.codec_context.skip_frame = "NONKEY"
            frame = next(container.decode(video))
            width = min(WIDTH, frame.width)
            height = max(2, round(frame.height * width / frame.width / 2) * 2)
            picture = frame.reformat(width, height, "bgr24").to_ndarray()
    except (av.error.FFmpegError, StopIteration, IndexError) as error:
        raise ValueError(f"no picture can be decoded: {type(error).__name__}") from error
    made, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not made:
        raise ValueError("no JPEG can be made of the picture")
    return data.tobytes()


class Posters(threading.Thread):
    """`ask` from any thread; `stop` ends the thread after the poster at hand."""

    def __init__(self, recordings: Path) -> None:
        super().__init__(name="posters", daemon=True)
        self._recordings = recordings
        self._wanted: queue.Queue[tuple[str, str, str] | None] = queue.Queue()
        self._stopping = False
        self.left_out = 0

    def ask(self, init_path: str, segment_path: str, poster_path: str) -> None:
        """Make this poster soon. Paths are below the recordings folder."""
        if self._wanted.qsize() >= WAITING:
            self._wanted.get_nowait()
            self.left_out += 1
            if self.left_out % 100 == 1:
                log.warning("posters are made too slowly left_out=%d", self.left_out)
        self._wanted.put((init_path, segment_path, poster_path))

    def stop(self) -> None:
        self._stopping = True
        self._wanted.put(None)

    def run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        while (wanted := self._wanted.get()) is not None and not self._stopping:
            try:
                self._make(*(self._recordings / path for path in wanted))
            except (OSError, ValueError) as error:
                log.warning("no poster segment=%s error=%s", wanted[1], error)

    @staticmethod
    def _make(init: Path, segment: Path, path: Path) -> None:
        if path.exists():
            return
        data = poster(init.read_bytes(), segment.read_bytes())
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        part.rename(path)
