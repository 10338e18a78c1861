"""A choice among candidates, in words. Pure but for the catalogues."""

from __future__ import annotations

from collections.abc import Sequence

from council.words import translations
from voting.entries import Requirement, Tally
from voting.requirement import needed_at_close
from voting.values import Candidate, CandidateCount


def candidates_word(chosen: bool, locale: str) -> str:
    """«Обрано»: the word of a vote on candidates that had a quorum."""
    t = translations(locale, "words")
    return t.gettext("Chosen") if chosen else t.gettext("Nobody chosen")


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
