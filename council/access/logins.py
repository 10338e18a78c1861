"""Who is signed in: 32 random bytes in a signed cookie, their hash in the database, all of them in memory.

A login ends by itself, by signing out, with a new password or role or a factor taken away, and, where its role commands
votes, a little after the sitting on whose console it was. What has ended stays ended though PostgreSQL be away."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from itsdangerous import BadSignature, Signer

from council.access.audit import Audit
from council.access.errors import WrongPassword
from council.access.passwords import hash_of
from council.rights import COMMANDING, Role
from sql.database import LOST
from voting.entries import Clerk

logger = logging.getLogger(__name__)

LOGIN_LIFE = timedelta(hours=14)  # a long sitting and its preparation
AFTER_SITTING = timedelta(minutes=15)  # to print


@dataclass(frozen=True, slots=True)
class Login:
    """`body`: whose console it opened last."""

    staff: str
    name: str
    role: Role
    token_hash: bytes
    started_at: datetime
    expires_at: datetime
    body: str | None = None

    @property
    def clerk(self) -> Clerk:
        return Clerk(self.staff, self.name)


class Logins(Audit):
    def __init__(self, pool: Any, cookie_key: bytes) -> None:
        super().__init__(pool, cookie_key)
        self._login_cookie = Signer(cookie_key, salt="login", digest_method=sha256)
        self._logins: dict[bytes, Login] = {}  # by token hash
        self._consoles: dict[bytes, set[str]] = {}  # the bodies whose consoles a login has opened
        self._running: set[str] = set()  # bodies whose sitting is open
        self._login_changes = 0  # a reading that a change overtook is thrown away: it would bring back what has ended
        # Ends that the database may not know yet: when, and whether it is over whatever a clock says later.
        self._ends: dict[bytes, tuple[datetime, bool]] = {}

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
                row["body_id"],
            )
            async for row in self._queries.logins(connection, at=now)
        }
        if changes == self._login_changes and not self._ends:
            self._logins = logins

    def login_of(self, cookie: str | None, now: datetime) -> Login | None:
        """The login that a cookie stands for, if it is one of ours, not ended and not expired."""
        try:
            token = self._login_cookie.unsign(cookie or "").decode()
        except (BadSignature, UnicodeError):
            return None
        return self.login(hash_of(token), now)

    def login(self, token_hash: bytes, now: datetime) -> Login | None:
        login = self._logins.get(token_hash)
        return login if login is not None and now < login.expires_at else None

    async def _start_login(self, staff: str, name: str, role: Role, now: datetime) -> str:
        """A new login's cookie. Raises WrongPassword: the person was removed, or got another role, meanwhile."""
        token = secrets.token_urlsafe(32)
        login = Login(staff, name, role, hash_of(token), now, now + LOGIN_LIFE)
        async with self._pool.acquire() as connection:
            started = await self._queries.start_login(
                connection, token_hash=login.token_hash, staff=staff, role=role, at=now, expires_at=login.expires_at
            )
        if started is None:
            raise WrongPassword
        self._login_changes += 1
        self._logins[login.token_hash] = login
        self.note_act(staff, role, "signed_in", at=now)
        return self._login_cookie.sign(token).decode()

    async def sign_out(self, login: Login, now: datetime) -> None:
        """In memory first: whatever PostgreSQL does, this cookie opens nothing from now on."""
        self._end(login, now)
        self.note_act(login.staff, login.role, "signed_out", at=now)
        logger.info("signed_out staff=%s", login.staff)
        async with self._pool.acquire() as connection:
            await self._write_ends(connection)

    async def at_console(self, login: Login, body: str) -> None:
        """The login has opened this body's console: it ends with the body's sitting, or of several with the last."""
        known = self._logins.get(login.token_hash)
        self._consoles.setdefault(login.token_hash, set()).add(body)
        if known is None or known.body == body:
            return
        self._login_changes += 1
        self._logins[login.token_hash] = replace(known, body=body)
        try:
            async with self._pool.acquire() as connection:
                await self._queries.login_at_console(connection, token_hash=login.token_hash, body=body)
        except LOST as error:
            logger.warning("login_at_console_not_written error=%s", type(error).__name__)

    async def sitting_runs(self, body: str) -> None:
        """A sitting of the body is open: what an earlier one's closing took from logins on its console is given back.
        Nobody is cut off in the middle of the next. Safe to repeat."""
        self._running.add(body)
        back = [login for login in self._logins.values() if login.body == body and login.expires_at < _whole(login)]
        if not back:
            return
        self._login_changes += 1
        for login in back:
            self._logins[login.token_hash] = replace(login, expires_at=_whole(login))
            self._ends.pop(login.token_hash, None)
        async with self._pool.acquire() as connection:
            await self._queries.prolong_logins(
                connection,
                token_hashes=[login.token_hash for login in back],
                expires_ats=[_whole(login) for login in back],
            )

    async def sitting_closed(self, body: str, at: datetime) -> None:
        """The body's sitting was closed `at`: logins of commanding roles that were on its console before end a quarter
        of an hour later, but for those at the console of another room that still sits. Safe to repeat."""
        self._running.discard(body)
        until = at + AFTER_SITTING
        for login in tuple(self._logins.values()):
            elsewhere = self._consoles.get(login.token_hash, set()) & self._running
            if login.body == body and elsewhere:
                await self.at_console(login, min(elsewhere))
            elif login.body == body and login.role in COMMANDING and login.started_at < at and login.expires_at > until:
                self._login_changes += 1
                self._logins[login.token_hash] = replace(login, expires_at=until)
                self._ends[login.token_hash] = (until, False)
        try:
            async with self._pool.acquire() as connection:
                await self._write_ends(connection)
        except LOST as error:
            logger.warning("ends_of_logins_wait error=%s", type(error).__name__)

    def _end_logins_of(self, staff: str, now: datetime) -> None:
        for login in tuple(self._logins.values()):
            if login.staff == staff:
                self._end(login, now)

    def _end(self, login: Login, now: datetime) -> None:
        self._login_changes += 1
        self._logins.pop(login.token_hash, None)
        self._consoles.pop(login.token_hash, None)
        self._ends[login.token_hash] = (now, True)

    async def _write_ends(self, connection: Any) -> None:
        ends = dict(self._ends)
        if not ends:
            return
        await self._queries.end_logins(
            connection,
            token_hashes=list(ends),
            ats=[at for at, _ in ends.values()],
            overs=[over for _, over in ends.values()],
        )
        for token_hash, end in ends.items():
            if self._ends.get(token_hash) == end:
                del self._ends[token_hash]


def _whole(login: Login) -> datetime:
    """When it ends by itself."""
    return login.started_at + LOGIN_LIFE
