"""Following the ledger: every entry, in order, whatever happens to the line."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg
import pytest

from voting.checkpoint import Signer
from voting.entries import Fact, MemberArrived, stamp
from voting.errors import LedgerDamaged
from voting.ledger import Ledger, follow

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

NOW = datetime(2017, 11, 22, 8, 17, 51, 123_999, tzinfo=UTC)
SIGNER = Signer("town.example/ledger", bytes(range(32)))
TRIGGERS_OFF = "alter table ledger disable trigger user; alter table checkpoint disable trigger user"
SITTING = "town-council-2017-11-22"


def arrived(member: str) -> tuple[str, Fact]:
    return SITTING, MemberArrived(at=stamp(NOW), member=member, channel="terminal")


async def test_follow_from_the_middle_gives_what_was_and_what_comes(ledger: Ledger, db: TestDatabase) -> None:
    entries = await ledger.append([arrived("1"), arrived("2"), arrived("3")], NOW)
    async with aclosing(follow(db.database("public").connect, 1)) as batches:
        assert await anext(batches) == entries[1:]
        started = asyncio.get_running_loop().time()
        coming = asyncio.ensure_future(anext(batches))
        await asyncio.sleep(0.05)
        more = await ledger.append([arrived("4")], NOW)
        assert await coming == more
        assert asyncio.get_running_loop().time() - started < 1.5  # by notification, not by re-reading


async def test_follow_a_tampered_ledger_names_the_damage(
    ledger: Ledger, db: TestDatabase, owner: asyncpg.Connection
) -> None:
    await ledger.append([arrived("1"), arrived("2"), arrived("3")], NOW)
    await owner.execute(TRIGGERS_OFF)
    await owner.execute("delete from ledger where seq = 1")
    async with aclosing(follow(db.database("public").connect, 0)) as batches:
        with pytest.raises(LedgerDamaged, match="entry 1 is missing"):
            await anext(batches)


async def test_follow_when_its_connection_is_killed_misses_nothing(
    ledger: Ledger, db: TestDatabase, owner: asyncpg.Connection
) -> None:
    entries = await ledger.append([arrived("1")], NOW)
    connections: list[asyncpg.Connection] = []

    async def connect() -> asyncpg.Connection:
        connections.append(await db.database("public").connect())
        return connections[-1]

    async with aclosing(follow(connect, 0)) as batches:
        assert await anext(batches) == entries
        coming = asyncio.ensure_future(anext(batches))
        await asyncio.sleep(0.05)
        await owner.execute("select pg_terminate_backend($1)", connections[0].get_server_pid())
        more = await ledger.append([arrived("2")], NOW)
        assert await coming == more
    assert all(connection.is_closed() for connection in connections)


async def test_follow_when_the_notification_is_lost_reads_again(ledger: Ledger, db: TestDatabase) -> None:
    class Deaf(asyncpg.Connection):
        async def add_listener(self, channel: str, callback: object) -> None:
            pass

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(db.url("public"), connection_class=Deaf)

    async with aclosing(follow(connect, 0)) as batches:
        coming = asyncio.ensure_future(anext(batches))
        await asyncio.sleep(0.2)
        entries = await ledger.append([arrived("1")], NOW)
        async with asyncio.timeout(5):
            assert await coming == entries


@pytest.mark.parametrize("turns", range(4))
async def test_follow_cancelled_in_the_moment_it_hears_something_ends(
    ledger: Ledger, db: TestDatabase, turns: int
) -> None:
    made: asyncio.Queue[asyncpg.Connection] = asyncio.Queue()

    async def connect() -> asyncpg.Connection:
        connection = await db.database("public").connect()
        made.put_nowait(connection)
        return connection

    async with aclosing(follow(connect, 0)) as batches:
        coming = asyncio.create_task(anext(batches))
        connection = await made.get()
        await asyncio.sleep(0.1)  # it has read, and listens
        connection.terminate()
        for _ in range(turns):
            await asyncio.sleep(0)
        coming.cancel()
        await asyncio.wait({coming}, timeout=1)
        assert coming.cancelled()
