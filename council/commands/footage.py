"""`council footage …`: recordings and how long they must be kept; releasing one, deleting one past its term."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import sql
from council import derive, footage_delete, footage_release
from council.access import staff as staff_table
from council.commands import ground
from council.config import Config, load
from council.footage_delete import FootageLocked, NothingLeft, locks, plan, remove_files
from council.footage_release import NotReleasable
from council.retention import FOR_EVER, Lock
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
            asyncio.run(_run(at, config, options))
        except (FootageLocked, NotReleasable) as refusal:
            print(f"council footage: {refusal}", file=sys.stderr)
            return 1
    return 0


async def _run(at: ground.Ground, config: Config, options: argparse.Namespace) -> None:
    if options.action == "list":
        await _list(at)
    elif options.action == "release":
        await _release(at, config, options)
    else:
        await _delete(at, config, options)


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
        for row in rows:
            own = kept[row["sitting_id"]]
            withheld = ", not released" if row["footage_withheld"] else ""
            print(f"{row['sitting_id']:40} {_size(row['bytes']):>9}  {_until(own, now)}{withheld}")
        if not rows:
            print("No sitting has been opened yet.")
    finally:
        await connection.close()


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
        words = f"{len(planned.rows)} segments ({_size(planned.bytes)}) of {options.sitting}"
        if planned.kept_by_others:
            print(f"{planned.kept_by_others} segments stay: the recording of another sitting shows them.")
        if not options.yes:
            print(f"{words} would be deleted, by {clerk.name}: {reason}. With --yes they are.")
            return
        await footage_delete.ask(connection, options.sitting, clerk, reason, now)
        if not await _entered(at, config, connection, options.sitting, footage_delete):
            raise FootageLocked(f"The hall has not deleted the recording of {options.sitting} yet. {WILL}")
        await _is_deleted(connection, options.sitting)
        await remove_files(connection, config.recordings)
        print(f"{words} are deleted. The ledger says so, by {clerk.name}: {reason}.")
    finally:
        await connection.close()


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


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 10**9 else f"{count / 1e6:.1f} MB"
