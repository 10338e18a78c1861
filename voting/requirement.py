"""What adoption needs, in whole numbers. Pure: nothing is divided, so nothing is rounded.

Source: the requirement in a rules-of-procedure profile (base, fraction, "more than" or "at least", ties), each with its
law.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from voting.entries import Base, CandidateCount, Requirement, Result, Tally
from voting.errors import BadRequirement


def needed(count: int, numerator: int, denominator: int, strict: bool) -> int:
    """The fewest votes for that suffice when the base counts `count`: more than (strict) or at least the fraction.

    At least 1: nothing is adopted by nobody. Raises BadRequirement for a fraction that is not above 0 and at most 1,
    or "more than all"."""
    if count < 0 or not 0 < numerator <= denominator or (strict and numerator == denominator):
        words = "more than" if strict else "at least"
        raise BadRequirement(f"{words} {numerator}/{denominator} of {count} decides no vote")
    votes = count * numerator // denominator + 1 if strict else -(-count * numerator // denominator)
    return max(1, votes)


def counted_at_closing(base: Base) -> bool:
    """Whether the base counts votes and not members, so that only the tally says how many suffice."""
    return base in (Base.CAST, Base.VOTED)


def votes_counted(base: Base, tally: Tally) -> int:
    """What `cast` or `voted` counts. Whoever abstains casts no vote, so "more than 1/2" of `cast` is "more for than
    against"; of `voted` it is more for than against and abstaining together."""
    return tally.for_ + tally.against + (tally.abstain if base is Base.VOTED else 0)


def needed_at_close(requirement: Requirement, tally: Tally) -> int:
    """Votes for that suffice: the number fixed at opening, unless only the tally gives it."""
    if not counted_at_closing(requirement.base):
        return requirement.needed
    return needed(
        votes_counted(requirement.base, tally), requirement.numerator, requirement.denominator, requirement.strict
    )


def breaks_ties(requirement: Requirement) -> bool:
    """Whether the chair has a casting vote: the profile gives one, and "more for than against" is what is asked."""
    half = requirement.numerator * 2 == requirement.denominator
    return requirement.tie == "chair" and requirement.base is Base.CAST and requirement.strict and half


def decide(requirement: Requirement, tally: Tally, in_quorum: int, *, waived: bool = False) -> Result:
    """The result of a vote for or against something. `in_quorum`: how many counted for the quorum at opening.

    Without a quorum there is no decision, whatever the tally says, unless that was `waived`: overridden by the clerk
    with a reason that stands in the ledger. As many against as for, and at least one: TIED where the chair decides."""
    if in_quorum < requirement.quorum and not waived:
        return Result.NO_QUORUM
    if tally.for_ == tally.against > 0 and breaks_ties(requirement):
        return Result.TIED
    return Result.ADOPTED if tally.for_ >= needed_at_close(requirement, tally) else Result.REJECTED


def elect(
    requirement: Requirement,
    counts: Iterable[CandidateCount],
    tally: Tally,
    in_quorum: int,
    *,
    waived: bool = False,
) -> tuple[Result, int | None]:
    """The result of a vote on candidates and who was chosen: the one who alone leads and has what is needed.

    A tie for the lead chooses nobody; no casting vote breaks it."""
    if in_quorum < requirement.quorum and not waived:
        return Result.NO_QUORUM, None
    ranked = sorted(counts, key=lambda count: -count.votes)
    alone = bool(ranked) and (len(ranked) == 1 or ranked[0].votes > ranked[1].votes)
    if alone and ranked[0].votes >= needed_at_close(requirement, tally):
        return Result.ADOPTED, ranked[0].candidate
    return Result.REJECTED, None


def by_secret_ballot(
    requirement: Requirement, counts: Sequence[CandidateCount], tally: Tally, in_quorum: int
) -> tuple[Result, int | None]:
    """The result of papers counted, and who was chosen. counts: of each candidate; none: for or against a motion.

    Nobody has a casting vote in a secret ballot, and nothing is announced before it is counted: a tie is rejected."""
    if counts:
        return elect(requirement, counts, tally, in_quorum)
    return decide(replace(requirement, tie="rejected"), tally, in_quorum), None
