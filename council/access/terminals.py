"""Which terminals vote from which desk: each by its own key, given to the hall for a code that the clerk made.

A terminal has two things: a secret that opens its connection, 32 random bytes of which the hall keeps the hash; and an
Ed25519 key that never leaves it and signs what it presses, of which the hall keeps, and publishes, the public part.
The hall is the only writer of these tables, so it keeps who is known in memory: a desk that reconnects while PostgreSQL
is away is still known."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from council.access.audit import Audit
from council.access.errors import BadCode, ExpiredCode, NoSuchDesk
from council.access.passwords import hash_of
from council.access.tries import Tries, network_of
from council.keys import check_public
from sql.database import LOST

logger = logging.getLogger(__name__)

ENROLMENT_LIFE = timedelta(minutes=10)
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like something else; no U
CODE_LENGTH = 10  # 30 ** 10: about 49 bits
UNKNOWN_S = 1.0  # an unknown secret is looked for in the database at most so often


@dataclass(frozen=True, slots=True)
class Terminal:
    id: str
    body: str
    desk_no: int
    public_key: str  # hex
    secret_hash: bytes = field(repr=False)


class Terminals(Audit):
    def __init__(self, pool: Any, cookie_key: bytes) -> None:
        super().__init__(pool, cookie_key)
        self._terminals: dict[bytes, Terminal] = {}  # by secret hash
        self._terminal_changes = 0  # a reading that a change overtook is thrown away
        self._looked_at = float("-inf")
        self._codes_by_address = Tries(10, 300)
        self._one_change = asyncio.Lock()  # a code used while its desk is revoked would leave a key behind

    @abstractmethod
    async def refresh(self) -> None: ...

    async def _read_terminals(self, connection: Any) -> None:
        changes = self._terminal_changes
        terminals = {
            bytes(row["secret_hash"]): Terminal(
                row["id"], row["body_id"], row["desk_no"], row["public_key"], bytes(row["secret_hash"])
            )
            async for row in self._queries.terminals(connection)
        }
        if changes == self._terminal_changes:
            self._terminals = terminals
            self._looked_at = time.monotonic()

    async def terminal_of(self, secret: str | None) -> Terminal | None:
        """The terminal whose secret this is. One that is not known yet is looked for in the database, once a second."""
        if not secret or len(secret) > 200:
            return None
        secret_hash = hash_of(secret)
        if secret_hash not in self._terminals and time.monotonic() - self._looked_at > UNKNOWN_S:
            self._looked_at = time.monotonic()
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
        code = new_code()
        expires_at = now + ENROLMENT_LIFE
        async with self._pool.acquire() as connection:
            if not await self._queries.desk_exists(connection, body=body, desk_no=desk_no):
                raise NoSuchDesk
            await self._queries.make_enrolment(
                connection, code_hash=hash_of(code), body=body, desk_no=desk_no, made_by=by, expires_at=expires_at
            )
        logger.info("enrolment_made body=%s desk=%d by=%s", body, desk_no, by)
        return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}", expires_at

    async def enrol(self, code: str, public_key: str, address: str, now: datetime) -> tuple[str, Terminal]:
        """A terminal's secret for a code, given once. Raises BadKey, ExpiredCode, BadCode or TooManyTries."""
        network = network_of(address)
        self._codes_by_address.check(network)
        check_public(public_key)
        self._codes_by_address.add(network)
        code = "".join(c for c in code[:100].upper() if c.isalnum())
        secret, terminal_id = secrets.token_urlsafe(32), f"terminal-{secrets.token_hex(6)}"
        async with self._one_change, self._pool.acquire() as connection, connection.transaction():
            row = await self._queries.use_enrolment(connection, code_hash=hash_of(code), at=now)
            if row is None:
                logger.warning("enrolment_refused address=%s", address)
                unused = await self._queries.unused_enrolment(connection, code_hash=hash_of(code))
                error = ExpiredCode() if unused else BadCode()
                self.note_act("", "", "enrolled", at=now, detail=f"from {address}", outcome=error.code)
                raise error
            terminal = Terminal(terminal_id, row["body_id"], row["desk_no"], public_key, hash_of(secret))
            await self._queries.add_terminal(
                connection,
                id=terminal.id,
                body=terminal.body,
                desk_no=terminal.desk_no,
                secret_hash=terminal.secret_hash,
                public_key=public_key,
                at=now,
                enrolled_by=row["made_by"],
            )
        self._terminal_changes += 1
        self._terminals[terminal.secret_hash] = terminal
        self._codes_by_address.forget(network)
        where = f"{terminal.body}, desk {terminal.desk_no}, {terminal.id}, from {address}"
        self.note_act(row["made_by"], "", "enrolled", at=now, detail=where)
        logger.info(
            "enrolled terminal=%s body=%s desk=%d address=%s", terminal.id, terminal.body, terminal.desk_no, address
        )
        return secret, terminal

    async def revoke(self, body: str, desk_no: int, now: datetime) -> int:
        """Take the keys of a desk's terminals, and codes not yet used; answers how many keys were taken."""
        async with self._one_change, self._pool.acquire() as connection, connection.transaction():
            gone = {
                row["id"]
                async for row in self._queries.revoke_terminals(connection, body=body, desk_no=desk_no, at=now)
            }
            await self._queries.revoke_enrolments(connection, body=body, desk_no=desk_no, at=now)
        self._terminal_changes += 1
        self._terminals = {key: terminal for key, terminal in self._terminals.items() if terminal.id not in gone}
        logger.info("revoked body=%s desk=%d terminals=%d", body, desk_no, len(gone))
        return len(gone)


def new_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
