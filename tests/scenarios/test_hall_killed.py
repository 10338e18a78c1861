"""kill -9 in a vote with 37 desks pressing: every press that was acknowledged counts, and the vote goes on."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from hardware.terminal import Desk
from sql.database import Database
from sql.embedded import Embedded
from sql.migrate import migrate
from voting.entries import RollEntry, VoteClosed
from voting.ledger import read

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

OPTIONS = ("for", "against", "abstain")


@asynccontextmanager
async def desks(house: ModuleType, url: str) -> AsyncIterator[list[Desk]]:
    async with AsyncExitStack() as stack:
        all_desks = [Desk(url, house.identity(n)) for n in range(1, 38)]
        for desk in all_desks:
            await stack.enter_async_context(desk)
        yield all_desks


async def open_vote(house: ModuleType, url: str, seconds: int | None) -> None:
    async with house.clerk(url) as console:
        await house.open_sitting(console)
        assert (await console.act("OpenVote", vote_n=1, seconds=seconds))["type"] == "Done"


class Hands:
    """What each desk was made to press, by number: the truth to compare the roll with."""

    def __init__(self, chance: random.Random) -> None:
        self.pressed: dict[Desk, dict[int, str]] = {}
        self.stop = asyncio.Event()
        self._chance = chance

    async def press(self, desks: list[Desk]) -> None:
        """Each desk presses, thinks again, presses: until told to stop."""
        await asyncio.gather(*(self._press(desk) for desk in desks))

    async def _press(self, desk: Desk) -> None:
        pressed = self.pressed[desk] = {}
        await desk.until(lambda d: d.state.may_press)
        while not self.stop.is_set():
            if desk.press(self._chance.choice(OPTIONS)):  # type: ignore[arg-type]
                assert desk.state.pending is not None
                pressed[desk.state.pending.n] = desk.state.pending.option
            await asyncio.sleep(self._chance.uniform(0.005, 0.08))


async def close_vote(house: ModuleType, url: str) -> None:
    async with house.clerk(url) as console:
        assert (await console.act("CloseVote", vote_n=1))["type"] == "Done"


async def roll(database: Database, sitting: str) -> dict[str, RollEntry]:
    conn = await database.connect()
    closed = next(e.fact for e in await read(conn, sitting) if isinstance(e.fact, VoteClosed))
    await conn.close()
    return {line.member: line for line in closed.roll}


def options(lines: dict[str, RollEntry]) -> dict[str, str]:
    return {member: line.option.value for member, line in lines.items()}


async def test_hall_killed_in_a_vote_keeps_every_acknowledged_press(
    db: TestDatabase, house: ModuleType, faults: ModuleType, free_port: int
) -> None:
    await house.furnish(db.database("hall"))
    process = faults.Process(house, db.url("hall"), free_port)
    await process.start()
    hands = Hands(random.Random(7))
    try:
        async with desks(house, process.url) as all_desks:
            await asyncio.gather(*(desk.until(lambda d: d.state.linked) for desk in all_desks))
            await open_vote(house, process.url, seconds=None)
            pressing = asyncio.create_task(hands.press(all_desks))
            gone, living = all_desks[:10], all_desks[10:]
            await asyncio.gather(*(desk.until(lambda d: d.recorded is not None) for desk in gone))
            await process.kill()
            for desk in gone:  # these never come back: only what is on disk speaks for them
                await desk.__aexit__(None, None, None)
            acknowledged = [desk.recorded.n if desk.recorded is not None else 0 for desk in gone]
            sent = [max(hands.pressed[desk], default=0) for desk in gone]
            assert all(acknowledged)
            await asyncio.sleep(0.3)
            await process.start()
            await asyncio.sleep(0.5)
            hands.stop.set()
            await pressing
            await asyncio.gather(*(d.until(lambda d: d.state.undecided is None and d.state.linked) for d in living))
            last = {house.member(n): d.recorded.option for n, d in enumerate(living, 11) if d.recorded is not None}
            assert len(last) == 27
            await close_vote(house, process.url)
        counted = await roll(db.database("hall"), house.SITTING)
        assert {member: option for member, option in options(counted).items() if member in last} == last
        for desk_no, desk in enumerate(gone, 1):
            line, least, most = counted[house.member(desk_no)], acknowledged[desk_no - 1], sent[desk_no - 1]
            if line.n is None:
                assert (line.option, least) == ("not_voting", 0)
            else:  # what was acknowledged, or a later press that reached the disk while its receipt did not get out
                assert least <= line.n <= most
                assert (line.boot, line.option) == (desk.state.boot, hands.pressed[desk][line.n])
    finally:
        hands.stop.set()
        await process.kill()


async def test_timed_vote_after_a_restart_stays_open_ten_seconds_then_closes_by_itself(
    db: TestDatabase, house: ModuleType, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.furnish(db.database("hall"))
    async with house.running(db.database("hall")) as first:
        await open_vote(house, first.url, seconds=1)
        first.hall.chamber()._time.stop()  # as if the hall had died in this second
    await asyncio.sleep(1.2)
    monkeypatch.setattr("council.chamber.GRACE_S", 1.5)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with house.running(db.database("hall")) as second, house.seat(second.url, 1) as one:
        await one.expect("Standing", entitled=True)
        await one.send("PressOption", boot=house.boot_of(1), n=1, vote_n=1, option="for")
        await one.expect("Recorded", n=1)
        await one.until(lambda m: m["type"] == "ChamberState" and m["vote"]["state"] == "closed")
        assert loop.time() - began >= 1.4
        assert (await one.expect("Standing"))["final"] == "for"


async def test_postgresql_killed_in_a_vote_leaves_presses_pending_and_then_records_them(
    tmp_path_factory: pytest.TempPathFactory, house: ModuleType
) -> None:
    with Embedded(tmp_path_factory.mktemp("killed") / "pg") as server:
        await migrate(Database(server.url("owner"), "owner"))
        database = Database(server.url("hall"), "hall")
        await house.furnish(database)
        hands = Hands(random.Random(9))
        async with house.running(database) as hall, desks(house, hall.url) as all_desks:
            await asyncio.gather(*(desk.until(lambda d: d.state.linked) for desk in all_desks))
            await open_vote(house, hall.url, seconds=None)
            pressing = asyncio.create_task(hands.press(all_desks))
            await asyncio.sleep(0.4)
            connections = [desk.connections for desk in all_desks]
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            async with asyncio.timeout(20):  # nothing is promised that is not on disk
                while sum(1 for desk in all_desks if desk.state.undecided is not None) < 30:
                    await asyncio.sleep(0.05)
            hands.stop.set()
            await pressing
            async with house.seat(hall.url, 1, start=9) as again:
                await again.expect("Welcome")  # who comes back is known, though the database is away
            await asyncio.to_thread(server.start)
            await asyncio.gather(
                *(d.until(lambda d: d.state.undecided is None and d.recorded is not None, 20) for d in all_desks)
            )
            assert [desk.connections for desk in all_desks[1:]] == connections[1:]  # the sockets stayed up
            last = {house.member(n): d.recorded.option for n, d in enumerate(all_desks, 1) if d.recorded is not None}
            await close_vote(house, hall.url)
            assert options(await roll(database, house.SITTING)) == last


async def test_closing_while_postgresql_is_away_counts_what_was_accepted_before(
    tmp_path_factory: pytest.TempPathFactory, house: ModuleType
) -> None:
    with Embedded(tmp_path_factory.mktemp("closing") / "pg") as server:
        await migrate(Database(server.url("owner"), "owner"))
        database = Database(server.url("hall"), "hall")
        await house.furnish(database)
        async with (
            house.running(database) as hall,
            house.seat(hall.url, 1) as one,
            house.seat(hall.url, 2) as two,
            house.clerk(hall.url) as console,
        ):
            await house.open_sitting(console)
            await console.act("OpenVote", vote_n=1, seconds=None)
            await one.expect("Standing", entitled=True)
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            await one.send("PressOption", boot=house.boot_of(1), n=1, vote_n=1, option="against")
            await asyncio.sleep(0.3)
            await console.send("CloseVote", act="c" * 16, vote_n=1)
            await asyncio.sleep(0.3)
            await two.send("PressOption", boot=house.boot_of(2), n=1, vote_n=1, option="for")
            assert (await two.expect("Refused", n=1))["code"] == "vote_closed"
            await console.until(
                lambda m: (
                    m["type"] == "ConsoleState"
                    and any(line["part"] == "ledger" and not line["ok"] for line in m["equipment"])
                )
            )
            assert not [m for m in one.heard if m["type"] == "Recorded"]
            await asyncio.to_thread(server.start)
            await one.expect("Recorded", 20, n=1)
            assert (await console.until(lambda m: m.get("act") == "c" * 16, 20))["type"] == "Done"
            counted = options(await roll(database, house.SITTING))
            assert (counted[house.member(1)], counted[house.member(2)]) == ("against", "not_voting")


async def test_second_hall_is_refused_with_a_sentence(db: TestDatabase, house: ModuleType, hall: Any) -> None:
    from council.hall.app import Hall
    from voting.errors import LedgerBusy

    with pytest.raises(LedgerBusy, match="another hall"):
        await Hall.open(db.database("hall"), house.SIGNER, cookie_key=house.COOKIE_KEY)
    async with house.seat(hall.url, 1) as one:  # the first is not disturbed
        await one.expect("Welcome")
