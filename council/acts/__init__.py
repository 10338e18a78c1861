"""What an act of a console or a terminal puts into the ledger, or why it may not: one module for each kind. Pure.

Not here in full is what waits for presses on their way (holding, closing, voiding: `chamber.py` lets them be written
first), and what is no fact: rehearsals and terminals' keys (`hall/`).
"""

from __future__ import annotations

from collections.abc import Sequence

from council.acts.agenda import agenda_facts
from council.acts.context import Context, SignedIn, open_record
from council.acts.desk import TerminalAct, facts_of_terminal
from council.acts.floor import floor_facts
from council.acts.presence import arrive, justify, leave, set_recusal, set_seat
from council.acts.sitting import announce, close_sitting, open_vote_facts, sitting_opened
from council.protocol import Arrive, AskFloor, DeclareRecusal, Leave, LeaveSeat, WithdrawFloor
from council.protocol_acts import (
    Act,
    AddItem,
    AnnounceResult,
    AskFloorFor,
    CallItem,
    CloseSitting,
    EndFloor,
    GiveFloor,
    JustifyAbsence,
    NextSpeaker,
    OpenSitting,
    OpenVote,
    PauseFloor,
    ReorderAgenda,
    ResumeFloor,
    SetPresence,
    SetRecusal,
    SetSeat,
    WithdrawItem,
    WithdrawRequest,
)
from council.refusals import Refusal
from voting.entries import Fact

__all__ = ["Context", "SignedIn", "TerminalAct", "facts_of", "open_record"]


def facts_of(act: Act | TerminalAct, context: Context) -> Sequence[Fact]:
    """The facts that carry out `act`; none where it holds already. Raises Refusal or a VotingError."""
    record, now = context.record, context.now
    match act:
        case OpenSitting():
            if record is None:
                return [sitting_opened(context.plan, context.profile, now)]
            open_record(record)
            return []
        case Arrive() | Leave() | SignedIn() | LeaveSeat() | DeclareRecusal() | AskFloor() | WithdrawFloor():
            return facts_of_terminal(act, context)
        case SetPresence(member=member, present=present):
            return (arrive if present else leave)(context, member, "console")
        case JustifyAbsence(member=member, reason=reason):
            return justify(context, member, reason)
        case SetSeat(desk_no=desk_no, member=member):
            return set_seat(context, desk_no, member)
        case SetRecusal(member=member, item=item, recused=recused, reason=reason):
            return set_recusal(context, member, item, recused, reason)
        case CallItem() | AddItem() | WithdrawItem() | ReorderAgenda():
            return agenda_facts(act, context)
        case (
            AskFloorFor() | WithdrawRequest() | GiveFloor() | NextSpeaker() | PauseFloor() | ResumeFloor() | EndFloor()
        ):
            return floor_facts(act, context)
        case OpenVote():
            return open_vote_facts(act, context)
        case AnnounceResult(vote_n=n):
            return announce(context, n)
        case CloseSitting():
            return close_sitting(context)
    raise Refusal("internal")
