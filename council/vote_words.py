"""Kinds of vote, how they were taken and what befell them, in words: the same on every screen, page and sheet.

Pure but for the catalogues. Results are in `verdict.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from council.option_words import key_word
from council.words import translations
from voting.entries import Option, Requirement, Tally
from voting.requirement import needed_at_close
from voting.values import Candidate, CandidateCount, Method, Override, Relation, Subject


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
    return ended(text % {"reason": override.reason})


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


def correction_sentence(member: str, recorded: Option, meant: Option, locale: str) -> str:
    """A member's statement after the announcement; member: the name."""
    text = translations(locale, "words").gettext(
        "%(member)s stated after the announcement: recorded “%(recorded)s”, meant “%(meant)s”. The tally stays."
    )
    return text % {"member": member, "recorded": key_word(recorded, locale), "meant": key_word(meant, locale)}


def candidates_word(chosen: int | None, locale: str) -> str:
    """«Обрано»: the word of a vote on candidates that had a quorum."""
    t = translations(locale, "words")
    return t.gettext("Nobody chosen") if chosen is None else t.gettext("Chosen")


def candidates_rest(
    candidates: Sequence[Candidate],
    counts: Sequence[CandidateCount],
    chosen: int | None,
    requirement: Requirement,
    tally: Tally,
    locale: str,
) -> str:
    """What follows the word: «Олена Коваль — 21, потрібно щонайменше 19»; without a choice, how far the leader got.

    counts: of the named roll or the secret ballot. A candidate without a count has 0."""
    t = translations(locale, "words")
    votes = {count.candidate: count.votes for count in counts}
    most = max((votes.get(candidate.candidate, 0) for candidate in candidates), default=0)
    leaders = [candidate for candidate in candidates if votes.get(candidate.candidate, 0) == most]
    needed = needed_at_close(requirement, tally)
    figures = {"votes": most, "needed": needed, "missing": needed - most, "count": len(leaders)}
    if chosen is not None:
        name = next(candidate.name for candidate in candidates if candidate.candidate == chosen)
        return t.gettext("%(name)s — %(votes)d, at least %(needed)d needed") % {**figures, "name": name}
    if len(leaders) > 1 and most >= needed:
        text = t.ngettext(
            "%(count)d candidate has %(votes)d each, and one alone must lead",
            "%(count)d candidates have %(votes)d each, and one alone must lead",
            len(leaders),
        )
        return text % figures
    return t.gettext("the most is %(votes)d of the %(needed)d needed, %(missing)d short") % figures


def ended(text: str) -> str:
    """With a full stop, unless what somebody wrote brought its own end."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
