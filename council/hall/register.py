"""The ledger's account of the terminals' keys: TerminalEnrolled and TerminalRevoked for each row of table terminal.

Whatever stops in between, the hall or the database, what is missing is written at the next call; nothing is written
twice, since the ledger itself says what it has."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import sql
from voting.entries import TerminalEnrolled, TerminalRevoked, stamp
from voting.ledger import Ledger


class TerminalRegister:
    def __init__(self, pool: Any, ledger: Ledger) -> None:
        self._pool = pool
        self._ledger = ledger
        self._queries = sql.load("access")
        self._told: set[tuple[str, str]] | None = None  # (fact, terminal) in the ledger; only the hall writes it
        self._one_at_a_time = asyncio.Lock()

    async def catch_up(self, now: datetime) -> None:
        """Returns when the ledger has it on disk. Raises what asyncpg and Ledger.append raise."""
        async with self._one_at_a_time:
            async with self._pool.acquire() as connection:
                if self._told is None:
                    rows = self._queries.terminal_entries(connection)
                    self._told = {(row["kind"], row["terminal"]) async for row in rows}
                facts = [fact async for row in self._queries.terminal_keys(connection) for fact in self._missing(row)]
            if not facts:
                return
            await self._ledger.append([(None, fact) for fact in facts], now)
            self._told |= {(type(fact).__name__, fact.terminal) for fact in facts}

    def _missing(self, row: Any) -> list[TerminalEnrolled | TerminalRevoked]:
        """A key that was revoked before the ledger heard of it never signed anything."""
        told, id_ = self._told or set(), row["id"]
        facts: list[TerminalEnrolled | TerminalRevoked] = []
        enrolled, revoked = ("TerminalEnrolled", id_) in told, ("TerminalRevoked", id_) in told
        if not enrolled and row["revoked_at"] is None:
            at = stamp(row["enrolled_at"])
            facts.append(TerminalEnrolled(at, id_, row["body_id"], row["desk_no"], row["public_key"]))
        if enrolled and not revoked and row["revoked_at"] is not None:
            facts.append(TerminalRevoked(stamp(row["revoked_at"]), id_))
        return facts
