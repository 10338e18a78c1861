"""How many votes suffice, against the definition in fractions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.entries import Base, CandidateCount, Requirement, Result, Tally
from voting.errors import BadRequirement
from voting.requirement import by_secret_ballot, decide, elect, needed, needed_at_close

COUNTS = st.integers(0, 10_000)


@st.composite
def fractions(draw: st.DrawFn) -> tuple[int, int]:
    denominator = draw(st.integers(2, 100))
    return draw(st.integers(1, denominator - 1)), denominator


@given(COUNTS, fractions(), st.booleans())
def test_needed_is_the_fewest_votes_that_reach_the_fraction(count: int, of: tuple[int, int], strict: bool) -> None:
    votes, share = needed(count, *of, strict), Fraction(*of) * count
    assert votes >= 1
    assert votes > share if strict else votes >= share
    assert votes == 1 or (votes - 1 <= share if strict else votes - 1 < share)


@given(COUNTS, COUNTS, fractions(), fractions(), st.booleans())
def test_needed_never_falls_when_the_base_or_the_fraction_grows(
    count: int, more: int, of: tuple[int, int], other: tuple[int, int], strict: bool
) -> None:
    low, high = sorted((of, other), key=lambda pair: Fraction(*pair))
    assert needed(count, *low, strict) <= needed(count + more, *low, strict)
    assert needed(count, *low, strict) <= needed(count, *high, strict)
    assert needed(count, *of, False) <= needed(count, *of, True) <= needed(count, *of, False) + 1


@given(st.integers(1, 10_000), fractions(), st.booleans(), st.integers(1, 50))
def test_needed_is_the_same_for_the_same_fraction_spelt_larger(
    count: int, of: tuple[int, int], strict: bool, times: int
) -> None:
    assert needed(count, *of, strict) == needed(count, of[0] * times, of[1] * times, strict) <= count


@pytest.mark.parametrize(
    ("count", "numerator", "denominator", "strict", "votes"),
    [
        (37, 1, 2, True, 19),  # Drohobych: 36 and the mayor
        (36, 1, 2, True, 19),
        (36, 1, 2, False, 18),
        (37, 2, 3, False, 25),
        (36, 2, 3, False, 24),
        (36, 2, 3, True, 25),
        (1, 1, 2, True, 1),
        (2, 1, 2, True, 2),
        (7, 1, 1, False, 7),
        (0, 1, 2, False, 1),
        (2**52, 1, 3, True, 2**52 // 3 + 1),
    ],
)
def test_needed_in_known_councils(count: int, numerator: int, denominator: int, strict: bool, votes: int) -> None:
    assert needed(count, numerator, denominator, strict) == votes


@pytest.mark.parametrize(
    ("count", "numerator", "denominator", "strict"),
    [(37, 3, 2, False), (37, 0, 2, True), (37, 1, 0, True), (37, -1, 2, True), (-1, 1, 2, True), (37, 2, 2, True)],
)
def test_needed_of_a_fraction_that_decides_nothing_is_refused(
    count: int, numerator: int, denominator: int, strict: bool
) -> None:
    with pytest.raises(BadRequirement):
        needed(count, numerator, denominator, strict)


SEATS = Requirement("majority_of_seats", Base.SEATS, 1, 2, True, 37, 19, 19, "ст. 59 ч. 2")


@pytest.mark.parametrize(
    ("votes_for", "present", "result"),
    [(19, 37, Result.ADOPTED), (18, 37, Result.REJECTED), (19, 19, Result.ADOPTED), (18, 18, Result.NO_QUORUM)],
)
def test_decide_by_seats_at_the_edges(votes_for: int, present: int, result: Result) -> None:
    assert decide(SEATS, Tally(for_=votes_for, not_voting=present - votes_for), present) is result


@pytest.mark.parametrize(
    ("tally", "result"),
    [
        (Tally(for_=2, against=1, abstain=30), Result.ADOPTED),
        (Tally(for_=10, against=10), Result.REJECTED),
        (Tally(abstain=33), Result.REJECTED),
        (Tally(for_=1, not_voting=32), Result.ADOPTED),
    ],
)
def test_decide_by_votes_cast_asks_for_more_for_than_against(tally: Tally, result: Result) -> None:
    cast = replace(SEATS, base=Base.CAST, needed=17)
    assert decide(cast, tally, 33) is result


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_majority_of_all_votes_counts_an_abstention_as_one_against(votes_for: int, against: int, abstain: int) -> None:
    """Poland, art. 19(1): more for than against and abstaining together; who sat still changes nothing."""
    voted = replace(SEATS, base=Base.VOTED, needed=17, quorum=0)
    tally = Tally(for_=votes_for, against=against, abstain=abstain)
    adopted = votes_for > against + abstain
    assert decide(voted, tally, 120) is (Result.ADOPTED if adopted else Result.REJECTED)
    assert decide(voted, replace(tally, not_voting=50), 120) is decide(voted, tally, 120)
    moved = replace(tally, against=against + abstain, abstain=0)
    assert decide(voted, moved, 120) is decide(voted, tally, 120) is decide(replace(voted, base=Base.CAST), moved, 120)
    one = [CandidateCount(1, votes_for)]
    assert elect(voted, one, tally, 120) == ((Result.ADOPTED, 1) if adopted else (Result.REJECTED, None))


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_decide_never_turns_against_a_motion_for_one_more_vote_for(votes_for: int, against: int, abstain: int) -> None:
    for base in Base:
        requirement: Any = replace(SEATS, base=base, quorum=0)
        before = decide(requirement, Tally(for_=votes_for, against=against, abstain=abstain), 120)
        after = decide(requirement, Tally(for_=votes_for + 1, against=against, abstain=abstain), 120)
        assert not (before is Result.ADOPTED and after is Result.REJECTED)
        assert needed_at_close(requirement, Tally(for_=votes_for, against=against)) >= 1


# --- ties -------------------------------------------------------------------------------------------------------

CASTING = replace(SEATS, base=Base.CAST, tie="chair", needed=17)


@pytest.mark.parametrize(
    ("requirement", "tally", "result"),
    [
        (CASTING, Tally(for_=10, against=10, abstain=3), Result.TIED),
        (CASTING, Tally(for_=1, against=1), Result.TIED),
        (CASTING, Tally(for_=10, against=9), Result.ADOPTED),
        (CASTING, Tally(for_=9, against=10), Result.REJECTED),
        (CASTING, Tally(abstain=33), Result.REJECTED),  # nobody voted: nothing to break
        (replace(CASTING, tie="rejected"), Tally(for_=10, against=10), Result.REJECTED),
        (replace(CASTING, base=Base.SEATS, needed=19), Tally(for_=10, against=10), Result.REJECTED),
        (replace(CASTING, strict=False), Tally(for_=10, against=10), Result.ADOPTED),  # at least half is half
        (replace(CASTING, numerator=2, denominator=3), Tally(for_=10, against=10), Result.REJECTED),
        (replace(CASTING, numerator=2, denominator=4), Tally(for_=10, against=10), Result.TIED),
    ],
)
def test_decide_as_many_for_as_against_is_tied_only_where_the_chair_decides(
    requirement: Requirement, tally: Tally, result: Result
) -> None:
    assert decide(requirement, tally, 33) is result
    assert decide(requirement, tally, 18) is Result.NO_QUORUM
    assert decide(requirement, tally, 18, waived=True) is result


# --- candidates -------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.integers(1, 30), st.integers(0, 40))
def test_elect_chooses_the_one_who_alone_leads_and_reaches_what_is_needed(
    votes: list[int], needed_votes: int, in_quorum: int
) -> None:
    counts = [CandidateCount(n, count) for n, count in enumerate(votes, 1)]
    requirement = replace(SEATS, needed=needed_votes)
    result, chosen = elect(requirement, counts, Tally(for_=sum(votes)), in_quorum)
    leaders = [n for n, count in enumerate(votes, 1) if count == max(votes)]
    if in_quorum < 19:
        assert (result, chosen) == (Result.NO_QUORUM, None)
        result, chosen = elect(requirement, counts, Tally(for_=sum(votes)), in_quorum, waived=True)
    if len(leaders) == 1 and max(votes) >= needed_votes:
        assert (result, chosen) == (Result.ADOPTED, leaders[0])
    else:
        assert (result, chosen) == (Result.REJECTED, None)


def test_elect_by_votes_cast_needs_more_than_half_of_those_who_chose() -> None:
    cast = replace(SEATS, base=Base.CAST)
    three = [CandidateCount(1, 10), CandidateCount(2, 6), CandidateCount(3, 4)]
    assert elect(cast, three, Tally(for_=20, abstain=10), 33) == (Result.REJECTED, None)
    two = [CandidateCount(1, 11), CandidateCount(2, 9)]
    assert elect(cast, two, Tally(for_=20, abstain=10), 33) == (Result.ADOPTED, 1)
    assert elect(replace(cast, tie="chair"), [CandidateCount(1, 5), CandidateCount(2, 5)], Tally(for_=10), 33) == (
        Result.REJECTED,
        None,
    )
    assert elect(cast, [], Tally(), 33) == (Result.REJECTED, None)


def test_secret_ballot_has_no_casting_vote() -> None:
    equal = Tally(for_=10, against=10)
    assert decide(CASTING, equal, 33) is Result.TIED
    assert by_secret_ballot(CASTING, (), equal, 33) == (Result.REJECTED, None)
    assert by_secret_ballot(CASTING, (), Tally(for_=11, against=10), 33) == (Result.ADOPTED, None)
    assert by_secret_ballot(CASTING, (), equal, 18) == (Result.NO_QUORUM, None)
    pair = (CandidateCount(1, 12), CandidateCount(2, 8))
    assert by_secret_ballot(CASTING, pair, Tally(for_=20), 33) == (Result.ADOPTED, 1)
