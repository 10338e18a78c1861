"""A town for tests of the site: Drohobych with two imported sittings, and the sitting of 22.11.2017 held again by hand.

The facts are the hall's own (`council.acts`), appended through the real ledger with its derived tables; only the clock
and the fingers are the test's.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import msgspec
import uvicorn

from council import profile, store
from council.acts.sitting import sitting_opened
from council.derive import derive
from council.importing.drohobych import import_roster, import_sitting, shipped, shipped_source
from council.importing.replay import plan_replay, scripted_presses
from council.profile import Profile
from council.sitting import SittingPlan
from council.state_parts import LiveState
from public_site.app import PublicSettings, build
from public_site.hub import TransportProtocol
from public_site.live_video import UVICORN
from streaming.archive import Archive, Place
from streaming.shelf import Cache, Shelf
from tests.serving import serving as served
from voting.checkpoint import Signer
from voting.entries import CHOSEN, Fact, ItemCalled, MemberArrived, Option, SittingClosed, VoteOpened, stamp
from voting.ledger import Ledger
from voting.vote_event import Press, VoteEvent, open_vote

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

START = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
SIGNER = Signer("drohobych.example/ledger", b"\x05" * 32)
REPLAY = "2017-11-22.json"
SITTING = "drohobych-council-2017-11-22"
IMPORTED = "drohobych-council-2016-12-20"


@dataclass
class Town:
    """`now` goes on as the test says; `script` is what the record says, vote by vote."""

    db: TestDatabase
    ledger: Ledger
    conn: asyncpg.Connection
    plan: SittingPlan
    rules: Profile
    script: list[dict[str, Option]]
    now: datetime = START
    present: list[str] = field(default_factory=list)
    event: VoteEvent | None = None
    rev: int = 0

    @property
    def members(self) -> list[str]:
        return [seated.member for seated in self.plan.members]

    async def append(self, *facts: Fact, seconds: float = 0) -> None:
        self.now += timedelta(seconds=seconds)
        await self.ledger.append([(self.plan.id, fact) for fact in facts], self.now)

    async def open_sitting(self) -> None:
        await self.append(sitting_opened(self.plan, self.rules, self.now))

    async def arrive(self, members: Collection[str]) -> None:
        self.present += members
        await self.append(*(MemberArrived(stamp(self.now), member, "terminal") for member in members), seconds=1)

    async def arrive_all(self) -> None:
        """All whom the record mentions in the first vote as there."""
        await self.arrive([m for m in self.members if self.script[0].get(m, Option.ABSENT) is not Option.ABSENT])

    async def call(self, n: int) -> None:
        item = self.plan.items[n - 1]
        self.now += timedelta(seconds=30)
        await self.append(ItemCalled(stamp(self.now), item.item, item.title))

    async def open_vote(self, n: int) -> VoteOpened:
        item = self.plan.items[n - 1]
        motion = item.motions[0]
        self.now += timedelta(seconds=20)
        opened = open_vote(
            n=n,
            item=item.item,
            motion=motion.text,
            requirement=self.rules.requirement(
                motion.rule,
                seats=self.plan.body.seats,
                in_office=len(self.plan.members),
                present=len(self.present),
                locale=self.plan.body.locale,
            ),
            members=self.members,
            present=self.present,
            no_record=motion.no_record,
            seconds=20,
            at=stamp(self.now),
            original_at=stamp(motion.original_at) if motion.original_at else None,
        )
        await self.append(opened)
        self.event = VoteEvent(opened, self.members)
        return opened

    def press(self, options: dict[str, Option]) -> None:
        assert self.event is not None
        for member, option in options.items():
            if option in CHOSEN:
                self.event.apply(Press(member, "0" * 16, 1, option, stamp(self.now)))

    async def close_vote(self) -> None:
        assert self.event is not None
        self.now += timedelta(seconds=20)
        closed = self.event.close(stamp(self.now), "clerk")
        await self.append(closed)
        self.event.apply(closed)
        await self.append(self.event.announce(stamp(self.now)), seconds=2)

    async def hold(self, n: int) -> None:
        """Item, vote and result, as the record says."""
        await self.call(n)
        await self.open_vote(n)
        self.press(self.script[n - 1])
        await self.close_vote()

    async def close_sitting(self) -> None:
        self.now += timedelta(seconds=60)
        await self.append(SittingClosed(stamp(self.now)))

    async def close(self) -> None:
        await self.ledger.close()
        await self.conn.close()

    async def say_live(self, voted: Collection[str], seconds_left: float = 11, camera: str | None = None) -> None:
        """What the hall writes for the page many times a second."""
        self.rev += 1
        n = self.event.opened.n if self.event and self.event.state == "open" else None
        now = datetime.now(UTC)
        state = LiveState(
            sitting=self.plan.id,
            rev=self.rev,
            server_time=stamp(now),
            present=tuple(self.present),
            vote_n=n,
            voted=tuple(voted),
            closes_at=stamp(now + timedelta(seconds=seconds_left)) if n else None,
            live_camera=camera,
        )
        await self.conn.execute(
            "insert into live_state values ($1, $2, $3, $4) on conflict (sitting_id) do update "
            "set rev = excluded.rev, body = excluded.body, updated_at = excluded.updated_at",
            self.plan.id, self.rev, msgspec.json.encode(state).decode(), now,
        )  # fmt: skip
        await self.conn.execute("select pg_notify('live', $1)", self.plan.id)


async def furnish(db: TestDatabase, replay: str = REPLAY) -> Town:
    """Roster, two imported sittings, the third prepared for its replay."""
    hall = db.database("hall")
    conn = await hall.connect()
    ledger = await Ledger.open(hall.connect, SIGNER, derive)
    async with conn.transaction():
        await import_roster(conn, shipped("deputies.json"), "deputies.json")
    for file in [file for file in ("2016-12-20.json", "2017-04-06.json") if file != replay]:
        report = await import_sitting(ledger, conn, shipped(file), file, now=START, source=shipped_source(file))
        assert report.outcome == "imported", report.text()
    plan = await plan_replay(conn, shipped(replay), shipped_source(replay), seconds=20)
    plan = await store.load_plan(conn, plan.id)
    return Town(db, ledger, conn, plan, profile.load(plan.body.profile), scripted_presses(shipped(replay)))


def settings(db: TestDatabase, recordings: Path) -> PublicSettings:
    clips, live, fetched = (recordings.with_name(f"{recordings.name}-{kind}") for kind in ("clips", "live", "fetched"))
    shelf = Shelf(recordings, {"far": far(recordings)}, Cache(fetched, 10**9))
    public = db.database("public")
    return PublicSettings(public, recordings, SIGNER.origin, SIGNER.vkey, clips=clips, live=live, shelf=shelf)


def far(recordings: Path) -> Archive:
    """The town's archive: a folder beside its recordings, once somebody has made it."""
    return Archive(Place("far", recordings.with_name(f"{recordings.name}-far").as_uri(), SIGNER.origin))


@contextlib.asynccontextmanager
async def serving(db: TestDatabase, recordings: Path, port: int = 0) -> AsyncIterator[str]:
    """The site on a port of this process, a free one; its address."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    config = uvicorn.Config(
        build(settings(db, recordings)),
        http=TransportProtocol,
        log_config=None,
        lifespan="on",
        timeout_graceful_shutdown=1,
        **UVICORN,
    )
    async with served(config, sock):
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
