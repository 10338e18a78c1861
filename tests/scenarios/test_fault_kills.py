"""kill -9 of the hall: at each step of a vote in turn, and at random moments with presses in flight."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

KILLS, KILLS_AT_LENGTH = 8, 200
VOTE_EVERY = 4  # kills

STEPS: Sequence[tuple[str, dict[str, Any]]] = (
    ("OpenVote", {"vote_n": 1, "seconds": None}),
    ("HoldVote", {"vote_n": 1}),
    ("ResumeVote", {"vote_n": 1}),
    ("CloseVote", {"vote_n": 1}),
    ("AnnounceResult", {"vote_n": 1}),
    ("VoidVote", {"vote_n": 1, "reason": "Навчальна тривога"}),
    ("OpenVote", {"vote_n": 2, "seconds": None, "relation": "repeat", "refers_to": 1, "reason": "Навчальна тривога"}),
    ("CloseVote", {"vote_n": 2}),
    ("AnnounceResult", {"vote_n": 2}),
)


async def _killed_during(process: Any, clerk: Any, type_: str, after_s: float, **fields: Any) -> None:
    """The hall dies `after_s` after the act was sent; it starts again, and the clerk's console repeats the act."""
    acting = asyncio.create_task(clerk.done(type_, **fields))
    await asyncio.sleep(after_s)
    await process.kill()
    await process.start()
    await acting


async def test_hall_killed_at_each_step_of_a_vote(
    db: TestDatabase,
    house: ModuleType,
    faults: ModuleType,
    witness: ModuleType,
    free_port: int,
    tmp_path: Path,
    regenerate: bool,
) -> None:
    await house.furnish(db.database("hall"))
    rounds = (0.002, 0.01, 0.03) if regenerate else (0.01,)
    chance = random.Random(3)
    async with faults.Process(house, db.url("hall"), free_port) as process:
        desks = [house.desk(process.url, n, of=witness.WatchedDesk) for n in range(1, 38)]
        clerk = await faults.signed_in(house, process.url)
        async with house.clerk(process.url) as console:
            await house.open_sitting(console)
        async with faults.running(desks):
            await faults.settle(desks)
            hands = faults.Hands(5)
            pressing = asyncio.create_task(hands.press(desks))
            kills = 0
            for round_no, after_s in enumerate(rounds):
                for type_, fields in STEPS:
                    moved = {**fields, "vote_n": fields["vote_n"] + 2 * round_no}
                    if "refers_to" in moved:
                        moved["refers_to"] += 2 * round_no
                    if round_no and moved["vote_n"] == 2 * round_no + 1 and type_ == "OpenVote":
                        moved |= {"motion": "Ще раз", "subject": "procedural"}
                    await _killed_during(process, clerk, type_, after_s + chance.random() * 0.01, **moved)
                    kills += 1
                    await asyncio.sleep(0.2)
            hands.stop.set()
            await pressing
            await faults.settle(desks)
            memories = [desk.memory for desk in desks]
            record, findings = await witness.agree(db, house, house.SITTING, memories, tmp_path, hall_url=process.url)
    assert findings.all == []
    assert [vote.state for vote in record.votes.values()] == ["voided", "announced"] * len(rounds)
    assert process.starts == kills + 1
    if regenerate:
        witness.keep(witness.figures("hall killed at each step of a vote", kills, record, memories, findings))


async def test_hall_killed_at_random_moments_with_presses_in_flight(
    db: TestDatabase,
    house: ModuleType,
    faults: ModuleType,
    witness: ModuleType,
    free_port: int,
    tmp_path: Path,
    regenerate: bool,
) -> None:
    kills = KILLS_AT_LENGTH if regenerate else KILLS
    await house.furnish(db.database("hall"))
    chance = random.Random(11)
    async with faults.Process(house, db.url("hall"), free_port) as process:
        desks = [house.desk(process.url, n, of=witness.WatchedDesk) for n in range(1, 38)]
        clerk = await faults.signed_in(house, process.url)
        async with house.clerk(process.url) as console:
            await house.open_sitting(console)
        async with faults.running(desks):
            await faults.settle(desks)
            hands = faults.Hands(12)
            pressing = asyncio.create_task(hands.press(desks))
            n = 0
            for kill in range(kills):
                if kill % VOTE_EVERY == 0:
                    n += 1
                    await clerk.done(
                        "OpenVote", vote_n=n, seconds=None, motion=f"Навчальне голосування {n}", subject="procedural"
                    )
                await asyncio.sleep(chance.uniform(0.05, 0.6))
                await process.kill()
                await process.start()
                if kill % VOTE_EVERY == VOTE_EVERY - 1:
                    await clerk.done("CloseVote", vote_n=n)
                    await clerk.done("AnnounceResult", vote_n=n)
            hands.stop.set()
            await pressing
            await faults.settle(desks)
            memories = [desk.memory for desk in desks]
            record, findings = await witness.agree(db, house, house.SITTING, memories, tmp_path, hall_url=process.url)
    assert findings.all == []
    assert (len(record.votes), process.starts) == (n, kills + 1)
    assert sum(len(memory.receipts) for memory in memories) > 37 * n  # presses were in flight
    if regenerate:
        figures = witness.figures("hall killed at random moments", kills, record, memories, findings)
        witness.keep(figures)


def test_report_of_mishaps_has_no_losses(witness: ModuleType) -> None:
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in witness.kept()]
    assert lines
    for line in lines:
        assert line[5:] == ["0", "0", "0", "0"], line
