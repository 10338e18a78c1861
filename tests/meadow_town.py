"""The full sitting of `tests/full_sitting.py` in a database: its council, its facts through the real ledger, the site.

For tests of pages, of papers in the hall and by command; and for looking at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import ModuleType
from typing import TYPE_CHECKING, Any

import asyncpg

from council import store
from council.derive import derive
from council.people import Faction, Member, Person, Term, slug, sort_key
from council.sitting import Body, PlannedItem, PlannedMotion, SittingPlan
from voting.checkpoint import Signer
from voting.ledger import Ledger

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

BODY = "meadow-council"
SIGNER = Signer("meadow.example/ledger", b"\x06" * 32)
DAY = date(2026, 11, 22)


@dataclass
class Meadow:
    """`full` is the module tests/full_sitting.py; `sitting` what its facts are told of."""

    db: TestDatabase
    ledger: Ledger
    conn: asyncpg.Connection
    full: ModuleType
    sitting: str

    async def tell(self, told: Any, after: int = 0) -> None:
        """Append the facts from number `after` on, each at its own moment."""
        for fact, moment in list(zip(told.facts, told.times, strict=True))[after:]:
            await self.ledger.append([(self.sitting, fact)], moment)

    async def close(self) -> None:
        await self.ledger.close()
        await self.conn.close()


async def furnish(db: TestDatabase, full: ModuleType) -> Meadow:
    """Its body, people and factions, and the sitting prepared; nothing in the ledger yet."""
    hall = db.database("hall")
    conn = await hall.connect()
    async with conn.transaction():
        body = Body(BODY, "Вигадане місто", "Вигадана міська рада", 13, "ua", "uk", "Europe/Kyiv", False)
        await store.add_body(conn, body)
        await store.add_term(conn, Term(f"{BODY}-7", BODY, "VII скликання", None, None))
        for seated in full.seated():
            key = sort_key(f"{seated.family_name} {seated.given_name}", "uk")
            names = (seated.family_name, seated.given_name, seated.patronymic, seated.gender)
            await store.add_person(conn, Person(seated.member, *names, key))
            await store.add_member(conn, Member(seated.member, seated.member, BODY, f"{BODY}-7", None, None))
            await store.add_desk(conn, BODY, seated.desk_no, seated.member)
            if seated.faction is not None:
                faction = Faction(f"{BODY}-{slug(seated.faction)}", BODY, seated.faction)
                await store.add_faction(conn, faction)
                await store.add_faction_membership(conn, seated.member, faction.id)
        opened = full.opening()
        items = tuple(
            PlannedItem(
                point.item,
                point.title,
                (PlannedMotion(point.item, 1, point.title, "majority_of_seats", 20, None, ()),),
            )
            for point in opened.agenda
        )
        members = await store.members_on(conn, BODY, DAY)
        plan = SittingPlan(full.SITTING, body, opened.session_label, "plenary", DAY, "ordinary", None, members, items)
        await store.save_sitting(conn, plan)
    return Meadow(db, await Ledger.open(hall.connect, SIGNER, derive), conn, full, full.SITTING)
