"""`council user …` and `council member …`: who may sign in to the hall, and members' cards and PINs.

Works while the hall runs: it hears of a change within a second. What is done here stands in the audit view too."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from council.access import MACHINE, StaffAct
from council.access import staff as staff_table
from council.access.audit import write
from council.access.members import set_credential
from council.access.sealed import Sealed
from council.commands import ground
from council.config import load, secret


def user(options: argparse.Namespace) -> int:
    """Raises AccessError, ConfigError."""
    act, id_ = options.action, getattr(options, "id", "").strip().lower()
    if act == "list":
        return _with(options, _list)
    name = act.replace("-", "_")
    given = {"role": options.role} if act in ("add", "role") else {}
    if act == "add":
        given["name"] = options.name or id_
    if act in ("add", "password"):
        given["password"] = asked("Password")

    async def change(connection: Any) -> None:
        now = datetime.now(UTC)
        await staff_table.CHANGES[name](connection, id_, now, **given)
        detail = " ".join([id_, *(given[key] for key in ("role",) if key in given)])
        await write(connection, [StaffAct(now, MACHINE, "", f"staff_{name}", detail=detail)])
        print(SAID[act].format(id=id_, **{"role": "", **given}))

    return _with(options, change)


SAID = {
    "add": "{id} may sign in, as {role}.",
    "password": "{id} has a new password, and is signed out.",
    "role": "{id} is {role} from now on, and is signed out.",
    "reset-factor": "{id} signs in by the password alone once, and sets up the second step anew.",
    "remove": "{id} may not sign in any more.",
}


async def _list(connection: Any) -> None:
    for one in await staff_table.staff(connection):
        factors = [*(["app"] if one.totp else []), *([f"{one.passkeys} passkeys"] if one.passkeys else [])]
        print(f"{one.id:20} {one.role:14} {', '.join(factors) or 'no second step':20} {one.name}")


def member(options: argparse.Namespace) -> int:
    """Raises AccessError, ConfigError."""
    config = load(options.config)
    value = "" if options.take else options.number if options.action == "card" else asked("PIN")
    card, pin = (value, None) if options.action == "card" else (None, value)

    async def change(connection: Any) -> None:
        now = datetime.now(UTC)
        sealed = Sealed(secret(config, "cookies"))
        await set_credential(connection, sealed, options.id, MACHINE, now, card=card, pin=pin)
        detail = f"{options.id}: {options.action}"
        await write(connection, [StaffAct(now, MACHINE, "", "credential_set", detail=detail)])
        print(f"{options.id} has {'no' if value == '' else 'a new'} {'card' if options.action == 'card' else 'PIN'}.")

    return _with(options, change)


def _with(options: argparse.Namespace, act: Callable[[Any], Awaitable[None]]) -> int:
    async def main(at: ground.Ground) -> None:
        await ground.prepare(at)
        connection = await at.database("hall").connect()
        try:
            await act(connection)
        finally:
            await connection.close()

    with ground.borrow(load(options.config)) as at:
        asyncio.run(main(at))
    return 0


def asked(what: str) -> str:
    """From the keyboard twice, unseen, or one line from a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    while True:
        first = getpass.getpass(f"{what}: ")
        if first == getpass.getpass("Once more: "):
            return first
        print("The two are not the same.")
