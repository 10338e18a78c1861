"""The training council: an invented body with invented people, for practice by hand.

Its members are named after meadow herbs, so that nobody takes them for anyone; nothing real is voted on.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from council import profile as profiles
from council import store
from council.people import Faction, Gender, Member, Person, Term, slug, sort_key
from council.sitting import Body, PlannedItem, PlannedMotion, SittingPlan

BODY_ID = "training-council"
VOTE_SECONDS = 60  # one person who plays clerk and members needs longer than a full hall


@dataclass(frozen=True, slots=True)
class Invented:
    family_name: str
    given_name: str
    gender: Gender
    faction: str | None


MEADOW, HILL, WILLOW = "Фракція «Лука»", "Фракція «Пагорб»", "Група «Верболіз»"

PEOPLE = (
    Invented("Барвінок", "Омелян", "m", MEADOW),
    Invented("Безсмертник", "Явдоха", "f", MEADOW),
    Invented("Волошка", "Уляна", "f", MEADOW),
    Invented("Деревій", "Гнат", "m", HILL),
    Invented("Дивосил", "Лаврін", "m", HILL),
    Invented("Живокіст", "Юхим", "m", None),
    Invented("Звіробій", "Тиміш", "m", MEADOW),
    Invented("Кульбаба", "Пріська", "f", WILLOW),
    Invented("Любисток", "Олекса", "m", WILLOW),
    Invented("Материнка", "Соломія", "f", HILL),
    Invented("М’ята", "Дарина", "f", WILLOW),
    Invented("Нагідка", "Одарка", "f", MEADOW),
    Invented("Подорожник", "Свирид", "m", HILL),
    Invented("Чебрець", "Панас", "m", None),
    Invented("Шавлія", "Меланія", "f", WILLOW),
)

ITEMS = (
    "Про порядок денний навчального засідання",
    "Про колір лавок у вигаданому парку",
    "Про ім’я для кота, який живе в навчальній раді",
    "Про день, коли всі приходять у вишиванках",
    "Про посадку однієї яблуні на вигаданій площі",
)

BODY = Body(
    id=BODY_ID,
    municipality="Вигадане місто",
    name="Навчальна рада",
    seats=len(PEOPLE),
    profile="ua",
    locale="uk",
    timezone="Europe/Kyiv",
    training=True,
)


async def add(conn: Any, held_on: date) -> str:
    """The council with one sitting on `held_on`; answers with the sitting's id. Safe to repeat: a sitting that has
    begun is left as it is."""
    async with conn.transaction():
        await store.add_body(conn, BODY, sort_no=100)
        term = Term(f"{BODY_ID}-1", BODY_ID, "Навчальне скликання", None, None)
        await store.add_term(conn, term)
        for desk_no, invented in enumerate(PEOPLE, 1):
            await _add_member(conn, desk_no, invented, term)
        with suppress(store.SittingBegun):
            await store.save_sitting(conn, await _plan(conn, held_on))
    return f"{BODY_ID}-{held_on}"


async def _add_member(conn: Any, desk_no: int, invented: Invented, term: Term) -> None:
    member = f"training-{desk_no}"
    key = sort_key(f"{invented.family_name} {invented.given_name}", BODY.locale)
    await store.add_person(conn, Person(member, invented.family_name, invented.given_name, None, invented.gender, key))
    await store.add_member(conn, Member(member, member, BODY_ID, term.id, None, None))
    if invented.faction is not None:
        faction = Faction(f"{BODY_ID}-{slug(invented.faction)}", BODY_ID, invented.faction)
        await store.add_faction(conn, faction)
        await store.add_faction_membership(conn, member, faction.id)
    await store.add_desk(conn, BODY_ID, desk_no, member)


async def _plan(conn: Any, held_on: date) -> SittingPlan:
    rules = profiles.load(BODY.profile)
    return SittingPlan(
        id=f"{BODY_ID}-{held_on}",
        body=BODY,
        session_label="Навчальне засідання",
        kind="plenary",
        held_on=held_on,
        mode="training",
        source=None,
        members=await store.members_on(conn, BODY_ID, held_on),
        items=tuple(
            PlannedItem(
                str(number),
                title,
                (PlannedMotion(str(number), 1, title, rules.default_rule, VOTE_SECONDS, None, ()),),
            )
            for number, title in enumerate(ITEMS, 1)
        ),
    )
