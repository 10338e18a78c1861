"""What an act of the console puts into the ledger, or why it may not.

Pure: the state goes in, facts come out. Every act is safe to repeat: what holds already gives no facts, and the console
is told that it is done. Closing is not here in full: `chamber.py` first waits for the presses it has accepted.
Source: rules-of-procedure profile; GLOSSARY (verbs).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from council.profile import Profile
from council.protocol_acts import (
    AnnounceResult,
    CallItem,
    CloseSitting,
    OpenSitting,
    OpenVote,
    SetPresence,
)
from council.refusals import Refusal
from council.sitting import PlannedItem, PlannedMotion, SittingPlan
from voting.entries import (
    AgendaPoint,
    Fact,
    ItemCalled,
    MemberArrived,
    MemberLeft,
    Requirement,
    SittingClosed,
    SittingOpened,
    stamp,
)
from voting.record import SittingRecord, VoteRecord
from voting.vote_event import VoteEvent, open_vote

LedgerAct = OpenSitting | SetPresence | CallItem | OpenVote | AnnounceResult | CloseSitting


def open_record(record: SittingRecord | None) -> SittingRecord:
    """The record of a sitting that is open now. Raises Refusal."""
    if record is None:
        raise Refusal("sitting_not_open")
    if record.closed_seq is not None:
        raise Refusal("sitting_closed")
    return record


def last_vote(record: SittingRecord | None) -> VoteRecord | None:
    return record.votes[max(record.votes)] if record is not None and record.votes else None


def next_vote_n(record: SittingRecord | None) -> int:
    return max(record.votes, default=0) + 1 if record is not None else 1


def planned_item(plan: SittingPlan, item: str | None) -> PlannedItem | None:
    return next((planned for planned in plan.items if planned.item == item), None)


def next_motion(plan: SittingPlan, record: SittingRecord | None, item: str | None) -> PlannedMotion | None:
    """The item's first motion that has not been voted on; they are voted in their order."""
    planned = planned_item(plan, item)
    if planned is None:
        return None
    done = len(record.items[planned.item].votes) if record is not None and planned.item in record.items else 0
    return planned.motions[done] if done < len(planned.motions) else None


def requirement(plan: SittingPlan, profile: Profile, motion: PlannedMotion, present: int) -> Requirement:
    """What the motion needs with `present` members there now."""
    return profile.requirement(
        motion.rule,
        seats=plan.body.seats,
        in_office=len(plan.members),
        present=present,
        locale=plan.body.locale,
    )


def facts_of(
    act: LedgerAct,
    plan: SittingPlan,
    profile: Profile,
    record: SittingRecord | None,
    event: VoteEvent | None,
    now: datetime,
) -> Sequence[Fact]:
    """The facts that carry out `act`; none where it holds already. Raises Refusal or a VotingError."""
    match act:
        case OpenSitting():
            if record is None:
                return [sitting_opened(plan, profile, now)]
            open_record(record)
            return []
        case SetPresence(member=member, present=present):
            return presence(open_record(record), member, present, "console", now)
        case CallItem(item=item):
            return _call(open_record(record), item, now)
        case OpenVote():
            return _open_vote(act, plan, profile, record, now)
        case AnnounceResult(vote_n=n):
            return _announce(record, event, n, now)
        case CloseSitting():
            if record is not None and record.closed_seq is not None:
                return []
            _settled(open_record(record))
            return [SittingClosed(at=stamp(now))]


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
        quorum=profile.quorum_needed(plan.body.seats),
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


def _call(record: SittingRecord, item: str, now: datetime) -> Sequence[Fact]:
    if item not in record.items:
        raise Refusal("no_such_item", item=item)
    if record.current_item == item:
        return []
    _settled(record)
    return [ItemCalled(at=stamp(now), item=item, title=record.items[item].title)]


def _open_vote(
    act: OpenVote, plan: SittingPlan, profile: Profile, record: SittingRecord | None, now: datetime
) -> Sequence[Fact]:
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
        )
    ]


def _announce(record: SittingRecord | None, event: VoteEvent | None, n: int, now: datetime) -> Sequence[Fact]:
    vote = record.votes.get(n) if record is not None else None
    if record is None or vote is None or event is None:
        raise Refusal("wrong_vote", n=next_vote_n(record))
    if vote.state == "open":
        raise Refusal("not_closed", n=n)
    if vote.state == "announced":
        return []
    return [event.announce(stamp(now))]
