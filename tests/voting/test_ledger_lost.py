"""The ledger when the server, the line or the answer is lost: everything stands once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from sql.database import Database
from sql.embedded import Embedded
from sql.migrate import migrate
from voting.checkpoint import Signer
from voting.entries import Entry, Fact, MemberArrived, stamp
from voting.errors import LedgerBusy, LedgerClosed, LedgerDamaged
from voting.ledger import Ledger, follow, read

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

NOW = datetime(2017, 11, 22, 8, 17, 51, 123_999, tzinfo=UTC)
SIGNER = Signer("town.example/ledger", bytes(range(32)))
TRIGGERS_OFF = "alter table ledger disable trigger user; alter table checkpoint disable trigger user"
SITTING = "town-council-2017-11-22"


def arrived(member: str) -> tuple[str, Fact]:
    return SITTING, MemberArrived(at=stamp(NOW), member=member, channel="terminal")


async def writers(owner: asyncpg.Connection) -> list[int]:
    """The backends that hold a writer's lock."""
    rows = await owner.fetch(
        "select pid from pg_locks where locktype = 'advisory' and objid = 0 and granted"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    return [row["pid"] for row in rows]


class Killer:
    """Ends the writer's backend: while the transaction is open, or right after the commit is on disk."""

    def __init__(self, owner: asyncpg.Connection) -> None:
        self.owner = owner
        self.kills = 0

    async def derive(self, connection: asyncpg.Connection, entries: Sequence[Entry]) -> None:
        if self.kills:
            self.kills -= 1
            await self.owner.execute("select pg_terminate_backend($1)", connection.get_server_pid())


async def test_append_when_the_backend_is_killed_before_commit_writes_once(
    db: TestDatabase, owner: asyncpg.Connection, reader: asyncpg.Connection
) -> None:
    killer = Killer(owner)
    ledger = await Ledger.open(db.database("hall").connect, SIGNER, killer.derive)
    written = await ledger.append([arrived("1")], NOW)
    killer.kills = 2
    written += await ledger.append([arrived("2"), arrived("3")], NOW)
    written += await ledger.append([arrived("4")], NOW)
    assert await read(reader) == written
    assert [entry.seq for entry in written] == [0, 1, 2, 3]
    assert len(await writers(owner)) == 1
    await ledger.close()
    assert await writers(owner) == []


class LosesAnswers(asyncpg.Connection):
    """A connection that dies right after a COMMIT reached the disk, before anyone is told."""

    owner: asyncpg.Connection
    lose = 0

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:
        answer: str = await super().execute(query, *args, timeout=timeout)
        if query == "COMMIT;" and LosesAnswers.lose:
            LosesAnswers.lose -= 1
            self.terminate()
            raise ConnectionResetError("the line was cut")
        return answer


async def test_append_when_the_answer_to_the_commit_is_lost_writes_once(
    db: TestDatabase, owner: asyncpg.Connection, reader: asyncpg.Connection
) -> None:
    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(db.url("hall"), connection_class=LosesAnswers)

    ledger = await Ledger.open(connect, SIGNER)
    written = await ledger.append([arrived("1")], NOW)
    LosesAnswers.lose = 1
    written += await ledger.append([arrived("2"), arrived("3")], NOW)
    assert LosesAnswers.lose == 0
    written += await ledger.append([arrived("4")], NOW)
    assert await read(reader) == written
    assert await reader.fetch("select tree_size from checkpoint order by 1") == [(1,), (3,), (4,)]
    await ledger.close()


async def test_append_after_the_idle_connection_died_goes_on(ledger: Ledger, owner: asyncpg.Connection) -> None:
    await ledger.append([arrived("1")], NOW)
    (pid,) = await writers(owner)
    await owner.execute("select pg_terminate_backend($1)", pid)
    await ledger.append([arrived("2")], NOW)
    assert ledger.size == 2


async def test_append_after_another_hall_wrote_meanwhile_is_refused(
    db: TestDatabase, owner: asyncpg.Connection
) -> None:
    asleep = await Ledger.open(db.database("hall").connect, SIGNER)
    await asleep.append([arrived("1")], NOW)
    await owner.execute("select pg_terminate_backend($1)", (await writers(owner))[0])
    while await writers(owner):
        await asyncio.sleep(0.01)
    other = await Ledger.open(db.database("hall").connect, SIGNER)
    with pytest.raises(LedgerBusy, match="another hall is running"):
        await asleep.append([arrived("2")], NOW)
    await other.append([arrived("3")], NOW)
    await other.close()
    with pytest.raises(LedgerBusy, match="has written to the ledger meanwhile"):
        await asleep.append([arrived("2")], NOW)
    await asleep.close()


async def test_append_while_the_lost_session_still_holds_the_lock_waits_for_its_end(
    db: TestDatabase, reader: asyncpg.Connection
) -> None:
    """The line is cut while the server still works for it: for longer than another hall would be waited for."""
    cuts = 1

    async def derive(connection: asyncpg.Connection, entries: Sequence[Entry]) -> None:
        nonlocal cuts
        if cuts:
            cuts -= 1
            busy = asyncio.ensure_future(connection.execute("select pg_sleep(3)"))
            await asyncio.sleep(0.2)
            connection.terminate()
            await busy

    ledger = await Ledger.open(db.database("hall").connect, SIGNER, derive)
    started = asyncio.get_running_loop().time()
    written = await ledger.append([arrived("1")], NOW)
    assert asyncio.get_running_loop().time() - started > 2.5
    assert await read(reader) == written
    await ledger.close()


async def test_append_when_no_answer_comes_cuts_the_line_and_writes_once(
    db: TestDatabase, reader: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voting.ledger.ANSWER_S", 0.3)
    hangs = 1

    async def derive(connection: asyncpg.Connection, entries: Sequence[Entry]) -> None:
        nonlocal hangs
        if hangs:
            hangs -= 1
            await connection.execute("select pg_sleep(1)")

    ledger = await Ledger.open(db.database("hall").connect, SIGNER, derive)
    written = await ledger.append([arrived("1")], NOW)
    assert await read(reader) == written
    await ledger.close()


async def test_append_after_someone_wrote_without_the_lock_is_refused(ledger: Ledger, db: TestDatabase) -> None:
    await ledger.append([arrived("1")], NOW)
    intruder = await db.database("hall").connect()
    await intruder.execute(
        "insert into ledger select 1, sitting_id, kind, recorded_at, body, leaf_hash from ledger where seq = 0"
    )
    await intruder.close()
    with pytest.raises(LedgerBusy, match="without its lock"):
        await ledger.append([arrived("2")], NOW)
    with pytest.raises(LedgerDamaged, match="differ"):
        await ledger.append([arrived("2")], NOW)


async def test_append_while_postgresql_is_killed_and_started_again_writes_everything_once(tmp_path: Path) -> None:
    with Embedded(tmp_path / "database") as server:
        await migrate(Database(server.url("owner"), "owner"))
        ledger = await Ledger.open(Database(server.url("hall"), "hall").connect, SIGNER)
        written: list[Entry] = []

        async def write() -> None:
            while len(written) < 300:
                written.extend(await ledger.append([arrived(str(len(written))), arrived("x")], NOW))

        async def look() -> list[Entry]:
            seen: list[Entry] = []
            async with aclosing(follow(Database(server.url("public"), "public").connect, 0)) as batches:
                async for batch in batches:
                    seen.extend(batch)
                    if len(seen) >= 300:
                        break
            return seen

        looking, writing = asyncio.ensure_future(look()), asyncio.ensure_future(write())
        for kill_at in (50, 150):
            while len(written) < kill_at:
                assert not (writing.done() or looking.done())
                await asyncio.sleep(0.001)
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            while server.alive():
                await asyncio.sleep(0.01)
            await asyncio.to_thread(server.start)
        async with asyncio.timeout(60):
            await writing
            assert await looking == written
        assert [entry.seq for entry in written] == list(range(300))
        root = ledger.root
        await ledger.close()
        again = await Ledger.open(Database(server.url("hall"), "hall").connect, SIGNER)
        assert (again.size, again.root) == (300, root)
        await again.close()


async def test_append_when_derive_raises_writes_nothing_and_the_next_one_works(
    db: TestDatabase, reader: asyncpg.Connection
) -> None:
    async def derive(connection: asyncpg.Connection, entries: Sequence[Entry]) -> None:
        if entries[0].fact == arrived("bad")[1]:
            raise ValueError("no")

    ledger = await Ledger.open(db.database("hall").connect, SIGNER, derive)
    await ledger.append([arrived("1")], NOW)
    with pytest.raises(ValueError, match="no"):
        await ledger.append([arrived("bad")], NOW)
    assert ledger.size == 1
    await ledger.append([arrived("2")], NOW)
    assert [entry.seq for entry in await read(reader)] == [0, 1]
    await ledger.close()


async def test_append_whose_caller_is_cancelled_still_ends_and_the_next_has_its_own_place(
    db: TestDatabase, reader: asyncpg.Connection
) -> None:
    reached, released = asyncio.Event(), asyncio.Event()

    async def derive(connection: asyncpg.Connection, entries: Sequence[Entry]) -> None:
        reached.set()
        await released.wait()

    ledger = await Ledger.open(db.database("hall").connect, SIGNER, derive)
    first = asyncio.create_task(ledger.append([arrived("1")], NOW))
    async with asyncio.timeout(20):
        await reached.wait()
    first.cancel()
    released.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert [entry.seq for entry in await ledger.append([arrived("2")], NOW)] == [1]
    assert len(await read(reader)) == 2
    await ledger.close()


async def test_close_while_the_database_is_away_stops_waiting(db: TestDatabase, owner: asyncpg.Connection) -> None:
    away = False

    async def connect() -> asyncpg.Connection:
        if away:
            raise ConnectionRefusedError("nobody listens")
        return await db.database("hall").connect()

    ledger = await Ledger.open(connect, SIGNER)
    away = True
    await owner.execute("select pg_terminate_backend($1)", (await writers(owner))[0])
    waiting = asyncio.create_task(ledger.append([arrived("1")], NOW))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await ledger.close()
    with pytest.raises(LedgerClosed):
        await waiting
