"""Recordings that were withheld, released by an act. Whoever runs the hall writes the ledger: a command that finds it
running leaves its wish in table `footage_request`, and the hall fulfils it within seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sql
from voting import ledger as voting_ledger
from voting.entries import Clerk, FootageReleased, stamp
from voting.folder import Folder
from voting.ledger import Ledger

ACT = "release"
_queries = sql.load("seals")


class NotReleasable(Exception):
    """There is nothing to release; the text is a sentence."""


async def ask(connection: Any, sitting: str, by: Clerk, now: datetime) -> None:
    """Leave the wish. A repeat changes nothing. Raises NotReleasable."""
    row = await _queries.withheld(connection, sitting=sitting)
    if row is None:
        raise NotReleasable(f"There is no sitting {sitting} that was opened.")
    if not row["footage_withheld"]:
        raise NotReleasable(f"The recording of {sitting} is not withheld: everybody may see it.")
    if row["is_open"]:
        raise NotReleasable(f"Sitting {sitting} is open: its recording can be released once it is closed.")
    await _queries.ask(connection, sitting=sitting, act=ACT, reason="", by=by.staff, name=by.name, at=now)


async def is_releasable(connection: Any, sitting: str) -> bool:
    """Withheld, and the sitting is over."""
    row = await _queries.withheld(connection, sitting=sitting)
    return row is not None and row["footage_withheld"] and not row["is_open"]


def release(folder: Folder, by: Clerk, now: datetime) -> list[FootageReleased]:
    """What releases the recording, if there is anything to release."""
    record = folder.record
    if record is None or not record.withheld or record.closed_seq is None:
        return []
    return [FootageReleased(stamp(now), by)]


async def is_asked(connection: Any, sitting: str) -> bool:
    return bool(await _queries.is_asked(connection, sitting=sitting, act=ACT))


async def fulfil(connection: Any, ledger: Ledger, now: datetime) -> int:
    """Release what was asked for; says how many. After a crash it goes on: what is released already is only noted."""
    asked = [row async for row in _queries.asked(connection, act=ACT)]
    released = 0
    for row in asked:
        folder = Folder(row["sitting_id"])
        for entry in await voting_ledger.read(connection, row["sitting_id"]):
            folder.feed(entry)
        facts = release(folder, Clerk(row["asked_by"], row["asked_name"]), now)
        await ledger.append([(row["sitting_id"], fact) for fact in facts], now)
        released += len(facts)
        await _queries.forget_asked(connection, sitting=row["sitting_id"], act=ACT)
    return released
