"""The pages' tables: what one sitting leaves in them, and that the whole ledger gives the same again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from council.derive import derive, rebuild
from council.importing.drohobych import import_roster, import_sitting, shipped
from voting.checkpoint import Signer
from voting.entries import (
    AgendaPoint,
    Base,
    Fact,
    ItemCalled,
    MemberArrived,
    MemberLeft,
    Option,
    Requirement,
    ResultAnnounced,
    Seated,
    SittingClosed,
    SittingOpened,
)
from voting.ledger import Ledger
from voting.vote_event import Press, VoteEvent, open_vote

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

NOW = datetime(2026, 3, 1, 9, 0, 0, 250_000, tzinfo=UTC)
AT = "2026-03-01T09:00:00.250Z"
TABLES = ("sitting_summary", "vote_event", "vote", "attendance")
HALF = Requirement("half", Base.SEATS, 1, 2, True, seats=3, needed=2, quorum=2, source="ст. 1")
OPENED = SittingOpened(
    at=AT,
    body="rada",
    body_name="Рада",
    municipality="Вигадане",
    session_label="I сесія",
    sitting_kind="plenary",
    held_on="2026-03-01",
    timezone="Europe/Kyiv",
    mode="training",
    seats=3,
    quorum=2,
    quorum_source="ст. 1",
    members=(
        Seated("a", "Айстра", "Анна", None, "f", "Лука", 1),
        Seated("b", "Бук", "Богдан", None, "m", None, 2),
        Seated("c", "Ва", "Вір", None, None, "Лука", None),
    ),
    agenda=(AgendaPoint("1", "Про перше"),),
)


@pytest.fixture
async def conn(db: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await db.database("hall").connect()
    yield connection
    await connection.close()


@pytest.fixture
async def ledger(db: TestDatabase) -> AsyncIterator[Ledger]:
    opened = await Ledger.open(db.database("hall").connect, Signer("tests.hlasno", bytes(32)), derive)
    yield opened
    await opened.close()


async def tables(conn: asyncpg.Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: sorted((tuple(row) for row in await conn.fetch(f"select * from {table}")), key=repr) for table in TABLES
    }


def vote(n: int, *, present: tuple[str, ...], **chosen: Option) -> tuple[Fact, Fact]:
    members = ("a", "b", "c")
    opened = open_vote(
        n=n, item="1", motion="Про перше", requirement=HALF, members=members, present=present, seconds=20, at=AT
    )
    event = VoteEvent(opened, members)
    for member, option in chosen.items():
        event.apply(Press(member, "0" * 16, 1, option, AT))
    return opened, event.close(AT, "clerk")


def sitting() -> list[Fact]:
    return [
        OPENED,
        MemberArrived(AT, "a", "terminal"),
        MemberArrived(AT, "b", "console"),
        ItemCalled(AT, "1", "Про перше"),
        *vote(1, present=("a", "b"), a=Option.FOR, b=Option.FOR),
        ResultAnnounced(AT, 1),
        MemberLeft(AT, "b", "console"),
        *vote(2, present=("a",), a=Option.AGAINST),
    ]


async def test_derive_of_a_sitting_entry_by_entry_fills_each_table(conn: asyncpg.Connection, ledger: Ledger) -> None:
    for fact in [*sitting(), SittingClosed(AT)]:
        await ledger.append([("rada-1", fact)], NOW)
    day = date(2026, 3, 1)
    assert await tables(conn) == {
        "sitting_summary": [
            ("rada-1", "rada", "I сесія", "plenary", day, "training", 3, NOW, NOW, 2, 1, 0, False),
        ],
        "vote_event": [
            ("rada-1", 1, "1", "Про перше", NOW, NOW, "adopted", 2, 3, 2, 0, 0, 0, 1, 0, 0, 4, 5),
            ("rada-1", 2, "1", "Про перше", NOW, NOW, "no_quorum", 2, 3, 0, 1, 0, 0, 2, 0, 0, 8, 9),
        ],
        "vote": [
            ("rada-1", 1, "a", "for", "Лука"),
            ("rada-1", 1, "b", "for", None),
            ("rada-1", 1, "c", "absent", "Лука"),
            ("rada-1", 2, "a", "against", "Лука"),
            ("rada-1", 2, "b", "absent", None),
            ("rada-1", 2, "c", "absent", "Лука"),
        ],
        "attendance": [("rada-1", "a", True), ("rada-1", "b", True), ("rada-1", "c", False)],
    }


async def test_derive_of_an_open_vote_shows_no_option(conn: asyncpg.Connection, ledger: Ledger) -> None:
    await ledger.append([("rada-1", fact) for fact in sitting()[:5]], NOW)
    derived = await tables(conn)
    assert derived["vote"] == []
    assert derived["vote_event"] == [
        ("rada-1", 1, "1", "Про перше", NOW, None, None, 2, 3, 0, 0, 0, 0, 0, 0, 0, 4, None)
    ]
    assert derived["sitting_summary"][0][8:] == (None, 0, 0, 0, True)


async def test_derive_that_is_refused_leaves_no_entry(conn: asyncpg.Connection, ledger: Ledger) -> None:
    await ledger.append([("rada-1", fact) for fact in sitting()], NOW)
    before = await tables(conn)
    with pytest.raises(asyncpg.UniqueViolationError):
        await ledger.append([("rada-1", OPENED)], NOW)
    with pytest.raises(LookupError, match="rada-2, which the derived tables do not know"):
        await ledger.append([("rada-2", vote(1, present=())[1])], NOW)
    assert (ledger.size, await tables(conn)) == (10, before)


async def test_rebuild_gives_what_live_sittings_and_imports_left(conn: asyncpg.Connection, ledger: Ledger) -> None:
    await import_roster(conn, shipped("deputies.json"), "deputies.json")
    for file in ("2016-12-20.json", "2017-11-22.json"):
        await import_sitting(ledger, conn, shipped(file), file, now=NOW)
    for fact in sitting():
        await ledger.append([("rada-1", fact)], NOW)
    live = await tables(conn)
    assert len(live["vote"]) == (49 + 6) * 37 + 6
    await conn.execute("update vote set option = 'for' where option = 'absent'")
    await conn.execute("delete from attendance")
    await conn.execute("update sitting_summary set votes = 0, is_open = true")
    for _ in range(2):
        assert await rebuild(conn) == ledger.size
        assert await tables(conn) == live
    await ledger.append([("rada-1", SittingClosed(AT))], NOW)  # and the ledger goes on from there
    assert await conn.fetchval("select count(*) from sitting_summary where is_open") == 0


async def test_rebuild_across_chunks_gives_the_same(
    conn: asyncpg.Connection, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ledger.append([("rada-1", fact) for fact in [*sitting(), SittingClosed(AT)]], NOW)
    live = await tables(conn)
    for chunk in (1, 4, 7):
        monkeypatch.setattr("council.derive.CHUNK", chunk)
        assert await rebuild(conn) == 11
        assert await tables(conn) == live


async def test_rebuild_while_the_hall_appends_loses_nothing(
    db: TestDatabase, conn: asyncpg.Connection, ledger: Ledger
) -> None:
    async def append() -> None:
        for number in range(10):
            for fact in sitting():
                await ledger.append([(f"rada-{number}", fact)], NOW)

    appending = asyncio.create_task(append())
    while not appending.done():
        await rebuild(conn)
    await appending
    live = await tables(conn)
    await rebuild(conn)
    assert await tables(conn) == live
    assert len(live["vote"]) == 60


async def test_rebuild_of_an_empty_ledger_empties_the_tables(conn: asyncpg.Connection) -> None:
    await conn.execute("insert into attendance values ('gone', 'a', true)")
    assert await rebuild(conn) == 0
    assert await tables(conn) == {table: [] for table in TABLES}
