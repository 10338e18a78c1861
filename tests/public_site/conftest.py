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

SITE_TOWN = Path(__file__).parents[1] / "site_town.py"


@pytest.fixture(scope="session")
def towns() -> ModuleType:
    """The module tests/site_town.py."""
    if "site_town" not in sys.modules:
        spec = importlib.util.spec_from_file_location("site_town", SITE_TOWN)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["site_town"] = module
        spec.loader.exec_module(module)
    return sys.modules["site_town"]


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
        httpx2.AsyncClient(base_url=address) as reader,
    ):
        yield reader
