"""What a fact on disk changes in a chamber's data beside the record, in recovery and in the running hall. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from council.chamber_data import ChamberData
from voting.entries import (
    AbsenceJustified,
    Entry,
    MemberArrived,
    MemberLeft,
    RecusalDeclared,
    RecusalWithdrawn,
    ResultAnnounced,
    SeatLeft,
    SeatTaken,
    TieDecided,
    VoteClosed,
    VoteHeld,
    VoteOpened,
    VoteResumed,
    VoteVoided,
    parse_stamp,
)
from voting.folder import Folder
from voting.vote_event import VoteEvent

# Facts about one member that no other terminal is told of.
CHANGES_ONE = (MemberArrived, MemberLeft, SeatTaken, SeatLeft, AbsenceJustified, RecusalDeclared, RecusalWithdrawn)
SEATS = (SeatTaken, SeatLeft)


def apply_entry(data: ChamberData, folder: Folder, entry: Entry) -> None:
    """Raises FoldError for what cannot have happened."""
    folder.feed(entry)
    data.record = folder.record
    match entry.fact:
        case VoteOpened() as opened:
            data.event = VoteEvent(opened, [seated.member for seated in data.members])
            data.closes_at = data.closed_checkpoint = None
            data.closing = data.holding = False
            data.entered_acts, data.entered_by, data.answered = set(), (), frozenset()
        case VoteHeld() | VoteResumed() | VoteClosed() | TieDecided() | ResultAnnounced() | VoteVoided() as fact if (
            data.event is not None and fact.n == data.event.opened.n
        ):
            data.event.apply(fact)
            data.closing = data.holding = False
            data.closes_at = None
        case RecusalDeclared(item=item, member=member, at=at):
            data.recused_at[item, member] = at


def about_one(entries: Iterable[Entry]) -> set[str] | None:
    """The members that these facts are about, if no other terminal is to be told of them; else None."""
    members = set()
    for entry in entries:
        if not isinstance(entry.fact, CHANGES_ONE):
            return None
        members.add(entry.fact.member)
    return members


def time_left(data: ChamberData, entries: Sequence[Entry], now: datetime) -> float | None:
    """Seconds that the open vote's time limit still has by the wall clock, at most what it had when it was opened or
    last resumed; None: no vote's time is running."""
    vote = data.vote
    if vote is None or vote.state != "open" or vote.seconds is None or vote.opened_at is None:
        return None
    since, limit = vote.opened_at, float(vote.seconds)
    for entry in entries:
        if isinstance(entry.fact, VoteResumed) and entry.fact.n == vote.n and entry.fact.left_ms is not None:
            since, limit = entry.fact.at, entry.fact.left_ms / 1000
    ends = parse_stamp(since) + timedelta(seconds=limit)
    return min((ends - now).total_seconds(), limit)
