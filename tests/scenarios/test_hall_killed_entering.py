"""kill -9 while a clerk enters answers, while a vote is held, in a rehearsal: what was acknowledged stands."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


@asynccontextmanager
async def process(house: ModuleType, url: str, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A hall of its own, killed at the end if it was not before."""
    child = await asyncio.create_subprocess_exec(sys.executable, "-P", house.__file__, url, str(port))
    try:
        async with asyncio.timeout(20):
            while not await asyncio.to_thread(answers, port):
                assert child.returncode is None
                await asyncio.sleep(0.05)
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


async def test_hall_killed_while_a_clerk_enters_keeps_every_answer_it_acknowledged(
    db: TestDatabase, house: ModuleType, free_port: int
) -> None:
    await house.furnish(db.database("hall"))
    await house.hire(db.database("hall"), "second", "second_clerk")
    port, url, entered = free_port, db.url("hall"), {}
    async with process(house, url, port) as child, house.clerk(f"http://127.0.0.1:{port}") as console:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=None, method="entered")
        killing = asyncio.get_running_loop().call_later(0.5, child.send_signal, signal.SIGKILL)
        with pytest.raises(ConnectionClosed):
            while True:
                answer = {f"m{1 + secrets.randbelow(37)}": secrets.choice(("for", "against", "abstain", "not_voting"))}
                await console.done("EnterAnswers", vote_n=1, answers=answer)
                entered |= answer
        killing.cancel()
    assert entered
    async with process(house, url, port), house.clerk(f"http://127.0.0.1:{port}") as console:
        assert await console.code("CloseVote", vote_n=1) == "second_clerk_needed"
        async with house.clerk(f"http://127.0.0.1:{port}", name="second") as second:
            await second.done("CloseVote", vote_n=1)
    vote = (await house.record(db.database("hall"))).votes[1]
    assert ([clerk.name for clerk in vote.entered_by], vote.confirmed_by.name) == (["Писар"], "Second")
    roll = {line.member: line.option.value for line in vote.roll}
    # The last one before the kill may stand without having been acknowledged.
    assert sum(roll[member] != answer for member, answer in entered.items()) <= 1


async def test_held_vote_in_a_rehearsal_is_held_after_a_kill(
    db: TestDatabase, house: ModuleType, free_port: int
) -> None:
    await house.furnish(db.database("hall"))
    port, url = free_port, db.url("hall")
    address = f"http://127.0.0.1:{port}"
    async with process(house, url, port):
        async with house.clerk(address) as console:
            await console.send("StartRehearsal", act="a" * 16)
            await console.closed()
        async with house.clerk(address) as console, house.seat(address, 1) as one:
            await house.open_sitting(console)
            await console.done("OpenVote", vote_n=1, seconds=300)
            await one.expect("ChamberState")
            assert (await one.press(1, 1, "for"))["type"] == "Recorded"
            await console.done("HoldVote", vote_n=1)
    async with process(house, url, port), house.clerk(address) as console:
        state: dict[str, Any] = await console.expect("ConsoleState")
        assert (state["sitting"]["mode"], state["vote"]["state"], state["voted"]) == ("rehearsal", "held", 1)
        assert 0 < state["vote"]["left_ms"] <= 300_000
        await console.done("ResumeVote", vote_n=1)
        await console.done("CloseVote", vote_n=1)
        state = await console.until(lambda m: m["type"] == "ConsoleState" and m["vote"]["state"] == "closed")
        assert state["vote"]["result"]["tally"]["for"] == 1
