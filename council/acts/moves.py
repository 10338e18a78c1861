"""What becomes of a vote after its opening: held, resumed, closed, a tie decided, announced, set aside. Pure.

Presses that are on their way are not known here: `work.py` stops taking them and lets them be written before it asks
for the facts of holding, closing and voiding an open vote.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from council.acts.context import Context, next_vote_n, open_record
from council.refusals import Refusal
from voting.entries import Fact, Option, TieDecided, VoteVoided, stamp
from voting.record import SittingRecord, VoteRecord
from voting.vote_event import VoteEvent


def vote_of(record: SittingRecord, n: int) -> VoteRecord:
    """A named vote of the sitting. Raises Refusal."""
    vote = record.votes.get(n)
    if vote is None:
        raise Refusal("secret_vote" if n in record.secret_votes else "wrong_vote", n=next_vote_n(record))
    return vote


def _event(context: Context, n: int) -> VoteEvent:
    if context.event is None or context.event.opened.n != n:
        raise Refusal("no_vote")
    return context.event


def hold(context: Context, n: int, at: str, left_ms: int | None) -> Sequence[Fact]:
    """`at`, `left_ms`: the moment from which no press was taken any more, and what was left of the time limit."""
    vote = vote_of(open_record(context.record), n)
    if vote.state == "held":
        return []
    if vote.state != "open":
        raise Refusal("vote_closed")
    return [_event(context, n).hold(at, left_ms)]


def resume(context: Context, n: int) -> Sequence[Fact]:
    record = open_record(context.record)
    vote = vote_of(record, n)
    if vote.state == "open":
        return []
    if vote.state != "held":
        raise Refusal("vote_closed")
    if record.running_speech is not None:
        raise Refusal("speech_running")
    return [_event(context, n).resume(stamp(context.now), vote.left_ms)]


def close(context: Context, n: int, at: str, cause: Literal["clerk", "time"]) -> Sequence[Fact]:
    """A vote entered by hand is closed by a clerk who entered nothing in it: that is the confirmation."""
    if context.record is None or n not in context.record.votes:
        raise Refusal("no_vote")
    vote = context.record.votes[n]
    if vote.state == "voided":
        raise Refusal("vote_voided", n=n)
    if vote.state not in ("open", "held"):
        return []
    event, entered_by = _event(context, n), context.data.entered_by
    if vote.opened.method != "entered":
        return [event.close(at, cause, entered_by=entered_by)]
    if not entered_by:
        raise Refusal("nothing_entered")
    if context.by is None or context.by.staff in {clerk.staff for clerk in entered_by}:
        raise Refusal("second_clerk_needed")
    return [event.close(at, cause, entered_by=entered_by, confirmed_by=context.by)]


def no_casting(record: SittingRecord, vote: VoteRecord) -> Refusal | None:
    """Why whoever presides cannot give the casting vote; None: they can."""
    if record.chair is None:
        return Refusal("no_chair")
    if record.chair not in record.present:
        return Refusal("chair_absent")
    if record.chair in record.recused(vote.items) and not vote.opened.exception:
        return Refusal("chair_recused")
    return None


def decide_tie(context: Context, n: int, option: Option) -> Sequence[Fact]:
    """The casting vote is the chair's, whoever enters it: so the chair must be known, here, and take part in the item.

    Source: the profile's recusal rule (Ukraine: art. 59-1)."""
    record = open_record(context.record)
    vote = vote_of(record, n)
    if vote.tie is not None:
        if vote.tie.option is option:
            return []
        raise Refusal("tie_decided", n=n)
    if vote.state != "tied":
        raise Refusal("no_tie", n=n)
    refusal = no_casting(record, vote)
    if refusal is not None:
        raise refusal
    assert context.by is not None and record.chair is not None  # noqa: S101 - no terminal sends this act
    fact: TieDecided = _event(context, n).decide_tie(stamp(context.now), record.chair, option, context.by)
    return [fact]


def announce(context: Context, n: int) -> Sequence[Fact]:
    if context.record is None:
        raise Refusal("wrong_vote", n=1)
    vote = vote_of(context.record, n)
    if vote.state == "announced":
        return []
    if vote.state in ("open", "held"):
        raise Refusal("not_closed", n=n)
    if vote.state == "tied":
        raise Refusal("tie_undecided", n=n)
    if vote.state == "voided":
        raise Refusal("vote_voided", n=n)
    return [_event(context, n).announce(stamp(context.now))]


def void(context: Context, n: int, reason: str) -> Sequence[Fact]:
    """Any vote of the sitting, a secret ballot too, in any state; its entries remain."""
    record = open_record(context.record)
    secret = record.secret_votes.get(n)
    if secret.voided is not None if secret is not None else vote_of(record, n).state == "voided":
        return []
    if not reason.strip():
        raise Refusal("reason_needed")
    return [VoteVoided(at=stamp(context.now), n=n, reason=reason)]
