"""Who sits where now: a member at another desk, cards and PINs; presses count for whom the facts say."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from council.access.members import set_credential
from council.access.sealed import Sealed

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


async def sign_in_by(db: TestDatabase, house: ModuleType, way: str) -> None:
    """A furnished hall whose members show a card or a PIN; members 1 to 3 have both."""
    await house.furnish(db.database("hall"))
    conn = await db.database("hall").connect()
    await conn.execute("update body set seat_by = $1", way)
    sealed = Sealed(house.COOKIE_KEY)
    for n in (1, 2, 3):
        now = await conn.fetchval("select now()")
        await set_credential(conn, sealed, house.member(n), "test", now, card=f"CARD000{n}", pin=f"{n}{n}{n}{n}")
    await conn.close()


async def taken(line: Any, who: str, /, **fields: Any) -> None:
    """Returns when `who` sits there."""
    await line.send("TakeSeat", **fields)
    await line.until(lambda m: m["type"] == "Standing" and m["member"] and m["member"]["member"] == who)


async def refused(line: Any, **fields: Any) -> str:
    await line.send("TakeSeat", **fields)
    return str((await line.expect("Refused"))["code"])


async def test_member_at_another_desk_votes_there_and_the_old_desk_for_nobody(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one, house.seat(hall.url, 2) as two:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=None)
        await two.until(lambda m: m["type"] == "Standing" and m["vote_n"] == 1)
        assert (await two.press(1, 1, "against"))["member"] == "m2"
        await console.done("SetSeat", desk_no=2, member="m1")
        told = await two.until(lambda m: m["type"] == "Standing" and m["member"]["member"] == "m1")
        assert (told["usual"]["member"], told["option"]) == ("m2", None)  # not what another pressed there
        gone = await one.until(lambda m: m["type"] == "Standing" and m["member"] is None)
        assert gone["usual"]["member"] == "m1"
        assert (await one.press(1, 1, "for"))["code"] == "no_member"
        repeat = await two.press(1, 1, "against", signature="A" * 86 + "==")
        assert repeat["code"] == "bad_signature"  # m2's press is not m1's
        assert (await two.press(2, 1, "for"))["member"] == "m1"
        state = await console.until(lambda m: m["type"] == "ConsoleState" and m["voted"] == 2)
        assert [(d["member"], d["voted"], d["usual"] is None) for d in state["desks"][:2]] == [
            (None, False, False),
            ("m1", True, False),
        ]
        await console.done("SetSeat", desk_no=1, member="m2")
        back = await one.until(lambda m: m["type"] == "Standing" and m["member"])
        assert (back["member"]["member"], back["option"]) == ("m2", "against")
        await console.done("CloseVote", vote_n=1)
    roll = {line.member: line for line in (await house.record(db.database("hall"))).votes[1].roll}
    assert [(roll[m].option.value, roll[m].terminal) for m in ("m1", "m2")] == [
        ("for", "terminal-2"),
        ("against", "terminal-2"),
    ]


async def test_nobody_sits_until_a_card_is_shown_and_then_who_showed_it(db: TestDatabase, house: ModuleType) -> None:
    await sign_in_by(db, house, "card")
    async with (
        house.running(db.database("hall")) as hall,
        house.clerk(hall.url) as console,
        house.seat(hall.url, 1) as one,
        house.seat(hall.url, 9) as nine,
    ):
        welcome = await one.expect("Welcome")
        assert (welcome["seat_by"], welcome["member"]["member"], welcome["members"]) == ("card", "m1", [])
        await console.done("OpenSitting")
        await console.expect("ConsoleState", present=0)
        await one.send("Arrive")
        assert (await one.expect("Refused"))["code"] == "no_member"
        assert await refused(nine, card="4711") == "unknown_card"
        assert await refused(nine, pin="1111") == "seats_are_given"
        await taken(nine, "m2", card="card 0002")
        state = await console.expect("ConsoleState", present=1)
        desk = next(desk for desk in state["desks"] if desk["desk_no"] == 9)
        assert (desk["member"], desk["usual"] is not None, desk["present"]) == ("m2", True, True)
        await taken(one, "m2", card="CARD0002")  # moves over
        gone = await nine.until(lambda m: m["type"] == "Standing" and m["member"] is None)
        assert gone["usual"]["member"] == "m9"
        await one.send("LeaveSeat")
        await one.until(lambda m: m["type"] == "Standing" and m["member"] is None)
    record = await house.record(db.database("hall"))
    assert (record.desks, record.present) == ({}, {"m2"})
    assert {seated.desk_no for seated in record.opened.members} == {None}


async def test_pin_is_of_the_member_named_or_of_the_one_who_usually_sits_there(
    db: TestDatabase, house: ModuleType
) -> None:
    await sign_in_by(db, house, "pin")
    async with (
        house.running(db.database("hall")) as hall,
        house.clerk(hall.url) as console,
        house.seat(hall.url, 1) as one,
        house.seat(hall.url, 9) as nine,
    ):
        assert len((await one.expect("Welcome"))["members"]) == 37
        await console.done("OpenSitting")
        assert await refused(one, pin="2222") == "wrong_pin"
        await taken(one, "m1", pin="1111")
        await taken(nine, "m3", pin="3333", member="m3")
        for _ in range(5):
            assert await refused(nine, pin="0000", member="m2") == "wrong_pin"
        assert await refused(nine, pin="2222", member="m2") == "too_many_seat_tries"
        await console.expect("ConsoleState", present=2)
        await hall.hall.access.write_waiting_acts()
        tries = [one.act for one in await hall.hall.access.acts(sitting=house.SITTING) if one.act.act == "seat_taken"]
        assert [act.outcome for act in tries] == ["wrong_pin"] * 6
        assert tries[0].detail == "desk 9, as m2, terminal-9" and not any("2222" in act.detail for act in tries)
        async with house.wire(hall.url, "/ws/display") as display:  # who has not signed in sits nowhere, and is missing
            shown = await display.expect("DisplayState", present=2)
            assert (len(shown["seats"]), shown["whole"]) == (2, 37)


async def test_old_page_is_seen_on_the_console_and_said_by_the_guard(hall: Any, house: ModuleType) -> None:
    from council.hall.page import build_id
    from voting.signed import hello_text

    async with house.clerk(hall.url) as console:
        await house.open_sitting(console)
        for desk_no, build in ((1, "an-older-build"), (2, build_id())):
            async with house.seat(hall.url, desk_no, hello=False) as line:
                nonce = (await line.expect("Challenge"))["nonce"]
                proof = line.signs.sign(hello_text(nonce, line.boot))
                hello = {"protocol": 2, "boot": line.boot, "signature": proof, "lang": "en", "build": build}
                await line.send("Hello", **hello)
                await line.expect("Standing")
                state = await console.until(
                    lambda m, n=desk_no: m["type"] == "ConsoleState" and m["desks"][n - 1]["linked"]
                )
                assert state["desks"][desk_no - 1]["old_page"] == (desk_no == 1)
                assert ("old_page" in [said["code"] for said in state["guard"]["lines"]]) == (desk_no == 1)


async def test_desk_that_comes_and_goes_without_end_does_not_fill_the_ledger(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as rogue, house.seat(hall.url, 2) as two:
        await console.act("OpenSitting")
        for n in range(34):
            await rogue.send("Leave" if n % 2 else "Arrive")
        assert (await rogue.expect("Refused"))["code"] == "too_fast"
        await two.send("Arrive")  # whom another's flood does not hold up
        await two.until(lambda m: m["type"] == "Standing" and m["present"])
    conn = await db.database("hall").connect()
    wrote = await conn.fetchval("select count(*) from ledger where kind in ('MemberArrived', 'MemberLeft')")
    await conn.close()
    assert wrote < 26
