"""Rehearsals: the prepared sitting practised on the same screens, with a ledger of its own that nobody else reads.

Their tables are those of schema `rehearsal`; their ledger is signed under a name of its own, so that no checkpoint of a
rehearsal can pass for one of the council's. The second ledger and writer are opened with the first rehearsal of the
hall's run and stay. Which rehearsal of a body has not ended is in table rehearsal.rehearsal: a hall that was killed
goes on with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sql
from council.chamber import Chamber
from council.clock import Clock
from council.hall.opening import Writing, as_rehearsal, open_chamber
from council.presses import PressWriter
from council.sitting import SittingPlan
from sql.database import Database
from voting.checkpoint import Signer
from voting.ledger import Ledger

NAME = "rehearsal"  # of the schema and of the ledger


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One that has not ended: the `n`-th of `sitting`."""

    sitting: str
    n: int


class Rehearsals:
    def __init__(self, database: Database, signer: Signer, fail: Callable[[BaseException], None]) -> None:
        self._database = Database(database.url, database.role, NAME)
        self._signer = signer.renamed(f"{signer.origin}/{NAME}")
        self._fail = fail
        self._writing: Writing | None = None
        self._opening = asyncio.Lock()
        self._queries = sql.load("hall")

    async def running(self, connection: Any, body: str) -> Rehearsal | None:
        row = await self._queries.rehearsal_running(connection, body=body)
        return Rehearsal(row["sitting_id"], row["n"]) if row is not None else None

    async def start(self, connection: Any, plan: SittingPlan, by: str, now: datetime) -> Rehearsal:
        """On disk when it returns. Raises UniqueViolationError while another of the body has not ended."""
        n = await self._queries.start_rehearsal(connection, body=plan.body.id, sitting=plan.id, by=by, at=now)
        return Rehearsal(plan.id, n)

    async def end(self, connection: Any, rehearsal: Rehearsal, now: datetime) -> None:
        await self._queries.end_rehearsal(connection, sitting=rehearsal.sitting, n=rehearsal.n, at=now)

    async def open(self, plan: SittingPlan, rehearsal: Rehearsal, clock: Clock) -> Chamber:
        """`plan`: of the sitting that is rehearsed. Raises what opening a ledger and a writer raises."""
        writing = await self._written()
        connection = await self._database.connect()
        try:
            return await open_chamber(
                connection, as_rehearsal(plan, rehearsal.n), writing, clock, prepared=rehearsal.sitting
            )
        finally:
            await connection.close()

    async def close(self) -> None:
        if self._writing is not None:
            await self._writing.writer.close()
            await self._writing.ledger.close()

    async def _written(self) -> Writing:
        async with self._opening:
            if self._writing is None:
                ledger = await Ledger.open(self._database.connect, self._signer, name=NAME)
                writer = PressWriter(self._database.connect)
                try:
                    await writer.open()
                except BaseException:
                    await ledger.close()
                    raise
                writer.on_failure = self._fail
                self._writing = Writing(ledger, writer, self._signer)
            return self._writing
