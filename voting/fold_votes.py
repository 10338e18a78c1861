"""Votes, from opening to announcement and after. Pure; part of the fold (`folder.py`). Moves are those of MOVES."""

from __future__ import annotations

from voting.entries import (
    CorrectionNoted,
    ResultAnnounced,
    SecretVoteRecorded,
    TieDecided,
    VoteClosed,
    VoteHeld,
    VoteOpened,
    VoteResumed,
    VoteVoided,
)
from voting.errors import WrongMove
from voting.possible import (
    Fold,
    require_item,
    require_members,
    require_next,
    require_no_vote,
    require_silence,
    require_unique,
)
from voting.record import AnyVote, SecretRecord, SittingRecord, VoteRecord, VoteState
from voting.vote_event import Move, State, next_state


def _open(record: SittingRecord, fact: VoteOpened, seq: int) -> None:
    require_no_vote(record, "VoteOpened")
    require_silence(record, "VoteOpened")
    require_next("vote", fact.n, record.next_vote_n)
    vote = VoteRecord(fact, seq)
    require_unique("items", vote.items)
    for item in vote.items:
        require_item(record, item, f"vote {fact.n}")
    for words in ("present", "entitled", "no_record", "recused"):
        members: tuple[str, ...] = getattr(fact, words)
        require_unique(words, members)
        require_members(record, members)
    require_unique("candidate", [candidate.candidate for candidate in fact.candidates])
    _follow(record, vote)
    record.votes[fact.n] = vote
    for item in vote.items:
        record.items[item].votes.append(fact.n)


def _follow(record: SittingRecord, vote: AnyVote) -> None:
    """The vote that this one refers to knows it."""
    if vote.refers_to is None:
        return
    before = record.all_votes.get(vote.refers_to)
    if before is None:
        raise WrongMove(f"vote {vote.n} refers to vote {vote.refers_to}, which was never held")
    if vote.relation == "repeat" and before.void_reason is None:
        raise WrongMove(f"vote {vote.n} repeats vote {vote.refers_to}, which is not void")
    before.followed_by.append(vote.n)


def _hold(record: SittingRecord, fact: VoteHeld, seq: int) -> None:
    vote, after = _move(record, fact)
    vote.state, vote.held_at, vote.left_ms = after, fact.at, fact.left_ms


def _resume(record: SittingRecord, fact: VoteResumed, seq: int) -> None:
    vote, after = _move(record, fact)
    require_silence(record, "VoteResumed")
    vote.state, vote.held_at, vote.left_ms = after, None, fact.left_ms


def _close(record: SittingRecord, fact: VoteClosed, seq: int) -> None:
    vote, after = _move(record, fact)
    if tuple(line.member for line in fact.roll) != record.members:
        raise WrongMove(f"the roll of vote {fact.n} does not list each member once, in the sitting's order")
    vote.state, vote.held_at = after, None
    vote.closed_at, vote.closed_seq, vote.cause = fact.at, seq, fact.cause
    vote.roll, vote.tally, vote.result = fact.roll, fact.tally, fact.result
    vote.counts, vote.chosen = fact.counts, fact.chosen
    vote.entered_by, vote.confirmed_by = fact.entered_by, fact.confirmed_by


def _decide(record: SittingRecord, fact: TieDecided, seq: int) -> None:
    vote, after = _move(record, fact)
    require_members(record, (fact.member,))
    vote.state, vote.tie, vote.result = after, fact, fact.result


def _announce(record: SittingRecord, fact: ResultAnnounced, seq: int) -> None:
    vote, after = _move(record, fact)
    vote.state, vote.announced_at = after, fact.at


def _void(record: SittingRecord, fact: VoteVoided, seq: int) -> None:
    secret = record.secret_votes.get(fact.n)
    if secret is not None:
        if secret.voided is not None:
            raise WrongMove(f"VoteVoided while vote {fact.n} is voided")
        _require_reason(fact)
        secret.voided = fact
        return
    vote, after = _move(record, fact)
    _require_reason(fact)
    vote.state, vote.held_at = after, None
    vote.voided_at, vote.void_reason = fact.at, fact.reason


def _require_reason(fact: VoteVoided) -> None:
    if not fact.reason.strip():
        raise WrongMove(f"vote {fact.n} was voided without a reason")


def _record_secret(record: SittingRecord, fact: SecretVoteRecorded, seq: int) -> None:
    require_no_vote(record, "SecretVoteRecorded")
    require_next("vote", fact.n, record.next_vote_n)
    require_item(record, fact.item, f"vote {fact.n}")
    require_unique("candidate", [candidate.candidate for candidate in fact.candidates])
    vote = SecretRecord(fact)
    _follow(record, vote)
    record.secret_votes[fact.n] = vote
    if fact.item is not None:
        record.items[fact.item].secret_votes.append(fact.n)


def _correct(record: SittingRecord, fact: CorrectionNoted, seq: int) -> None:
    """A statement on the record; the roll stays as it was announced."""
    vote = _vote(record, fact.n)
    require_members(record, (fact.member,))
    if vote.state != "announced":
        raise WrongMove(f"CorrectionNoted while vote {fact.n} is {vote.state}")
    vote.corrections.append(fact)


def _move(record: SittingRecord, fact: Move) -> tuple[VoteRecord, VoteState]:
    vote = _vote(record, fact.n)
    return vote, next_state(State(vote.state), vote.n, fact).value


def _vote(record: SittingRecord, n: int) -> VoteRecord:
    if n in record.secret_votes:
        raise WrongMove(f"vote {n} was secret")
    vote = record.votes.get(n)
    if vote is None:
        raise WrongMove(f"vote {n} was never opened")
    return vote


FOLDS: dict[type, Fold] = {
    VoteOpened: _open,
    VoteHeld: _hold,
    VoteResumed: _resume,
    VoteClosed: _close,
    TieDecided: _decide,
    ResultAnnounced: _announce,
    VoteVoided: _void,
    SecretVoteRecorded: _record_secret,
    CorrectionNoted: _correct,
}
