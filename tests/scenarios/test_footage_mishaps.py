"""The recording through its mishaps, while the hall votes: recorder or PostgreSQL killed, disk full, camera gone.

What was durable is there afterwards, byte for byte; the vote never notices; the console does.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from hardware.demo_camera import DemoCamera
from sql.database import Database
from sql.embedded import Embedded
from sql.migrate import migrate
from streaming.segments import Run, Segment
from voting.entries import VoteClosed, VoteOpened

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

CLOCK = timedelta(seconds=0.5)  # a busy machine leaves out pictures
ROOMY = 8 * 10**9


async def counted(at: Any, pressing: Any) -> None:
    """The vote is closed; its roll is what the receipts say, and they say what was pressed last."""
    receipts = await pressing.end()
    assert receipts == pressing.pressed and len(receipts) == 37
    await at.act("CloseVote", vote_n=1)
    closed: VoteClosed = await at.fact(VoteClosed, 1)
    assert {line.member: line.option.value for line in closed.roll} == receipts


async def opened(at: Any, n: int) -> datetime:
    fact: VoteOpened = await at.fact(VoteOpened, n)
    return datetime.fromisoformat(fact.at or "")


def unbroken(at: Any, runs: list[Run], segments: list[Segment]) -> None:
    """No picture is missing inside a run."""
    for run in runs:
        numbers = [picture.number for picture in at.pictures(run, segments)]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def kept(mishaps: ModuleType, at: Any, scenario: str, runs: list[Run], segments: list[Segment]) -> None:
    """The line of the report: pictures by the numbers burnt into them. None of these mishaps loses a packet."""
    numbers = [picture.number for run in runs for picture in at.pictures(run, segments)]
    ends = [one.ended_at for one in runs if one.ended_at is not None]
    without = sum((two.started_at - end).total_seconds() for end, two in zip(ends, runs[1:], strict=False))
    sent = numbers[-1] - numbers[0] + 1
    mishaps.Figures(scenario, 1, sent, len(numbers), runs=len(runs), without_s=without).keep()


async def test_recorder_killed_in_a_vote_loses_nothing_durable_and_goes_on_in_a_new_run(
    footage: ModuleType,
    house: ModuleType,
    mishaps: ModuleType,
    db: TestDatabase,
    tmp_path: Path,
    free_port: int,
    regenerate: bool,
) -> None:
    async with (
        footage.scene(house, db.database, tmp_path, free_port) as at,
        at.camera(),
        footage.Pressing(house, at.url) as pressing,
    ):
        await at.recorder.start()
        await at.open_sitting()
        await footage.until(at.segments)
        await at.act("OpenVote", vote_n=1)
        await pressing.begin()
        await asyncio.sleep(1)  # half a second may be lost, and the opening is looked for below
        await at.recorder.kill_when(at.torn)
        killed_at, durable, (_, indexed) = datetime.now(UTC), at.durable(), await at.indexed()
        await pressing.go_on()
        await at.recorder.start()
        await footage.until(lambda: len(at.journals()) == 2)
        await at.equipment.says("camera", True, "recording")
        await pressing.go_on()
        await counted(at, pressing)
        await at.recorder.stop()
        (first, second), segments = await at.audit()
        await at.proved()
        assert (first.end_reason, second.end_reason) == ("killed", "stopped")
        assert first.ended_at is not None and killed_at - first.ended_at < timedelta(seconds=1)
        assert segments[: len(indexed)] == indexed
        for path, data in durable.items():
            assert path.read_bytes()[: len(data)] == data, path
        unbroken(at, [first, second], segments)
        run, away = await at.opens(await opened(at, 1))
        assert (run, abs(away) < CLOCK) == (first.id, True), away
        if regenerate:
            kept(mishaps, at, "recorder killed in a vote", [first, second], segments)


async def test_postgresql_killed_in_a_vote_leaves_no_gap_in_the_index(
    footage: ModuleType, house: ModuleType, mishaps: ModuleType, tmp_path: Path, free_port: int, regenerate: bool
) -> None:
    with Embedded(tmp_path / "postgresql") as server:
        await migrate(Database(server.url("owner"), "owner"))
        async with (
            footage.scene(house, lambda role: Database(server.url(role), role), tmp_path, free_port) as at,
            at.camera(),
            footage.Pressing(house, at.url) as pressing,
        ):
            await at.recorder.start()
            await at.open_sitting()
            await footage.until(at.segments)
            await at.act("OpenVote", vote_n=1)
            await pressing.begin()
            assert server.pid is not None
            before = at.segments()
            os.kill(server.pid, signal.SIGKILL)
            await at.equipment.says("ledger", False)
            await asyncio.sleep(240 if regenerate else 0)
            await footage.until(lambda: at.segments() >= before + 2)
            receipts = pressing.receipts()
            await asyncio.to_thread(server.start)
            await pressing.go_on()
            assert pressing.receipts() > receipts
            await at.equipment.says("ledger", True)
            await at.equipment.says("camera", True, "recording")
            await counted(at, pressing)
            await at.recorder.stop()
            [run], segments = await at.audit()
            assert run.end_reason == "stopped" and len(segments) >= before + 3
            unbroken(at, [run], segments)
            link, away = await at.opens(await opened(at, 1))
            assert (link, abs(away) < CLOCK) == (run.id, True), away
            if regenerate:
                kept(mishaps, at, "PostgreSQL gone for 4 min", [run], segments)


class SmallDisk:
    """A disk of its own for the recordings, in memory: roomy, until it is filled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def size(self, size: int, how: str = "remount") -> bool:
        """Whether it has this many bytes now; it cannot have fewer than are written."""
        command = ("mount", "-t", "tmpfs", "-o", f"{how},size={size}", "tmpfs", str(self.folder))
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def fill(self) -> None:
        """Room for a few pictures is left, as when others have written to the disk."""
        used = shutil.disk_usage(self.folder).used
        assert any(self.size(used + room) for room in (65_536, 131_072, 262_144))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "data" / "recordings")
    disk.folder.mkdir(parents=True)
    if not disk.size(ROOMY, "rw"):
        pytest.skip("only root may mount a disk that can be filled")
    yield disk
    subprocess.run(["umount", disk.folder], check=True)


async def test_disk_full_in_a_vote_is_said_on_the_console_and_recording_goes_on_when_there_is_room(
    footage: ModuleType,
    house: ModuleType,
    mishaps: ModuleType,
    db: TestDatabase,
    small_disk: SmallDisk,
    tmp_path: Path,
    free_port: int,
    regenerate: bool,
) -> None:
    async with (
        footage.scene(house, db.database, tmp_path, free_port) as at,
        at.camera(),
        footage.Pressing(house, at.url) as pressing,
    ):
        await at.recorder.start()
        await at.open_sitting()
        await at.equipment.says("camera", True, "recording")
        await at.equipment.says("disk", True)
        await at.act("OpenVote", vote_n=1)
        await pressing.begin()
        small_disk.fill()
        await at.equipment.says("camera", False, "the disk is full")
        await at.equipment.says("disk", False, "only 0 GB left")
        full_at, durable = datetime.now(UTC), at.durable()
        await pressing.go_on()
        assert small_disk.size(ROOMY)
        await at.equipment.says("camera", True, "recording")
        await at.equipment.says("disk", True)
        await pressing.go_on()
        await counted(at, pressing)
        await at.recorder.stop()
        (first, second), segments = await at.audit()
        assert (first.end_reason, second.end_reason) == ("disk_full", "stopped")
        assert second.started_at > full_at
        for path, data in durable.items():
            assert path.read_bytes()[: len(data)] == data, path
        unbroken(at, [first, second], segments)
        run, away = await at.opens(await opened(at, 1))
        assert (run, abs(away) < CLOCK) == (first.id, True), away
        if regenerate:
            kept(mishaps, at, "disk full in mid-segment", [first, second], segments)


async def refused(at: Any, log: Path) -> None:
    """A second `council record` of the camera says who has it, and ends; the first records on."""
    second = type(at.recorder)(at.recorder.config, log)
    await second.start()
    try:
        async with asyncio.timeout(30):
            assert second.process is not None and await second.process.wait() == 1
    finally:
        await second.kill()
    assert log.read_text().splitlines()[-1] == (
        f"council record: another recorder already records camera hall-1 into {at.recordings}"
    )
    assert at.recorder.process.returncode is None


async def test_camera_absent_gone_dropped_and_back_is_said_on_the_console_and_each_vote_opens_its_own_run(
    footage: ModuleType, house: ModuleType, db: TestDatabase, tmp_path: Path, free_port: int
) -> None:
    vote = ("OpenVote", "CloseVote", "AnnounceResult")
    async with footage.scene(house, db.database, tmp_path, free_port) as at:
        await at.recorder.start()
        await at.open_sitting()
        await at.equipment.says("camera", False, "no picture")
        async with at.camera():
            await at.equipment.says("camera", True, "recording")
            await at.act(*vote, vote_n=1)
            gone_at = datetime.now(UTC)
        await at.equipment.says("camera", False, "no picture")
        await at.act("CallItem", *vote, item="2", vote_n=2)
        async with at.camera() as camera:
            await at.equipment.says("camera", True, "recording")
            await refused(at, tmp_path / "second.log")
            dropped_at = datetime.now(UTC)
            camera.drop()
            await footage.until(lambda: len(at.journals()) == 3, footage.SAYS_S)
            await at.act("CallItem", *vote, item="3", vote_n=3)
            await at.recorder.stop()
        runs, segments = await at.audit()
        assert [run.end_reason for run in runs] == ["dropped", "dropped", "stopped"]
        unbroken(at, runs, segments)
        for run, ended_at in zip(runs, (gone_at, dropped_at), strict=False):  # all that came until then
            assert run.ended_at is not None and abs(ended_at - run.ended_at) < CLOCK
        for n, run in enumerate(runs, 1):
            link, away = await at.opens(await opened(at, n))
            assert link == run.id, n
            assert abs(away) < CLOCK or n == 2, away  # nobody filmed the second: what came next is shown


@asynccontextmanager
async def noise_only(camera: DemoCamera) -> AsyncIterator[None]:
    """Instead of pictures the camera sends noise."""

    async def send() -> None:
        while True:
            camera.garbage(framed=False)
            await asyncio.sleep(0.05)

    camera.paused = True
    sending = asyncio.create_task(send())
    try:
        yield
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        camera.paused = False


async def test_camera_sending_garbage_is_said_on_the_console_and_recorded_in_a_new_run_when_it_is_well(
    footage: ModuleType, house: ModuleType, db: TestDatabase, tmp_path: Path, free_port: int
) -> None:
    async with footage.scene(house, db.database, tmp_path, free_port) as at, at.camera() as camera:
        await at.recorder.start()
        await at.open_sitting()
        await at.equipment.says("camera", True, "recording")
        noisy_at = datetime.now(UTC)
        async with noise_only(camera):
            await at.equipment.says("camera", False, "no picture")
        well_at = datetime.now(UTC)
        await at.equipment.says("camera", True, "recording")
        before = at.segments()
        for framed in (True, False):  # some noise between the pictures ends nothing
            camera.garbage(framed)
        await footage.until(lambda: at.segments() > before)
        await at.equipment.says("camera", True, "recording")
        await at.recorder.stop()
        (first, *_, last), segments = await at.audit()
        unbroken(at, [first], segments)
        assert first.ended_at is not None and abs(noisy_at - first.ended_at) < CLOCK
        assert last.started_at > well_at
