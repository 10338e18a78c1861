"""Opening and closing the sitting, who presides, the end of a rehearsal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from council.acts.context import Context, last_vote, open_record, require_settled
from council.acts.floor import end_all
from council.profile import Profile
from council.refusals import Refusal
from council.sitting import SittingPlan
from voting.entries import (
    AgendaPoint,
    ChairTook,
    Fact,
    FloorEnded,
    FootageWithheld,
    SittingClosed,
    SittingOpened,
    VoteVoided,
    stamp,
)


def sitting_opened(plan: SittingPlan, profile: Profile, now: datetime, chair: str | None = None) -> SittingOpened:
    """The sitting as it is prepared at this moment: members, desks and agenda are fixed by this entry.

    Where members sign in with a card or a PIN nobody sits anywhere yet. `chair`: the member who presides, if known."""
    seated = plan.body.seat_by == "seating"
    return SittingOpened(
        at=stamp(now),
        body=plan.body.id,
        body_name=plan.body.name,
        municipality=plan.body.municipality,
        session_label=plan.session_label,
        sitting_kind=plan.kind,
        held_on=plan.held_on.isoformat(),
        timezone=plan.body.timezone,
        mode=plan.mode,
        seats=plan.body.seats,
        quorum=profile.quorum_needed(plan.body.seats, len(plan.members)),
        quorum_source=profile.quorum.source.get(plan.body.locale) or next(iter(profile.quorum.source.values())),
        members=plan.members if seated else tuple(replace(member, desk_no=None) for member in plan.members),
        agenda=tuple(AgendaPoint(item.item, item.title, item.consent, item.drafts) for item in plan.items),
        replay=plan.source if plan.mode == "replay" else None,
        chair=chair,
    )


def open_sitting(context: Context) -> Sequence[Fact]:
    if context.record is not None:
        open_record(context.record)
        return []
    members = {seated.member for seated in context.plan.members}
    chair = context.data.chair if context.data.chair in members else None
    opened = sitting_opened(context.plan, context.profile, context.now, chair)
    if context.plan.body.video == "live" or context.plan.mode == "rehearsal":
        return [opened]
    return [opened, FootageWithheld(at=stamp(context.now))]


def set_chair(context: Context, member: str) -> Sequence[Fact]:
    """In the open sitting. Before it the chamber keeps who will preside."""
    record = open_record(context.record)
    if member not in record.members:
        raise Refusal("no_such_member")
    return [] if record.chair == member else [ChairTook(at=stamp(context.now), member=member)]


def close_sitting(context: Context) -> Sequence[Fact]:
    record = context.record
    if record is not None and record.closed_seq is not None:
        return []
    record = open_record(record)
    require_settled(record)
    return [*end_all(record, context.now, context.speech_ms), SittingClosed(at=stamp(context.now))]


def end_rehearsal(context: Context) -> Sequence[Fact]:
    """Whatever runs is ended: a vote that is not announced is set aside, speeches and the sitting are closed."""
    record, at = context.record, stamp(context.now)
    if context.plan.mode != "rehearsal":
        raise Refusal("no_rehearsal")
    if record is None or record.closed_seq is not None:
        return []
    facts: list[VoteVoided | FloorEnded | SittingClosed] = []
    vote = last_vote(record)
    if vote is not None and vote.state in ("open", "held", "closed", "tied"):
        facts.append(VoteVoided(at=at, n=vote.n, reason="rehearsal"))
    return [*facts, *end_all(record, context.now, context.speech_ms), SittingClosed(at=at)]
