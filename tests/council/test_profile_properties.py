"""What holds for every rule of every profile that ships, whatever the council and whatever the votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from council import profile
from council.profile import Profile, Rule
from council.verdict import verdict_rest, verdict_sentence
from voting.entries import Base, Option, Requirement, Result, RollEntry, Tally
from voting.requirement import decide, needed, needed_at_close
from voting.tally import count

PROFILES = [profile.load(name) for name in profile.shipped()]
RULES = [(rules, rule) for rules in PROFILES for rule in rules.rules.values()]
PRESENT = (Option.FOR, Option.AGAINST, Option.ABSTAIN, Option.NOT_VOTING, Option.RECUSED)


@dataclass(frozen=True)
class Vote:
    """One vote under one rule: a council's size, who is in office, and what each of them did."""

    rules: Profile
    rule: Rule
    seats: int
    roll: tuple[Option, ...]

    @property
    def present(self) -> int:
        return sum(1 for option in self.roll if option is not Option.ABSENT)

    @property
    def requirement(self) -> Requirement:
        return self.rules.requirement(
            self.rule.name, seats=self.seats, in_office=len(self.roll), present=self.present, locale="en"
        )

    @property
    def result(self) -> Result:
        return decide(self.requirement, tally(self.roll), self.present)

    def base(self) -> int:
        cast = sum(1 for option in self.roll if option in (Option.FOR, Option.AGAINST))
        bases = {Base.SEATS: self.seats, Base.IN_OFFICE: len(self.roll), Base.PRESENT: self.present, Base.CAST: cast}
        bases[Base.VOTED] = cast + self.roll.count(Option.ABSTAIN)
        return bases[self.rule.base]


def tally(roll: Sequence[Option]) -> Tally:
    return count(RollEntry(str(n), option) for n, option in enumerate(roll))


@st.composite
def votes(draw: st.DrawFn) -> Vote:
    rules, rule = draw(st.sampled_from(RULES))
    vacant = draw(st.integers(0, 2))
    weights = draw(st.sampled_from([PRESENT, PRESENT[:2], (*PRESENT, Option.ABSENT), (Option.FOR, Option.ABSTAIN)]))
    roll = tuple(draw(st.lists(st.sampled_from(weights), min_size=1, max_size=60)))
    return Vote(rules, rule, len(roll) + vacant, roll)


def turned(vote: Vote, old: Option, new: Option) -> Vote:
    """One member did otherwise."""
    at = vote.roll.index(old)
    return Vote(vote.rules, vote.rule, vote.seats, (*vote.roll[:at], new, *vote.roll[at + 1 :]))


@given(votes())
def test_result_is_that_of_exact_fractions(vote: Vote) -> None:
    for_, rule = tally(vote.roll).for_, vote.rule
    limit = Fraction(rule.numerator, rule.denominator) * vote.base()
    reached = for_ > 0 and (for_ > limit if rule.strict else for_ >= limit)
    if vote.present < vote.requirement.quorum:
        assert vote.result is Result.NO_QUORUM
    else:
        assert (vote.result is Result.ADOPTED) is reached


@given(votes())
def test_quorum_is_that_of_exact_fractions(vote: Vote) -> None:
    quorum = vote.rules.quorum
    limit = Fraction(quorum.numerator, quorum.denominator)
    limit *= vote.seats if quorum.base is Base.SEATS else len(vote.roll)
    enough = vote.present > limit if quorum.strict else vote.present >= limit
    assert (vote.present >= vote.rules.quorum_needed(vote.seats, len(vote.roll))) is enough


@given(votes(), st.sampled_from([Option.AGAINST, Option.ABSTAIN, Option.NOT_VOTING]))
def test_one_more_vote_for_never_turns_a_result_against_the_motion(vote: Vote, before: Option) -> None:
    worth = {Result.NO_QUORUM: 0, Result.REJECTED: 1, Result.TIED: 2, Result.ADOPTED: 3}
    if before in vote.roll:
        assert worth[turned(vote, before, Option.FOR).result] >= worth[vote.result]


@given(votes())
def test_abstaining_instead_of_voting_against_never_hurts_a_motion(vote: Vote) -> None:
    if Option.AGAINST in vote.roll and vote.result is Result.ADOPTED:
        assert turned(vote, Option.AGAINST, Option.ABSTAIN).result is Result.ADOPTED


@given(votes())
def test_tally_adds_up_to_the_roll(vote: Vote) -> None:
    total = tally(vote.roll)
    parts = (total.for_, total.against, total.abstain, total.not_voting, total.absent, total.recused, total.no_record)
    assert sum(parts) == len(vote.roll)


@given(votes())
def test_tie_is_asked_of_the_chair_only_where_the_rule_says_so(vote: Vote) -> None:
    total, quorate = tally(vote.roll), vote.present >= vote.requirement.quorum
    tied = vote.rule.can_tie and total.for_ == total.against > 0 and quorate
    assert (vote.result is Result.TIED) is (tied and vote.rule.tie == "chair")
    if tied and vote.rule.tie == "rejected":
        assert vote.result is Result.REJECTED


@given(st.integers(0, 1000), st.integers(1, 1000), st.integers(1, 1000))
def test_more_than_needs_one_vote_more_than_at_least_where_the_fraction_is_met_exactly(
    total: int, first: int, second: int
) -> None:
    numerator, denominator = min(first, second), max(first, second) + 1
    exactly = total * numerator % denominator == 0
    at_least = -(-total * numerator // denominator)
    assert needed(total, numerator, denominator, True) == max(1, at_least + exactly)
    assert needed(total, numerator, denominator, False) == max(1, at_least)


@given(votes())
def test_what_is_needed_can_be_reached_by_the_whole_council(vote: Vote) -> None:
    whole = Vote(vote.rules, vote.rule, len(vote.roll), (Option.FOR,) * len(vote.roll))
    assert 1 <= whole.requirement.needed <= len(vote.roll)
    assert whole.result is Result.ADOPTED


@given(st.sampled_from(PROFILES), st.integers(0, 60), st.integers(0, 60), st.integers(1, 60))
def test_recusals_never_make_a_quorum_and_the_exception_only_keeps_one(
    rules: Profile, present: int, recused: int, quorum: int
) -> None:
    recused = min(recused, present)
    counted, exception = rules.recusal.counted(present, recused, quorum)
    assert present - recused <= counted <= present
    if exception:
        assert rules.recusal.exception
        assert counted == present >= quorum > present - recused
    elif not rules.recusal.counts_for_quorum:
        assert counted == present - recused


@given(votes())
def test_words_of_a_result_carry_the_figures_it_was_decided_by(vote: Vote) -> None:
    total, result = tally(vote.roll), vote.result
    sentence = verdict_sentence(result, vote.requirement, total, vote.present, "en")
    rest = verdict_rest(result, vote.requirement, total, vote.present, "en")
    if result is Result.NO_QUORUM:
        assert str(vote.requirement.quorum) in sentence
    else:
        assert f" {total.for_} for" in sentence
        assert f"{total.for_} “for”" in rest
    ends = {"REJECTED": "not adopted", "ADOPTED": ": adopted", "TIED": "chair decides", "NO_QUORUM": "no decision"}
    assert sentence.endswith(ends[result.name])
    short = needed_at_close(vote.requirement, total) - total.for_
    if result is Result.REJECTED and not vote.rule.can_tie:
        assert f"; {short} short:" in sentence
