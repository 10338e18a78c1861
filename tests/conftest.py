"""The real things tests run on: PostgreSQL, a free port, a browser."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from sql.database import Database
from sql.embedded import Embedded, Role
from sql.migrate import migrate

if TYPE_CHECKING:
    from playwright.async_api import Browser

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """The session's PostgreSQL. A test that kills a server starts one of its own."""
    with Embedded(tmp_path_factory.mktemp("postgresql") / "database") as embedded:
        yield embedded


@pytest.fixture(scope="session")
async def database(postgresql: Embedded) -> TestDatabase:
    """The migrated template that `db` copies: leave it as it is, and unconnected."""
    template = TestDatabase(postgresql, "hlasno")
    await migrate(template.database())
    return template


_numbers = itertools.count(1)


@pytest.fixture
async def db(database: TestDatabase) -> AsyncIterator[TestDatabase]:
    """A fresh, migrated, empty database; dropped after the test with whoever is still connected."""
    fresh = TestDatabase(database.server, f"test_{next(_numbers)}")
    control = await Database(database.server.url("owner", "postgres"), "owner").connect()
    try:
        await control.execute(f"create database {fresh.name} template hlasno")
        yield fresh
        await control.execute(f"drop database {fresh.name} with (force)")
    finally:
        await control.close()


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium by Playwright's async API. Absent: skipped here, a failure in CI."""
    executable = shutil.which(os.environ.get("HLASNO_CHROMIUM") or "chromium")
    if executable is None:
        reason = "Chromium was not found: install it, or name it in HLASNO_CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.async_api import async_playwright  # slow to import, and few tests need it

    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield chromium
        await chromium.close()
