"""Where a command finds its database: the outside server of the configuration, or the embedded one.

The embedded server belongs to the command that started it (`council serve`, `demo`, or `hall` run alone); any other
command on the same data folder uses it while it runs, and starts one for itself otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from council.config import Config
from sql.database import Database
from sql.embedded import Embedded, Role


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
    """Where the database is; starts nothing."""
    return Ground(config, None if config.database_url else Embedded(config.data / "database"))


@contextmanager
def borrow(config: Config) -> Iterator[Ground]:
    """The database for as long as the block lasts. Raises sql.errors.DatabaseError."""
    ground = find(config)
    if ground.embedded is None:
        yield ground
        return
    with ground.embedded.borrow():
        yield ground
