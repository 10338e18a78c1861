"""Who may vote, and what stands for those who did not. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from voting.entries import Option, VoteOpened


def entitled(present: Iterable[str], recused: Collection[str] = (), no_record: Collection[str] = ()) -> tuple[str, ...]:
    """Those who may vote now: present, not recused, and not unmentioned by the source; in the order of `present`."""
    return tuple(member for member in present if member not in recused and member not in no_record)


def passive_option(member: str, opened: VoteOpened) -> Option:
    """What stands for a member who chose nothing: no_record before recused before absent before not_voting.

    A member on the roll who was not entitled stood aside: recused."""
    if member in opened.no_record:
        return Option.NO_RECORD
    if member not in opened.present:
        return Option.ABSENT
    if member not in opened.entitled:
        return Option.RECUSED
    return Option.NOT_VOTING
