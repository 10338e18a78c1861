"""The line to the camera: a cable pulled for a second, for half a minute, for ten minutes; packets lost on the way."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from hardware import rtp
from streaming import filming, index, ingest
from streaming.timeline import flaws

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

TRIES = {30: 4, 600: 80}  # connections tried in so many seconds: each waits 5 s for an answer, then up to 3 s


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_camera_unplugged_for_a_second_loses_by_tcp_nothing_and_by_udp_what_is_counted(
    mishaps: ModuleType, lines: ModuleType, db: TestDatabase, tmp_path: Path, transport: str, regenerate: bool
) -> None:

    times = 20 if regenerate else 2
    async with (
        mishaps.Watched(udp=True) as camera,
        lines.BadLine(camera.url).open() as line,
        mishaps.recording(line.url, tmp_path, db, transport) as made,
    ):
        await made.says("recording")
        for _ in range(times):
            line.plugged = False
            await asyncio.sleep(1)
            line.plugged = True
            await made.more(1)
        await made.end()
        figures = await mishaps.audit(made, camera, line, f"cable out for 1 s, {transport.upper()}", times)
    assert line.tries == 1, "the connection lives on"
    assert figures.counted == figures.dropped and bool(figures.dropped) == (transport == "udp")
    if regenerate:
        figures.keep()


@pytest.mark.parametrize("seconds", [30, 600])
async def test_camera_unplugged_for_longer_is_recorded_again_as_soon_as_it_is_back(
    mishaps: ModuleType,
    lines: ModuleType,
    db: TestDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
    regenerate: bool,
) -> None:
    """As many tries in vain as fall into that time; the ordinary run does not wait between them."""

    async with (
        mishaps.Watched() as camera,
        lines.BadLine(camera.url).open() as line,
        mishaps.recording(line.url, tmp_path, db) as made,
    ):
        await made.until(made.segments)
        line.plugged = False
        if regenerate:
            await asyncio.sleep(seconds)
        else:
            with monkeypatch.context() as patch:
                patch.setattr(ingest, "SILENT_S", 0.5)
                patch.setattr(ingest, "OPEN_S", 0.05)
                patch.setattr(filming, "BACKOFF_S", (0.005, 0.03))
                await made.until(lambda: line.tries > TRIES[seconds], 60)
        await made.says("lost", "silent")
        line.plugged = True
        await made.more(2)
        await made.says("recording")
        await made.end()
        figures = await mishaps.audit(made, camera, line, f"cable out for {seconds} s", line.tries)
        runs, _ = await made.indexed()
    assert (runs[0].end_reason, runs[-1].end_reason) == ("silent", "stopped")
    if regenerate:
        assert figures.without_s < seconds + 20
        figures.keep()


async def test_five_packets_of_a_hundred_lost_are_counted_exactly_and_marked_on_the_time_line(
    mishaps: ModuleType,
    lines: ModuleType,
    db: TestDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    regenerate: bool,
) -> None:
    monkeypatch.setattr(rtp, "PACKET_BYTES", 700)  # so that a picture takes many
    chance = random.Random(5)

    def lossy(_: int, packet: bytes) -> bytes | None:
        return None if chance.random() < 0.05 else packet

    async with (
        mishaps.Watched(udp=True, sound=True, bit_rate=600_000) as camera,
        lines.BadLine(camera.url, lossy, shuffled=True).open() as line,
        mishaps.recording(line.url, tmp_path, db, "udp") as made,
    ):
        await made.until(lambda: made.segments() >= 2)
        await asyncio.sleep(600 if regenerate else 5)
        line.tamper = lambda _, packet: packet  # so that the last one comes
        await made.more(1)
        await made.end()
        figures = await mishaps.audit(made, camera, line, "packet loss 5 %, UDP, out of order", 1)
        _, segments = await made.indexed()
        conn = await db.database("public").connect()
        told = await conn.fetchval("select packets_lost from camera_state")
        marred = await index.marred(conn, segments[0].started_at, segments[-1].ended_at)
        await conn.close()
    assert figures.dropped > 20 and told == figures.dropped == figures.counted
    assert figures.damaged > 0
    shown = flaws(marred)
    assert sum(flaw.packets_lost for flaw in shown) == figures.counted
    assert sum(flaw.frames_damaged for flaw in shown) == figures.damaged
    if regenerate:
        figures.keep()
