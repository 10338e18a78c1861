"""Migrations forward and never back, on the embedded server and on one that an office runs already."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from sql import cluster, everybody
from sql.binaries import Binaries
from sql.database import Database
from sql.embedded import Embedded
from sql.errors import MigrationRefused, RolesMissing, ServerTooOld
from sql.migrate import ROLES, Migration, check_version, known, migrate, pending

SHA = "0" * 64


async def ask(database: Database, question: str) -> object:
    connection = await database.connect()
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.fixture
async def empty(postgresql: Embedded) -> AsyncIterator[Database]:
    """A database that no migration has touched."""
    control = await Database(postgresql.url("owner", "postgres"), "owner").connect()
    await control.execute("create database empty")
    yield Database(postgresql.url("owner", "empty"), "owner")
    await control.execute("drop database empty with (force)")
    await control.close()


def steps(*scripts: str) -> list[Migration]:
    return [Migration(f"{n:04}_step", script, f"{n}" * 64) for n, script in enumerate(scripts, 1)]


async def test_migrate_an_empty_database_applies_all_then_nothing(empty: Database) -> None:
    names = [migration.name for migration in known()]
    assert names[0] == "0001_house"
    assert await pending(empty) == names
    assert await migrate(empty) == names
    assert await migrate(empty) == []
    assert await pending(empty) == []


async def test_pending_asked_by_each_role_is_answered(db) -> None:
    for role in ("owner", "hall", "record", "public"):
        assert await pending(db.database(role)) == []


async def test_two_migrators_at_once_apply_each_migration_once(empty: Database) -> None:
    applied = await asyncio.gather(*(migrate(empty) for _ in range(3)))
    assert sorted(applied, key=len, reverse=True) == [[migration.name for migration in known()], [], []]


async def test_changed_migration_is_refused_with_both_hashes(empty: Database) -> None:
    await migrate(empty, [Migration("0001_step", "create table a ()", SHA)])
    with pytest.raises(MigrationRefused, match=f"0001_step was changed after it ran .*{SHA}.*{'1' * 64}"):
        await migrate(empty, steps("create table a ()"))


async def test_newer_database_is_refused(empty: Database) -> None:
    await migrate(empty, steps("create table a ()", "create table b ()"))
    with pytest.raises(MigrationRefused, match="has migration 0002_step, which this program does not know"):
        await pending(empty, steps("create table a ()"))


async def test_migration_numbered_before_one_that_ran_is_refused(empty: Database) -> None:
    await migrate(empty, steps("create table a ()", "create table b ()")[1:])
    with pytest.raises(MigrationRefused, match="0001_step comes before 0002_step"):
        await migrate(empty, steps("create table a ()", "create table b ()"))


async def test_failing_migration_leaves_nothing_of_itself_and_all_before_it(empty: Database) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        await migrate(empty, steps("create table a ()", "create table b (); insert into nowhere values (1)"))
    assert await ask(empty, "select to_regclass('a') is not null and to_regclass('b') is null") is True
    assert await migrate(empty, steps("create table a ()", "create table b ()")) == ["0002_step"]


def test_known_migrations_have_numbers_without_gaps() -> None:
    assert [int(migration.name[:4]) for migration in known()] == list(range(1, len(known()) + 1))


def test_server_older_than_15_is_refused_by_version() -> None:
    class OldServer:
        def get_server_version(self) -> asyncpg.types.ServerVersion:
            return asyncpg.types.ServerVersion(14, 9, 0, "final", 0)

    with pytest.raises(ServerTooOld, match=r"PostgreSQL 14\.9; 15 or newer"):
        check_version(OldServer())


# an office's own server: its owner is no superuser, and our roles do not exist yet ----------------------------------


def _outside(folder: Path, binaries: Binaries | None) -> Embedded:
    outside = Embedded(folder)
    if binaries is not None:
        folder.mkdir(mode=0o700)
        cluster.make(outside.cluster, cluster.server_user(outside.cluster), binaries)
    return outside


@pytest.fixture(params=["own", "15"])
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Embedded]:
    """A server with a CREATEROLE owner and none of our roles: of our own version, and the oldest that serves."""
    oldest = Path("/usr/lib/postgresql/15/bin")
    if request.param == "15" and not (oldest / "initdb").exists():
        pytest.skip("PostgreSQL 15 is not installed")
    with _outside(tmp_path / "database", Binaries(oldest, 15) if request.param == "15" else None) as outside:
        for name in ("template1", "hlasno"):  # functions are everybody's, as on any server
            admin = await asyncpg.connect(_admin(outside, name))
            await admin.execute("drop owned by hlasno_hall")
            await admin.execute(everybody.of_the_hall("'hlasno_owner'").replace("to hlasno_hall, %I", "to public"))
            if name == "hlasno":
                for role in ROLES:
                    await admin.execute(f"drop role {role}")
            await admin.close()
        yield outside


def _admin(outside: Embedded, name: str = "hlasno") -> str:
    return outside.url("owner", name).replace("hlasno_owner@", f"{cluster.SUPERUSER}@")


async def test_office_server_migrated_by_its_owner_serves_every_role(office: Embedded) -> None:
    owner = Database(office.url(), "owner")
    assert await migrate(owner) == [migration.name for migration in known()]
    assert await migrate(owner) == []
    for role in ("hall", "record", "public"):
        acting = Database(office.url(), role)  # type: ignore[arg-type]
        assert await ask(acting, "select current_user") == f"hlasno_{role}"
        assert await ask(acting, "select rolcanlogin from pg_roles where rolname = current_user") is False
        assert await pending(acting) == []
    public = await Database(office.url(), "public").connect()
    await public.execute("set default_transaction_read_only = off")
    for refused in ("select * from press", "create temporary table mine ()"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await public.fetch(refused)
    await public.close()


async def test_what_only_an_administrator_can_take_away_is_told_with_what_to_run(office: Embedded) -> None:
    owner = Database(office.url(), "owner")
    admin = await asyncpg.connect(_admin(office))
    await admin.execute("alter database hlasno owner to postgres")
    await admin.execute(
        "grant create on schema public to hlasno_owner; grant create on database hlasno to hlasno_owner"
    )
    await migrate(owner)
    public = await Database(office.url(), "public").connect()
    await public.execute("set default_transaction_read_only = off")
    await public.execute("create temporary table mine ()")
    assert await public.fetchval("select pg_try_advisory_lock(1) and lo_create(1) = 1") is True
    tables, functions = await everybody.left(public)
    for told in (tables, functions):
        await admin.execute(told.partition(": ")[2])
    assert await everybody.left(public) == []
    for refused in ("create temporary table ours ()", "select pg_try_advisory_lock(1)", "select lo_create(2)"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await public.execute(refused)
    await public.close()
    assert await ask(Database(office.url(), "hall"), "select pg_try_advisory_lock(1, 0)") is True
    assert await migrate(owner) == []
    await admin.close()


async def test_office_owner_who_may_make_no_roles_is_told_what_to_ask_for(office: Embedded) -> None:
    admin = await asyncpg.connect(_admin(office))
    await admin.execute("alter role hlasno_owner nocreaterole")
    owner = Database(office.url(), "owner")
    with pytest.raises(RolesMissing, match="Let an administrator") as refused:
        await migrate(owner)
    advice = str(refused.value).partition("run once: ")[2]
    await admin.execute(advice)
    assert await migrate(owner) == [migration.name for migration in known()]
    assert await ask(Database(office.url(), "hall"), "select current_user") == "hlasno_hall"
    await admin.close()
