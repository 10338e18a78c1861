"""Worked examples of rules of procedure, computed by the code that decides votes. Pure but for the catalogues."""

from __future__ import annotations

from dataclasses import dataclass

from council.profile import Profile, Rule
from council.requirement_words import more_for_than_against
from council.verdict import verdict_sentence
from council.words import translations
from voting.entries import Base, Requirement, Result, Tally
from voting.requirement import decide, needed


@dataclass(frozen=True, slots=True)
class House:
    """The council of the examples: its seats by law, its members in office, those of them present."""

    seats: int
    in_office: int
    present: int
    quorum: int


def house(profile: Profile, seats: int) -> House:
    """A council of `seats` seats, at least 3, with one place vacant and about four fifths present: always a quorum."""
    in_office = seats - 1
    quorum = profile.quorum_needed(seats, in_office)
    return House(seats, in_office, max(quorum, seats * 4 // 5), quorum)


def quorum_requirement(profile: Profile, house: House) -> Requirement:
    """The quorum said as a requirement, for its words."""
    quorum = profile.quorum
    return Requirement(
        rule="quorum",
        base=quorum.base,
        numerator=quorum.numerator,
        denominator=quorum.denominator,
        strict=quorum.strict,
        seats=house.seats,
        needed=house.quorum,
        quorum=house.quorum,
        source="",
    )


def quorum_example(house: House, locale: str) -> str:
    text = translations(locale, "profile").gettext("%(short)d present: no quorum. %(enough)d present: a quorum.")
    return text % {"short": house.quorum - 1, "enough": house.quorum}


def rule_examples(profile: Profile, rule: Rule, house: House, locale: str) -> list[str]:
    """What suffices, what is one vote short, a tie where there can be one, and a sitting without a quorum."""
    needs = profile.requirement(
        rule.name, seats=house.seats, in_office=house.in_office, present=house.present, locale=locale
    )
    lines = []
    for tally, present in _tallies(needs, house):
        result = decide(needs, tally, present)
        lines.append(_line(rule, needs, tally, present, result, locale))
        if result is Result.TIED:
            lines += [
                _line(rule, needs, tally, present, chosen, locale, casting=True)
                for chosen in (Result.ADOPTED, Result.REJECTED)
            ]
    return lines


def _tallies(needs: Requirement, house: House) -> list[tuple[Tally, int]]:
    """Tallies, each with how many were present. Who does not vote for abstains; where votes are the base
    some vote against."""
    short = needs.quorum - 1
    without = [(Tally(short), short)] if short else []
    if needs.base is Base.VOTED:
        voted = house.present
        least = needed(voted, needs.numerator, needs.denominator, needs.strict)
        both = [Tally(for_, (voted - for_) // 2, voted - for_ - (voted - for_) // 2) for for_ in (least, least - 1)]
        return [(tally, voted) for tally in both] + without
    if needs.base is not Base.CAST:
        present = max(house.present, needs.needed)
        enough = [Tally(needs.needed - miss, abstain=present - needs.needed + miss) for miss in (0, 1)]
        return [(tally, present) for tally in enough] + without
    cast = max(2, house.present * 2 // 3)
    if more_for_than_against(needs):
        cast -= cast % 2
        votes = [cast // 2 + 1, cast // 2, cast // 2 - 1]
    else:
        enough_for = needed(cast, needs.numerator, needs.denominator, needs.strict)
        votes = [enough_for, enough_for - 1]
    return [(Tally(for_, cast - for_, house.present - cast), house.present) for for_ in votes] + without


def _line(
    rule: Rule, needs: Requirement, tally: Tally, present: int, result: Result, locale: str, *, casting: bool = False
) -> str:
    text = translations(locale, "profile").gettext("%(for)d for, %(against)d against, %(abstain)d abstaining")
    figures = text % {"for": tally.for_, "against": tally.against, "abstain": tally.abstain}
    source = rule.short.get(locale) or rule.short.get("en")
    return f"{figures} → {verdict_sentence(result, needs, tally, present, locale, casting=casting, source=source)}"


def recusal_example(profile: Profile, house: House, locale: str) -> str:
    """A sitting that has just a quorum, and two of its members stand aside."""
    t = translations(locale, "profile")
    quorum = house.quorum
    counted, exception = profile.recusal.counted(quorum, 2, quorum)
    figures = {"present": quorum, "counted": counted, "quorum": quorum}
    if exception:
        text = t.gettext("%(present)d present, 2 of them recused: without the two no quorum, so they may vote too.")
    elif counted < quorum:
        text = t.gettext("%(present)d present, 2 of them recused: %(counted)d count, %(quorum)d needed: no quorum.")
    else:
        text = t.gettext("%(present)d present, 2 of them recused: %(counted)d count, %(quorum)d needed: a quorum.")
    return text % figures
