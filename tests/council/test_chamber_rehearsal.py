"""A rehearsal: the same screens with a ledger of its own, which only the hall reads; and the readiness it shows."""

from __future__ import annotations

import asyncio
import http.client
import json
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from council.links import RESTART
from sql.database import Database
from voting.errors import BadNote
from voting.folder import fold
from voting.ledger import read
from voting.note import VerifierKey, verify

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

SHARED = "select (select count(*) from press), (select count(*) from ledger where sitting_id is not null)"


async def rehearsing(house: ModuleType, url: str, n: int = 1) -> None:
    """Started by the clerk, whose line is closed by it."""
    async with house.clerk(url) as console:
        state = await console.expect("ConsoleState")
        assert state["rehearsal"]
        await console.send("StartRehearsal", act=f"{n:016x}")
        assert await console.closed() == RESTART


async def entries(db: TestDatabase, sitting: str) -> list[Any]:
    conn = await Database(db.url("hall"), "hall", "rehearsal").connect()
    try:
        return await read(conn, sitting)
    finally:
        await conn.close()


async def untouched(db: TestDatabase) -> bool:
    """No press and no entry of a sitting among the council's own, and nothing for citizens."""
    conn = await db.database("hall").connect()
    try:
        presses, facts = await conn.fetchrow(SHARED)
        live = await conn.fetchval("select count(*) from live_state where sitting_id like '%rehearsal%'")
        return (presses, facts, live) == (0, 0, 0)
    finally:
        await conn.close()


def get(url: str, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


async def test_rehearsal_looks_the_same_and_leaves_nothing_in_the_councils_ledger(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    rehearsal = f"{house.SITTING}-rehearsal-1"
    await rehearsing(house, hall.url)
    async with (
        house.clerk(hall.url, sitting=house.SITTING) as console,  # the address it was opened with
        house.wire(hall.url, "/ws/display") as display,
        house.seat(hall.url, 1) as one,
    ):
        state = await console.expect("ConsoleState")
        assert (state["sitting"]["sitting"], state["sitting"]["mode"]) == (rehearsal, "rehearsal")
        assert (await display.expect("DisplayState"))["sitting"]["mode"] == "rehearsal"
        assert (await one.expect("ChamberState"))["sitting"]["mode"] == "rehearsal"
        await console.done("StartRehearsal")  # it holds already
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=600)
        assert (await one.press(1, 1, "for"))["sitting"] == rehearsal
        await console.done("EnterAnswers", vote_n=1, answers={"m2": "against"})
        await display.expect("DisplayState", voted=2)
        assert await console.code("EndRehearsal") == "Done"
        assert await one.closed() == RESTART
    async with house.clerk(hall.url, sitting=rehearsal) as console:
        state = await console.expect("ConsoleState")
        assert (state["sitting"]["sitting"], state["sitting"]["state"]) == (house.SITTING, "planned")
        assert (state["rehearsal"], state["votes"]) == (True, [])
        assert await console.code("EndRehearsal") == "no_rehearsal"
    assert await untouched(db)
    kinds = [type(entry.fact).__name__ for entry in await entries(db, rehearsal)]
    assert (kinds[0], kinds[-3:]) == ("SittingOpened", ["VoteOpened", "VoteVoided", "SittingClosed"])
    record = fold(await entries(db, rehearsal))
    assert (record.opened.mode, record.votes[1].state) == ("rehearsal", "voided")


async def test_checkpoints_of_a_rehearsal_are_signed_under_a_name_of_their_own(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    await rehearsing(house, hall.url)
    async with house.clerk(hall.url) as console:
        await console.done("OpenSitting")
    conn = await Database(db.url("hall"), "hall", "rehearsal").connect()
    note = await conn.fetchval("select note from checkpoint order by tree_size desc limit 1")
    await conn.close()
    own = house.SIGNER.renamed("test.hlasno/rehearsal").key
    assert verify(note, own).origin == "test.hlasno/rehearsal"
    with pytest.raises(BadNote, match="no signature of the key"):
        verify(note, house.SIGNER.key)
    assert (own.public, own.key_id != house.SIGNER.key.key_id) == (house.SIGNER.key.public, True)
    assert isinstance(own, VerifierKey)


async def test_hall_that_was_stopped_goes_on_with_the_rehearsal(db: TestDatabase, house: ModuleType) -> None:
    await house.furnish(db.database("hall"))
    async with house.running(db.database("hall")) as hall:
        await rehearsing(house, hall.url)
        async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one:
            await house.open_sitting(console)
            await console.done("OpenVote", vote_n=1, seconds=None)
            await one.expect("ChamberState")
            assert (await one.press(1, 1, "for"))["type"] == "Recorded"
    async with house.running(db.database("hall")) as hall:
        async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one:
            state = await console.expect("ConsoleState")
            assert (state["sitting"]["mode"], state["voted"]) == ("rehearsal", 1)
            assert (await one.expect("Standing", vote_n=1))["option"] == "for"
            await console.done("CloseVote", vote_n=1)
            await console.send("EndRehearsal", act="e" * 16)
            await one.closed()
        await rehearsing(house, hall.url, 2)
        async with house.clerk(hall.url) as console:
            state = await console.expect("ConsoleState")
            assert state["sitting"]["sitting"] == f"{house.SITTING}-rehearsal-2"
    assert await untouched(db)


async def test_open_sitting_is_not_rehearsed_and_other_bodies_go_on(db: TestDatabase, house: ModuleType) -> None:
    await house.furnish(db.database("hall"))
    other = await house.furnish(db.database("hall"), 5, body="komisija")
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url, sitting=house.SITTING) as console:
        await console.done("OpenSitting")
        assert await console.code("StartRehearsal") == "rehearsal_too_late"
        async with house.clerk(hall.url, sitting=other.id) as second:
            await second.send("StartRehearsal", act="a" * 16)
            assert await second.closed() == RESTART
        async with house.clerk(hall.url, sitting=other.id) as second:
            await second.done("OpenSitting")
            await console.done("CallItem", item="1")
            await second.done("CallItem", item="2")
    conn = await db.database("hall").connect()
    assert {row[0] for row in await conn.fetch("select sitting_id from ledger where sitting_id is not null")} == {
        house.SITTING
    }
    await conn.close()


async def test_readiness_says_of_each_desk_which_keys_were_recorded(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    _, cookie = await asyncio.to_thread(house.sign_in, hall.url)
    json_of = {"Cookie": cookie, "Accept": "application/json"}
    status, body = await asyncio.to_thread(get, hall.url, "/readiness", **json_of)
    assert (status, json.loads(body)["error"]["code"]) == (404, "not_rehearsed")
    await rehearsing(house, hall.url)
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one, house.seat(hall.url, 2) as two:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=None)
        await one.expect("ChamberState")
        await two.expect("ChamberState")
        for n, option in enumerate(("for", "against", "abstain"), 1):
            assert (await one.press(n, 1, option))["type"] == "Recorded"
        assert (await two.press(1, 1, "for"))["type"] == "Recorded"
        await console.done("EnterAnswers", vote_n=1, answers={"m3": "for"})  # aloud proves no key
        await one.send("Ping", t=0, rtt_ms=12)
        await console.until(lambda m: m["type"] == "ConsoleState" and m["desks"][0]["rtt_ms"] == 12)
        status, body = await asyncio.to_thread(get, hall.url, f"/readiness?sitting={house.SITTING}", **json_of)
        found = json.loads(body)
        assert (status, found["rehearsal"], len(found["desks"])) == (200, f"{house.SITTING}-rehearsal-1", 37)
        first, second, third = found["desks"][:3]
        assert (first["keys"], first["linked"], first["round_trip_ms"], first["ready"]) == ([True] * 3, True, 12, True)
        assert (second["keys"], second["linked"], second["ready"]) == ([True, False, False], True, False)
        assert (third["keys"], third["linked"], third["ready"]) == ([False] * 3, False, False)
        status, page = await asyncio.to_thread(get, hall.url, "/readiness?lang=en", Cookie=cookie)
        assert (status, "1 desk is ready." in page, "36 desks are not." in page) == (200, True, True)
    status, _ = await asyncio.to_thread(get, hall.url, "/readiness")
    assert status == 303  # to the sign-in
    for role, status in (("auditor", 200), ("administrator", 403)):
        await house.hire(db.database("hall"), f"a-{role}", role)
        _, other = await asyncio.to_thread(house.sign_in, hall.url, f"a-{role}")
        assert (await asyncio.to_thread(get, hall.url, "/readiness", Cookie=other))[0] == status


async def test_press_on_its_way_at_the_end_of_a_rehearsal_is_written_before_it(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    rehearsal = f"{house.SITTING}-rehearsal-1"
    await rehearsing(house, hall.url)
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=None)
        await one.expect("ChamberState")
        slow = await db.database("owner").connect()
        holding = slow.transaction()
        await holding.start()
        await slow.execute("lock table rehearsal.press in exclusive mode")
        await one.send("PressOption", boot=one.boot, n=1, vote_n=1, option="for")
        chamber = hall.hall.chamber()
        async with asyncio.timeout(20):
            while chamber.waiting == 0:
                await asyncio.sleep(0.01)
            await console.send("EndRehearsal", act="e" * 16)
            while not chamber.data.closing:
                await asyncio.sleep(0.01)
        await holding.commit()
        await slow.close()
        await one.expect("Recorded", n=1)
        assert (await console.until(lambda m: m.get("act") == "e" * 16))["type"] == "Done"
    assert [type(entry.fact).__name__ for entry in await entries(db, rehearsal)][-2:] == ["VoteVoided", "SittingClosed"]
