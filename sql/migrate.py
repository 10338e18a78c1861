"""Bring a database to this program's schema. Migrations only go forward.

Each file of `migrations/` runs in one transaction with the row that records its name and SHA-256; a file that changed
after it ran is refused, for then nobody knows what the schema is. Two migrators wait for each other."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

import asyncpg

from sql import everybody
from sql.binaries import OLDEST
from sql.database import Database
from sql.errors import MigrationRefused, RolesMissing, ServerTooOld

LOCK = 0x686C61736E6F  # "hlasno": the advisory lock of migrators
ROLES = ("hlasno_hall", "hlasno_record", "hlasno_public")
NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    name: str  # without .sql
    script: str
    sha256: str


def known(folder: Traversable | None = None) -> list[Migration]:
    """This program's migrations, in order. `folder` instead of its own: for tests."""
    scripts = (folder or files("sql") / "migrations").iterdir()
    found = [(script.name, script.read_bytes()) for script in scripts if NAME.fullmatch(script.name)]
    return [
        Migration(name.removesuffix(".sql"), content.decode(), hashlib.sha256(content).hexdigest())
        for name, content in sorted(found)
    ]


async def migrate(database: Database, migrations: list[Migration] | None = None) -> list[str]:
    """Make the roles, then run what has not run yet. Returns the names of what ran; repeating it is safe.

    database: as the owner, who may create in its schema `public` and has CREATEROLE or is a member of the three roles.
    Raises ServerTooOld, RolesMissing, MigrationRefused; a script's own error is asyncpg's, and undoes that script."""
    connection = await database.connect()
    try:
        check_version(connection)
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await _make_roles(connection)
        await everybody.take_tables(connection)
        await connection.execute(
            "create table if not exists migration ("
            " name text primary key,"
            " sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),"
            " applied_at timestamptz not null default now())"
        )
        await connection.execute(f"grant select on migration to {', '.join(ROLES)}")
        missing = await _missing(connection, known() if migrations is None else migrations)
        for migration in missing:
            async with connection.transaction():
                await connection.execute(migration.script)
                await connection.execute(
                    "insert into migration (name, sha256) values ($1, $2)", migration.name, migration.sha256
                )
        return [migration.name for migration in missing]
    finally:
        await connection.close()


async def pending(database: Database, migrations: list[Migration] | None = None) -> list[str]:
    """What `migrate` would run. Changes nothing; any role may ask. Raises as `migrate` does."""
    connection = await database.connect()
    try:
        check_version(connection)
        return [m.name for m in await _missing(connection, known() if migrations is None else migrations)]
    finally:
        await connection.close()


def check_version(connection: asyncpg.Connection) -> None:
    version = connection.get_server_version()
    if version.major < OLDEST:
        raise ServerTooOld(
            f"The database server is PostgreSQL {version.major}.{version.minor}; {OLDEST} or newer is needed."
        )


async def _missing(connection: asyncpg.Connection, migrations: list[Migration]) -> list[Migration]:
    if await connection.fetchval("select to_regclass('migration')") is None:
        return migrations
    applied = {row["name"]: row["sha256"] for row in await connection.fetch("select name, sha256 from migration")}
    by_name = {migration.name: migration for migration in migrations}
    for name in sorted(applied):
        if name not in by_name:
            raise MigrationRefused(
                f"The database has migration {name}, which this program does not know: it was made by a newer version. "
                "Update the program, or use the database's backup from before."
            )
        if by_name[name].sha256 != applied[name]:
            raise MigrationRefused(
                f"Migration {name} was changed after it ran on this database "
                f"(SHA-256 then {applied[name]}, now {by_name[name].sha256}). "
                "Put the file back as it was and write a new migration for the change."
            )
    missing = [migration for migration in migrations if migration.name not in applied]
    if missing and applied and missing[0].name < max(applied):
        raise MigrationRefused(
            f"Migration {missing[0].name} comes before {max(applied)}, which ran already: give it a later number."
        )
    return missing


async def _make_roles(connection: asyncpg.Connection) -> None:
    """Roles belong to the whole server, so no migration makes them. The owner becomes a member, to act as each."""
    try:
        for role in ROLES:
            async with connection.transaction():
                if not await connection.fetchval("select true from pg_roles where rolname = $1", role):
                    await connection.execute(f"create role {role} nologin")
                if not await connection.fetchval(f"select pg_has_role('{role}', $1)", _membership(connection)):
                    await connection.execute(f"grant {role} to current_user")
    except asyncpg.InsufficientPrivilegeError as error:
        owner = await connection.fetchval("select quote_ident(current_user)")
        raise RolesMissing(
            f"The database user {owner} may not make or use the roles {', '.join(ROLES)} ({error}). "
            "Let an administrator of the server run once: "
            f"{' '.join(f'create role {role} nologin;' for role in ROLES)} grant {', '.join(ROLES)} to {owner};"
        ) from error


def _membership(connection: asyncpg.Connection) -> str:
    """What lets a user `set role`: a right of its own since PostgreSQL 16."""
    return "set" if connection.get_server_version().major >= 16 else "member"
