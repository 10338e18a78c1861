"""An agenda from a table: what is read, and what is refused with row and column."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from council.agenda.columns import COLUMNS
from council.agenda.problems import CODES, AgendaRefused, Problem
from council.agenda.reading import read_agenda
from council.agenda.tables import MAX_ROWS, read_table
from council.profile import load
from council.sitting import PlannedItem, PlannedMotion
from voting.entries import Document

UA = load("ua")
DRAFT = Document("проєкт.pdf", "a" * 64, 12)


def read(data: str | bytes, name: str = "порядок.csv", **drafts: Document) -> tuple[PlannedItem, ...]:
    raw = data.encode() if isinstance(data, str) else data
    return read_agenda(raw, name, UA, {one.name: one for one in drafts.values()}, "uk")


def problems(data: str | bytes, name: str = "порядок.csv") -> list[Problem]:
    with pytest.raises(AgendaRefused) as refused:
        read(data, name)
    assert all(refused.value.sentences("uk")) and all(refused.value.sentences("en"))
    return list(refused.value.problems)


def xlsx(*rows: Sequence[Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def motion(item: str, text: str, rule: str = "majority_of_seats", seconds: int | None = None, n: int = 1) -> Any:
    return PlannedMotion(item, n, text, rule, seconds, None, ())


def test_a_whole_table_becomes_items_with_motions_consent_and_drafts() -> None:
    table = (
        "№;Назва;Текст рішення;Правило;Секунд;Пакетом;Файл\n"
        "1.;Про бюджет;Затвердити бюджет;дві третини складу ради, ст. 59 ч. 4;30;ні;проєкт.pdf\n"
        ";;Доручити виконкому;;;;\n"
        "2;Про звіт;—;;;;\n"
        '7а;"Про землю; ділянка 5";;two_thirds_of_seats;;так;\n'
    )
    assert read(table, draft=DRAFT) == (
        PlannedItem(
            "1",
            "Про бюджет",
            (motion("1", "Затвердити бюджет", "two_thirds_of_seats", 30), motion("1", "Доручити виконкому", n=2)),
            False,
            (DRAFT,),
        ),
        PlannedItem("2", "Про звіт", ()),
        PlannedItem("7а", "Про землю; ділянка 5", (motion("7а", "Про землю; ділянка 5", "two_thirds_of_seats"),), True),
    )


def test_titles_alone_are_counted_and_put_to_the_vote() -> None:
    expected = tuple(PlannedItem(str(n), title, (motion(str(n), title),)) for n, title in ((1, "Перше"), (2, "Друге")))
    assert read("Назва\nПерше\n\nДруге\n") == expected


@pytest.mark.parametrize("language", ["en", "uk", "pl", "ro", "mr"])
def test_headings_are_known_in_every_language_of_the_papers(language: str) -> None:
    headings = [COLUMNS[column][language][0] for column in ("item", "title", "seconds")]
    assert read(xlsx(headings, ["5", "Тема", 45]), "a.xlsx") == (
        PlannedItem("5", "Тема", (motion("5", "Тема", seconds=45),)),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_is_read_in_every_encoding_and_with_every_delimiter(encoding: str, delimiter: str, end: str) -> None:
    table = end.join(delimiter.join(row) for row in (("№", "Назва"), ("1", "Про їжу й ґрунт"))) + end
    assert read(table.encode(encoding)) == (PlannedItem("1", "Про їжу й ґрунт", (motion("1", "Про їжу й ґрунт"),)),)


def test_a_quoted_line_break_is_part_of_the_motion_and_of_no_title() -> None:
    (item,) = read('Назва,Рішення\n"Про\nбюджет","Перше.\nДруге."\n')
    assert (item.title, item.motions[0].text) == ("Про бюджет", "Перше.\nДруге.")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("", [Problem("empty")]),
        ("№;Час\n1;20", [Problem("no_title_column", 1)]),
        ("Назва;Нзва\nx;y", None),
        ("Назва;Нзва\nx;\n;y", None),
        ("Назва;Питання\nx;y", [Problem("column_twice", 1, None, "Питання")]),
        ("№;Назва\n1;", [Problem("no_title", 2, "Назва")]),
        ("№;Назва\n1;Перше\n1;Друге", [Problem("item_twice", 3, "№", "1")]),
        ("№;Назва\n1/2;Перше", [Problem("bad_item", 2, "№", "1/2")]),
        ("Назва;Час\nПерше;0:30", [Problem("bad_seconds", 2, "Час", "0:30")]),
        ("Назва;Час\nПерше;90000", [Problem("bad_seconds", 2, "Час", "90000")]),
        ("Назва;Пакет\nПерше;може", [Problem("bad_yes", 2, "Пакет", "може")]),
        ("Назва;Файл\nПерше;немає.pdf", [Problem("no_draft", 2, "Файл", "немає.pdf")]),
        ("Назва;Рішення\n;Друге", [Problem("no_item_before", 2)]),
        ("Назва;Рішення;Час\nПерше;;\n;;20", [Problem("no_motion_here", 3, "Рішення")]),
        ("Назва;Рішення;Пакет\nЗвіт;-;так", [Problem("without_vote", 2, "Пакет")]),
        ("Назва;Рішення;Час\nЗвіт;-;20", [Problem("without_vote", 2, "Рішення")]),
        ("Назва\nПерше;друге", [Problem("beside_columns", 2, "B", "друге")]),
        ('Назва\n"Перше" друге', [Problem("bad_quotes", 2)]),
        ('Назва\n"Перше', [Problem("bad_quotes", 2)]),
        ("Назва\nПер\x07ше", [Problem("control", 2, "A", "U+0007")]),
    ],
)
def test_what_is_wrong_is_told_by_row_and_column_and_nothing_is_read(
    table: str, expected: list[Problem] | None
) -> None:
    found = problems(table)
    if expected is None:
        assert [(one.code, one.row, one.value) for one in found] == [("unknown_column", 1, "Нзва")]
        assert found[0].expected == "№, Назва, Текст рішення, Правило, Секунд, Пакетом, Файл"
    else:
        assert found == expected


def test_every_problem_of_a_table_is_told_at_once_with_the_name_of_the_file() -> None:
    with pytest.raises(AgendaRefused) as refused:
        read("№;Назва;Правило;Час\n1;;;\n2;Друге;інакше;x\n")
    assert refused.value.sentences("uk") == [
        "порядок.csv: Рядок 2, стовпець «Назва»: немає назви.",
        "порядок.csv: Рядок 3, стовпець «Правило»: «інакше» — такого правила в цієї ради немає. Очікується: "
        "більшість складу ради, ст. 59 ч. 2, дві третини складу ради, ст. 59 ч. 4.",
        "порядок.csv: Рядок 3, стовпець «Час»: «x» — не обмеження часу. Очікується число секунд від 1 до 86400 або "
        "порожньо.",
    ]
    with pytest.raises(AgendaRefused) as refused:
        read("№;Назва\n" + "1;\n" * 60)
    assert len(refused.value.sentences("en")) == 51 and refused.value.sentences("en")[-1] == "… and 10 more."


def test_cells_headings_and_rows_that_are_wrong_are_told_together_in_the_order_of_the_rows() -> None:
    table = xlsx(
        ["№", "Назва", "Секунд", "Колір"],
        [1, "Перше", "хвилину", "червоний"],
        [2, date(2026, 3, 1), None, None],
        [None, None, 30, None],  # of the item above, which could not be read
        [4, "=1+1", None, None],
        [1, "Знову\u200b", None, None],
        [6, "Шосте", 0, None],
    )
    told = [(one.row, one.code) for one in problems(table, "a.xlsx")]
    assert told == [
        *((1, "unknown_column"), (2, "bad_seconds"), (3, "not_plain"), (5, "formula"), (6, "control")),
        (7, "bad_seconds"),
    ]


def test_numbers_and_yes_of_a_spreadsheet_are_text() -> None:
    table = xlsx(
        ["№", "Назва", "Секунд", "Пакетом"], [1, "Перше", 20, True], [2.0, "Друге", 30.0, False], [3.1, "Т", "", ""]
    )
    assert [(item.item, item.consent, item.motions[0].seconds) for item in read(table, "a.xlsx")] == [
        ("1", True, 20),
        ("2", False, 30),
        ("3.1", False, None),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=A1", Problem("formula", 2, "B")),
        (date(2026, 3, 1), Problem("not_plain", 2, "B")),
    ],
)
def test_a_formula_or_a_date_in_a_cell_is_refused(value: Any, expected: Problem) -> None:
    assert problems(xlsx(["№", "Назва"], ["1", value]), "a.xlsx") == [expected]


def test_a_file_that_is_not_what_its_name_says_is_refused() -> None:
    whole = xlsx(["Назва"], ["Перше"])
    assert problems(b"PK\x03\x04 nothing", "a.xlsx") == [Problem("damaged")]
    assert problems("Назва\nПерше", "a.xlsx") == [Problem("damaged")]
    assert problems(whole[: len(whole) // 2], "a.xlsx") == [Problem("damaged")]
    assert problems(whole, "a.ods") == [Problem("no_table")]
    assert problems(whole, "a.csv")[0].code in ("not_text", "control", "unknown_column", "bad_quotes")
    assert problems(b"\xff\xfe\x00", "a.csv") == [Problem("not_text")]


def test_a_file_that_unpacks_to_far_more_than_it_is_is_refused() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b" " * 11_000_000)
    assert len(out.getvalue()) < 20_000
    assert problems(out.getvalue(), "a.xlsx") == [Problem("too_large", expected="10 MB")]
    assert problems(b"x" * 2_000_001) == [Problem("too_large", expected="2 MB")]


def test_a_document_type_in_a_part_is_refused() -> None:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(xlsx(["Назва"], ["Перше"]))) as whole, zipfile.ZipFile(out, "w") as package:
        for part in whole.infolist():
            text = whole.read(part)
            if part.filename.endswith("sheet1.xml"):
                text = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + text
            package.writestr(part.filename, text)
    assert problems(out.getvalue(), "a.xlsx") == [Problem("damaged")]


def test_too_many_rows_are_refused_and_empty_ones_do_not_count() -> None:
    assert problems("Назва\n" + "Т\n" * MAX_ROWS)[0].code == "too_many_rows"
    assert len(read("Назва\n" + "\n" * 5000 + "Т\n")) == 1
    assert problems("Назва" + ";x" * 60 + "\n1")[0].code == "too_many_rows"


CELLS = st.one_of(
    st.sampled_from(
        ["", "1", "1", "2.", "7а", "3.1", "-", "так", "20", "Про бюджет", "majority_of_seats", "проєкт.pdf"]
    ),
    st.text(max_size=12),
)
HEADINGS = st.sampled_from([words[0] for languages in COLUMNS.values() for words in languages.values()] + ["", "інше"])


@settings(max_examples=150, deadline=None)
@given(
    headings=st.lists(HEADINGS, min_size=1, max_size=8),
    rows=st.lists(st.lists(CELLS, max_size=8), max_size=6),
)
def test_any_table_gives_whole_items_or_problems(headings: list[str], rows: list[list[str]]) -> None:
    """What is read is what publication, store and ledger take; anything else is refused with a sentence."""
    lines = [headings, *rows]
    text = "\n".join(";".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    try:
        items = read(text.encode("utf-8", "surrogatepass"), draft=DRAFT)
    except AgendaRefused as refused:
        assert all(problem.code in CODES for problem in refused.problems)
        assert all(refused.sentences("uk"))
        return
    assert items and len({item.item for item in items}) == len(items)
    for item in items:
        assert item.title == " ".join(item.title.split()) != ""
        assert [one.position for one in item.motions] == list(range(1, len(item.motions) + 1))
        assert all(one.rule in UA.rules and one.text and one.item == item.item for one in item.motions)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=400), name=st.sampled_from(["a.csv", "a.xlsx", "a.txt", "a"]))
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    for bytes_ in (data, b"PK\x03\x04" + data):
        try:
            read_table(bytes_, name)
        except AgendaRefused as refused:
            assert refused.problems


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 4000), change=st.binary(min_size=1, max_size=8))
def test_a_spreadsheet_damaged_anywhere_is_read_or_refused(place: int, change: bytes) -> None:
    whole = bytearray(xlsx(["№", "Назва"], ["1", "Перше"]))
    place %= len(whole)
    whole[place : place + len(change)] = change
    try:
        read(bytes(whole), "a.xlsx")
    except AgendaRefused as refused:
        assert refused.problems
