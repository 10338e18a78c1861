"""The record process: a thread for each camera, and this side, which tells the database what they have made durable.

The cameras never wait for the database. While it is gone the records wait here, and after a crash the journals have
them: at each start every journal that the index does not hold to its end is told again.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import ParamSpec

import asyncpg

from sql.database import LOST, Database
from streaming import index, journal, measuring, storage
from streaming.errors import BadFootage
from streaming.filming import CameraSource, CameraThread
from streaming.following import Sittings
from streaming.ingest import HANG_S
from streaming.journal import Record
from streaming.live_feed import LiveFeed
from streaming.posters import Posters
from streaming.segments import CameraState

log = logging.getLogger(__name__)

STATE_S = 1.0
FILMING = "hlasno_filming"  # notified with each entry by which cameras are to pause, or to go on
RECONNECT_S = (0.5, 5.0)
STATEMENT_S = 15.0  # a server that does not answer for so long is gone
BATCH = 200
FLUSH_S = 1.0  # so long records are written before pauses are asked for again, and states told
MOST_PENDING = 50_000  # records that wait in memory, some hours of ten cameras; the journals have them all
LEAVE_S = HANG_S + 2.0  # for the threads to end
POSTER_S = 5.0  # for the poster at hand

P = ParamSpec("P")
_REFUSED = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)


async def record(
    cameras: Sequence[CameraSource],
    recordings: Path,
    database: Database,
    stop: asyncio.Event,
    live: Path | None = None,
) -> None:
    """Record until `stop` is set; then finish each camera's segment, index it, and return. live: the folder of the
    cameras' sockets; None: nothing is live.

    Raises CameraBusy, before anything is recorded, when another recorder has one of the cameras. The database may be
    absent at any time, at the start too. What nobody foresaw in telling it ends the recording and is raised, so that
    who started the recorder starts it again.
    """
    loop = asyncio.get_running_loop()
    posters = Posters(recordings)
    sittings = Sittings(time.monotonic())
    sittings.expected = True
    back = timedelta(seconds=max((camera.follow.after_s for camera in cameras if camera.follow), default=0))
    keeper = _Indexer(database, recordings, [camera.id for camera in cameras], posters, sittings, back)
    sittings.changed = _from_thread(loop, keeper.wake)
    feed = LiveFeed(live) if live is not None else None
    threads: list[CameraThread] = []
    tasks: list[asyncio.Task[object]] = []
    ended = False
    try:
        for camera in cameras:  # those made before one that is busy must be let go
            tell = _from_thread(loop, keeper.add)
            threads.append(CameraThread(camera, recordings, tell, posters, sittings))
        posters.start()
        for thread in threads:
            thread.live = await feed.start(thread.state.camera_id) if feed is not None else None
            thread.start()
        clocks = asyncio.create_task(measuring.keep(database, recordings, [camera.id for camera in cameras]))
        keeping = asyncio.create_task(keeper.run(threads))
        stopping = asyncio.create_task(stop.wait())
        tasks += clocks, keeping, stopping
        await asyncio.wait((stopping, keeping), return_when=asyncio.FIRST_COMPLETED)
        clocks.cancel()
        await _end(threads)
        ended = True
        await asyncio.sleep(0)  # what the threads told last
        keeper.finish()
        with suppress(TimeoutError):
            await asyncio.wait_for(keeping, LEAVE_S)
    finally:
        if not ended:  # cancelled, or something failed: nobody would end them any more
            await _end(threads)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if feed is not None:
            feed.stop()
        posters.stop()
        if posters.is_alive():
            await asyncio.to_thread(posters.join, POSTER_S)
        for thread in threads:
            if not thread.is_alive():
                thread.close()
    if posters.is_alive() or not all(thread.ended for thread in threads):
        log.error("a thread does not end")
        atexit.register(os._exit, 0)  # the interpreter crashes at exit while a thread is inside libav or OpenCV


async def _end(threads: Sequence[CameraThread]) -> None:
    for thread in threads:
        thread.stop()
    await asyncio.gather(*(asyncio.to_thread(thread.join, LEAVE_S) for thread in threads if thread.is_alive()))


def _from_thread(loop: asyncio.AbstractEventLoop, call: Callable[P, None]) -> Callable[P, None]:
    def tell(*args: P.args, **kwargs: P.kwargs) -> None:
        with suppress(RuntimeError):  # the loop is closed: the journal has it
            loop.call_soon_threadsafe(partial(call, *args, **kwargs))

    return tell


class _Indexer:
    """Writes records and camera states to the database, for as long as it takes. Only the event loop touches it."""

    def __init__(
        self,
        database: Database,
        recordings: Path,
        camera_ids: Sequence[str],
        posters: Posters,
        sittings: Sittings,
        back: timedelta,
    ) -> None:
        self._database, self._recordings, self._camera_ids = database, recordings, camera_ids
        self._posters, self._sittings, self._back = posters, sittings, back
        self._pending: deque[Record] = deque()
        self._wake = asyncio.Event()  # there is something to do
        self._asked = -STATE_S  # when the database was asked and told last; monotonic
        self._finishing = asyncio.Event()
        self._journals_told = self._absent = False

    def add(self, record: Record) -> None:
        self._pending.append(record)
        if len(self._pending) > MOST_PENDING and self._absent:
            self._pending.clear()
            self._journals_told = False
        self._wake.set()

    def wake(self) -> None:
        """There is something to ask, or a state to write, now."""
        self._asked = -STATE_S
        self._wake.set()

    def finish(self) -> None:
        """Write what is left and return; what a missing database does not take stays in the journals."""
        self._finishing.set()
        self._wake.set()

    async def run(self, threads: Sequence[CameraThread]) -> None:
        pause = RECONNECT_S[0]
        while True:
            try:
                async with asyncio.timeout(STATEMENT_S):
                    connection = await self._database.connect()
                pause = RECONNECT_S[0]
                try:
                    await self._serve(connection, threads)
                    return
                finally:
                    connection.terminate()
            except LOST as error:
                if not self._absent:
                    log.warning("the database is gone, recording goes on error=%s", type(error).__name__)
                self._absent = True
            if self._finishing.is_set():
                log.warning("records left to the journals count=%d", len(self._pending))
                return
            await _wait(self._finishing, pause)
            pause = min(pause * 2, RECONNECT_S[1])

    async def _serve(self, connection: asyncpg.Connection, threads: Sequence[CameraThread]) -> None:
        if not self._journals_told:
            for record in await self._untold(connection):
                self._pending.appendleft(record)
            self._journals_told = True
        await connection.add_listener(FILMING, lambda *_: self.wake())
        while True:
            self._wake.clear()
            finishing, began = self._finishing.is_set(), time.monotonic()
            asking = finishing or began >= self._asked + STATE_S
            if asking:
                self._asked = began
                async with asyncio.timeout(STATEMENT_S):
                    self._sittings.tell_pauses(await index.pauses(connection), began)
            await self._flush(connection)
            if asking:
                async with asyncio.timeout(STATEMENT_S):
                    if self._back:
                        self._sittings.tell(await index.sittings_lately(connection, self._back), time.monotonic())
                    for thread in threads:
                        await index.camera_state(connection, self._state(thread.state))
            if self._absent and not self._pending:
                log.warning("the database is back, the index is complete")
                self._absent = False
            if self._pending:
                continue
            if finishing:
                return
            await _wait(self._wake, max(0.0, self._asked + STATE_S - time.monotonic()))

    async def _untold(self, connection: asyncpg.Connection) -> list[Record]:
        """What the journals have and the index may lack, last first."""
        found: list[Record] = []
        for camera_id in self._camera_ids:
            told = await index.ended_runs(connection, camera_id)
            found += await asyncio.to_thread(_journalled, self._recordings, camera_id, told)
        return found[::-1]

    async def _flush(self, connection: asyncpg.Connection) -> None:
        until = time.monotonic() + FLUSH_S
        while self._pending:
            batch = [self._pending[i] for i in range(min(BATCH, len(self._pending)))]
            async with asyncio.timeout(STATEMENT_S):
                try:
                    async with connection.transaction() if len(batch) > 1 else nullcontext():
                        for record in batch:
                            await index.insert(connection, record)
                except _REFUSED:
                    await self._one_by_one(connection, batch)
            for _ in batch:
                self._pending.popleft()
            if time.monotonic() >= until:
                return

    @staticmethod
    async def _one_by_one(connection: asyncpg.Connection, batch: Sequence[Record]) -> None:
        """A record that the index refuses must not keep back the others; the journal has it, `check` names it."""
        for record in batch:
            try:
                await index.insert(connection, record)
            except _REFUSED as error:
                log.error("the index refuses a record record=%s error=%s", record, error)

    def _state(self, state: CameraState) -> CameraState:
        """With what the recordings' disk has left, and what is wrong with the picture while there is one."""
        fault = self._posters.fault(state.camera_id) if state.state == "recording" else ""
        return replace(state, message=fault or state.message, disk_free_bytes=self._disk_free())

    def _disk_free(self) -> int | None:
        try:
            return shutil.disk_usage(self._recordings).free
        except OSError:
            return None


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _journalled(recordings: Path, camera_id: str, told: set[str]) -> list[Record]:
    found: list[Record] = []
    for folder in storage.run_folders(recordings, camera_id):
        path = folder / journal.NAME
        if folder.name in told or not path.exists():
            continue
        try:
            found += journal.read(path).records
        except BadFootage as error:
            log.error("a journal cannot be read error=%s", error)
    return found
