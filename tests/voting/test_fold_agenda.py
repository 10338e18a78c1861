"""The agenda as it changes: added from the floor, withdrawn, reordered, called."""

from __future__ import annotations

from typing import Any

import pytest

from tests.voting.states import folded, require_refused
from voting.entries import (
    AgendaPublished,
    AgendaReordered,
    Document,
    DocumentAttached,
    ItemAdded,
    ItemWithdrawn,
    Option,
    ResultAnnounced,
)

PAPER = Document("проєкт.pdf", "ab" * 32, 100)
AT = "2017-11-22T08:17:51.000Z"


def added(item: str, after: str | None = None, vote_n: int | None = None) -> ItemAdded:
    return ItemAdded(AT, item, f"Питання {item}", after, vote_n, None)


def reordered(*order: str) -> AgendaReordered:
    return AgendaReordered(AT, order, None)


@pytest.mark.parametrize(
    ("facts", "items"),
    [
        ([added("3")], ["1", "2", "3"]),
        ([added("1a", "1")], ["1", "1a", "2"]),
        ([added("1a", "1"), added("1b", "1")], ["1", "1b", "1a", "2"]),
        ([added("3", "2"), added("4", "3")], ["1", "2", "3", "4"]),
        ([reordered("2", "1")], ["2", "1"]),
        ([added("3"), reordered("3", "1", "2")], ["3", "1", "2"]),
        ([added("3"), reordered("3", "1", "2"), added("3a", "3")], ["3", "3a", "1", "2"]),
        ([ItemWithdrawn(AT, "1", None)], ["1", "2"]),  # in its place, off the agenda
        ([ItemWithdrawn(AT, "1", None), reordered("2")], ["2", "1"]),
        ([ItemWithdrawn(AT, "1", None), reordered("2", "1")], ["2", "1"]),
        ([ItemWithdrawn(AT, "1", None), added("1")], ["2", "1"]),  # comes back, at the end
        ([ItemWithdrawn(AT, "2", None), added("2", "1")], ["1", "2"]),
    ],
)
def test_items_keep_the_agendas_order_as_it_was_changed(town: Any, facts: list[Any], items: list[str]) -> None:
    assert list(folded(town, *facts).items) == items


def test_item_withdrawn_and_back_keeps_what_was_done_under_it(town: Any) -> None:
    done = [town.called("1"), town.vote(), town.closed(town.vote(), {}), ResultAnnounced(AT, 1)]
    gone = folded(town, *done, ItemWithdrawn(AT, "1", None))
    assert (gone.withdrawn_items, gone.current_item, gone.items["1"].votes) == ({"1"}, None, [1])
    back = folded(town, *done, ItemWithdrawn(AT, "1", None), added("1"))
    assert (back.withdrawn_items, back.items["1"].votes, back.items["1"].title) == (set(), [1], "Питання 1")


def test_agenda_changed_by_a_vote_names_one_that_has_a_result(town: Any) -> None:
    vote = [town.vote(item=None), town.closed(town.vote(item=None), {"1001": Option.FOR})]
    assert list(folded(town, *vote, added("3", vote_n=1)).items) == ["1", "2", "3"]
    require_refused(town, [town.opened(), added("3", vote_n=1)], "item 3 was added by vote 1, which was never opened")
    require_refused(town, [town.opened(), vote[0], added("3", vote_n=1)], "item 3 was added by vote 1 while it is open")


IMPOSSIBLE: dict[str, list[Any]] = {
    "item 1 was added and is on the agenda": [added("1")],
    "item 3 was added after item 9, which is not": [added("3", "9")],
    "item 3 was added after item 3": [added("3", "3")],
    "the withdrawal is on item 9, which is neither": [ItemWithdrawn(AT, "9", None)],
    "the withdrawal is on item 1, which was withdrawn": [ItemWithdrawn(AT, "1", None), ItemWithdrawn(AT, "1", None)],
    "the new order leaves out item 2": [reordered("1")],
    "the new order has item 9": [reordered("1", "2", "9")],
    "order: 1 is named twice": [reordered("1", "1", "2")],
    "the document is on item 9": [DocumentAttached(AT, "9", PAPER)],
    "agenda 2 follows agenda 0": [AgendaPublished(AT, 2, "XXX", "2017-11-22", ())],
}


@pytest.mark.parametrize("words", IMPOSSIBLE)
def test_change_of_the_agenda_that_cannot_be_is_refused(town: Any, words: str) -> None:
    require_refused(town, [town.opened(), *IMPOSSIBLE[words]], words)


def test_withdrawn_item_is_neither_called_nor_voted_on(town: Any) -> None:
    gone = [town.opened(), ItemWithdrawn(AT, "1", None)]
    require_refused(town, [*gone, town.called("1")], "item 1 was called, which was withdrawn")
    require_refused(town, [*gone, town.vote()], "vote 1 is on item 1, which was withdrawn")
    require_refused(
        town, [town.opened(), town.vote(), ItemWithdrawn(AT, "1", None)], "withdrawn while vote 1 on it is open"
    )
