"""Desks that fail: unplugged, swapped, with a wrong clock, on a bad network, all at once."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from hardware.fakes import CutProxy

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.conftest import TestDatabase

CROWD, CROWD_AT_LENGTH = 250, 1000  # desks that come back in the same second


async def _vote(clerk: Any, n: int, **fields: Any) -> None:
    await clerk.done("OpenVote", vote_n=n, seconds=None, motion=f"Голосування {n}", subject="procedural", **fields)


async def _end(clerk: Any, n: int) -> None:
    await clerk.done("CloseVote", vote_n=n)
    await clerk.done("AnnounceResult", vote_n=n)


async def test_desk_unplugged_in_a_vote_and_plugged_in_again(
    db: TestDatabase, hall: Any, house: ModuleType, faults: ModuleType, witness: ModuleType, tmp_path: Path,
    regenerate: bool,
) -> None:  # fmt: skip
    """It pressed without a cable: the lamp stayed dashed, and the press counts as soon as the cable is back."""
    async with CutProxy("127.0.0.1", hall.port) as cable:
        through = house.desk(cable.url("http"), 1, of=witness.WatchedDesk)
        others = [house.desk(hall.url, n, of=witness.WatchedDesk) for n in range(2, 38)]
        clerk = await faults.signed_in(house, hall.url)
        async with house.clerk(hall.url) as console:
            await house.open_sitting(console)
        async with faults.running([through, *others]) as desks:
            tries = 4 if regenerate else 2
            for n in range(1, tries + 1):
                await _vote(clerk, n)
                await asyncio.gather(*(desk.until(lambda d: d.state.may_press) for desk in desks))
                for desk in others:
                    desk.press("for")
                cable.cut()
                through.press("against")
                await asyncio.sleep(0.3)
                assert through.recorded is None and through.state.pending is not None
                if n % 2:
                    cable.reset()  # pulled for so long that the connection is gone
                cable.restore()
                await faults.settle(desks)
                assert through.recorded is not None and through.recorded.option == "against"
                await _end(clerk, n)
            memories = [desk.memory for desk in desks]
            record, findings = await witness.agree(db, house, house.SITTING, memories, tmp_path, hall_url=hall.url)
    assert findings.all == []
    for vote in record.votes.values():
        assert vote.tally is not None
        assert (vote.tally.for_, vote.tally.against) == (36, 1)
    if regenerate:
        witness.keep(witness.figures("desk unplugged and back", tries, record, memories, findings))


async def test_desk_swapped_in_mid_sitting_votes_for_whom_the_clerk_seated_there(
    db: TestDatabase, hall: Any, house: ModuleType, faults: ModuleType, witness: ModuleType, tmp_path: Path,
    regenerate: bool,
) -> None:  # fmt: skip
    """Desk 1 breaks; its member moves to desk 2, whose member has gone home. The console sees who sits where."""
    clerk = await faults.signed_in(house, hall.url)
    async with house.clerk(hall.url) as console:
        await house.open_sitting(console)
        first = house.desk(hall.url, 1, of=witness.WatchedDesk)
        second = house.desk(hall.url, 2, of=witness.WatchedDesk)
        async with faults.running([first, second]):
            await _vote(clerk, 1)
            await first.until(lambda d: d.state.may_press)
            first.press("against")
            await second.until(lambda d: d.state.may_press)
            second.press("for")
            await faults.settle([first, second])
            await _end(clerk, 1)
            await clerk.done("SetPresence", member=house.member(2), present=False)
            await clerk.done("SetSeat", desk_no=2, member=house.member(1))
            seen = await console.until(
                lambda m: (
                    m["type"] == "ConsoleState"
                    and any(d["desk_no"] == 2 and d["member"] == house.member(1) for d in m["desks"])
                )
            )
            by_desk = {desk["desk_no"]: desk for desk in seen["desks"]}
            assert by_desk[2]["usual"] is not None
            assert by_desk[1]["member"] is None
            await _vote(clerk, 2)
            await second.until(lambda d: d.state.vote is not None and d.state.vote.n == 2 and d.state.may_press)
            second.press("for")
            assert not first.press("against")  # nobody sits there: dead keys
            await second.until(lambda d: d.state.undecided is None)
            await _end(clerk, 2)
    record, findings = await witness.agree(db, house, house.SITTING, [], tmp_path, hall_url=hall.url)
    assert findings.all == []
    rolls = {n: {line.member: line.option.value for line in vote.roll or ()} for n, vote in record.votes.items()}
    assert (rolls[1][house.member(1)], rolls[1][house.member(2)]) == ("against", "for")
    assert (rolls[2][house.member(1)], rolls[2][house.member(2)]) == ("for", "absent")
    if regenerate:
        memories = [first.memory, second.memory]
        witness.keep(witness.figures("desk swapped in mid-sitting", 1, record, memories, findings))


async def test_a_crowd_of_desks_reconnecting_in_the_same_second_in_a_vote(
    db: TestDatabase, house: ModuleType, faults: ModuleType, witness: ModuleType, tmp_path: Path, regenerate: bool,
) -> None:  # fmt: skip
    """A switch is restarted: every line is torn down at once while everyone has pressed."""
    crowd = CROWD_AT_LENGTH if regenerate else CROWD
    await house.furnish(db.database("hall"), crowd)
    async with house.running(db.database("hall")) as hall, CutProxy("127.0.0.1", hall.port) as switch:
        clerk = await faults.signed_in(house, hall.url)
        async with house.clerk(hall.url) as console:
            await house.open_sitting(console, crowd)
        desks = [house.desk(switch.url("http"), n, of=witness.WatchedDesk) for n in range(1, crowd + 1)]
        async with faults.running(desks):
            await faults.settle(desks, 120)
            await _vote(clerk, 1)
            await asyncio.gather(*(desk.until(lambda d: d.state.may_press, 60) for desk in desks))
            for desk in desks:
                desk.press("for")
            switch.reset()
            await faults.settle(desks, 120)
            assert all(desk.recorded is not None for desk in desks)
            await _end(clerk, 1)
            memories = [desk.memory for desk in desks]
            record, findings = await witness.agree(db, house, house.SITTING, memories, tmp_path, hall_url=hall.url)
    assert findings.all == []
    tally = record.votes[1].tally
    assert tally is not None and tally.for_ == crowd
    if regenerate:
        witness.keep(witness.figures(f"{crowd} desks reconnecting in the same second", 1, record, memories, findings))


DAY_OFF = """
const by = %d * 86400000, Real = Date;
globalThis.Date = class extends Real {
  constructor(...given) { given.length ? super(...given) : super(Real.now() + by); }
  static now() { return Real.now() + by; }
};
"""


@pytest.mark.parametrize("days", [1, -1])
async def test_terminal_clock_a_day_off_changes_nothing(
    db: TestDatabase, hall: Any, house: ModuleType, faults: ModuleType, witness: ModuleType, tmp_path: Path,
    browser: Browser, days: int, regenerate: bool,
) -> None:  # fmt: skip
    """The countdown is by the hall's clock, the receipt's time the hall's: nothing a terminal sends holds a time."""
    clerk = await faults.signed_in(house, hall.url)
    async with house.clerk(hall.url) as console:
        await house.open_sitting(console)
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    await context.add_init_script(DAY_OFF % days)
    try:
        page = await house.terminal_page(context, hall.url, 1)
        await clerk.done("OpenVote", vote_n=1, seconds=600, motion="Голосування", subject="procedural")
        await page.locator(".key.is-open").first.wait_for()
        assert (await page.locator("#figure").inner_text()).split(":")[0] in ("10", "9", "8")
        await asyncio.sleep(0.5)  # keys that have just come alive ignore input
        await page.keyboard.press("1")
        await page.locator(".key.is-recorded").wait_for()
        at = hall.hall.clock.now().astimezone(ZoneInfo("Europe/Kyiv"))
        assert f"{at:%H:%M}"[:4] in await page.locator("#lamp-soft").inner_text()
    finally:
        await context.close()
    await _end(clerk, 1)
    record, findings = await witness.agree(db, house, house.SITTING, [], tmp_path, hall_url=hall.url)
    assert findings.all == []
    tally = record.votes[1].tally
    assert tally is not None and tally.for_ == 1
    if regenerate:
        witness.keep(witness.figures(f"terminal clock {days:+d} day", 1, record, [], findings))


async def test_two_keys_at_once_send_neither(hall: Any, house: ModuleType, faults: ModuleType) -> None:
    """At the desk's program, as at the screen (tests/browser): two keys within 80 ms mean neither."""
    from hardware.keys import CLASH, settled

    async def keys() -> Any:
        yield "1"
        yield "2"
        await asyncio.sleep(0.3)
        yield "3"

    assert [key async for key in settled(keys())] == [CLASH, "3"]


async def test_wifi_with_loss_and_delay_on_forty_desks_loses_no_receipt(
    db: TestDatabase,
    house: ModuleType,
    faults: ModuleType,
    witness: ModuleType,
    tmp_path: Path,
    regenerate: bool,
) -> None:
    """30 % of what is sent is lost and sent again, and a round trip takes two seconds more: late, and nothing lost."""
    rounds, members = (3, 40) if regenerate else (1, 40)
    await house.furnish(db.database("hall"), members)
    async with house.running(db.database("hall")) as hall, CutProxy("127.0.0.1", hall.port) as radio:
        clerk = await faults.signed_in(house, hall.url)
        async with house.clerk(hall.url) as console:
            await house.open_sitting(console, members)
        desks = [house.desk(radio.url("http"), n, of=witness.WatchedDesk) for n in range(1, members + 1)]
        async with faults.running(desks):
            await faults.settle(desks)
            radio.delay, radio.loss = 1.0, 0.3
            for n in range(1, rounds + 1):
                await _vote(clerk, n)
                await asyncio.gather(*(desk.until(partial(_may_press_in, n), 120) for desk in desks))
                for i, desk in enumerate(desks):
                    desk.press(("for", "against", "abstain")[i % 3])
                await asyncio.gather(*(desk.until(partial(_is_recorded_in, n), 120) for desk in desks))
                await _end(clerk, n)
            assert radio.lost > 0
            memories = [desk.memory for desk in desks]
            record, findings = await witness.agree(db, house, house.SITTING, memories, tmp_path, hall_url=hall.url)
    assert findings.all == []
    for vote in record.votes.values():
        assert vote.tally is not None
        assert (vote.tally.for_, vote.tally.against, vote.tally.abstain) == (14, 13, 13)
    if regenerate:
        witness.keep(
            witness.figures("Wi-Fi with 30 % loss and 2 s delay on 40 desks", rounds, record, memories, findings)
        )


def _may_press_in(n: int, desk: Any) -> bool:
    return desk.state.vote is not None and desk.state.vote.n == n and bool(desk.state.may_press)


def _is_recorded_in(n: int, desk: Any) -> bool:
    return desk.recorded is not None and desk.recorded.vote_n == n and desk.state.pending is None
