"""A closed part of a sitting, with the demo camera, whose pictures bear their time: nothing of it is on the disk, in
the index or on the air, though the recorder is killed in it; afterwards filming and live go on by themselves."""

from __future__ import annotations

import asyncio
import io
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import av

from council.footage_check import check_sitting
from hardware import burnt_clock
from streaming.live import PartMade, RunBegun, RunOver, Told
from streaming.live_source import LiveSources
from streaming.locate import filmed
from voting.entries import FilmingPaused, FilmingResumed

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

WITHIN = timedelta(seconds=1)  # so soon nothing more is sent to who watches live
REASON = "особисті дані"


class Viewer:
    """Whoever watches live: all that was sent."""

    def __init__(self, folder: Path, camera: str) -> None:
        self._sources, self._camera = LiveSources(folder), camera
        self.told: list[Told] = []

    async def watch(self) -> None:
        async with self._sources.watch(self._camera) as live:
            place = 0
            while True:
                await live.more(place, 1.0)
                while place < live.recent.end:
                    with suppress(IndexError):  # let go already
                        self.told.append(live.recent[place])
                    place += 1

    async def close(self) -> None:
        await self._sources.close()

    def runs(self) -> list[str]:
        return [told.head.run for told in self.told if isinstance(told.head, RunBegun)]

    def pictures(self) -> list[datetime]:
        """The burnt-in times, of all runs."""
        found: list[datetime] = []
        for run in self.runs():
            own = [one for one in self.told if isinstance(one.head, RunBegun | PartMade) and one.head.run == run]
            with av.open(io.BytesIO(b"".join(told.body for told in own)), "r", format="mp4") as film:
                found += [burnt_clock.read(frame.to_ndarray(format="gray"))[0] for frame in film.decode(video=0)]
        return found


def on_disk(recordings: Path) -> list[datetime]:
    """The burnt-in times of every picture that can be read anywhere, of posters too."""
    found: list[datetime] = []
    for init in recordings.rglob("init.mp4"):
        files = sorted([*init.parent.glob("*.m4s"), *init.parent.glob("*.part")])
        data = b"".join(path.read_bytes() for path in (init, *files))
        with av.open(io.BytesIO(data), "r", format="mp4") as film:
            found += [burnt_clock.read(frame.to_ndarray(format="gray"))[0] for frame in film.decode(video=0)]
    for poster in recordings.rglob("*.jpg"):
        with av.open(str(poster)) as picture:
            found += [burnt_clock.read(frame.to_ndarray(format="gray"))[0] for frame in picture.decode(video=0)]
    return found


async def test_closed_part_is_nowhere_though_the_recorder_is_killed_in_it_and_filming_goes_on_after_it(
    footage: ModuleType, house: ModuleType, db: TestDatabase, tmp_path: Path, free_port: int
) -> None:
    async with footage.scene(house, db.database, tmp_path, free_port) as at, at.camera():
        viewer = Viewer(tmp_path / "data" / "live", footage.CAMERA)
        watching = asyncio.create_task(viewer.watch())
        await at.recorder.start()
        await at.open_sitting()
        await footage.until(lambda: at.segments() and viewer.runs())
        async with house.clerk(at.url, cookie=at.cookie) as console:
            assert (await console.act("PauseFilming", reason=REASON))["type"] == "Done"
        await at.equipment.says("camera", True, "films nothing")
        assert at.torn() is None
        before = on_disk(at.recordings)
        await at.recorder.kill()
        await at.recorder.start()
        await asyncio.sleep(2)
        await at.equipment.says("camera", True, "films nothing")
        assert on_disk(at.recordings) == before
        async with house.clerk(at.url, cookie=at.cookie) as console:
            assert (await console.act("ResumeFilming"))["type"] == "Done"
        await at.equipment.says("camera", True, "recording")
        runs, segments = len(viewer.runs()), at.segments()
        await footage.until(lambda: at.segments() > segments and len(viewer.runs()) >= runs)
        await at.recorder.stop()
        watching.cancel()
        await viewer.close()
        paused, resumed = await at.fact(FilmingPaused, None), await at.fact(FilmingResumed, None)
        start, end = (datetime.fromisoformat(fact.at) for fact in (paused, resumed))
        await proved(at, before, start, end, viewer)
        await explained(at, start, end)


async def proved(at: Any, before: list[datetime], start: datetime, end: datetime, viewer: Viewer) -> None:
    assert max(before) < start
    kept = on_disk(at.recordings)
    assert [when for when in kept if start <= when < end] == []
    assert max(kept) > end and start - max(before) < WITHIN
    sent = viewer.pictures()
    assert [when for when in sent if start + WITHIN <= when < end] == []
    assert max(sent) > end
    assert [told.head.reason for told in viewer.told if isinstance(told.head, RunOver)][:1] == ["paused"]
    runs, _ = await at.audit()
    assert [run.end_reason for run in runs] == ["paused", "stopped"]


async def explained(at: Any, start: datetime, end: datetime) -> None:
    conn = await at.address("hall").connect()
    try:
        known = await filmed(conn, at.house.SITTING)
        findings = await check_sitting(conn, at.recordings, at.house.SITTING, datetime.now(UTC))
    finally:
        await conn.close()
    assert known is not None
    [gap] = [gap for gap in known.gaps("hall-1", known.window.start, known.window.end) if gap.reason == "paused"]
    assert gap.closed is not None and gap.closed.reason == REASON
    assert gap.start <= start and gap.end is not None and gap.end >= end
    [sight] = known.sights(start + (end - start) / 2)
    assert sight.gap == gap
    assert all(finding.ok for finding in findings), findings
    assert [one.text for one in findings if "Filming was paused" in one.text and REASON in one.text]
