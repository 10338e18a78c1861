"""Reading the voting system's files: what is taken, what is refused and where."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from council.importing.drohobych import SHIPPED_SITTINGS, shipped
from council.importing.drohobych_file import faction_name, read_roster, read_sitting
from council.importing.report import Problem
from voting.entries import Option

PLAIN = {"ЗА": "for", "ПРОТИ": "against", "УТРИМАВСЯ": "abstain", "НЕ ГОЛОСУВАВ": "not_voting", "ВІДСУТНІЙ": "absent"}
MEMBERS = {"1", "2"}


def sitting(**changes: Any) -> dict[str, Any]:
    vote = {
        "voteName": "  Про  перше ",
        "namedVoting": [{"1": "ЗА"}, {"2": "ПРОТИ"}],
        "voteTimestamp": "22.11.17 10:17:51",
    }
    return {"sessionDate": "22.11.17", "sessionName": "I сесія", "voting": [vote | changes, vote]}


def read(source: Any) -> tuple[list[int] | None, list[Problem]]:
    """The places of the votes that were read, and the problems."""
    data = source if isinstance(source, bytes) else json.dumps(source, ensure_ascii=False).encode()
    found, problems = read_sitting(data, "f.json", MEMBERS)
    return None if found is None else [vote.place for vote in found.votes], problems


@pytest.mark.parametrize("file", SHIPPED_SITTINGS)
def test_read_sitting_of_a_shipped_file_takes_every_vote_as_it_stands(file: str) -> None:
    raw = json.loads(shipped(file))
    found, problems = read_sitting(shipped(file), file)
    assert found is not None
    assert problems == []
    assert [(vote.place, vote.title, vote.options) for vote in found.votes] == [
        (place, vote["voteName"].strip(), {m: PLAIN[o] for line in vote["namedVoting"] for m, o in line.items()})
        for place, vote in enumerate(raw["voting"], 1)
    ]


def test_read_sitting_keeps_two_votes_with_one_timestamp_in_the_order_of_the_file() -> None:
    found, _ = read_sitting(shipped("2017-04-06.json"), "f")
    assert found is not None
    first, second = found.votes[36:38]
    assert first.at == second.at == datetime(2017, 4, 6, 9, 36, 35, tzinfo=UTC)  # summer time: three hours
    assert (first.place, second.place) == (37, 38)


def test_read_sitting_takes_local_winter_time_and_leaves_the_title_verbatim() -> None:
    found, problems = read_sitting(json.dumps(sitting()).encode(), "f")
    assert found is not None
    assert problems == []
    assert (found.held_on, found.session_label) == (date(2017, 11, 22), "I сесія")
    assert found.votes[0].at == datetime(2017, 11, 22, 8, 17, 51, tzinfo=UTC)
    assert found.votes[0].title == "Про  перше"


@pytest.mark.parametrize(
    ("spelling", "option"),
    [
        ("ЗА ", Option.FOR),
        ("за", Option.FOR),
        ("проти", Option.AGAINST),
        ("утрималась", Option.ABSTAIN),
        ("утримався", Option.ABSTAIN),
        (" НЕ ГОЛОСУВАВ", Option.NOT_VOTING),
        ("НЕ  ГОЛОСУВАЛА", Option.NOT_VOTING),
        ("НЕ ГОЛОСУ", Option.NOT_VOTING),
        ("НА ГОЛОСУВАВ", Option.NOT_VOTING),
        ("ВІДСУТНЯ", Option.ABSENT),
        ("відсутня", Option.ABSENT),
        ("Відсутній", Option.ABSENT),
        ("ВІДСУТ", Option.ABSENT),
    ],
)
def test_read_sitting_knows_the_spellings_of_the_archive(spelling: str, option: Option) -> None:
    found, problems = read_sitting(json.dumps(sitting(namedVoting=[{"1": spelling}])).encode(), "f", MEMBERS)
    assert found is not None
    assert problems == []
    assert found.votes[0].options == {"1": option}


@pytest.mark.parametrize("spelling", ["", "НЕ", "PF", "3A", "ЗА!", "ЗАПРОТИ", None, 1, ["ЗА"]])
def test_read_sitting_with_an_unknown_option_refuses_that_vote_alone(spelling: Any) -> None:
    places, problems = read(sitting(namedVoting=[{"1": "ЗА"}, {"2": spelling}]))
    assert places == [2]
    shown = json.dumps(spelling, ensure_ascii=False)
    reason = f"unknown option {shown}; this vote is not taken over"
    assert problems == [Problem("f.json", "vote 1, member 2", reason)]
    assert str(problems[0]) == f"f.json: vote 1, member 2: {reason}"


@pytest.mark.parametrize(
    ("changes", "place", "reason"),
    [
        ({"namedVoting": [{"1": "ЗА"}, {"9": "ЗА"}]}, "vote 1, member 9", "no such member in office that day"),
        ({"namedVoting": [{"1": "ЗА"}, {"1": "ЗА"}]}, "vote 1, member 1", "the member stands twice"),
        ({"namedVoting": []}, "vote 1", "it mentions no member"),
        ({"namedVoting": {"1": "ЗА"}}, "vote 1", "“namedVoting” is {"),
        ({"namedVoting": ["ЗА"]}, "vote 1", '"ЗА" stands where an object'),
        ({"namedVoting": None}, "vote 1", "“namedVoting” is null, expected a list"),
        ({"voteName": " "}, "vote 1", "“voteName” is empty"),
        ({"voteName": 5}, "vote 1", "“voteName” is 5, expected a text"),
        ({"voteName": "a\0b"}, "vote 1", "“voteName” holds a character that cannot be seen, U+0000"),
        ({"voteName": "\ud800"}, "vote 1", "“voteName” holds a character that cannot be seen, U+D800"),
        ({"voteTimestamp": "22.11.17"}, "vote 1", '“voteTimestamp” is "22.11.17", expected a time'),
        ({"voteTimestamp": "31.02.17 10:00:00"}, "vote 1", "“voteTimestamp” is"),
        ({"voteTimestamp": "26.03.17 03:30:00"}, "vote 1", "a moment when clocks were changed in Europe/Kyiv"),
        ({"voteTimestamp": "29.10.17 03:30:00"}, "vote 1", "a moment when clocks were changed in Europe/Kyiv"),
    ],
)
def test_read_sitting_with_a_faulty_vote_reports_it_and_reads_the_rest(
    changes: dict[str, Any], place: str, reason: str
) -> None:
    source = json.dumps(sitting(**changes)).encode()
    places, problems = read(source)
    assert places == [2]
    assert [problem.place for problem in problems] == [place]
    assert reason in problems[0].reason


@pytest.mark.parametrize(
    ("data", "place", "reason"),
    [
        (b"", "line 1, column 1", "not JSON"),
        (b'{"sessionDate":\n "22.11.17",\n "a": "b"c"}', "line 3, column 10", "not JSON: Expecting ',' delimiter"),
        (b'{\n"a": "\xff"}', "line 2", "not UTF-8 (byte 8)"),
        (b'{"a": NaN}', "", "not JSON: NaN is not a number"),
        (b"[" * 100_000, "", "not JSON"),
        (b"[]", "heading", "[] stands where an object"),
        (b"{}", "heading", "“sessionDate” is missing"),
        (b'{"sessionDate": "22.11.2017"}', "heading", '“sessionDate” is "22.11.2017", expected a date'),
        (b'{"sessionDate": "22.11.17"}', "heading", "“sessionName” is missing"),
        (b'{"sessionDate": "22.11.17", "sessionName": "I", "voting": 1}', "heading", "“voting” is 1, expected a list"),
        (b'{"sessionDate": "22.11.17", "sessionDate": "1.1.17"}', "heading", "a key stands twice"),
    ],
)
def test_read_sitting_of_a_file_that_is_not_one_says_where(data: bytes, place: str, reason: str) -> None:
    places, problems = read(data)
    assert places is None
    assert [problem.place for problem in problems] == [place]
    assert reason in problems[0].reason


def test_read_sitting_with_a_member_twice_in_one_object_refuses_that_vote() -> None:
    source = json.dumps(sitting(namedVoting=[{"1": "ЗА", "2": "ЗА"}])).replace('"2"', '"1"', 1)
    places, problems = read(source.encode())
    assert places == [2]
    assert problems[0].reason.startswith("a key stands twice in one object")


def test_read_sitting_with_a_byte_order_mark_reads_it() -> None:
    assert read(b"\xef\xbb\xbf" + json.dumps(sitting()).encode()) == ([1, 2], [])


@pytest.mark.parametrize("reader", [read_sitting, read_roster], ids=lambda reader: reader.__name__)
def test_reading_a_damaged_file_never_fails_but_reports(reader: Callable[..., Any]) -> None:
    random_bytes = random.Random(1)
    whole = shipped("2017-11-22.json" if reader is read_sitting else "deputies.json")
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(random_bytes.randint(1, 3)):
            data[random_bytes.randrange(len(data))] = random_bytes.randrange(256)
        reader(bytes(data[: random_bytes.choice([len(data), len(data), random_bytes.randrange(len(data))])]), "f")


def test_read_roster_of_the_shipped_file_has_37_places_of_one_term() -> None:
    members, problems = read_roster(shipped("deputies.json"), "deputies.json")
    assert problems == []
    assert [member.member for member in members] == [str(number) for number in range(1001, 1038)]
    assert {(member.from_on, member.until_on) for member in members} == {(date(2015, 10, 20), date(2020, 10, 20))}
    eighth = members[7]
    assert (eighth.family_name, eighth.patronymic) == ("Городинський", "Мар’янович")
    assert eighth.faction == members[8].faction == "Громадський рух «Народний контроль»"
    assert sum(member.faction is None for member in members) == 2


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ('Об\'єднання "Самопоміч"', "Об’єднання «Самопоміч»"),
        ("Українське об’єднання патріотів - УКРОП", "Українське об’єднання патріотів — УКРОП"),
        ('ВО  "Свобода"', "ВО «Свобода»"),
        ("Позафракційний", None),
        ("", None),
    ],
)
def test_faction_name_is_printed_with_ukrainian_quotes_and_apostrophe(spelling: str, name: str | None) -> None:
    assert faction_name(spelling) == name


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": "1002"}, 'member 2: “id” is "1002", expected a whole number'),
        ({"id": True}, "member 2: “id” is true, expected a whole number"),
        ({"id": 0}, "member 2: “id” is 0, expected a number above 0"),
        ({"id": 1001}, "member 2: id 1001 stands twice"),
        ({"lastName": " "}, "member 2 (id 1002): “lastName” is empty"),
        ({"startDate": "2015-10-20"}, 'member 2 (id 1002): “startDate” is "2015-10-20", expected a date'),
        ({"endDate": "19.10.2015"}, "member 2 (id 1002): “endDate” 19.10.2015 is before “startDate”"),
    ],
)
def test_read_roster_with_a_faulty_member_reports_it_and_reads_the_rest(changes: dict[str, Any], reason: str) -> None:
    records = json.loads(shipped("deputies.json"))
    records[1] |= changes
    members, problems = read_roster(json.dumps(records).encode(), "r.json")
    assert len(members) == 36
    assert len(problems) == 1
    assert str(problems[0]).startswith(f"r.json: {reason}")
