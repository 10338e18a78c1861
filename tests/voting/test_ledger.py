"""The ledger on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg
import pytest

from voting.checkpoint import Signer
from voting.entries import Entry, Fact, MemberArrived, decode, stamp
from voting.errors import BadEntry, LedgerBusy, LedgerClosed, LedgerDamaged, WrongKey
from voting.ledger import Ledger, read
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
