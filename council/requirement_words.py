"""What adoption needs, in words: the rule, its article, its figures. Pure but for the catalogues.

`verdict.py` hands these on: who needs words about votes asks there.
"""

from __future__ import annotations

from functools import cache
from itertools import chain

from council import profile
from council.profile_rules import Texts
from council.words import translations
from voting.entries import Base, Requirement, Tally
from voting.requirement import counted_at_closing, needed_at_close, votes_counted


def more_for_than_against(requirement: Requirement) -> bool:
    """The one requirement with no number of votes to reach, and the only one that knows a tie."""
    return requirement.base is Base.CAST and requirement.strict and requirement.numerator * 2 == requirement.denominator


def need_phrase(requirement: Requirement, tally: Tally, present: int, locale: str) -> str:
    """«потрібно 19 із 37», «потрібно 7 із 12 присутніх», «потрібно більше «за», ніж «проти»»"""
    t = translations(locale, "words")
    figures = {
        "needed": needed_at_close(requirement, tally),
        "seats": requirement.seats,
        "present": present,
        "cast": votes_counted(requirement.base, tally),
        "rule": requirement_phrase(requirement, locale),
    }
    match requirement.base:
        case Base.SEATS:
            return t.gettext("%(needed)d of %(seats)d needed") % figures
        case Base.IN_OFFICE:
            return t.gettext("%(needed)d needed, %(rule)s") % figures
        case Base.PRESENT:
            return t.gettext("%(needed)d of %(present)d present needed") % figures
        case Base.CAST if more_for_than_against(requirement):
            return t.gettext("more for than against needed")
        case Base.CAST:
            return t.gettext("%(needed)d of %(cast)d votes cast needed") % figures
        case Base.VOTED:
            return t.gettext("%(needed)d of %(cast)d votes needed, abstentions included") % figures


def requirement_phrase(requirement: Requirement, locale: str) -> str:
    """The rule without figures: «більшість складу ради»"""
    t = translations(locale, "words")
    half = requirement.strict and requirement.numerator * 2 == requirement.denominator
    match requirement.base:
        case Base.SEATS if half:
            return t.gettext("a majority of the council’s seats")
        case Base.SEATS:
            text = t.gettext("%(fraction)s of the council’s seats")
        case Base.IN_OFFICE if half:
            return t.gettext("a majority of the members in office")
        case Base.IN_OFFICE:
            text = t.gettext("%(fraction)s of the members in office")
        case Base.PRESENT if half:
            return t.gettext("a majority of those present")
        case Base.PRESENT:
            text = t.gettext("%(fraction)s of those present")
        case Base.CAST if half:
            return t.gettext("more votes for than against")
        case Base.CAST:
            text = t.gettext("%(fraction)s of the votes cast")
        case Base.VOTED if half:
            return t.gettext("a majority of all votes, abstentions included")
        case Base.VOTED:
            text = t.gettext("%(fraction)s of all votes, abstentions included")
    fraction = f"{requirement.numerator}/{requirement.denominator}"
    limit = t.gettext("more than %(fraction)s") if requirement.strict else t.gettext("at least %(fraction)s")
    return text % {"fraction": limit % {"fraction": fraction}}


@cache
def _shipped_sources() -> dict[str, Texts]:
    """Every source of the profiles that ship, by each of its texts."""
    found: dict[str, Texts] = {}
    for name in profile.shipped():
        ours = profile.load(name)
        sources = [ours.quorum.source, *(rule.source for rule in ours.rules.values())]
        for source in chain(sources, (ground.source for ground in ours.grounds.values())):
            found |= dict.fromkeys(source.values(), source)
    return found


def legal_source(requirement: Requirement, locale: str) -> str:
    """The rule's article; in the reader's language where a profile that ships has it, else as the ledger quotes it."""
    texts = _shipped_sources().get(requirement.source, {})
    return texts.get(locale, requirement.source)


def requirement_long(requirement: Requirement, locale: str) -> str:
    """«Потрібна більшість складу ради: 19 з 37 (ст. 59 ч. 2 Закону «…»). Хто утримався, … до «за» не додається.»"""
    t = translations(locale, "words")
    figures = {
        "rule": requirement_phrase(requirement, locale),
        "needed": requirement.needed,
        "seats": requirement.seats,
        "source": legal_source(requirement, locale),
    }
    if counted_at_closing(requirement.base):
        sentence = t.gettext("Needed: %(rule)s (%(source)s).") % figures
        if requirement.base is Base.VOTED:
            return f"{sentence} {t.gettext('Whoever did not vote or was absent is not counted.')}"
        return f"{sentence} {t.gettext('Whoever abstained, did not vote or was absent is not counted.')}"
    half = requirement.strict and requirement.numerator * 2 == requirement.denominator
    if requirement.base is Base.SEATS and half:
        sentence = t.gettext("Needed: %(rule)s, %(needed)d of %(seats)d (%(source)s).") % figures
    elif requirement.base is Base.SEATS:
        sentence = t.gettext("Needed: %(rule)s — %(needed)d of %(seats)d (%(source)s).") % figures
    else:
        sentence = t.gettext("Needed: %(rule)s, %(needed)d (%(source)s).") % figures
    return f"{sentence} {t.gettext('Whoever abstained, did not vote or was absent does not add to “for”.')}"
