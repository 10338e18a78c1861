"""What staff did, and what was refused them: noted at once, written in the background, in order, never changed.

A note never holds up what it is about, a vote least of all: it waits in memory until the database has it. Notes hold
no secret and not how anyone votes."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sql
from council.letters import cleared
from sql.database import LOST, REFUSED

logger = logging.getLogger(__name__)

WAITING_AT_MOST = 20_000
AT_ONCE = 500
RETRY_S = 1.0
PAGE = 100
DETAIL_LENGTH = 500
MACHINE = "machine"  # whoever types commands on the installation's own machine


@dataclass(frozen=True, slots=True)
class StaffAct:
    """`staff` and `role` "": nobody who is known. `outcome`: "done", or the code of the refusal."""

    at: datetime
    staff: str
    role: str
    act: str
    sitting: str | None = None
    detail: str = ""
    outcome: str = "done"


@dataclass(frozen=True, slots=True)
class Noted:
    """One line of the audit view."""

    id: int
    act: StaffAct


class Audit:
    """The notes of one hall, and what every part of access stands on: the pool and the queries."""

    def __init__(self, pool: Any, cookie_key: bytes) -> None:
        self._pool = pool
        self._queries = sql.load("access")
        self._notes: deque[StaffAct] = deque()
        self._lost = 0  # notes that found no room since the last that was written
        self._noted = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    def note_act(
        self,
        staff: str,
        role: str,
        act: str,
        *,
        at: datetime,
        sitting: str | None = None,
        detail: str = "",
        outcome: str = "done",
    ) -> None:
        """Returns at once; `write_acts` brings it to the disk."""
        if len(self._notes) >= WAITING_AT_MOST:
            if self._lost == 0:
                logger.error("staff_acts_not_kept waiting=%d", len(self._notes))
            self._lost += 1
            return
        about = _storable(sitting) if sitting is not None else None
        self._notes.append(
            StaffAct(at, _storable(staff), role, _storable(act), about, _storable(detail), _storable(outcome))
        )
        self._noted.set()

    async def write_acts(self) -> None:
        """The background writer; for ever."""
        while True:
            self._noted.clear()
            if not await self.write_waiting_acts():
                await asyncio.sleep(RETRY_S)
            elif not self._notes:
                await self._noted.wait()

    async def write_waiting_acts(self) -> bool:
        """Write what waits. False: the database is away, and what waits is kept."""
        async with self._one_at_a_time:
            return await self._write_waiting()

    async def _write_waiting(self) -> bool:
        at_once = AT_ONCE
        while self._notes:
            batch = [self._notes[n] for n in range(min(at_once, len(self._notes)))]
            try:
                async with self._pool.acquire() as connection:
                    await write(connection, batch)
            except REFUSED as error:
                if len(batch) > 1:
                    at_once = 1  # to find which
                    continue
                logger.error("staff_act_refused error=%s", type(error).__name__)
                self._lost += 1
            except LOST as error:
                logger.info("staff_acts_wait error=%s waiting=%d", type(error).__name__, len(self._notes))
                return False
            for _ in batch:
                self._notes.popleft()
            if self._lost and not self._notes:
                lost, self._lost = self._lost, 0
                self._notes.append(StaffAct(batch[-1].at, "", "", "notes_lost", detail=str(lost)))
        return True

    async def acts(
        self, *, staff: str | None = None, sitting: str | None = None, before: int | None = None
    ) -> list[Noted]:
        """The newest PAGE first; `before`: only those with a smaller id. Raises what asyncpg raises."""
        async with self._pool.acquire() as connection:
            rows = self._queries.staff_acts(connection, staff=staff, sitting=sitting, before=before, most=PAGE)
            return [
                Noted(
                    row["id"],
                    StaffAct(
                        *(row["at"], row["staff"], row["role"], row["act"]),
                        *(row["sitting_id"], row["detail"], row["outcome"]),
                    ),
                )
                async for row in rows
            ]


def _storable(text: str) -> str:
    """What PostgreSQL takes, and a reader sees: one note that it refused would hold up all after it."""
    return cleared(text[:DETAIL_LENGTH])


async def write(connection: Any, acts: list[StaffAct]) -> None:
    """All or none, in order."""
    await sql.load("access").add_staff_acts(
        connection,
        ats=[act.at for act in acts],
        staffs=[act.staff for act in acts],
        roles=[act.role for act in acts],
        sittings=[act.sitting for act in acts],
        acts=[act.act for act in acts],
        details=[act.detail for act in acts],
        outcomes=[act.outcome for act in acts],
    )
