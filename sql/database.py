"""How a process reaches the database: an address and the role it acts as. Holds no connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg

from sql.embedded import Role

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0  # a server that leaves a pool's statement unanswered for so long is gone, though its line stands
# By these one is told that a server is away, or goes away in the middle. InternalClientError: before the statement was
# sent it had said that it ends the session.
LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
# It took the statement and refuses what stands in it, however often it is sent: a check, a key, a value that is none.
REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.exceptions._base.DataError)
PUBLIC_QUERY_MS = 5_000  # a page that asks more is broken; it must not hold a connection from the others

Begin = Callable[[asyncpg.Connection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Database:
    """`role` is taken on connecting, unless it is the owner or the address's user has it by name already. `schema`: the
    one that tables are looked for in; None: the server's own way, which is `public`."""

    url: str
    role: Role
    schema: str | None = None

    async def connect(self) -> asyncpg.Connection:
        """One connection. Raises what asyncpg raises: OSError while nobody listens, PostgresError when refused."""
        return await asyncpg.connect(self.url, timeout=CONNECT_SECONDS, server_settings=self._settings())

    async def pool(self, min_size: int, max_size: int, begin: Begin | None = None) -> asyncpg.Pool:
        """A pool whose connections are made as `connect` makes them, and `begin` is done with each first; the caller
        closes it. For what is short: a statement that takes longer than ANSWER_SECONDS raises TimeoutError, one of
        LOST."""
        return await asyncpg.create_pool(
            self.url,
            min_size=min_size,
            max_size=max_size,
            timeout=CONNECT_SECONDS,
            command_timeout=ANSWER_SECONDS,
            init=begin,
            server_settings=self._settings(),
        )

    def _settings(self) -> dict[str, Any]:
        settings = {"application_name": f"hlasno {self.role}", "timezone": "UTC"}
        if self.role != "owner" and unquote(urlsplit(self.url).username or "") != f"hlasno_{self.role}":
            settings["role"] = f"hlasno_{self.role}"
        if self.schema is not None:
            settings["search_path"] = self.schema
        if self.role == "public":
            settings["default_transaction_read_only"] = "on"
            settings["statement_timeout"] = str(PUBLIC_QUERY_MS)
            settings["idle_in_transaction_session_timeout"] = str(PUBLIC_QUERY_MS)
        return settings
