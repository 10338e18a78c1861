"""From a moment to the frame: the demo camera's burnt-in clock is the judge."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

import av
import pytest

from hardware import burnt_clock
from hardware.demo_camera import DemoCamera
from hardware.wall_screen import LARGE_QR_SECONDS
from streaming import display_code, index, measuring
from streaming.filming import CameraSource, CameraThread
from streaming.journal import Record
from streaming.measured import Measured, Reading, measured
from streaming.segments import Run, Segment, to_ms
from streaming.timeline import locate
from tests import coded_wall
from tests.coded_wall import root

FPS = 25
SECOND = timedelta(seconds=1)
LATE_US = 40_000  # a busy machine draws a picture so much after the time that it bears


def frames(folder: Path, run: Run, segments: list[Segment]) -> list[tuple[int, datetime, int]]:
    """Of a recorded run: media time in ms, rounded, and what is burnt in: the time and the frame's number."""
    data = (folder / run.init_path).read_bytes() + b"".join((folder / s.path).read_bytes() for s in segments)
    with av.open(BytesIO(data), "r", format="mp4") as container:
        pictures = [(frame.pts, frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]
    return [(round(pts * 1000 / run.timescale), *burnt_clock.read(picture)) for pts, picture in pictures]


@pytest.mark.parametrize(("error", "rtp_start"), [(0.0, 0), (1.5, 0), (0.0, 2**32 - 5 * 90_000)])
async def test_a_moment_is_found_to_the_frame(
    tmp_path: Path, error: float, rtp_start: int, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """error: seconds the camera's clock is ahead; then its report is not believed and the arrival counts. The third
    camera's RTP time wraps in the middle. The display's codes, read back, then tell how far the arrival is off."""
    told: list[Record] = []
    codes: list[datetime] = []
    async with DemoCamera(None, 0, 640, 360, FPS, rtp_start=rtp_start) as camera:
        camera.clock_error_seconds = error
        thread = CameraThread(CameraSource("hall-1", camera.url), tmp_path, told.append, None)
        thread.start()
        async with asyncio.timeout(15):
            while not camera.watching:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        for state in ("open", "closed"):
            codes.append(datetime.now(UTC))
            camera._hall.show(coded_wall.shown(state, len(codes), codes[-1]))
            await asyncio.sleep(LARGE_QR_SECONDS)
        thread.stop()
        await asyncio.to_thread(thread.join, 20)
        thread.close()
    runs: list[Any] = [record for record in told if isinstance(record, Run)]
    [run] = runs
    segments = [record for record in told if isinstance(record, Segment)]
    assert run.clock == ("arrival" if error else "sender_report")
    film = frames(tmp_path, run, segments)
    assert [number for *_, number in film] == list(range(film[0][2], film[0][2] + len(film))), "every frame, in order"
    starts = [media for media, *_ in film]
    worst = 0.0
    for media, burnt, _ in film[2:-5]:
        for at in (burnt + timedelta(milliseconds=1), burnt + timedelta(milliseconds=1000 / FPS - 2)):
            segment, offset = locate(segments, at)
            place = to_ms(segment.start_ticks, run.timescale) + offset
            if not error:
                assert starts[bisect_right(starts, place) - 1] == media, "the very frame that was taken then"
            worst = max(worst, abs(place - media) - 1000 / FPS)
    assert worst < (1 if not error else 100)
    readings = [display_code.read(tmp_path, run, segments, at - SECOND, at + SECOND) for at in codes]
    found = measured([reading for reading in readings if reading], run.clock)
    assert [reading and reading.root for reading in readings] == [root(1)[:16], root(2)[:16]]
    if found is None:  # where this machine drew the wall late, nothing is said of a clock by sender reports
        assert run.clock == "sender_report"
        return
    taken = [(segments[0].started_at + timedelta(milliseconds=media), burnt) for media, burnt, _ in film]
    off = median((burnt - at) / timedelta(microseconds=1) for at, burnt in taken)
    assert abs(off - found.moved_us) <= found.within_us + LATE_US
    assert found.within_us < 150_000 and (error or found.moved_us == 0)
    if not rtp_start:
        monkeypatch.setattr(measuring, "SETTLED", timedelta(0))
        assert await stored(db, tmp_path, told, codes) == found


async def stored(db: Any, folder: Path, told: list[Record], codes: list[datetime]) -> Measured | None:
    """What the recorder's own look stores, when the ledger has the second code's checkpoint from the beginning and the
    first one's only then."""
    owner, recorder = await db.database().connect(), await db.database("record").connect()
    for record in told:
        await index.insert(recorder, record)
    vote = """insert into vote_event (sitting_id, n, motion, opened_at, closed_at, needed, seats, opened_seq, state,
                                      method, subject)
              values ('s', 1, 'm', $1, $2, 19, 37, 1, 'closed', 'terminal', 'motion')"""
    await owner.execute(vote, *codes)
    sitting = """insert into sitting_summary (sitting_id, body_id, session_label, kind, held_on, mode, seats, opened_at,
                                              opened_seq, is_open)
                 values ('s', 'b', 'I', 'plenary', $1, 'ordinary', 37, $2, 1, true)"""
    await owner.execute(sitting, codes[0].date(), codes[0])
    run_id = next(record.id for record in told if isinstance(record, Run))

    async def read(*where: Any) -> Reading | None:
        return await asyncio.to_thread(display_code.read, folder, *where)

    for size in (2, 1):
        sql = "insert into checkpoint (tree_size, root_hash, note, signed_at) values ($1, $2, '', now())"
        await owner.execute(sql, size, bytes.fromhex(root(size)))
        await measuring.look(recorder, ["hall-1"], set(), read)
        known = await index.clock_readings(owner, run_id)
        assert {one.tree_size for one in known} == set(range(size, 3)), "only what the ledger has"
    [row] = await owner.fetch("select moved_us, within_us from run")
    for connection in (owner, recorder):
        await connection.close()
    return Measured(**row) if row["moved_us"] is not None else None
