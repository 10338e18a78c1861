"""Cameras that do what no camera should: reboot as another one, tell wrong times or none, say nothing."""

from __future__ import annotations

import asyncio
import struct
import sys
from datetime import timedelta
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from hardware import burnt_clock
from streaming import ingest
from streaming.segments import Run

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

PEER = Path(__file__).parents[1] / "streaming" / "rtsp" / "peer.py"
HZ = 90_000


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_camera_that_answers_and_never_sends_is_named_and_recorded_once_it_does(
    mishaps: ModuleType,
    lines: ModuleType,
    db: TestDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    transport: str,
    regenerate: bool,
) -> None:
    if not regenerate:
        monkeypatch.setattr(ingest, "SILENT_S", 1.0)
    async with (
        mishaps.Watched(udp=True) as camera,
        lines.BadLine(camera.url).open() as line,
        mishaps.recording(line.url, tmp_path, db, transport) as made,
    ):
        camera.paused = True
        await made.until(lambda: line.tries > 2, 60)
        await made.says("lost", "silent")
        assert made.journals() == []
        monkeypatch.undo()
        camera.paused = False
        await made.more(1)
        await made.says("recording")
        tries = line.tries - 1
        camera.paused = True  # and falls silent while it is recorded
        await made.says("lost", "silent")
        camera.paused = False
        await made.more(2)
        await made.end()
        name = f"camera answers and never sends, {transport.upper()}"
        figures = await mishaps.audit(made, camera, line, name, tries)
        runs, _ = await made.indexed()
    assert [run.end_reason for run in runs][-2:] == ["silent", "stopped"]
    if regenerate:
        figures.keep()


async def test_times_that_leap_stand_still_or_make_no_sense_lose_no_picture(
    mishaps: ModuleType, lines: ModuleType, db: TestDatabase, tmp_path: Path, regenerate: bool
) -> None:
    """Each for a second or two, by what the line does to the packets."""
    rounds = 5 if regenerate else 1
    leaps = {"an hour ahead": 3600, "a day back": -86_400, "ten seconds back": -10, "half a minute ahead": 30}
    async with (
        mishaps.Watched() as camera,
        lines.BadLine(camera.url, reports=False).open() as line,
        mishaps.recording(line.url, tmp_path, db) as made,
    ):
        await made.more(1)
        shift = 0
        for _ in range(rounds):
            for leap in leaps.values():
                shift += round(leap * HZ)
                line.tamper = lambda _, packet, by=shift: mishaps.moved(packet, by)
                await made.more(1)
        line.tamper = wild = Wild(shift)
        await asyncio.sleep(2 * rounds)
        wild.calm = True
        await made.more(2)
        await made.end()
        figures = await mishaps.audit(made, camera, line, "times leap, or are noise", rounds * (len(leaps) + 1))
        runs, _ = await made.indexed()
    assert sum(run.end_reason == "timestamps" for run in runs) > 2 * rounds
    if regenerate:
        figures.keep()


class Wild:
    """Each picture gets a time at random, until it is calm."""

    def __init__(self, shift: int) -> None:
        self.calm, self._shift = False, shift
        self._chance = np.random.default_rng(7)
        self._made: dict[int, int] = {}

    def __call__(self, _: int, packet: bytes) -> bytes:
        (timestamp,) = struct.unpack_from(">I", packet, 4)
        by = self._made.setdefault(timestamp, self._shift if self.calm else int(self._chance.integers(0, 2**32)))
        return packet[:4] + struct.pack(">I", timestamp + by & 0xFFFFFFFF) + packet[8:]


async def test_sender_reports_absent_late_a_day_off_and_stepping_never_move_a_picture_far(
    mishaps: ModuleType, lines: ModuleType, db: TestDatabase, tmp_path: Path, regenerate: bool
) -> None:
    """Each picture shows when it was taken: by a believed report it is found within a ms or two, else within what the
    network and the camera take."""
    rounds = 5 if regenerate else 1
    async with (
        mishaps.Watched() as camera,
        lines.BadLine(camera.url, reports=False).open() as line,
        mishaps.recording(line.url, tmp_path, db) as made,
    ):
        for _ in range(rounds):
            line.reports = False  # a new connection, so that nothing is known of the camera's clock
            camera.drop()
            await made.runs("arrival")
            await made.says("recording")
            await made.more(1)
            line.reports = True
            await made.runs("sender_report")
            camera.clock_error_seconds = -86_400.0
            await made.runs("arrival")
            await made.says("recording", "clock_off")
            camera.clock_error_seconds = 0.0
            await made.runs("sender_report")
            camera.clock_error_seconds = 3.0
            await made.runs("arrival")
            camera.clock_error_seconds = 0.0
            await made.runs("sender_report")
            await made.more(1)
        await made.end()
        figures = await mishaps.audit(made, camera, line, "sender report absent, a day off, stepping", 5 * rounds)
        runs, segments = await made.indexed()
    for run in runs:
        off_ms = sorted(abs(ms) for ms in apart(run, made.film(run, segments)))
        assert off_ms[len(off_ms) // 2] < (300 if run.clock == "arrival" else 5), run
    if regenerate:
        figures.keep()


def apart(run: Run, film: BytesIO) -> list[float]:
    """Ms between the time that a run tells of each picture and the one burnt into it."""
    with av.open(film, "r", format="mp4") as file:
        shown = [(frame.time or 0.0, frame.to_ndarray(format="gray")) for frame in file.decode(video=0)]
    told = [run.started_at + timedelta(seconds=second - shown[0][0]) for second, _ in shown]
    return [(at - burnt_clock.read(grey)[0]).total_seconds() * 1000 for at, (_, grey) in zip(told, shown, strict=True)]


def slices(film: Path | BytesIO) -> list[bytes]:
    """The pictures of an MP4 as they are stored, without parameter sets and messages."""
    found = []
    with av.open(film, "r", format="mp4") as file:
        h265 = file.streams.video[0].codec_context.name == "hevc"
        for data in (bytes(packet) for packet in file.demux(video=0)):
            kept, at = b"", 0
            while at < len(data):
                size = int.from_bytes(data[at : at + 4])
                kind = data[at + 4] >> 1 & 63 if h265 else data[at + 4] & 31
                kept += data[at + 4 : at + 4 + size] if (kind < 32 if h265 else kind in (1, 5)) else b""
                at += 4 + size
            found += [kept] if kept else []
    return found


def small_film(path: Path, codec: str, size: tuple[int, int], rate: int | None) -> list[bytes]:
    """2 s, each picture another; rate: of the sound, None without. The pictures."""
    with av.open(str(path), "w") as film:
        video: Any = film.add_stream(codec, rate=25)
        video.width, video.height, video.pix_fmt = (*size, "yuv420p")
        video.options = {"preset": "ultrafast", "tune": "zerolatency"}
        if codec == "libx265":
            video.options["x265-params"] = "log-level=none:pools=none:frame-threads=1:repeat-headers=0"
        sound: Any = film.add_stream("aac", rate=rate, layout="mono") if rate else None
        for i in range(50):
            noise = np.random.default_rng(i).integers(0, 256, (*size[::-1], 3), np.uint8)
            picture = av.VideoFrame.from_ndarray(noise // 4, format="rgb24")
            picture.pts, picture.time_base = i, Fraction(1, 25)
            film.mux(video.encode(picture))
            if rate:
                heard = av.AudioFrame.from_ndarray(np.zeros((1, rate // 25), np.float32), format="fltp", layout="mono")
                heard.sample_rate, heard.pts = rate, i * rate // 25
                film.mux(sound.encode(heard))
        film.mux(video.encode(None))
        if rate:
            film.mux(sound.encode(None))
    return slices(path)


async def test_camera_rebooting_with_other_size_codec_sound_or_none_is_recorded_in_a_run_of_each(
    mishaps: ModuleType, db: TestDatabase, tmp_path: Path, free_port: int, regenerate: bool
) -> None:
    """A server that nobody here wrote is killed, and plays another film at the same address when it comes back."""
    kinds = [
        ("libx264", (320, 240), 48_000),
        ("libx264", (160, 120), 48_000),
        ("libx264", (160, 120), 16_000),
        ("libx265", (160, 120), 16_000),
        ("libx264", (160, 120), None),
    ]
    film = tmp_path / "film.mp4"
    recordings = tmp_path / "recordings"
    rounds = 4 if regenerate else 1
    films: list[list[bytes]] = []
    async with mishaps.recording(f"rtsp://127.0.0.1:{free_port}/film.mp4?play_count=0", recordings, db) as made:
        for codec, size, rate in kinds * rounds:
            films.append(small_film(film, codec, size, rate))
            server = await asyncio.create_subprocess_exec(
                *(sys.executable, PEER, "aio_rtsp_toolkit", film, str(free_port)),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                before = len(made.journals())
                await made.until(lambda n=before: len(made.journals()) > n)
                await made.more(1)
            finally:
                server.kill()
                await server.wait()
            await made.says("lost", "absent")
        await made.end()
        faults = [finding for finding in await made.findings() if not finding.ok]
        runs, segments = await made.indexed()
    assert not faults, faults
    found = [(run.width, run.height, run.codec.partition(".")[0], run.codec.partition(",")[2]) for run in runs]
    told = {"libx264": "avc1", "libx265": "hvc1"}
    meant = [(*size, told[codec], "mp4a.40.2" if rate else "") for codec, size, rate in kinds * rounds]
    assert list(dict.fromkeys(found)) == list(dict.fromkeys(meant)), found
    assert sum(run.end_reason == "dropped" for run in runs) == len(meant)
    for run in runs:  # the film again and again, from its first picture on, and none left out
        stored = slices(made.film(run, segments))
        own = next(film for film in films if stored[0] == film[0])
        places = [own.index(picture) for picture in stored]
        assert all((two - one) % len(own) == 1 for one, two in pairwise(places)), places
        assert len(stored) == sum(segment.frames for segment in segments if segment.run_id == run.id)
    if regenerate:
        frames = sum(segment.frames for segment in segments)
        mishaps.Figures("camera reboots as another one", len(meant), frames, frames, runs=len(runs)).keep()
