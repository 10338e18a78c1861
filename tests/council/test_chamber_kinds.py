"""Kinds of vote over real sockets: ad hoc, amended, in a block, alternatives, candidates; what then stays due."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

from council import store
from council.sitting import PlannedItem, PlannedMotion

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


async def two_motions(db: TestDatabase, house: ModuleType) -> None:
    """Item 1 has two motions; items 2 and 3 are put to the vote in a block."""
    plan = await house.furnish(db.database("hall"))
    conn = await db.database("hall").connect()
    motions = tuple(PlannedMotion("1", n, f"Пропозиція {n}", "majority_of_seats", None, None, ()) for n in (1, 2))
    items = (PlannedItem("1", "Перше", motions), *(replace(item, consent=True) for item in plan.items[1:]))
    async with conn.transaction():
        await store.save_sitting(conn, replace(plan, items=items))
    await conn.close()


async def test_ad_hoc_vote_takes_nothing_from_the_prepared_motions(db: TestDatabase, house: ModuleType) -> None:
    await two_motions(db, house)
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        await house.open_sitting(console)
        await console.expect("ConsoleState", next_motion="Пропозиція 1")
        await house.voted(
            console, 1, motion="Оголосити перерву", rule="two_thirds_of_seats", subject="procedural", seconds=30
        )
        state = await console.expect("ConsoleState", next_vote_n=2, next_motion="Пропозиція 1")
        assert (state["vote"]["label"]["uk"], state["vote"]["label"]["en"]) == (
            "Процедурна пропозиція",
            "Procedural motion",
        )
        assert (state["vote"]["requirement"]["needed"], state["vote"]["item"]) == (25, "1")
        assert state["agenda"][0]["verdict"] is None  # a break is not the item's decision
        await house.voted(console, 2)
        await console.expect("ConsoleState", next_vote_n=3, next_motion="Пропозиція 2")
        await house.voted(console, 3, motion="Пропозиція 2")  # the very text: it is decided by this
        state = await console.expect("ConsoleState", next_vote_n=4, next_motion=None)
        assert state["agenda"][0]["verdict"]["uk"] == "не прийнято, 0 «за»"
        assert await console.code("OpenVote", vote_n=4, seconds=None) == "no_motion"
        assert await console.code("OpenVote", vote_n=4, seconds=None, motion="Щось", rule="none") == "no_such_rule"
    votes = (await house.record(db.database("hall"))).votes
    assert [(vote.motion, vote.opened.subject, vote.seconds) for vote in votes.values()] == [
        ("Оголосити перерву", "procedural", 30),
        ("Пропозиція 1", "motion", None),
        ("Пропозиція 2", "motion", None),
    ]


async def test_before_the_first_item_only_an_ad_hoc_vote_can_be_opened(hall: Any, house: ModuleType) -> None:
    async with house.clerk(hall.url) as console:
        await console.done("OpenSitting")
        for n in range(1, 20):
            await console.act("SetPresence", member=house.member(n), present=True)
        assert await console.code("OpenVote", vote_n=1, seconds=None) == "no_item"
        await house.voted(console, 1, motion="Затвердити порядок денний", subject="procedural")
        state = await console.expect("ConsoleState", next_vote_n=2)
        assert (state["vote"]["item"], state["votes"][0]["state"]) == (None, "announced")


async def test_motion_as_amended_takes_the_place_of_the_prepared_one(db: TestDatabase, house: ModuleType) -> None:
    await two_motions(db, house)
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        await house.open_sitting(console)
        as_amended = {"vote_n": 2, "seconds": None, "relation": "as_amended", "refers_to": 1}
        assert await console.code("OpenVote", **(as_amended | {"vote_n": 1})) == "no_such_vote"
        await house.voted(console, 1, motion="Поправка: слово «десять» замінити", subject="amendment")
        assert await console.code("OpenVote", **as_amended) == "text_needed"
        await house.voted(console, 2, motion="Пропозиція 1 з поправкою", relation="as_amended", refers_to=1)
        state = await console.expect("ConsoleState", next_vote_n=3, next_motion="Пропозиція 2")
        assert "1" in state["vote"]["label"]["en"]
    votes = (await house.record(db.database("hall"))).votes
    assert (votes[2].opened.subject, votes[2].opened.refers_to, votes[1].followed_by) == ("as_amended", 1, [2])


async def test_block_vote_decides_its_items_and_is_due_again_when_rejected(db: TestDatabase, house: ModuleType) -> None:
    await house.furnish(db.database("hall"))
    async with (
        house.running(db.database("hall")) as hall,
        house.clerk(hall.url) as console,
    ):
        await house.open_sitting(console)
        assert await console.code("OpenVote", vote_n=1, seconds=None, also_items=["9"]) == "no_such_item"
        wrong = {"vote_n": 1, "seconds": None, "also_items": ["2"], "subject": "motion", "motion": "Разом"}
        assert await console.code("OpenVote", **wrong) == "not_a_block"
        await console.done("OpenVote", vote_n=1, seconds=None, also_items=["3", "2", "1"])
        state = await console.until(lambda m: m["type"] == "ConsoleState" and m["vote"] and m["vote"]["n"] == 1)
        assert [item["state"] for item in state["agenda"]] == ["current", "waiting", "waiting"]  # not decided yet
        await console.done("CloseVote", vote_n=1)
        await console.done("AnnounceResult", vote_n=1)
        state = await console.until(lambda m: m["type"] == "ConsoleState" and m["votes"] and m["votes"][0]["n"] == 1)
        assert "не прийнято" in state["agenda"][2]["verdict"]["uk"]
        assert state["next_motion"] == "Про питання 1"  # rejected together: now each by itself
        await console.done("OpenVote", vote_n=2, seconds=None, also_items=["2", "3"], method="entered")
        await house.hire(db.database("hall"), "second", "second_clerk")
        act = {"vote_n": 2, "answers": {}, "rest": "for"}
        await console.done("EnterAnswers", **act)
        async with house.clerk(hall.url, name="second") as second:
            await second.done("CloseVote", vote_n=2)
        await console.done("AnnounceResult", vote_n=2)
        state = await console.expect("ConsoleState", next_motion=None, next_vote_n=3)
        assert [item["verdict"]["uk"] for item in state["agenda"]] == ["прийнято, 37 «за»"] * 3
        assert (state["next_item"], [item["state"] for item in state["agenda"]]) == (
            None,
            ["current", "done", "done"],
        )
        assert await console.code("OpenVote", vote_n=3, seconds=None) == "no_motion"
    votes = (await house.record(db.database("hall"))).votes
    assert votes[1].items == votes[2].items == ("1", "2", "3")
    assert votes[1].motion == "З питань 1, 2, 3 порядку денного: прийняти рішення в цілому"


async def test_alternatives_all_refer_to_the_first_of_them(hall: Any, house: ModuleType, db: TestDatabase) -> None:
    async with house.clerk(hall.url) as console:
        await house.open_sitting(console)
        await house.voted(console, 1, motion="Варіант А", subject="alternative")
        await house.voted(console, 2, motion="Варіант Б", relation="alternative", refers_to=1)
        await house.voted(console, 3, motion="Варіант В", relation="alternative", refers_to=2)
        await console.done("CallItem", item="2")
        away = {"vote_n": 4, "seconds": None, "motion": "Варіант Г", "relation": "alternative", "refers_to": 1}
        assert await console.code("OpenVote", **away) == "not_on_this_item"
    votes = (await house.record(db.database("hall"))).votes
    assert [(vote.opened.subject, vote.opened.refers_to) for vote in votes.values()] == [
        ("alternative", None),
        ("alternative", 1),
        ("alternative", 1),
    ]


async def test_candidate_is_chosen_by_number_and_nobody_votes_against(hall: Any, house: ModuleType) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one, house.seat(hall.url, 2) as two:
        await house.open_sitting(console)
        opening = {"vote_n": 1, "seconds": None, "motion": "Обрати секретаря"}
        assert await console.code("OpenVote", **opening, subject="candidates") == "candidates_missing"
        await console.done("OpenVote", **opening, candidates=["Олена Коваль", "Ігор Мороз"])
        state = await one.until(lambda m: m["type"] == "ChamberState" and m["vote"] is not None)
        assert state["vote"]["candidates"] == [
            {"candidate": 1, "name": "Олена Коваль"},
            {"candidate": 2, "name": "Ігор Мороз"},
        ]

        assert (await one.press(1, 1, "for"))["code"] == "bad_option"
        assert (await one.press(2, 1, "for", candidate=3))["code"] == "bad_option"
        assert (await one.press(3, 1, "against"))["code"] == "bad_option"
        assert (await one.press(4, 1, "for", candidate=2))["candidate"] == 2
        assert (await two.press(1, 1, "abstain"))["option"] == "abstain"
        await console.done("EnterAnswers", vote_n=1, answers={house.member(n): 2 for n in range(3, 21)})
        await console.done("CloseVote", vote_n=1)
        closed = await one.until(lambda m: m["type"] == "ChamberState" and m["vote"]["state"] == "closed")
        result = closed["vote"]["result"]
        assert (result["result"], result["counts"], result["chosen"]) == ("adopted", [[1, 0], [2, 19]], 2)
        assert (result["verdict"]["uk"], "Ігор Мороз" in result["reason"]["uk"]) == ("Обрано", True)
        standing = await one.until(lambda m: m["type"] == "Standing" and m["final"] is not None)
        assert (standing["final"], standing["final_candidate"], standing["channel"]) == ("for", 2, "terminal")
        desk = (await console.until(lambda m: m["type"] == "ConsoleState" and m["vote"]["state"] == "closed"))["desks"]
        assert [(view["option"], view["candidate"]) for view in desk[:3]] == [("for", 2), ("abstain", None), ("for", 2)]
