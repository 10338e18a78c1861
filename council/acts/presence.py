"""Who is here, who sits where, who stands aside, and who counts: the acts, and the roll a vote opens with. Pure.

A vote's roll is fixed when it opens: who comes, goes or takes another seat during a vote does so at once, but is on the
roll from the next one on. A conflict of interest is refused while a vote on that item runs, whether the member has
voted or not: the roll could not say it any more, and a vote cast could not be taken back. Who has not voted need not;
what went wrong is mended by voiding the vote.
Source: the profile's quorum and recusal rules (Ukraine: art. 46 and 59-1 of the Law on Local Self-Government).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from council.acts.context import Context, open_record
from council.acts.floor import left_floor
from council.profile import Profile
from council.refusals import Refusal
from voting.entries import (
    AbsenceJustified,
    Fact,
    MemberArrived,
    MemberLeft,
    RecusalDeclared,
    RecusalWithdrawn,
    SeatChannel,
    SeatLeft,
    SeatTaken,
    stamp,
)
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
    aside = {member for item in items for member in record.recusals.get(item, {})}
    present = tuple(seated.member for seated in record.opened.members if seated.member in record.present)
    recused = tuple(member for member in present if member in aside)
    in_quorum, exception = profile.recusal.counted(len(present), len(recused), record.opened.quorum)
    return RollAtOpening(
        present=present,
        recused=recused,
        entitled=entitled(present, () if exception else recused, no_record),
        in_quorum=in_quorum,
        exception=exception,
    )


def margin(record: SittingRecord, profile: Profile, items: Collection[str]) -> int:
    """How many may leave before these items have no quorum; negative: so many are missing."""
    return roll_at_opening(record, profile, items).in_quorum - record.opened.quorum


def arrive(context: Context, member: str, channel: SeatChannel) -> Sequence[Fact]:
    record = open_record(context.record)
    _require_member(record, member)
    return [] if member in record.present else [MemberArrived(at=stamp(context.now), member=member, channel=channel)]


def leave(context: Context, member: str, channel: SeatChannel) -> Sequence[Fact]:
    """Whoever goes does not wait for the floor any more, nor have it. The seat stays theirs."""
    record = open_record(context.record)
    _require_member(record, member)
    if member not in record.present:
        return []
    return [*left_floor(context, member), MemberLeft(at=stamp(context.now), member=member, channel=channel)]


def justify(context: Context, member: str, reason: str | None) -> Sequence[Fact]:
    """`reason` None takes it back."""
    record = open_record(context.record)
    _require_member(record, member)
    if record.justified.get(member) == reason:
        return []
    if reason is not None and member in record.present:
        raise Refusal("member_present")
    return [AbsenceJustified(at=stamp(context.now), member=member, reason=reason or "")]


def sign_in(context: Context, member: str, channel: Literal["card", "pin"]) -> Sequence[Fact]:
    """A member whom a card or a PIN has named takes the seat at `context.desk_no`, and is present with it."""
    if context.desk_no is None:
        raise Refusal("no_such_desk", desk="")
    return [*arrive(context, member, channel), *_take(context, member, context.desk_no, channel)]


def leave_seat(context: Context, channel: SeatChannel) -> Sequence[Fact]:
    """Nobody sits at `context.desk_no` any more; who did is as present as before."""
    record = open_record(context.record)
    desk_no = context.desk_no
    if desk_no is None or desk_no not in record.desks:
        return []
    return [SeatLeft(at=stamp(context.now), member=record.desks[desk_no], desk_no=desk_no, channel=channel)]


def set_seat(context: Context, desk_no: int, member: str | None) -> Sequence[Fact]:
    """The clerk says who sits at a desk; None: nobody. It makes nobody present."""
    record = open_record(context.record)
    seating = {seated.desk_no for seated in context.plan.members} | {seated.desk_no for seated in record.opened.members}
    if desk_no not in seating | record.desks.keys() | context.desks:
        raise Refusal("no_such_desk", desk=desk_no)
    if member is not None:
        return _take(context, member, desk_no, "console")
    sitter = record.desks.get(desk_no)
    if sitter is None:
        return []
    return [SeatLeft(at=stamp(context.now), member=sitter, desk_no=desk_no, channel="console")]


def declare_own_recusal(context: Context, item: str, reason: str | None) -> Sequence[Fact]:
    """From the member's own seat, for the current item alone."""
    record = open_record(context.record)
    if context.member is None:
        raise Refusal("no_member")
    if item != record.current_item:
        raise Refusal("recusal_not_current")
    return _recuse(context, context.member, item, reason, "terminal")


def set_recusal(context: Context, member: str, item: str, recused: bool, reason: str | None) -> Sequence[Fact]:
    """By the clerk, as the member said aloud or in writing; for any item of the agenda, of an absent member too."""
    record = open_record(context.record)
    if recused:
        return _recuse(context, member, item, reason, "console")
    _require_member(record, member)
    if member not in record.recusals.get(item, {}):
        return []
    _require_no_vote_on(record, item)
    return [RecusalWithdrawn(at=stamp(context.now), member=member, item=item, channel="console")]


def _recuse(
    context: Context, member: str, item: str, reason: str | None, channel: Literal["terminal", "console"]
) -> Sequence[Fact]:
    record = open_record(context.record)
    _require_member(record, member)
    if item not in record.items:
        raise Refusal("no_such_item", item=item)
    if item in record.withdrawn_items:
        raise Refusal("item_withdrawn", item=item)
    if member in record.recusals.get(item, {}):
        return []
    _require_no_vote_on(record, item)
    return [RecusalDeclared(at=stamp(context.now), member=member, item=item, reason=reason, channel=channel)]


def _take(context: Context, member: str, desk_no: int, channel: SeatChannel) -> Sequence[Fact]:
    record = open_record(context.record)
    _require_member(record, member)
    if record.desks.get(desk_no) == member:
        return []
    return [SeatTaken(at=stamp(context.now), member=member, desk_no=desk_no, channel=channel)]


def _require_member(record: SittingRecord, member: str) -> None:
    if all(seated.member != member for seated in record.opened.members):
        raise Refusal("no_such_member")


def _require_no_vote_on(record: SittingRecord, item: str) -> None:
    vote = record.open_vote or record.tied_vote
    if vote is not None and item in vote.items:
        raise Refusal("recusal_vote_open", n=vote.n)
