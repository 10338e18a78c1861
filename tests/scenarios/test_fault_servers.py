"""Servers that fail in a vote: PostgreSQL restarted again and again, the hall's clock set back."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from sql.database import Database
from sql.embedded import Embedded
from sql.migrate import migrate

RESTARTS, RESTARTS_AT_LENGTH = 2, 12


async def _stop(server: Embedded, how: signal.Signals) -> None:
    """Returns when the server is gone."""
    pid = server.pid
    assert pid is not None
    os.kill(pid, how)
    async with asyncio.timeout(30):
        with suppress(ProcessLookupError):
            while True:
                os.kill(pid, 0)
                await asyncio.sleep(0.05)


async def test_postgresql_restarted_in_votes_with_presses_in_flight(
    tmp_path_factory: pytest.TempPathFactory, house: ModuleType, faults: ModuleType, witness: ModuleType,
    regenerate: bool,
) -> None:  # fmt: skip
    restarts = RESTARTS_AT_LENGTH if regenerate else RESTARTS
    folder = tmp_path_factory.mktemp("restarted")
    with Embedded(folder / "pg") as server:
        await migrate(Database(server.url("owner"), "owner"))
        database = Database(server.url("hall"), "hall")
        db = SimpleNamespace(database=lambda role="owner": Database(server.url(role), role))
        await house.furnish(database)
        async with house.running(database) as hall:
            clerk = await faults.signed_in(house, hall.url)
            async with house.clerk(hall.url) as console:
                await house.open_sitting(console)
            desks = [house.desk(hall.url, n, of=witness.WatchedDesk) for n in range(1, 38)]
            async with faults.running(desks):
                await faults.settle(desks)
                hands = faults.Hands(21)
                pressing = asyncio.create_task(hands.press(desks))
                for n in range(1, restarts + 1):
                    await clerk.done(
                        "OpenVote", vote_n=n, seconds=None, motion=f"Голосування {n}", subject="procedural"
                    )
                    await asyncio.sleep(0.4)
                    await _stop(server, signal.SIGKILL if n % 2 else signal.SIGINT)  # pulled, or stopped in a hurry
                    await asyncio.to_thread(server.start)
                    await clerk.done("CloseVote", vote_n=n)
                    await clerk.done("AnnounceResult", vote_n=n)
                hands.stop.set()
                await pressing
                await faults.settle(desks, 60)
                memories = [desk.memory for desk in desks]
                record, findings = await witness.agree(db, house, house.SITTING, memories, folder, hall_url=hall.url)
    assert findings.all == []
    assert [vote.state for vote in record.votes.values()] == ["announced"] * restarts
    if regenerate:
        witness.keep(witness.figures("PostgreSQL restarted in a vote", restarts, record, memories, findings))


async def test_server_clock_stepped_back_in_a_vote_keeps_the_order_and_the_limit(
    db: Any, hall: Any, house: ModuleType, faults: ModuleType, witness: ModuleType, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, regenerate: bool,
) -> None:  # fmt: skip
    """Order is the ledger's seq and the limit is on the monotonic clock; the times are testimony, and the console says
    that the clock was set back."""
    clerk = await faults.signed_in(house, hall.url)
    real = hall.hall.clock.now
    async with house.clerk(hall.url) as console:
        await house.open_sitting(console)
        desks = [house.desk(hall.url, n, of=witness.WatchedDesk) for n in range(1, 38)]
        async with faults.running(desks):
            await faults.settle(desks)
            await clerk.done("OpenVote", vote_n=1, seconds=4, motion="Голосування", subject="procedural")
            await asyncio.gather(*(desk.until(lambda d: d.state.may_press) for desk in desks))
            for desk in desks[:20]:
                desk.press("against")
            await faults.settle(desks)

            def an_hour_ago() -> datetime:
                moment: datetime = real()
                return moment - timedelta(hours=1)

            monkeypatch.setattr(hall.hall.clock, "now", an_hour_ago)
            for desk in desks:
                desk.press("for")
            await faults.settle(desks)
            await asyncio.gather(
                *(d.until(lambda d: d.state.vote is not None and d.state.vote.state != "open", 20) for d in desks)
            )  # it closed by itself, not an hour later
            await console.until(
                lambda m: (
                    m["type"] == "ConsoleState"
                    and any(line["part"] == "clock" and not line["ok"] for line in m["equipment"])
                ),
                20,
            )
            await clerk.done("AnnounceResult", vote_n=1)
            memories = [desk.memory for desk in desks]
            record, findings = await witness.agree(db, house, house.SITTING, memories, tmp_path, hall_url=hall.url)
    assert findings.all == []
    vote = record.votes[1]
    assert vote.tally is not None and (vote.tally.for_, vote.cause) == (37, "time")
    assert vote.opened_at is not None and vote.closed_at is not None and vote.closed_at < vote.opened_at
    if regenerate:
        witness.keep(witness.figures("server clock set back an hour", 1, record, memories, findings))
