"""After the closing: ties and the chair, secret ballots, corrections, a vote without a quorum; over real sockets."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from council.profile import shipped_file
from voting.ledger import read

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

SECRET = {
    "vote_n": 1, "motion": "Обрати секретаря ради", "rule": None, "ground": "secretary", "issued": 36, "found": 35,
    "invalid": 1, "votes_for": 30, "votes_against": 3, "votes_abstain": 1, "candidates": [], "counts": [],
    "protocol_name": "Протокол лічильної комісії.pdf", "protocol_sha256": "ab" * 32, "protocol_bytes": 4096,
}  # fmt: skip


def casting(folder: Path) -> str:
    """The rules of Ukraine, but that the chair breaks a tie of those who vote."""
    text = shipped_file("ua").decode()
    rule = text[text.index("[rules.majority_of_seats]") : text.index("[rules.two_thirds_of_seats]")]
    changed = rule.replace('base = "seats"', 'base = "cast"').replace('tie = "rejected"', 'tie = "chair"')
    (folder / "casting.toml").write_text(text.replace(rule, changed))
    return str(folder / "casting.toml")


async def test_tie_is_decided_by_the_chair_and_only_once(db: TestDatabase, house: ModuleType, tmp_path: Path) -> None:
    await house.furnish(db.database("hall"), profile=casting(tmp_path))
    await house.hire(db.database("hall"), "chair", "chair")
    async with (
        house.running(db.database("hall")) as hall,
        house.clerk(hall.url) as console,
        house.clerk(hall.url, name="chair") as chair,
        house.seat(hall.url, 1) as one,
    ):
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=None)
        assert await chair.code("DecideTie", vote_n=1, option="for") == "no_tie"
        await console.done(
            "EnterAnswers", vote_n=1, answers={"m1": "for", "m2": "for", "m3": "against", "m4": "against"}
        )
        await console.done("CloseVote", vote_n=1)
        state = await one.until(lambda m: m["type"] == "ChamberState" and m["vote"] and m["vote"]["state"] == "tied")
        assert state["vote"]["result"]["result"] == "tied"
        assert await console.code("AnnounceResult", vote_n=1) == "tie_undecided"
        assert await console.code("CallItem", item="2") == "tie_undecided"
        assert await chair.code("DecideTie", vote_n=1, option="for") == "no_chair"
        assert await console.code("SetChair", member="stranger") == "no_such_member"
        assert [await console.code("SetChair", member="m7") for _ in range(2)] == ["Done", "Done"]
        assert [await chair.code("DecideTie", vote_n=1, option="for") for _ in range(2)] == ["Done", "Done"]
        assert await console.code("DecideTie", vote_n=1, option="against") == "tie_decided"
        await console.done("AnnounceResult", vote_n=1)
        state = await one.until(
            lambda m: m["type"] == "ChamberState" and m["vote"] and m["vote"]["state"] == "announced"
        )
        assert state["vote"]["result"]["result"] == "adopted"
    vote = (await house.record(db.database("hall"))).votes[1]
    assert (vote.tie.member, vote.tie.option.value, vote.tally.for_) == ("m7", "for", 2)


async def test_chair_chosen_before_the_opening_presides_from_it_on(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    async with house.clerk(hall.url) as console:
        assert await console.code("SetChair", member="stranger") == "no_such_member"
        await console.done("SetChair", member="m5")
        state = await console.until(lambda m: m["type"] == "ConsoleState" and m["chair"])
        assert state["chair"]["member"] == "m5"
        await console.done("OpenSitting")
        await console.done("SetChair", member="m6")
    record = await house.record(db.database("hall"))
    assert (record.opened.chair, record.chair) == ("m5", "m6")


async def test_secret_vote_needs_a_ground_and_totals_that_add_up(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one:
        await house.open_sitting(console)
        wrong: list[tuple[dict[str, Any], str]] = [
            ({"ground": "curiosity"}, "no_ground"),
            ({"vote_n": 2}, "wrong_vote"),
            ({"issued": 34}, "more_papers_found"),
            ({"issued": 38}, "more_papers_issued"),  # 37 are in office, and the audit would find it
            ({"votes_for": 31}, "papers_do_not_add_up"),
            ({"candidates": ["А", "Б"], "counts": [15]}, "counts_do_not_add_up"),
            ({"candidates": ["А", "Б"], "counts": [15, 16]}, "counts_do_not_add_up"),
            ({"rule": "none"}, "no_such_rule"),
        ]
        for change, code in wrong:
            assert await console.code("RecordSecretVote", **(SECRET | change)) == code
        assert [await console.code("RecordSecretVote", **SECRET) for _ in range(2)] == ["Done", "Done"]
        state = await console.expect("ConsoleState", next_vote_n=2)
        assert (state["agenda"][0]["verdict"], state["next_motion"]) == (None, "Про питання 1")  # of another text
        chosen = {"vote_n": 2, "motion": "Про питання 1", "candidates": ["Коваль", "Мороз"], "counts": [21, 9]}
        await console.done("RecordSecretVote", **(SECRET | chosen))
        state = await console.expect("ConsoleState", next_vote_n=3, next_motion=None)
        assert (state["secret"]["n"], state["secret"]["chosen"]) == (2, 1)
        assert [(vote["n"], vote["state"], vote["may"]) for vote in state["votes"]] == [
            (2, "secret", ["void", "print"]),
            (1, "secret", ["void", "print"]),
        ]
        assert (state["agenda"][0]["verdict"]["uk"], state["vote"]) == ("обрано", None)
        assert await console.code("AnnounceResult", vote_n=1) == "secret_vote"
        await console.done("OpenVote", vote_n=3, seconds=None, motion="Оголосити перерву", subject="procedural")
        assert await console.code("RecordSecretVote", **(SECRET | {"vote_n": 4})) == "vote_running"
        assert all(m["vote"] is None or m["vote"]["n"] == 3 for m in one.heard if m["type"] == "ChamberState")
    record = await house.record(db.database("hall"))
    assert (record.secret_votes[1].result.value, record.secret_votes[2].fact.chosen) == ("adopted", 1)
    conn = await db.database("hall").connect()
    entries = await read(conn, house.SITTING)
    await conn.close()
    assert [type(entry.fact).__name__ for entry in entries][-3:] == ["SecretVoteRecorded"] * 2 + ["VoteOpened"]


async def test_void_secret_vote_decides_nothing_and_is_repeated_once(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    ballot = SECRET | {"motion": "Про питання 1"}
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one:
        await house.open_sitting(console)
        await console.done("RecordSecretVote", **ballot)
        state = await console.expect("ConsoleState", next_vote_n=2, next_motion=None)
        assert state["agenda"][0]["verdict"]["uk"] == "прийнято, 30 «за»"
        again = ballot | {"vote_n": 2, "repeats": 1, "votes_for": 29, "invalid": 2}
        assert await console.code("RecordSecretVote", **again) == "not_void"
        assert await console.code("RecordSecretVote", **(again | {"repeats": 7})) == "no_such_vote"
        assert await console.code("VoidVote", vote_n=1, reason=" ") == "reason_needed"
        assert [await console.code("VoidVote", vote_n=1, reason="Описка") for _ in range(2)] == ["Done", "Done"]
        state = await console.expect("ConsoleState", next_motion="Про питання 1")  # it is due again
        assert (state["agenda"][0]["verdict"], state["secret"]["void_reason"]) == (None, "Описка")
        may = ["repeat", "repeat_otherwise", "print"]
        assert [(vote["state"], vote["may"]) for vote in state["votes"]] == [("voided", may)]
        await console.done("RecordSecretVote", **again)
        state = await console.expect("ConsoleState", next_vote_n=3, next_motion=None)
        assert state["agenda"][0]["verdict"]["uk"] == "прийнято, 29 «за»"
        assert [vote["may"] for vote in state["votes"]] == [["void", "print"], ["print"]]
        assert "Повторення голосування № 1" in state["secret"]["ground"]["uk"]
        assert await console.code("RecordSecretVote", **(again | {"vote_n": 3})) == "repeated_already"
        seen = await one.until(lambda m: m["type"] == "ChamberState" and m["secret"] and m["secret"]["n"] == 2)
        assert seen["secret"]["void_reason"] is None
    record = await house.record(db.database("hall"))
    assert (record.secret_votes[1].result, record.secret_votes[1].followed_by) == (None, [2])


async def test_correction_waits_for_a_second_clerk_and_changes_no_tally(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    await house.hire(db.database("hall"), "second", "second_clerk")
    async with house.clerk(hall.url) as console, house.clerk(hall.url, name="second") as second:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=None)
        await console.done("EnterAnswers", vote_n=1, answers={"m1": "against"})
        note = {"vote_n": 1, "member": "m1", "meant": "for", "statement": "Натиснув не ту клавішу"}
        await console.done("CloseVote", vote_n=1)
        assert await console.code("NoteCorrection", **note) == "not_announced"
        await console.done("AnnounceResult", vote_n=1)
        assert await console.code("NoteCorrection", **(note | {"meant": "against"})) == "same_option"
        assert await console.code("NoteCorrection", **(note | {"member": "stranger"})) == "no_such_member"
        assert await console.code("NoteCorrection", **(note | {"statement": " "})) == "statement_needed"
        answers = []
        for _ in range(2):
            await console.send("NoteCorrection", act="b" * 16, **note)
            answers.append(await console.until(lambda m: m.get("act") == "b" * 16))
        assert answers[0] == answers[1]
        number = answers[0]["proposal"]
        state = await second.until(lambda m: m["type"] == "ConsoleState" and m["proposals"])
        assert [(p["proposal"], p["by"], p["by_name"]) for p in state["proposals"]] == [(number, "clerk", "Писар")]
        assert await console.code("ConfirmProposal", proposal=number) == "second_clerk_needed"
        assert [await second.code("ConfirmProposal", proposal=number) for _ in range(2)] == ["Done", "Done"]
        assert (await console.act("NoteCorrection", **note)) | {"act": ""} == {
            "type": "Done", "act": "", "proposal": None,
        }  # fmt: skip
        other = await console.done("NoteCorrection", **(note | {"member": "m2"}))
        assert [await console.code("DropProposal", proposal=other["proposal"]) for _ in range(2)] == ["Done", "Done"]
        assert await second.code("ConfirmProposal", proposal=7) == "no_such_proposal"
        await second.until(lambda m: m["type"] == "ConsoleState" and m["proposals"] == [] and m["next_vote_n"] == 2)
        await console.done("CloseSitting")
        late = await console.done("NoteCorrection", **(note | {"member": "m3"}))  # the sitting over, too
        await second.done("ConfirmProposal", proposal=late["proposal"])
    vote = (await house.record(db.database("hall"))).votes[1]
    assert [
        (c.member, c.recorded.value, c.meant.value, c.noted_by.name, c.confirmed_by.name) for c in vote.corrections
    ] == [
        ("m1", "against", "for", "Писар", "Second"),
        ("m3", "not_voting", "for", "Писар", "Second"),
    ]
    assert (vote.tally.for_, vote.tally.against) == (0, 1)


async def test_vote_without_a_quorum_needs_a_reason_that_stands_in_the_ledger(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    async with house.clerk(hall.url) as console:
        await house.open_sitting(console, 18)
        assert await console.code("OpenVote", vote_n=1, seconds=None) == "no_quorum"
        assert await console.code("OpenVote", vote_n=1, seconds=None, override=" ") == "no_quorum"
        await house.voted(console, 1, override="Рішення міського голови")
        await console.done("SetPresence", member="m19", present=True)
        await house.voted(console, 2, motion="Ще одне", override="Про всяк випадок")  # there was nothing to override
    votes = (await house.record(db.database("hall"))).votes
    assert (votes[1].opened.override.over, votes[1].opened.override.reason) == (
        ("no_quorum",),
        "Рішення міського голови",
    )
    assert (votes[1].result.value, votes[2].opened.override) == ("rejected", None)


async def test_vote_is_not_opened_while_somebody_speaks_nor_the_floor_given_during_one(
    hall: Any, house: ModuleType
) -> None:
    async with house.clerk(hall.url) as console:
        await house.open_sitting(console)
        await console.done("GiveFloor", speech=1, member="m1")
        assert await console.code("OpenVote", vote_n=1, seconds=None) == "speech_running"
        await console.done("PauseFloor", speech=1)
        await console.done("OpenVote", vote_n=1, seconds=None)
        assert await console.code("ResumeFloor", speech=1) == "floor_vote_open"
        assert await console.code("GiveFloor", speech=2, member="m2") == "floor_vote_open"
        await console.done("HoldVote", vote_n=1)
        await console.done("ResumeFloor", speech=1)
        assert await console.code("ResumeVote", vote_n=1) == "speech_running"
        await console.done("EndFloor", speech=1)
        await console.done("ResumeVote", vote_n=1)
