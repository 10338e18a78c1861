"""Why an agenda cannot be taken: what is wrong, where, and what was expected, in words. Pure but for the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from gettext import NullTranslations

from council.words import spoken

MOST = 50  # problems told of one file


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` counts as the table or text does, from 1; `column`: its heading as written. `value`: what stands there,
    `expected`: for choices, what may stand there."""

    code: str
    row: int | None = None
    column: str | None = None
    value: str = ""
    expected: str = ""

    def sentence(self, locale: str) -> str:
        """«Рядок 7, стовпець «Час»: …»"""
        t = spoken(locale, "hall")
        figures = {"row": self.row, "column": self.column, "value": shortened(self.value), "expected": self.expected}
        told = _SENTENCES[self.code](t) % figures
        if self.row is None:
            return told
        where = t.gettext("Row %(row)d, column “%(column)s”: %(what)s")
        if self.column is None:
            where = t.gettext("Row %(row)d: %(what)s")
        return where % {**figures, "what": told}


class AgendaRefused(Exception):
    """A table, a text or a file is not taken. At least one problem."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        super().__init__(f"{name}: {problems[0].sentence('en')}")
        self.name = name
        self.problems = tuple(problems[:MOST])
        self.more = len(problems) - len(self.problems)

    def sentences(self, locale: str) -> list[str]:
        """Each with the name of the file before it."""
        told = [f"{self.name}: {problem.sentence(locale)}" for problem in self.problems]
        if self.more:
            t = spoken(locale, "hall")
            told.append(t.gettext("… and %(count)d more.") % {"count": self.more})
        return told


def shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


_SENTENCES: dict[str, Callable[[NullTranslations], str]] = {
    # the file
    "no_table": lambda t: t.gettext("This is neither a CSV nor an XLSX file."),
    "too_large": lambda t: t.gettext("The file is too large: %(expected)s at most."),
    "damaged": lambda t: t.gettext("The file is damaged or not what its name says."),
    "not_text": lambda t: t.gettext("The letters cannot be read. Save the table as CSV UTF-8, or as XLSX."),
    "empty": lambda t: t.gettext("There is nothing in it."),
    "too_many_rows": lambda t: t.gettext("There are too many rows: %(expected)s at most."),
    "bad_quotes": lambda t: t.gettext("The quotation marks of this row do not match."),
    # headings
    "no_title_column": lambda t: t.gettext("No column is headed “Title”. The first row must hold the headings."),
    "unknown_column": lambda t: t.gettext("The heading “%(value)s” is not known. Known are: %(expected)s."),
    "column_twice": lambda t: t.gettext("Two columns mean the same: “%(value)s”."),
    "beside_columns": lambda t: t.gettext("“%(value)s” stands outside the columns that have a heading."),
    # cells
    "formula": lambda t: t.gettext("a formula stands here. Put its value in its place."),
    "error_value": lambda t: t.gettext("the table program has an error here: %(value)s."),
    "not_plain": lambda t: t.gettext("text or a number was expected, not a date or time."),
    "too_long": lambda t: t.gettext("the text is too long: %(expected)s characters at most."),
    "control": lambda t: t.gettext("there is a character here that cannot be seen (%(value)s). Type the text anew."),
    "no_title": lambda t: t.gettext("the title is missing."),
    "no_item_before": lambda t: t.gettext("a row without number and title continues an item, and there is none above."),
    "no_motion_here": lambda t: t.gettext("a row that continues an item needs the text of a motion."),
    "bad_item": lambda t: t.gettext("“%(value)s” is no item number. Expected: 1, 2, 7а, 3.1."),
    "item_twice": lambda t: t.gettext("item %(value)s is there twice."),
    "item_there": lambda t: t.gettext("item %(value)s is on it already. Give the other another number."),
    "bad_rule": lambda t: t.gettext("“%(value)s” is no rule of this council. Expected: %(expected)s."),
    "bad_seconds": lambda t: t.gettext("“%(value)s” is no time limit. Expected: seconds from 1 to 86400, or nothing."),
    "bad_yes": lambda t: t.gettext("“%(value)s” is neither yes nor no."),
    "no_draft": lambda t: t.gettext("the file “%(value)s” was not given with the table."),
    "without_vote": lambda t: t.gettext("an item without a vote has no rule, no time limit, and no consent."),
    # pasted text
    "no_numbers": lambda t: t.gettext("No line begins with a number, like “1. …” or “1) …”."),
    "out_of_order": lambda t: t.gettext("number %(value)s does not follow %(expected)s."),
    # drafts
    "draft_type": lambda t: t.gettext("Files of this type are not taken. Taken are: %(expected)s."),
    "draft_large": lambda t: t.gettext("The file is too large: %(expected)s at most."),
    "sitting_full": lambda t: t.gettext(
        "This sitting has been sent as many files as it may: %(expected)s at most, those taken off again included."
    ),
    "disk_full": lambda t: t.gettext("The disk has no room for more files. Nothing was kept; tell the technician."),
    "not_kept": lambda t: t.gettext(
        "The file could not be written to the disk. Nothing was kept; tell the technician."
    ),
    "draft_name": lambda t: t.gettext("The file needs a name."),
}

CODES = frozenset(_SENTENCES)
