"""The agenda in the sitting: calling an item, adding, withdrawing, putting in another order. Pure.

What was prepared is not changed: the ledger's facts are, and `agenda_now` is what they make of it. An item added from
the floor has one motion, its title.
Source: the profile's agenda rules (a ground of urgency for what comes later than the deadline).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from council.acts.context import Context, last_vote, open_record, require_settled
from council.acts.floor import end_all
from council.protocol_acts import AddItem, CallItem, ReorderAgenda, WithdrawItem
from council.refusals import Refusal
from council.sitting import PlannedItem, PlannedMotion, SittingPlan
from voting.entries import AgendaReordered, Fact, ItemAdded, ItemCalled, ItemWithdrawn, Result, stamp
from voting.record import SittingRecord

AgendaAct = CallItem | AddItem | WithdrawItem | ReorderAgenda


def agenda_facts(act: AgendaAct, context: Context) -> Sequence[Fact]:
    """None where it holds already. Raises Refusal."""
    match act:
        case CallItem(item=item):
            return _call(context, item)
        case AddItem():
            return _add(act, context)
        case WithdrawItem(item=item, vote_n=n):
            return _withdraw(context, item, n)
        case ReorderAgenda(order=order, vote_n=n):
            return _reorder(context, order, n)


def agenda_now(plan: SittingPlan, record: SittingRecord | None, default_rule: str) -> tuple[PlannedItem, ...]:
    """The agenda as it is now, withdrawn items in their place: order and titles of the record, motions of the plan.

    default_rule: of the profile, for the motion of an item that was not prepared."""
    if record is None:
        return plan.items
    planned = {point.item: point for point in plan.items}
    return tuple(
        replace(planned[item.item], title=item.title)
        if item.item in planned
        else PlannedItem(
            item.item, item.title, (PlannedMotion(item.item, 1, item.title, default_rule, None, None, ()),)
        )
        for item in record.items.values()
    )


def _call(context: Context, item: str) -> Sequence[Fact]:
    """Whoever speaks has ended."""
    record = open_record(context.record)
    _require_item(record, item)
    if record.current_item == item:
        return []
    require_settled(record)
    called = ItemCalled(at=stamp(context.now), item=item, title=record.items[item].title)
    return [*end_all(record, context.now, context.speech_ms), called]


def _add(act: AddItem, context: Context) -> Sequence[Fact]:
    record = open_record(context.record)
    standing = record.items.get(act.item)
    if standing is not None and act.item not in record.withdrawn_items:
        if standing.title == act.title:
            return []
        raise Refusal("item_exists", item=act.item)
    if act.after is not None and act.after not in record.items:
        raise Refusal("no_such_item", item=act.after)
    if context.profile.agenda.urgency_ground and act.ground is None:
        raise Refusal("urgency_ground")
    _require_adopted(record, act.vote_n)
    return [
        ItemAdded(
            at=stamp(context.now),
            item=act.item,
            title=act.title,
            after=act.after if act.after != act.item else None,
            vote_n=act.vote_n,
            ground=act.ground,
        )
    ]


def _withdraw(context: Context, item: str, vote_n: int | None) -> Sequence[Fact]:
    record = open_record(context.record)
    if item in record.withdrawn_items:
        return []
    _require_item(record, item)
    last = last_vote(record)
    if last is not None and item in last.items:
        require_settled(record)
    _require_adopted(record, vote_n)
    ended = end_all(record, context.now, context.speech_ms) if item == record.current_item else []
    return [*ended, ItemWithdrawn(at=stamp(context.now), item=item, vote_n=vote_n)]


def _reorder(context: Context, order: tuple[str, ...], vote_n: int | None) -> Sequence[Fact]:
    record = open_record(context.record)
    standing = [item for item in record.items if item not in record.withdrawn_items]
    if list(order) == standing:
        return []
    if sorted(order) != sorted(standing):
        raise Refusal("wrong_order")
    _require_adopted(record, vote_n)
    return [AgendaReordered(at=stamp(context.now), order=order, vote_n=vote_n)]


def _require_item(record: SittingRecord, item: str) -> None:
    if item not in record.items:
        raise Refusal("no_such_item", item=item)
    if item in record.withdrawn_items:
        raise Refusal("item_withdrawn", item=item)


def _require_adopted(record: SittingRecord, n: int | None) -> None:
    """The vote that changes the agenda has been adopted. None: it is changed without one, and the ledger says so."""
    if n is None:
        return
    secret, vote = record.secret_votes.get(n), record.votes.get(n)
    if vote is not None and vote.state in ("open", "held"):
        raise Refusal("not_closed", n=n)
    adopted = vote is not None and vote.result is Result.ADOPTED and vote.state in ("closed", "announced")
    if not adopted and (secret is None or secret.result is not Result.ADOPTED):
        raise Refusal("vote_not_adopted", n=n)
