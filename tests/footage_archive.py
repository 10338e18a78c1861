"""A closed sitting whose recording is sealed, in a database and on disk; without cameras and without a hall."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

import sql
from council import derive
from council.footage import due
from streaming import index
from streaming.segments import Segment
from tests.streaming.conftest import write_run
from voting.checkpoint import Signer
from voting.entries import AgendaPoint, Seated, SittingClosed, SittingOpened, stamp
from voting.ledger import Ledger

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

OPENED = datetime(2017, 11, 22, 10, 0, 0, tzinfo=UTC)
NOW = OPENED + timedelta(hours=2)
SITTING = "rada-1"


class Archive:
    """A closed sitting of 20 s with two runs of 4.8 s, sealed."""

    def __init__(self, conn: asyncpg.Connection, ledger: Ledger, recordings: Path) -> None:
        self.conn, self.ledger, self.recordings = conn, ledger, recordings
        self.segments: list[Segment] = []

    async def film(self, after_s: float, reason: str) -> None:
        for record in write_run(self.recordings, "hall-1", OPENED + timedelta(seconds=after_s), reason=reason):
            await index.insert(self.conn, record)
            if isinstance(record, Segment):
                self.segments.append(record)

    async def seal(self) -> None:
        query = sql.load("seals").unsealed(
            self.conn,
            **{"cameras": ["hall-1"], "bodies": ["rada"], "since": OPENED, "margin": index.MARGIN},
            **{"every": True, "most": 1000},
        )
        await self.ledger.append(due([row async for row in query], NOW), NOW)

    def alter(self, segment: Segment) -> str:
        path = self.recordings / segment.path
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        return hashlib.sha256(data).hexdigest()


@contextlib.asynccontextmanager
async def furnished(
    db: TestDatabase, recordings: Path, signer: Signer | None = None, profile: str = "ua"
) -> AsyncIterator[Archive]:
    conn = await db.database().connect()
    await conn.execute(
        """insert into body (id, municipality, name, seats, profile, locale, timezone)
           values ('rada', 'Місто', 'Рада', 1, $1, 'uk', 'Europe/Kyiv')""",
        profile,
    )
    signer = signer or Signer("rada.example/ledger", bytes(range(32)))
    ledger = await Ledger.open(db.database("hall").connect, signer, derive.derive)
    opened = SittingOpened(
        at=stamp(OPENED),
        body="rada",
        body_name="Рада",
        municipality="Місто",
        session_label="I",
        sitting_kind="plenary",
        held_on="2017-11-22",
        timezone="Europe/Kyiv",
        mode="ordinary",
        seats=1,
        quorum=1,
        quorum_source="ст. 1",
        members=(Seated("a", "Айстра", "Ада", None, None, None, 1),),
        agenda=(AgendaPoint("1", "Про бюджет"),),
    )
    closed = SittingClosed(stamp(OPENED + timedelta(seconds=20)))
    await ledger.append([(SITTING, opened), (SITTING, closed)], OPENED)
    made = Archive(conn, ledger, recordings)
    await made.film(0, "dropped")
    await made.film(10, "stopped")
    await made.seal()
    yield made
    await ledger.close()
    await conn.close()
