"""The last secret ballot of the current item, as all screens of the hall show it: totals, and no name. Pure."""

from __future__ import annotations

from council.chamber_data import ChamberData
from council.state_parts import CandidateView, SecretView
from council.verdict import secret_verdict
from council.vote_notes import secret_notes
from council.words import texts


def secret_view(data: ChamberData) -> SecretView | None:
    """None also when a vote by name came after it."""
    record = data.record
    n = max(record.secret_votes, default=None) if record is not None else None
    if record is None or n is None or (data.vote is not None and data.vote.n > n):
        return None
    secret = record.secret_votes[n]
    vote = secret.fact
    if vote.item not in (None, record.current_item):
        return None
    return SecretView(
        n=n,
        item=vote.item,
        title=vote.motion,
        at=vote.at,
        ground=texts(lambda locale: " ".join(secret_notes(secret, record.all_votes, locale))),
        verdict=texts(lambda locale: secret_verdict(secret, locale)[0]),
        reason=texts(lambda locale: secret_verdict(secret, locale)[1]),
        issued=vote.ballots.issued,
        found=vote.ballots.found,
        invalid=vote.ballots.invalid,
        for_=vote.for_,
        against=vote.against,
        abstain=vote.abstain,
        candidates=tuple(CandidateView(candidate.candidate, candidate.name) for candidate in vote.candidates),
        counts=tuple((count.candidate, count.votes) for count in vote.counts),
        chosen=vote.chosen,
        void_reason=secret.voided.reason if secret.voided is not None else None,
    )
