"""Clips: any range of a recording as MP4, the very frames of it, with where it is from."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from streaming.clip import LONGEST, Source, cut, make, read_whole
from streaming.clip_burn import Overlay, burn, size
from streaming.clip_jobs import Stopped
from streaming.clip_samples import samples, tracks
from streaming.errors import Altered, BadFootage, NotRecorded, TooLong
from streaming.segments import Run, Segment

FPS = 25


def parts(told: list[Any]) -> tuple[list[Run], list[Segment]]:
    return [one for one in told if isinstance(one, Run)], [one for one in told if isinstance(one, Segment)]


def clip(archive: Any, told: list[Any], start: float, end: float, camera: str = "hall-1") -> bytes:
    """From `start` to `end` seconds after the opening."""
    source = Source(
        archive.sitting, camera, *(archive.opened + timedelta(seconds=at) for at in (start, end)), "Про річ"
    )
    file = BytesIO()
    make(file, cut(archive.recordings, *parts(told), source))
    return file.getvalue()


def film(data: bytes, read: Callable[[Any], int]) -> list[tuple[int, int]]:
    """Number and time in ms of each picture shown."""
    with av.open(BytesIO(data), "r", format="mp4") as container:
        return [(read(frame), round(frame.time * 1000)) for frame in container.decode(video=0)]


@pytest.fixture
def read(shown: Any) -> Callable[[Any], int]:
    """The number in a picture."""
    found: Callable[[Any], int] = shown.__globals__["read"]
    return found


@pytest.mark.parametrize("bframes", [0, 2])
async def test_a_clip_shows_exactly_the_frames_of_its_range_100_of_100(
    archive: Any, read: Callable[[Any], int], bframes: int
) -> None:
    told = await archive.film(0, bframes=bframes, width=160, height=96)
    chance = random.Random(bframes)
    for _ in range(50):
        first = chance.randrange(119)
        last = chance.randrange(first, 120)
        within, before = chance.uniform(0, 0.039), chance.uniform(0.001, 0.039)
        made = film(clip(archive, told, first / FPS + within, (last + 1) / FPS - before + 0.002), read)
        assert [number for number, _ in made] == list(range(first, last + 1)), (first, last, within, before)
        assert [at for _, at in made] == [40 * n for n in range(last + 1 - first)]


async def test_a_clip_goes_on_behind_a_gap_also_where_the_picture_changed_its_size(
    archive: Any, read: Callable[[Any], int]
) -> None:
    told = await archive.film(0)
    told += await archive.film(60, width=160, height=96)
    made = film(clip(archive, told, 4.0, 61.0), read)
    assert [number for number, _ in made] == [*range(100, 120), *range(25)]
    assert [at for _, at in made] == [40 * n for n in range(45)]


async def test_a_clip_carries_its_source(archive: Any) -> None:
    told = await archive.film(0)
    [run], segments = parts(told)
    with av.open(BytesIO(clip(archive, told, 1.0, 2.5)), "r", format="mp4") as container:
        words = dict(container.metadata)
    assert (words["title"], words["date"]) == ("Про річ", "2017-11-22T10:00:01.000Z")
    assert json.loads(words["comment"]) == {
        "sitting": archive.sitting,
        "camera": "hall-1",
        "from": "2017-11-22T10:00:01.000Z",
        "until": "2017-11-22T10:00:02.500Z",
        "runs": [
            {
                "run": run.id,
                "clock": "sender_report",
                "init_sha256": run.init_sha256,
                "segments": {str(segment.n): segment.sha256 for segment in segments},
            }
        ],
    }


async def test_an_altered_segment_becomes_no_clip(archive: Any) -> None:
    told = await archive.film(0)
    path = archive.recordings / told[1].path
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(Altered):
        clip(archive, told, 0.5, 1.0)
    path.unlink()
    with pytest.raises(BadFootage):
        clip(archive, told, 0.5, 1.0)


async def test_what_was_not_recorded_and_what_is_too_long_becomes_no_clip(archive: Any) -> None:
    told = await archive.film(0)
    with pytest.raises(NotRecorded):
        clip(archive, told, 10, 20)
    with pytest.raises(TooLong):
        clip(archive, told, 0, LONGEST.total_seconds() + 1)


def with_sound(folder: Path, at: datetime, numbers: Any) -> tuple[Run, Segment]:
    """4 s of film with sound, fragmented by libav: other tables than ours, two tracks. Each second of the sound has its
    own loudness."""
    file = BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(file, "w", format="mp4", options=options) as container:
        video = container.add_stream("libx264", rate=FPS, options={"g": "25", "bf": "0", "preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        sound = container.add_stream("aac", rate=48_000, layout="mono")
        for n in range(100):
            container.mux(video.encode(numbers(n, 160, 96)))
        for n in range(4 * 48):
            wave = np.sin(np.arange(1000) * 2 * np.pi * 440 / 48_000) * 0.2 * (1 + n // 48)
            frame = av.AudioFrame.from_ndarray(wave.astype(np.float32)[None, :], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48_000, n * 1000
            container.mux(sound.encode(frame))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    data = file.getvalue()
    split = data.index(b"moof") - 4
    (folder / "init.mp4").write_bytes(data[:split])
    (folder / "0.m4s").write_bytes(data[split:])
    timescale = next(track.timescale for track in tracks(data[:split]).values() if track.kind == b"vide")
    hashes = [hashlib.sha256(part).hexdigest() for part in (data[:split], data[split:])]
    run = Run("r", "hall-1", at, "sender_report", "avc1", 160, 96, timescale, "init.mp4", split, hashes[0])
    return run, Segment("r", 0, 0, 4 * timescale, at, 4000, "0.m4s", len(data) - split, hashes[1], 100, None)


async def test_sound_is_cut_with_its_pictures(archive: Any, read: Callable[[Any], int]) -> None:
    numbers = read.__globals__["draw"]
    run, segment = with_sound(archive.recordings, archive.opened, numbers)
    data = clip(archive, [run, segment], 1.51, 3.0)  # libav begins the pictures 21 ms late, for the encoder of sound
    assert [number for number, _ in film(data, read)] == list(range(37, 75))
    with av.open(BytesIO(data), "r", format="mp4") as container:
        heard = [(frame.time, frame.to_ndarray()[0]) for frame in container.decode(audio=0)]
    assert abs(heard[0][0]) < 0.03 and abs(heard[-1][0] + len(heard[-1][1]) / 48_000 - 1.52) < 0.05
    loud = {
        second: np.concatenate([wave for at, wave in heard if abs(at - second) < 0.2]).std() for second in (0.2, 1.2)
    }
    assert loud[1.2] / loud[0.2] == pytest.approx(3 / 2, rel=0.1), "the second second, then the third"


async def test_what_is_laid_over_a_clip_is_there_for_its_time_and_the_sound_stays(
    archive: Any, read: Callable[[Any], int]
) -> None:
    run, segment = with_sound(archive.recordings, archive.opened, read.__globals__["draw"])
    source = Source(archive.sitting, "hall-1", archive.opened, archive.opened + timedelta(seconds=2))
    taken = cut(archive.recordings, [run], [segment], source)
    assert size(taken) == (160, 96) and taken.place(archive.opened + timedelta(seconds=1)) == pytest.approx(
        0.98, abs=0.03
    )
    green = np.zeros((24, 160, 4), np.uint8)
    green[:] = (0, 255, 0, 255)
    file, shares = BytesIO(), list[float]()
    burn(file, taken, [Overlay(0.5, 1.0, green)], shares.append)
    with av.open(BytesIO(file.getvalue()), "r", format="mp4") as container:
        assert json.loads(container.metadata["comment"])["drawn_into"] is True
        pictures = [
            (frame.time, frame.to_ndarray(format="rgb24")[-12, 80], read(frame)) for frame in container.decode(video=0)
        ]
    assert [number for *_, number in pictures] == list(range(50))
    assert {at for at, (red, green, _), _ in pictures if green > 200 and red < 60} == {
        at for at, *_ in pictures if 0.5 <= at < 1.0
    }
    with av.open(BytesIO(file.getvalue()), "r", format="mp4") as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) / 48_000 == pytest.approx(2, abs=0.1)
    assert shares == sorted(shares) and shares[-1] > 0.9
    with pytest.raises(Stopped):
        burn(BytesIO(), taken, [], stop)


def stop(share: float) -> None:
    raise Stopped("the process ends")


async def test_files_that_are_not_whole_are_told_as_such(archive: Any) -> None:
    run, segment, *_ = await archive.film(0)
    init = read_whole(archive.recordings, run.init_path, run.init_sha256)
    data = read_whole(archive.recordings, segment.path, segment.sha256)
    known = tracks(init)
    assert sum(len(found) for found in samples(data, known).values()) == segment.frames
    for torn in (init[:60], init[:-4], b"", init.replace(b"stsd", b"xxxx")):
        with pytest.raises(BadFootage):
            tracks(torn)
    for torn in (data[:-10], data[:50], data.replace(b"trun", b"xxxx", 1).replace(b"tfdt", b"yyyy", 1)):
        with pytest.raises(BadFootage):
            samples(torn, known)
