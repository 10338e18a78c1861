"""Two ledgers in one database, the council's and a rehearsal's: neither sees, stops or wakes the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from voting.checkpoint import Signer
from voting.entries import Entry, Fact, MemberArrived, stamp
from voting.errors import LedgerBusy
from voting.ledger import Ledger, follow, lock_space, read

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

NOW = datetime(2017, 11, 22, 8, 17, 51, tzinfo=UTC)
SIGNER = Signer("town.example/rehearsal", bytes(range(32)))


def arrived(member: str) -> tuple[str, Fact]:
    return "town-2017-rehearsal-1", MemberArrived(stamp(NOW), member, "terminal")


@pytest.fixture
def rehearsal(db: TestDatabase) -> Any:
    return replace(db.database("hall"), schema="rehearsal")


@pytest.fixture
async def practice(rehearsal: Any) -> AsyncIterator[Ledger]:
    opened = await Ledger.open(rehearsal.connect, SIGNER, name="rehearsal")
    yield opened
    await opened.close()


async def test_two_ledgers_of_one_database_are_written_side_by_side(
    rehearsal: Any, ledger: Ledger, practice: Ledger, reader: asyncpg.Connection
) -> None:
    await asyncio.gather(
        *(book.append([arrived(str(n))], NOW) for n in range(10) for book in (ledger, practice)),
        practice.append([arrived("only here")], NOW),
    )
    assert (ledger.size, practice.size) == (10, 11)
    connection = await rehearsal.connect()
    try:
        entries = await read(connection)
        assert [entry.seq for entry in entries] == list(range(11))
        assert "only here" in {entry.fact.member for entry in entries if isinstance(entry.fact, MemberArrived)}
    finally:
        await connection.close()
    assert len(await read(reader)) == 10


async def test_each_ledger_has_one_writer_of_its_own(rehearsal: Any, ledger: Ledger, practice: Ledger) -> None:
    with pytest.raises(LedgerBusy):
        await Ledger.open(rehearsal.connect, SIGNER, name="rehearsal")
    assert lock_space("ledger") != lock_space("rehearsal")


async def test_public_page_cannot_read_the_rehearsals_ledger(db: TestDatabase, practice: Ledger) -> None:
    await practice.append([arrived("1")], NOW)
    connection = await replace(db.database("public"), schema="rehearsal").connect()
    try:
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedTableError)):
            await read(connection)
    finally:
        await connection.close()


async def test_follow_of_one_ledger_hears_that_one_alone(
    rehearsal: Any, db: TestDatabase, ledger: Ledger, practice: Ledger
) -> None:
    heard: asyncio.Queue[list[Entry]] = asyncio.Queue()

    async def listen() -> None:
        async with aclosing(follow(rehearsal.connect, 0, "rehearsal")) as batches:
            async for batch in batches:
                heard.put_nowait(batch)

    task = asyncio.create_task(listen())
    try:
        await ledger.append([arrived("council")], NOW)
        await practice.append([arrived("practice")], NOW)
        (entry,) = await asyncio.wait_for(heard.get(), 20)
        assert isinstance(entry.fact, MemberArrived)
        assert (entry.seq, entry.fact.member) == (0, "practice")
        assert heard.empty()
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_notification_of_one_ledger_wakes_no_follower_of_the_other(
    rehearsal: Any, ledger: Ledger, practice: Ledger
) -> None:
    heard: list[str] = []
    connection = await rehearsal.connect()
    try:
        await connection.add_listener("rehearsal", lambda *message: heard.append(str(message[2])))
        await connection.add_listener("ledger", lambda *message: heard.append(str(message[2])))
        await practice.append([arrived("1")], NOW)
        async with asyncio.timeout(20):
            while not heard:
                await asyncio.sleep(0.01)
        await ledger.append([arrived("1")], NOW)
        async with asyncio.timeout(20):
            while len(heard) < 2:
                await asyncio.sleep(0.01)
        assert heard == ["rehearsal", "ledger"]
    finally:
        await connection.close()


@pytest.mark.parametrize("name", ["", "Ledger", "1st", "a b", "a;b", "x" * 64])
async def test_ledger_of_a_name_that_is_no_channel_is_refused(db: TestDatabase, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a ledger"):
        await Ledger.open(db.database("hall").connect, SIGNER, name=name)
