"""What is prepared before a sitting, in the real database, as the hall's role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from council import store
from council.people import Faction, Member, Person, Term, sort_key
from council.sitting import Body, PlannedItem, PlannedMotion, SittingPlan
from council.store import Change
from voting.entries import Seated, Source

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

COUNCIL = Body("rada", "Вигадане", "Вигадана рада", 3, "ua", "uk", "Europe/Kyiv", training=False)
DAY = date(2026, 3, 1)
NAMES = {"a": ("Ґудзь", "Ія"), "b": ("Гай", "Юрій"), "c": ("Дуб", "Анна")}


@pytest.fixture
async def conn(db: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await db.database("hall").connect()
    await fill(connection)
    yield connection
    await connection.close()


async def fill(conn: asyncpg.Connection) -> list[Change]:
    changes = [
        await store.add_body(conn, COUNCIL),
        await store.add_term(conn, Term("rada-1", "rada", "I скликання", date(2025, 1, 1), None)),
        await store.add_faction(conn, Faction("rada-luh", "rada", "Луг")),
        await store.add_faction(conn, Faction("rada-sad", "rada", "Сад")),
    ]
    for desk_no, (member, (family, given)) in enumerate(NAMES.items(), 1):
        key = sort_key(f"{family} {given}", "uk")
        changes += [
            await store.add_person(conn, Person(member, family, given, None, None, key)),
            await store.add_member(conn, Member(member, member, "rada", "rada-1", date(2025, 1, 1), None)),
            await store.add_desk(conn, "rada", desk_no, member),
        ]
    changes.append(await store.add_faction_membership(conn, "a", "rada-luh", None, date(2026, 2, 28)))
    changes.append(await store.add_faction_membership(conn, "a", "rada-sad", date(2026, 3, 1)))
    return changes


def seated(member: str, faction: str | None, desk_no: int | None) -> Seated:
    return Seated(member, *NAMES[member], None, None, faction, desk_no)


def plan(**changes: object) -> SittingPlan:
    motion = PlannedMotion("1", 1, "Про перше", "majority_of_seats", 20, datetime(2020, 1, 2, tzinfo=UTC), ("c",))
    whole = SittingPlan(
        id="rada-2026-03-01",
        body=COUNCIL,
        session_label="I сесія",
        kind="plenary",
        held_on=DAY,
        mode="replay",
        source=Source("somewhere", "0" * 64),
        members=(seated("b", None, 2), seated("a", "Сад", 1), seated("c", None, 3)),
        items=(
            PlannedItem("1", "Про перше", (motion, replace(motion, position=2, text="Про те саме"))),
            PlannedItem("2", "Про друге", ()),
        ),
    )
    return replace(whole, **changes)


async def test_adding_again_changes_nothing_and_says_so(conn: asyncpg.Connection) -> None:
    assert set(await fill(conn)) == {Change.UNCHANGED}
    assert await store.add_desk(conn, "rada", 1, None) == Change.CHANGED
    assert await store.add_body(conn, replace(COUNCIL, seats=4), sort_no=1) == Change.CHANGED
    assert await store.add_body(conn, replace(COUNCIL, id="inshe")) == Change.ADDED
    assert [body.id for body in await store.bodies(conn)] == ["inshe", "rada"]
    assert await store.load_body(conn, "inshe") == replace(COUNCIL, id="inshe")


async def test_load_plan_after_save_gives_the_same_plan(conn: asyncpg.Connection) -> None:
    for _ in range(2):
        await store.save_sitting(conn, plan())
        assert await store.load_plan(conn, "rada-2026-03-01") == plan()


async def test_load_plan_takes_faction_and_office_of_the_day(conn: asyncpg.Connection) -> None:
    await store.add_member(conn, Member("b", "b", "rada", "rada-1", date(2025, 1, 1), date(2026, 2, 27)))
    await store.add_member(conn, Member("c", "c", "rada", "rada-1", date(2026, 2, 28), None))
    await store.save_sitting(conn, plan(held_on=date(2026, 2, 28)))
    members = (await store.load_plan(conn, "rada-2026-03-01")).members
    assert members == (seated("a", "Луг", 1), seated("c", None, 3))


async def test_load_plan_seating_wins_over_usual_desks(conn: asyncpg.Connection) -> None:
    moved = (seated("b", None, 1), seated("a", "Сад", 2), seated("c", None, 3))
    await store.save_sitting(conn, plan(members=moved))
    assert (await store.load_plan(conn, "rada-2026-03-01")).members == moved
    assert await conn.fetchval("select count(*) from seating") == 2
    await store.save_sitting(conn, plan(members=()))
    assert (await store.load_plan(conn, "rada-2026-03-01")).members == moved
    await store.save_sitting(conn, plan(members=(seated("c", None, 1),)))
    homeless = (seated("b", None, 2), seated("a", "Сад", None), seated("c", None, 1))
    assert (await store.load_plan(conn, "rada-2026-03-01")).members == homeless


async def test_unknown_ids_are_named(conn: asyncpg.Connection) -> None:
    with pytest.raises(store.UnknownSitting, match="no sitting 'nope'"):
        await store.load_plan(conn, "nope")
    with pytest.raises(store.UnknownBody, match="no body 'nope'"):
        await store.load_body(conn, "nope")
    with pytest.raises(store.UnknownBody, match="no body 'nope'"):
        await store.save_sitting(conn, plan(body=replace(COUNCIL, id="nope")))


async def test_save_sitting_that_leaves_out_an_item_is_refused_whole(conn: asyncpg.Connection) -> None:
    await store.save_sitting(conn, plan())
    with pytest.raises(store.StoreError, match="leaves out what is prepared under item 2"):
        await store.save_sitting(conn, plan(items=plan().items[:1], session_label="інша"))
    assert await store.load_plan(conn, "rada-2026-03-01") == plan()


async def test_save_sitting_that_has_begun_is_refused(conn: asyncpg.Connection) -> None:
    await store.save_sitting(conn, plan())
    await conn.execute(
        "insert into ledger values (0, 'rada-2026-03-01', 'SittingOpened', now(), '{}', sha256('\\x00'::bytea))"
    )
    with pytest.raises(store.SittingBegun):
        await store.save_sitting(conn, plan())


async def test_current_sitting_is_the_open_then_the_next_then_the_last(conn: asyncpg.Connection) -> None:
    async def save(day: int, mode: str = "ordinary") -> str:
        sitting = plan(id=f"rada-2026-03-{day:02}", held_on=date(2026, 3, day), mode=mode, source=None)
        await store.save_sitting(conn, sitting)
        return sitting.id

    async def begin(sitting: str, *, is_open: bool) -> None:
        await conn.execute("delete from sitting_summary where sitting_id = $1", sitting)
        await conn.execute(
            "insert into sitting_summary (sitting_id, body_id, session_label, kind, held_on, mode, seats, opened_seq,"
            " is_open) select id, body_id, session_label, kind, held_on, mode, 3, 0, $2 from sitting where id = $1",
            sitting,
            is_open,
        )

    assert await store.current_sitting(conn, "rada") is None
    first, second, third = await save(5), await save(12), await save(19)
    assert await store.current_sitting(conn, "rada") == first
    await begin(second, is_open=False)  # the first did not take place
    assert await store.current_sitting(conn, "rada") == third
    await begin(third, is_open=True)
    assert await store.current_sitting(conn, "rada") == third
    await begin(third, is_open=False)
    assert await store.current_sitting(conn, "rada") == third
    fourth, noon = await save(26), datetime(2026, 3, 1, 12, tzinfo=UTC)
    await conn.execute("update sitting_summary set closed_at = $2 where sitting_id = $1", third, noon)
    assert await store.current_sitting(conn, "rada") == fourth
    assert await store.current_sitting(conn, "rada", lately=noon) == fourth
    assert await store.current_sitting(conn, "rada", lately=noon - timedelta(minutes=1)) == third  # its clerk prints
    fifth = await save(30)
    for moment, current in (
        (datetime(2026, 3, 26, 23, tzinfo=UTC), fourth),  # one o'clock at night: it may still be opened
        (datetime(2026, 3, 27, 6, tzinfo=UTC), fifth),  # the fourth did not take place
        (datetime(2026, 3, 31, 6, tzinfo=UTC), fifth),  # nothing else is planned
    ):
        assert await store.current_sitting(conn, "rada", now=moment) == current
    replay = await save(1, "replay")
    assert await store.current_sitting(conn, "rada") == replay
    assert await store.current_sitting(conn, "nope") is None
