"""What an act of a console or a terminal puts into the ledger, or why it may not: one module for each kind. Pure.

Not here in full is what waits for presses on their way (holding, closing, voiding, the end of a rehearsal: `work.py`
lets them be written first), and what is no fact: answers entered (`intake.py`), proposals, starting a rehearsal, keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from council.acts.agenda import AgendaAct, agenda_facts
from council.acts.context import Context, SignedIn, open_record
from council.acts.corrections import confirm
from council.acts.desk import TerminalAct, facts_of_terminal
from council.acts.filming import pause_filming, resume_filming
from council.acts.floor import FloorAct, floor_facts
from council.acts.moves import announce, decide_tie, resume, void
from council.acts.presence import arrive, justify, leave, set_recusal, set_seat
from council.acts.secret import record_secret
from council.acts.sitting import close_sitting, open_sitting, set_chair
from council.acts.votes import open_vote_facts
from council.protocol_acts import (
    Act,
    AnnounceResult,
    CloseSitting,
    ConfirmProposal,
    DecideTie,
    JustifyAbsence,
    OpenSitting,
    OpenVote,
    PauseFilming,
    RecordSecretVote,
    ResumeFilming,
    ResumeVote,
    SetChair,
    SetPresence,
    SetRecusal,
    SetSeat,
    VoidVote,
)
from council.refusals import Refusal
from voting.entries import Fact, Option

__all__ = ["Context", "SignedIn", "TerminalAct", "facts_of", "open_record"]


def facts_of(act: Act | TerminalAct, context: Context) -> Sequence[Fact]:
    """The facts that carry out `act`; none where it holds already. Raises Refusal or a VotingError."""
    if isinstance(act, TerminalAct):
        return facts_of_terminal(act, context)
    match act:
        case OpenSitting():
            return open_sitting(context)
        case CloseSitting():
            return close_sitting(context)
        case SetChair(member=member):
            return set_chair(context, member)
        case SetPresence(member=member, present=present):
            return arrive(context, member, "console") if present else leave(context, member, "console")
        case JustifyAbsence(member=member, reason=reason):
            return justify(context, member, reason)
        case SetSeat(desk_no=desk_no, member=member):
            return set_seat(context, desk_no, member)
        case SetRecusal(member=member, item=item, recused=recused, reason=reason):
            return set_recusal(context, member, item, recused, reason)
        case OpenVote():
            return open_vote_facts(act, context)
        case ResumeVote(vote_n=n):
            return resume(context, n)
        case DecideTie(vote_n=n, option=option):
            return decide_tie(context, n, Option(option))
        case AnnounceResult(vote_n=n):
            return announce(context, n)
        case VoidVote(vote_n=n, reason=reason):
            return void(context, n, reason)
        case RecordSecretVote():
            return record_secret(act, context)
        case PauseFilming():
            return pause_filming(act, context)
        case ResumeFilming():
            return resume_filming(context)
        case ConfirmProposal(proposal=number):
            return confirm(number, context)
    if isinstance(act, AgendaAct):
        return agenda_facts(act, context)
    if isinstance(act, FloorAct):
        return floor_facts(act, context)
    raise Refusal("internal")
