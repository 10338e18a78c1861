"""The real things tests run on: PostgreSQL, a free port, a browser."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from sql import cluster, everybody
from sql.database import Database
from sql.embedded import SOCKET, Embedded, Role
from sql.migrate import migrate
from tests.ports import free_ports

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytest_plugins = ["tests.time_limit"]

TESTS = Path(__file__).parent

# For every window Chromium keeps a process for the list under its address bar and a spare one: half of what a window
# costs, and no test looks at them. The last list holds, so Playwright's own is in it, as far as pages are concerned.
NO_FEATURES = (
    "WebUIOmniboxPopup,WebUIOmniboxFullPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,"
    "LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,"
    "OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch"
)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={NO_FEATURES}",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate", action="store_true", help="write the reports that tests keep anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that wait long go first, so that no worker is left with one at the end. Their own order is kept."""
    first = [
        TESTS / "browser/test_console.py",
        TESTS / "scenarios/test_demo.py",
        TESTS / "scenarios",
        TESTS / "browser",
    ]

    def place(item: pytest.Item) -> int:
        return next((n for n, path in enumerate(first) if item.path.is_relative_to(path)), len(first))

    items.sort(key=place)


@pytest.fixture(scope="session")
def regenerate(request: pytest.FixtureRequest) -> bool:
    """Whether the reports that tests keep (samples, faults) are written anew instead of compared."""
    return bool(request.config.getoption("--regenerate"))


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """One test's own database on the session's server."""

    __test__ = False

    server: Embedded
    name: str

    def url(self, role: Role = "owner") -> str:
        return self.server.url(role, self.name)

    def database(self, role: Role = "owner") -> Database:
        return Database(self.url(role), role)


# Nothing of the session's server outlives the session; no test waits for its disk.
UNSAFE = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """The session's PostgreSQL. A test that kills a server starts one of its own, whose settings are the real ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster, "SETTINGS", cluster.SETTINGS | UNSAFE)
        embedded = Embedded(tmp_path_factory.mktemp("postgresql") / "database")
        embedded.start()
    yield embedded
    embedded.stop()


@pytest.fixture(scope="session")
async def database(postgresql: Embedded) -> TestDatabase:
    """The migrated template that `db` is copied from: leave it as it is, and unconnected."""
    template = TestDatabase(postgresql, "hlasno")
    await migrate(template.database())
    return template


class Stock:
    """Migrated, empty databases. One costs a thousand files to make: one that comes back is emptied for the next test;
    one whose schema a test has changed is dropped."""

    # What a test may have changed and emptying does not mend: a table, a column, a check, a trigger, a right.
    SCHEMA = """
        with ours as (select oid from pg_namespace where nspname in ('public', 'rehearsal'))
        select md5(concat_ws(';',
            (select string_agg(concat_ws(',', c.oid, relname, relkind, relacl), ';' order by c.oid)
                from pg_class c where relnamespace in (select oid from ours)),
            (select string_agg(concat_ws(',', attrelid, attname, atttypid, attacl), ';' order by attrelid, attnum)
                from pg_attribute join pg_class c on c.oid = attrelid where relnamespace in (select oid from ours)),
            (select string_agg(concat_ws(',', oid, convalidated), ';' order by oid)
                from pg_constraint where connamespace in (select oid from ours)),
            (select string_agg(concat_ws(',', oid, tgenabled), ';' order by oid) from pg_trigger),
            (select string_agg(concat_ws(',', oid, proacl, md5(prosrc)), ';' order by oid)
                from pg_proc where pronamespace in (select oid from ours)),
            (select string_agg(concat_ws(',', nspname, nspacl), ';' order by oid) from pg_namespace),
            (select datacl::text from pg_database where datname = current_database())))
        """
    OTHERS = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    # Written to, if only by a transaction that was undone.
    WRITTEN = """
        select string_agg(oid::regclass::text, ', ') from pg_class
        where relkind = 'r' and relname <> 'migration' and pg_relation_size(oid) > 0
            and relnamespace in (select oid from pg_namespace where nspname in ('public', 'rehearsal'))
        """

    def __init__(self, template: TestDatabase, control: Any) -> None:
        self._template, self._control = template, control
        self._made = 0
        self._spare: list[str] = []
        self._schema: dict[str, str] = {}

    async def take(self) -> TestDatabase:
        if not self._spare:
            self._made += 1
            name = f"test_{self._made}"
            await self._control.execute(f"create database {name} template {self._template.name} strategy file_copy")
            connection = await self._superuser(name)
            await everybody.take_tables(connection)  # rights to a database are not copied with it
            self._schema[name] = await connection.fetchval(self.SCHEMA)
            await connection.close()
            self._spare.append(name)
        return TestDatabase(self._template.server, self._spare.pop())

    async def give_back(self, name: str) -> None:
        """With whoever is still connected: they are cut off."""
        connection = await self._superuser(name)
        try:
            async with asyncio.timeout(30):
                while await connection.fetchval(f"select count(pg_terminate_backend(pid)) {self.OTHERS}"):
                    await asyncio.sleep(0.01)
            as_made = await connection.fetchval(self.SCHEMA) == self._schema[name]
            if as_made and (written := await connection.fetchval(self.WRITTEN)):
                await connection.execute("set session_replication_role = replica")  # no trigger that refuses
                await connection.execute(f"truncate {written} restart identity cascade")
        finally:
            await connection.close()
        if as_made:
            self._spare.append(name)
        else:
            await self._control.execute(f"drop database {name} with (force)")

    async def _superuser(self, name: str) -> Any:
        url = self._template.server.url("owner", name).replace("hlasno_owner", cluster.SUPERUSER, 1)
        return await Database(url, "owner").connect()


@pytest.fixture(scope="session")
async def stock(database: TestDatabase) -> AsyncIterator[Stock]:
    control = await Database(database.server.url("owner", "postgres"), "owner").connect()
    yield Stock(database, control)
    await control.close()


@pytest.fixture
async def db(stock: Stock) -> AsyncIterator[TestDatabase]:
    """A migrated, empty database of the test's own."""
    mine = await stock.take()
    yield mine
    await stock.give_back(mine.name)


class DyingLine:
    """A line to a test's database on which one hears the server say that it ends the session, and only later that it
    has: so it is for a moment when PostgreSQL is killed or stopped; here for HELD_S seconds."""

    HELD_S = 2.0

    def __init__(self, db: TestDatabase, folder: Path) -> None:
        self._db, self._folder = db, folder
        self._host = parse_qs(urlsplit(db.url()).query)["host"][0]
        self._tasks: set[asyncio.Task[None]] = set()

    def url(self, role: Role = "owner") -> str:
        return self._db.url(role).replace(quote(self._host), quote(str(self._folder)))

    def database(self, role: Role = "owner") -> Database:
        return Database(self.url(role), role)

    async def end(self, role: Role) -> datetime:
        """End a role's sessions; when that was, by the server's clock."""
        control = await self._db.database().connect()
        try:
            sessions = "from pg_stat_activity where datname = current_database() and application_name = $1"
            query = f"select count(pg_terminate_backend(pid)) {sessions}"
            assert await control.fetchval(query, f"hlasno {role}") > 0
            at: datetime = await control.fetchval("select now()")
            return at
        finally:
            await control.close()

    async def __aenter__(self) -> DyingLine:
        self._server = await asyncio.start_unix_server(self._carry, self._folder / SOCKET)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        answers, server = await asyncio.open_unix_connection(f"{self._host}/{SOCKET}")
        answering = asyncio.create_task(self._answer(answers, writer))
        with contextlib.suppress(OSError):
            try:
                await self._pump(reader, server)
            finally:
                answering.cancel()
                server.close()
                writer.close()

    async def _answer(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):  # a reset: it ended with what it was asked last still unread
            await self._pump(answers, writer)
        await asyncio.sleep(self.HELD_S)
        writer.close()

    @staticmethod
    async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            writer.write(piece)


@pytest.fixture
async def dying_line(db: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DyingLine]:
    async with DyingLine(db, tmp_path_factory.mktemp("line")) as line:
        yield line


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1, for a program of the test's own."""
    return free_ports(1)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium by Playwright's async API. Absent: skipped here, a failure in CI."""
    executable = shutil.which(os.environ.get("HLASNO_CHROMIUM") or "chromium")
    if executable is None:
        reason = "Chromium was not found: install it, or name it in HLASNO_CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.async_api import async_playwright, expect  # slow to import, and few tests need it

    expect.set_options(timeout=20_000)  # a busy machine needs more than five seconds
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield chromium
        await chromium.close()
