"""Kinds of vote, how they were taken and what befell them, in words: the same on every screen, page and sheet.

Pure but for the catalogues. Results are in `verdict.py`.
"""

from __future__ import annotations

from typing import Literal

from council.option_words import key_word
from council.words import translations
from voting.entries import CorrectionNoted, Option
from voting.record import VoteRecord
from voting.values import Method, Override, Relation, Subject


def subject_word(subject: Subject, locale: str) -> str:
    """What is put to the vote: «Процедурна пропозиція»"""
    t = translations(locale, "words")
    match subject:
        case "motion":
            return t.gettext("Motion")
        case "procedural":
            return t.gettext("Procedural motion")
        case "amendment":
            return t.gettext("Amendment")
        case "as_amended":
            return t.gettext("Motion as amended")
        case "block":
            return t.gettext("Several items in one vote")
        case "alternative":
            return t.gettext("Alternative motion")
        case "candidates":
            return t.gettext("Choice among candidates")


def method_sentence(method: Method, order: Literal["seating", "alphabet"] | None, locale: str) -> str:
    """How the vote was taken: «Поіменний виклик за абеткою: відповіді вголос вносить секретар.»"""
    t = translations(locale, "words")
    match method:
        case "terminal":
            return t.gettext("Taken by terminals.")
        case "called" if order == "seating":
            return t.gettext("Called roll call in seating order, answered aloud, entered by the clerk.")
        case "called":
            return t.gettext("Called roll call in alphabetical order, answered aloud, entered by the clerk.")
        case "entered":
            return t.gettext("Entered by hand by one clerk and confirmed by another.")


def relation_sentence(
    relation: Relation, refers_to: int, reason: str | None, locale: str, *, voided: str | None = None
) -> str:
    """What this vote is to an earlier one: «Повторення голосування № 3, визнаного недійсним: збій обладнання.»

    reason: why, for a repeat or a reconsideration. voided: why the earlier one is void, if it is."""
    t = translations(locale, "words")
    figures = {"n": refers_to, "reason": voided or reason}
    match relation:
        case "repeat" if voided:
            text = t.gettext("Repeat of vote %(n)d, void: %(reason)s")
        case "repeat" if reason:
            text = t.gettext("Repeat of vote %(n)d: %(reason)s")
        case "repeat":
            text = t.gettext("Repeat of vote %(n)d")
        case "reconsideration" if reason:
            figures["reason"] = reason
            text = t.gettext("Reconsideration of vote %(n)d: %(reason)s")
        case "reconsideration":
            text = t.gettext("Reconsideration of vote %(n)d")
        case "as_amended":
            text = t.gettext("As amended by vote %(n)d")
        case "alternative":
            text = t.gettext("Alternative to the motion of vote %(n)d")
    return ended(text % figures)


def voided_sentence(reason: str, locale: str) -> str:
    """«Недійсне: збій обладнання.»"""
    return ended(translations(locale, "words").gettext("Void: %(reason)s") % {"reason": reason})


def override_sentence(override: Override, locale: str) -> str:
    """What the clerk did in spite of the hall's warning: «Відкрито без кворуму: …»"""
    t = translations(locale, "words")
    if "no_quorum" in override.over:
        text = t.gettext("Opened without a quorum: %(reason)s")
    else:
        text = t.gettext("Opened in spite of the hall’s warning: %(reason)s")
    return ended(text % {"reason": f"{override.reason} ({override.by.name})"})


def recused_sentence(count: int, locale: str, *, exception: bool) -> str:
    """Who stood aside, or voted all the same because without them there would have been no quorum."""
    t = translations(locale, "words")
    if exception:
        text = t.ngettext(
            "%(count)d member with a declared conflict of interest voted too: otherwise there would be no quorum.",
            "%(count)d members with a declared conflict of interest voted too: otherwise there would be no quorum.",
            count,
        )
    else:
        text = t.ngettext(
            "%(count)d member declared a conflict of interest and did not take part.",
            "%(count)d members declared a conflict of interest and did not take part.",
            count,
        )
    return text % {"count": count}


def secret_sentence(ground: str, locale: str) -> str:
    """ground: its legal source."""
    text = translations(locale, "words").gettext("Secret ballot (%(ground)s): who voted how is not recorded anywhere.")
    return text % {"ground": ground}


def casting_sentence(chair: str, option: Option, locale: str) -> str:
    """chair: the name. option: for or against."""
    text = translations(locale, "words").gettext("Casting vote of the chair, %(chair)s: “%(option)s”.")
    return text % {"chair": chair, "option": key_word(option, locale)}


def corrected_words(vote: VoteRecord, fact: CorrectionNoted, locale: str) -> tuple[str, str]:
    """What is recorded and what was meant: the option, or the candidate's name."""
    names = {candidate.candidate: candidate.name for candidate in vote.opened.candidates}
    chosen = next((line.candidate for line in vote.roll or () if line.member == fact.member), None)
    recorded, meant = names.get(chosen or 0), names.get(fact.candidate or 0)
    return recorded or key_word(fact.recorded, locale), meant or key_word(fact.meant, locale)


def correction_sentence(member: str, vote: VoteRecord, fact: CorrectionNoted, locale: str) -> str:
    """A member's statement after the announcement; member: the name."""
    recorded, meant = corrected_words(vote, fact, locale)
    text = translations(locale, "words").gettext(
        "%(member)s stated after the announcement: recorded “%(recorded)s”, meant “%(meant)s”. The tally stays."
    )
    return text % {"member": member, "recorded": recorded, "meant": meant}


def ended(text: str) -> str:
    """With a full stop, unless what somebody wrote brought its own end."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def aloud_sentence(count: int, locale: str) -> str:
    """In a vote by terminals: how many answers the clerk entered."""
    text = translations(locale, "words").ngettext(
        "%(count)d answer was given aloud and entered by the clerk.",
        "%(count)d answers were given aloud and entered by the clerk.",
        count,
    )
    return text % {"count": count}


def followed_sentence(relation: Relation, n: int, locale: str) -> str:
    """What later came of a vote; n: the later one. Empty where the earlier decision is not touched."""
    t = translations(locale, "words")
    match relation:
        case "repeat":
            return t.gettext("Repeated as vote %(n)d.") % {"n": n}
        case "reconsideration":
            return t.gettext("Reconsidered in vote %(n)d: the later one counts.") % {"n": n}
        case "as_amended" | "alternative":
            return ""
