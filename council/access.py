"""Who may speak to the hall: the clerk by password, a terminal by its key. No secret is stored, only its hash.

A clerk's password is checked with argon2id in a thread; a login is 32 random bytes in a signed cookie. A terminal's
key is 32 random bytes, given out once for a code that the clerk made and that lives ten minutes. The hall is the only
writer of these tables, so it keeps who is known in memory: a page or a desk that reconnects while PostgreSQL is away is
still known. What is changed from outside (a new password) is seen within seconds.

Never logs a password, a code, a key or a cookie.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Any

import argon2
from itsdangerous import BadSignature, Signer

import sql
from sql.database import LOST

logger = logging.getLogger(__name__)

LOGIN_LIFE = timedelta(hours=14)  # a long sitting and its preparation
ENROLMENT_LIFE = timedelta(minutes=10)
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like something else; no U
CODE_LENGTH = 10  # 30 ** 10: about 49 bits
PASSWORD_LENGTH = (10, 200)

_hasher = argon2.PasswordHasher()
_DUMMY = _hasher.hash(secrets.token_hex(16))  # an unknown name costs the same work as a known one


class AccessError(Exception):
    """`code` for programs; the page has the sentence."""

    code = "access"


class WrongPassword(AccessError):
    """No such name, or not its password: never said which."""

    code = "wrong_password"


class TooManyTries(AccessError):
    """Wait `seconds` before the next try."""

    code = "too_many_tries"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class BadCode(AccessError):
    """The code is not known, was used, or is older than ten minutes."""

    code = "bad_code"


class NoSuchDesk(AccessError):
    code = "no_such_desk"


class BadPassword(AccessError):
    """A new password is too short or too long."""

    code = "bad_password"


@dataclass(frozen=True, slots=True)
class Login:
    staff: str
    name: str
    token_hash: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Terminal:
    id: str
    body: str
    desk_no: int
    secret_hash: bytes = field(repr=False)


class Tries:
    """A sliding window: at most `limit` tries of one key in `window_s` seconds."""

    def __init__(self, limit: int, window_s: float) -> None:
        self.limit = limit
        self.window_s = window_s
        self._at: dict[str, deque[float]] = {}

    def check(self, key: str) -> None:
        """Raises TooManyTries; a refused try does not count."""
        now = time.monotonic()
        tries = self._at.get(key)
        while tries and now - tries[0] > self.window_s:
            tries.popleft()
        if tries and len(tries) >= self.limit:
            raise TooManyTries(int(self.window_s - (now - tries[0])) + 1)

    def add(self, key: str) -> None:
        if len(self._at) > 10_000:  # an attacker with many addresses must not fill the memory
            now = time.monotonic()
            self._at = {k: t for k, t in self._at.items() if t and now - t[-1] < self.window_s}
        self._at.setdefault(key, deque(maxlen=self.limit)).append(time.monotonic())

    def forget(self, key: str) -> None:
        self._at.pop(key, None)


def hash_of(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def network_of(address: str) -> str:
    """Whom to count a try for: an IPv4 address, the /64 network of an IPv6 one."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is None:
        return str(IPv6Address(int(ip) >> 64 << 64))
    return str(ip)


def check_password(password: str) -> None:
    """Raises BadPassword."""
    if not PASSWORD_LENGTH[0] <= len(password) <= PASSWORD_LENGTH[1]:
        raise BadPassword(f"a password has {PASSWORD_LENGTH[0]} to {PASSWORD_LENGTH[1]} characters")


async def add_staff(connection: Any, id: str, name: str, password: str, now: datetime) -> None:
    """Add a clerk, or give one a new password; logins made with the old one end. Raises BadPassword."""
    check_password(password)
    password_hash = await asyncio.to_thread(_hasher.hash, password)
    queries = sql.load("access")
    async with connection.transaction():
        await queries.add_staff(connection, id=id, name=name, password_hash=password_hash, at=now)
        await queries.end_logins_of(connection, staff=id, at=now)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


class Access:
    """Logins and terminals of one hall. Methods that write raise what asyncpg raises when PostgreSQL is away."""

    def __init__(self, pool: Any, cookie_key: bytes) -> None:
        self._pool = pool
        self._queries = sql.load("access")
        self._login_cookie = Signer(cookie_key, salt="login", digest_method=sha256)
        self._csrf_cookie = Signer(cookie_key, salt="csrf", digest_method=sha256)
        self._logins: dict[bytes, Login] = {}  # by token hash
        self._terminals: dict[bytes, Terminal] = {}  # by secret hash
        self._changes = 0  # a refresh that a change overtook is thrown away: it would bring back what was revoked
        self._refreshed_at = float("-inf")
        self._verifying = asyncio.Semaphore(2)  # argon2 takes 64 MB and a core each
        self._queued = 0
        self._by_account = Tries(5, 300)  # of one account from one address: an outsider cannot lock the clerk out
        self._by_address = Tries(20, 300)
        self._codes_by_address = Tries(10, 300)

    async def refresh(self) -> None:
        """Read who is known. Call at the start and every few seconds."""
        changes = self._changes
        async with self._pool.acquire() as connection:
            logins = {
                bytes(row["token_hash"]): Login(row["staff_id"], row["name"], row["token_hash"], row["expires_at"])
                async for row in self._queries.logins(connection, at=datetime.now(UTC))
            }
            terminals = {
                bytes(row["secret_hash"]): Terminal(
                    row["id"], row["body_id"], row["desk_no"], bytes(row["secret_hash"])
                )
                async for row in self._queries.terminals(connection)
            }
        if changes == self._changes:
            self._logins, self._terminals = logins, terminals
            self._refreshed_at = time.monotonic()

    # --- the clerk --------------------------------------------------------------------------------------------------

    async def sign_in(self, staff: str, password: str, address: str, now: datetime) -> str:
        """A new login's cookie. Raises WrongPassword or TooManyTries."""
        staff, network = staff.strip().lower()[:80], network_of(address)
        account = f"{staff} {network}"
        self._by_account.check(account)
        self._by_address.check(network)
        if self._queued >= 16:
            raise TooManyTries(2)
        self._by_account.add(account)  # counted before the slow check, so that tries at once cannot slip through
        self._by_address.add(network)
        self._queued += 1
        try:
            async with self._verifying:
                async with self._pool.acquire() as connection:
                    row = await self._queries.staff_member(connection, id=staff)
                right = await asyncio.to_thread(_verify, row["password_hash"] if row else _DUMMY, password[:1000])
        finally:
            self._queued -= 1
        if row is None or not right:
            logger.warning("sign_in_refused address=%s", address)
            raise WrongPassword
        token = secrets.token_urlsafe(32)
        login = Login(row["id"], row["name"], hash_of(token), now + LOGIN_LIFE)
        async with self._pool.acquire() as connection:
            await self._queries.start_login(
                connection, token_hash=login.token_hash, staff=login.staff, at=now, expires_at=login.expires_at
            )
        self._changes += 1
        self._logins[login.token_hash] = login
        self._by_account.forget(account)
        logger.info("signed_in staff=%s address=%s", login.staff, address)
        return self._login_cookie.sign(token).decode()

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

    async def sign_out(self, login: Login, now: datetime) -> None:
        """In memory first: whatever PostgreSQL does, this cookie opens nothing from now on."""
        self._changes += 1
        self._logins.pop(login.token_hash, None)
        async with self._pool.acquire() as connection:
            await self._queries.end_login(connection, token_hash=login.token_hash, at=now)
        logger.info("signed_out staff=%s", login.staff)

    # --- forms ------------------------------------------------------------------------------------------------------

    def csrf(self, cookie: str | None) -> str:
        """The token for a page's forms: the cookie's own while it is genuine, else a new one to set as the cookie."""
        return (
            cookie if cookie and self._csrf_genuine(cookie) else self._csrf_cookie.sign(secrets.token_hex(16)).decode()
        )

    def csrf_ok(self, cookie: str | None, field: str | None) -> bool:
        """Whether the form came from a page of ours: the field equals the cookie, and the cookie is genuine."""
        return bool(cookie and field and hmac.compare_digest(cookie.encode(), field.encode())) and self._csrf_genuine(
            cookie or ""
        )

    def _csrf_genuine(self, cookie: str) -> bool:
        return self._csrf_cookie.validate(cookie)

    # --- terminals --------------------------------------------------------------------------------------------------

    async def terminal_of(self, secret: str | None) -> Terminal | None:
        """The terminal whose key this is. One that is not known yet is looked for in the database, once a second."""
        if not secret or len(secret) > 200:
            return None
        secret_hash = hash_of(secret)
        if secret_hash not in self._terminals and time.monotonic() - self._refreshed_at > 1:
            self._refreshed_at = time.monotonic()
            try:
                await self.refresh()
            except LOST as error:
                logger.warning("terminals_not_read error=%s", type(error).__name__)
        return self._terminals.get(secret_hash)

    def is_enrolled(self, terminal: Terminal) -> bool:
        return terminal.secret_hash in self._terminals

    def enrolled(self, body: str) -> frozenset[int]:
        """The desks of a body that have a terminal."""
        return frozenset(terminal.desk_no for terminal in self._terminals.values() if terminal.body == body)

    async def make_enrolment(self, body: str, desk_no: int, by: str, now: datetime) -> tuple[str, datetime]:
        """A code for one terminal of a desk, and until when it is good. Raises NoSuchDesk."""
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
        expires_at = now + ENROLMENT_LIFE
        async with self._pool.acquire() as connection:
            if not await self._queries.desk_exists(connection, body=body, desk_no=desk_no):
                raise NoSuchDesk
            await self._queries.make_enrolment(
                connection, code_hash=hash_of(code), body=body, desk_no=desk_no, made_by=by, expires_at=expires_at
            )
        logger.info("enrolment_made body=%s desk=%d by=%s", body, desk_no, by)
        return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}", expires_at

    async def enrol(self, code: str, address: str, now: datetime) -> tuple[str, Terminal]:
        """A terminal's key for a code, given once. Raises BadCode or TooManyTries."""
        network = network_of(address)
        self._codes_by_address.check(network)
        self._codes_by_address.add(network)
        code = "".join(c for c in code[:100].upper() if c.isalnum())
        secret, terminal_id = secrets.token_urlsafe(32), f"terminal-{secrets.token_hex(6)}"
        async with self._pool.acquire() as connection, connection.transaction():
            row = await self._queries.use_enrolment(connection, code_hash=hash_of(code), at=now)
            if row is None:
                logger.warning("enrolment_refused address=%s", address)
                raise BadCode
            terminal = Terminal(terminal_id, row["body_id"], row["desk_no"], hash_of(secret))
            await self._queries.add_terminal(
                connection,
                id=terminal.id,
                body=terminal.body,
                desk_no=terminal.desk_no,
                secret_hash=terminal.secret_hash,
                at=now,
                enrolled_by=row["made_by"],
            )
        self._changes += 1
        self._terminals[terminal.secret_hash] = terminal
        self._codes_by_address.forget(network)
        logger.info(
            "enrolled terminal=%s body=%s desk=%d address=%s", terminal.id, terminal.body, terminal.desk_no, address
        )
        return secret, terminal

    async def revoke(self, body: str, desk_no: int, now: datetime) -> int:
        """Take the keys of a desk's terminals, and codes not yet used; answers how many keys were taken."""
        async with self._pool.acquire() as connection, connection.transaction():
            gone = {
                row["id"]
                async for row in self._queries.revoke_terminals(connection, body=body, desk_no=desk_no, at=now)
            }
            await self._queries.revoke_enrolments(connection, body=body, desk_no=desk_no, at=now)
        self._changes += 1
        self._terminals = {key: terminal for key, terminal in self._terminals.items() if terminal.id not in gone}
        logger.info("revoked body=%s desk=%d terminals=%d", body, desk_no, len(gone))
        return len(gone)
