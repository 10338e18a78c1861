"""Who is here, who stands aside, and who counts: presence, recusal, and the roll a vote opens with. Pure.

A vote's roll is fixed when it opens: who comes, goes or stands aside during a vote does so from the next one on.
Source: the profile's quorum and recusal rules (Ukraine: art. 46 and 59-1 of the Law on Local Self-Government).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from council.profile import Profile
from voting.record import SittingRecord
from voting.roll import entitled


@dataclass(frozen=True, slots=True)
class RollAtOpening:
    """The roll of a vote that would open now; members in the sitting's order.

    `recused`: of those present. `in_quorum`: how many count for the quorum. `exception`: the recused are entitled all
    the same, because without them there would be no quorum and the profile then allows it."""

    present: tuple[str, ...]
    recused: tuple[str, ...]
    entitled: tuple[str, ...]
    in_quorum: int
    exception: bool


def roll_at_opening(
    record: SittingRecord, profile: Profile, items: Collection[str], no_record: Collection[str] = ()
) -> RollAtOpening:
    """`items`: all that the vote decides; who is recused in one of them takes no part in the whole vote. `no_record`:
    of a replay, members whom the source does not mention. In a sitting that lacks a quorum anyway nothing is gained by
    letting the recused vote: then there is no exception."""
    rule, quorum = profile.recusal, record.opened.quorum
    aside = {member for item in items for member in record.recusals.get(item, {})}
    present = tuple(seated.member for seated in record.opened.members if seated.member in record.present)
    recused = tuple(member for member in present if member in aside)
    in_quorum = len(present) if rule.counts_for_quorum else len(present) - len(recused)
    exception = rule.exception and in_quorum < quorum <= len(present)
    return RollAtOpening(
        present=present,
        recused=recused,
        entitled=entitled(present, () if exception else recused, no_record),
        in_quorum=len(present) if exception else in_quorum,
        exception=exception,
    )
