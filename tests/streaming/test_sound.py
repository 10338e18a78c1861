"""Sound beside the film: laid by time, without a hole, and heard in the end."""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from hardware import burnt_clock
from hardware.demo_camera import DemoCamera
from streaming import fmp4, g711, nal
from streaming.clock import RunClock
from streaming.cutting import AccessUnit, Act, Cut, Cutter
from streaming.filming import CameraSource, CameraThread
from streaming.journal import Record
from streaming.segments import Run, Segment
from streaming.sound import Hearing, SoundFormat, SoundTrack, SoundUnit

RATE, UNIT = 48_000, 1024
UNIT_US = UNIT * 1_000_000 / RATE
AAC = SoundFormat("mp4a.40.2", RATE, UNIT, b"", b"silence")
WALL = 1_511_339_183_000_000


def unit(n: int, *, late_us: int = 30_000, taken_us: int | None = WALL, lost: int = 0) -> SoundUnit:
    """The n-th of a camera that counts from 10 s; taken at `taken_us` and on."""
    at_us = round(n * UNIT_US)
    reported = None if taken_us is None else taken_us + at_us
    return SoundUnit(b"%d" % n, 10 * RATE + n * UNIT, WALL + at_us + late_us, reported, lost)


def lay(times_us: list[float]) -> tuple[int, list[fmp4.Sample]]:
    track = SoundTrack(AAC)
    for n, at_us in enumerate(times_us):
        track.put(unit(n), round(at_us))
    return track.finish()


def starts(samples: list[fmp4.Sample]) -> dict[bytes, int]:
    at, found = 0, {}
    for sample in samples:
        found[sample.data] = at
        at += sample.duration
    return found


def test_sound_in_order_is_laid_end_to_end() -> None:
    start, samples = lay([n * UNIT_US for n in range(50)])
    assert start == 0 and [sample.data for sample in samples] == [b"%d" % n for n in range(50)]
    assert {sample.duration for sample in samples} == {UNIT} and all(sample.key for sample in samples)


def test_sound_from_before_the_film_is_left_out_and_a_late_beginning_is_silence() -> None:
    _, samples = lay([(n - 3.5) * UNIT_US for n in range(10)])
    assert samples[0].data == b"3"
    _, samples = lay([(n + 3.5) * UNIT_US for n in range(10)])
    assert [sample.data for sample in samples[:4]] == [b"silence"] * 3 + [b"0"]


def test_a_hole_is_silence_and_what_comes_after_it_has_its_time() -> None:
    _, samples = lay([n * UNIT_US for n in range(10)] + [(n + 20) * UNIT_US for n in range(10, 20)])
    assert [sample.data for sample in samples].count(b"silence") == 20
    assert starts(samples)[b"10"] == 30 * UNIT


@pytest.mark.parametrize("ppm", [-300, 300])
def test_sound_whose_clock_drifts_stays_beside_the_film(ppm: int) -> None:
    count = 60 * 60 * RATE // UNIT
    _, samples = lay([n * UNIT_US * (1 + ppm / 1e6) for n in range(count)])
    kept = starts(samples)
    for n in range(0, count, 999):
        assert abs(kept[b"%d" % n] / RATE - n * UNIT_US * (1 + ppm / 1e6) / 1e6) < 0.011
    assert len(samples) == count and min(sample.duration for sample in samples) > UNIT * 0.9


def test_times_gone_astray_do_not_tear_the_sound() -> None:
    _, samples = lay([n * UNIT_US for n in range(10)] + [3.6e9 + n * UNIT_US for n in range(10)])
    assert {sample.duration for sample in samples} == {UNIT} and len(samples) == 20


def test_sound_that_stays_away_is_silence_as_far_as_it_is_waited_for() -> None:
    track = SoundTrack(AAC)
    track.fill(1_000_000)
    _, samples = track.take()
    assert sum(sample.duration for sample in samples) >= RATE - UNIT
    track.put(unit(0), 2_000_000)
    start, rest = track.finish()
    assert start == sum(sample.duration for sample in samples) and abs(start + starts(rest)[b"0"] - 2 * RATE) <= UNIT


@pytest.mark.parametrize("reported", [True, False])
def test_sound_and_film_are_brought_together_by_reports_or_by_arrival(reported: bool) -> None:
    """The sound begins 0.5 s after the film; its packets take 30 ms, the film's 10 ms, which only reports can tell."""
    film, hearing = RunClock(), Hearing(AAC)
    for i in range(50):
        taken = WALL + i * 40_000
        film.feed(i * 40_000, taken + 10_000, taken if reported else None)
    for n in range(40):
        hearing.hear(unit(n, late_us=530_000, taken_us=WALL + 500_000 if reported else None))
    due = list(hearing.due(film, 1_000_000))
    assert abs(due[0][1] - (500_000 if reported else 520_000)) < 100
    assert all(at_us < 1_000_000 for _, at_us in due) and len(due) + len(list(hearing.due(film, 10**9))) == 40


def test_each_lost_packet_of_sound_is_counted_in_a_segment_also_before_and_after_the_film(units: Any) -> None:
    cutter = Cutter(90_000, sound=SoundFormat("mp4a.40.2", RATE, UNIT, b"", b"silence"))
    told: list[Act] = []
    for n in range(200):  # 4.3 s
        cutter.hear(unit(n, lost=1))
    for number, data in units(count=50):  # 2 s
        taken = WALL + 1_000_000 + number * 40_000
        told += cutter.feed(AccessUnit(tuple(nal.split(data)), number * 3600, taken + 30_000, taken))
    told += cutter.finish("stopped")
    assert sum(act.lost for act in told if isinstance(act, Cut)) == 200
    assert cutter.finish("stopped") == []


@pytest.mark.parametrize("encoding", ["PCMU", "PCMA"])
def test_telephone_sound_becomes_flac_without_losing_a_bit(encoding: str) -> None:
    flac, noise = g711.FlacSound(encoding, 8000), np.random.default_rng(5).integers(0, 256, 8000, np.uint8)
    made = [
        one
        for i in range(0, 8000, 160)
        for one in flac.feed(SoundUnit(noise[i : i + 160].tobytes(), i, WALL + i * 125, None))
    ]
    assert [one.pts for one in made] == [i * flac.format.unit_ticks for i in range(len(made))]
    assert len(made) == 8000 // flac.format.unit_ticks
    track = SoundTrack(flac.format)
    for one in made:
        track.put(one, one.pts * 125)
    start, samples = track.finish()
    entry = fmp4.picture_entry(b"avc1", 16, 16, b"\x01\x42\x00\x0a\xff\xe0\x00")
    init = fmp4.init_segment(16, 16, 90_000, entry, (8000, flac.format.entry))
    part = fmp4.fragment(1, 0, [fmp4.Sample(b"\0\0\0\1\x65", 90_000, True)], start, samples)
    with av.open(BytesIO(init + part), "r", format="mp4") as file:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])
    decoder = av.CodecContext.create(g711.ENCODINGS[encoding], "r")
    decoder.sample_rate, decoder.layout = 8000, "mono"
    [meant] = decoder.decode(av.Packet(noise.tobytes()))
    assert np.array_equal(heard, meant.to_ndarray()[0][: len(heard)]) and len(heard) == len(made) * 576


def test_telephone_sound_with_a_hole_goes_on_at_its_time() -> None:
    flac = g711.FlacSound("PCMA", 8000)
    made = flac.feed(SoundUnit(bytes(1000), 0, WALL, None)) + flac.feed(SoundUnit(bytes(600), 5000, WALL, None, 3))
    assert [(one.pts, one.lost) for one in made] == [(0, 0), (576, 0), (5000, 3)]


def test_telephone_sound_timed_by_an_inexact_clock_has_no_hole_and_follows_it() -> None:
    """Some cameras count samples, others look at a clock whenever a packet is full."""
    flac, noise = g711.FlacSound("PCMA", 8000), np.random.default_rng(6).integers(0, 256, 8000, np.uint8)
    packets = [
        SoundUnit(noise[i : i + 160].tobytes(), i + i // 100 + (-60, 0, 79)[i // 160 % 3], WALL + i * 125, None)
        for i in range(0, 8000, 160)
    ]
    made = [one for packet in packets for one in flac.feed(packet)]
    assert len(made) == 8000 // flac.format.unit_ticks
    heard = b"".join(noise[i : i + 160].tobytes() for i in range(0, 8000, 160))
    exact = g711.FlacSound("PCMA", 8000).feed(SoundUnit(heard, 0, WALL, None))
    assert [one.data for one in made] == [one.data for one in exact]
    for n, one in enumerate(made):
        assert abs(one.pts - n * 576 * 1.01) < 150


async def test_camera_with_sound_is_recorded_with_it_and_both_stay_together(tmp_path: Path) -> None:
    """The demo camera beeps at each full second of the clock that it burns into its pictures."""
    told: list[Record] = []
    async with DemoCamera(None, 0, 640, 360, 25, sound=True) as camera:
        thread = CameraThread(CameraSource("hall-1", camera.url), tmp_path, told.append, None)
        thread.start()
        async with asyncio.timeout(20):
            while sum(isinstance(record, Segment) for record in told) < 3:
                await asyncio.sleep(0.05)
        thread.stop()
        await asyncio.to_thread(thread.join, 20)
        thread.close()
    [run] = dict.fromkeys(record.id for record in told if isinstance(record, Run))
    first = next(record for record in told if isinstance(record, Run))
    segments = [record for record in told if isinstance(record, Segment)]
    assert first.codec.split(",")[1] == "mp4a.40.2" and all(segment.run_id == run for segment in segments)
    init = (tmp_path / first.init_path).read_bytes()
    data = [(tmp_path / segment.path).read_bytes() for segment in segments]
    with av.open(BytesIO(init + b"".join(data)), "r", format="mp4") as file:
        pictures = [
            (frame.time, burnt_clock.read(frame.to_ndarray(format="gray"))[0]) for frame in file.decode(video=0)
        ]
    with av.open(BytesIO(init + b"".join(data)), "r", format="mp4") as file:
        frames = list(file.decode(audio=0))
    heard = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    begin = frames[0].time
    loud = np.abs(heard) > 0.05
    beeps = [i / RATE + begin for i in np.flatnonzero(loud) if i > RATE // 5 and not loud[i - RATE // 5 : i].any()]
    assert len(beeps) >= 3
    for beep in beeps:
        second, at = min(pictures, key=lambda picture: abs(picture[0] - beep))
        late = beep - second + (at.microsecond / 1e6 + 0.5) % 1 - 0.5  # of the beep, behind the full second
        assert abs(late) < 0.03, (beep, second, at)  # a frame of sound is 21 ms
    for one in data[1:3]:  # each segment plays by itself, with its sound
        with av.open(BytesIO(init + one), "r", format="mp4") as file:
            packets = [(p.stream.type, p.pts * p.time_base) for p in file.demux() if p.pts is not None]
        begins = dict(reversed(packets))
        assert abs(begins["audio"] - begins["video"]) < 0.3
