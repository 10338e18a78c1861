"""An agenda from the text of a document, what changes between two versions, and the days of a deadline."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from council.agenda.changes import Changes, DraftChange, Retitled, changes
from council.agenda.deadline import due, is_late, last_day
from council.agenda.pasted import read_pasted
from council.agenda.problems import AgendaRefused, Problem
from council.profile import load
from voting.entries import AgendaPoint, Document

UA = load("ua")


def items(text: str) -> list[tuple[str, str]]:
    return [(item.item, item.title) for item in read_pasted(text, "текст", "majority_of_seats")[0]]


def problems(text: str) -> list[Problem]:
    with pytest.raises(AgendaRefused) as refused:
        read_pasted(text, "текст", "majority_of_seats")
    assert all(refused.value.sentences("uk"))
    return list(refused.value.problems)


def test_numbered_lines_are_items_and_other_lines_go_on() -> None:
    text = """
    ПОРЯДОК ДЕННИЙ
    II сесії VIII скликання

    1. Про бюджет громади
       на 2027 рік.
       Доповідає: Ганна Іванівна
    2) Про земельні питання
    2.1 Про ділянку 5
    2.2. Про ділянку 7
    № 3.\tПро різне
    4.
    Про звіт
    """
    assert items(text) == [
        ("1", "Про бюджет громади на 2027 рік. Доповідає: Ганна Іванівна"),
        ("2", "Про земельні питання"),
        ("2.1", "Про ділянку 5"),
        ("2.2", "Про ділянку 7"),
        ("3", "Про різне"),
        ("4", "Про звіт"),
    ]
    read, before = read_pasted(text, "текст", "majority_of_seats")
    assert before == ("ПОРЯДОК ДЕННИЙ", "II сесії VIII скликання")
    assert [(one.text, one.rule) for one in read[2].motions] == [("Про ділянку 5", "majority_of_seats")]


def test_a_year_or_a_date_at_the_start_of_a_line_is_no_number() -> None:
    assert items("1. Про зміни до рішення від\n22.11.2026 р. та\n2027. року\n2. Далі") == [
        ("1", "Про зміни до рішення від 22.11.2026 р. та 2027. року"),
        ("2", "Далі"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Про бюджет\nПро землю", [Problem("no_numbers")]),
        ("", [Problem("no_numbers")]),
        ("1. Перше\n1. Друге", [Problem("out_of_order", 2, None, "1", "1"), Problem("item_twice", 2, None, "1")]),
        ("3. Перше\n2. Друге", [Problem("out_of_order", 2, None, "2", "3")]),
        ("1. Перше\n15. грудня", [Problem("out_of_order", 2, None, "15", "1")]),
        ("1. Перше\n2.\n3. Третє", [Problem("no_title", 2)]),
        ("1. Пер\x07ше", [Problem("control", 1, None, "U+0007")]),
    ],
)
def test_a_text_that_is_no_agenda_is_refused_by_its_line(text: str, expected: list[Problem]) -> None:
    assert problems(text) == expected


@given(st.text(alphabet="12345.) \n№абв\t", max_size=60))
def test_any_text_gives_whole_items_or_problems(text: str) -> None:
    try:
        read, _ = read_pasted(text, "текст", "majority_of_seats")
    except AgendaRefused as refused:
        assert refused.problems
    else:
        assert read and all(item.title.strip() and len(item.motions) == 1 for item in read)
        assert len({item.item for item in read}) == len(read)


# --- changes --------------------------------------------------------------------------------------------------------


def points(*names: str) -> list[AgendaPoint]:
    return [AgendaPoint(name, f"Про {name}") for name in names]


def test_changes_between_two_versions_are_named_one_by_one() -> None:
    draft, other = Document("a.pdf", "a" * 64, 1), Document("b.pdf", "b" * 64, 1)
    before = [replace(points("1")[0], drafts=(draft,)), *points("2", "3", "4")]
    after = [
        points("4")[0],
        replace(before[0], drafts=(other,), consent=True),
        AgendaPoint("3", "Про інше"),
        AgendaPoint("7а", "Про нове"),
    ]
    assert changes(before, after) == Changes(
        added=(after[3],),
        removed=(before[1],),
        retitled=(Retitled("3", "Про 3", "Про інше"),),
        moved=("4",),
        consent=(after[1],),
        drafts=(DraftChange("1", other, added=True), DraftChange("1", draft, added=False)),
    )
    assert not changes(before, before) and changes([], points("1"))


@given(st.permutations("abcdef"), st.permutations("abcdef"))
def test_moving_what_is_said_to_have_moved_makes_one_order_of_the_other(before: list[str], after: list[str]) -> None:
    moved = changes(points(*before), points(*after)).moved
    assert [one for one in before if one not in moved] == [one for one in after if one not in moved]
    assert (moved == ()) == (before == after)


# --- deadlines ------------------------------------------------------------------------------------------------------


def test_the_earliest_deadline_comes_first_and_working_days_leave_out_weekends() -> None:
    drafts, notice = due(UA, date(2026, 11, 26))  # a Thursday
    assert (drafts.what, drafts.on, notice.what, notice.on) == (
        "drafts",
        date(2026, 11, 12),
        "notice",
        date(2026, 11, 16),
    )
    assert not is_late((drafts, notice), date(2026, 11, 12)) and is_late((drafts, notice), date(2026, 11, 13))
    assert not is_late((), date(2026, 11, 13))


@pytest.mark.parametrize(
    ("days", "working", "expected"),
    [
        (0, True, date(2026, 11, 22)),
        (1, True, date(2026, 11, 20)),
        (5, True, date(2026, 11, 16)),
        (6, True, date(2026, 11, 13)),
        (3, False, date(2026, 11, 19)),
    ],
)
def test_days_are_counted_back_from_the_day_of_the_sitting(days: int, working: bool, expected: date) -> None:
    deadline = replace(UA.deadlines["drafts_published"], days=days, working=working)
    assert last_day(deadline, date(2026, 11, 22)) == expected  # a Sunday


def test_a_profile_without_deadlines_binds_nothing() -> None:
    free = replace(UA, agenda=replace(UA.agenda, drafts=None, notice=None))
    assert due(free, date(2026, 11, 26)) == ()
