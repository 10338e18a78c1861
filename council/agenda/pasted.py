"""An agenda from the text of a document: numbered lines as items. Pure.

«1. …», «1) …», «№ 1. …» and «1.1 …» begin an item; any other line goes on with the item above. What stands before the
first number (a heading, an address) is not taken, and told. A number that does not follow the one before it is a
problem, because the line may as well be the middle of a sentence; of a year or a date nobody would think so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from council.agenda.problems import AgendaRefused, Problem
from council.agenda.reading import MAX_TITLE, title_motion
from council.agenda.tables import MAX_ROWS, printable
from council.letters import unseen
from council.sitting import PlannedItem

MAX_CHARACTERS = 200_000
GAP = 9  # items may be missing, not dozens of them

# «7», «7а», «3.1»; then a full stop, a bracket or a tab. A number with a full stop inside needs nothing behind it.
_NUMBERED = re.compile(
    r"\s*(?:№\s*)?"
    r"(?:(\d{1,3}(?:\.\d{1,2}){0,3}[^\W\d_]?)(?:[.)]+(?:[ \t\u00a0]+|$)|\t)|(\d{1,3}(?:\.\d{1,2}){1,3})[ \u00a0]+)"
    r"(.*)"
)


def read_pasted(text: str, name: str, default_rule: str) -> tuple[tuple[PlannedItem, ...], tuple[str, ...]]:
    """The items, and the lines before the first that were not taken. name: what the text is called, to be told.

    Raises AgendaRefused."""
    if len(text) > MAX_CHARACTERS:
        raise AgendaRefused(name, [Problem("too_large", expected=str(MAX_CHARACTERS))])
    found: list[tuple[int, str, list[str]]] = []  # row, number, lines of the title
    before: list[str] = []
    problems: list[Problem] = []
    for row, line in enumerate(text.replace("\ufeff", "").splitlines(), 1):
        bare = " ".join(line.split())
        if not printable(bare):
            problems.append(Problem("control", row, None, unseen(bare) or ""))
        match = _NUMBERED.fullmatch(line.rstrip())
        number = (match[1] or match[2]) if match is not None else None
        if number is not None and match is not None:
            if found and not follows(found[-1][1], number):
                problems.append(Problem("out_of_order", row, None, number, found[-1][1]))
            found.append((row, number, [match[3]]))
        elif bare and found:
            found[-1][2].append(bare)
        elif bare:
            before.append(bare)
    if not found:
        problems.append(Problem("no_numbers"))
    if len(found) > MAX_ROWS:
        problems.append(Problem("too_many_rows", expected=str(MAX_ROWS)))
    items, more = _items(found, default_rule)
    problems += more
    if problems:
        raise AgendaRefused(name, problems)
    return items, tuple(before)


def _items(
    found: Sequence[tuple[int, str, list[str]]], default_rule: str
) -> tuple[tuple[PlannedItem, ...], list[Problem]]:
    items: dict[str, PlannedItem] = {}
    problems = []
    for row, number, lines in found:
        title = " ".join(" ".join(lines).split())
        if not title:
            problems.append(Problem("no_title", row))
        elif len(title) > MAX_TITLE:
            problems.append(Problem("too_long", row, None, title, str(MAX_TITLE)))
        elif number in items:
            problems.append(Problem("item_twice", row, None, number))
        else:
            items[number] = PlannedItem(number, title, (title_motion(number, title, default_rule),))
    return tuple(items.values()), problems


def follows(before: str, number: str) -> bool:
    """Whether `number` can come after `before`: 3, then 4, 3.1 or 3а; 3.2, then 3.3 or 4. A few may be missing."""
    (*levels, last), (*wanted, new) = _parts(before), _parts(number)
    if len(wanted) > len(levels):  # one level deeper, from its first
        return [*levels, last][: len(wanted)] == wanted and len(wanted) == len(levels) + 1 and 1 <= new[0] <= GAP
    same = [*levels, last][len(wanted)]
    return levels[: len(wanted)] == wanted and same < new and new[0] - same[0] <= GAP


def _parts(number: str) -> list[tuple[int, str]]:
    """«3.1а» as [(3, ""), (1, "а")]"""
    parts = []
    for part in number.split("."):
        digits = "".join(c for c in part if c.isdecimal())
        parts.append((int(digits), part[len(digits) :]))
    return parts
