"""What adoption needs, in whole numbers. Pure: nothing is divided, so nothing is rounded.

Source: the requirement in a rules-of-procedure profile (base, fraction, "more than" or "at least"), each with its law.
"""

from __future__ import annotations

from voting.entries import Base, Requirement, Result, Tally
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


def votes_cast(tally: Tally) -> int:
    """The base `cast`: votes for and against. Whoever abstains casts none, so "more than 1/2" is "more for than
    against"."""
    return tally.for_ + tally.against


def needed_at_close(requirement: Requirement, tally: Tally) -> int:
    """Votes for that suffice: the number fixed at opening, but for the base `cast`, which only the tally gives."""
    if requirement.base is not Base.CAST:
        return requirement.needed
    return needed(votes_cast(tally), requirement.numerator, requirement.denominator, requirement.strict)


def decide(requirement: Requirement, tally: Tally, present: int) -> Result:
    """`present`: members on the roll at opening. Without a quorum there is no decision, whatever the tally says."""
    if present < requirement.quorum:
        return Result.NO_QUORUM
    return Result.ADOPTED if tally.for_ >= needed_at_close(requirement, tally) else Result.REJECTED
