"""The council for practice: invented, complete, marked as such."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from council import demo_council, store
from council.people import short_names

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

DAY = date(2026, 3, 1)


async def test_add_makes_a_training_sitting_with_15_seated_members(db: TestDatabase) -> None:
    conn = await db.database("hall").connect()
    assert await demo_council.add(conn, DAY) == "training-council-2026-03-01"
    plan = await store.load_plan(conn, "training-council-2026-03-01")
    assert (plan.mode, plan.body.training, plan.source, plan.held_on) == ("training", True, None, DAY)
    assert [member.desk_no for member in plan.members] == list(range(1, 16))
    assert len(set(short_names(plan.members).values())) == plan.body.seats == 15
    assert len({member.faction for member in plan.members} - {None}) == 3
    assert [len(item.motions) for item in plan.items] == [1, 1, 1, 1, 1]
    assert await store.current_sitting(conn, demo_council.BODY_ID) == plan.id
    await conn.close()


async def test_add_again_and_on_another_day_keeps_what_has_begun(db: TestDatabase) -> None:
    conn = await db.database("hall").connect()
    sitting = await demo_council.add(conn, DAY)
    before = await store.load_plan(conn, sitting)
    await conn.execute("insert into ledger values (0, $1, 'SittingOpened', now(), '{}', sha256('x'))", sitting)
    assert await demo_council.add(conn, DAY) == sitting
    assert await store.load_plan(conn, sitting) == before
    assert await demo_council.add(conn, date(2026, 3, 2)) == "training-council-2026-03-02"
    await conn.close()
