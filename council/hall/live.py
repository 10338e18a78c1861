"""The transient state of open sittings, as the public page shows it: who is there and has voted, never how.

Written into table live_state, at most ten times a second, and heard of by NOTIFY. One that is lost does no harm: the
next holds everything. Of a rehearsal nothing is written.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import sql
from council.chamber import Chamber
from council.clock import Clock
from council.protocol import encode
from council.views_display import live_state
from sql.database import LOST

logger = logging.getLogger(__name__)

LIVE_S = 0.1


class LiveWriter:
    def __init__(self, pool: Any, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._wake = asyncio.Event()
        self._changed: set[Chamber] = set()

    def follow(self, chamber: Chamber) -> None:
        """Write it whenever what it shows may have changed."""
        chamber.connected.on_live = lambda: self._touched(chamber)

    def forget(self, chamber: Chamber) -> None:
        """Another chamber has taken its place."""
        self._changed.discard(chamber)

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            changed, self._changed = self._changed, set()
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    await connection.execute("set local synchronous_commit = off")
                    for chamber in changed:
                        await self._save(connection, chamber)
            except LOST as error:
                logger.info("live_state_waits error=%s", type(error).__name__)
                self._changed |= changed
                self._wake.set()
                await asyncio.sleep(1)
            await asyncio.sleep(LIVE_S)

    def _touched(self, chamber: Chamber) -> None:
        self._changed.add(chamber)
        self._wake.set()

    async def _save(self, connection: Any, chamber: Chamber) -> None:
        now = chamber.data.tick(self._clock.now(), self._clock.monotonic())
        queries = sql.load("hall")
        state = live_state(chamber.data, now)
        await queries.save_live_state(connection, sitting=chamber.sitting, rev=state.rev, body=encode(state), at=now)
        await queries.notify_live(connection, sitting=chamber.sitting)
