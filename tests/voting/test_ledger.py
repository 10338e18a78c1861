"""The ledger on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg
import pytest

from voting.checkpoint import Signer
from voting.entries import Entry, Fact, MemberArrived, decode, stamp
from voting.errors import BadEntry, LedgerBusy, LedgerClosed, LedgerDamaged, WrongKey
from voting.ledger import Ledger, follow, read
from voting.note import Checkpoint, parse_vkey, verify
from voting.tree import EMPTY_ROOT, leaf_hash, root_of

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

NOW = datetime(2017, 11, 22, 8, 17, 51, 123_999, tzinfo=UTC)
SIGNER = Signer("town.example/ledger", bytes(range(32)))
TRIGGERS_OFF = "alter table ledger disable trigger user; alter table checkpoint disable trigger user"
SITTING = "town-council-2017-11-22"


def arrived(member: str) -> tuple[str, Fact]:
    return SITTING, MemberArrived(at=stamp(NOW), member=member, channel="terminal")


@pytest.fixture
async def ledger(db: TestDatabase) -> AsyncIterator[Ledger]:
    opened = await Ledger.open(db.database("hall").connect, SIGNER)
    yield opened
    await opened.close()


@pytest.fixture
async def reader(db: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await db.database("public").connect()
    yield connection
    await connection.close()


@pytest.fixture
async def owner(db: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await db.database("owner").connect()
    yield connection
    await connection.close()


async def writers(owner: asyncpg.Connection) -> list[int]:
    """The backends that hold a writer's lock."""
    rows = await owner.fetch(
        "select pid from pg_locks where locktype = 'advisory' and objid = 0 and granted"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    return [row["pid"] for row in rows]


async def test_append_two_facts_stores_exactly_what_is_hashed_and_signed(
    ledger: Ledger, reader: asyncpg.Connection
) -> None:
    assert (ledger.size, ledger.root) == (0, EMPTY_ROOT)

    entries = await ledger.append([arrived("1001"), (None, arrived("1002")[1])], NOW)

    assert entries == [
        Entry(0, SITTING, "2017-11-22T08:17:51.123Z", arrived("1001")[1]),
        Entry(1, None, "2017-11-22T08:17:51.123Z", arrived("1002")[1]),
    ]
    rows = await reader.fetch("select * from ledger order by seq")
    assert [decode(row["body"].encode()) for row in rows] == entries
    assert [row["leaf_hash"] for row in rows] == [leaf_hash(row["body"].encode()) for row in rows]
    assert {row["recorded_at"] for row in rows} == {NOW.replace(microsecond=123_000)}
    assert [row["kind"] for row in rows] == ["MemberArrived"] * 2
    assert ledger.root == root_of(row["leaf_hash"] for row in rows)
    stored = await reader.fetch("select tree_size, root_hash, note from checkpoint")
    assert [tuple(row) for row in stored] == [(2, ledger.root, ledger.checkpoint)]
    assert verify(ledger.checkpoint, parse_vkey(SIGNER.vkey)) == Checkpoint("town.example/ledger", 2, ledger.root)
    assert await read(reader) == entries


async def test_append_nothing_writes_nothing(ledger: Ledger, reader: asyncpg.Connection) -> None:
    assert await ledger.append([], NOW) == []
    assert await reader.fetchval("select count(*) from checkpoint") == 0


async def test_append_by_many_at_once_gives_each_its_own_place(ledger: Ledger, reader: asyncpg.Connection) -> None:
    answers = await asyncio.gather(*(ledger.append([arrived(str(n))], NOW) for n in range(20)))
    assert sorted(entry.seq for (entry,) in answers) == list(range(20))
    assert await read(reader) == sorted((entry for (entry,) in answers), key=lambda entry: entry.seq)


async def test_append_a_fact_that_cannot_be_read_back_is_refused_and_nothing_is_written(ledger: Ledger) -> None:
    bad = MemberArrived(at="yesterday", member="1001", channel="terminal")
    with pytest.raises(BadEntry, match="at: expected a time"):
        await ledger.append([arrived("1000"), (SITTING, bad)], NOW)
    assert [entry.seq for entry in await ledger.append([arrived("1001")], NOW)] == [0]


async def test_read_by_sitting_and_range_gives_that_part(ledger: Ledger, reader: asyncpg.Connection) -> None:
    other = ("other-2017-11-22", arrived("1")[1])
    entries = await ledger.append([arrived("1"), other, arrived("2"), arrived("3")], NOW)
    assert await read(reader, start=1, end=3) == entries[1:3]
    assert await read(reader, SITTING) == [entries[0], entries[2], entries[3]]
    assert await read(reader, SITTING, start=1, end=3) == [entries[2]]
    assert await read(reader, "nobody") == []


# --- one writer -------------------------------------------------------------------------------------------------


async def test_open_while_another_hall_runs_is_refused(ledger: Ledger, db: TestDatabase) -> None:
    with pytest.raises(LedgerBusy, match="another hall is running"):
        await Ledger.open(db.database("hall").connect, SIGNER)
    await ledger.append([arrived("1001")], NOW)


async def test_open_after_close_goes_on_where_it_ended(db: TestDatabase) -> None:
    first = await Ledger.open(db.database("hall").connect, SIGNER)
    for n in range(5):
        await first.append([arrived(str(n))], NOW)
    await first.close()
    second = await Ledger.open(db.database("hall").connect, SIGNER)
    assert (second.size, second.root, second.checkpoint) == (5, first.root, first.checkpoint)
    assert (await second.append([arrived("5")], NOW))[0].seq == 5
    await second.close()


async def test_append_after_close_is_refused(ledger: Ledger) -> None:
    await ledger.close()
    with pytest.raises(LedgerClosed):
        await ledger.append([arrived("1001")], NOW)


async def test_open_with_another_key_is_refused(db: TestDatabase) -> None:
    first = await Ledger.open(db.database("hall").connect, SIGNER)
    await first.append([arrived("1001")], NOW)
    await first.close()
    with pytest.raises(WrongKey):
        await Ledger.open(db.database("hall").connect, Signer("town.example/ledger", bytes(32)))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("delete from ledger where seq = 1", "entry 1 is missing"),
        ("delete from ledger where seq = 2", "has 2 entries, its last checkpoint 3"),
        ("update ledger set leaf_hash = sha256('x') where seq = 1", "do not give the root hash"),
        ("delete from checkpoint", "3 entries and no checkpoint"),
        ("update checkpoint set note = replace(note, 'town', 'City')", "key"),
    ],
)
async def test_open_after_the_owner_tampered_names_the_damage(
    db: TestDatabase, owner: asyncpg.Connection, damage: str, words: str
) -> None:
    first = await Ledger.open(db.database("hall").connect, SIGNER)
    await first.append([arrived("1"), arrived("2"), arrived("3")], NOW)
    await first.close()
    await owner.execute(TRIGGERS_OFF)
    await owner.execute(damage)
    with pytest.raises((LedgerDamaged, WrongKey), match=words):
        await Ledger.open(db.database("hall").connect, SIGNER)


async def test_read_of_a_tampered_body_names_the_entry(
    ledger: Ledger, owner: asyncpg.Connection, reader: asyncpg.Connection
) -> None:
    await ledger.append([arrived("1001"), arrived("1002")], NOW)
    await owner.execute(TRIGGERS_OFF)
    await owner.execute("update ledger set body = replace(body, '1002', '1003') where seq = 1")
    with pytest.raises(LedgerDamaged, match="entry 1 is not what its leaf hash says"):
        await read(reader)


@pytest.mark.parametrize("role", ["owner", "hall", "record", "public"])
@pytest.mark.parametrize("table", ["ledger", "checkpoint", "press"])
@pytest.mark.parametrize("act", ["update {} set {} = {}", "delete from {}", "truncate {}"])
async def test_change_of_what_is_written_is_refused_to_every_role(
    ledger: Ledger, db: TestDatabase, role: str, table: str, act: str
) -> None:
    await ledger.append([arrived("1001")], NOW)
    column = {"ledger": "seq", "checkpoint": "tree_size", "press": "n"}[table]
    connection = await db.database(role).connect()  # type: ignore[arg-type]
    try:
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)) as refused:
            await connection.execute("set default_transaction_read_only = off")
            await connection.execute(act.format(table, column, column))
        if role == "owner":
            assert isinstance(refused.value, asyncpg.RestrictViolationError)
        assert ledger.size == 1
    finally:
        await connection.close()


# --- the server goes away ---------------------------------------------------------------------------------------


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


# --- following --------------------------------------------------------------------------------------------------


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
