"""Minutes of footage sealed by the hall: which are due, each segment once, whatever is cut off in between."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from council import derive
from council.clock import Clock
from council.footage import MOST, STALE, Sealer, due
from voting import ledger as voting_ledger
from voting.checkpoint import Signer
from voting.entries import AgendaPoint, Fact, FootageSealed, Seated, SittingClosed, SittingOpened, stamp
from voting.folder import fold_all
from voting.footage import seal_root
from voting.ledger import Ledger

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

START = datetime(2026, 3, 1, 9, 0, 30, tzinfo=UTC)
RUN = "hall-1-20260301T090030000Z"
SHA = [f"{n:064x}" for n in range(5000)]


def rows(numbers: Sequence[int], *, run: str = RUN, start: datetime = START, **other: Any) -> list[dict[str, Any]]:
    """Unsealed segments of 2 s."""
    made = [
        {
            "sitting_id": "rada-1",
            "camera_id": "hall-1",
            "run_id": run,
            "n": n,
            "started_at": start + timedelta(seconds=2 * n),
            "duration_ms": 2000,
            "sha256": SHA[n],
            "init_sha256": SHA[0],
            "ended": False,
        }
        | other
        for n in numbers
    ]
    return [{"last_at": made[-1]["started_at"]} | row for row in made]


def covered(seals: Sequence[tuple[str, FootageSealed]]) -> list[tuple[int, int]]:
    return [(seal.first, seal.count) for _, seal in seals]


def test_due_are_the_minutes_that_the_run_has_left() -> None:
    made = rows(range(50))
    [(sitting, first), (_, second)] = due(made, START + timedelta(seconds=100))
    assert sitting == "rada-1"
    assert first == FootageSealed(
        "2026-03-01T09:02:10.000Z",
        "hall-1",
        RUN,
        0,
        15,
        "2026-03-01T09:00:30.000Z",
        "2026-03-01T09:01:00.000Z",
        SHA[0],
        seal_root(RUN, 0, SHA[:15]).hex(),
    )
    assert (second.first, second.count, second.root) == (15, 30, seal_root(RUN, 15, SHA[15:45]).hex())


def test_due_is_the_rest_of_a_run_that_has_ended_or_is_stale() -> None:
    made, now = rows(range(20)), START + timedelta(seconds=40)
    assert covered(due(made, now)) == [(0, 15)]
    assert covered(due([row | {"ended": True} for row in made], now)) == [(0, 15), (15, 5)]
    assert covered(due(made, now + STALE)) == [(0, 15)]
    assert covered(due(made, now + STALE + timedelta(milliseconds=1))) == [(0, 15), (15, 5)]


def test_due_where_a_row_is_missing_begins_another_seal() -> None:
    made = rows([*range(4), *range(5, 20)])
    assert covered(due(made, START)) == [(0, 4), (5, 10)]
    late = rows([4], last_at=START + timedelta(minutes=5))
    assert covered(due(late, START)) == [(4, 1)]


def test_due_of_two_sittings_and_two_runs_are_kept_apart() -> None:
    made = rows(range(5), ended=True) + rows(range(5, 9), sitting_id="rada-2", ended=True)
    other = rows(range(9, 12), run="hall-1-20260301T093000000Z", ended=True)
    assert [(sitting, seal.first, seal.count) for sitting, seal in due(made + other, START)] == [
        ("rada-1", 0, 5),
        ("rada-2", 5, 4),
        ("rada-1", 9, 3),
    ]


def test_due_of_more_than_is_read_at_once_leaves_the_last_minute() -> None:
    made = rows(range(MOST), ended=True)
    assert sum(count for _, count in covered(due(made, START))) < MOST
    assert covered(due(made[:-1], START))[-1] == (1995, 4)


# --- with a ledger and an index ------------------------------------------------------------------------------------


class House:
    """A sitting that was opened some two minutes ago, and a camera's rows of it."""

    def __init__(self, db: TestDatabase, conn: asyncpg.Connection) -> None:
        self.db, self.conn = db, conn
        self.signer = Signer("rada.example/ledger", bytes(range(32)))
        now = datetime.now(UTC)
        self.opened = now.replace(second=0, microsecond=0) - timedelta(minutes=2)

    async def ledger(self) -> Ledger:
        return await Ledger.open(self.db.database("hall").connect, self.signer, derive.derive)

    async def begin(self) -> None:
        ledger = await self.ledger()
        seated = (Seated("a", "Айстра", "Ада", None, None, None, 1),)
        opened = SittingOpened(
            at=stamp(self.opened),
            body="rada",
            body_name="Рада",
            municipality="Місто",
            session_label="I",
            sitting_kind="plenary",
            held_on="2026-03-01",
            timezone="Europe/Kyiv",
            mode="ordinary",
            seats=1,
            quorum=1,
            quorum_source="ст. 1",
            members=seated,
            agenda=(AgendaPoint("1", "Про бюджет"),),
        )
        await ledger.append([("rada-1", opened)], self.opened)
        await ledger.close()

    async def close_sitting(self, at: datetime) -> None:
        ledger = await self.ledger()
        closed: Fact = SittingClosed(stamp(at))
        await ledger.append([("rada-1", closed)], at)
        await ledger.close()

    async def run_row(self, run: str, at: datetime, ended: datetime | None = None) -> None:
        await self.conn.execute(
            """insert into run (id, camera_id, started_at, clock, codec, width, height, timescale, init_path,
                                init_bytes, init_sha256, ended_at, end_reason)
               values ($1, 'hall-1', $2, 'arrival', 'avc1', 16, 16, 90000, 'hall-1/' || $1 || '/init.mp4', 1, $3,
                       $4::timestamptz, case when $4::timestamptz is not null then 'stopped' end)""",
            *(run, at, SHA[0], ended),
        )

    async def segments(self, run: str, at: datetime, numbers: Sequence[int], seconds: float = 2.0) -> None:
        """`at`: of number 0."""
        await self.conn.executemany(
            """insert into segment (run_id, n, start_ticks, duration_ticks, started_at, duration_ms, path, bytes,
                                    sha256, frames) values ($1, $2, 0, 1, $3, $4, $5, 1, $6, 1)""",
            [
                (run, n, at + timedelta(seconds=seconds * n), round(1000 * seconds), f"hall-1/{run}/{n:06}.m4s", SHA[n])
                for n in numbers
            ],
        )

    async def seals(self) -> list[FootageSealed]:
        """As the ledger has them; the fold, which refuses a segment sealed twice, has taken them all."""
        entries = await voting_ledger.read(self.conn)
        fold_all(entries)
        return [entry.fact for entry in entries if isinstance(entry.fact, FootageSealed)]

    def sealer(self, ledger: Ledger, *, busy: bool = False, cameras: Mapping[str, str] | None = None) -> Sealer:
        return Sealer(_One(self.db), ledger, Clock(), cameras or {"hall-1": "rada"}, lambda: busy)

    async def seal(self, *, every: bool = False, busy: bool = False, cameras: Mapping[str, str] | None = None) -> bool:
        ledger = await self.ledger()
        try:
            return await self.sealer(ledger, busy=busy, cameras=cameras).seal(every=every)
        finally:
            await ledger.close()


class _One:
    """As much of a pool as the sealer takes."""

    def __init__(self, db: TestDatabase) -> None:
        self._db = db

    def acquire(self) -> _One:
        return self

    async def __aenter__(self) -> asyncpg.Connection:
        self._connection = await self._db.database("hall").connect()
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()


@pytest.fixture
async def archive(db: TestDatabase) -> AsyncIterator[House]:
    conn = await db.database().connect()
    made = House(db, conn)
    await made.begin()
    yield made
    await conn.close()


def numbers(seals: Sequence[FootageSealed], run: str = RUN) -> list[tuple[int, int]]:
    return [(seal.first, seal.count) for seal in seals if seal.run == run]


async def test_seal_covers_what_the_sitting_shows_and_late_rows_when_they_come(archive: House) -> None:
    at = archive.opened - timedelta(seconds=30)  # always recording: what was before the margin is no part of it
    await archive.run_row(RUN, at)
    await archive.segments(RUN, at, range(10))
    assert await archive.seal() and await archive.seals() == []
    await archive.segments(RUN, at, range(10, 50))
    await archive.seal()
    assert numbers(await archive.seals()) == [(10, 5), (15, 30)]
    await archive.segments(RUN, at, [*range(50, 60), *range(61, 80)])  # the rest of the minute; one is left out
    await archive.seal()
    assert numbers(await archive.seals()) == [(10, 5), (15, 30), (45, 15), (61, 14)]
    await archive.segments(RUN, at, [60])
    await archive.seal()
    assert len(await archive.seals()) == 4
    await archive.seal(every=True)
    assert numbers(await archive.seals())[4:] == [(60, 1)]
    assert await derive.differences(archive.conn) == []


async def test_seal_goes_on_after_the_closing_to_the_end_of_the_margin(archive: House) -> None:
    await archive.close_sitting(archive.opened + timedelta(seconds=20))
    await archive.run_row(RUN, archive.opened, archive.opened + timedelta(seconds=100))
    await archive.segments(RUN, archive.opened, range(50))
    await archive.seal()
    assert numbers(await archive.seals()) == [(0, 15)]


async def test_seal_of_another_bodys_camera_or_while_the_hall_is_busy_is_none(archive: House) -> None:
    await archive.run_row(RUN, archive.opened, archive.opened + timedelta(seconds=100))
    await archive.segments(RUN, archive.opened, range(50))
    await archive.seal(cameras={"hall-1": "other"})
    assert not await archive.seal(busy=True)
    assert await archive.seals() == []


CHILD = """
import asyncio, sys
from council import derive, footage
from council.clock import Clock
from sql.database import Database
from voting.checkpoint import Signer
from voting.ledger import Ledger

async def main():
    footage.BATCH = 1
    database = Database(sys.argv[1], "hall")
    ledger = await Ledger.open(database.connect, Signer("rada.example/ledger", bytes(range(32))), derive.derive)
    sealer = footage.Sealer(await database.pool(1, 1), ledger, Clock(), {"hall-1": "rada"}, lambda: False)
    await sealer.seal()

asyncio.run(main())
"""


async def test_seal_killed_at_any_moment_leaves_each_segment_in_exactly_one(archive: House) -> None:
    """A run a second, so that there are many seals to be killed in."""
    runs = [f"hall-1-20260301T09{n // 60:02}{n % 60:02}000Z" for n in range(200)]
    for n, run in enumerate(runs):
        at = archive.opened + timedelta(seconds=n / 10)
        await archive.run_row(run, at, at + timedelta(seconds=1))
        await archive.segments(run, at, range(2), seconds=0.01)
    killed_at = []
    for least in (3, 20, 40):
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD, archive.db.url("hall"))
        while (count := await archive.conn.fetchval("select count(*) from footage_seal")) < least:
            assert child.returncode is None
            await asyncio.sleep(0.002)
        child.kill()
        await child.wait()
        killed_at.append(count)
    assert await archive.seal()
    seals = await archive.seals()
    assert sorted((seal.run, seal.first, seal.count) for seal in seals) == [(run, 0, 2) for run in runs]
    assert killed_at[0] < len(runs)
    assert await derive.differences(archive.conn) == []
