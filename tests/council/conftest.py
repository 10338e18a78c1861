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

HALL_HOUSE = Path(__file__).parents[1] / "hall_house.py"


@pytest.fixture(scope="session")
def house() -> ModuleType:
    """The module tests/hall_house.py."""
    if "hall_house" not in sys.modules:
        spec = importlib.util.spec_from_file_location("hall_house", HALL_HOUSE)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["hall_house"] = module
        spec.loader.exec_module(module)
    return sys.modules["hall_house"]


@pytest.fixture
async def hall(house: ModuleType, db: TestDatabase) -> AsyncIterator[object]:
    """A furnished hall of 37, served in this process."""
    await house.furnish(db.database("hall"))
    async with house.running(db.database("hall")) as running:
        yield running


@pytest.fixture(scope="session")
def acts_room() -> ModuleType:
    """The module acts_room.py: a sitting in memory."""
    spec = importlib.util.spec_from_file_location("acts_room", Path(__file__).with_name("acts_room.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["acts_room"] = module
    spec.loader.exec_module(module)
    return module
