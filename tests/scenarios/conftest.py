"""The invented council's hall, for scenarios."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

TESTS = Path(__file__).parents[1]


def module(name: str) -> ModuleType:
    """tests/{name}.py, loaded once."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, TESTS / f"{name}.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def house() -> ModuleType:
    """The module tests/hall_house.py."""
    return module("hall_house")


@pytest.fixture(scope="session")
def footage() -> ModuleType:
    """The module tests/footage_house.py."""
    return module("footage_house")


@pytest.fixture(scope="session")
def mishaps() -> ModuleType:
    """The module tests/footage_faults.py."""
    return module("footage_faults")


@pytest.fixture(scope="session")
def lines() -> ModuleType:
    """The module tests/bad_line.py."""
    return module("bad_line")


@pytest.fixture(scope="session")
def cameras() -> ModuleType:
    """The module tests/streaming/conftest.py, with a camera whose pictures tell their numbers."""
    return module("streaming/conftest")


@pytest.fixture(scope="session")
def faults() -> ModuleType:
    """The module tests/fault_hall.py."""
    return module("fault_hall")


@pytest.fixture(scope="session")
def witness() -> ModuleType:
    """The module tests/witness.py."""
    return module("witness")


@pytest.fixture
async def hall(house: ModuleType, db: TestDatabase) -> AsyncIterator[object]:
    """A furnished hall of 37, served in this process."""
    await house.furnish(db.database("hall"))
    async with house.running(db.database("hall")) as running:
        yield running


@pytest.fixture(scope="session")
def towns() -> ModuleType:
    """The module tests/site_town.py."""
    return module("site_town")


@pytest.fixture(scope="session")
def hands() -> ModuleType:
    """What a clerk does at the console: tests/browser/console_hands.py."""
    return module("browser/console_hands")
