"""Who may vote, and what stands for those who did not. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from voting.entries import Option, VoteOpened


def entitled(present: Iterable[str], recused: Iterable[str] = (), no_record: Iterable[str] = ()) -> tuple[str, ...]:
    """Those who may vote now: present, not recused, and not unmentioned by the source; in the order of `present`."""
    aside = {*recused, *no_record}
    return tuple(member for member in present if member not in aside)


def passive_options(members: Iterable[str], opened: VoteOpened) -> dict[str, Option]:
    """What stands for each member who chooses nothing: no_record before recused before absent before not_voting.

    A member on the roll who was not entitled stood aside: recused."""
    options = dict.fromkeys(members, Option.ABSENT)
    options |= dict.fromkeys(opened.present, Option.RECUSED)
    options |= dict.fromkeys(opened.entitled, Option.NOT_VOTING)
    options |= dict.fromkeys(opened.no_record, Option.NO_RECORD)
    return options


def passive_option(member: str, opened: VoteOpened) -> Option:
    """`passive_options` for one member."""
    return passive_options([member], opened)[member]
