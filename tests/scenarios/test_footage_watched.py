"""A recorder that looks at its own pictures: a real vote's codes measure its clock, and a camera that sees nothing is
told to the clerk."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from hardware.wall_screen import LARGE_QR_SECONDS
from streaming.posters import REFERENCE

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

READ = "select root, root_hash from clock_reading join checkpoint using (tree_size) order by tree_size"


async def test_codes_of_a_vote_measure_the_clock_and_a_covered_camera_is_told(
    footage: ModuleType, house: ModuleType, db: TestDatabase, tmp_path: Path, free_port: int
) -> None:
    async with footage.scene(house, db.database, tmp_path, free_port) as at, at.camera() as camera:
        await at.recorder.start()
        await at.open_sitting()
        await footage.until(at.segments)
        await at.act("OpenVote", vote_n=1)
        await asyncio.sleep(LARGE_QR_SECONDS)
        await at.act("CloseVote", vote_n=1)
        await asyncio.sleep(LARGE_QR_SECONDS)  # the camera is covered only when its code was to be seen
        await footage.until((at.recordings / footage.CAMERA / REFERENCE).exists)
        camera._film._draw = covered(camera._film._draw)
        await footage.until(lambda: "covers the lens" in at.equipment.parts["camera"]["text"]["en"], 30)
        assert not at.equipment.parts["camera"]["ok"]
        conn = await at.address("public").connect()
        async with asyncio.timeout(30):
            while len(read := await conn.fetch(READ)) < 2:
                await asyncio.sleep(0.2)
        run = await conn.fetchrow("select moved_us, within_us from run")
        await conn.close()
        assert [row["root"] for row in read] == [row["root_hash"].hex()[:16] for row in read]
        assert abs(run["moved_us"] or 0) < 150_000, "the clock is right, but a busy machine draws wall and film late"
        await at.recorder.stop()


def covered(draw: Any) -> Any:
    """A soft shade instead of the hall."""
    chance = np.random.default_rng(1)

    def shade(moment: Any, number: int) -> Any:
        planes = draw(moment, number).copy()
        height = planes.shape[0] * 2 // 3
        luma = cv2.GaussianBlur(planes[:height], (0, 0), 60) // 2 + 40
        planes[:height] = luma + chance.integers(0, 6, luma.shape, np.uint8)
        planes[height:] = 128
        return planes

    return shade
