"""All of access in one object: what the hall asks. Each part is in its own file and keeps its own state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from council.access import staff
from council.access.audit import Noted
from council.access.forms import Forms
from council.access.logins import Login
from council.access.members import MemberCredentials
from council.access.sign_in import SignIn
from council.access.staff import Staff
from council.access.terminals import Terminals

__all__ = ["Access", "Login", "Noted", "Staff"]


class Access(SignIn, Terminals, MemberCredentials, Forms):
    """Logins, second factors, terminals, members' cards and PINs, the audit notes, of one hall.

    Methods that write raise what asyncpg raises when PostgreSQL is away."""

    def __init__(self, pool: Any, cookie_key: bytes, *, second_factor_required: bool = True) -> None:
        super().__init__(pool, cookie_key)
        self.second_factor_required = second_factor_required

    async def refresh(self) -> None:
        """Read who is known. Call at the start and every second: what a command changes is seen so."""
        async with self._pool.acquire() as connection:
            await self._read_logins(connection, datetime.now(UTC))
            await self._read_terminals(connection)

    # --- for the administrator's page -------------------------------------------------------------------------------

    async def staff(self) -> list[Staff]:
        async with self._pool.acquire() as connection:
            return await staff.staff(connection)

    async def change_staff(self, act: str, id: str, now: datetime, *, by: Login, **given: str) -> None:
        """`act`: add (name, password, role), password (password), role (role), reset_factor, remove. Logins of whoever
        is changed end at once. Raises BadStaff, BadPassword; KeyError for another act."""
        change = staff.CHANGES[act]
        async with self._pool.acquire() as connection:
            await change(connection, id, now, **given)
        self._end_logins_of(id, now)
        detail = " ".join([id, *(given[name] for name in ("role",) if name in given)])
        self.note_act(by.staff, by.role, f"staff_{act}", at=now, detail=detail)
