"""Import of Drohobych's roster: who sits, in which faction, at which desk. Read by `drohobych_file.py`."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from council import store
from council.importing.drohobych_file import SourceMember, faction_name, read_roster
from council.importing.report import Problem, Report
from council.people import Faction, Member, Person, Term, gender_of, slug, sort_key
from council.sitting import Body
from council.store import Change, UnknownBody

DROHOBYCH = Body(
    id="drohobych-council",
    municipality="Дрогобич",
    name="Дрогобицька міська рада",
    seats=37,  # 36 deputies and the mayor
    profile="ua",
    locale="uk",
    timezone="Europe/Kyiv",
    training=False,
)
CONVOCATION = "VII скликання"
FIRST_ID = 1001  # the voting system numbers its places from here: id 1001 sits at desk 1


async def import_roster(conn: Any, data: bytes, file: str, body: Body = DROHOBYCH) -> Report:
    """The body, its term, members, factions and desks, in one transaction.

    Safe to repeat. What the council has set since stays: the body's settings, who sits at a desk. The roster gives no
    dates for factions: one that differs from the one imported before is reported and not taken over."""
    digest = sha256(data).hexdigest()
    members, problems = read_roster(data, file)
    if not members:
        return Report(file, digest, "refused", problems=tuple(problems))
    async with conn.transaction():
        changes = [await _add_body(conn, body)]
        ends = [member.until_on for member in members]
        term = Term(
            id=f"{body.id}-{slug(CONVOCATION)}",
            body=body.id,
            label=CONVOCATION,
            from_on=min(member.from_on for member in members),
            until_on=max(end for end in ends if end) if all(ends) else None,
        )
        changes.append(await store.add_term(conn, term))
        for member in members:
            changes += await _add_member(conn, member, body, term)
        changes += await _add_factions(conn, members, body, file, problems)
        changes += await _add_desks(conn, members, body)
    return Report(
        file,
        digest,
        "unchanged" if set(changes) == {Change.UNCHANGED} else "imported",
        {"members": len(members), "factions": len({member.faction for member in members} - {None})},
        tuple(problems),
        tuple(_spelling_notes(members)),
    )


async def _add_body(conn: Any, body: Body) -> Change:
    try:
        await store.load_body(conn, body.id)
    except UnknownBody:
        return await store.add_body(conn, body)
    return Change.UNCHANGED


async def _add_member(conn: Any, member: SourceMember, body: Body, term: Term) -> list[Change]:
    whole_name = f"{member.family_name} {member.given_name} {member.patronymic or ''}"
    person = Person(
        id=f"{body.id}-{member.member}",
        family_name=member.family_name,
        given_name=member.given_name,
        patronymic=member.patronymic,
        gender=gender_of(member.patronymic),
        sort_key=sort_key(whole_name, body.locale),
    )
    place = Member(member.member, person.id, body.id, term.id, member.from_on, member.until_on)
    return [await store.add_person(conn, person), await store.add_member(conn, place)]


async def _add_factions(
    conn: Any, members: Sequence[SourceMember], body: Body, file: str, problems: list[Problem]
) -> list[Change]:
    standing = await store.factions_of_members(conn, body.id)
    changes = []
    for member in members:
        before = standing.get(member.member, [])
        if before and before != [member.faction]:
            change = f"the faction was {before[-1]} and is now {member.faction or 'none'}"
            problems.append(Problem(file, f"id {member.member}", f"{change}; the roster does not say since when"))
        elif member.faction is not None:
            faction = Faction(f"{body.id}-{slug(member.faction)}", body.id, member.faction)
            changes.append(await store.add_faction(conn, faction))
            changes.append(
                await store.add_faction_membership(conn, member.member, faction.id, member.from_on, member.until_on)
            )
    return changes


async def _add_desks(conn: Any, members: Sequence[SourceMember], body: Body) -> list[Change]:
    desks = await store.desks(conn, body.id)
    taken = set(desks.values())
    changes = []
    for member in members:
        desk_no = int(member.member) - FIRST_ID + 1
        if 1 <= desk_no <= body.seats and desks.get(desk_no) is None and member.member not in taken:
            changes.append(await store.add_desk(conn, body.id, desk_no, member.member))
    return changes


def _spelling_notes(members: Sequence[SourceMember]) -> list[str]:
    """Where one faction is spelt in several ways, the ways and their members."""
    spellings: dict[str, list[str]] = {}
    for member in members:
        spellings.setdefault(member.spelling, []).append(member.member)
    return [
        f"“{spelling}” ({', '.join(ids)}) is taken as {faction_name(spelling)}"
        for spelling, ids in spellings.items()
        if any(
            faction_name(other) == faction_name(spelling) and len(spellings[other]) > len(ids) for other in spellings
        )
    ]
