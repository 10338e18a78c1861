"""An agenda from a table: its rows as prepared items, or every problem with row and column. Pure.

One row is one item; a row without number and title is one more motion of the item above. Where no motion is given its
title is put to the vote, and a dash in the motion's cell says that nothing is. Items without a number are counted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from council.agenda.columns import NO, NO_VOTE, YES, meaning, offered, plain
from council.agenda.problems import AgendaRefused, Problem
from council.agenda.tables import Rows, column_name, read_table
from council.profile import Profile
from council.sitting import PlannedItem, PlannedMotion
from voting.entries import Document

MAX_TITLE = 2_000
MAX_ITEM = 16


def read_agenda(
    data: bytes, name: str, profile: Profile, drafts: Mapping[str, Document], locale: str
) -> tuple[PlannedItem, ...]:
    """name: of the file, which says whether it is CSV or XLSX. drafts: by the name the table gives them. locale: of the
    headings offered where one is not known. Raises AgendaRefused."""
    rows, problems = read_table(data, name)
    return Reader(name, profile, drafts, locale, problems).read(rows)


def is_item(text: str) -> bool:
    """Whether it can be an item's number as printed: «7», «7а», «3.1»."""
    return (
        0 < len(text) <= MAX_ITEM
        and text[0].isalnum()
        and all(c.isalnum() or c in ".-" or unicodedata.category(c).startswith("M") for c in text)
    )


def title_motion(item: str, title: str, rule: str) -> PlannedMotion:
    """The title itself, put to the vote."""
    return PlannedMotion(item, 1, title, rule, None, None, ())


@dataclass(slots=True)
class Reader:
    """One table on its way to items."""

    name: str
    profile: Profile
    drafts: Mapping[str, Document]
    locale: str
    problems: list[Problem] = field(default_factory=list)
    items: dict[str, PlannedItem] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)  # column -> place
    headings: list[str] = field(default_factory=list)

    def read(self, rows: Rows) -> tuple[PlannedItem, ...]:
        """A row with a cell that cannot be read is told by that cell alone, and so is what goes on from it."""
        bad, after_bad = {problem.row for problem in self.problems}, False
        (heading_row, headings), *rest = rows
        if heading_row not in bad:
            self._read_headings(heading_row, headings)
        for row, cells in rest if "title" in self.places else ():
            given = self._given(cells)
            goes_on = not given.get("item") and not given["title"]
            after_bad = row in bad or (after_bad and goes_on)
            if not after_bad:
                self._read_row(row, cells, given)
        if not self.problems and not self.items:
            self.problems.append(Problem("empty"))
        if self.problems:
            raise AgendaRefused(self.name, sorted(self.problems, key=lambda problem: problem.row or 0))
        return tuple(self.items.values())

    def _given(self, cells: list[str]) -> dict[str, str]:
        return {column: cells[place] if place < len(cells) else "" for column, place in self.places.items()}

    def _read_headings(self, row: int, headings: list[str]) -> None:
        self.headings = headings
        for place, heading in enumerate(headings):
            if not heading:
                continue
            column = meaning(heading)
            if column is None:
                self._problem("unknown_column", row, None, heading, offered(self.locale))
            elif column in self.places:
                self._problem("column_twice", row, None, heading)
            else:
                self.places[column] = place
        if "title" not in self.places and not self.problems:
            self._problem("no_title_column", row)

    def _read_row(self, row: int, cells: list[str], given: dict[str, str]) -> None:
        for place, cell in enumerate(cells):
            if cell and (place >= len(self.headings) or not self.headings[place]):
                self.problems.append(Problem("beside_columns", row, column_name(place), cell))
        told = len(self.problems)
        if not given.get("item") and not given["title"]:
            self._continue(row, given)
            return
        item = self._item(row, given.get("item", ""))
        title = " ".join(given["title"].split())
        if not title:
            self._problem("no_title", row, "title")
        if len(title) > MAX_TITLE:
            self._problem("too_long", row, "title", title, str(MAX_TITLE))
        motion = self._motion(row, given, item, 1, title)
        consent = self._yes(row, given.get("consent", ""))
        draft = self._draft(row, given.get("draft", ""))
        if motion is None and consent:
            self._problem("without_vote", row, "consent")
        if len(self.problems) == told:
            self.items[item] = PlannedItem(item, title, () if motion is None else (motion,), consent, draft)

    def _continue(self, row: int, given: dict[str, str]) -> None:
        """One more motion of the item above."""
        above = next(reversed(self.items.values()), None)
        if above is None:
            self._problem("no_item_before", row)
            return
        if "motion" not in self.places and any(problem.code == "unknown_column" for problem in self.problems):
            return  # that column may be the motions'
        if not given.get("motion") or given["motion"] in NO_VOTE:
            self._problem("no_motion_here", row, "motion" if "motion" in self.places else None)
            return
        told = len(self.problems)
        motion = self._motion(row, given, above.item, len(above.motions) + 1, above.title)
        drafts = self._draft(row, given.get("draft", ""))
        if motion is not None and len(self.problems) == told:
            added = tuple(one for one in drafts if one not in above.drafts)
            self.items[above.item] = replace(above, motions=(*above.motions, motion), drafts=(*above.drafts, *added))

    def _item(self, row: int, text: str) -> str:
        """The number as printed; a full stop or bracket behind it is none of it."""
        item = text.strip().rstrip(".)").strip() or str(len(self.items) + 1)
        if not is_item(item):
            self._problem("bad_item", row, "item", text)
        elif item in self.items:
            self._problem("item_twice", row, "item" if "item" in self.places else None, item)
        return item

    def _motion(self, row: int, given: dict[str, str], item: str, position: int, title: str) -> PlannedMotion | None:
        """None: the item has no vote."""
        text = given.get("motion", "")
        rule, seconds = self._rule(row, given.get("rule", "")), self._seconds(row, given.get("seconds", ""))
        if text in NO_VOTE:
            if given.get("rule") or given.get("seconds"):
                self._problem("without_vote", row, "motion")
            return None
        return PlannedMotion(item, position, text or title, rule, seconds, None, ())

    def _rule(self, row: int, text: str) -> str:
        """By its name, or by the few words that the profile has for it in any language."""
        if not text:
            return self.profile.default_rule
        wanted = plain(text)
        for name, rule in self.profile.rules.items():
            if wanted in {plain(name), *(plain(short) for short in rule.short.values())}:
                return name
        known = ", ".join(rule.short.get(self.locale, name) for name, rule in self.profile.rules.items())
        self._problem("bad_rule", row, "rule", text, known)
        return ""

    def _seconds(self, row: int, text: str) -> int | None:
        if not text:
            return None
        if text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 86_400:
            return int(text)
        self._problem("bad_seconds", row, "seconds", text)
        return None

    def _yes(self, row: int, text: str) -> bool:
        wanted = plain(text)
        if wanted not in YES | NO:
            self._problem("bad_yes", row, "consent", text)
        return wanted in YES

    def _draft(self, row: int, text: str) -> tuple[Document, ...]:
        """One file, or several with semicolons or line breaks between them."""
        names = [" ".join(name.split()) for name in text.replace("\n", ";").split(";")]
        found = []
        for name in filter(None, names):
            document = self.drafts.get(unicodedata.normalize("NFC", name))
            if document is None:
                self._problem("no_draft", row, "draft", name)
            elif document not in found:
                found.append(document)
        return tuple(found)

    def _problem(self, code: str, row: int, column: str | None = None, value: str = "", expected: str = "") -> None:
        heading = self.headings[self.places[column]] if column in self.places else None
        self.problems.append(Problem(code, row, heading, value, expected))
