"""Agenda and documents, as facts change them. Pure; part of the fold (`folder.py`)."""

from __future__ import annotations

from voting.entries import (
    AgendaPublished,
    AgendaReordered,
    DocumentAttached,
    ItemAdded,
    ItemCalled,
    ItemWithdrawn,
    MinutesPublished,
)
from voting.errors import WrongMove
from voting.possible import Fold, require_item, require_next, require_no_vote, require_unique
from voting.record import ItemRecord, SittingRecord


def publish(versions: list[AgendaPublished], fact: AgendaPublished) -> None:
    """Before the opening too. A publication tells citizens; the agenda itself is changed by the other facts."""
    require_next("agenda", fact.version, len(versions) + 1)
    require_unique("agenda item", [point.item for point in fact.points])
    versions.append(fact)


def _publish(record: SittingRecord, fact: AgendaPublished, seq: int) -> None:
    publish(record.agenda_versions, fact)


def _attach(record: SittingRecord, fact: DocumentAttached, seq: int) -> None:
    require_item(record, fact.item, "the document")
    record.documents.append(fact)


def _add(record: SittingRecord, fact: ItemAdded, seq: int) -> None:
    """A withdrawn item may come back, elsewhere."""
    back = fact.item in record.withdrawn_items
    if fact.item in record.items and not back:
        raise WrongMove(f"item {fact.item} was added and is on the agenda")
    if fact.after is not None and (fact.after == fact.item or fact.after not in record.items):
        raise WrongMove(f"item {fact.item} was added after item {fact.after}, which is not on the agenda")
    _require_vote(record, fact.vote_n, f"item {fact.item} was added")
    item = record.items[fact.item] if back else ItemRecord(fact.item, fact.title)
    item.title = fact.title
    others = [other for other in record.items if other != fact.item]
    place = len(others) if fact.after is None else others.index(fact.after) + 1
    record.withdrawn_items.discard(fact.item)
    record.items[fact.item] = item
    _put_in_order(record, [*others[:place], fact.item, *others[place:]])


def _withdraw(record: SittingRecord, fact: ItemWithdrawn, seq: int) -> None:
    require_item(record, fact.item, "the withdrawal")
    _require_vote(record, fact.vote_n, f"item {fact.item} was withdrawn")
    vote = record.open_vote or record.tied_vote
    if vote is not None and fact.item in vote.items:
        raise WrongMove(f"item {fact.item} was withdrawn while vote {vote.n} on it is {vote.state}")
    record.withdrawn_items.add(fact.item)
    if record.current_item == fact.item:
        record.current_item = None


def _reorder(record: SittingRecord, fact: AgendaReordered, seq: int) -> None:
    """Withdrawn items may be left out; they then come last."""
    require_unique("order", fact.order)
    _require_vote(record, fact.vote_n, "the agenda was reordered")
    for item in fact.order:
        if item not in record.items:
            raise WrongMove(f"the new order has item {item}, which is not on the agenda")
    left_out = [item for item in record.items if item not in set(fact.order)]
    for item in left_out:
        if item not in record.withdrawn_items:
            raise WrongMove(f"the new order leaves out item {item}")
    _put_in_order(record, [*fact.order, *left_out])


def _call(record: SittingRecord, fact: ItemCalled, seq: int) -> None:
    """One that was not on the agenda is added at its end."""
    require_no_vote(record, "ItemCalled")
    if fact.item in record.withdrawn_items:
        raise WrongMove(f"item {fact.item} was called, which was withdrawn")
    item = record.items.setdefault(fact.item, ItemRecord(fact.item, fact.title))
    item.title = fact.title
    item.called_at.append(fact.at)
    item.called_seq.append(seq)
    record.current_item = fact.item


def _publish_minutes(record: SittingRecord, fact: MinutesPublished, seq: int) -> None:
    record.minutes = fact


def _require_vote(record: SittingRecord, n: int | None, what: str) -> None:
    """The vote that changed the agenda has a result; whether it was adopted is for the recount."""
    if n is None:
        return
    if n in record.secret_votes:
        if record.secret_votes[n].voided is not None:
            raise WrongMove(f"{what} by vote {n} while it is voided")
        return
    if n not in record.votes:
        raise WrongMove(f"{what} by vote {n}, which was never opened")
    if record.votes[n].state not in ("closed", "announced"):
        raise WrongMove(f"{what} by vote {n} while it is {record.votes[n].state}")


def _put_in_order(record: SittingRecord, order: list[str]) -> None:
    record.items = {item: record.items[item] for item in order}


FOLDS: dict[type, Fold] = {
    AgendaPublished: _publish,
    DocumentAttached: _attach,
    ItemAdded: _add,
    ItemWithdrawn: _withdraw,
    AgendaReordered: _reorder,
    ItemCalled: _call,
    MinutesPublished: _publish_minutes,
}
