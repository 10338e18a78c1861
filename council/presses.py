"""Group commit: every press waiting goes to disk in one transaction, and only then is it told to anyone.

One task, one connection. While a commit is on its way the next presses gather; 450 presses at once cost two or three
flushes of the disk instead of 450. When PostgreSQL is gone the presses stay in the queue, in order and unanswered, and
are written when it is back: the statement is safe to repeat (a press that is there already is left alone), so an
answer lost on the way is no harm. A row that PostgreSQL refuses for what stands in it would be refused for ever: it is
found by halving, told to be refused, and all others are written.

The connection's session holds an advisory lock, the fence: a second hall, or one that was believed dead, cannot
acknowledge a press that this hall does not know of.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sql
from sql.database import LOST, REFUSED
from voting.entries import Clerk
from voting.errors import LedgerBusy
from voting.vote_event import Press

logger = logging.getLogger(__name__)

ANSWER_S = 10.0  # without an answer for so long the connection counts as lost
MOST = 128  # presses in one commit: while their receipts are sent the next are written
BUSY_S = 30.0  # another session holds the fence for so long: it is another hall, and this one must stop
RETRY_S = (0.05, 0.1, 0.2, 0.5, 1.0)

Connect = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class PressRow:
    """A press and whence it came. `entered_by`: the member of staff who entered it; None: it was pressed."""

    sitting: str
    vote_n: int
    press: Press
    recorded_at: datetime  # press.recorded_at is the same, as text
    entered_by: Clerk | None = None


Told = Callable[[Sequence[PressRow]], None]
Waiting = list[tuple[PressRow, Told, Told]]


class PressWriter:
    """Owns the connection that writes presses. `put` never waits; each row's `recorded` is called after its commit, or
    its `refused`: it is not on disk and never will be. The answers of one act are all written or all refused."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: Any = None
        self._waiting: Waiting = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.writing_since: float | None = None  # time.monotonic(); presses are on their way to the disk since then
        self.on_failure: Callable[[BaseException], None] = lambda error: None
        self.commits = 0

    async def open(self) -> None:
        """Take the fence and begin; a hall that was killed holds it until the server has noticed. Raises LedgerBusy."""
        for pause in (*RETRY_S, *RETRY_S, None):
            try:
                await self._reconnect()
                break
            except LedgerBusy:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
        self._task = asyncio.create_task(self._run(), name="presses")
        self._task.add_done_callback(self._ended)

    def put(self, row: PressRow, recorded: Told, refused: Told) -> None:
        self._waiting.append((row, recorded, refused))
        self._wake.set()

    async def close(self) -> None:
        """Let go of the fence. Presses not yet written are dropped: nobody was told that they were."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        if self._connection is not None:
            self._connection.terminate()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """It does not end by itself; if it does, the hall must not go on and take presses."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self.on_failure(error)

    async def _reconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        async with asyncio.timeout(ANSWER_S):
            connection = await self._connect()
        try:
            async with asyncio.timeout(ANSWER_S):
                await sql.load("hall").mean_it(connection)
                alone = await sql.load("hall").fence(connection)
            if not alone:
                raise LedgerBusy("another hall is writing presses to this database; stop it first")
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch, self._waiting = _next(self._waiting)
                refused = await self._write(_units([row for row, _, _ in batch]))
                told: dict[Told, list[PressRow]] = {}
                for row, its_recorded, its_refused in batch:
                    told.setdefault(its_refused if id(row) in refused else its_recorded, []).append(row)
                for tell, rows in told.items():
                    tell(rows)

    async def _write(self, units: Sequence[Sequence[PressRow]]) -> set[int]:
        """Returns once all rows are on disk or refused, however long that takes; the refused ones' `id`."""
        rows = [row for unit in units for row in unit]
        try:
            await self._commit(rows)
        except REFUSED as error:
            self.writing_since = None
            if len(units) == 1:
                _log_refused(rows[0], error)
                return {id(row) for row in rows}
            half = len(units) // 2
            return await self._write(units[:half]) | await self._write(units[half:])
        return set()

    async def _commit(self, rows: Sequence[PressRow]) -> None:
        """Returns once all rows are on disk. Raises REFUSED: none is, because of one of them."""
        began = self.writing_since = time.monotonic()
        tries = 0
        while True:
            try:
                if self._connection is None or self._connection.is_closed():
                    await self._reconnect()
                async with asyncio.timeout(ANSWER_S):
                    await self._insert(rows)
            except REFUSED:
                raise
            except (*LOST, LedgerBusy) as error:
                if tries == 0:
                    logger.warning("presses_wait waiting=%d error=%s", len(rows), type(error).__name__)
                if isinstance(error, LedgerBusy) and time.monotonic() - began > BUSY_S:
                    self.on_failure(error)
                if self._connection is not None:
                    self._connection.terminate()
                    self._connection = None
                await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
                tries += 1
            else:
                if tries:
                    logger.warning("presses_written after_s=%.1f", time.monotonic() - began)
                self.writing_since = None
                self.commits += 1
                return

    async def _insert(self, rows: Sequence[PressRow]) -> None:
        await sql.load("hall").record_presses(
            self._connection,
            sittings=[row.sitting for row in rows],
            votes=[row.vote_n for row in rows],
            members=[row.press.member for row in rows],
            boots=[row.press.boot for row in rows],
            ns=[row.press.n for row in rows],
            options=[row.press.option.value for row in rows],
            candidates=[row.press.candidate for row in rows],
            channels=[row.press.channel for row in rows],
            terminals=[row.press.terminal for row in rows],
            signatures=[row.press.signature for row in rows],
            staff=[row.entered_by.staff if row.entered_by is not None else None for row in rows],
            times=[row.recorded_at for row in rows],
        )


def _next(waiting: Waiting) -> tuple[Waiting, Waiting]:
    """What goes in the next commit, and the rest. The answers of one act stay together."""
    end = min(MOST, len(waiting))
    while end < len(waiting) and (act := _act(waiting[end][0])) is not None and act == _act(waiting[end - 1][0]):
        end += 1
    return waiting[:end], waiting[end:]


def _units(rows: Sequence[PressRow]) -> list[list[PressRow]]:
    """What is written or refused as one: a press, or all answers of one act, which came one after the other."""
    units: list[list[PressRow]] = []
    for row in rows:
        last = units[-1][-1] if units else None
        if last is not None and _act(row) is not None and _act(last) == _act(row):
            units[-1].append(row)
        else:
            units.append([row])
    return units


def _act(row: PressRow) -> tuple[str, str] | None:
    """Of an answer that was entered."""
    return (row.sitting, row.press.boot) if row.entered_by is not None else None


def _log_refused(row: PressRow, error: BaseException) -> None:
    """Without the error's text, in which PostgreSQL repeats the row: how the member voted."""
    logger.error(
        "press_refused sitting=%s vote=%d terminal=%s n=%d error=%s constraint=%s",
        *(row.sitting, row.vote_n, row.press.terminal, row.press.n, type(error).__name__),
        getattr(error, "constraint_name", None),
    )
