"""What the wall shows, and the transient state of the public page. Pure."""

from __future__ import annotations

from datetime import datetime

from council.chamber_data import ChamberData
from council.protocol import DisplayState
from council.state_parts import LiveState, RollLine, SeatView
from council.views import call_view, closed_view, counted, current_item, item_view, quorum, sitting_view, vote_view
from council.views_secret import secret_view
from council.views_terminal import floor_of
from voting.entries import stamp


def display_state(data: ChamberData, now: datetime) -> DisplayState:
    """`data.tick(now, …)` comes before."""
    record, vote = data.record, data.vote
    present = record.present if record is not None else set()
    voted, entitled = counted(data)
    roll = vote.roll if vote is not None and data.published and vote.roll is not None else ()
    return DisplayState(
        rev=data.rev,
        server_time=stamp(now),
        sitting=sitting_view(data),
        item=item_view(data, current_item(data), with_result=False),
        vote=vote_view(data, with_result=data.published),
        seats=_seats(data),
        voted=voted,
        entitled=entitled,
        present=len(present),
        quorum=quorum(data),
        roll=tuple(
            RollLine(name=data.roll_names[line.member], option=line.option.value, candidate=line.candidate)
            for line in roll
        ),
        opened_checkpoint=data.opened_checkpoint,
        closed_checkpoint=data.closed_checkpoint,
        floor=floor_of(data, now),
        call=call_view(data),
        secret=secret_view(data),
        whole=data.plan.body.seats,
        closed=closed_view(data),
    )


def _seats(data: ChamberData) -> tuple[SeatView, ...]:
    record, vote, running = data.record, data.vote, data.running
    present = running.present if running is not None else record.present if record is not None else set()
    recused: set[str] = set()
    if running is not None:
        recused = set() if running.opened.exception else set(running.opened.recused)
    elif record is not None and record.current_item is not None:
        recused = set(record.recusals.get(record.current_item, {}))
    voted = data.voted
    return tuple(
        SeatView(
            desk_no=desk_no,
            present=seated.member in present,
            no_record=vote is not None and seated.member in vote.no_record,
            voted=seated.member in voted,
            recused=seated.member in recused,
        )
        for desk_no, seated in data.by_desk.items()
    )


def live_state(data: ChamberData, now: datetime) -> LiveState:
    """`data.tick(now, …)` comes before."""
    vote = data.running
    return LiveState(
        sitting=data.plan.id,
        rev=data.rev,
        server_time=stamp(now),
        present=tuple(sorted(data.record.present)) if data.record is not None else (),
        vote_n=vote.n if vote is not None else None,
        voted=tuple(sorted(data.voted)) if vote is not None else (),
        closes_at=data.closes_at if vote is not None and vote.state == "open" else None,
        live_camera=data.live_camera,
        floor=floor_of(data, now),
        held=vote is not None and vote.state == "held",
    )
