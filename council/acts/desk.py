"""What a member does from a desk, but for pressing an option: presence, seat, recusal, the floor. Pure.

Who the member is follows from the desk (`Context.member`, `desk_no`), never from the message.
"""

from __future__ import annotations

from collections.abc import Sequence

from council.acts.context import Context, SignedIn
from council.acts.floor import ask, take_back
from council.acts.presence import arrive, declare_own_recusal, leave, leave_seat, sign_in
from council.protocol import Arrive, AskFloor, DeclareRecusal, Leave, LeaveSeat, WithdrawFloor
from council.refusals import Refusal
from voting.entries import Fact

TerminalAct = Arrive | Leave | SignedIn | LeaveSeat | DeclareRecusal | AskFloor | WithdrawFloor


def facts_of_terminal(act: TerminalAct, context: Context) -> Sequence[Fact]:
    """None where it holds already. Raises Refusal; `no_member` where nobody sits at the desk."""
    match act:
        case SignedIn(member=member, channel=channel):
            return sign_in(context, member, channel)
        case LeaveSeat():
            return leave_seat(context, "terminal")
    if context.member is None:
        raise Refusal("no_member")
    match act:
        case Arrive():
            return arrive(context, context.member, "terminal")
        case Leave():
            return leave(context, context.member, "terminal")
        case DeclareRecusal(item=item, reason=reason):
            return declare_own_recusal(context, item, reason)
        case AskFloor(floor=floor):
            return ask(context, context.member, floor)
        case WithdrawFloor(request=request):
            return take_back(context, request, context.member)
