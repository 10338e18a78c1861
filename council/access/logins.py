"""Who is signed in: 32 random bytes in a signed cookie, their hash in the database, all of them in memory.

A login of whatever role, wherever it looks, goes with every sitting that is open while it lives. It ends a quarter of
an hour after the last of them has closed, or 14 h after it was made; one that no sitting met, after 8 h. Signing out, a
new password or role and a factor taken away end it at once. What has ended stays ended though PostgreSQL be away."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, cast

from itsdangerous import BadSignature, Signer

from council.access.audit import Audit
from council.access.errors import WrongPassword
from council.access.passwords import hash_of
from council.rights import Role
from sql.database import LOST
from voting.entries import Clerk

logger = logging.getLogger(__name__)

LOGIN_LIFE = timedelta(hours=8)  # a day's work
SITTING_LIFE = timedelta(hours=14)  # a long sitting and its preparation
AFTER_SITTING = timedelta(minutes=15)  # to print

# Why a login has ended: its sittings closed; its account was changed; signed out; by itself.
Why = Literal["sitting", "account", "signed_out", "expired"]


@dataclass(frozen=True, slots=True)
class Login:
    staff: str
    name: str
    role: Role
    token_hash: bytes
    started_at: datetime
    expires_at: datetime

    @property
    def clerk(self) -> Clerk:
        return Clerk(self.staff, self.name)


class Logins(Audit):
    def __init__(self, pool: Any, cookie_key: bytes) -> None:
        super().__init__(pool, cookie_key)
        self._login_cookie = Signer(cookie_key, salt="login", digest_method=sha256)
        self._logins: dict[bytes, Login] = {}  # by token hash
        self._login_changes = 0  # a reading that a change overtook is thrown away: it would bring back what has ended
        self._ends: dict[bytes, tuple[datetime, Why]] = {}  # that the database may not know yet

    async def _read_logins(self, connection: Any, now: datetime) -> None:
        await self._write_ends(connection)
        changes = self._login_changes
        logins = {
            bytes(row["token_hash"]): Login(
                row["staff_id"],
                row["name"],
                cast(Role, row["role"]),
                bytes(row["token_hash"]),
                row["started_at"],
                row["expires_at"],
            )
            async for row in self._queries.logins(connection, at=now)
        }
        if changes == self._login_changes and not self._ends:
            self._logins = logins

    def login_of(self, cookie: str | None, now: datetime) -> Login | None:
        """The login that a cookie stands for, if it is one of ours, not ended and not expired."""
        token_hash = self._token_hash(cookie)
        return self.login(token_hash, now) if token_hash is not None else None

    def _token_hash(self, cookie: str | None) -> bytes | None:
        try:
            return hash_of(self._login_cookie.unsign(cookie or "").decode())
        except (BadSignature, UnicodeError):
            return None

    def login(self, token_hash: bytes, now: datetime) -> Login | None:
        login = self._logins.get(token_hash)
        return login if login is not None and now < login.expires_at else None

    async def why_ended(self, cookie: str | None, now: datetime) -> Why | None:
        """Told to whoever holds the cookie. None: it is none of ours, or its login has not ended."""
        token_hash = self._token_hash(cookie)
        if token_hash is None or self.login(token_hash, now) is not None:
            return None
        if token_hash in self._ends:
            return self._ends[token_hash][1]
        async with self._pool.acquire() as connection:
            return cast(Why | None, await self._queries.why_ended(connection, token_hash=token_hash, at=now))

    async def _start_login(self, staff: str, name: str, role: Role, password_hash: str, now: datetime) -> str:
        """A new login's cookie. Raises WrongPassword: the person was removed, or got another role or password than that
        of `password_hash`, meanwhile."""
        token = secrets.token_urlsafe(32)
        login = Login(staff, name, role, hash_of(token), now, now + LOGIN_LIFE)
        async with self._pool.acquire() as connection:
            started = await self._queries.start_login(
                connection,
                token_hash=login.token_hash,
                staff=staff,
                role=role,
                password_hash=password_hash,
                at=now,
                expires_at=login.expires_at,
            )
        if started is None:
            raise WrongPassword
        self._login_changes += 1
        self._logins[login.token_hash] = login
        self.note_act(staff, role, "signed_in", at=now)
        return self._login_cookie.sign(token).decode()

    async def sign_out(self, login: Login, now: datetime) -> None:
        """In memory first: whatever PostgreSQL does, this cookie opens nothing from now on."""
        self._end(login, now, "signed_out")
        self.note_act(login.staff, login.role, "signed_out", at=now)
        logger.info("signed_out staff=%s", login.staff)
        async with self._pool.acquire() as connection:
            await self._write_ends(connection)

    async def follow_sittings(self, any_open: bool, closed: Collection[datetime], now: datetime) -> None:
        """Whether any sitting is open, and when those that are not were closed; call it each second. What an earlier
        closing took is given back where the next sitting is open: nobody is cut off in the middle of it."""
        back = []
        for login in tuple(self._logins.values()):
            ends = [at + AFTER_SITTING for at in closed if at > login.started_at]
            whole = login.started_at + SITTING_LIFE
            if any_open and now < login.expires_at < whole:
                back.append((login.token_hash, whole))
                self._ends.pop(login.token_hash, None)
                self._until(login, whole)
            elif not any_open and ends and max(ends) < login.expires_at:
                self._ends[login.token_hash] = (max(ends), "sitting")
                self._until(login, max(ends))
        try:
            async with self._pool.acquire() as connection:
                await self._write_ends(connection)
                if back:
                    hashes, wholes = zip(*back, strict=True)
                    await self._queries.prolong_logins(connection, token_hashes=hashes, expires_ats=wholes)
        except LOST as error:
            logger.warning("ends_of_logins_wait error=%s", type(error).__name__)

    def _until(self, login: Login, at: datetime) -> None:
        self._login_changes += 1
        self._logins[login.token_hash] = replace(login, expires_at=at)

    def _end_logins_of(self, staff: str, now: datetime) -> None:
        for login in tuple(self._logins.values()):
            if login.staff == staff:
                self._end(login, now, "account")

    def _end(self, login: Login, now: datetime, why: Why) -> None:
        self._login_changes += 1
        self._logins.pop(login.token_hash, None)
        self._ends[login.token_hash] = (now, why)

    async def _write_ends(self, connection: Any) -> None:
        ends = dict(self._ends)
        if not ends:
            return
        await self._queries.end_logins(
            connection,
            token_hashes=list(ends),
            ats=[at for at, _ in ends.values()],
            reasons=[why for _, why in ends.values()],
        )
        for token_hash, end in ends.items():
            if self._ends.get(token_hash) == end:
                del self._ends[token_hash]
