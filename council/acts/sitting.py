"""Opening and closing the sitting, presence, items, votes: the acts of the plain vote. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from council.acts.context import Context, last_vote, next_motion, next_vote_n, open_record, requirement
from council.acts.floor import end_all, silence
from council.profile import Profile
from council.protocol_acts import (
    OpenVote,
)
from council.refusals import Refusal
from council.sitting import SittingPlan
from voting.entries import (
    AgendaPoint,
    Fact,
    MemberArrived,
    MemberLeft,
    SittingClosed,
    SittingOpened,
    stamp,
)
from voting.record import SittingRecord
from voting.vote_event import open_vote


def presence(
    record: SittingRecord, member: str, present: bool, channel: str, now: datetime
) -> Sequence[MemberArrived | MemberLeft]:
    """A member comes or goes. During a vote this counts from the next vote on: the roll is the one at opening."""
    if all(seated.member != member for seated in record.opened.members):
        raise Refusal("no_such_member")
    if (member in record.present) == present:
        return []
    kind = MemberArrived if present else MemberLeft
    return [kind(at=stamp(now), member=member, channel="terminal" if channel == "terminal" else "console")]


def sitting_opened(plan: SittingPlan, profile: Profile, now: datetime) -> SittingOpened:
    """The sitting as it is prepared at this moment: members, desks and agenda are fixed by this entry."""
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
        members=plan.members,
        agenda=tuple(AgendaPoint(item.item, item.title) for item in plan.items),
        replay=plan.source if plan.mode == "replay" else None,
    )


def _settled(record: SittingRecord) -> None:
    """Nothing is begun while a vote is open or its result not announced. Raises Refusal."""
    vote = last_vote(record)
    if vote is not None and vote.state == "open":
        raise Refusal("vote_running", n=vote.n)
    if vote is not None and vote.state == "closed":
        raise Refusal("not_announced", n=vote.n)


def open_vote_facts(act: OpenVote, context: Context) -> Sequence[Fact]:
    plan, profile, record, now = context.plan, context.profile, context.record, context.now
    if record is not None and act.vote_n in record.votes:
        return []  # opened before; open, closed or announced by now
    record = open_record(record)
    _settled(record)
    if act.vote_n != next_vote_n(record):
        raise Refusal("wrong_vote", n=next_vote_n(record))
    if record.current_item is None:
        raise Refusal("no_item")
    motion = next_motion(plan, record, record.current_item)
    if motion is None:
        raise Refusal("no_motion")
    if len(record.present) < record.opened.quorum:
        raise Refusal("no_quorum", present=len(record.present), quorum=record.opened.quorum)
    members = [seated.member for seated in record.opened.members]
    return [
        *silence(record, now, context.speech_ms),
        open_vote(
            n=act.vote_n,
            item=motion.item,
            motion=motion.text,
            requirement=requirement(plan, profile, motion, len(record.present)),
            members=members,
            present=[member for member in members if member in record.present],
            no_record=motion.no_record if plan.mode == "replay" else (),
            seconds=act.seconds,
            at=stamp(now),
            original_at=stamp(motion.original_at) if motion.original_at is not None else None,
        ),
    ]


def announce(context: Context, n: int) -> Sequence[Fact]:
    record, event = context.record, context.event
    vote = record.votes.get(n) if record is not None else None
    if record is None or vote is None or event is None:
        raise Refusal("wrong_vote", n=next_vote_n(record))
    if vote.state == "open":
        raise Refusal("not_closed", n=n)
    if vote.state == "announced":
        return []
    return [event.announce(stamp(context.now))]


def close_sitting(context: Context) -> Sequence[Fact]:
    record = context.record
    if record is not None and record.closed_seq is not None:
        return []
    record = open_record(record)
    _settled(record)
    return [*end_all(record, context.now, context.speech_ms), SittingClosed(at=stamp(context.now))]
