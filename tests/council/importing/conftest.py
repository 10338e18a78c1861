"""A ledger to import into, and the hall's connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import asyncpg
import pytest

from council.derive import derive
from voting.checkpoint import Signer
from voting.ledger import Ledger

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


@pytest.fixture
async def conn(db: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await db.database("hall").connect()
    yield connection
    await connection.close()


@pytest.fixture
async def ledger(db: TestDatabase) -> AsyncIterator[Ledger]:
    opened = await Ledger.open(db.database("hall").connect, Signer("tests.hlasno", bytes(32)), derive)
    yield opened
    await opened.close()
