"""What a rehearsal has shown of each desk: which keys were pressed and recorded, how long the way there and back takes.

Reads the rehearsal's presses; what is of this moment (who is linked, with which page) comes from the chamber.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sql
from council.chamber_data import CHOICES, ChamberData
from council.papers.readiness import DeskRow
from council.people import display_name


@dataclass(frozen=True, slots=True)
class LastRehearsal:
    """The `n`-th of `sitting`, whose ledger calls it `id`. `ended_at` None: it is going on."""

    id: str
    sitting: str
    n: int
    started_at: datetime
    ended_at: datetime | None


def rehearsed(sitting: str) -> str:
    """The sitting that an id of a rehearsal belongs to; any other id is itself."""
    return re.sub(r"-rehearsal-[0-9]+$", "", sitting)


async def last_rehearsal(connection: Any, sitting: str) -> LastRehearsal | None:
    """Of a sitting, by its own id or a rehearsal's; None: it was never rehearsed."""
    sitting = rehearsed(sitting)
    row = await sql.load("hall").last_rehearsal(connection, sitting=sitting)
    if row is None:
        return None
    return LastRehearsal(f"{sitting}-rehearsal-{row['n']}", sitting, row["n"], row["started_at"], row["ended_at"])


async def readiness(connection: Any, rehearsal: str, data: ChamberData) -> list[DeskRow]:
    """By desk number: every desk that has a terminal, a member by the seating, or a press in `rehearsal`.

    data: of the chamber to which the desks are linked now."""
    pressed = {
        row["desk_no"]: set(row["options"])
        async for row in sql.load("hall").rehearsed_keys(connection, sitting=rehearsal)
    }
    by_desk, usual, by_id = data.by_desk, data.usual, data.by_id
    rows = []
    for desk_no in sorted(pressed.keys() | usual.keys() | by_desk.keys() | data.enrolled):
        seated = by_desk.get(desk_no) or by_id.get(usual.get(desk_no, ""))
        keys = pressed.get(desk_no, set())
        for_, against, abstain = (option in keys for option in CHOICES.values())
        rows.append(
            DeskRow(
                desk_no=desk_no,
                member=display_name(seated) if seated is not None else "",
                keys=(for_, against, abstain),
                round_trip_ms=data.linked.get(desk_no),
                linked=desk_no in data.linked,
                build_ok=desk_no not in data.old_pages,
            )
        )
    return rows
