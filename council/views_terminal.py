"""What a seat terminal is shown: the chamber's state, the same for all, and where its own member stands. Pure."""

from __future__ import annotations

from datetime import datetime

from council.chamber_data import CHOICES, ChamberData
from council.floor import floor_view, waiting
from council.profile import spoken
from council.protocol_terminal import ChamberState, OwnRequest, RecusalView, Standing
from council.state_console import FloorView
from council.views import (
    current_item,
    in_question,
    item_view,
    member_view,
    next_requirement,
    sitting_view,
    vote_view,
    whose_turn,
)
from council.views_secret import secret_view
from council.words import texts
from voting.entries import Seated


def floor_of(data: ChamberData, now: datetime) -> FloorView | None:
    """None unless the sitting is open."""
    record = data.record
    if record is None or record.closed_seq is not None:
        return None
    return floor_view(record, data.profile, data.roll_names, now, data.speech_ms)


def chamber_state(data: ChamberData, now: datetime) -> ChamberState:
    """`data.tick(now, …)` comes before."""
    floor, turn = floor_of(data, now), whose_turn(data)
    return ChamberState(
        rev=data.rev,
        sitting=sitting_view(data),
        item=item_view(data, current_item(data), with_result=False),
        vote=vote_view(data, with_result=data.published),
        requirement=next_requirement(data) if data.running is None else None,
        speech=floor.speech if floor is not None else None,
        warning_seconds=data.profile.floor.warning_seconds,
        call=data.roll_names[turn] if turn is not None else None,
        secret=secret_view(data),
    )


def standing(data: ChamberData, member: str | None, usual: Seated | None = None) -> Standing:
    """Where one member stands: their own option, for them alone, and their line of the roll once it is closed.

    `member` None: nobody sits there; `usual`: whom the seating names at the desk."""
    vote, event, record = data.vote, data.event, data.record
    seated = data.by_id.get(member) if member is not None else None
    other = usual is not None and usual.member != member
    recusals = record.recusals if record is not None else {}
    recused = next((item for item in in_question(data) if member in recusals.get(item, {})), None)
    speech = record.current_speech if record is not None else None
    speaker = record.speeches[speech].fact.member if record is not None and speech is not None else None
    press = event.standing.get(member) if event is not None and member is not None else None
    final = data.roll_lines.get(member) if member is not None else None
    stands = press or final
    return Standing(
        present=record is not None and member in record.present,
        vote_n=vote.n if vote is not None else None,
        entitled=vote is not None and member in vote.entitled,
        option=CHOICES[press.option] if press is not None else None,
        boot=press.boot if press is not None else None,
        n=press.n if press is not None else None,
        recorded_at=press.recorded_at if press is not None else None,
        final=final.option.value if final is not None else None,
        candidate=press.candidate if press is not None else None,
        final_candidate=final.candidate if final is not None else None,
        channel=stands.channel if stands is not None else None,
        member=member_view(seated) if seated is not None else None,
        usual=member_view(usual) if usual is not None and other else None,
        recused=recused is not None,
        recusal=_recusal(data, recused, member) if recused is not None else None,
        request=_own_request(data, member),
        speaking=member is not None and speaker == member,
        called=member is not None and whose_turn(data) == member,
    )


def _recusal(data: ChamberData, item: str, member: str | None) -> RecusalView:
    at = data.recused_at.get((item, member or ""))
    rule = data.profile.recusal
    source = texts(lambda locale: spoken(rule.source, locale))
    return RecusalView(at=at, source=source, exception=rule.exception, item=item)


def _own_request(data: ChamberData, member: str | None) -> OwnRequest | None:
    record = data.record
    if member is None or record is None or record.closed_seq is not None:
        return None
    for place, request in enumerate(waiting(record, data.profile), 1):
        if request.fact.member == member:
            return OwnRequest(request=request.fact.request, floor=request.fact.floor, place=place)
    return None
