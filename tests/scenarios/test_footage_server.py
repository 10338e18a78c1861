"""The recorder's own machine: killed at each step, its clock set back, its index lost, its files altered, two of it."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from streaming import filming, index
from streaming.check import check
from streaming.errors import CameraBusy
from streaming.filming import CameraSource
from streaming.recorder import record
from streaming.rtsp import link, session

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

KILLED = Path(__file__).parents[1] / "kill_at_steps.py"
ROOT = KILLED.parents[1]
HALF_A_SECOND = 13  # pictures


async def test_recorder_killed_before_each_step_of_its_recipe_loses_half_a_second_at_most(
    cameras: ModuleType,
    mishaps: ModuleType,
    db: TestDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    regenerate: bool,
) -> None:
    monkeypatch.setattr(filming, "BACKOFF_S", (30.0, 30.0))
    with cameras.Camera(cameras.Shape(count=140, width=160, height=128), pace=0.0) as camera:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", KILLED, camera.url, tmp_path), stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )
        try:
            said, _ = await asyncio.wait_for(child.communicate(), 120)
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        assert child.returncode == 0
    in_hand = {name: int(count) for name, count in (line.split() for line in said.decode().splitlines())}
    left = {path for path in tmp_path.rglob("*.m4s.part")}
    stop = asyncio.Event()
    sources = [CameraSource(name, "rtsp://127.0.0.1:9/none") for name in in_hand]
    recording = asyncio.create_task(record(sources, tmp_path, db.database("record"), stop))
    conn = await db.database("public").connect()
    async with asyncio.timeout(30):
        while await conn.fetchval("select count(*) from camera_state where state = 'lost'") < len(in_hand):
            await asyncio.sleep(0.1)
    stop.set()
    await asyncio.wait_for(recording, 30)
    findings = await check(conn, tmp_path)
    assert all(finding.ok for finding in findings), [finding for finding in findings if not finding.ok]
    kept, lost, runs = 0, [], 0
    for name, count in in_hand.items():
        own = await index.camera_runs(conn, name)
        segments = [segment for run in own for segment in await index.run_segments(conn, run.id)]
        paths = [tmp_path / path for run in own[:1] for path in (run.init_path, *(s.path for s in segments))]
        shown = cameras.decode(*(path.read_bytes() for path in paths)) if segments else []
        numbers = [picture.number for picture in shown]
        assert numbers == list(range(len(numbers))) and len(numbers) == sum(s.frames for s in segments), name
        kept, runs = kept + len(numbers), runs + len(own)
        lost.append(count - len(numbers))
    await conn.close()
    assert max(lost) <= HALF_A_SECOND and len(in_hand) > 40 and left
    if regenerate:
        sent, without = sum(in_hand.values()), max(lost) / 25
        mishaps.Figures(
            "recorder killed before each step", len(in_hand), sent, kept, runs=runs, without_s=without
        ).keep()


async def test_server_clock_set_back_an_hour_makes_a_new_run_and_loses_nothing(
    mishaps: ModuleType,
    lines: ModuleType,
    db: TestDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    regenerate: bool,
) -> None:
    """What is filmed meanwhile stands an hour earlier: the server's clock is the sitting's."""
    hour = 3600 * 10**9
    back = SimpleNamespace(time_ns=lambda: time.time_ns() - hour, monotonic=time.monotonic)
    times = 5 if regenerate else 1
    async with (
        mishaps.Watched() as camera,
        lines.BadLine(camera.url).open() as line,
        mishaps.recording(line.url, tmp_path, db) as made,
    ):
        for _ in range(times):
            await made.runs("sender_report")
            await made.more(1)
            with monkeypatch.context() as patch:
                for module in (link, session, filming):
                    patch.setattr(module, "time", back)
                await made.runs("arrival")  # the camera's clock is an hour off now
                await made.more(1)
                await made.says("recording", "clock_off")
        await made.runs("sender_report")
        await made.more(1)
        await made.end()
        figures = await mishaps.audit(made, camera, line, "server clock set back an hour, and on", times)
        runs, _ = await made.indexed()
    reasons = [run.end_reason for run in runs]
    assert min(reasons.count("clock_jump"), reasons.count("sender_report")) >= times
    figures.without_s = (figures.sent - figures.kept) / mishaps.FPS  # not the hour that is missing in between
    if regenerate:
        figures.keep()


async def test_index_lost_is_told_again_from_the_files_each_altered_byte_is_found_and_two_recorders_are_one_too_many(
    mishaps: ModuleType, lines: ModuleType, db: TestDatabase, tmp_path: Path, regenerate: bool
) -> None:
    async with (
        mishaps.Watched() as camera,
        lines.BadLine(camera.url).open() as line,
        mishaps.recording(line.url, tmp_path, db) as made,
    ):
        await made.more(1)
        with pytest.raises(CameraBusy):
            await record([CameraSource(mishaps.CAMERA, line.url)], tmp_path, db.database("record"), asyncio.Event())
        camera.drop()
        await made.more(20 if regenerate else 2)
        await made.end()
        assert line.tries == 2, "the second recorder asked the camera nothing"
        second = await mishaps.audit(made, camera, line, "two recorders for one camera")
        before = await made.indexed()
        owner = await db.database().connect()
        await owner.execute("delete from segment")
        await owner.execute("delete from run")
        assert not all(finding.ok for finding in await made.findings())
        made.start(CameraSource(mishaps.CAMERA, "rtsp://127.0.0.1:9/none"))
        await made.until(lambda: owner.fetchval("select count(*) = $1 from run where ended_at is not null", 2))
        await made.end()
        await owner.close()
        assert await made.indexed() == before
        lost = await mishaps.audit(made, camera, line, "index lost")
        files = [path for path in tmp_path.rglob("*") if path.suffix in (".m4s", ".mp4")]
        for n, path in enumerate(files):
            data = path.read_bytes()
            place = n * 997 % len(data)
            path.write_bytes(data[:place] + bytes((data[place] ^ 1 << n % 8,)) + data[place + 1 :])
            bad = [finding.text for finding in await made.findings() if not finding.ok]
            name = path.relative_to(tmp_path)
            assert bad == [f"{name} was altered: its SHA-256 is not the one recorded."]
            path.write_bytes(data)
        altered = await mishaps.audit(made, camera, line, "one byte of a file altered, found", len(files))
    if regenerate:
        for figures in (second, lost, altered):
            figures.keep()
