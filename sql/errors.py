"""Everything the ground floor refuses. The text is a sentence an IT officer can act on."""

from __future__ import annotations


class DatabaseError(Exception):
    """The root. Never raised itself."""


class NoServer(DatabaseError):
    """No PostgreSQL binaries were found that run here."""


class AlreadyRunning(DatabaseError):
    """Another command serves this data folder now."""


class NotRunning(DatabaseError):
    """The server would not start, or nobody started it."""


class ServerTooOld(DatabaseError):
    """The outside server is older than PostgreSQL 15."""


class RolesMissing(DatabaseError):
    """The owner may neither make the three roles nor act as them."""


class MigrationRefused(DatabaseError):
    """The migrations of this program and those of the database do not fit together."""
