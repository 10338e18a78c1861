"""Two clerks at once, what a console is told of itself, and where the sittings of several bodies are found."""

from __future__ import annotations

import asyncio
import secrets
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from council.rights import acts_of
from council.words import LANGUAGES

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

SAME = ("sitting", "agenda", "item", "vote", "votes", "desks", "next_vote_n", "next_motion", "voted", "guard", "floor")


async def test_two_clerks_acting_at_once_do_each_act_once_and_see_the_same(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    await house.hire(db.database("hall"), "second", "second_clerk")
    async with house.clerk(hall.url) as first, house.clerk(hall.url, name="second") as second:
        acts: list[tuple[str, dict[str, Any]]] = [
            ("OpenSitting", {}),
            *(("SetPresence", {"member": house.member(n), "present": True}) for n in range(1, 25)),
            ("CallItem", {"item": "1"}),
            ("OpenVote", {"vote_n": 1, "seconds": 600}),
            ("HoldVote", {"vote_n": 1}),
            ("ResumeVote", {"vote_n": 1}),
            ("EnterAnswers", {"vote_n": 1, "answers": {"m1": "for"}}),
            ("CloseVote", {"vote_n": 1}),
            ("AnnounceResult", {"vote_n": 1}),
            ("GiveFloor", {"speech": 1, "member": "m2"}),
            ("EndFloor", {"speech": 1}),
            ("VoidVote", {"vote_n": 1, "reason": "Двічі"}),
        ]
        for type_, fields in acts:
            own = [secrets.token_hex(8) for _ in (first, second)]
            await asyncio.gather(
                *(line.send(type_, act=act, **fields) for line, act in zip((first, second), own, strict=True))
            )
            for line, act in zip((first, second), own, strict=True):
                answer = await line.until(lambda m, act=act: m.get("act") == act)
                assert answer["type"] == "Done", (type_, answer)
        await first.send("Ping", t=1)
        states = [
            await line.until(lambda m: m["type"] == "ConsoleState" and m["vote"] and m["vote"]["state"] == "voided")
            for line in (first, second)
        ]
        assert [{key: state[key] for key in SAME} for state in states] == [{key: states[0][key] for key in SAME}] * 2
    conn = await db.database("hall").connect()
    kinds = [row[0] for row in await conn.fetch("select kind from ledger where sitting_id is not null order by seq")]
    noted = await conn.fetch("select staff, act, outcome, detail from staff_act where act = 'CloseVote' order by staff")
    await conn.close()
    assert kinds == [
        "SittingOpened", *["MemberArrived"] * 24, "ItemCalled", "VoteOpened", "VoteHeld", "VoteResumed", "VoteClosed",
        "ResultAnnounced", "FloorGiven", "FloorEnded", "VoteVoided",
    ]  # fmt: skip
    assert [tuple(row) for row in noted] == [
        ("clerk", "CloseVote", "done", "vote_n=1"),
        ("second", "CloseVote", "done", "vote_n=1"),
    ]


async def test_console_is_told_who_it_is_what_it_may_and_what_it_can_choose_from(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    await house.hire(db.database("hall"), "presides", "chair")
    async with house.clerk(hall.url, name="presides") as chair:
        welcome = await chair.expect("Welcome")
        assert welcome["staff"] == {
            "staff": "presides", "name": "Presides", "role": "chair", "acts": list(acts_of("chair")),
        }  # fmt: skip
        assert "OpenVote" not in welcome["staff"]["acts"]
        choices = await chair.expect("ConsoleChoices")
        assert (choices["default_rule"], len(choices["members"])) == ("majority_of_seats", 37)
        assert {rule["rule"] for rule in choices["rules"]} >= {"majority_of_seats", "two_thirds_of_seats"}
        assert [kind["floor"] for kind in choices["floor_kinds"]] == ["speech", "reply", "question", "point_of_order"]
        assert all(set(choice["text"]) == set(LANGUAGES) for choice in choices["presets"] + choices["grounds"])
        names = [(m["family_name"], m["given_name"]) for m in choices["members"]]
        assert len(set(names)) == 37
        assert await chair.code("OpenSitting") == "not_allowed"


async def test_sittings_of_several_bodies_are_found_by_sitting_or_body(db: TestDatabase, house: ModuleType) -> None:
    await house.furnish(db.database("hall"))
    other = await house.furnish(db.database("hall"), 5, body="komisija")
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url, sitting=other.id) as console:
        welcome = await console.expect("Welcome")
        assert {choice["sitting"] for choice in welcome["sittings"]} == {house.SITTING, other.id}
        assert (await console.expect("ConsoleState"))["sitting"]["sitting"] == other.id
        for query, sitting in ((f"?sitting={house.SITTING}", house.SITTING), ("?body=komisija", other.id)):
            async with house.wire(hall.url, f"/ws/display{query}") as display:
                assert (await display.expect("DisplayState"))["sitting"]["sitting"] == sitting
        page = (await asyncio.to_thread(urlopen, hall.url)).read().decode()
        for body in (house.BODY, "komisija"):  # a wall stays with its body when a sitting is over
            assert f'href="/display?body={body}"' in page
