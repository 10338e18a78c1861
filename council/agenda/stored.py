"""Sittings as they are prepared in the hall, in the database: made, changed as a whole, published.

Two clerks may have the same agenda before them: whoever changes it says what it looked like, and is refused if it does
not any more (`Overtaken`). A sitting that was opened is not prepared any more (`store.SittingBegun`). What is prepared
here is not read from council.toml again (`prepared_at`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import sql
from council import store
from council.agenda.points import Items
from council.sitting import Listed, SittingKind, SittingPlan
from voting.entries import AgendaPublished, DocumentAttached, Fact, ItemAdded, decode

LISTED = 100  # sittings in the list; the rest is over

_sittings = sql.load("sittings")


class Overtaken(store.StoreError):
    """Somebody else has changed the agenda since it was shown."""


def mark(items: Items) -> str:
    """What an agenda looked like, for saying so in a change."""
    return hashlib.sha256(repr(items).encode("utf-8", "surrogatepass")).hexdigest()[:16]


async def listed(conn: Any) -> list[Listed]:
    """Those that are not over, the next first; then the last that are."""
    return [Listed(**row) async for row in _sittings.sittings_to_prepare(conn, count=LISTED)]


async def create(conn: Any, body: str, held_on: date, session_label: str, kind: SittingKind, now: datetime) -> str:
    """The id of the new sitting: body and date, and -2 for a second on one day. Raises UnknownBody."""
    async with conn.transaction():
        known = await store.load_body(conn, body)
        taken = {row["id"] async for row in _sittings.sitting_ids(conn, body_id=body, held_on=held_on)}
        first = f"{body}-{held_on.isoformat()}"
        id_ = next(id_ for n in range(1, 1000) if (id_ := first if n == 1 else f"{first}-{n}") not in taken)
        await _sittings.add_sitting(
            conn,
            id=id_,
            body_id=body,
            session_label=session_label,
            kind=kind,
            held_on=held_on,
            mode="training" if known.training else "ordinary",
            at=now,
        )
    return id_


async def change(
    conn: Any, sitting: str, seen: str | None, edit: Callable[[Items], Items], now: datetime, by: str
) -> Items:
    """Put `edit(items)` in the place of the agenda. seen: its `mark` when it was shown; None: whatever it is.

    Raises UnknownSitting, SittingBegun, Overtaken, and what `edit` raises."""
    async with conn.transaction():
        plan = await _locked(conn, sitting)
        if seen is not None and seen != mark(plan.items):
            raise Overtaken(f"the agenda of {sitting} has been changed meanwhile")
        items = edit(plan.items)
        attached = {
            row["sha256"]: (row["attached_at"], row["attached_by"]) async for row in _sittings.drafts(conn, id=sitting)
        }
        for clear in (_sittings.clear_drafts, _sittings.clear_motions, _sittings.clear_items):
            await clear(conn, id=sitting)
        await store.write_items(conn, sitting, items)
        await _sittings.save_drafts(
            conn,
            [
                {
                    "id": sitting,
                    "item": item.item,
                    "position": position,
                    "name": file.name,
                    "sha256": file.sha256,
                    "bytes": file.bytes_,
                    "at": attached.get(file.sha256, (now, by))[0],
                    "by": attached.get(file.sha256, (now, by))[1],
                }
                for item in items
                for position, file in enumerate(item.drafts, 1)
            ],
        )
        await _sittings.set_prepared(conn, id=sitting, at=now)
    return items


async def change_sitting(
    conn: Any, sitting: str, session_label: str, kind: SittingKind, held_on: date, now: datetime
) -> None:
    """Raises UnknownSitting, SittingBegun."""
    async with conn.transaction():
        await _locked(conn, sitting)
        await _sittings.change_sitting(conn, id=sitting, session_label=session_label, kind=kind, held_on=held_on)
        await _sittings.set_prepared(conn, id=sitting, at=now)


async def seat(conn: Any, sitting: str, seats: Mapping[int, str], now: datetime) -> None:
    """`seats`: desk to member, of this sitting alone; who is not in it has the usual desk. Raises UnknownSitting,
    SittingBegun."""
    async with conn.transaction():
        plan = await _locked(conn, sitting)
        await store.write_seating(conn, sitting, plan.body.id, seats)
        await _sittings.set_prepared(conn, id=sitting, at=now)


async def prepared(conn: Any, sitting: str, now: datetime) -> None:
    """From now on the hall has the last word on this agenda, not council.toml."""
    await _sittings.set_prepared(conn, id=sitting, at=now)


async def begun(conn: Any, sitting: str) -> bool:
    """Whether the sitting was opened."""
    return bool(await _sittings.has_begun(conn, id=sitting))


async def published(conn: Any, sitting: str) -> list[AgendaPublished]:
    """Every version of the sitting's agenda that was published, the first first."""
    return [fact for fact in await _facts(conn, sitting, "AgendaPublished") if isinstance(fact, AgendaPublished)]


async def attached(conn: Any, sitting: str) -> list[DocumentAttached]:
    """The files attached since the sitting was opened."""
    return [fact for fact in await _facts(conn, sitting, "DocumentAttached") if isinstance(fact, DocumentAttached)]


async def added(conn: Any, sitting: str) -> list[ItemAdded]:
    """The items added from the floor since the sitting was opened."""
    return [fact for fact in await _facts(conn, sitting, "ItemAdded") if isinstance(fact, ItemAdded)]


async def _facts(conn: Any, sitting: str, kind: str) -> list[Fact]:
    return [decode(row["body"].encode()).fact async for row in _sittings.facts_of_kind(conn, id=sitting, kind=kind)]


async def _locked(conn: Any, sitting: str) -> SittingPlan:
    """The plan, which nobody else changes until the transaction ends."""
    if await _sittings.lock_sitting(conn, id=sitting) is None:
        raise store.UnknownSitting(f"there is no sitting {sitting!r}")
    if await _sittings.has_begun(conn, id=sitting):
        raise store.SittingBegun(f"sitting {sitting} has begun; its preparation cannot be changed any more")
    return await store.load_plan(conn, sitting)
