"""A secret ballot: taken on paper, its totals entered from the counting commission's protocol. Pure.

Nothing here, and no fact, can hold who voted. Source: the profile's grounds for a secret vote (Ukraine: art. 59(3)).
"""

from __future__ import annotations

from collections.abc import Sequence

from council.acts.context import Context, open_record, require_settled
from council.acts.presence import roll_at_opening
from council.acts.votes import require_repeatable, required
from council.profile import spoken
from council.protocol_acts import RecordSecretVote
from council.refusals import Refusal
from voting.entries import (
    Ballots,
    Candidate,
    CandidateCount,
    Document,
    Fact,
    SecretVoteRecorded,
    Tally,
    stamp,
)
from voting.record import AnyVote, SittingRecord, VoteRecord
from voting.requirement import by_secret_ballot
from voting.vote_event import motion_sha256


def record_secret(act: RecordSecretVote, context: Context) -> Sequence[Fact]:
    """Raises Refusal for a ground that the profile does not have, and for totals that do not add up."""
    record, profile = open_record(context.record), context.profile
    if act.vote_n in record.secret_votes:
        return []
    require_settled(record)
    if act.vote_n != record.next_vote_n:
        raise Refusal("wrong_vote", n=record.next_vote_n)
    before = _repeated(record, act.repeats) if act.repeats is not None else None
    ground = profile.grounds.get(act.ground)
    if ground is None:
        raise Refusal("no_ground")
    _require_sums(act, len(record.opened.members))
    item = before.item if before is not None else record.current_item
    if item in record.withdrawn_items:
        raise Refusal("item_withdrawn", item=item)
    roll = roll_at_opening(record, profile, (item,) if item is not None else ())
    requirement = required(context.plan, profile, act.rule or profile.default_rule, roll)
    tally = Tally(for_=act.votes_for, against=act.votes_against, abstain=act.votes_abstain)
    counts = tuple(CandidateCount(n, votes) for n, votes in enumerate(act.counts, 1))
    result, chosen = by_secret_ballot(requirement, counts, tally, roll.in_quorum)
    return [
        SecretVoteRecorded(
            at=stamp(context.now),
            n=act.vote_n,
            item=item,
            motion=act.motion,
            motion_sha256=motion_sha256(act.motion),
            requirement=requirement,
            ground=act.ground,
            ground_source=spoken(ground.source, context.plan.body.locale),
            in_quorum=roll.in_quorum,
            ballots=Ballots(issued=act.issued, found=act.found, invalid=act.invalid),
            for_=act.votes_for,
            against=act.votes_against,
            abstain=act.votes_abstain,
            candidates=tuple(Candidate(n, name) for n, name in enumerate(act.candidates, 1)),
            counts=counts,
            chosen=chosen,
            result=result,
            protocol=Document(act.protocol_name, act.protocol_sha256, act.protocol_bytes),
            repeats=act.repeats,
        )
    ]


def _repeated(record: SittingRecord, n: int) -> AnyVote:
    """The void vote, secret or by name, in whose place the ballot stands. Raises Refusal."""
    before = record.all_votes.get(n)
    if before is None:
        raise Refusal("no_such_vote", n=n)
    require_repeatable(record, before)
    if isinstance(before, VoteRecord) and before.opened.also_items:
        raise Refusal("block_not_secret", n=n)
    return before


def _require_sums(act: RecordSecretVote, in_office: int) -> None:
    """Every paper found is for, against, an abstention or invalid; with candidates, for one of them is for. What the
    audit would find (`voting/recount_facts.py`) is refused: the ledger would never be found right again."""
    if act.issued > in_office:
        raise Refusal("more_papers_issued", issued=act.issued, members=in_office)
    if act.found > act.issued:
        raise Refusal("more_papers_found", found=act.found, issued=act.issued)
    if len(act.counts) != len(act.candidates) or (act.candidates and sum(act.counts) != act.votes_for):
        raise Refusal("counts_do_not_add_up", counted=sum(act.counts), votes=act.votes_for)
    counted = act.votes_for + act.votes_against + act.votes_abstain + act.invalid
    if counted != act.found:
        raise Refusal("papers_do_not_add_up", counted=counted, found=act.found)
