"""Answers that a clerk enters: a called roll call, a vote by hand with its second clerk, a word beside the keys."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from voting.entries import Clerk

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


def call(message: dict[str, Any]) -> Any:
    return message["type"] == "ConsoleState" and message["call"]


async def test_called_roll_call_goes_by_the_alphabet_and_says_whose_turn_it_is(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    async with (
        house.clerk(hall.url) as console,
        house.seat(hall.url, 1) as one,
        house.wire(hall.url, "/ws/display") as display,
    ):
        await house.open_sitting(console, 20)
        await console.done("OpenVote", vote_n=1, seconds=30, method="called")
        state = await console.until(call)
        order = [seated.member for seated in (await house.record(db.database("hall"))).opened.members]
        order = [member for member in order if int(member[1:]) <= 20]
        assert (state["call"]["member"], state["call"]["place"], state["call"]["of"]) == (order[0], 1, 20)
        assert (len(state["call"]["following"]), state["vote"]["seconds"], state["guard"]["ok"]) == (3, None, False)
        heard = await one.until(lambda m: m["type"] == "ChamberState" and m["call"])
        assert (heard["call"], heard["vote"]["method"]) == (state["call"]["name"], "called")
        assert (await one.press(1, 1, "for"))["code"] == "not_by_terminal"
        answers = {order[0]: "for", order[1]: "against", order[2]: "not_voting"}
        for n, (member, answer) in enumerate(answers.items(), 1):
            for _ in range(2):  # the same act again changes nothing
                await console.send("EnterAnswers", act=f"{n:016x}", vote_n=1, answers={member: answer})
                assert (await console.until(lambda m, n=n: m.get("act") == f"{n:016x}"))["type"] == "Done"
        state = await console.until(lambda m: call(m) and m["call"]["place"] == 4)
        assert (state["call"]["answered"], state["voted"]) == (order[:3], 2)
        shown = await display.until(lambda m: m["type"] == "DisplayState" and m["call"] and m["call"]["place"] == 4)
        assert shown["roll"] == []
        await console.done("EnterAnswers", vote_n=1, answers={order[0]: "abstain"})  # was heard wrongly
        refused = [
            ({"stranger": "for"}, None, "no_such_member"),
            ({"m25": "for"}, None, "member_not_entitled"),
            ({order[3]: 1}, None, "bad_option"),
            ({}, "for", "rest_not_here"),
        ]
        for given, rest, code in refused:
            assert await console.code("EnterAnswers", vote_n=1, answers=given, rest=rest) == code
        await console.done("CloseVote", vote_n=1)
        assert await console.code("EnterAnswers", vote_n=1, answers={order[4]: "for"}) == "vote_closed"
    roll = {line.member: line for line in (await house.record(db.database("hall"))).votes[1].roll}
    assert [(roll[m].option.value, roll[m].channel) for m in order[:4]] == [
        ("abstain", "called"),
        ("against", "called"),
        ("not_voting", None),
        ("not_voting", None),
    ]


async def test_roll_call_by_seating_calls_desk_after_desk(hall: Any, house: ModuleType) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one, house.seat(hall.url, 2) as two:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=None, method="called", order="seating")
        state = await console.until(call)
        assert (state["call"]["member"], state["call"]["of"]) == ("m1", 37)
        await one.until(lambda m: m["type"] == "Standing" and m["called"])
        await console.done("EnterAnswers", vote_n=1, answers={"m1": "for"})
        await two.until(lambda m: m["type"] == "Standing" and m["called"])
        own = await one.until(lambda m: m["type"] == "Standing" and m["option"] == "for")
        assert (own["called"], own["channel"]) == (False, "called")


async def test_vote_by_hand_counts_only_when_another_clerk_confirms_it(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    await house.hire(db.database("hall"), "second", "second_clerk")
    await house.hire(db.database("hall"), "auditor", "auditor")
    async with (
        house.clerk(hall.url) as console,
        house.clerk(hall.url, name="second") as second,
        house.clerk(hall.url, name="auditor") as auditor,
    ):
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=30, method="entered")
        assert await second.code("CloseVote", vote_n=1) == "nothing_entered"
        entering = {"vote_n": 1, "answers": {"m1": "against", "m2": "abstain"}, "rest": "for"}
        await console.done("EnterAnswers", **entering)
        state = await console.until(lambda m: m["type"] == "ConsoleState" and m["voted"] == 37)
        assert state["vote"]["state"] == "open"
        assert [desk["option"] for desk in state["desks"]] == [None] * 37  # by all is seen who was entered, never how
        assert [clerk["name"] for clerk in state["entered_by"]] == ["Писар"]
        shown = await second.until(lambda m: m["type"] == "EnteredAnswers" and len(m["answers"]) == 37)
        assert [shown["answers"][f"m{n}"] for n in (1, 2, 3)] == ["against", "abstain", "for"]
        told = await auditor.until(lambda m: m["type"] == "EnteredAnswers" or m.get("voted") == 37)
        assert told["type"] == "ConsoleState"
        assert await console.code("CloseVote", vote_n=1) == "second_clerk_needed"
        await console.done("EnterAnswers", vote_n=1, answers={"m3": "against"})  # so the vote went on
        await second.done("CloseVote", vote_n=1)
        await second.done("AnnounceResult", vote_n=1)
    vote = (await house.record(db.database("hall"))).votes[1]
    assert (vote.entered_by, vote.confirmed_by) == ((Clerk("clerk", "Писар"),), Clerk("second", "Second"))
    assert (vote.tally.for_, vote.tally.against, vote.tally.abstain) == (34, 2, 1)
    assert {line.channel for line in vote.roll} == {"entered"}


async def test_two_who_entered_confirm_for_neither(db: TestDatabase, hall: Any, house: ModuleType) -> None:
    for name in ("second", "third"):
        await house.hire(db.database("hall"), name, "second_clerk")
    async with (
        house.clerk(hall.url) as console,
        house.clerk(hall.url, name="second") as second,
        house.clerk(hall.url, name="third") as third,
    ):
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=None, method="entered")
        await console.done("EnterAnswers", vote_n=1, answers={"m1": "for"})
        await second.done("EnterAnswers", vote_n=1, answers={}, rest="against")
        for line in (console, second):
            assert await line.code("CloseVote", vote_n=1) == "second_clerk_needed"
        await third.done("CloseVote", vote_n=1)
    vote = (await house.record(db.database("hall"))).votes[1]
    assert [clerk.staff for clerk in (*vote.entered_by, vote.confirmed_by)] == ["clerk", "second", "third"]
    assert vote.tally.against == 36


async def test_word_said_aloud_stands_until_a_later_key_and_survives_a_restart(
    db: TestDatabase, house: ModuleType
) -> None:
    await house.furnish(db.database("hall"))
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=None)
        async with house.seat(hall.url, 1) as one, house.seat(hall.url, 2) as two:
            assert (await one.press(1, 1, "for"))["type"] == "Recorded"
            answers = {"m1": "against", "m2": "against", "m3": "for"}
            await console.send("EnterAnswers", act="a" * 16, vote_n=1, answers=answers)
            assert (await console.until(lambda m: m.get("act") == "a" * 16))["type"] == "Done"
            told = await one.until(lambda m: m["type"] == "Standing" and m["channel"] == "called")
            assert (told["option"], told["boot"]) == ("against", "a" * 16)
            assert (await one.press(1, 1, "for"))["code"] == "said_aloud"  # the key's press came before the word
            assert (await two.press(1, 1, "for"))["type"] == "Recorded"  # and this one after it
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        await console.send("EnterAnswers", act="a" * 16, vote_n=1, answers=answers)
        assert (await console.until(lambda m: m.get("act") == "a" * 16))["type"] == "Done"
        await console.done("EnterAnswers", vote_n=1, answers={"m1": "not_voting"})  # taken back: the key's press stands
        async with house.seat(hall.url, 1) as one:
            assert (await one.expect("Standing"))["option"] == "for"
        await console.done("CloseVote", vote_n=1)
    roll = {line.member: line for line in (await house.record(db.database("hall"))).votes[1].roll}
    assert [(roll[m].option.value, roll[m].channel, roll[m].terminal) for m in ("m1", "m2", "m3")] == [
        ("for", "terminal", "terminal-1"),
        ("for", "terminal", "terminal-2"),
        ("for", "called", None),
    ]
