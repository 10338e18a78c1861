"""What an act of a console or a terminal puts into the ledger, or why it may not: one module for each kind. Pure.

Not here in full is what waits for presses on their way (holding, closing, voiding: `chamber.py` lets them be written
first), and what is no fact: rehearsals and terminals' keys (`hall/`).
"""

from __future__ import annotations

from collections.abc import Sequence

from council.acts.context import Context, SignedIn, open_record
from council.acts.sitting import announce, call, close_sitting, open_vote_facts, presence, sitting_opened
from council.protocol import Arrive, AskFloor, DeclareRecusal, Leave, LeaveSeat, WithdrawFloor
from council.protocol_acts import (
    Act,
    AnnounceResult,
    CallItem,
    CloseSitting,
    OpenSitting,
    OpenVote,
    SetPresence,
)
from council.refusals import Refusal
from voting.entries import Fact

__all__ = ["Context", "SignedIn", "TerminalAct", "facts_of", "open_record"]

TerminalAct = Arrive | Leave | SignedIn | LeaveSeat | DeclareRecusal | AskFloor | WithdrawFloor


def facts_of(act: Act | TerminalAct, context: Context) -> Sequence[Fact]:
    """The facts that carry out `act`; none where it holds already. Raises Refusal or a VotingError."""
    record, now = context.record, context.now
    match act:
        case OpenSitting():
            if record is None:
                return [sitting_opened(context.plan, context.profile, now)]
            open_record(record)
            return []
        case Arrive() if context.member is not None:
            return presence(open_record(record), context.member, True, "terminal", now)
        case SetPresence(member=member, present=present):
            return presence(open_record(record), member, present, "console", now)
        case CallItem(item=item):
            return call(open_record(record), item, now)
        case OpenVote():
            return open_vote_facts(act, context)
        case AnnounceResult(vote_n=n):
            return announce(context, n)
        case CloseSitting():
            return close_sitting(context)
    raise Refusal("no_member" if isinstance(act, TerminalAct) else "internal")
