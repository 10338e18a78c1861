"""The vote sheet: every fact of every kind of vote is on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from council.papers import plain
from council.papers.chronicle import Chronicle, chronicle
from council.papers.paper import Code, Facts, Figures, Proof, Signatures
from council.papers.seal import Seal, Setting
from council.papers.sheet import NoSheet, sheet
from voting.entries import RecusalDeclared, Source, VoteVoided

EN = Setting("en", "uk", "https://rada.example")


def text_of(told: Chronicle, n: int, seal: Seal | None, setting: Setting = EN) -> str:
    """The sheet as one line."""
    return " ".join(plain.text(sheet(told, n, seal, setting)).split())


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (1, ["Procedural motion; open vote, by name", "Taken by terminals.", "1. Про порядок денний", "present: 10"]),
        (
            2,
            [
                "held 10:04:18–10:04:33; closed 10:04:45, when its time was over",
                "12. Живокіст Юхим: For (said aloud)",
                "1 member declared a conflict of interest and did not take part.",
                "Дивосил Лаврін, declared at 10:04:08: робить лавки його брат",
                "“натиснув не ту клавішу”; noted by Секретар Ірина, confirmed by Секретар Остап.",
                "7 of 7 presses carry the signature",
            ],
        ),
        (3, ["Void: збій обладнання. Set aside at 10:05:22; what was recorded remains", "Repeated as vote 4."]),
        (
            4,
            [
                "Repeat of vote 3, void: збій обладнання.",
                "Entered by: Секретар Ірина. Confirmed by: Секретар Остап.",
                "Clerk: Секретар Ірина Second clerk: Секретар Остап",
            ],
        ),
        (5, ["Amendment; open vote, by name", "Called roll call in alphabetical order, answered aloud"]),
        (
            6,
            [
                "As amended by vote 5.",
                "Casting vote of the chair, Безсмертник Явдоха Петрівна: “For”.",
                "Reconsidered in vote 7: the later one counts.",
                "Chair of the sitting: Безсмертник Явдоха Петрівна",
            ],
        ),
        (
            7,
            [
                "Reconsideration of vote 6: прохання трьох депутатів.",
                "Opened without a quorum: термінове питання (Секретар Ірина).",
                "There was no quorum: 6 counted, 7 needed.",
                "Not adopted",
            ],
        ),
        (8, ["Several items in one vote", "Agenda items: 4. Про посадку однієї яблуні 5. Про посадку другої яблуні"]),
        (
            9,
            [
                "No.: 1; Candidate: Волошка Уляна; Votes: 7",
                "1. Барвінок Омелян Іванович: 1. Волошка Уляна",
                "6. Кульбаба Пріська: 2. Нагідка Одарка",
                "Chosen: Волошка Уляна — 7, at least 7 needed",
            ],
        ),
        (
            10,
            [
                "Record of secret vote No. 10",
                "secret ballot, on paper",
                "Ballot papers handed out: 11 Ballot papers found: 11 Invalid ballot papers: 1",
                "protokol-komisii-1.pdf, 48213 bytes SHA-256: " + "5e" * 32,
                "Secret ballot (ст. 59 ч. 3): who voted how is not recorded anywhere.",
                "Candidate: Волошка Уляна; Votes: 8",
                "Chair of the counting commission:",
                "Void: підсумки внесено з помилкою. Set aside at 10:39:23; what was recorded remains and decides",
                "Repeated as vote 11.",
            ],
        ),
        (
            11,
            [
                "Repeat of vote 10, void: підсумки внесено з помилкою.",
                "Chosen: Волошка Уляна — 7, at least 7 needed",
            ],
        ),
    ],
)
def test_sheet_says_what_is_particular_to_each_kind_of_vote(
    told: Chronicle, seal: Seal, n: int, said: list[str]
) -> None:
    text = text_of(told, n, seal)
    assert [words for words in said if words not in text] == []


@pytest.mark.parametrize("n", range(1, 12))
def test_sheet_carries_what_councils_own_printouts_carry(told: Chronicle, seal: Seal, n: int) -> None:
    """Katowice, Gdańsk and the Ukrainian systems: who, which sitting, when, which number, what text, what figures."""
    text = text_of(told, n, seal)
    motion = told.record.votes[n].motion if n in told.record.votes else told.record.secret_votes[n].motion
    for words in (
        "Вигадане місто Вигадана міська рада",
        "Sitting: VII сесія, друге засідання Date: 22 November 2026",
        f"No. {n} ",
        f"Text put to the vote: {motion}",
        "Needed: a majority" if n != 6 else "Needed: more votes for than against",
        "Checkpoint: size 80, signed 22 November 2026, 14:00:00",
        "Root of the ledger: " + "ab" * 32,
        "Entry in the ledger: No. 30 of 80 " + "cd" * 32,
        f"The page of this vote: https://rada.example/sittings/meadow-council-2026-11-22/votes/{n}",
        "Chair of the sitting:",
        "Clerk:",
    ):
        assert words in text


def test_secret_sheet_names_no_voter(told: Chronicle, seal: Seal) -> None:
    text = text_of(told, 10, seal)
    named = [one.family_name for one in told.record.opened.members if one.family_name in text]
    assert sorted(named) == ["Безсмертник", "Волошка", "Нагідка"]  # the chair and the two candidates


def test_figures_are_those_of_the_record(told: Chronicle, seal: Seal) -> None:
    paper = sheet(told, 2, seal, EN)
    present, tally = [block.counts for block in paper.blocks if isinstance(block, Figures)]
    assert [count for _, count in present] == [13, 12, 10, 9, 7]
    assert dict(tally) == {"for": 7, "against": 1, "abstained": 0, "did not vote": 1, "absent": 2, "recused": 1}


def test_open_held_and_unknown_votes_have_no_sheet(full: Any, seal: Seal) -> None:
    running = full.Told()
    running.say(full.opening())
    running.arrive(full.MEMBERS[:9])
    running.open(1, "Пропозиція")
    running.press(dict.fromkeys(full.MEMBERS[:8], full.For))
    told = chronicle(running.entries())
    for n, code in ((1, "vote_open"), (2, "unknown_vote"), (0, "unknown_vote")):
        with pytest.raises(NoSheet) as refusal:
            sheet(told, n, seal, EN)
        assert refusal.value.code == code


def test_sheet_of_a_result_not_announced_is_a_draft(full: Any, seal: Seal) -> None:
    running = full.Told()
    running.say(full.opening())
    running.arrive(full.MEMBERS[:9])
    running.open(1, "Пропозиція")
    running.press(dict.fromkeys(full.MEMBERS[:8], full.For))
    running.close(announce=False)
    assert sheet(chronicle(running.entries()), 1, seal, EN).mark == "Draft. It may still change."
    running.announce()
    assert sheet(chronicle(running.entries()), 1, seal, EN).mark == ""


def test_exception_is_printed_with_the_names_of_those_who_voted_by_it(full: Any, seal: Seal) -> None:
    """Art. 59-1: without the recused there would be no quorum, so they vote after declaring."""
    m = full.MEMBERS
    small = full.Told()
    small.say(full.opening())
    small.arrive(m[:8])
    small.call("2", "Про колір лавок")
    small.say(*(RecusalDeclared(small.at(), member, "2", None, "terminal") for member in m[:2]))
    small.open(1, "Пофарбувати", "2", recused=m[:2], exception=True)
    small.press(dict.fromkeys(m[:8], full.For))
    small.close()
    text = text_of(chronicle(small.entries()), 1, seal)
    assert "2 members with a declared conflict of interest voted too: otherwise there would be no quorum." in text
    assert "1. Барвінок Омелян Іванович: For (conflict of interest declared)" in text


def test_vote_voided_after_its_announcement_keeps_its_roll_and_says_void(full: Any, seal: Seal) -> None:
    void = full.Told()
    void.say(full.opening())
    void.arrive(full.MEMBERS[:9])
    void.open(1, "Пропозиція")
    void.press(dict.fromkeys(full.MEMBERS[:8], full.For))
    void.close()
    void.say(VoteVoided(void.at(), 1, "голосували не за той текст"))
    text = text_of(chronicle(void.entries()), 1, seal)
    assert "Void: голосували не за той текст" in text
    assert "Adopted" not in text
    assert "for: 8" in text


@pytest.mark.parametrize(
    ("mode", "mark"),
    [
        ("ordinary", ""),
        ("training", "Training council. People, questions and votes are invented."),
        ("replay", "Replay of a record. Not a new sitting."),
        ("rehearsal", "Rehearsal. Not a record."),
    ],
)
def test_mark_says_what_is_no_ordinary_record(full: Any, mode: str, mark: str) -> None:
    source = Source("Відкриті дані", "ee" * 32) if mode == "replay" else None
    told = chronicle(full.whole(mode=mode, replay=source).entries())
    paper = sheet(told, 1, None, EN)
    assert paper.mark == mark
    assert ("Replayed from a record: Відкриті дані. SHA-256: " + "ee" * 32 in text_of(told, 1, None)) is bool(source)
    assert "Checkpoint: none: this is not in the published ledger" in text_of(told, 1, None)


def test_every_place_on_the_sheet_has_its_words_in_order(told: Chronicle, seal: Seal) -> None:
    """First whose and when, last the proof and the signatures."""
    blocks = sheet(told, 4, seal, EN).blocks
    assert isinstance(blocks[0], Facts)
    assert isinstance(blocks[-2], Proof) and isinstance(blocks[-1], Signatures)
    assert blocks[-2].code == Code(
        "The page of this vote", "https://rada.example/sittings/meadow-council-2026-11-22/votes/4"
    )


def test_sheet_without_a_site_has_no_code(told: Chronicle, seal: Seal) -> None:
    proof = sheet(told, 4, seal, replace(EN, site=None)).blocks[-2]
    assert isinstance(proof, Proof) and proof.code is None
