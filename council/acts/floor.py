"""The acts of the floor: asking for it, giving, pausing, ending. Pure.

One speech has the floor; another ends it, but a point of order only interrupts: it pauses the speech, which goes on
when the point of order has ended. Nobody is given the floor while a vote takes presses, and none opens while somebody's
time runs. Times are the hall's monotonic
clock's (`Context.speech_ms`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from council.acts.context import Context, open_record
from council.floor import interrupted_speech, limit, waiting
from council.protocol_acts import (
    AskFloorFor,
    EndFloor,
    GiveFloor,
    NextSpeaker,
    PauseFloor,
    ResumeFloor,
    WithdrawRequest,
)
from council.refusals import Refusal
from voting.entries import (
    Fact,
    FloorEnded,
    FloorGiven,
    FloorKind,
    FloorPaused,
    FloorRequested,
    FloorResumed,
    FloorWithdrawn,
    stamp,
)
from voting.record import RequestRecord, SittingRecord, SpeechRecord

FloorAct = AskFloorFor | WithdrawRequest | GiveFloor | NextSpeaker | PauseFloor | ResumeFloor | EndFloor


def floor_facts(act: FloorAct, context: Context) -> Sequence[Fact]:
    """Raises Refusal."""
    match act:
        case AskFloorFor(member=member, floor=floor):
            return ask(context, member, floor)
        case WithdrawRequest(request=request):
            return take_back(context, request)
        case GiveFloor():
            return _give(act, context)
        case NextSpeaker(speech=n):
            return _next(n, context)
        case PauseFloor(speech=n):
            return _pause(n, context)
        case ResumeFloor(speech=n):
            return _resume(n, context)
        case EndFloor(speech=n):
            record = open_record(context.record)
            return [] if _speech(record, n).ended_at is not None else [_ended(record, n, context)]


def end_all(record: SittingRecord, now: datetime, speech_ms: int) -> list[FloorEnded]:
    """What ends every speech, the paused ones too: another item is called, or the sitting is closed."""
    return [
        FloorEnded(at=stamp(now), speech=n, used_ms=used_ms(record, n, speech_ms))
        for n in reversed(record.speeches)
        if record.speeches[n].ended_at is None
    ]


def used_ms(record: SittingRecord, n: int, speech_ms: int) -> int:
    """Of an unended speech. `speech_ms`: of the current one."""
    return speech_ms if n == record.running_speech else record.speeches[n].used_ms


def ask(context: Context, member: str, floor: FloorKind) -> Sequence[Fact]:
    """Another kind than the one waiting takes its place, at the end of its queue."""
    record = open_record(context.record)
    _require_present(record, member)
    at = stamp(context.now)
    before = _waiting_of(context, record, member)
    if before is not None and before.fact.floor == floor:
        return []
    taken_back = [] if before is None else [FloorWithdrawn(at=at, request=before.fact.request)]
    request = FloorRequested(
        at=at, request=len(record.requests) + 1, member=member, floor=floor, item=record.current_item
    )
    return [*taken_back, request]


def take_back(context: Context, n: int, member: str | None = None) -> Sequence[Fact]:
    """`member`: who asks for it from a desk, for their own request alone; None: the clerk."""
    record = open_record(context.record)
    request = record.requests.get(n)
    if request is None or (member is not None and request.fact.member != member):
        raise Refusal("no_such_request")
    return [FloorWithdrawn(at=stamp(context.now), request=n)] if request.state == "waiting" else []


def left_floor(context: Context, member: str) -> list[Fact]:
    """What becomes of the requests and the speech of a member who goes."""
    record = open_record(context.record)
    at = stamp(context.now)
    facts: list[Fact] = [
        FloorWithdrawn(at=at, request=request.fact.request)
        for request in record.requests.values()
        if request.state == "waiting" and request.fact.member == member
    ]
    facts += [
        _ended(record, n, context)
        for n in reversed(record.speeches)
        if record.speeches[n].ended_at is None and record.speeches[n].fact.member == member
    ]
    return facts


def _give(act: GiveFloor, context: Context) -> Sequence[Fact]:
    record = open_record(context.record)
    if act.speech in record.speeches:
        if _given_by(act, record.speeches[act.speech].fact):
            return []
        if act.speech == interrupted_speech(record):
            raise Refusal("floor_interrupted")
    _require_next(record, act.speech)
    if sum(who is not None for who in (act.request, act.member, act.speaker)) != 1:
        raise Refusal("not_one_speaker")
    _require_no_presses(record)
    floor, member, asked = act.floor, act.member, act.request
    if act.request is not None:
        request = next(
            (one for one in waiting(record, context.profile) if one.fact.request == act.request),
            None,
        )
        if request is None:
            raise Refusal("no_such_request")
        floor, member = request.fact.floor, request.fact.member
    if member is not None:
        _require_present(record, member)
        own = _waiting_of(context, record, member)
        if own is not None and own.fact.floor == floor:
            asked = own.fact.request  # given out of turn: it waits no more
    before = _interrupting(record, context) if floor == "point_of_order" else _all_ended(record, context)
    given = FloorGiven(
        at=stamp(context.now),
        speech=act.speech,
        request=asked,
        member=member,
        speaker=act.speaker,
        floor=floor,
        item=record.current_item,
        seconds=act.seconds or _limit(context, record, floor, member),
    )
    return [*before, given]


def _next(n: int, context: Context) -> Sequence[Fact]:
    """A number that a paused speech has: the floor returns to it. Its repeat finds it current and does nothing."""
    record = open_record(context.record)
    if n in record.speeches:
        if record.speeches[n].ended_at is not None or record.current_speech == n:
            return []
        _require_no_presses(record)
        above = [later for later in record.speeches if later > n and record.speeches[later].ended_at is None]
        return [
            *(_ended(record, later, context) for later in reversed(above)),
            FloorResumed(at=stamp(context.now), speech=n),
        ]
    _require_next(record, n)
    _require_no_presses(record)
    ended = _all_ended(record, context)
    queue = waiting(record, context.profile)
    if not queue:
        return ended
    first = queue[0].fact
    given = FloorGiven(
        at=stamp(context.now),
        speech=n,
        request=first.request,
        member=first.member,
        speaker=None,
        floor=first.floor,
        item=record.current_item,
        seconds=_limit(context, record, first.floor, first.member),
    )
    return [*ended, given]


def _pause(n: int, context: Context) -> Sequence[Fact]:
    record = open_record(context.record)
    speech = _speech(record, n)
    if speech.ended_at is not None:
        raise Refusal("speech_over", n=n)
    if speech.paused:
        return []
    return [FloorPaused(at=stamp(context.now), speech=n, used_ms=used_ms(record, n, context.speech_ms))]


def _resume(n: int, context: Context) -> Sequence[Fact]:
    record = open_record(context.record)
    speech = _speech(record, n)
    if speech.ended_at is not None:
        raise Refusal("speech_over", n=n)
    if not speech.paused:
        return []
    if record.current_speech != n:
        raise Refusal("floor_interrupted")
    _require_no_presses(record)
    return [FloorResumed(at=stamp(context.now), speech=n)]


def _all_ended(record: SittingRecord, context: Context) -> list[Fact]:
    return list(end_all(record, context.now, context.speech_ms))


def _interrupting(record: SittingRecord, context: Context) -> list[Fact]:
    """The running speech is paused; a point of order to a point of order ends the first."""
    n = record.current_speech
    if n is None:
        return []
    if record.speeches[n].fact.floor == "point_of_order":
        return [_ended(record, n, context)]
    if record.speeches[n].paused:
        return []
    return [FloorPaused(at=stamp(context.now), speech=n, used_ms=used_ms(record, n, context.speech_ms))]


def _limit(context: Context, record: SittingRecord, floor: FloorKind, member: str | None) -> int:
    seconds = limit(record, context.profile, floor, member, context.speech_ms)
    if seconds == 0:
        faction = next(seated.faction for seated in record.opened.members if seated.member == member)
        raise Refusal("faction_time_used", faction=faction)
    return seconds


def _given_by(act: GiveFloor, fact: FloorGiven) -> bool:
    """Whether this very act gave the floor."""
    if act.request is not None:
        return fact.request == act.request
    return (act.member, act.speaker) == (fact.member, fact.speaker)


def _ended(record: SittingRecord, n: int, context: Context) -> FloorEnded:
    return FloorEnded(at=stamp(context.now), speech=n, used_ms=used_ms(record, n, context.speech_ms))


def _waiting_of(context: Context, record: SittingRecord, member: str) -> RequestRecord | None:
    return next((one for one in waiting(record, context.profile) if one.fact.member == member), None)


def _speech(record: SittingRecord, n: int) -> SpeechRecord:
    if n not in record.speeches:
        raise Refusal("wrong_speech", n=len(record.speeches) + 1)
    return record.speeches[n]


def _require_next(record: SittingRecord, n: int) -> None:
    if n != len(record.speeches) + 1:
        raise Refusal("wrong_speech", n=len(record.speeches) + 1)


def _require_present(record: SittingRecord, member: str) -> None:
    if all(seated.member != member for seated in record.opened.members):
        raise Refusal("no_such_member")
    if member not in record.present:
        raise Refusal("member_absent")


def _require_no_presses(record: SittingRecord) -> None:
    vote = record.open_vote
    if vote is not None and vote.state == "open":
        raise Refusal("floor_vote_open", n=vote.n)
