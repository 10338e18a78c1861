"""Minutes of footage sealed into the ledger, and recordings released. `due` is pure; `Sealer` is the hall's task.

The recorder writes rows, the hall alone the ledger: so the hall looks at the rows and seals each minute once it is
whole. A row that comes late (the recorder was cut off from the database and catches up) is sealed when it comes; no
segment is in two seals, because a seal and its row in `footage_seal`, which says what is sealed, are one transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sql
from council.clock import Clock
from council.footage_release import fulfil
from sql.database import LOST
from streaming.index import MARGIN
from voting.entries import FootageSealed, stamp
from voting.footage import seal_root
from voting.ledger import Ledger

logger = logging.getLogger(__name__)

LOOK_S = 5.0
EVERY_S = 3600.0  # what was left out within a run is looked for so often, and at the start
STALE = timedelta(minutes=2)  # a run that has neither gone on nor ended for so long is sealed as it is
RECENT, LONG_AGO = timedelta(days=2), timedelta(days=60)  # how old a sitting may be that is looked at
MOST = 2000  # segments looked at at once
BATCH = 20  # seals written at once

Row = Mapping[str, Any]


def due(rows: Sequence[Row], now: datetime) -> list[tuple[str, FootageSealed]]:
    """The seals of all whole minutes among unsealed segments, each with its sitting.

    rows: of query `unsealed`, in order of run and n, at most MOST. A minute is one of UTC, by the segments' beginnings;
    it is whole when the run has gone on or ended, or is stale."""
    seals = []
    for group in _minutes(rows):
        last = group[-1]
        if last is rows[-1] and len(rows) >= MOST:
            break  # the rest of its minute has not been read
        gone_on = _minute(last["last_at"]) > _minute(last["started_at"])
        if gone_on or last["ended"] or now - _end(last) > STALE:
            seals.append((last["sitting_id"], _seal(group, now)))
    return seals


def _minutes(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Segments that follow each other in one run, minute and sitting."""

    def key(place: tuple[int, Row]) -> tuple[Any, ...]:
        number, row = place
        return row["run_id"], row["sitting_id"], _minute(row["started_at"]), row["n"] - number

    for _, group in groupby(enumerate(rows), key):
        yield [row for _, row in group]


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _end(row: Row) -> datetime:
    end: datetime = row["started_at"] + timedelta(milliseconds=row["duration_ms"])
    return end


def _seal(group: Sequence[Row], now: datetime) -> FootageSealed:
    first = group[0]
    root = seal_root(first["run_id"], first["n"], [row["sha256"] for row in group])
    return FootageSealed(
        at=stamp(now),
        camera=first["camera_id"],
        run=first["run_id"],
        first=first["n"],
        count=len(group),
        from_=stamp(first["started_at"]),
        to=stamp(max(_end(group[-1]), first["started_at"])),
        init=first["init_sha256"],
        root=root.hex(),
    )


class Sealer:
    """Seals what is due, when nobody else needs the ledger: no press and no act waits for it but for one commit that is
    under way."""

    def __init__(
        self, pool: Any, ledger: Ledger, clock: Clock, cameras: Mapping[str, str], busy: Callable[[], bool]
    ) -> None:
        """cameras: the body that each films. busy: whether a vote is open, or something is on its way to the disk."""
        self._pool, self._ledger, self._clock, self._busy = pool, ledger, clock, busy
        self._cameras = dict(cameras)

    async def run(self) -> None:
        looked_at_all: float | None = None
        while True:
            now = self._clock.monotonic()
            every = looked_at_all is None or now - looked_at_all > EVERY_S
            try:
                if not self._busy() and await self.seal(every=every) and every:
                    looked_at_all = now
                if not self._busy():
                    async with self._pool.acquire() as connection:
                        await fulfil(connection, self._ledger, self._clock.now())
            except LOST as error:
                logger.info("sealing_waits error=%s", type(error).__name__)
            except Exception:
                logger.exception("sealing_failed")  # a vote goes on without it
            await asyncio.sleep(LOOK_S)

    async def seal(self, *, every: bool = False) -> bool:
        """Seal all that is due; False: it gave way to others. `every`: also what was left out long ago."""
        while seals := await self._due(every):
            if self._busy():
                return False
            await self._ledger.append(seals[:BATCH], self._clock.now())
        return True

    async def _due(self, every: bool) -> list[tuple[str, FootageSealed]]:
        now = self._clock.now()
        async with self._pool.acquire() as connection:
            query = sql.load("seals").unsealed(
                connection,
                cameras=list(self._cameras),
                bodies=list(self._cameras.values()),
                since=now - (LONG_AGO if every else RECENT),
                margin=MARGIN,
                every=every,
                most=MOST,
            )
            return due([row async for row in query], now)
