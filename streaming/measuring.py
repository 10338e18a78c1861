"""The recorder's look at its own clocks: after each opening and closing of a vote, what the hall display said in its
cameras' pictures is read, held against the ledger, and stored with the run (measured.py)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby, zip_longest
from pathlib import Path

import asyncpg

from sql.database import LOST, Database
from streaming import display_code, index
from streaming.measured import Reading, measured
from streaming.posters import humbly
from streaming.segments import Run, Segment

log = logging.getLogger(__name__)

LOOK_S = 3.0
STATEMENT_S = 15.0
BACK = timedelta(hours=2)  # at the start: so far back votes are looked for
SETTLED = timedelta(seconds=12)  # after a moment, for the footage around it to have its names and be in the index
BEFORE, AFTER = timedelta(seconds=5), timedelta(seconds=6)  # of footage looked at around a moment
EARLY, MADE = timedelta(milliseconds=50), timedelta(seconds=5)  # a moment's code is made once the act is on disk

Read = Callable[[Run, Sequence[Segment], datetime, datetime], Awaitable[Reading | None]]


async def keep(database: Database, recordings: Path, camera_ids: Sequence[str]) -> None:
    """For ever; ends by cancelling. What is read of a picture is read in a thread of lowest priority."""
    loop = asyncio.get_running_loop()
    done: set[tuple[str, datetime]] = set()

    def read(run: Run, segments: Sequence[Segment], since: datetime, until: datetime) -> Awaitable[Reading | None]:
        return loop.run_in_executor(reader, display_code.read, recordings, run, segments, since, until)

    reader = ThreadPoolExecutor(1, "display-code", humbly)
    try:
        while True:
            try:
                async with asyncio.timeout(STATEMENT_S):
                    connection = await database.connect()
                try:
                    while True:
                        await look(connection, camera_ids, done, read)
                        await asyncio.sleep(LOOK_S)
                finally:
                    connection.terminate()
            except LOST:
                log.debug("clocks are not measured while the database is gone")
            except Exception:
                log.exception("clocks cannot be measured")  # recording goes on without it
            await asyncio.sleep(LOOK_S)
    finally:
        reader.shutdown(wait=False, cancel_futures=True)


async def look(
    connection: asyncpg.Connection, camera_ids: Sequence[str], done: set[tuple[str, datetime]], read: Read
) -> None:
    """Read what has become readable. done: cameras and moments that have been looked at; grows."""
    moments = await index.vote_moments(connection, BACK, SETTLED)
    with suppress(ValueError):
        done -= {one for one in done if one[1] < min(moments)}
    for camera_id in camera_ids:
        for at, following in zip_longest(moments, moments[1:]):
            if (camera_id, at) not in done:
                until = min(at + MADE, following or at + MADE) - EARLY
                await _look_at(connection, camera_id, at, until, read)
                done.add((camera_id, at))


async def _look_at(connection: asyncpg.Connection, camera_id: str, at: datetime, until: datetime, read: Read) -> None:
    """The code was made in [at - EARLY, until)."""
    runs, segments = await index.between(connection, camera_id, at - BEFORE, at + AFTER, moved=False, hide=("closed",))
    known = {run.id: run for run in runs}
    for run_id, group in groupby(segments, key=lambda segment: segment.run_id):
        run, readings = known[run_id], await index.clock_readings(connection, run_id)
        if any(at - EARLY <= one.shown_at < until for one in readings):
            continue
        reading = await read(run, list(group), at - EARLY, until)
        if reading is None:
            continue
        if not await index.in_ledger(connection, reading):
            log.error("a code in the picture is not of this ledger run=%s size=%d", run_id, reading.tree_size)
            continue
        found = measured([*readings, reading], run.clock)
        await index.clock_read(connection, reading, found)
        log.info("clock measured run=%s moved_us=%s", run_id, found and (found.moved_us, found.within_us))
