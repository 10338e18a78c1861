"""Real desks in the real hall: enrolled by the clerk, voting, and cut off in the middle of a vote."""

from __future__ import annotations

import asyncio
import stat
from contextlib import AsyncExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

from hardware import enrolment
from hardware.desk import Lamp
from hardware.fakes import CutProxy, RogueTerminal
from hardware.pace import Pace
from hardware.terminal import Desk

# quicker than in life, but with time for 37 desks and their hall, who share one thread here, to connect
QUICK = Pace(ping=0.25, lost_after=1.0, give_up_after=4.0, resend=1.0, least_wait=0.05, most_wait=0.5)
OPTIONS = ("for", "against", "abstain")


async def test_desk_enrolled_by_a_code_votes_changes_and_hears_the_result(
    hall: Any, house: ModuleType, tmp_path: Path
) -> None:
    kept = tmp_path / "keys" / "desk"
    async with house.clerk(hall.url) as console:
        await house.open_sitting(console, 0)
        made = await console.act("MakeEnrolment", desk_no=5)
        identity = await asyncio.to_thread(enrolment.enrol, hall.url, made["code"])
        enrolment.keep(identity, kept)
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        async with Desk(hall.url, enrolment.kept(kept)) as desk:
            await desk.until(lambda d: d.lamp is Lamp.WAITING)
            assert desk.state.welcome is not None and desk.state.welcome.desk_no == 5
            desk.arrive()
            await desk.until(lambda d: d.state.standing is not None and d.state.standing.present)
            for n in range(1, 25):
                await console.act("SetPresence", member=house.member(n), present=True)
            await console.act("OpenVote", vote_n=1, seconds=None)
            await desk.until(lambda d: d.lamp is Lamp.OPEN)
            assert desk.press("for")
            await desk.until(lambda d: d.lamp is Lamp.RECORDED)
            assert desk.press("against")
            assert desk.lamp is Lamp.CHANGING
            await desk.until(lambda d: d.recorded is not None and d.recorded.option == "against")
            await console.act("CloseVote", vote_n=1)
            await desk.until(lambda d: d.lamp in (Lamp.CLOSED, Lamp.ANNOUNCED))
            await console.act("AnnounceResult", vote_n=1)
            await desk.until(lambda d: d.lamp is Lamp.ANNOUNCED)
            await desk.until(lambda d: d.state.standing is not None and d.state.standing.final == "against")


async def test_thirty_seven_desks_cut_off_while_pressing_are_each_counted_once(hall: Any, house: ModuleType) -> None:
    async with AsyncExitStack() as stack:
        console = await stack.enter_async_context(house.clerk(hall.url))
        proxy = await stack.enter_async_context(CutProxy("127.0.0.1", hall.port))
        desks = [Desk(proxy.url("http"), house.identity(n), pace=QUICK) for n in range(1, 38)]
        for desk in desks:
            await stack.enter_async_context(desk)
        await asyncio.gather(*(desk.until(lambda d: d.lamp is Lamp.WAITING) for desk in desks))
        await house.open_sitting(console)
        await console.act("OpenVote", vote_n=1, seconds=None)
        await asyncio.gather(*(desk.until(lambda d: d.lamp is Lamp.OPEN) for desk in desks))
        for i, desk in enumerate(desks):
            desk.press(OPTIONS[i % 3])
            if i == 18:
                await asyncio.sleep(0.05)
                proxy.cut()
        await asyncio.gather(*(desk.until(lambda d: d.lamp is Lamp.RECONNECTING) for desk in desks))
        assert {desk.recorded is None for desk in desks[19:]} == {True}, "nothing is recorded behind a cut line"
        await asyncio.sleep(0.5)
        proxy.reset()
        proxy.restore()
        await asyncio.gather(*(desk.until(lambda d: d.lamp is Lamp.RECORDED, 30) for desk in desks))
        assert [desk.recorded.option for desk in desks if desk.recorded] == [OPTIONS[i % 3] for i in range(37)]
        await console.act("CloseVote", vote_n=1)
        await desks[0].until(lambda d: d.state.vote is not None and d.state.vote.state != "open")
        closed = await console.until(lambda m: m["type"] == "ConsoleState" and m["vote"]["result"] is not None)
        tally = closed["vote"]["result"]["tally"]
        assert (tally["for"], tally["against"], tally["abstain"], tally["not_voting"]) == (13, 12, 12, 0)


async def test_rogue_terminal_without_a_hello_is_refused_and_closed(hall: Any, house: ModuleType) -> None:
    url = hall.url.replace("http", "ws", 1) + "/ws/terminal"
    async with RogueTerminal(url, house.key(3)) as rogue:
        await rogue.send('{"type": "Arrive"}')
        assert await rogue.is_closed() == 4005
        assert [type(message).__name__ for message in rogue.heard] == ["Challenge", "Refused"]
