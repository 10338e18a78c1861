"""A vote as a line of a list: number, title, result, chosen options, tally bar.

Pure. A void vote keeps its line, and shows no figures as if they decided anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from council.verdict import requirement_phrase, secret_verdict, tally_of, tally_word, vote_verdict
from council.vote_words import relation_sentence, subject_word
from public_site import hemicycle
from public_site.views import ORDER, Figure, figures
from public_site.vote_summaries import threshold, video_url
from public_site.wording import Wording, bind, wording
from voting.entries import CHOSEN, Option, Requirement, Result, SecretVoteRecorded, Tally
from voting.record import SecretRecord, SittingRecord, VoteRecord
from voting.requirement import counted_at_closing

BAR_WIDTH = 148.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A tally bar: (kind, x, width) and the notch."""

    parts: tuple[tuple[str, float, float], ...]
    notch: float | None
    width: float
    sentence: str


@dataclass(frozen=True, slots=True)
class VoteLine:
    """A vote in a list. `tag`: what it was put for, where it is no plain motion."""

    n: int
    title: str
    url: str
    video_url: str  # empty where the source does not say when the vote was opened
    time: str  # of closing, body's time
    opened: str
    original: str  # replays: the time in the source
    result: str  # as `standing` says
    tag: str
    verdict: str
    figures: tuple[Figure, ...]  # chosen options that are not zero, `for` always; none where they did not decide
    needs: str  # «потрібно 7», «більше голосів «за», ніж «проти»»; else what did: «Волошка Уляна — 7, потрібно …»
    bar: Bar | None


def bar(tally: Tally, needed: int, seats: int, w: Wording) -> Bar:
    """One stretch an option in the fixed order, with the threshold's notch."""
    kinds = [option.value for option in ORDER]
    counts = [tally_of(tally, option) for option in ORDER]
    parts = tuple((kinds[part.index], part.x, part.width) for part in hemicycle.bar(counts, BAR_WIDTH))
    notch = hemicycle.notch(needed, max(seats, sum(counts)), BAR_WIDTH) if needed else None
    said = ", ".join(f"{figure.word} {figure.count}" for figure in figures(tally, w) if figure.count)
    return Bar(parts, notch, BAR_WIDTH, said)


def standing(vote: VoteRecord) -> str:
    """What a sign of the vote shows: voided | open | held | tied | adopted | rejected | no_quorum."""
    if vote.state == "voided":
        return "voided"
    return vote.result.value if vote.result else vote.state


def vote_line(record: SittingRecord, vote: VoteRecord, w: Wording) -> VoteLine:
    word, rest = vote_verdict(vote, w.locale)
    over = vote.closed_at or vote.voided_at
    chosen = []
    decided = vote.tally is not None and vote.state != "voided"
    plain = not vote.opened.candidates and vote.tie is None and vote.result in (Result.ADOPTED, Result.REJECTED)
    if decided and plain:
        for option in CHOSEN:
            count = tally_of(vote.tally or Tally(), option)
            if count or option is Option.FOR:
                chosen.append(Figure(option.value, count, bind(tally_word(option, count, w.locale))))
    return VoteLine(
        n=vote.n,
        title=bind(vote.motion.strip()),
        url=f"/sittings/{record.sitting}/votes/{vote.n}",
        video_url=video_url(record.sitting, vote.n) if vote.opened_at else "",
        time=w.time(over) if over else "",
        opened=w.time(vote.opened_at) if vote.opened_at else "",
        original=w.time(vote.original_at) if vote.original_at else "",
        result=standing(vote),
        tag=bind(tag(vote, w.locale)),
        verdict=bind(word),
        figures=tuple(chosen),
        needs=(_needs(vote.requirement, w) if plain else bind(rest)) if decided else "",
        bar=bar(vote.tally, threshold(vote), vote.requirement.seats, w) if vote.tally and decided else None,
    )


def _needs(requirement: Requirement, w: Wording) -> str:
    """A number only where it was fixed when the vote opened."""
    if counted_at_closing(requirement.base):
        return bind(requirement_phrase(requirement, w.locale))
    return str(w.say("needed %(needed)s", needed=requirement.needed))


def tag(vote: VoteRecord, locale: str) -> str:
    """«Поправка», «Переголосування голосування № 6»; "" for a plain motion."""
    opened = vote.opened
    if opened.relation in ("repeat", "reconsideration") and opened.refers_to is not None:
        return relation_sentence(opened.relation, opened.refers_to, None, locale).removesuffix(".")
    return "" if opened.subject == "motion" else subject_word(opened.subject, locale)


def secret_standing(vote: SecretRecord) -> str:
    """As `standing`, of a secret ballot."""
    return vote.result.value if vote.result else "voided"


def _secret_tag(fact: SecretVoteRecorded, w: Wording) -> str:
    """«Таємне голосування · Повторення голосування № 10»"""
    secret = str(w.say("Secret ballot"))
    if fact.repeats is None:
        return secret
    return f"{secret} · {relation_sentence('repeat', fact.repeats, None, w.locale).removesuffix('.')}"


def secret_line(record: SittingRecord, vote: SecretRecord, w: Wording) -> VoteLine:
    fact = vote.fact
    word, rest = secret_verdict(vote, w.locale)
    counts = ((Option.FOR, fact.for_), (Option.AGAINST, fact.against), (Option.ABSTAIN, fact.abstain))
    shown = () if fact.candidates or vote.voided else tuple((o, n) for o, n in counts if n or o is Option.FOR)
    return VoteLine(
        n=fact.n,
        title=bind(fact.motion.strip()),
        url=f"/sittings/{record.sitting}/votes/{fact.n}",
        video_url="",
        time=w.time(fact.at),
        opened="",
        original="",
        result=secret_standing(vote),
        tag=bind(_secret_tag(fact, w)),
        verdict=bind(word),
        figures=tuple(Figure(o.value, n, bind(tally_word(o, n, w.locale))) for o, n in shown),
        needs="" if vote.voided else bind(rest) if fact.candidates else _needs(fact.requirement, w),
        bar=None,
    )


def any_line(record: SittingRecord, n: int, w: Wording) -> VoteLine:
    if n in record.secret_votes:
        return secret_line(record, record.secret_votes[n], w)
    return vote_line(record, record.votes[n], w)


def line_words(record: SittingRecord, n: int, locale: str) -> dict[str, str]:
    """What a page's script writes into a vote's line: `title`, `tag`, `verdict`, and `instead` of figures, where those
    alone would not tell how it ended."""
    line = any_line(record, n, wording(locale, record.opened.timezone))
    instead = "" if line.figures else line.needs
    return {"title": line.title, "tag": line.tag, "verdict": line.verdict, "instead": instead}
