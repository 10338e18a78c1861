"""`council footage …`: recordings, where they lie and how long they must be kept; releasing one, moving one to an
archive, deleting one past its term."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from types import ModuleType
from typing import Any

import sql
from council import derive, footage_delete, footage_release
from council.access import staff as staff_table
from council.archives import archives, cache
from council.commands import ground
from council.commands.footage_move import NotMoved, fetch, move, recover, size
from council.config import Config, ConfigError, load
from council.footage_delete import Deletion, FootageLocked, NothingLeft, locks, plan, remove_files
from council.footage_release import NotReleasable
from council.retention import FOR_EVER, Lock
from streaming import index, moving
from streaming.archive import Archive
from streaming.errors import StreamingError
from streaming.index import MARGIN
from voting.entries import Clerk
from voting.errors import LedgerBusy
from voting.ledger import Ledger

WAIT_S = 60
WILL = "It will, once no vote is open."


def footage(options: argparse.Namespace) -> int:
    """Raises ConfigError, ProfileError, VotingError."""
    config = load(options.config)
    with ground.borrow(config) as at:
        try:
            return asyncio.run(_run(at, config, options))
        except (FootageLocked, NotReleasable, NotMoved, StreamingError) as refusal:
            print(f"council footage: {refusal}", file=sys.stderr)
            return 1


async def _run(at: ground.Ground, config: Config, options: argparse.Namespace) -> int:
    if options.action == "move":
        return await move(at, config, options)
    if options.action == "fetch":
        return await fetch(at, config, options)
    if options.action == "recover":
        return await recover(at, config, options)
    if options.action == "list":
        await _list(at)
    elif options.action == "release":
        await _release(at, config, options)
    else:
        await _delete(at, config, options)
    return 0


async def _release(at: ground.Ground, config: Config, options: argparse.Namespace) -> None:
    connection = await at.database("hall").connect()
    try:
        clerk = await _clerk(connection, options.by)
        await footage_release.ask(connection, options.sitting, clerk, datetime.now(UTC))
        if not await _entered(at, config, connection, options.sitting, footage_release):
            raise NotReleasable(f"The hall has not released the recording of {options.sitting} yet. {WILL}")
        print(f"The recording of {options.sitting} is released. The ledger says so, by {clerk.name}.")
    finally:
        await connection.close()


async def _entered(at: ground.Ground, config: Config, connection: Any, sitting: str, act: ModuleType) -> bool:
    """Whether what was asked for is done, here or by the hall: it looks every few seconds, and waits while a vote is
    open. act: the module that asks and fulfils."""
    try:
        ledger = await Ledger.open(at.database("hall").connect, ground.signer(config), derive.derive)
    except LedgerBusy:
        for _ in range(WAIT_S):
            if not await act.is_asked(connection, sitting):
                return True
            await asyncio.sleep(1)
        return False
    try:
        await act.fulfil(connection, ledger, datetime.now(UTC))
    finally:
        await ledger.close()
    return True


async def _list(at: ground.Ground) -> None:
    connection = await at.database("hall").connect()
    try:
        now = datetime.now(UTC)
        kept = {each.sitting: each for each in await locks(connection, now)}
        rows = [row async for row in sql.load("seals").footage_by_sitting(connection, margin=MARGIN)]
        for sitting, places in groupby(rows, lambda row: row["sitting_id"]):
            own = list(places)
            whole = size(sum(row["bytes"] for row in own))
            withheld = ", not released" if own[0]["footage_withheld"] else ""
            deleted = f", {gone} segments were deleted" if (gone := sum(row["deleted"] for row in own)) else ""
            print(f"{sitting:40} {whole:>9}  {_where(own)}{_until(kept[sitting], now)}{withheld}{deleted}")
        if not rows:
            print("No sitting has been opened yet.")
    finally:
        await connection.close()


def _where(places: Sequence[Mapping[str, Any]]) -> str:
    """Nothing, where all lies on the disk."""
    if all(row["place"] is None for row in places):
        return ""
    return " + ".join(f"{size(row['bytes'])} {row['place'] or 'on the disk'}" for row in places) + "; "


def _until(own: Lock, now: datetime) -> str:
    if own.source == "open":
        return "locked: the sitting is open"
    if own.until is None:
        return "no lock: practice, or a replay"
    until = "for ever" if own.until == FOR_EVER else f"until {own.until}"
    return f"{'locked' if own.holds(now) else 'had to be kept'} {until} ({own.source})"


async def _delete(at: ground.Ground, config: Config, options: argparse.Namespace) -> None:
    reason = options.reason.strip()
    if not reason:
        raise FootageLocked("A reason is needed.")
    connection = await at.database("hall").connect()
    try:
        clerk = await _clerk(connection, options.by)
        now = datetime.now(UTC)
        planned = await plan(connection, options.sitting, now)
        known = await _archives_of(connection, config, planned)
        words = f"{len(planned.rows)} segments ({size(planned.bytes)}) of {options.sitting}"
        if planned.kept_by_others:
            print(f"{planned.kept_by_others} segments stay: the recording of another sitting shows them.")
        if not options.yes:
            print(f"{words} would be deleted, by {clerk.name}: {reason}. With --yes they are.")
            return
        if known:
            await moving.begin(connection)
            for archive in known.values():
                await archive.open(used=True)  # refused before anything is done
        await footage_delete.ask(connection, options.sitting, clerk, reason, now)
        if not await _entered(at, config, connection, options.sitting, footage_delete):
            raise FootageLocked(f"The hall has not deleted the recording of {options.sitting} yet. {WILL}")
        await _is_deleted(connection, options.sitting)
        await remove_files(connection, config.recordings)
        if known:
            await _clear(connection, config, known)
        print(f"{words} are deleted. The ledger says so, by {clerk.name}: {reason}.")
    finally:
        await connection.close()


async def _archives_of(connection: Any, config: Config, planned: Deletion) -> dict[str, Archive]:
    """Those that have a part of it. Raises ConfigError."""
    used = set()
    for run_id, rows in groupby(planned.rows, lambda row: row["run_id"]):
        archived = await index.archived_numbers(connection, run_id)
        used |= {archived[row["n"]][0] for row in rows if row["n"] in archived}
    if not used:
        return {}
    known = archives(config)
    if lost := used - known.keys():
        raise ConfigError(f"{config.path}: a part of it lies in archive {min(lost)}, which is not there any more")
    return {id_: known[id_] for id_ in used}


async def _clear(connection: Any, config: Config, known: dict[str, Archive]) -> None:
    try:
        await moving.clear(connection, config.recordings, known, cache(config))
    except StreamingError as error:
        print(f"The archive's part will go when you run `council footage move`: {error}.", file=sys.stderr)


async def _is_deleted(connection: Any, sitting: str) -> None:
    """Raises FootageLocked where the hall found that it must be kept."""
    try:
        await plan(connection, sitting, datetime.now(UTC))
    except NothingLeft:
        return
    raise FootageLocked(f"The hall did not delete the recording of {sitting}; its log says why.")


async def _clerk(connection: Any, id_: str) -> Clerk:
    for one in await staff_table.staff(connection):
        if one.id == id_:
            return Clerk(one.id, one.name)
    raise FootageLocked(f"{id_} is nobody of the staff; `council user list` names them.")
