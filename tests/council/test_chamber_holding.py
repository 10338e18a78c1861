"""A vote held, resumed, set aside, put again: over real sockets, and over a hall that is started anew."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from council.profile import shipped_file

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


def in_state(state: str) -> Any:
    return lambda m: m["type"] in ("ChamberState", "ConsoleState") and m["vote"] and m["vote"]["state"] == state


async def presses(db: TestDatabase) -> list[tuple[str, str]]:
    conn = await db.database("hall").connect()
    rows = await conn.fetch("select member_id, option from press order by place")
    await conn.close()
    return [(row["member_id"], row["option"]) for row in rows]


async def test_held_vote_takes_no_press_and_goes_on_with_the_time_it_had(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one, house.seat(hall.url, 2) as two:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=600)
        assert (await one.press(1, 1, "for"))["type"] == "Recorded"
        assert [await console.code("HoldVote", vote_n=1) for _ in range(2)] == ["Done", "Done"]
        held = await one.until(in_state("held"))
        assert (held["vote"]["closes_at"], 0 < held["vote"]["left_ms"] <= 600_000) == (None, True)
        assert (await two.press(1, 1, "against"))["code"] == "vote_held"
        assert (await one.press(1, 1, "for"))["type"] == "Recorded"  # a repeat is answered with what stands
        assert await console.code("CallItem", item="2") == "vote_running"
        assert [await console.code("ResumeVote", vote_n=1) for _ in range(2)] == ["Done", "Done"]
        state = await one.until(in_state("open"))
        assert state["vote"]["closes_at"] is not None
        assert (await two.press(2, 1, "against"))["type"] == "Recorded"
        await console.done("HoldVote", vote_n=1)
        await console.done("CloseVote", vote_n=1)  # a held vote may be closed as well
        assert await console.code("HoldVote", vote_n=1) == "vote_closed"
        assert await console.code("ResumeVote", vote_n=1) == "vote_closed"
    vote = (await house.record(db.database("hall"))).votes[1]
    assert (vote.tally.for_, vote.tally.against, vote.left_ms is not None) == (1, 1, True)


async def test_held_vote_is_not_closed_by_its_time_and_a_resumed_one_is(hall: Any, house: ModuleType) -> None:
    async with house.clerk(hall.url) as console:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=2)
        await console.done("HoldVote", vote_n=1)
        await asyncio.sleep(2.5)
        assert await console.code("HoldVote", vote_n=1) == "Done"
        await console.done("ResumeVote", vote_n=1)
        closed = await console.until(in_state("closed"))
        assert closed["vote"]["n"] == 1


async def test_hall_started_anew_finds_the_vote_held_and_resumes_it(db: TestDatabase, house: ModuleType) -> None:
    await house.furnish(db.database("hall"))
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=60)
        async with house.seat(hall.url, 1) as one:
            assert (await one.press(1, 1, "for"))["type"] == "Recorded"
        await console.done("HoldVote", vote_n=1)
        left = (await console.until(in_state("held")))["vote"]["left_ms"]
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        state = await console.until(in_state("held"))
        assert (state["vote"]["left_ms"], state["voted"]) == (left, 1)
        async with house.seat(hall.url, 1) as one, house.seat(hall.url, 2) as two:
            assert (await one.expect("Standing", vote_n=1))["option"] == "for"
            assert (await two.press(1, 1, "for"))["code"] == "vote_held"
            await console.done("ResumeVote", vote_n=1)
            assert (await two.press(2, 1, "for"))["type"] == "Recorded"
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        state = await console.until(in_state("open"))
        assert (state["vote"]["closes_at"] is not None, state["voted"]) == (True, 2)


async def test_press_on_its_way_is_written_before_the_vote_is_held_or_void(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one, house.seat(hall.url, 2) as two:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=600)
        for n, act in enumerate(("HoldVote", "VoidVote"), 1):
            slow = await db.database("owner").connect()
            holding = slow.transaction()
            await holding.start()
            await slow.execute("lock table press in exclusive mode")  # the disk is slow
            await one.send("PressOption", boot=one.boot, n=n, vote_n=1, option=("for", "against")[n - 1])
            async with asyncio.timeout(20):
                while hall.hall.chamber().waiting == 0:
                    await asyncio.sleep(0.01)
            reason = {"reason": "Збій обладнання"} if act == "VoidVote" else {}
            await console.send(act, act=f"{n:016x}", vote_n=1, **reason)
            async with asyncio.timeout(20):
                while not hall.hall.chamber().data.closing:
                    await asyncio.sleep(0.01)
            refused = await two.press(n, 1, "for")
            assert refused["code"] == ("vote_held" if act == "HoldVote" else "vote_closed")
            assert (await house.record(db.database("hall"))).votes[1].state == "open"
            await holding.commit()
            await slow.close()
            await one.expect("Recorded", n=n)
            assert (await console.until(lambda m, n=n: m.get("act") == f"{n:016x}"))["type"] == "Done"
            if act == "HoldVote":
                await console.done("ResumeVote", vote_n=1)
        assert (await one.press(2, 1, "against"))["type"] == "Recorded"  # repeats are answered after all
    assert await presses(db) == [("m1", "for"), ("m1", "against")]
    assert (await house.record(db.database("hall"))).votes[1].state == "voided"


async def test_void_vote_is_due_again_and_repeated_once(db: TestDatabase, hall: Any, house: ModuleType) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=600)
        assert (await one.press(1, 1, "for"))["type"] == "Recorded"
        assert await console.code("VoidVote", vote_n=7, reason="Помилка") == "wrong_vote"
        assert await console.code("VoidVote", vote_n=1, reason=" ") == "reason_needed"
        assert (await one.press(2, 1, "against"))["type"] == "Recorded"  # and the vote went on
        assert [await console.code("VoidVote", vote_n=1, reason="Збій обладнання") for _ in range(2)] == ["Done"] * 2
        state = await console.until(in_state("voided"))
        assert (state["vote"]["void_reason"], state["vote"]["result"], state["next_motion"]) == (
            "Збій обладнання",
            None,
            "Про питання 1",
        )
        assert (state["votes"][0]["may"], state["votes"][0]["seconds"]) == (["repeat", "repeat_otherwise"], 600)
        assert await console.code("AnnounceResult", vote_n=1) == "vote_voided"
        assert await console.code("CloseVote", vote_n=1) == "vote_voided"
        reconsider = {"relation": "reconsideration", "refers_to": 1, "reason": "Ще раз", "seconds": None}
        assert await console.code("OpenVote", vote_n=2, **reconsider) == "not_decided"
        await console.done("OpenVote", vote_n=2, seconds=None, relation="repeat", refers_to=1)
        state = await console.until(lambda m: m["type"] == "ConsoleState" and m["next_vote_n"] == 3)
        assert (state["vote"]["title"], state["next_motion"], state["vote"]["label"]["uk"]) == (
            "Про питання 1",
            None,
            "Повторення голосування № 1, визнаного недійсним: Збій обладнання.",
        )
        assert (await one.press(3, 2, "against"))["type"] == "Recorded"
        await console.done("CloseVote", vote_n=2)
        again = {"relation": "repeat", "refers_to": 1, "seconds": None}
        await console.done("AnnounceResult", vote_n=2)
        assert await console.code("OpenVote", vote_n=3, **again) == "repeated_already"
        assert await console.code("OpenVote", vote_n=3, **(again | {"refers_to": 2})) == "not_void"
        await console.done("VoidVote", vote_n=2, reason="Знову збій")  # one that was announced, too
        state = await console.expect("ConsoleState", next_motion="Про питання 1")
        assert [vote["state"] for vote in state["votes"]] == ["voided", "voided"]
        await console.done("OpenVote", vote_n=3, **again)
    record = await house.record(db.database("hall"))
    assert (record.votes[1].roll, record.votes[2].tally.against) == (None, 1)  # what stood remains
    assert record.votes[3].opened.reason == "Збій обладнання"


async def test_reconsideration_refers_to_a_decided_vote_and_both_stand(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=None)
        await console.done("EnterAnswers", vote_n=1, answers={house.member(n): "for" for n in range(1, 20)})
        await console.done("CloseVote", vote_n=1)
        opening = {"vote_n": 2, "seconds": None, "relation": "reconsideration", "refers_to": 1}
        assert await console.code("OpenVote", **opening, reason="Нові дані") == "not_announced"
        await console.done("AnnounceResult", vote_n=1)
        await console.done("CallItem", item="2")
        assert await console.code("OpenVote", **opening) == "reason_needed"
        await console.done("OpenVote", **opening, reason="Нові дані")
        assert (await one.press(1, 2, "against"))["type"] == "Recorded"
        await console.done("CloseVote", vote_n=2)
        await console.done("AnnounceResult", vote_n=2)
        state = await console.until(in_state("announced"))
        assert (state["vote"]["item"], state["vote"]["title"]) == ("1", "Про питання 1")
        assert "не прийнято" in state["agenda"][0]["verdict"]["uk"]  # the motion follows the later
        assert state["next_motion"] == "Про питання 2"
        await console.done("VoidVote", vote_n=2, reason="Помилка")
        state = await console.until(in_state("voided"))
        assert state["agenda"][0]["verdict"]["uk"] == "прийнято, 19 «за»"
    votes = (await house.record(db.database("hall"))).votes
    assert (votes[1].state, votes[1].followed_by, votes[2].opened.reason) == ("announced", [2], "Нові дані")


async def test_profile_without_reconsideration_refuses_it(db: TestDatabase, house: ModuleType, tmp_path: Path) -> None:
    text = shipped_file("ua").decode()
    allowed = r"(?m)^\[reconsideration\]\nallowed = true\nrule = .*\nwithin = .*\n"
    strict = re.sub(allowed, "[reconsideration]\nallowed = false\n", text)
    (tmp_path / "strict.toml").write_text(strict)
    await house.furnish(db.database("hall"), profile=str(tmp_path / "strict.toml"))
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        await house.open_sitting(console)
        await house.voted(console, 1)
        opening = {"vote_n": 2, "seconds": None, "relation": "reconsideration", "refers_to": 1, "reason": "Нові дані"}
        assert await console.code("OpenVote", **opening) == "no_reconsideration"
        state = await console.expect("ConsoleState", next_vote_n=2)
        assert state["votes"][0]["may"] == ["void", "correct", "print"]
