"""The agenda while it is prepared: a tuple of items, and what may be done to it. Pure.

Every change answers with the whole new agenda, which is stored as a whole. Numbers are as printed and stay with their
items when these are moved; `renumbered` gives 1, 2, 3 … by place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from council.agenda.problems import AgendaRefused, Problem
from council.agenda.reading import MAX_TITLE, is_item
from council.agenda.tables import MAX_CELL, MAX_ROWS, printable
from council.letters import unseen
from council.profile import Profile
from council.sitting import PlannedItem, PlannedMotion
from voting.entries import AgendaPoint, Document, ItemAdded

Items = tuple[PlannedItem, ...]

MAX_MOTIONS = 20  # of one item


def as_published(items: Items) -> tuple[AgendaPoint, ...]:
    return tuple(AgendaPoint(item.item, item.title, item.consent, item.drafts) for item in items)


def check(items: Items, profile: Profile, name: str) -> Items:
    """The agenda, if it can stand; `name` is what it is called. Raises AgendaRefused with every problem."""
    problems = []
    numbers: set[str] = set()
    for row, item in enumerate(items, 1):
        if not is_item(item.item):
            problems.append(Problem("bad_item", row, None, item.item))
        elif item.item in numbers:
            problems.append(Problem("item_there", None, None, item.item))
        numbers.add(item.item)
        if not item.title:
            problems.append(Problem("no_title", row))
        if item.consent and not item.motions:
            problems.append(Problem("without_vote", row))
        for text, most in ((item.title, MAX_TITLE), *((motion.text, MAX_CELL) for motion in item.motions)):
            if len(text) > most:
                problems.append(Problem("too_long", row, None, text, str(most)))
            if not printable(text):
                problems.append(Problem("control", row, None, unseen(text) or ""))
        for motion in item.motions:
            if motion.rule not in profile.rules:
                problems.append(Problem("bad_rule", row, None, motion.rule, ", ".join(profile.rules)))
            if motion.seconds is not None and not 1 <= motion.seconds <= 86_400:
                problems.append(Problem("bad_seconds", row, None, str(motion.seconds)))
    if len(items) > MAX_ROWS or any(len(item.motions) > MAX_MOTIONS for item in items):
        problems.append(Problem("too_many_rows", expected=str(MAX_ROWS)))
    if problems:
        raise AgendaRefused(name, problems)
    return items


def item_of(
    item: str,
    title: str,
    motions: tuple[tuple[str, str, int | None], ...],
    *,
    consent: bool,
    drafts: tuple[Document, ...] = (),
) -> PlannedItem:
    """motions: text, rule, seconds of each."""
    return PlannedItem(
        item,
        title,
        tuple(
            PlannedMotion(item, position, text, rule, seconds, None, ())
            for position, (text, rule, seconds) in enumerate(motions, 1)
        ),
        consent,
        drafts,
    )


def with_added(items: Items, added: Sequence[ItemAdded], default_rule: str) -> Items:
    """With those that were added from the floor, each once, where it was put; its motion is its title."""
    shown = list(items)
    for fact in added:
        if any(one.item == fact.item for one in shown):
            continue
        after = next((place for place, one in enumerate(shown, 1) if one.item == fact.after), len(shown))
        motion = PlannedMotion(fact.item, 1, fact.title, default_rule, None, None, ())
        shown.insert(after, PlannedItem(fact.item, fact.title, (motion,)))
    return tuple(shown)


def next_number(items: Items) -> str:
    """For an item that is added at the end."""
    return str(max((int(item.item) for item in items if item.item.isdecimal()), default=0) + 1)


def added(items: Items, new: PlannedItem, after: str | None) -> Items:
    """`after` None: at the beginning."""
    place = 0 if after is None else _place(items, after) + 1
    return (*items[:place], new, *items[place:])


def changed(items: Items, item: str, new: PlannedItem) -> Items:
    """`new` may have another number."""
    place = _place(items, item)
    return (*items[:place], new, *items[place + 1 :])


def removed(items: Items, item: str) -> Items:
    place = _place(items, item)
    return (*items[:place], *items[place + 1 :])


def moved(items: Items, item: str, by: Literal["up", "down", "first", "last"]) -> Items:
    """One place up or down, or to an end; at the end already: as it was."""
    place = _place(items, item)
    rest = [*items[:place], *items[place + 1 :]]
    to = {"up": max(place - 1, 0), "down": min(place + 1, len(rest)), "first": 0, "last": len(rest)}[by]
    return (*rest[:to], items[place], *rest[to:])


def renumbered(items: Items) -> Items:
    return tuple(
        replace(
            item,
            item=str(number),
            motions=tuple(replace(motion, item=str(number)) for motion in item.motions),
        )
        for number, item in enumerate(items, 1)
    )


def with_draft(items: Items, item: str, file: Document) -> Items:
    """The same bytes again, under whatever name, change nothing."""
    one = items[_place(items, item)]
    if any(draft.sha256 == file.sha256 for draft in one.drafts):
        return items
    return changed(items, item, replace(one, drafts=(*one.drafts, file)))


def without_draft(items: Items, item: str, sha256: str) -> Items:
    one = items[_place(items, item)]
    return changed(items, item, replace(one, drafts=tuple(file for file in one.drafts if file.sha256 != sha256)))


def _place(items: Items, item: str) -> int:
    """Raises KeyError for an item that is not there (any more)."""
    for place, one in enumerate(items):
        if one.item == item:
            return place
    raise KeyError(item)
