"""What is prepared before a sitting, in the database: bodies, people, desks, agendas. Dataclasses in and out.

The SQL is in `sql/queries/people.sql` and `sittings.sql`. Every function takes an asyncpg connection and may be called
again: `add_…` answers what it did, and the same once more is `UNCHANGED`. Nothing here writes the ledger, and a sitting
that was opened is no longer changed: `SittingBegun`. How an agenda is prepared in the hall is in `agenda/stored.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sql
from council.people import Faction, Member, Person, Term
from council.sitting import Body, PlannedItem, PlannedMotion, SittingPlan
from voting.entries import Document, Seated, Source


class StoreError(Exception):
    """The root: what is asked of the store does not fit what is in it."""


class UnknownBody(StoreError):
    """No body has this id."""


class UnknownSitting(StoreError):
    """No sitting has this id."""


class SittingBegun(StoreError):
    """The sitting has been opened; what was prepared for it stays as it was."""


class Change(StrEnum):
    """What adding did."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


_people = sql.load("people")
_sittings = sql.load("sittings")


def _change(new: bool | None) -> Change:
    if new is None:
        return Change.UNCHANGED
    return Change.ADDED if new else Change.CHANGED


# --- who sits ---------------------------------------------------------------------------------------------------


async def bodies(conn: Any) -> list[Body]:
    """All bodies, in the order the installation gives them."""
    return [Body(**row) async for row in _people.bodies(conn)]


async def load_body(conn: Any, body: str) -> Body:
    """Raises UnknownBody."""
    row = await _people.body(conn, id=body)
    if row is None:
        raise UnknownBody(f"there is no body {body!r}")
    return Body(**row)


async def add_body(conn: Any, body: Body, *, sort_no: int = 0) -> Change:
    return _change(
        await _people.add_body(
            conn,
            id=body.id,
            municipality=body.municipality,
            name=body.name,
            seats=body.seats,
            profile=body.profile,
            locale=body.locale,
            timezone=body.timezone,
            training=body.training,
            seat_by=body.seat_by,
            video=body.video,
            sort_no=sort_no,
        )
    )


async def add_camera(conn: Any, camera: str, body: str) -> None:
    """Whose hall it films. One that is gone stays: its footage does."""
    await _people.add_camera(conn, id=camera, body_id=body)


async def add_term(conn: Any, term: Term) -> Change:
    return _change(
        await _people.add_term(
            conn, id=term.id, body_id=term.body, label=term.label, from_on=term.from_on, until_on=term.until_on
        )
    )


async def add_person(conn: Any, person: Person) -> Change:
    return _change(
        await _people.add_person(
            conn,
            id=person.id,
            family_name=person.family_name,
            given_name=person.given_name,
            patronymic=person.patronymic,
            gender=person.gender,
            sort_key=person.sort_key,
        )
    )


async def add_member(conn: Any, member: Member) -> Change:
    return _change(
        await _people.add_member(
            conn,
            id=member.id,
            person_id=member.person,
            body_id=member.body,
            term_id=member.term,
            from_on=member.from_on,
            until_on=member.until_on,
        )
    )


async def add_faction(conn: Any, faction: Faction) -> Change:
    return _change(await _people.add_faction(conn, id=faction.id, body_id=faction.body, name=faction.name))


async def add_faction_membership(
    conn: Any, member: str, faction: str, from_on: date | None = None, until_on: date | None = None
) -> Change:
    """`from_on` None: from the beginning; `until_on` is the last day in it, None: still."""
    return _change(
        await _people.add_faction_membership(
            conn, member_id=member, faction_id=faction, from_on=from_on, until_on=until_on
        )
    )


async def add_desk(conn: Any, body: str, desk_no: int, member: str | None) -> Change:
    """`member` usually sits there; None: nobody does."""
    return _change(await _people.add_desk(conn, body_id=body, desk_no=desk_no, member_id=member))


async def desks(conn: Any, body: str) -> dict[int, str | None]:
    """Desk number to the member who usually sits there, in order; None: nobody does."""
    return {row["desk_no"]: row["member_id"] async for row in _people.desks(conn, body_id=body)}


async def factions_of_members(conn: Any, body: str) -> dict[str, list[str]]:
    """Member to the names of every faction they were ever in, in order of time."""
    factions: dict[str, list[str]] = {}
    async for row in _people.factions_of_members(conn, body_id=body):
        factions.setdefault(row["member_id"], []).append(row["name"])
    return factions


# --- sittings ---------------------------------------------------------------------------------------------------


async def current_sitting(
    conn: Any, body: str, lately: datetime | None = None, now: datetime | None = None
) -> str | None:
    """The body's open sitting; else one closed after `lately`; else the next planned; else the last held; None: it has
    none.

    A planned sitting before the last one held did not take place, and is not next; neither is one whose day has passed
    by `now` (where the council is, until four in the morning) while another is planned. A replay is, always."""
    found: str | None = await _sittings.current_sitting(conn, body_id=body, lately=lately, now=now)
    return found


async def members_on(conn: Any, body: str, day: date, sitting: str = "") -> tuple[Seated, ...]:
    """Those in office on `day`, in alphabet order, with their faction that day; desks by the sitting's seating where
    there is one, else the usual ones."""
    rows = _sittings.members_at(conn, sitting_id=sitting, body_id=body, held_on=day)
    return tuple([Seated(**row) async for row in rows])


async def load_plan(conn: Any, sitting: str) -> SittingPlan:
    """The sitting with those in office that day, in alphabet order. Raises UnknownSitting."""
    row = await _sittings.sitting(conn, id=sitting)
    if row is None:
        raise UnknownSitting(f"there is no sitting {sitting!r}")
    motions: dict[str, list[PlannedMotion]] = {}
    async for motion in _sittings.motions(conn, id=sitting):
        planned = PlannedMotion(**{**motion, "no_record": tuple(motion["no_record"])})
        motions.setdefault(planned.item, []).append(planned)
    drafts: dict[str, list[Document]] = {}
    async for file in _sittings.drafts(conn, id=sitting):
        drafts.setdefault(file["item"], []).append(Document(file["name"], file["sha256"], file["bytes"]))
    return SittingPlan(
        id=row["id"],
        body=await load_body(conn, row["body_id"]),
        session_label=row["session_label"],
        kind=row["kind"],
        held_on=row["held_on"],
        mode=row["mode"],
        source=None if row["source"] is None else Source(row["source"], row["source_sha256"]),
        members=await members_on(conn, row["body_id"], row["held_on"], sitting),
        items=tuple(
            [
                PlannedItem(
                    point["item"],
                    point["title"],
                    tuple(motions.get(point["item"], ())),
                    point["consent"],
                    tuple(drafts.get(point["item"], ())),
                )
                async for point in _sittings.agenda(conn, id=sitting)
            ]
        ),
    )


async def is_prepared(conn: Any, sitting: str) -> bool:
    """Whether its agenda was changed in the hall, which has the last word then."""
    return await _sittings.prepared_at(conn, id=sitting) is not None


async def save_sitting(conn: Any, plan: SittingPlan) -> None:
    """Write the sitting, its seating, agenda and motions; its body and members are there already. Of the members only
    their desks are written, where not the usual ones: who is in office that day follows from their dates. A plan that
    names no members leaves the seating alone.

    Raises UnknownBody, SittingBegun, and StoreError where the plan leaves out an item or motion that stands."""
    async with conn.transaction():
        await load_body(conn, plan.body.id)
        if await _sittings.has_begun(conn, id=plan.id):
            raise SittingBegun(f"sitting {plan.id} has begun; its preparation cannot be changed any more")
        await _sittings.save_sitting(
            conn,
            id=plan.id,
            body_id=plan.body.id,
            session_label=plan.session_label,
            kind=plan.kind,
            held_on=plan.held_on,
            mode=plan.mode,
            source=plan.source.source if plan.source else None,
            source_sha256=plan.source.sha256 if plan.source else None,
        )
        await _save_seating(conn, plan)
        await _save_agenda(conn, plan)


async def _save_seating(conn: Any, plan: SittingPlan) -> None:
    if plan.members:
        seats = {member.desk_no: member.member for member in plan.members if member.desk_no is not None}
        await write_seating(conn, plan.id, plan.body.id, seats)


async def write_seating(conn: Any, sitting: str, body: str, seats: Mapping[int, str]) -> None:
    """`seats`: desk to member; only where it is not the usual desk is it written. In the caller's transaction."""
    await _sittings.clear_seating(conn, id=sitting)
    await _sittings.save_seating(conn, id=sitting, body_id=body, desk_nos=list(seats), member_ids=list(seats.values()))


async def _save_agenda(conn: Any, plan: SittingPlan) -> None:
    motions = [motion for item in plan.items for motion in item.motions]
    planned = {(item.item, None) for item in plan.items} | {(motion.item, motion.position) for motion in motions}
    standing = {(row["item"], None) async for row in _sittings.agenda(conn, id=plan.id)}
    standing |= {(row["item"], row["position"]) async for row in _sittings.motions(conn, id=plan.id)}
    if left_out := sorted(item for item, _ in standing - planned):
        raise StoreError(f"sitting {plan.id}: the plan leaves out what is prepared under item {left_out[0]}")
    await write_items(conn, plan.id, plan.items)


async def write_items(conn: Any, sitting: str, items: Sequence[PlannedItem]) -> None:
    """Items and motions, over those that stand; drafts are not written. In the caller's transaction."""
    await _sittings.save_items(
        conn,
        id=sitting,
        items=[item.item for item in items],
        positions=list(range(1, len(items) + 1)),
        titles=[item.title for item in items],
        consents=[item.consent for item in items],
    )
    await _sittings.save_motions(
        conn,
        [
            {
                "id": sitting,
                "item": motion.item,
                "position": motion.position,
                "text": motion.text,
                "rule": motion.rule,
                "seconds": motion.seconds,
                "original_at": motion.original_at,
                "no_record": list(motion.no_record),
            }
            for item in items
            for motion in item.motions
        ],
    )
