"""Frames and requests made up to stop a vote, to spoil the ledger, to hide an act from the audit view, or to fill the
hall's memory; each from somebody who has a key or a login of their own, or from a stranger on the hall's network."""

from __future__ import annotations

import asyncio
import http.client
from contextlib import AsyncExitStack
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from council.hall.sockets import DISPLAYS_AT_MOST
from voting.signed import hello_text

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


async def _noted(hall: Any, last: str) -> list[tuple[str, str]]:
    """Acts of the audit view with their outcomes, as soon as `last` is among them."""
    async with asyncio.timeout(20):
        while True:
            noted = [(one.act.act, one.act.outcome) for one in await hall.hall.access.acts()]
            if last in [act for act, _ in noted]:
                return noted
            await asyncio.sleep(0.1)


async def test_answer_that_the_database_refuses_stops_no_press(
    hall: Any, house: ModuleType, faults: ModuleType
) -> None:
    """A line break behind the act's id, which becomes a press's: it must not come so far that all presses wait for
    it."""
    clerk = await faults.signed_in(house, hall.url)
    async with house.clerk(hall.url) as console, house.seat(hall.url, 2) as two:
        await house.open_sitting(console)
        await clerk.done("OpenVote", vote_n=1, seconds=None, motion="Голосування", subject="procedural")
        await console.send("EnterAnswers", act="d" * 16 + "\n", vote_n=1, answers={"m1": "for"})
        assert (await console.expect("Refused"))["code"] == "bad_message"
        await two.expect("Standing", entitled=True)
        assert (await two.press(1, 1, "for"))["type"] == "Recorded"
    await clerk.done("CloseVote", vote_n=1)


async def test_press_that_the_database_refuses_is_refused_at_its_terminal_and_the_vote_closes(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    """Whatever it is that the disk will never take: here a rule that somebody has added to the table."""
    owner = await db.database("owner").connect()
    await owner.execute("alter table press add constraint not_m1 check (member_id <> 'm1') not valid")
    await owner.close()
    async with (
        house.clerk(hall.url) as console,
        house.clerk(hall.url, name=house.SECOND) as second,
        house.seat(hall.url, 1) as one,
        house.seat(hall.url, 2) as two,
    ):
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=None, motion="Голосування", subject="procedural")
        for desk in (one, two):
            await desk.expect("Standing", entitled=True, vote_n=1)
        for n in (1, 2):  # the second one is no repeat that still waits
            refused = await one.press(n, 1, "for")
            assert (refused["type"], refused["code"], refused["n"]) == ("Refused", "not_recorded", n)
        assert (await two.press(1, 1, "against"))["type"] == "Recorded"
        entered = await console.act("EnterAnswers", vote_n=1, answers={"m1": "for", "m3": "for"})
        assert (entered["type"], entered["code"]) == ("Refused", "internal")
        assert (await second.act("CloseVote", vote_n=1))["type"] == "Done"
    vote = (await house.record(db.database("hall"))).votes[1]
    assert {line.member: str(line.option) for line in vote.roll if line.option != "not_voting"} == {"m2": "against"}


async def test_act_of_a_login_that_has_just_ended_is_not_done_though_its_line_is_still_there(
    hall: Any, house: ModuleType
) -> None:
    async with house.clerk(hall.url) as console:
        await console.expect("ConsoleState")
        access = hall.hall.access
        for login in tuple(access._logins.values()):
            await access.sign_out(login, hall.hall.clock.now())
        with pytest.raises(ConnectionClosed):
            await console.act("OpenSitting")
    assert hall.hall.chambers[0].data.record is None


async def test_terminal_revoked_between_its_challenge_and_its_proof_does_not_come_in(
    hall: Any, house: ModuleType
) -> None:
    async with house.seat(hall.url, 3, hello=False) as line:
        nonce = (await line.expect("Challenge"))["nonce"]
        await hall.hall.access.revoke(house.BODY, 3, hall.hall.clock.now())
        proof = line.signs.sign(hello_text(nonce, line.boot))
        await line.send("Hello", protocol=2, boot=line.boot, signature=proof, lang="en")
        with pytest.raises(ConnectionClosed) as closed:
            await line.expect("Welcome")
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 4004


async def test_correction_of_a_vote_voided_meanwhile_is_refused_and_the_sitting_stays_readable(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    """The second clerk confirms what the first proposed before the vote was set aside."""
    async with house.clerk(hall.url) as console, house.clerk(hall.url, name=house.SECOND) as second:
        await house.open_sitting(console)
        await house.voted(console, 1)
        note = {"vote_n": 1, "member": "m1", "meant": "for", "statement": "Натиснув не ту клавішу"}
        number = (await console.done("NoteCorrection", **note))["proposal"]
        await console.done("VoidVote", vote_n=1, reason="збій")
        assert await second.code("ConfirmProposal", proposal=number) == "vote_voided"
        await console.done("DropProposal", proposal=number)
        await console.done("CloseSitting")
    record = await house.record(db.database("hall"))  # the fold takes every entry
    assert record.votes[1].corrections == []


async def test_act_under_the_id_of_another_is_not_hidden_from_the_audit_view(hall: Any, house: ModuleType) -> None:
    """A clerk sends what should not be seen and, before it is answered, something harmless under the same id."""
    async with house.clerk(hall.url) as console:
        await house.open_sitting(console)
        await house.voted(console, 1)
        act = "c" * 16
        await console.send("VoidVote", act=act, vote_n=1, reason="без причини")
        await console.send("SetPresence", act=act, member="m1", present=True)
        await console.expect("Done", act=act)
        await console.done("CloseSitting")
    noted = await _noted(hall, "CloseSitting")
    assert ("VoidVote", "done") in noted
    assert ("SetPresence", "bad_message") in noted


async def test_page_asked_for_by_an_address_that_no_database_takes_does_not_stop_the_audit(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    """Whoever may not prepare is noted with the address asked for: one with a zero byte in it is refused before."""
    await house.hire(db.database("hall"), "spy", "technician")
    _, cookie = await asyncio.to_thread(house.sign_in, hall.url, "spy")

    def ask() -> int:
        connection = http.client.HTTPConnection("127.0.0.1", hall.port, timeout=10)
        connection.request("GET", "/prepare/%00", headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    assert await asyncio.to_thread(ask) == 400
    async with house.clerk(hall.url) as console:
        await console.done("OpenSitting")
    assert not [what for what, _ in await _noted(hall, "OpenSitting") if "/prepare/" in what]


async def test_displays_of_a_stranger_that_say_hello_late_are_no_more_than_allowed(
    hall: Any, house: ModuleType
) -> None:
    async def opened(lines: AsyncExitStack) -> Any | None:
        try:
            return await lines.enter_async_context(house.wire(hall.url, "/ws/display", hello=False))
        except (InvalidStatus, ConnectionClosed):
            return None

    async with AsyncExitStack() as lines:
        got = await asyncio.gather(*(opened(lines) for _ in range(DISPLAYS_AT_MOST + 12)))
        displays = [line for line in got if line is not None]
        for line in displays:
            await line.send("Hello", protocol=2, lang="en")
        for line in displays:
            await line.expect("DisplayState")
        assert len(displays) == DISPLAYS_AT_MOST


async def test_display_that_says_hello_without_end_is_answered_a_few_times(hall: Any, house: ModuleType) -> None:
    """Each answer is a whole state: a stranger must not set the hall to work."""
    async with house.wire(hall.url, "/ws/display") as line:
        for _ in range(30):
            await line.send("Hello", protocol=2)
        assert (await line.expect("Refused"))["code"] == "too_fast"
