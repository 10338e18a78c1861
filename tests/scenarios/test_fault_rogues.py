"""Who wants to vote in another's name, stop a vote, or act as the clerk: frames replayed, another's key, a flood,
a cookie kept after sign-out, and two clerks at once who mean no harm."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from voting.entries import Option
from voting.signed import press_text

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


def press(
    house: ModuleType, desk_no: int, n: int, choice: str, *, vote_n: int = 1, start: int = 1, **changed: Any
) -> Any:
    """A press of the desk's own key. `changed`: after it was signed."""
    boot = house.boot_of(desk_no, start)
    text = press_text(house.SITTING, vote_n, house.member(desk_no), Option(choice), None, boot, n)
    signature = house.signing_key(changed.pop("signed_by", desk_no)).sign(text)
    return {"boot": boot, "n": n, "vote_n": vote_n, "option": choice, "signature": signature} | changed


async def _open(house: ModuleType, faults: ModuleType, url: str) -> Any:
    clerk = await faults.signed_in(house, url)
    async with house.clerk(url) as console:
        await house.open_sitting(console)
    await clerk.done("OpenVote", vote_n=1, seconds=None, motion="Голосування", subject="procedural")
    return clerk


async def test_rogue_terminal_replaying_recorded_frames_changes_nothing(
    db: TestDatabase, hall: Any, house: ModuleType, faults: ModuleType, witness: ModuleType, tmp_path: Path,
    regenerate: bool,
) -> None:  # fmt: skip
    """Whoever recorded the line of desk 1 plays it again: on that desk's own line, at another desk, in another vote."""
    clerk = await _open(house, faults, hall.url)
    recorded = press(house, 1, 1, "against")
    async with house.seat(hall.url, 1) as one, house.seat(hall.url, 2) as two:
        await one.expect("Standing", entitled=True)
        await one.send("PressOption", **recorded)
        await one.expect("Recorded", n=1, option="against")
        await one.send("PressOption", **press(house, 1, 2, "for"))
        await one.expect("Recorded", n=2, option="for")
        await one.send("PressOption", **recorded)
        assert (await one.expect("Recorded"))["n"] == 2  # answered with what stands
        await two.expect("Standing", entitled=True)
        await two.send("PressOption", **recorded)
        assert (await two.expect("Refused"))["code"] == "foreign_boot"
        await two.send("PressOption", **(recorded | {"boot": house.boot_of(2)}))
        assert (await two.expect("Refused"))["code"] == "bad_signature"
        await clerk.done("CloseVote", vote_n=1)
        await clerk.done("AnnounceResult", vote_n=1)
        await clerk.done("OpenVote", vote_n=2, seconds=None, motion="Друге", subject="procedural")
        await one.expect("Standing", vote_n=2, entitled=True)
        await one.send("PressOption", **(recorded | {"vote_n": 2, "n": 3}))
        assert (await one.expect("Refused", n=3))["code"] == "bad_signature"
        await clerk.done("CloseVote", vote_n=2)
        await clerk.done("AnnounceResult", vote_n=2)
    record, findings = await witness.agree(db, house, house.SITTING, [], tmp_path, hall_url=hall.url)
    assert findings.all == []
    tallies = [(vote.tally.for_, vote.tally.against) for vote in record.votes.values() if vote.tally is not None]
    assert tallies == [(1, 0), (0, 0)]
    if regenerate:
        witness.keep(witness.figures("rogue replays recorded frames", 4, record, [], findings))


async def test_rogue_terminal_pressing_with_another_key_is_refused(
    db: TestDatabase, hall: Any, house: ModuleType, faults: ModuleType, witness: ModuleType, tmp_path: Path,
    regenerate: bool,
) -> None:  # fmt: skip
    """With a stolen cookie but not the key; with its own key for another member; with a press changed on its way."""
    clerk = await _open(house, faults, hall.url)
    async with house.seat(hall.url, 1, signs=house.signing_key(2)) as thief:
        assert (await thief.expect("Refused"))["code"] == "bad_signature"
        assert await thief.closed() == 4004
    async with house.seat(hall.url, 2) as two:
        await two.expect("Standing", entitled=True)
        for n, bad in enumerate(
            (
                press(house, 2, 1, "for", signed_by=3),
                press(house, 2, 2, "for", option="against"),
                press(house, 2, 3, "for", signature="A" * 86 + "=="),
            ),
            1,
        ):
            await two.send("PressOption", **bad)
            assert (await two.expect("Refused", n=n))["code"] == "bad_signature"
        await two.send("PressOption", **press(house, 2, 4, "for"))
        await two.expect("Recorded", n=4)
    await clerk.done("CloseVote", vote_n=1)
    await clerk.done("AnnounceResult", vote_n=1)
    record, findings = await witness.agree(db, house, house.SITTING, [], tmp_path, hall_url=hall.url)
    assert findings.all == []
    tally = record.votes[1].tally
    assert tally is not None and (tally.for_, tally.against) == (1, 0)
    if regenerate:
        witness.keep(witness.figures("rogue presses with another key", 4, record, [], findings))


async def test_rogue_terminal_flooding_stops_nobody_from_voting(
    db: TestDatabase, hall: Any, house: ModuleType, faults: ModuleType, witness: ModuleType, tmp_path: Path,
    regenerate: bool,
) -> None:  # fmt: skip
    clerk = await _open(house, faults, hall.url)
    desks = [house.desk(hall.url, n, of=witness.WatchedDesk) for n in range(2, 38)]
    async with house.seat(hall.url, 1) as rogue, faults.running(desks):
        await asyncio.gather(*(desk.until(lambda d: d.state.may_press) for desk in desks))
        frames = [json.dumps({"type": "PressOption"} | press(house, 1, n, "against")) for n in range(1, 3000)]

        async def flood() -> None:
            for frame in frames:
                await rogue.socket.send(frame)

        flooding = asyncio.create_task(flood())
        for desk in desks:
            desk.press("for")
        await faults.settle(desks)
        assert await rogue.closed(30) == 4005
        await asyncio.gather(flooding, return_exceptions=True)
        assert all(desk.recorded is not None for desk in desks)
        await clerk.done("CloseVote", vote_n=1)
        await clerk.done("AnnounceResult", vote_n=1)
        memories = [desk.memory for desk in desks]
        record, findings = await witness.agree(db, house, house.SITTING, memories, tmp_path, hall_url=hall.url)
    assert findings.all == []
    tally = record.votes[1].tally
    assert tally is not None and tally.for_ == 36
    if regenerate:
        witness.keep(witness.figures("rogue floods the hall", 1, record, memories, findings))


async def test_stolen_clerk_cookie_opens_nothing_after_sign_out(hall: Any, house: ModuleType) -> None:
    import http.client

    _, cookie = await asyncio.to_thread(house.sign_in, hall.url)
    async with house.clerk(hall.url, cookie=cookie) as thief:
        await thief.expect("ConsoleState")

        def sign_out() -> int:
            connection = http.client.HTTPConnection("127.0.0.1", hall.port, timeout=10)
            csrf = next(part for part in cookie.split("; ") if part.startswith("csrf=")).removeprefix("csrf=")
            headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", "/logout", f"csrf={csrf}", headers)
            answer = connection.getresponse()
            answer.read()
            connection.close()
            return answer.status

        assert await asyncio.to_thread(sign_out) == 303
        assert await thief.closed() == 4004  # a line open before is cut
        with pytest.raises(ConnectionClosed):
            await thief.act("OpenSitting")
    with pytest.raises((InvalidStatus, ConnectionClosed)):
        async with house.clerk(hall.url, cookie=cookie) as again:
            await again.expect("Welcome")


def _may_press_in(n: int, desk: Any) -> bool:
    return desk.state.vote is not None and desk.state.vote.n == n and bool(desk.state.may_press)


async def test_console_opened_twice_by_two_clerks_does_each_act_once(
    db: TestDatabase, hall: Any, house: ModuleType, faults: ModuleType, witness: ModuleType, tmp_path: Path,
    regenerate: bool,
) -> None:  # fmt: skip
    """Both press the same key in the same moment, all evening: every act is in the ledger once."""
    first = await faults.signed_in(house, hall.url)
    second = await faults.signed_in(house, hall.url, house.SECOND, house.PASSWORD)
    rounds = 20 if regenerate else 5
    async with house.clerk(hall.url) as console:
        await house.open_sitting(console)
    desks = [house.desk(hall.url, n, of=witness.WatchedDesk) for n in range(1, 38)]
    async with faults.running(desks):
        for n in range(1, rounds + 1):
            opening = {"vote_n": n, "seconds": None, "motion": f"Голосування {n}", "subject": "procedural"}
            await asyncio.gather(first.done("OpenVote", **opening), second.done("OpenVote", **opening))
            await asyncio.gather(*(desk.until(partial(_may_press_in, n)) for desk in desks))
            for desk in desks:
                desk.press("for")
            await faults.settle(desks)
            await asyncio.gather(first.done("CloseVote", vote_n=n), second.done("CloseVote", vote_n=n))
            await asyncio.gather(first.done("AnnounceResult", vote_n=n), second.done("AnnounceResult", vote_n=n))
        memories = [desk.memory for desk in desks]
        record, findings = await witness.agree(db, house, house.SITTING, memories, tmp_path, hall_url=hall.url)
    assert findings.all == []
    entries, _ = await witness.record_of(db, house.SITTING)
    kinds = [type(entry.fact).__name__ for entry in entries]
    assert [kinds.count(kind) for kind in ("VoteOpened", "VoteClosed", "ResultAnnounced")] == [rounds] * 3
    assert all(vote.tally is not None and vote.tally.for_ == 37 for vote in record.votes.values())
    if regenerate:
        witness.keep(witness.figures("console opened twice by two clerks", rounds, record, memories, findings))
