"""Corrections: a member says after the announcement that a vote was meant otherwise; two clerks put it on record. Pure.

The roll and the tally stay. What the first clerk asks for is a proposal; only the second clerk's word makes it a fact.
Source: the profile's rule on corrections.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from council.acts.context import Context
from council.acts.moves import vote_of
from council.chamber_data import Proposal
from council.protocol_acts import NoteCorrection
from council.refusals import Refusal
from voting.entries import CorrectionNoted, Fact, Option, stamp


def propose(act: NoteCorrection, context: Context, number: int) -> Proposal | None:
    """The proposal under `number`, or the one that this act made before; None: it is on record already.

    Raises Refusal."""
    for proposal in context.data.proposals.values():
        if proposal.act == act.act:
            return proposal
    if context.record is None:
        raise Refusal("sitting_not_open")
    vote = vote_of(context.record, act.vote_n)
    meant, candidate = (Option.FOR, act.meant) if isinstance(act.meant, int) else (Option(act.meant), None)
    if any(
        (noted.member, noted.meant, noted.candidate, noted.statement) == (act.member, meant, candidate, act.statement)
        for noted in vote.corrections
    ):
        return None
    if not context.profile.correction.allowed:
        raise Refusal("no_corrections")
    if vote.state != "announced":
        raise Refusal("not_announced" if vote.state != "voided" else "vote_voided", n=vote.n)
    line = next((line for line in vote.roll or () if line.member == act.member), None)
    if line is None:
        raise Refusal("no_such_member")
    standing = {one.candidate for one in vote.opened.candidates}
    known = meant is Option.ABSTAIN or (candidate in standing if standing else candidate is None)
    if not known:
        raise Refusal("bad_option")
    if (line.option, line.candidate) == (meant, candidate):
        raise Refusal("same_option")
    if not act.statement.strip():
        raise Refusal("statement_needed")
    assert context.by is not None  # noqa: S101  # only consoles note corrections
    return Proposal(
        n=number,
        act=act.act,
        fact=CorrectionNoted(
            at=stamp(context.now),
            n=vote.n,
            member=act.member,
            recorded=line.option,
            meant=meant,
            statement=act.statement,
            noted_by=context.by,
            confirmed_by=context.by,
            candidate=candidate,
        ),
    )


def confirm(n: int, context: Context) -> Sequence[Fact]:
    """By another than the clerk who proposed, while the vote stands."""
    proposal = context.data.proposals.get(n)
    if n in context.data.settled:
        return []
    if proposal is None:
        raise Refusal("no_such_proposal")
    if context.by is None or context.by.staff == proposal.by.staff:
        raise Refusal("second_clerk_needed")
    if context.record is None or vote_of(context.record, proposal.fact.n).state != "announced":
        raise Refusal("vote_voided", n=proposal.fact.n)
    return [replace(proposal.fact, at=stamp(context.now), confirmed_by=context.by)]
