"""What a command stands on: the database, and the ledger's key.

The database is the outside server of the configuration, or the embedded one.

The embedded server belongs to the command that started it (`council serve`, `demo`, or `hall` run alone); any other
command on the same data folder uses it while it runs, and starts one for itself otherwise."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg

from council.config import Config, ConfigError, secret
from council.settle import settle
from sql.database import Database
from sql.embedded import Embedded, Role
from sql.migrate import migrate
from voting.checkpoint import Signer

log = logging.getLogger(__name__)

# A server that is not there, or does not let us in, or an address of none.
NO_WAY_IN = (
    *(OSError, asyncpg.PostgresConnectionError, asyncpg.InvalidAuthorizationSpecificationError),
    *(asyncpg.InvalidCatalogNameError, asyncpg.TooManyConnectionsError, asyncpg.CannotConnectNowError),
    asyncpg.ClientConfigurationError,
)


@dataclass(frozen=True, slots=True)
class Ground:
    """The database of one installation, and the embedded server where there is one."""

    config: Config
    embedded: Embedded | None

    def database(self, role: Role) -> Database:
        if self.embedded is not None:
            return Database(self.embedded.url(role), role)
        url = self.config.database_url
        if url is None:
            raise RuntimeError("a ground without a server has an address")
        return Database(url, role)


def find(config: Config) -> Ground:
    """Where the database is; starts nothing. Raises ConfigError for an address that cannot be one."""
    if not config.database_url:
        return Ground(config, Embedded(config.data / "database"))
    place = urlsplit(config.database_url)
    try:
        known = place.scheme in ("postgresql", "postgres") and ("," in place.netloc or place.port != 0)
    except ValueError:  # a port that is none
        known = False
    if not known:
        raise ConfigError(
            f"{config.database_place} is not the address of a PostgreSQL server. "
            "Expected: postgresql://user:password@host:5432/database"
        )
    return Ground(config, None)


def told(error: Exception, config: Config | None) -> str:
    """One of NO_WAY_IN as a sentence. config: of the command that met it, where it has one."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}."
    if config is None or not config.database_url:
        return f"{str(error) or 'no answer came'}."
    return (
        f"the database cannot be used: {str(error) or 'no answer came'}. Start it, or correct {config.database_place}."
    )


@contextmanager
def borrow(config: Config) -> Iterator[Ground]:
    """The database for as long as the block lasts. Raises sql.errors.DatabaseError."""
    ground = find(config)
    if ground.embedded is None:
        yield ground
        return
    with ground.embedded.borrow():
        yield ground


async def prepare(at: Ground) -> None:
    """Migrations, and what council.toml says of bodies and sittings."""
    for name in await migrate(at.database("owner")):
        log.info("migrated name=%s", name)
    connection = await at.database("hall").connect()
    try:
        for note in await settle(connection, at.config):
            log.info("settled note=%s", note)
    finally:
        await connection.close()


def signer(config: Config) -> Signer:
    """Who signs the ledger's checkpoints. Raises ConfigError where the key is damaged."""
    return Signer(config.origin, secret(config, "ledger"))
