"""The hall as a process: the ledger's only writer, a chamber for each body's current sitting, and who is connected.

`Hall.open` takes the ledger over or says that another hall has it; `close` gives it back. Between them a few tasks run:
each chamber's own, a beat every second (silent links, ended logins, the clock), a look at the equipment as often, and
the writer of `live_state`. None of them can hold up a press. A body's chamber is that of its current sitting, or of the
rehearsal of it; one takes the other's place with all links closed, so that everyone comes back to the new one.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sql
from council import derive, store
from council.access import Access, Login, Terminal
from council.chamber import Chamber
from council.clock import Clock
from council.equipment import CameraReading, Readings, is_recording, lines
from council.hall.opening import Writing, open_chamber
from council.hall.register import TerminalRegister
from council.hall.rehearsals import Rehearsal, Rehearsals
from council.links import RESTART, REVOKED, SILENCE_S, SILENT, Link
from council.presses import PressWriter
from council.protocol import (
    encode,
)
from council.refusals import Refusal
from council.state_console import SittingChoice
from council.views import sitting_state
from council.views_display import live_state
from sql.database import LOST, Database
from voting import ledger as voting_ledger
from voting.checkpoint import Signer
from voting.entries import Fact, parse_stamp
from voting.folder import Folder
from voting.ledger import Ledger

logger = logging.getLogger(__name__)

BEAT_S = 1.0
WATCH_S = 1.0  # with the recorder's own second, a lost camera is on the console within 10 s
LIVE_S = 0.1  # `live_state` is written at most ten times a second


@dataclass(frozen=True, slots=True)
class HallCamera:
    """A camera of the body's hall, as table camera_state knows it."""

    id: str
    name: str
    body: str


@dataclass(frozen=True, slots=True, eq=False)
class Attached:
    """A link and by what right it is there."""

    link: Link
    chamber: Chamber
    login: Login | None = None
    terminal: Terminal | None = None
    display_at: str | None = None  # the address of a display


class Hall:
    """One process, one database. Made by `open`."""

    def __init__(
        self,
        database: Database,
        pool: Any,
        writing: Writing,
        access: Access,
        recordings: Path | None,
        cameras: Sequence[HallCamera],
        url: str | None,
    ) -> None:
        """Use `open`."""
        self.database = database
        self.pool = pool
        self.ledger = writing.ledger
        self.access = access
        self.register = TerminalRegister(pool, writing.ledger)
        self.url = url.rstrip("/") if url is not None else None
        self.clock = Clock()
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()  # only ever an exception
        self._writing = writing
        self._rehearsals = Rehearsals(database, writing.signer, self._fail)
        self._changing = asyncio.Lock()  # one chamber takes another's place
        self._recordings = recordings
        self._cameras = cameras
        self._readings: dict[str, CameraReading] = {}
        self._chambers: dict[str, Chamber] = {}  # by body
        self._bodies: tuple[str, ...] = ()
        self._attached: set[Attached] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._doing: set[asyncio.Task[None]] = set()
        self._live_wake = asyncio.Event()
        self._live_changed: set[str] = set()  # bodies
        self._closed = False

    @classmethod
    async def open(
        cls,
        database: Database,
        signer: Signer,
        *,
        cookie_key: bytes,
        recordings: Path | None = None,
        cameras: Sequence[HallCamera] = (),
        bodies: Sequence[str] | None = None,
        url: str | None = None,
        second_factor_required: bool = True,
    ) -> Hall:
        """Take the hall over. `bodies` None: all that the database has. `url`: the hall's address as terminals and
        passkeys know it.

        Raises LedgerBusy (a sentence for the clerk) while another hall runs, what opening the ledger raises, and
        OSError or PostgresError while the database is not there."""
        pool = await database.pool(1, 6)
        ledger, writer = None, PressWriter(database.connect)
        try:
            ledger = await Ledger.open(database.connect, signer, derive.derive)
            await writer.open()
            access = Access(pool, cookie_key, second_factor_required=second_factor_required)
            writing = Writing(ledger, writer, signer)
            hall = cls(database, pool, writing, access, recordings, cameras, url)
            await hall._start(bodies)
        except BaseException:
            await writer.close()
            if ledger is not None:
                await ledger.close()
            pool.terminate()
            raise
        return hall

    async def close(self) -> None:
        """Close all links and let a write under way end. A repeat does nothing."""
        if self._closed:
            return
        self._closed = True
        for chamber in self._chambers.values():
            await chamber.stop()
        for attached in self._attached:
            attached.link.close(RESTART)
        await asyncio.sleep(0)
        tasks = [*self._tasks.values(), *self._doing]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.access.write_waiting_acts()
        await self._rehearsals.close()
        await self._writing.writer.close()
        await self.ledger.close()
        self.pool.terminate()

    # --- for the sockets and pages ----------------------------------------------------------------------------------

    def chamber(self, sitting: str | None = None, body: str | None = None) -> Chamber | None:
        """By sitting (that it rehearses, too), else the body's, else the first body's."""
        if sitting is not None:
            held = self._chambers.values()
            return next((chamber for chamber in held if sitting in (chamber.sitting, chamber.prepared)), None)
        if body is not None:
            return self._chambers.get(body)
        return next(iter(self._chambers.values()), None)

    @property
    def sittings(self) -> tuple[SittingChoice, ...]:
        """What this hall holds now, in the order of the bodies."""
        return tuple(
            SittingChoice(
                sitting=chamber.sitting,
                body_name=chamber.data.plan.body.name,
                session_label=chamber.data.plan.session_label,
                state=sitting_state(chamber.data.record),
            )
            for body in self._bodies
            if (chamber := self._chambers.get(body)) is not None
        )

    @property
    def chambers(self) -> Sequence[Chamber]:
        return tuple(self._chambers.values())

    async def enter(self, sitting: str, make: Callable[[Folder], Sequence[Fact]]) -> None:
        """Put facts of a sitting into the ledger that are no act of a console, whether the hall holds it or not.

        make: what they are, by the sitting as it is in the ledger. Returns when they are on disk. Raises Refusal, and
        what reading the ledger raises."""
        async with self._changing:
            chamber = self.chamber(sitting)
            if chamber is None:
                folder = Folder(sitting)
                async with self.pool.acquire() as connection:
                    for entry in await voting_ledger.read(connection, sitting):
                        folder.feed(entry)
                facts = make(folder)
                await self.ledger.append([(sitting, fact) for fact in facts], self.clock.now())
                return
        await chamber.enter(make)

    def attach(self, attached: Attached) -> None:
        self._attached.add(attached)

    def detach(self, attached: Attached) -> None:
        self._attached.discard(attached)
        attached.chamber.leave(attached.link)

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Beside everything else; what fails in it is noted."""
        task = asyncio.create_task(work)
        self._doing.add(task)
        task.add_done_callback(self._did)

    def _did(self, task: asyncio.Task[None]) -> None:
        self._doing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("task_failed", exc_info=error)

    def displays(self, address: str) -> int:
        """How many displays are attached from one address."""
        return sum(1 for attached in self._attached if attached.display_at == address)

    def check_links(self) -> None:
        """Close the links whose right has ended. Called each second, and at once after a revocation or sign-out."""
        now = self.clock.now()
        for attached in tuple(self._attached):
            if attached.login is not None and self.access.login(attached.login.token_hash, now) is None:
                attached.link.close(REVOKED)
            if attached.terminal is not None and not self.access.is_enrolled(attached.terminal):
                attached.chamber.leave(attached.link)
                attached.link.close(REVOKED)

    # --- starting ---------------------------------------------------------------------------------------------------

    async def _start(self, bodies: Sequence[str] | None) -> None:
        await self.access.refresh()
        await self.register.catch_up(self.clock.now())
        async with self.pool.acquire() as connection:
            known = [body.id for body in await store.bodies(connection)]
            self._bodies = tuple(known if bodies is None else bodies)
            for body in self._bodies:
                await self._open(connection, body)
        self._writing.writer.on_failure = self._fail
        self._spawn("beat", self._beat())
        self._spawn("watch", self._watch())
        self._spawn("live", self._write_live())
        self._spawn("acts", self.access.write_acts())

    async def _open(self, connection: Any, body: str) -> None:
        """The chamber of the body's rehearsal that has not ended, else of its current sitting."""
        rehearsal = await self._rehearsals.running(connection, body)
        if rehearsal is not None:
            plan = await store.load_plan(connection, rehearsal.sitting)
            await self._put_chamber(body, await self._rehearsals.open(plan, rehearsal, self.clock), rehearsal)
            return
        sitting = await store.current_sitting(connection, body)
        if sitting is not None:
            plan = await store.load_plan(connection, sitting)
            await self._put_chamber(body, await open_chamber(connection, plan, self._writing, self.clock))

    async def _put_chamber(self, body: str, chamber: Chamber, rehearsal: Rehearsal | None = None) -> None:
        """In the place of the one before, whose links are closed."""
        if rehearsal is None:
            chamber.connected.on_live = lambda: self._live_touched(body)
        else:
            chamber.acts.on_rehearsal_ended = lambda: self._spawn(
                f"end {chamber.sitting}", self._end(body, chamber, rehearsal)
            )
        chamber.acts.on_failure = self._fail
        before = self._chambers.get(body)
        self._chambers[body] = chamber
        if before is not None:
            await before.stop()
            self._tasks.pop(f"chamber {body}").cancel()
        self._spawn(f"chamber {body}", chamber.run())
        chamber.post(chamber.connected.changed)

    # --- rehearsals ---------------------------------------------------------------------------------------------------

    async def start_rehearsal(self, chamber: Chamber, by: str) -> None:
        """In the place of a sitting that is not open yet. A repeat does nothing. Raises Refusal, and what asyncpg
        raises."""
        body = chamber.data.plan.body.id
        async with self._changing:
            now = self._chambers.get(body)
            if now is not None and now.prepared == chamber.prepared and now.data.plan.mode == "rehearsal":
                return
            if now is not chamber or not chamber.data.rehearsable or not await chamber.give_way():
                raise Refusal("rehearsal_too_late")
            try:
                async with self.pool.acquire() as connection:
                    await self._rehearsals.start(connection, chamber.data.plan, by, self.clock.now())
                    await self._open(connection, body)
            except BaseException:
                chamber.stay()
                raise

    async def _end(self, body: str, chamber: Chamber, rehearsal: Rehearsal) -> None:
        """Its ledger stays; the body's sitting takes its place."""
        while True:
            try:
                async with self._changing, self.pool.acquire() as connection:
                    if self._chambers.get(body) is chamber:
                        await self._rehearsals.end(connection, rehearsal, self.clock.now())
                        await self._open(connection, body)
                    return
            except LOST as error:
                logger.info("end_of_rehearsal_waits error=%s", type(error).__name__)
                await asyncio.sleep(WATCH_S)

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        self._tasks[name] = task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """No task ends by itself; one that does takes the process with it, and the supervisor starts it anew."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        logger.critical("hall_failed error=%s", error, exc_info=error)
        if not self.failure.done():
            self.failure.set_exception(error)

    # --- the tasks beside the chambers --------------------------------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self.clock.watch()
            now = time.monotonic()
            for attached in tuple(self._attached):
                if now - attached.link.heard_at > SILENCE_S:
                    if attached.link.close_code is not None:
                        attached.link.cut()
                    attached.link.close(SILENT)
            self.check_links()
            for body, chamber in self._chambers.items():
                self._equip(body, chamber)

    async def _watch(self) -> None:
        """Cameras, who is enrolled, whether another sitting is due: what the database knows."""
        while True:
            try:
                await self.access.refresh()
                await self.register.catch_up(self.clock.now())
                await self._end_logins()
                async with self.pool.acquire() as connection:
                    self._readings = await self._read_cameras(connection)
                    await self._next_sittings(connection)
            except LOST as error:
                logger.info("watch_waits error=%s", type(error).__name__)
            await asyncio.sleep(WATCH_S)

    async def _end_logins(self) -> None:
        """Those that were for a sitting which is closed."""
        for body, chamber in self._chambers.items():
            record = chamber.data.record
            ordinary = chamber.data.plan.mode != "rehearsal"
            if ordinary and record is not None and record.closed_at is not None:
                await self.access.sitting_closed(body, parse_stamp(record.closed_at))

    async def _read_cameras(self, connection: Any) -> dict[str, CameraReading]:
        names = {camera.id: camera.name for camera in self._cameras}
        return {
            row["camera_id"]: CameraReading(names[row["camera_id"]], row["state"], row["since_at"], row["updated_at"])
            async for row in sql.load("hall").camera_states(connection, cameras=list(names))
        }

    async def _next_sittings(self, connection: Any) -> None:
        """What is wrong with one body's next sitting is noted, and stops no vote of another's."""
        for body in self._bodies:
            try:
                await self._next_sitting(connection, body)
            except LOST:
                raise
            except Exception:
                logger.exception("next_sitting_not_opened body=%s", body)

    async def _next_sitting(self, connection: Any, body: str) -> None:
        """A sitting that is not open follows its preparation; a body whose sitting is over goes on to the next. A
        rehearsal is ended by who rehearses."""
        chamber = self._chambers.get(body)
        if chamber is not None and chamber.data.plan.mode == "rehearsal":
            return
        if chamber is not None and chamber.data.record is not None and chamber.data.record.closed_seq is None:
            return
        sitting = await store.current_sitting(connection, body)
        if sitting is None:
            return
        if chamber is None or chamber.sitting != sitting:
            async with self._changing:
                if self._chambers.get(body) is chamber:
                    await self._open(connection, body)
        elif chamber.data.record is None:
            chamber.replan(await store.load_plan(connection, sitting))

    def _equip(self, body: str, chamber: Chamber) -> None:
        now = self.clock.now()
        own = [camera for camera in self._cameras if camera.body == body]
        read = [self._readings.get(camera.id) or CameraReading(camera.name, None, None, None) for camera in own]
        since = chamber.not_written_since
        readings = Readings(
            cameras=read,
            disk_free_bytes=_free_bytes(self._recordings),
            clock_back_ms=self.clock.stepped_ms if self.clock.stepped_back() else 0,
            entries=chamber.entries,
            not_written_s=None if since is None else time.monotonic() - since,
            waiting=chamber.waiting,
            desks_turned_away=chamber.connected.turned_away(),
        )
        local = now.astimezone(ZoneInfo(chamber.data.plan.body.timezone))
        live = next((c.id for c, reading in zip(own, read, strict=True) if is_recording(reading, now)), None)
        chamber.equip(lines(readings, now, f"{local:%H:%M:%S}"), self.access.enrolled(body), live)

    # --- live_state ---------------------------------------------------------------------------------------------------

    def _live_touched(self, body: str) -> None:
        self._live_changed.add(body)
        self._live_wake.set()

    async def _write_live(self) -> None:
        """Transient: a state that is lost does no harm, the next one holds everything."""
        while True:
            await self._live_wake.wait()
            self._live_wake.clear()
            changed, self._live_changed = self._live_changed, set()
            try:
                async with self.pool.acquire() as connection, connection.transaction():
                    await connection.execute("set local synchronous_commit = off")
                    for body in changed & self._chambers.keys():
                        if self._chambers[body].data.plan.mode != "rehearsal":  # citizens see none of it
                            await self._save_live(connection, self._chambers[body])
            except LOST as error:
                logger.info("live_state_waits error=%s", type(error).__name__)
                self._live_changed |= changed
                self._live_wake.set()
                await asyncio.sleep(1)
            await asyncio.sleep(LIVE_S)

    async def _save_live(self, connection: Any, chamber: Chamber) -> None:
        now = chamber.data.tick(self.clock.now(), self.clock.monotonic())
        queries = sql.load("hall")
        state = live_state(chamber.data, now)
        await queries.save_live_state(connection, sitting=chamber.sitting, rev=state.rev, body=encode(state), at=now)
        await queries.notify_live(connection, sitting=chamber.sitting)


def _free_bytes(folder: Path | None) -> int | None:
    """Of the folder, or of where it will be made."""
    for there in (folder, *folder.parents) if folder is not None else ():
        with suppress(OSError):
            return shutil.disk_usage(there).free
    return None
