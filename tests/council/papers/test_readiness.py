"""The readiness sheet: what is ready, what is not, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pypdfium2
import pytest

from council.papers import plain
from council.papers.readiness import DeskRow, Rehearsed, readiness
from council.papers.typeset import compiled
from council.words import LANGUAGES

REHEARSED = Rehearsed(
    "Вигадане місто", "Рада", "VII сесія", date(2026, 11, 22), "Europe/Kyiv", "2026-11-21T15:00:00.000Z"
)
ALL = (True, True, True)
ROWS = (
    DeskRow(1, "Барвінок Омелян", ALL, 12, True, True),
    DeskRow(2, "Волошка Уляна", (True, False, False), 840, True, False),
    DeskRow(3, "Живокіст Юхим", (False, False, False), None, False, True),
)


def test_sheet_says_desk_by_desk_what_is_to_be_done() -> None:
    text = plain.text(readiness(REHEARSED, ROWS, "en", "uk"))
    assert text == (
        "Rehearsal. Not a record.\n\nВигадане місто\nРада\n\nReadiness of the hall\n\n"
        "Sitting: VII сесія\nDate: 22 November 2026\nChecked: 21 November 2026, 17:00:00\n\n"
        "Desks:\n  desks: 3\n  ready: 1\n  not ready: 2\n\n"
        "To be done\n\n"
        "- Desk 2, Волошка Уляна: an old version of the page; keys 2, 3 not pressed.\n"
        "- Desk 3, Живокіст Юхим: cut off; keys 1, 2, 3 not pressed; time there and back\n  not measured.\n\n"
        "Desk by desk\n\n"
        "Desk: 1; Member: Барвінок Омелян; Key 1: pressed; Key 2: pressed; Key 3:\n"
        "  pressed; There and back: 12 ms; Line: on line; Version: current\n"
        "Desk: 2; Member: Волошка Уляна; Key 1: pressed; Key 2: no; Key 3: no; There and\n"
        "  back: 840 ms; Line: on line; Version: old\n"
        "Desk: 3; Member: Живокіст Юхим; Key 1: no; Key 2: no; Key 3: no; There and back:\n"
        "  —; Line: cut off; Version: —\n\n"
        "Technician:\nClerk:\n\nРада, VII сесія, 22 November 2026\n\nRehearsal. Not a record.\n"
    )


def test_hall_where_all_is_ready_gets_one_sentence() -> None:
    text = plain.text(readiness(REHEARSED, ROWS[:1], "en", "uk"))
    assert "Every desk is on line and has pressed every key." in text
    assert "To be done" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheet_of_a_large_hall_is_a_pdf_in_each_language(
    read_pdf: Callable[[bytes], tuple[Any, str]], language: str
) -> None:
    rows = [DeskRow(n, f"Член{n}", ALL, n, True, True) for n in range(1, 121)]
    document, text = read_pdf(compiled(readiness(REHEARSED, rows, language, "uk")))
    assert len(document.pages) <= 4
    assert [row.member for row in rows if row.member not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_the_sheet_stay_in_their_columns(language: str) -> None:
    page = pypdfium2.PdfDocument(compiled(readiness(REHEARSED, ROWS[:1], language, "uk")))[0]
    text = page.get_textpage()
    boxes = [text.get_rect(i) for i in range(text.count_rects())]
    row = [box for box in boxes if any(abs(box[1] - other[1]) < 2 for other in boxes if other is not box)]
    assert len(row) > 8
    for left in row:
        for right in row:
            apart = left is right or abs(left[1] - right[1]) > 2 or left[0] > right[0]
            assert apart or left[2] <= right[0] + 1, (left, right)  # one point: letters lean into each other
