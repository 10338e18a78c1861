"""The sound of a recording, decoded for a program that listens: in pieces of some minutes, each with its wall time.

Cameras with a microphone are asked in their order: what the first did not hear, another may have heard. A piece ends
where the sound has a hole, else at a quiet moment, so that no word is cut in two.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import av
import numpy as np

from streaming import clip_samples
from streaming.errors import BadFootage
from streaming.segments import Run, Segment
from streaming.speech import RATE, Piece, Samples

PIECE_S, QUIET_S = 300, 30  # a piece ends within its last QUIET_S
HOLE_S = 0.25  # of sound, or sound twice: a new piece
_BLOCK = RATE // 10

log = logging.getLogger(__name__)

Read = Callable[[str], bytes]
"""A file of the recordings by its path."""


def with_sound(read: Read, runs: Sequence[Run]) -> set[str]:
    """The ids of those that have a sound track. Raises BadFootage, OSError."""
    return {
        run.id for run in runs if any(one.kind == b"soun" for one in clip_samples.tracks(read(run.init_path)).values())
    }


def covering(cameras: Sequence[Sequence[Segment]]) -> list[list[Segment]]:
    """Of each camera what no camera before it has, in stretches without a hole; in the order of time. cameras: the
    segments of each, in the order of capture."""
    found: list[list[Segment]] = []
    for segments in cameras:
        taken = sorted((stretch[0].started_at, stretch[-1].ended_at) for stretch in found)
        begins = [start for start, _ in taken]
        own: list[list[Segment]] = []
        for segment in segments:
            i = bisect_right(begins, segment.started_at) - 1
            if (i >= 0 and taken[i][1] > segment.started_at) or (
                i + 1 < len(taken) and taken[i + 1][0] < segment.ended_at
            ):
                continue
            last = own[-1][-1] if own else None
            if last is None or (last.run_id, last.n + 1) != (segment.run_id, segment.n):
                own.append([])
            own[-1].append(segment)
        found += own
    return sorted(found, key=lambda stretch: stretch[0].started_at)


def pieces(read: Read, run: Run, segments: Sequence[Segment]) -> Iterator[Piece]:
    """segments: of one run, each the next of the one before. Raises BadFootage, OSError."""
    begins = [segment.start_ticks / run.timescale for segment in segments]

    def piece(from_s: float, samples: Samples) -> Piece:
        i = max(0, bisect_right(begins, from_s) - 1)
        return Piece(segments[i].started_at + timedelta(seconds=from_s - begins[i]), samples)

    start_s, kept, count = 0.0, list[Samples](), 0
    try:
        for at_s, heard in _heard(_Joined(read, run, segments)):
            if count and abs(at_s - start_s - count / RATE) > HOLE_S:
                yield piece(start_s, np.concatenate(kept))
                kept, count = [], 0
            start_s = at_s - count / RATE  # the microphone's clock is not the camera's
            kept.append(heard)
            count += len(heard)
            if count >= PIECE_S * RATE:
                whole = np.concatenate(kept)
                cut = _quiet(whole)
                yield piece(start_s, whole[:cut])
                start_s, kept, count = start_s + cut / RATE, [whole[cut:]], count - cut
    except av.error.FFmpegError as error:
        raise BadFootage(f"the sound of {run.id} cannot be read: {error}") from error
    if count:
        yield piece(start_s, np.concatenate(kept))


def _heard(file: _Joined) -> Iterator[tuple[float, Samples]]:
    """Seconds in the run, and what was heard from then on."""
    with av.open(file, "r", format="mp4") as container:
        sound = container.streams.audio[0]
        resampler = av.AudioResampler("fltp", "mono", RATE)
        for packet in container.demux(sound):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                continue  # a torn unit is a hole in the sound
            for frame in frames:
                if frame.pts is None or frame.time_base is None:
                    continue
                at_s = float(frame.pts * frame.time_base)
                for part in resampler.resample(frame):
                    yield at_s, np.asarray(part.to_ndarray()[0], np.float32)


def _quiet(samples: Samples) -> int:
    """Where within the last QUIET_S the least is heard."""
    blocks = samples[len(samples) - QUIET_S * RATE :]
    blocks = blocks[: len(blocks) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    power = np.convolve(np.square(blocks).mean(axis=1), np.ones(3), "valid")
    return len(samples) - QUIET_S * RATE + (int(power.argmin()) + 1) * _BLOCK + _BLOCK // 2


class _Joined:
    """A run's files one after the other, read once. One that is gone or torn is a hole in the sound."""

    def __init__(self, read: Read, run: Run, segments: Sequence[Segment]) -> None:
        self._read, self._left = read, iter(segments)
        init = read(run.init_path)
        self._tracks = clip_samples.tracks(init)
        self._now = memoryview(init)

    def read(self, size: int) -> bytes:
        while not self._now:
            segment = next(self._left, None)
            if segment is None:
                return b""
            self._now = memoryview(self._whole(segment.path))
        taken, self._now = self._now[:size], self._now[size:]
        return bytes(taken)

    def _whole(self, path: str) -> bytes:
        try:
            data = self._read(path)
            clip_samples.samples(data, self._tracks)  # libav would end there without a word
        except (OSError, BadFootage) as error:
            log.warning("not_heard path=%s error=%s", path, error)
            return b""
        return data
