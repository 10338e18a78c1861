"""What a result and a requirement are called, in words: the same on every screen, page and sheet.

Pure but for the catalogues. Figures come from the record; nothing here decides a result. Words of options are in
`option_words.py`, of requirements in `requirement_words.py`, of kinds of vote and what befell them in `vote_words.py`.
"""

from __future__ import annotations

from council.candidate_words import candidates_rest, candidates_word
from council.option_words import channel_word, key_word, option_word, tally_of, tally_word
from council.requirement_words import (
    legal_source,
    more_for_than_against,
    need_phrase,
    requirement_long,
    requirement_phrase,
)
from council.words import translations
from voting.entries import Base, Requirement, Result, Tally
from voting.record import SecretRecord, VoteRecord
from voting.requirement import needed_at_close
from voting.roll import in_quorum

__all__ = [
    "channel_word",
    "hall_reason",
    "item_verdict",
    "key_word",
    "legal_source",
    "option_word",
    "requirement_long",
    "requirement_phrase",
    "result_word",
    "secret_verdict",
    "tally_of",
    "tally_word",
    "verdict_rest",
    "verdict_sentence",
    "verdict_word",
    "vote_sentence",
    "vote_verdict",
]


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
        case Result.TIED:
            return t.gettext("A tie")


def result_word(result: Result, locale: str, *, candidates: bool) -> str:
    """`verdict_word`, or of a choice among candidates that had a quorum «Обрано», «Нікого не обрано»."""
    if candidates and result is not Result.NO_QUORUM:
        return candidates_word(result is Result.ADOPTED, locale)
    return verdict_word(result, locale)


def verdict_rest(
    result: Result, requirement: Requirement, tally: Tally, present: int, locale: str, *, casting: bool = False
) -> str:
    """What follows the word: «21 «за» — потрібно щонайменше 19».

    present: those who counted for the quorum. casting: a tie that the chair's casting vote has decided."""
    t = translations(locale, "words")
    needed = needed_at_close(requirement, tally)
    figures = {"for": tally.for_, "against": tally.against, "needed": needed, "missing": needed - tally.for_}
    if result is Result.NO_QUORUM:
        return t.gettext("%(present)d of %(seats)d present, %(quorum)d needed") % {
            "present": present,
            "seats": requirement.seats,
            "quorum": requirement.quorum,
        }
    if result is Result.TIED:
        return t.gettext("%(for)d “for”, %(against)d “against” — the chair decides") % figures
    if casting:
        return t.gettext("%(for)d “for”, %(against)d “against” — the chair’s casting vote decided") % figures
    if more_for_than_against(requirement):
        if result is Result.ADOPTED:
            return t.gettext("%(for)d “for”, %(against)d “against” — more for than against") % figures
        return t.gettext("%(for)d “for”, %(against)d “against” — not more for than against") % figures
    if result is Result.REJECTED:
        return t.gettext("%(for)d “for” of the %(needed)d needed, %(missing)d short") % figures
    if tally.for_ == needed:
        return t.gettext("%(for)d “for” — exactly as many as needed") % figures
    return t.gettext("%(for)d “for” — at least %(needed)d needed") % figures


def verdict_sentence(
    result: Result,
    requirement: Requirement,
    tally: Tally,
    present: int,
    locale: str,
    *,
    casting: bool = False,
    source: str | None = None,
) -> str:
    """The whole of it: «потрібно 19 із 37 (ст. 59 ч. 2 …); «за» — 18; забракло 1: не прийнято».

    present, casting: as in `verdict_rest`. source: the article in fewer words than the requirement has."""
    t = translations(locale, "words")
    needed = needed_at_close(requirement, tally)
    figures = {
        "need": need_phrase(requirement, tally, present, locale),
        "source": source if source is not None else legal_source(requirement, locale),
        "for": tally.for_,
        "against": tally.against,
        "missing": needed - tally.for_,
        "present": present,
        "seats": requirement.seats,
        "quorum": requirement.quorum,
    }
    if result is Result.NO_QUORUM:
        return t.gettext("%(present)d of %(seats)d present, %(quorum)d needed for a quorum: no decision") % figures
    if result is Result.TIED:
        text = t.gettext("%(need)s (%(source)s); %(for)d for, %(against)d against: a tie, the chair decides")
    elif casting and result is Result.ADOPTED:
        text = t.gettext("%(need)s (%(source)s); %(for)d for, %(against)d against; by the casting vote: adopted")
    elif casting:
        text = t.gettext("%(need)s (%(source)s); %(for)d for, %(against)d against; by the casting vote: not adopted")
    elif more_for_than_against(requirement) and result is Result.ADOPTED:
        text = t.gettext("%(need)s (%(source)s); %(for)d for, %(against)d against: adopted")
    elif more_for_than_against(requirement):
        text = t.gettext("%(need)s (%(source)s); %(for)d for, %(against)d against: not adopted")
    elif result is Result.ADOPTED:
        text = t.gettext("%(need)s (%(source)s); %(for)d for: adopted")
    else:
        text = t.gettext("%(need)s (%(source)s); %(for)d for; %(missing)d short: not adopted")
    return text % figures


def vote_verdict(vote: VoteRecord, locale: str) -> tuple[str, str]:
    """The word and what follows it, for a named vote in any state: («Прийнято», «21 «за» — потрібно щонайменше 19»).
    One that is not decided, or void without a reason, has no second part."""
    t = translations(locale, "words")
    if vote.state == "voided":
        return t.gettext("Void"), vote.void_reason or ""
    if vote.state == "held":
        return t.gettext("On hold"), ""
    if vote.result is None or vote.tally is None:
        return t.gettext("Open, still running"), ""
    candidates = vote.opened.candidates
    if candidates and vote.result is not Result.NO_QUORUM:
        rest = candidates_rest(candidates, vote.counts, vote.chosen, vote.requirement, vote.tally, locale)
    else:
        casting = vote.tie is not None
        rest = verdict_rest(vote.result, vote.requirement, vote.tally, in_quorum(vote.opened), locale, casting=casting)
    return result_word(vote.result, locale, candidates=bool(candidates)), rest


def secret_verdict(secret: SecretRecord, locale: str) -> tuple[str, str]:
    """As `vote_verdict`, of a secret ballot."""
    if secret.voided is not None:
        return translations(locale, "words").gettext("Void"), secret.voided.reason
    vote = secret.fact
    tally = Tally(vote.for_, vote.against, vote.abstain)
    if vote.candidates and vote.result is not Result.NO_QUORUM:
        rest = candidates_rest(vote.candidates, vote.counts, vote.chosen, vote.requirement, tally, locale)
    else:
        rest = verdict_rest(vote.result, vote.requirement, tally, vote.in_quorum, locale)
    return result_word(vote.result, locale, candidates=bool(vote.candidates)), rest


def vote_sentence(vote: VoteRecord, locale: str) -> str:
    """The verdict with its whole reason in one sentence, of a vote that is closed; of any other the word alone."""
    word, rest = vote_verdict(vote, locale)
    named = vote.opened.candidates and vote.result is not Result.NO_QUORUM
    if vote.result is None or vote.tally is None or vote.state == "voided" or named:
        return f"{word}: {rest}" if rest else word
    return verdict_sentence(
        vote.result, vote.requirement, vote.tally, in_quorum(vote.opened), locale, casting=vote.tie is not None
    )


def item_verdict(result: Result, tally: Tally, locale: str, *, candidates: bool = False) -> str:
    """In an agenda's line: «прийнято, 19 «за»», «обрано»"""
    t = translations(locale, "words")
    if candidates and result is not Result.NO_QUORUM:
        return candidates_word(result is Result.ADOPTED, locale).lower()
    figures = {"for": tally.for_, "against": tally.against}
    match result:
        case Result.ADOPTED:
            return t.gettext("adopted, %(for)d “for”") % figures
        case Result.REJECTED:
            return t.gettext("not adopted, %(for)d “for”") % figures
        case Result.NO_QUORUM:
            return t.gettext("no quorum")
        case Result.TIED:
            return t.gettext("a tie, %(for)d to %(against)d") % figures


def hall_reason(
    result: Result,
    requirement: Requirement,
    tally: Tally,
    present: int,
    rule: str,
    locale: str,
    *,
    casting: bool = False,
) -> str:
    """Under the verdict on the hall's screens: «21 «за», потрібно 19 із 37 — більшість складу ради, ст. 59 ч. 2».

    rule: the requirement in the profile's few words. present, casting: as in `verdict_rest`."""
    t = translations(locale, "words")
    if result in (Result.NO_QUORUM, Result.TIED) or casting:
        return verdict_rest(result, requirement, tally, present, locale, casting=casting)
    figures = {
        "for": tally.for_,
        "against": tally.against,
        "needed": needed_at_close(requirement, tally),
        "seats": requirement.seats,
        "rule": rule,
    }
    if more_for_than_against(requirement):
        return t.gettext("%(for)d “for”, %(against)d “against” — %(rule)s") % figures
    if requirement.base is Base.SEATS:
        return t.gettext("%(for)d “for”, %(needed)d of %(seats)d needed — %(rule)s") % figures
    return t.gettext("%(for)d “for”, %(needed)d needed — %(rule)s") % figures
