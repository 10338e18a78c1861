"""Counting a roll: whole, by candidate and by faction. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from voting.entries import Candidate, CandidateCount, Option, RollEntry, Seated, Tally


def count(roll: Iterable[RollEntry]) -> Tally:
    """Adds up to the length of the roll."""
    return _tally(Counter(line.option for line in roll))


def count_candidates(roll: Iterable[RollEntry], candidates: Iterable[Candidate]) -> tuple[CandidateCount, ...]:
    """Votes for each candidate, in the order they stand; with nobody's line for another they add up to the tally's
    `for`. A line for somebody who does not stand counts for nobody."""
    votes = Counter(line.candidate for line in roll if line.option is Option.FOR)
    return tuple(CandidateCount(candidate.candidate, votes[candidate.candidate]) for candidate in candidates)


def by_faction(roll: Iterable[RollEntry], members: Sequence[Seated]) -> dict[str | None, Tally]:
    """A tally for each faction of `members`, in the order they come; None, the members of no faction, last.

    The tallies add up to that of the whole roll. Raises KeyError for a member of the roll who is not in `members`."""
    faction = {seated.member: seated.faction for seated in members}
    counts: dict[str | None, Counter[Option]] = {seated.faction: Counter() for seated in members}
    for line in roll:
        counts[faction[line.member]][line.option] += 1
    ordered = sorted(counts, key=lambda name: name is None)  # stable: only None moves
    return {name: _tally(counts[name]) for name in ordered}


def _tally(counts: Counter[Option]) -> Tally:
    return Tally(
        for_=counts[Option.FOR],
        against=counts[Option.AGAINST],
        abstain=counts[Option.ABSTAIN],
        not_voting=counts[Option.NOT_VOTING],
        absent=counts[Option.ABSENT],
        recused=counts[Option.RECUSED],
        no_record=counts[Option.NO_RECORD],
    )
