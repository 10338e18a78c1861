"""The hall's staff: who may sign in, in which role. For the administrator's page and for `council user`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sql
from council.access.errors import BadStaff
from council.access.passwords import hash_password
from council.letters import unseen
from council.rights import ROLES

NAME_LENGTH = 200
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class Staff:
    """`totp`: one-time codes are set up; `passkeys`: how many."""

    id: str
    name: str
    role: str
    totp: bool
    passkeys: int


async def staff(connection: Any) -> list[Staff]:
    """Who may sign in, by id."""
    return [
        Staff(row["id"], row["name"], row["role"], row["totp"], row["passkeys"])
        async for row in sql.load("access").staff_list(connection)
    ]


async def add_staff(connection: Any, id: str, name: str, password: str, now: datetime, role: str = "clerk") -> None:
    """Add somebody, or give them this name, password and role; their logins end. Raises BadPassword, BadStaff."""
    if not NAME.fullmatch(id):
        raise BadStaff("bad_staff_name", "a sign-in name has up to 63 small letters, digits, dots, hyphens")
    if len(name) > NAME_LENGTH or unseen(name, lines=False) is not None:
        raise BadStaff("bad_name", f"a name has up to {NAME_LENGTH} characters, all of which can be seen")
    _check_role(role)
    password_hash = await hash_password(password)
    queries = sql.load("access")
    async with connection.transaction():
        await queries.add_staff(connection, id=id, name=name or id, role=role, password_hash=password_hash, at=now)
        await queries.end_logins_of(connection, staff=id, at=now)


async def add_new_staff(connection: Any, id: str, now: datetime, *, name: str, password: str, role: str) -> None:
    """Raises BadPassword, BadStaff."""
    if await sql.load("access").staff_exists(connection, id=id):
        raise BadStaff("staff_exists", f"{id} is there already; a new password: council user password {id}")
    await add_staff(connection, id, name, password, now, role)


async def set_password(connection: Any, id: str, now: datetime, *, password: str) -> str:
    """Their logins end. The hash that is kept. Raises BadPassword, BadStaff."""
    password_hash = await hash_password(password)
    queries = sql.load("access")
    async with connection.transaction():
        _check_known(id, await queries.set_password(connection, id=id, password_hash=password_hash))
        await queries.end_logins_of(connection, staff=id, at=now)
    return password_hash


async def set_role(connection: Any, id: str, now: datetime, *, role: str) -> None:
    """Their logins end. Raises BadStaff."""
    _check_role(role)
    queries = sql.load("access")
    async with connection.transaction():
        _check_known(id, await queries.set_role(connection, id=id, role=role))
        await queries.end_logins_of(connection, staff=id, at=now)


async def reset_factor(connection: Any, id: str, now: datetime) -> None:
    """One-time codes and passkeys are taken away, for whoever has lost them; their logins end. Raises BadStaff."""
    queries = sql.load("access")
    async with connection.transaction():
        _check_known(id, await queries.forget_totp(connection, id=id))
        await queries.remove_passkeys(connection, staff=id, at=now)
        await queries.end_logins_of(connection, staff=id, at=now)


async def remove_staff(connection: Any, id: str, now: datetime) -> None:
    """They may not sign in any more; what they did stays in the audit view. Raises BadStaff."""
    queries = sql.load("access")
    async with connection.transaction():
        _check_known(id, await queries.remove_staff(connection, id=id, at=now))
        await queries.forget_totp(connection, id=id)
        await queries.remove_passkeys(connection, staff=id, at=now)
        await queries.end_logins_of(connection, staff=id, at=now)


# What an administrator may do to one of the staff, by its name in forms, commands and the audit view.
CHANGES: dict[str, Callable[..., Awaitable[object]]] = {
    "add": add_new_staff,
    "password": set_password,
    "role": set_role,
    "reset_factor": reset_factor,
    "remove": remove_staff,
}


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise BadStaff("no_role", f"{role!r} is no role; there are: {', '.join(ROLES)}")


def _check_known(id: str, found: str | None) -> None:
    if found is None:
        raise BadStaff("no_staff", f"nobody signs in as {id!r}")
