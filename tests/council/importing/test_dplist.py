"""Reading DPList votes: what is taken over, and what refuses a document, by place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from council.importing.dplist import DPListVote, read_vote
from council.importing.report import Problem
from voting.entries import Option, Result, RollEntry, Tally


def document(**changed: Any) -> dict[str, Any]:
    members = [
        (". .. ..", "........."),
        ("Андронов  В. Є.", "За       "),
        ("Ар'єва Я. В.", "........."),
        ("Банас Д. М.", "Не голосував"),
        ("Гончаренко І. П.", "Проти    "),
        ("Ємець Л. О.", "Утримався"),
    ]
    return {
        "GLTime": "08.06.2023 11:13:40",
        "GL_Text": " За порядок денний в цілому. ",
        "DPList": [{"DPName": name, "DPGolos": option} for name, option in members],
        "YESCnt": 1,
        "NOCnt": 1,
        "UTRCnt": 1,
        "NGCnt": 1,
        "TotalCnt": 4,
        "RESULT": " РІШЕННЯ НЕ ПРИЙНЯТЕ ",
        **changed,
    }


def test_read_vote_takes_padded_options_vacant_places_and_double_blanks() -> None:
    data = b"\xef\xbb\xbf" + json.dumps(document(), ensure_ascii=False).replace(", ", ",\r\n").encode()
    vote, problems = read_vote(data, "v.json")
    assert problems == []
    assert vote == DPListVote(
        title="За порядок денний в цілому.",
        printed_at="08.06.2023 11:13:40",
        roll=(
            RollEntry("Андронов В. Є.", Option.FOR),
            RollEntry("Ар'єва Я. В.", Option.ABSENT),
            RollEntry("Банас Д. М.", Option.NOT_VOTING),
            RollEntry("Гончаренко І. П.", Option.AGAINST),
            RollEntry("Ємець Л. О.", Option.ABSTAIN),
        ),
        vacant=1,
        tally=Tally(for_=1, against=1, abstain=1, not_voting=1, absent=1),
        result=Result.REJECTED,
    )
    assert (vote.seats, vote.present) == (6, 4)


@pytest.mark.parametrize(
    ("changed", "place", "reason"),
    [
        ({"YESCnt": 2}, "", "“YESCnt” is 2, but the list of members gives 1"),
        ({"TotalCnt": 5}, "", "“TotalCnt” is 5, but the list of members gives 4"),
        ({"TotalCnt": "4"}, "", '“TotalCnt” is "4", expected a whole number'),
        ({"RESULT": "ТАК"}, "", '“RESULT” is "ТАК", expected one of рішення прийняте, рішення не прийняте'),
        ({"DPList": {}}, "", "“DPList” is {}, expected a list of members [ … ]"),
        (
            {"DPList": [{"DPName": "Банас Д. М.", "DPGolos": "ЗА?"}]},
            "member 1",
            '“DPGolos” is "ЗА?", expected one of за, проти, утримався, не голосував, ........., відсутній',
        ),
        ({"DPList": [{"DPName": ". .. ..", "DPGolos": "За"}]}, "member 1", "a vacant place has the option for"),
        (
            {"DPList": [{"DPName": name, "DPGolos": "За"} for name in ("Банас Д. М.", "Банас  Д.  М.")]},
            "member 2",
            "Банас Д. М. stands twice",
        ),
        ({"DPList": ["Банас"]}, "member 1", '"Банас" stands where an object { … } was expected'),
    ],
)
def test_read_vote_refuses_what_nobody_could_defend(changed: dict[str, Any], place: str, reason: str) -> None:
    data = json.dumps(document(**changed), ensure_ascii=False).encode()
    assert read_vote(data, "v.json") == (None, [Problem("v.json", place, reason)])


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("порядок", 'пор"ядок', "line 3, column"),  # bare quotes, as in some of the archives
        ("порядок", "пор\nядок", "line 3, column"),  # a line break within a text
    ],
)
def test_read_vote_of_invalid_json_says_where(old: str, new: str, place: str) -> None:
    data = json.dumps(document(), ensure_ascii=False, indent=1).replace(old, new).encode()
    vote, problems = read_vote(data, "v.json")
    assert vote is None
    assert problems[0].place.startswith(place)
    assert problems[0].reason.startswith("not JSON: ")
