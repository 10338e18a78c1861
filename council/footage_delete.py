"""Footage deleted: by an act past its legal term, or the oldest without a lock when the disk is full. Votes never.

The fact comes first, then the files go; what a crash leaves behind goes at the next start. Rows stay and are marked.
"""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import sql
from council import profile
from council.clock import Clock
from council.retention import FOR_EVER, Lock, Recording, held, lock
from sql.database import LOST
from streaming import index
from voting.entries import Clerk, FootageDeleted, FootagePart, stamp
from voting.ledger import Ledger

logger = logging.getLogger(__name__)

FREE_BYTES = 2 * 10**9  # less is too little: the oldest footage without a lock goes
AT_ONCE = 300  # segments, some ten minutes of a camera
YOUNG = timedelta(minutes=10)  # a sitting that is about to open will want it
LOOK_S, LATER_S = 5.0, 600.0
FILE = re.compile(r"([0-9]{6,9})\.(?:m4s|jpg)")

Row = Mapping[str, Any]


ACT = "delete"
_queries: Any = sql.load("seals")


class FootageLocked(Exception):
    """The recording must be kept, or there is none; the text is a sentence."""


class NothingLeft(FootageLocked):
    """There is no footage that could be deleted."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """What an act would delete. `rows`: segments, in the order of runs and numbers."""

    lock: Lock
    rows: list[Row]
    kept_by_others: int  # segments that another sitting's recording shows, which is under lock

    @property
    def bytes(self) -> int:
        return sum(row["bytes"] for row in self.rows)


async def locks(connection: Any, now: datetime) -> list[Lock]:
    """Of every sitting that was opened, in the order of time. Raises ProfileError."""
    found = []
    async for row in sql.load("seals").recordings(connection):
        fields = dict(row)
        rules = profile.load(fields.pop("profile"))
        found.append(lock(Recording(**fields), rules, index.MARGIN, now))
    return found


async def plan(connection: Any, sitting: str, now: datetime) -> Deletion:
    """Raises FootageLocked, ProfileError."""
    known = await locks(connection, now)
    own = next((each for each in known if each.sitting == sitting), None)
    if own is None:
        raise FootageLocked(f"There is no sitting {sitting} that was opened.")
    if own.holds(now):
        if own.source == "open":
            raise FootageLocked(f"Sitting {sitting} is open: its recording cannot be deleted.")
        until = "for ever" if own.until == FOR_EVER else f"until {own.until}"
        raise FootageLocked(f"The recording of {sitting} must be kept {until} ({own.source}). It cannot be deleted.")
    query = sql.load("seals").filmed(connection, start_at=own.start, end_at=own.end)
    foreign = await index.foreign_cameras(connection, sitting)
    rows = [row async for row in query if row["camera_id"] not in foreign]
    others = held(known, now)
    free = [row for row in rows if not any(row["started_at"] < end and _end(row) > start for start, end in others)]
    if not free:
        raise NothingLeft(f"There is no footage of {sitting} that could be deleted.")
    return Deletion(own, free, len(rows) - len(free))


async def ask(connection: Any, sitting: str, by: Clerk, reason: str, now: datetime) -> None:
    """Leave the wish in table `footage_request`: whoever runs the hall writes the ledger, and fulfils it."""
    about = {"sitting": sitting, "act": ACT, "reason": reason}
    await _queries.ask(connection, **about, by=by.staff, name=by.name, at=now)


async def is_asked(connection: Any, sitting: str) -> bool:
    return bool(await _queries.is_asked(connection, sitting=sitting, act=ACT))


async def fulfil(connection: Any, ledger: Ledger, now: datetime) -> int:
    """Enter the deletions asked for that no lock forbids now; says how many. The files go after it. After a crash it
    goes on: what is deleted already is only forgotten."""
    asked, done = [row async for row in _queries.asked(connection, act=ACT)], 0
    for row in asked:
        try:
            planned = await plan(connection, row["sitting_id"], now)
        except FootageLocked as refusal:
            logger.info("not_deleted sitting=%s why=%s", row["sitting_id"], refusal)
        else:
            by = Clerk(row["asked_by"], row["asked_name"])
            fact = deleted(planned.rows, now, "act", row["reason"], planned.lock, by)
            await ledger.append([(row["sitting_id"], fact)], now)
            done += 1
        await _queries.forget_asked(connection, sitting=row["sitting_id"], act=ACT)
    return done


def deleted(
    rows: Sequence[Row],
    at: datetime,
    cause: Literal["act", "disk_full"],
    reason: str,
    own: Lock | None,
    by: Clerk | None,
) -> FootageDeleted:
    parts = tuple(FootagePart(*part) for part in _parts(rows))
    until, source = (own.until, own.source) if own is not None else (None, None)
    return FootageDeleted(stamp(at), cause, parts, reason, until.isoformat() if until else None, source, by)


def _parts(rows: Iterable[Row]) -> Iterator[tuple[str, str, int, int]]:
    """Camera, run, first, count; rows in the order of runs and numbers."""
    for (camera, run, _), group in groupby(
        enumerate(rows), lambda place: (place[1]["camera_id"], place[1]["run_id"], place[1]["n"] - place[0])
    ):
        numbers = [row["n"] for _, row in group]
        yield camera, run, numbers[0], len(numbers)


def _end(row: Row) -> datetime:
    end: datetime = row["started_at"] + timedelta(milliseconds=row["duration_ms"])
    return end


async def remove_files(connection: Any, recordings: Path) -> int:
    """Remove the files of all segments that the ledger has deleted; says how many were there. May be repeated."""
    gone: dict[str, list[range]] = {}
    async for row in sql.load("seals").deleted_parts(connection):
        gone.setdefault(row["init_path"], []).append(range(row["first_n"], row["last_n"] + 1))
    return await asyncio.to_thread(_remove, recordings, gone)


def _remove(recordings: Path, gone: Mapping[str, Sequence[range]]) -> int:
    removed, home = 0, recordings.resolve()
    for init, parts in gone.items():
        folder = (home / init).resolve().parent
        if not folder.is_relative_to(home) or folder == home or not folder.is_dir():
            continue
        for path in folder.iterdir():
            named = FILE.fullmatch(path.name)
            if named is not None and any(int(named[1]) in part for part in parts):
                path.unlink(missing_ok=True)
                removed += 1
    return removed


class DiskKeeper:
    """The hall's task: what a command asks for is deleted; what was deleted goes from the disk, and when that is full
    the oldest footage without a lock."""

    def __init__(
        self, pool: Any, ledger: Ledger, clock: Clock, recordings: Path | None, busy: Callable[[], bool]
    ) -> None:
        """busy: whether a vote is open, or something is on its way to the disk: what is asked for waits."""
        self._pool, self._ledger, self._clock, self._recordings = pool, ledger, clock, recordings
        self._busy = busy
        self.free_bytes = FREE_BYTES

    async def run(self) -> None:
        cleaned, no_room_until = False, 0.0
        while True:
            pause = LOOK_S
            try:
                async with self._pool.acquire() as connection:
                    if not self._busy() and await fulfil(connection, self._ledger, self._clock.now().astimezone(UTC)):
                        cleaned = False
                    if not cleaned and self._recordings is not None:
                        await remove_files(connection, self._recordings)
                        cleaned = True
                while self._clock.monotonic() >= no_room_until and self._is_full():
                    cleaned = False  # where files cannot be removed, to delete more of them makes no room
                    if not await self.make_room():
                        no_room_until = self._clock.monotonic() + LATER_S
                    cleaned = True
            except LOST as error:
                logger.info("disk_keeper_waits error=%s", type(error).__name__)
            except Exception:
                logger.exception("disk_keeper_failed")
                pause = LATER_S
            await asyncio.sleep(pause)

    def _is_full(self) -> bool:
        if self._recordings is None or not self._recordings.is_dir():
            return False
        return shutil.disk_usage(self._recordings).free < self.free_bytes

    async def make_room(self) -> bool:
        """Delete the oldest footage that is under no lock, some minutes of it; False: there is none."""
        if self._recordings is None:
            return False
        now = self._clock.now().astimezone(UTC)
        async with self._pool.acquire() as connection:
            known = await locks(connection, now)
            times = held(known, now)
            query = sql.load("seals").oldest(
                connection,
                starts=[start for start, _ in times],
                ends=[end for _, end in times],
                before=now - YOUNG,
                most=AT_ONCE,
            )
            rows = [row async for row in query]
        if not rows:
            logger.warning("disk_full nothing may be deleted; `council footage move` to an archive makes room")
            return False
        free = shutil.disk_usage(self._recordings).free
        reason = f"disk full: {free / 1e9:.1f} GB free"
        facts = []
        for own, shown in _by_sitting(rows, known):
            facts.append((own.sitting if own else None, deleted(shown, now, "disk_full", reason, own, None)))
        await self._ledger.append(facts, now)
        logger.warning("disk_full segments_deleted=%d oldest=%s", len(rows), rows[0]["started_at"])
        async with self._pool.acquire() as connection:
            await remove_files(connection, self._recordings)
        return True


def _by_sitting(rows: Iterable[Row], known: Sequence[Lock]) -> Iterator[tuple[Lock | None, list[Row]]]:
    """The sitting whose recording shows each, the first of several."""
    own: dict[str, tuple[Lock | None, list[Row]]] = {}
    for row in sorted(rows, key=lambda row: (row["run_id"], row["n"])):
        shown = next((each for each in known if row["started_at"] < each.end and _end(row) > each.start), None)
        own.setdefault(shown.sitting if shown else "", (shown, []))[1].append(row)
    yield from own.values()
