"""What a result, a requirement and an option are called, in words: the same on every screen, page and sheet.

Pure but for the catalogues. Figures come from the record; nothing here decides a result.
"""

from __future__ import annotations

from council.words import translations
from voting.entries import Base, Option, Requirement, Result, Tally
from voting.record import VoteRecord


def verdict_word(result: Result, locale: str) -> str:
    """«Прийнято»"""
    t = translations(locale, "words")
    match result:
        case Result.ADOPTED:
            return t.gettext("Adopted")
        case Result.REJECTED:
            return t.gettext("Not adopted")
        case Result.NO_QUORUM:
            return t.gettext("No quorum")


def verdict_rest(result: Result, requirement: Requirement, tally: Tally, present: int, locale: str) -> str:
    """What follows the word: «21 «за» — потрібно щонайменше 19»"""
    t = translations(locale, "words")
    needed, missing = requirement.needed, requirement.needed - tally.for_
    if result is Result.NO_QUORUM:
        return t.gettext("%(present)d of %(seats)d present, %(quorum)d needed") % {
            "present": present,
            "seats": requirement.seats,
            "quorum": requirement.quorum,
        }
    figures = {"for": tally.for_, "needed": needed, "missing": missing}
    if result is Result.REJECTED:
        return t.gettext("%(for)d “for” of the %(needed)d needed, %(missing)d short") % figures
    if missing == 0:
        return t.gettext("%(for)d “for” — exactly as many as needed") % figures
    return t.gettext("%(for)d “for” — at least %(needed)d needed") % figures


def vote_verdict(vote: VoteRecord, locale: str) -> tuple[str, str]:
    """The word and what follows it, for a vote in any state: («Прийнято», «21 «за» — потрібно щонайменше 19»). An
    undecided vote has no second part."""
    t = translations(locale, "words")
    if vote.result is None or vote.tally is None:
        return t.gettext("Open, still running"), ""
    rest = verdict_rest(vote.result, vote.requirement, vote.tally, len(vote.present), locale)
    return verdict_word(vote.result, locale), rest


def item_verdict(result: Result, tally: Tally, locale: str) -> str:
    """In an agenda's line: «прийнято, 19 «за»»"""
    t = translations(locale, "words")
    figures = {"for": tally.for_}
    match result:
        case Result.ADOPTED:
            return t.gettext("adopted, %(for)d “for”") % figures
        case Result.REJECTED:
            return t.gettext("not adopted, %(for)d “for”") % figures
        case Result.NO_QUORUM:
            return t.gettext("no quorum")


def hall_reason(result: Result, requirement: Requirement, tally: Tally, present: int, rule: str, locale: str) -> str:
    """Under the verdict on the hall's screens: «21 «за», потрібно 19 із 37 — більшість складу ради, ст. 59 ч. 2».

    rule: the requirement in the profile's few words."""
    t = translations(locale, "words")
    if result is Result.NO_QUORUM:
        return verdict_rest(result, requirement, tally, present, locale)
    return t.gettext("%(for)d “for”, %(needed)d of %(seats)d needed — %(rule)s") % {
        "for": tally.for_,
        "needed": requirement.needed,
        "seats": requirement.seats,
        "rule": rule,
    }


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
    fraction = f"{requirement.numerator}/{requirement.denominator}"
    if requirement.strict:
        fraction = t.gettext("more than %(fraction)s") % {"fraction": fraction}
    return text % {"fraction": fraction}


def legal_source(requirement: Requirement, locale: str) -> str:
    """The rule's article; in the reader's language where the catalogue has it, else as the ledger quotes it."""
    return translations(locale, "words").gettext(requirement.source) if requirement.source else ""


def requirement_long(requirement: Requirement, locale: str) -> str:
    """«Потрібна більшість складу ради: 19 з 37 (ст. 59 ч. 2 Закону «…»). Хто утримався, … до «за» не додається.»"""
    t = translations(locale, "words")
    sentence = t.gettext("Needed: %(rule)s, %(needed)d of %(seats)d (%(source)s).") % {
        "rule": requirement_phrase(requirement, locale),
        "needed": requirement.needed,
        "seats": requirement.seats,
        "source": legal_source(requirement, locale),
    }
    if requirement.base in (Base.SEATS, Base.IN_OFFICE, Base.PRESENT):
        sentence += " " + t.gettext("Who abstained, did not vote or was absent does not add to “for”.")
    return sentence


def option_word(option: Option, gender: str | None, locale: str) -> str:
    """A member's option beside the name, agreeing in gender: «Утрималася»"""
    t = translations(locale, "words")
    woman = gender == "f"
    match option:
        case Option.FOR:
            return t.gettext("For")
        case Option.AGAINST:
            return t.gettext("Against")
        case Option.ABSTAIN:
            return t.pgettext("a woman", "Abstained") if woman else t.pgettext("a man", "Abstained")
        case Option.NOT_VOTING:
            return t.pgettext("a woman", "Did not vote") if woman else t.pgettext("a man", "Did not vote")
        case Option.ABSENT:
            return t.pgettext("a woman", "Absent") if woman else t.pgettext("a man", "Absent")
        case Option.RECUSED:
            return t.gettext("Recused (conflict of interest)")
        case Option.NO_RECORD:
            return t.gettext("Not in the record")


def key_word(option: Option, locale: str) -> str:
    """The word on a voting key and in the middle of a sentence, without a gender: «Утримався»"""
    return option_word(option, None, locale)


def tally_word(option: Option, count: int, locale: str) -> str:
    """The word under a figure, agreeing in number: 1 «утримався», 3 «утрималися»"""
    t = translations(locale, "words")
    match option:
        case Option.FOR:
            return t.gettext("for")
        case Option.AGAINST:
            return t.gettext("against")
        case Option.ABSTAIN:
            return t.ngettext("abstained", "abstained", count)
        case Option.NOT_VOTING:
            return t.ngettext("did not vote", "did not vote", count)
        case Option.ABSENT:
            return t.ngettext("absent", "absent", count)
        case Option.RECUSED:
            return t.ngettext("recused", "recused", count)
        case Option.NO_RECORD:
            return t.gettext("not in the record")


def tally_of(tally: Tally, option: Option) -> int:
    """The tally's count of one option."""
    counts = {
        Option.FOR: tally.for_,
        Option.AGAINST: tally.against,
        Option.ABSTAIN: tally.abstain,
        Option.NOT_VOTING: tally.not_voting,
        Option.ABSENT: tally.absent,
        Option.RECUSED: tally.recused,
        Option.NO_RECORD: tally.no_record,
    }
    return counts[option]
