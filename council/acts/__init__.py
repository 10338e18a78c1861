"""What an act of the console puts into the ledger, or why it may not: one module for each kind of act. Pure.

Closing a vote is not here in full: `chamber.py` first waits for the presses it has accepted.
"""

from __future__ import annotations

from collections.abc import Sequence

from council.acts.context import Context, open_record
from council.acts.sitting import announce, call, close_sitting, open_vote_facts, presence, sitting_opened
from council.protocol_acts import AnnounceResult, CallItem, CloseSitting, OpenSitting, OpenVote, SetPresence
from voting.entries import Fact

__all__ = ["Context", "LedgerAct", "facts_of", "open_record"]

LedgerAct = OpenSitting | SetPresence | CallItem | OpenVote | AnnounceResult | CloseSitting


def facts_of(act: LedgerAct, context: Context) -> Sequence[Fact]:
    """The facts that carry out `act`; none where it holds already. Raises Refusal or a VotingError."""
    record, now = context.record, context.now
    match act:
        case OpenSitting():
            if record is None:
                return [sitting_opened(context.plan, context.profile, now)]
            open_record(record)
            return []
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
