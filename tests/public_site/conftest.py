"""The site's tests stand on a town: `tests/site_town.py`."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

TESTS = Path(__file__).parents[1]


def module(name: str) -> ModuleType:
    """A module of the tests that other tests stand on, loaded once."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, TESTS / f"{name}.py")
        assert spec is not None and spec.loader is not None
        made = importlib.util.module_from_spec(spec)
        sys.modules[name] = made
        spec.loader.exec_module(made)
    return sys.modules[name]


@pytest.fixture(scope="session")
def towns() -> ModuleType:
    """The module tests/site_town.py."""
    return module("site_town")


@pytest.fixture(scope="session")
def full() -> ModuleType:
    """The module tests/full_sitting.py."""
    return module("full_sitting")


@pytest.fixture(scope="session")
def film() -> ModuleType:
    """The module tests/streaming/conftest.py: footage without a camera."""
    return module("streaming/conftest")


@pytest.fixture
async def meadow(full: ModuleType, db: TestDatabase) -> AsyncIterator[Any]:
    """An invented council whose sitting is prepared and not yet told."""
    made = await module("meadow_town").furnish(db, full)
    yield made
    await made.close()


@pytest.fixture
async def meadow_site(towns: ModuleType, meadow: Any, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        towns.serving(meadow.db, tmp_path) as address,
        httpx2.AsyncClient(base_url=address, timeout=30) as reader,
    ):
        yield reader


@pytest.fixture
async def town(towns: ModuleType, db: TestDatabase) -> AsyncIterator[Any]:
    made = await towns.furnish(db)
    yield made
    await made.close()


@pytest.fixture
async def site(towns: ModuleType, town: Any, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A reader of the town's site who speaks Ukrainian."""
    async with (
        towns.serving(town.db, tmp_path) as address,
        httpx2.AsyncClient(base_url=address, timeout=30) as reader,
    ):
        yield reader
