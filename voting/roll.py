"""Who may vote, who counts for the quorum, and what stands for those who did not vote. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from voting.entries import Option, VoteOpened

NO_QUORUM = "no_quorum"  # the code of an override that lets a vote decide without one


def entitled(present: Iterable[str], recused: Iterable[str] = (), no_record: Iterable[str] = ()) -> tuple[str, ...]:
    """Those who may vote now: present, not recused, and not unmentioned by the source; in the order of `present`."""
    aside = {*recused, *no_record}
    return tuple(member for member in present if member not in aside)


def stands_aside(opened: VoteOpened) -> tuple[str, ...]:
    """The recused, unless they vote by exception."""
    return () if opened.exception else opened.recused


def in_quorum(opened: VoteOpened) -> int:
    """How many counted for the quorum when the vote was opened."""
    return len(opened.present) if opened.in_quorum is None else opened.in_quorum


def waives_quorum(opened: VoteOpened) -> bool:
    """Whether the clerk overrode the lack of a quorum, so that the vote decides all the same."""
    return opened.override is not None and NO_QUORUM in opened.override.over


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
