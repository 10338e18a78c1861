"""Presses are signed by the terminal's key, receipts by the hall's: what is checked, kept, published and answered."""

from __future__ import annotations

import asyncio
import logging
import signal
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from council import chamber
from council.keys import verify
from council.protocol import PressOption
from voting.entries import Option
from voting.signed import press_text, receipt_text

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


WRONG = {"signature": "A" * 86 + "=="}


async def ready(house: ModuleType, console: Any) -> None:
    await house.open_sitting(console)
    await console.done("OpenVote", vote_n=1, seconds=None)


async def answer(line: Any) -> tuple[int, str]:
    """To the next press that is answered."""
    message = await line.until(lambda m: m["type"] in ("Recorded", "Refused"))
    return message["n"], message.get("code", message["type"])


async def test_press_is_taken_only_with_the_terminals_signature_over_just_that(
    db: TestDatabase, hall: Any, house: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "council")
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one:
        await ready(house, console)
        right = {"boot": one.boot, "n": 1, "vote_n": 1, "option": "for"}
        others = [
            right | {"option": "against"},
            right | {"n": 2},
            right | {"vote_n": 2},
            right | {"boot": house.boot_of(2)},
            right | {"candidate": 1},
        ]
        wrong = [one.signature(**other) for other in others]
        one.member = "m2"
        wrong.append(one.signature(**right))
        one.member, one.sitting = "m1", "rada-2026-03-02"
        wrong.append(one.signature(**right))
        one.sitting = house.SITTING
        text = press_text(house.SITTING, 1, "m1", Option.FOR, None, one.boot, 1)
        wrong += [house.signing_key(2).sign(text), None]
        for signature in wrong:
            assert (await one.press(1, 1, "for", signature=signature))["code"] == "bad_signature"
        conn = await db.database("hall").connect()
        assert await conn.fetchval("select count(*) from press") == 0
        await conn.close()
        assert (await one.press(1, 1, "for"))["type"] == "Recorded"
    said = [record.getMessage() for record in caplog.records if "press_not_signed" in record.getMessage()]
    assert said[0] == f"press_not_signed sitting={house.SITTING} vote=1 terminal=terminal-1 n=1"
    assert (len(said), any("option" in line or "for" in line.split() for line in said)) == (len(wrong), False)


async def test_presses_checked_beside_the_hall_are_recorded_in_their_order_and_before_a_closing(
    db: TestDatabase, house: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with many terminals; and when the process that checks is killed under them."""
    monkeypatch.setattr(chamber, "MANY", 0)
    await house.furnish(db.database("hall"))
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        await ready(house, console)
        async with house.seat(hall.url, 1) as one, house.seat(hall.url, 2) as two:
            for line in (one, two):
                await line.expect("Standing")
            process = hall.hall.chambers[0]._checker._process
            for n in range(1, 13):
                if n == 7:
                    process.kill()
                for line in (one, two):
                    press = {"boot": line.boot, "n": n, "vote_n": 1, "option": "against" if n < 12 else "for"}
                    await line.send("PressOption", **press, **(WRONG if line is two and n % 3 == 0 else {}))
            for line in (one, two):  # heard before the clerk is
                await line.send("Ping", t=12)
                async with asyncio.timeout(20):
                    while not any(message.get("t") == 12 for message in line.heard):
                        await line._hear()
            await console.done("CloseVote", vote_n=1)
            answers = [sorted([await answer(line) for _ in range(12)]) for line in (one, two)]
    assert process.wait(20) == -signal.SIGKILL
    assert answers == [
        [(n, "Recorded") for n in range(1, 13)],
        [(n, "bad_signature" if n % 3 == 0 else "Recorded") for n in range(1, 13)],
    ]
    roll = (await house.record(db.database("hall"))).votes[1].roll
    found = {line.member: (line.option, line.n) for line in roll if line.n is not None}
    assert found == {"m1": (Option.FOR, 12), "m2": (Option.AGAINST, 11)}


async def test_presses_that_wait_together_share_a_commit_and_what_comes_back_from_the_disk_goes_before_them(
    db: TestDatabase, house: ModuleType
) -> None:
    await house.furnish(db.database("hall"))
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        await ready(house, console)
        async with house.seat(hall.url, 1) as one:
            await one.expect("Standing")
            held, writer = hall.hall.chambers[0], hall.hall._writing.writer
            (link,), commits = held.connected._by_link, writer.commits
            for n in range(1, 41):
                text = press_text(house.SITTING, 1, "m1", Option.FOR, None, one.boot, n)
                held.press(link, PressOption(one.boot, n, 1, "for", house.signing_key(1).sign(text)))
            order: list[str] = []
            held.post(lambda: order.append("waited"))
            held._come_back(lambda: order.append("came back"))
            assert [await answer(one) for _ in range(40)] == [(n, "Recorded") for n in range(1, 41)]
    assert (writer.commits - commits, order) == (1, ["came back", "waited"])


async def test_press_put_into_the_table_past_the_hall_is_not_counted_when_it_starts_again(
    db: TestDatabase, house: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    await house.furnish(db.database("hall"))
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        await ready(house, console)
        async with house.seat(hall.url, 1) as one:
            assert (await one.press(1, 1, "for"))["type"] == "Recorded"
    owner = await db.database("owner").connect()
    await owner.execute(
        "insert into press (sitting_id, vote_n, member_id, boot, n, option, terminal_id, signature, recorded_at) "
        "select sitting_id, vote_n, 'm2', boot, 7, 'against', 'terminal-2', signature, recorded_at from press"
    )
    await owner.close()
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        await console.done("CloseVote", vote_n=1)
    roll = (await house.record(db.database("hall"))).votes[1].roll
    assert [line.member for line in roll if line.option is not Option.NOT_VOTING] == ["m1"]
    assert f"press_forged sitting={house.SITTING} vote=1 terminal=terminal-2 n=7" in caplog.text


async def test_receipt_is_the_halls_signature_and_the_same_for_every_repeat(
    db: TestDatabase, house: ModuleType
) -> None:
    await house.furnish(db.database("hall"))
    public = house.SIGNER.key.public.hex()
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        await ready(house, console)
        async with house.seat(hall.url, 1) as one:
            receipt = await one.press(1, 1, "for")
            assert await one.press(1, 1, "for") == receipt
    async with house.running(db.database("hall")) as hall, house.seat(hall.url, 1) as one:
        assert await one.press(1, 1, "for") == receipt  # of a hall started anew, too
    text = receipt_text(house.SITTING, 1, "m1", Option.FOR, None, house.boot_of(1), 1, receipt["recorded_at"])
    assert verify(public, text, receipt["receipt"])
    signed = press_text(house.SITTING, 1, "m1", Option.FOR, None, house.boot_of(1), 1)
    assert verify(house.signing_key(1).public, signed, receipt["signature"])
    assert (receipt["sitting"], receipt["member"], receipt["terminal"], receipt["vkey"]) == (
        house.SITTING,
        "m1",
        "terminal-1",
        house.SIGNER.vkey,
    )


async def test_roll_publishes_terminal_channel_and_signature_of_each_press(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one, house.seat(hall.url, 2) as two:
        await ready(house, console)
        for line, desk in ((one, 1), (two, 2)):
            await line.press(1, 1, "for")
            await line.press(2, 1, ("against", "abstain")[desk - 1])
        await console.done("CloseVote", vote_n=1)
    roll = (await house.record(db.database("hall"))).votes[1].roll
    for desk, option in ((1, Option.AGAINST), (2, Option.ABSTAIN)):
        line = next(line for line in roll if line.member == house.member(desk))
        text = press_text(house.SITTING, 1, line.member, option, None, house.boot_of(desk), 2)
        assert verify(house.signing_key(desk).public, text, line.signature or "")
        assert (line.option, line.channel, line.terminal, line.n) == (option, "terminal", f"terminal-{desk}", 2)
