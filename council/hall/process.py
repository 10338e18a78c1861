"""The hall as a process: the ledger's only writer, a chamber for each body's current sitting, and who is connected.

`Hall.open` takes the ledger over or says that another hall has it; `close` gives it back. Between them a few tasks run:
each chamber's own, a beat every second (silent links, ended logins, the clock), a look at the equipment as often, the
writer of `live_state`, one that seals footage, one that keeps room on the disk. None of them can hold up a press. A
body's chamber is that of its current sitting, or of the rehearsal of it; one takes the other's place with all links
closed, so that everyone comes back to the new one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from council import derive, store
from council.access import AFTER_SITTING, Access, Login, Terminal
from council.chamber import Chamber
from council.clock import Clock
from council.footage import Sealer
from council.footage_delete import DiskKeeper
from council.hall.live import LiveWriter
from council.hall.opening import Writing, open_chamber
from council.hall.register import TerminalRegister
from council.hall.rehearsals import Rehearsal, Rehearsals
from council.hall.surroundings import HallCamera, Surroundings
from council.links import RESTART, REVOKED, SILENCE_S, SILENT, Link
from council.presses import PressWriter
from council.readiness import rehearsed
from council.refusals import Refusal
from council.state_console import SittingChoice
from council.views import sitting_state
from sql.database import LOST, Database
from voting import ledger as voting_ledger
from voting.checkpoint import Signer
from voting.entries import Fact, parse_stamp
from voting.folder import Folder
from voting.ledger import Ledger

logger = logging.getLogger(__name__)

BEAT_S = 1.0
WATCH_S = 1.0  # with the recorder's own second, a lost camera is on the console within 10 s


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
        self._surroundings = Surroundings(self.clock, recordings, cameras)
        self._live = LiveWriter(pool, self.clock)
        films = {camera.id: camera.body for camera in cameras}
        self._keeper = DiskKeeper(pool, writing.ledger, self.clock, recordings, lambda: self._busy)
        self._sealer = Sealer(pool, writing.ledger, self.clock, films, lambda: self._busy)
        self._chambers: dict[str, Chamber] = {}  # by body
        self._bodies: tuple[str, ...] = ()
        self._attached: set[Attached] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._doing: set[asyncio.Task[None]] = set()
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
        """By sitting or rehearsal of it, else the body's, else the first body's."""
        if sitting is not None:
            prepared = rehearsed(sitting)
            return next((chamber for chamber in self.chambers if chamber.prepared == prepared), None)
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

    @property
    def _busy(self) -> bool:
        """A vote takes presses, or something is on its way to the disk."""
        votes = (chamber.data.running for chamber in self.chambers)
        writing = any(chamber.not_written_since is not None for chamber in self.chambers)
        return writing or any(vote is not None and vote.state == "open" for vote in votes)

    async def enter(self, sitting: str, make: Callable[[Folder], Sequence[Fact]]) -> None:
        """Put facts of a sitting into the ledger that are no act of a console, whether the hall holds it or not.

        make: what they are, by the sitting as it is in the ledger. Returns when they are on disk. Raises Refusal, and
        what reading the ledger raises."""
        async with self._changing:
            chamber = next((chamber for chamber in self.chambers if chamber.sitting == sitting), None)
            if chamber is None:  # its rehearsal may be held
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
            await self._surroundings.read(connection)
            known = [body.id for body in await store.bodies(connection)]
            self._bodies = tuple(known if bodies is None else bodies)
            for body in self._bodies:
                await self._open(connection, body)
        self._writing.writer.on_failure = self._fail
        self._spawn("beat", self._beat())
        self._spawn("watch", self._watch())
        self._spawn("live", self._live.run())
        self._spawn("seals", self._sealer.run())
        self._spawn("disk", self._keeper.run())
        self._spawn("acts", self.access.write_acts())

    async def _open(self, connection: Any, body: str) -> None:
        """The chamber of the body's rehearsal that has not ended, else of its current sitting."""
        rehearsal = await self._rehearsals.running(connection, body)
        if rehearsal is not None:
            plan = await store.load_plan(connection, rehearsal.sitting)
            await self._put_chamber(body, await self._rehearsals.open(plan, rehearsal, self.clock), rehearsal)
            return
        now = self.clock.now()
        sitting = await store.current_sitting(connection, body, now - AFTER_SITTING, now)
        if sitting is not None:
            plan = await store.load_plan(connection, sitting)
            await self._put_chamber(body, await open_chamber(connection, plan, self._writing, self.clock))

    async def _put_chamber(self, body: str, chamber: Chamber, rehearsal: Rehearsal | None = None) -> None:
        """In the place of the one before, whose links are closed."""
        if rehearsal is None:
            self._live.follow(chamber)
        else:
            chamber.acts.on_rehearsal_ended = lambda: self.do(self._end(body, chamber, rehearsal))
        chamber.acts.on_failure = self._fail
        before = self._chambers.get(body)
        self._chambers[body] = chamber
        self._surroundings.tell(chamber, self.access.enrolled(body))  # before anyone joins: which desks are missing
        if before is not None:
            self._live.forget(before)
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
                self._surroundings.tell(chamber, self.access.enrolled(body))

    async def _watch(self) -> None:
        """Cameras, who is enrolled, whether another sitting is due: what the database knows."""
        while True:
            try:
                await self.access.refresh()
                await self.register.catch_up(self.clock.now())
                await self._follow_sittings()
                async with self.pool.acquire() as connection:
                    await self._surroundings.read(connection)
                    await self._next_sittings(connection)
            except LOST as error:
                logger.info("watch_waits error=%s", type(error).__name__)
            await asyncio.sleep(WATCH_S)

    async def _follow_sittings(self) -> None:
        """Logins end with the sittings; a rehearsal is none."""
        held = [chamber.data for chamber in self.chambers if chamber.data.plan.mode != "rehearsal"]
        records = [data.record for data in held if data.record is not None]
        any_open = any(record.closed_seq is None for record in records)
        closed = [parse_stamp(record.closed_at) for record in records if record.closed_at is not None]
        await self.access.follow_sittings(any_open, closed, self.clock.now())

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
        """A sitting that is not open follows its preparation; a body whose sitting is over goes on to the next, once
        its clerk had time to print. A rehearsal is ended by who rehearses."""
        chamber = self._chambers.get(body)
        data = chamber.data if chamber is not None else None
        if data is not None and (data.plan.mode == "rehearsal" or sitting_state(data.record) == "open"):
            return
        now = self.clock.now()
        sitting = await store.current_sitting(connection, body, now - AFTER_SITTING, now)
        if sitting is None:
            return
        if chamber is None or chamber.sitting != sitting:
            async with self._changing:
                if self._chambers.get(body) is chamber:
                    await self._open(connection, body)
        elif chamber.data.record is None:
            chamber.replan(await store.load_plan(connection, sitting))
