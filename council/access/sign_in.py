"""Signing in: the password, then the second factor of those who have one or must have one.

Between the two stands a half: a cookie that opens nothing but the second step, in memory only, for five minutes and
five tries. Who must have a second factor and has none yet sets one up there, before anything else. Wrong passwords
and codes are counted by account and address together, and by address; never by account alone, which would let anyone
lock the clerk out before a vote."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from itsdangerous import BadSignature, Signer

from council.access import factors
from council.access.errors import NoHalf, TooManyTries, WrongFactor, WrongPassword
from council.access.factors import Passkey, Relying
from council.access.logins import Login, Logins
from council.access.passwords import hash_of, is_password
from council.access.sealed import Sealed
from council.access.staff import set_password
from council.access.tries import Tries, network_of
from council.rights import WITH_FACTOR, Role

logger = logging.getLogger(__name__)

HALF_LIFE = timedelta(minutes=5)
HALVES_AT_MOST = 1000
TRIES_OF_HALF = 5
QUEUE_AT_MOST = 16

Stage = Literal["done", "factor", "set_up", "add"]


@dataclass(frozen=True, slots=True)
class Step:
    """Where signing in has come to. `cookie`: of the login when `stage` is done, else of the half."""

    stage: Stage
    cookie: str


@dataclass(slots=True)
class Half:
    """Somebody whose password was right. `stage`: what is still asked; "add": a signed-in person adds a factor."""

    staff: str
    name: str
    role: Role
    password_hash: str = field(repr=False)  # that the password was held against
    network: str
    expires_at: datetime
    stage: Stage
    totp: str | None = field(repr=False)  # the secret: the stored one, or one that is being set up
    totp_step: int
    passkeys: list[Passkey]
    challenge: bytes | None = None
    tries: int = 0


class SignIn(Logins):
    def __init__(self, pool: Any, cookie_key: bytes) -> None:
        super().__init__(pool, cookie_key)
        self.second_factor_required = True
        self._secrets = Sealed(cookie_key)
        self._half_cookie = Signer(cookie_key, salt="half", digest_method=sha256)
        self._halves: OrderedDict[bytes, Half] = OrderedDict()
        self._verifying = asyncio.Semaphore(2)  # argon2 takes 64 MB and a core each
        self._queued = 0
        self._by_account = Tries(5, 300)  # of one account from one address
        self._by_address = Tries(20, 300)
        self._factor_by_account = Tries(5, 300)

    # --- the password -----------------------------------------------------------------------------------------------

    async def sign_in(self, staff: str, password: str, address: str, now: datetime) -> Step:
        """Raises WrongPassword or TooManyTries."""
        row = await self._person(staff.strip().lower()[:80], password, address, now)
        half = await self._half(row, network_of(address), now)
        if half.stage == "done":
            logger.info("signed_in staff=%s address=%s", half.staff, address)
            return Step("done", await self._login_of_half(half, now))
        return self._keep(half)

    async def _person(self, staff: str, password: str, address: str, now: datetime) -> Any:
        """The row of whose password it is. Raises WrongPassword or TooManyTries."""
        network = network_of(address)
        account = f"{staff} {network}"
        self._by_account.check(account)
        self._by_address.check(network)
        if self._queued >= QUEUE_AT_MOST:
            raise TooManyTries(2)
        self._by_account.add(account)  # counted before the slow check, so that tries at once cannot slip through
        self._by_address.add(network)
        self._queued += 1
        try:
            async with self._verifying:
                async with self._pool.acquire() as connection:
                    row = await self._queries.staff_member(connection, id=staff)
                right = await is_password(row["password_hash"] if row is not None else None, password)
        finally:
            self._queued -= 1
        if not right:
            logger.warning("sign_in_refused address=%s", address)
            id_, role = (row["id"], row["role"]) if row is not None else ("", "")  # what was typed may be a password
            self.note_act(id_, role, "signed_in", at=now, detail=f"from {address}", outcome="wrong_password")
            raise WrongPassword
        self._by_account.forget(account)
        return row

    async def confirm(self, login: Login, password: str, address: str, now: datetime) -> None:
        """Who is signed in says once more who they are, before what outlasts the login is changed: a browser left open,
        or a stolen cookie, is not enough for that. Raises WrongPassword, TooManyTries."""
        await self._person(login.staff, password, address, now)

    async def change_password(self, login: Login, old: str, new: str, address: str, now: datetime) -> str:
        """One's own; all logins made with the old one end. The cookie of a new one. Raises WrongPassword, TooManyTries,
        BadPassword."""
        await self._person(login.staff, old, address, now)
        async with self._pool.acquire() as connection:
            password_hash = await set_password(connection, login.staff, now, password=new)
        self._end_logins_of(login.staff, now)
        self.note_act(login.staff, login.role, "password_changed", at=now)
        return await self._start_login(login.staff, login.name, login.role, password_hash, now)

    def _end_logins_of(self, staff: str, now: datetime) -> None:
        super()._end_logins_of(staff, now)
        for key in [key for key, half in self._halves.items() if half.staff == staff]:
            del self._halves[key]

    async def _half(self, row: Any, network: str, now: datetime) -> Half:
        async with self._pool.acquire() as connection:
            passkeys = [
                Passkey(bytes(key["credential_id"]), bytes(key["public_key"]), key["sign_count"])
                async for key in self._queries.passkeys(connection, staff=row["id"])
            ]
        sealed = row["totp_secret"]
        totp = self._secrets.open(bytes(sealed), row["id"]) if sealed is not None else None
        stage: Stage = "done"
        if sealed is not None or passkeys:
            stage = "factor"
        elif self.second_factor_required and row["role"] in WITH_FACTOR:
            stage = "set_up"
        step = row["totp_step"] if row["totp_step"] is not None else -1
        who = (row["id"], row["name"], row["role"], row["password_hash"])
        return Half(*who, network, now + HALF_LIFE, stage, totp, step, passkeys)

    def _keep(self, half: Half) -> Step:
        if half.stage != "factor":
            half.totp, half.totp_step = factors.new_totp(), -1
        token = secrets.token_urlsafe(32)
        while len(self._halves) >= HALVES_AT_MOST:
            self._halves.popitem(last=False)
        self._halves[hash_of(token)] = half
        return Step(half.stage, self._half_cookie.sign(token).decode())

    # --- the second factor ------------------------------------------------------------------------------------------

    def half_of(self, cookie: str | None, now: datetime) -> Half:
        """Raises NoHalf."""
        half = self._halves.get(self._half_key(cookie))
        if half is None or now >= half.expires_at or half.tries >= TRIES_OF_HALF:
            raise NoHalf
        return half

    def _half_key(self, cookie: str | None) -> bytes:
        try:
            return hash_of(self._half_cookie.unsign(cookie or "").decode())
        except (BadSignature, UnicodeError):
            return b""

    def passkey_options(self, half: Half, relying: Relying) -> Any:
        """For the browser; a new challenge each time."""
        if half.stage == "factor":
            options, half.challenge = factors.request_options(relying, half.passkeys)
        else:
            options, half.challenge = factors.creation_options(relying, half.staff, half.name, half.passkeys)
        return options

    async def second_step(
        self, cookie: str | None, now: datetime, *, code: str = "", credential: str = "", relying: Relying | None = None
    ) -> str:
        """A new login's cookie, for a one-time code or a passkey's answer. Of somebody who adds one all logins end that
        were made without it.

        Raises NoHalf, WrongFactor, TooManyTries."""
        half = self.half_of(cookie, now)
        account = f"{half.staff} {half.network}"
        self._factor_by_account.check(account)
        self._factor_by_account.add(account)
        half.tries += 1
        try:
            if credential:
                factor = await self._by_passkey(half, credential, relying, now)
            else:
                factor = await self._by_code(half, code, now)
        except WrongFactor:
            logger.warning("second_factor_refused staff=%s", half.staff)
            self.note_act(half.staff, half.role, "signed_in", at=now, outcome="wrong_factor")
            raise
        self._halves.pop(self._half_key(cookie), None)
        self._factor_by_account.forget(account)
        if half.stage != "factor":
            self.note_act(half.staff, half.role, "factor_added", at=now, detail=factor)
        if half.stage == "add":
            self._end_logins_of(half.staff, now)
        logger.info("signed_in staff=%s factor=%s", half.staff, factor)
        return await self._login_of_half(half, now)

    async def _login_of_half(self, half: Half, now: datetime) -> str:
        return await self._start_login(half.staff, half.name, half.role, half.password_hash, now)

    async def _by_code(self, half: Half, code: str, now: datetime) -> str:
        if half.totp is None:
            raise WrongFactor
        step = factors.totp_step(half.totp, code, now, after=half.totp_step)
        async with self._pool.acquire() as connection:
            if half.stage == "factor":  # two halves with one code: the database lets one through
                taken = await self._queries.use_totp(connection, id=half.staff, step=step)
            else:
                sealed = self._secrets.seal(half.totp, half.staff)
                taken = await self._queries.set_totp(
                    connection, id=half.staff, password_hash=half.password_hash, totp_secret=sealed, step=step
                )
        if taken is None:
            raise WrongFactor
        return "totp"

    async def _by_passkey(self, half: Half, credential: str, relying: Relying | None, now: datetime) -> str:
        challenge, half.challenge = half.challenge, None  # each is answered once
        if challenge is None or relying is None:
            raise WrongFactor
        async with self._pool.acquire() as connection:
            if half.stage == "factor":
                key = factors.used_passkey(relying, credential, challenge, half.passkeys)
                taken = await self._queries.use_passkey(
                    connection, credential_id=key.credential_id, sign_count=key.sign_count, at=now
                )
            else:
                key = factors.made_passkey(relying, credential, challenge)
                taken = await self._queries.add_passkey(
                    connection,
                    credential_id=key.credential_id,
                    staff=half.staff,
                    password_hash=half.password_hash,
                    public_key=key.public_key,
                    sign_count=key.sign_count,
                    at=now,
                )
        if taken is None:
            raise WrongFactor
        return "passkey"

    async def add_factor(self, login: Login, password: str, address: str, now: datetime) -> Step:
        """A signed-in person begins to set up one more factor. Raises WrongPassword, TooManyTries."""
        row = await self._person(login.staff, password, address, now)
        half = await self._half(row, network_of(address), now)
        half.stage = "add"
        return self._keep(half)
