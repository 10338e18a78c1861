"""A range of a recording as one MP4, exact to the frame and without transcoding.

The clip begins at the key frame before its first picture and an edit list shows it from there; where the recording has
a gap the clip goes on behind it. Every segment is held against its hash first: what was altered becomes no clip. The
words in the file say where it is from: sitting, camera, times, and the hash of every segment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from streaming.clip_file import Chunk, Reel, write
from streaming.clip_samples import Sample, Track, samples, tracks
from streaming.errors import Altered, BadFootage, NotRecorded, TooLong
from streaming.segments import EPOCH, MICROSECOND, Run, Segment
from streaming.timeline import stamp

LONGEST = timedelta(minutes=10)
LARGEST_BYTES = 2 * 10**9
SECOND = timedelta(seconds=1)
SLACK_S = 0.001  # a moment so shortly before a picture is that picture's: times are told in ms

Told = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a clip is from: [start, end) of a camera's recording of a sitting. `title`: what a player shows."""

    sitting: str
    camera: str
    start: datetime
    end: datetime
    title: str = ""


@dataclass(slots=True)
class Cut:
    """A clip to be written. `length_s`, `frames`: of what is shown. `pieces`: without a gap in them, each with the wall
    time of its first picture, its place in the clip and its length, in seconds."""

    source: Source
    reels: list[Reel]
    length_s: float
    frames: int
    words: dict[bytes, str]
    pieces: list[tuple[datetime, float, float]]

    def place(self, at: datetime) -> float:
        """Where in the clip a moment is shown, in seconds; in a gap where the clip goes on."""
        place = 0.0
        for began_at, begin, length in self.pieces:
            if began_at <= at:
                place = begin + min(length, (at - began_at).total_seconds())
        return place


@dataclass(slots=True)
class _Take:
    """What one run gives: its tracks by kind, their samples with the file each lies in, and the range in video ticks.
    `begin`: the first picture shown, taken at `began_at`; `end`: behind the last."""

    tracks: dict[bytes, Track]
    samples: dict[bytes, list[tuple[Path, Sample]]] = field(default_factory=dict)
    begin: int = 0
    end: int = 0
    frames: int = 0
    began_at: datetime = EPOCH

    @property
    def length_s(self) -> float:
        return (self.end - self.begin) / self.tracks[b"vide"].timescale


def cut(
    recordings: Path,
    runs: Sequence[Run],
    segments: Sequence[Segment],
    source: Source,
    fetched: Mapping[str, Path] = MappingProxyType({}),
) -> Cut:
    """runs, segments: those of the range, in the order of capture, as `index.between` gives them. fetched: where files
    lie that are not in `recordings`, by path; needed until the clip is written.

    Raises NotRecorded where the range has no picture, TooLong, Altered, and BadFootage for files not to be read."""
    if source.end - source.start > LONGEST:
        raise TooLong(f"a clip is {LONGEST // timedelta(minutes=1)} minutes long at most")
    if sum(segment.bytes for segment in segments) > LARGEST_BYTES:
        raise TooLong(f"a clip has {LARGEST_BYTES // 10**9} GB at most")
    takes = []
    for run in runs:
        own = [segment for segment in segments if segment.run_id == run.id]
        if own and (take := _take(recordings, fetched, run, own, source)) is not None:
            takes.append(take)
    if not takes:
        raise NotRecorded(f"nothing is recorded from {source.start:%H:%M:%S} to {source.end:%H:%M:%S}")
    kinds = [kind for kind in takes[0].tracks if any(take.samples.get(kind) for take in takes)]
    reels = [_reel(kind, takes) for kind in sorted(kinds, key=lambda kind: kind != b"vide")]
    first = reels[0]
    places = accumulate((take.length_s for take in takes), initial=0.0)
    pieces = [(take.began_at, place, take.length_s) for take, place in zip(takes, places, strict=False)]
    return Cut(
        source=source,
        reels=reels,
        length_s=first.length / first.track.timescale,
        frames=sum(take.frames for take in takes),
        words=_words(source, runs, segments),
        pieces=pieces,
    )


def make(file: BinaryIO, clip: Cut, told: Told = lambda _: None) -> None:
    """Write it. told: how much is done, from 0 to 1."""
    write(file, clip.reels, clip.words, told)


def read_whole(recordings: Path, path: str, sha256: str) -> bytes:
    """A file of the recordings. Raises Altered where it is not what the index says."""
    whole = (recordings / path).resolve()
    if not whole.is_relative_to(recordings.resolve()):
        raise BadFootage(f"{path} lies outside the recordings")
    try:
        data = whole.read_bytes()
    except OSError as error:
        raise BadFootage(f"{path} cannot be read") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Altered(f"{path} is not what was recorded")
    return data


def _take(
    recordings: Path, fetched: Mapping[str, Path], run: Run, segments: Sequence[Segment], source: Source
) -> _Take | None:
    """None: no picture of the run lies in the range."""
    known = tracks(read_whole(recordings, run.init_path, run.init_sha256))
    by_kind: dict[bytes, Track] = {}
    for track in known.values():
        by_kind.setdefault(track.kind, track)
    if b"vide" not in by_kind:
        raise BadFootage(f"{run.init_path} has no pictures")
    take = _Take(by_kind, {kind: [] for kind in by_kind})
    for segment in segments:
        path = fetched.get(segment.path)
        data = path.read_bytes() if path else read_whole(recordings, segment.path, segment.sha256)
        found, place = samples(data, known), path or recordings / segment.path
        for kind, track in by_kind.items():
            take.samples[kind] += [(place, sample) for sample in found[track.id]]
    return take if _trim(take, segments, run.timescale, source) else None


def _trim(take: _Take, segments: Sequence[Segment], timescale: int, source: Source) -> bool:
    """Leave what the range needs: pictures from the key frame before it, in decoding order to the last one needed."""
    slack = round(SLACK_S * timescale)
    start = _ticks(segments, source.start, timescale) + slack
    end = _ticks(segments, source.end, timescale) - slack
    pictures = [sample for _, sample in take.samples[b"vide"]]
    shown = sorted(sample.shown for sample in pictures)
    take.begin = max((at for at in shown if at <= start), default=shown[0] if shown else 0)
    inside = [at for at in shown if take.begin <= at < end]
    if not inside:
        return False
    last = next(sample for sample in reversed(pictures) if sample.shown == inside[-1])
    take.end = next((at for at in shown if at > inside[-1]), inside[-1] + last.duration)
    if take.end <= start - slack:
        return False
    take.frames = len(inside)
    origin = next((one for one in reversed(segments) if one.start_ticks <= take.begin), segments[0])
    take.began_at = origin.started_at + (take.begin - origin.start_ticks) / timescale * SECOND
    first = max(i for i, one in enumerate(pictures) if one.key and one.shown <= take.begin)
    until = max(i for i, one in enumerate(pictures) if one.shown < end) + 1
    take.samples[b"vide"] = take.samples[b"vide"][first:until]
    for kind, track in take.tracks.items():
        if kind != b"vide":
            begin, behind = (at * track.timescale / timescale for at in (take.begin, take.end))
            own = take.samples[kind]
            take.samples[kind] = [
                one for one in own if one[1].start + one[1].duration > begin and one[1].start < behind
            ]
    return True


def _ticks(segments: Sequence[Segment], at: datetime, timescale: int) -> int:
    """Media time of a moment, by the run's clock then."""
    segment = next((one for one in reversed(segments) if one.started_at <= at), segments[0])
    return segment.start_ticks + round((at - segment.started_at) / MICROSECOND * timescale / 1_000_000)


def _reel(kind: bytes, takes: Sequence[_Take]) -> Reel:
    """A track through all runs. The clip's time goes on where a run ends, whatever gap lies behind it."""
    track = takes[0].tracks[kind]
    reel = Reel(track)
    starts: list[int] = []
    end = 0
    place = 0.0  # of the take in the clip, in seconds
    for take in takes:
        own, video = take.tracks.get(kind), take.tracks[b"vide"]
        chosen = take.samples.get(kind, [])
        if own is not None and chosen:
            scale = track.timescale / own.timescale
            begin = take.begin / video.timescale * own.timescale
            if not starts:
                reel.begin = max(0, round((begin - chosen[0][1].start) * scale))
            if own.entry not in reel.entries:
                reel.entries.append(own.entry)
            base = round(place * track.timescale) + reel.begin
            starts += [base + round((sample.start - begin) * scale) for _, sample in chosen]
            reel.offsets += [round(sample.offset * scale) for _, sample in chosen]
            reel.keys += [sample.key for _, sample in chosen]
            reel.chunks += _chunks(chosen, reel.entries.index(own.entry))
            end = starts[-1] + round(chosen[-1][1].duration * scale)
        place += take.length_s
    for i in range(1, len(starts)):
        starts[i] = max(starts[i], starts[i - 1])
    early = min(reel.offsets)  # some players cannot show a picture before it is decoded
    reel.offsets = [offset - early for offset in reel.offsets]
    reel.begin -= early
    reel.times = [*starts, max(end, starts[-1])]
    reel.length = round(place * track.timescale)
    return reel


def _chunks(chosen: Sequence[tuple[Path, Sample]], entry: int) -> list[Chunk]:
    """Samples that lie one behind the other are copied at once."""
    found: list[Chunk] = []
    path, at, sizes = chosen[0][0], chosen[0][1].at, [0][:0]
    for where, sample in chosen:
        if (where, sample.at) != (path, at + sum(sizes)):
            found.append(Chunk(path, at, tuple(sizes), entry))
            path, at, sizes = where, sample.at, []
        sizes.append(sample.size)
    return [*found, Chunk(path, at, tuple(sizes), entry)]


def _words(source: Source, runs: Sequence[Run], segments: Sequence[Segment]) -> dict[bytes, str]:
    told: dict[str, Any] = {
        "sitting": source.sitting,
        "camera": source.camera,
        "from": stamp(source.start),
        "until": stamp(source.end),
        "runs": [
            {
                "run": run.id,
                "clock": run.clock,
                "init_sha256": run.init_sha256,
                "segments": {str(one.n): one.sha256 for one in segments if one.run_id == run.id},
            }
            for run in runs
        ],
    }
    return {
        b"\xa9nam": source.title,
        b"\xa9day": stamp(source.start),
        b"\xa9cmt": json.dumps(told, ensure_ascii=False, separators=(",", ":")),
    }
