"""The hall as a process: the ledger's only writer, a chamber for each body's current sitting, and who is connected.

`Hall.open` takes the ledger over or says that another hall has it; `close` gives it back. Between them a few tasks run:
each chamber's own, a beat every second (silent links, ended logins, the clock), a look at the equipment as often, and
the writer of `live_state`. None of them can hold up a press.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sql
from council import derive, profile, store
from council.access import Access, Login, Terminal
from council.chamber import Chamber
from council.chamber_data import ChamberData
from council.clock import Clock
from council.equipment import CameraReading, Readings, is_recording, lines
from council.hall.register import TerminalRegister
from council.links import RESTART, REVOKED, SILENCE_S, SILENT, Link
from council.presses import PressWriter
from council.protocol import (
    encode,
)
from council.qr import checkpoint_view
from council.state_parts import CheckpointView
from council.views import live_state
from sql.database import LOST, Database
from voting import ledger as voting_ledger
from voting.checkpoint import Signer
from voting.entries import Entry, Option, VoteClosed, VoteOpened, parse_stamp, stamp
from voting.ledger import Ledger
from voting.vote_event import Press

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
        ledger: Ledger,
        writer: PressWriter,
        access: Access,
        recordings: Path | None,
        cameras: Sequence[HallCamera],
        url: str | None,
    ) -> None:
        """Use `open`."""
        self.database = database
        self.pool = pool
        self.ledger = ledger
        self.access = access
        self.register = TerminalRegister(pool, ledger)
        self.url = url.rstrip("/") if url is not None else None
        self.clock = Clock()
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()  # only ever an exception
        self._writer = writer
        self._recordings = recordings
        self._cameras = cameras
        self._readings: dict[str, CameraReading] = {}
        self._chambers: dict[str, Chamber] = {}  # by body
        self._bodies: tuple[str, ...] = ()
        self._attached: set[Attached] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}
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
            hall = cls(database, pool, ledger, writer, access, recordings, cameras, url)
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
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self.access.write_waiting_acts()
        await self._writer.close()
        await self.ledger.close()
        self.pool.terminate()

    # --- for the sockets and pages ----------------------------------------------------------------------------------

    def chamber(self, sitting: str | None = None, body: str | None = None) -> Chamber | None:
        """By sitting, else the body's, else the first body's."""
        if sitting is not None:
            return next((chamber for chamber in self._chambers.values() if chamber.sitting == sitting), None)
        if body is not None:
            return self._chambers.get(body)
        return next(iter(self._chambers.values()), None)

    @property
    def chambers(self) -> Sequence[Chamber]:
        return tuple(self._chambers.values())

    def attach(self, attached: Attached) -> None:
        self._attached.add(attached)

    def detach(self, attached: Attached) -> None:
        self._attached.discard(attached)
        attached.chamber.leave(attached.link)

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
                sitting = await store.current_sitting(connection, body)
                if sitting is not None:
                    await self._open_chamber(connection, body, sitting)
        self._writer.on_failure = self._fail
        self._spawn("beat", self._beat())
        self._spawn("watch", self._watch())
        self._spawn("live", self._write_live())
        self._spawn("acts", self.access.write_acts())

    async def _open_chamber(self, connection: Any, body: str, sitting: str) -> None:
        """The chamber as the disk has it."""
        plan = await store.load_plan(connection, sitting)
        entries = await voting_ledger.read(connection, sitting)
        opened = [entry for entry in entries if isinstance(entry.fact, VoteOpened)]
        closed = [entry for entry in entries if isinstance(entry.fact, VoteClosed)]
        presses: list[Press] = []
        if opened and isinstance(opened[-1].fact, VoteOpened):
            rows = sql.load("hall").presses(connection, sitting=sitting, vote_n=opened[-1].fact.n)
            presses = [
                Press(row["member_id"], row["boot"], row["n"], Option(row["option"]), stamp(row["recorded_at"]))
                async for row in rows
            ]
        rev = int(self.clock.now().timestamp() * 1000)  # counts on over restarts
        data = ChamberData(plan, profile.load(plan.body.profile), rev=rev, seat_by=plan.body.seat_by)
        chamber = Chamber(data, self.ledger, self._writer, self.clock)
        shown = [
            await self._checkpoint_of(connection, entry)
            for entry in (opened[-1:] + [entry for entry in closed[-1:] if len(closed) == len(opened)])
        ]
        chamber.recover(entries, presses, *shown)
        chamber.connected.on_live = lambda: self._live_touched(body)
        chamber.on_failure = self._fail
        before = self._chambers.get(body)
        if before is not None:
            await before.stop()
            self._tasks.pop(f"chamber {body}").cancel()
        self._chambers[body] = chamber
        self._spawn(f"chamber {body}", chamber.run())
        chamber.post(chamber.connected.changed)
        logger.info(
            "chamber_opened body=%s sitting=%s entries=%d presses=%d", body, sitting, len(entries), len(presses)
        )

    async def _checkpoint_of(self, connection: Any, entry: Entry) -> CheckpointView | None:
        row = await sql.load("hall").checkpoint_covering(connection, seq=entry.seq)
        return checkpoint_view(row["tree_size"], row["root"], row["signed_at"]) if row is not None else None

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
            if record is not None and record.closed_at is not None:
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
        """A sitting that is not open follows its preparation; a body whose sitting is over goes on to the next."""
        chamber = self._chambers.get(body)
        if chamber is not None and chamber.data.record is not None and chamber.data.record.closed_seq is None:
            return
        sitting = await store.current_sitting(connection, body)
        if sitting is None:
            return
        if chamber is None or chamber.sitting != sitting:
            await self._open_chamber(connection, body, sitting)
        elif chamber.data.record is None:
            chamber.replan(await store.load_plan(connection, sitting))

    def _equip(self, body: str, chamber: Chamber) -> None:
        now = self.clock.now()
        own = [camera for camera in self._cameras if camera.body == body]
        read = [self._readings.get(camera.id) or CameraReading(camera.name, None, None, None) for camera in own]
        since = min((at for at in (self._writer.writing_since, chamber.writing_since) if at is not None), default=None)
        readings = Readings(
            cameras=read,
            disk_free_bytes=_free_bytes(self._recordings),
            clock_back_ms=self.clock.stepped_ms if self.clock.stepped_back() else 0,
            entries=self.ledger.size,
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
                        await self._save_live(connection, self._chambers[body])
            except LOST as error:
                logger.info("live_state_waits error=%s", type(error).__name__)
                self._live_changed |= changed
                self._live_wake.set()
                await asyncio.sleep(1)
            await asyncio.sleep(LIVE_S)

    async def _save_live(self, connection: Any, chamber: Chamber) -> None:
        now = self.clock.now()
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
