"""A vote in the hall over real sockets, from opening to announcement, and everything that is refused on the way."""

from __future__ import annotations

from types import ModuleType
from typing import Any


async def test_vote_by_three_members_is_recorded_counted_and_announced(hall: Any, house: ModuleType) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one, house.seat(hall.url, 2) as two:
        await house.open_sitting(console)
        assert (await console.act("OpenVote", vote_n=1, seconds=None))["type"] == "Done"
        await one.expect("Standing", vote_n=1, entitled=True)
        await one.send("PressOption", boot=house.boot_of(1), n=1, vote_n=1, option="for")
        receipt = await one.expect("Recorded", n=1)
        assert (receipt["option"], receipt["vote_n"], receipt["boot"]) == ("for", 1, house.boot_of(1))
        await two.send("PressOption", boot=house.boot_of(2), n=1, vote_n=1, option="abstain")
        await two.expect("Recorded", n=1)
        seen = await console.expect("ConsoleState", voted=2)
        assert [desk["voted"] for desk in seen["desks"]][:3] == [True, True, False]
        assert {desk["option"] for desk in seen["desks"]} == {None}
        assert (await console.act("CloseVote", vote_n=1))["type"] == "Done"
        state = await one.until(lambda m: m["type"] == "ChamberState" and m["vote"]["state"] == "closed")
        assert state["vote"]["result"]["tally"] == {
            "for": 1, "against": 0, "abstain": 1, "not_voting": 35, "absent": 0, "recused": 0, "no_record": 0,
        }  # fmt: skip
        assert (await one.expect("Standing", vote_n=1))["final"] == "for"
        assert (await console.act("AnnounceResult", vote_n=1))["type"] == "Done"
        assert (await console.act("AnnounceResult", vote_n=1))["type"] == "Done"
