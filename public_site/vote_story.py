"""What there is to say of one vote beside its figures: what became of it, what it followed, who stood aside, what was
corrected.

Pure. The sentences are those of vote sheet and minutes (`council/vote_words.py`); here they get their links.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from council.papers.chronicle import Chronicle
from council.people import display_name
from council.vote_words import (
    aloud_sentence,
    casting_sentence,
    corrected_words,
    ended,
    followed_sentence,
    method_sentence,
    override_sentence,
    recused_sentence,
    relation_sentence,
    subject_word,
)
from public_site.vote_summaries import chosen_of
from public_site.wording import Wording, bind
from voting.entries import CandidateCount
from voting.record import AnyVote, SittingRecord, VoteRecord
from voting.values import Candidate


@dataclass(frozen=True, slots=True)
class Link:
    """A sentence that leads to another vote."""

    url: str
    words: str


@dataclass(frozen=True, slots=True)
class CandidateRow:
    no: int
    name: str
    votes: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Aside:
    """A member with a conflict of interest; `reason` and `time` as far as they are on record."""

    name: str
    url: str
    time: str
    reason: str


@dataclass(frozen=True, slots=True)
class Correction:
    name: str
    url: str
    said: str
    statement: str
    by: str


@dataclass(frozen=True, slots=True)
class Story:
    """`warning`: what must be read before the figures. `notes`: the rest, each a sentence. `signed`: how many presses
    carry a terminal's signature, of how many."""

    items: tuple[str, ...]
    warning: tuple[str, ...]
    notes: tuple[str, ...]
    links: tuple[Link, ...]
    candidates: tuple[CandidateRow, ...]
    aside: tuple[Aside, ...]
    corrections: tuple[Correction, ...]
    signed: tuple[int, int]


def story(told: Chronicle, vote: VoteRecord, w: Wording) -> Story:
    record = told.record
    presses = [line for line in vote.roll or () if line.channel == "terminal"]
    return Story(
        items=tuple(item_name(record, item) for item in vote.items),
        warning=tuple(_bound(words) for words in _warning(vote, w)),
        notes=tuple(_bound(words) for words in _notes(record, vote, w)),
        links=links(record, vote, w),
        candidates=candidate_rows(vote.opened.candidates, vote.counts, chosen_of(vote)),
        aside=_aside(told, vote, w),
        corrections=_corrections(record, vote, w),
        signed=(sum(1 for line in presses if line.signature), len(presses)),
    )


def item_name(record: SittingRecord, item: str) -> str:
    known = record.items.get(item)
    return bind(f"{item}. {known.title.strip()}" if known else item)


def _warning(vote: VoteRecord, w: Wording) -> list[str]:
    said: list[str] = []
    if vote.state == "voided" and vote.tally is not None:
        said.append(w.say("What was recorded is kept below; it decides nothing."))
    elif vote.state == "voided":
        said.append(w.say("It was set aside before it was closed: how anyone voted was never counted."))
    if vote.opened.override is not None:
        said.append(override_sentence(vote.opened.override, w.locale))
    return said


def _notes(record: SittingRecord, vote: VoteRecord, w: Wording) -> list[str]:
    opened = vote.opened
    said: list[str] = []
    if opened.subject not in ("motion", "block"):
        said.append(ended(subject_word(opened.subject, w.locale)))
    if opened.method != "terminal":
        said.append(method_sentence(opened.method, opened.order, w.locale))
    elif aloud := sum(1 for line in vote.roll or () if line.channel == "called"):
        said.append(aloud_sentence(aloud, w.locale))
    if vote.entered_by and vote.confirmed_by:
        entered = ", ".join(clerk.name for clerk in vote.entered_by)
        confirmed = vote.confirmed_by.name
        said.append(w.say("Entered by %(entered)s, confirmed by %(confirmed)s.", entered=entered, confirmed=confirmed))
    if opened.recused:
        said.append(recused_sentence(len(opened.recused), w.locale, exception=opened.exception))
    if vote.tie is not None:
        said.append(casting_sentence(_names(record)[vote.tie.member], vote.tie.option, w.locale))
    return said


def links(record: SittingRecord, vote: VoteRecord, w: Wording) -> tuple[Link, ...]:
    """To the vote this one refers to, and to those that refer to it."""
    found, opened = [], vote.opened
    if opened.relation is not None and opened.refers_to is not None:
        earlier = record.all_votes.get(opened.refers_to)
        voided = earlier.void_reason if earlier is not None else None
        words = relation_sentence(opened.relation, opened.refers_to, opened.reason, w.locale, voided=voided)
        found.append(Link(_url(record, opened.refers_to), bind(words)))
    return (*found, *later_links(record, vote, w))


def later_links(record: SittingRecord, vote: AnyVote, w: Wording) -> tuple[Link, ...]:
    """To the votes that refer to this one."""
    found = []
    for n in vote.followed_by:
        relation = record.vote(n).relation
        words = followed_sentence(relation, n, w.locale) if relation is not None else ""
        found.append(Link(_url(record, n), bind(words) if words else w.say("See also vote No. %(n)s.", n=n)))
    return tuple(found)


def candidate_rows(
    candidates: tuple[Candidate, ...], counts: tuple[CandidateCount, ...], chosen: int | None
) -> tuple[CandidateRow, ...]:
    votes = {count.candidate: count.votes for count in counts}
    return tuple(
        CandidateRow(one.candidate, one.name, votes.get(one.candidate), one.candidate == chosen) for one in candidates
    )


def _aside(told: Chronicle, vote: VoteRecord, w: Wording) -> tuple[Aside, ...]:
    known = {one.member: one for one in told.recusals(vote.items, vote.opened_seq) if one.withdrawn_at is None}
    names = _names(told.record)
    return tuple(
        Aside(
            names[member],
            f"/members/{member}",
            w.time(known[member].declared_at) if member in known else "",
            (known[member].reason or "") if member in known else "",
        )
        for member in vote.opened.recused
    )


def _corrections(record: SittingRecord, vote: VoteRecord, w: Wording) -> tuple[Correction, ...]:
    names, said = _names(record), {fact: corrected_words(vote, fact, w.locale) for fact in vote.corrections}
    return tuple(
        Correction(
            name=names[fact.member],
            url=f"/members/{fact.member}",
            said=w.say(
                "recorded “%(recorded)s”, meant “%(meant)s”; stated at %(time)s",
                recorded=said[fact][0],
                meant=said[fact][1],
                time=w.time(fact.at),
            ),
            statement=fact.statement,
            by=w.say("Noted by %(noted)s, confirmed by %(by)s.", noted=fact.noted_by.name, by=fact.confirmed_by.name),
        )
        for fact in vote.corrections
    )


def _bound(words: str) -> str:
    """Sentences of the site's own catalogue are bound already, and their values escaped."""
    return words if isinstance(words, Markup) else bind(words)


def _names(record: SittingRecord) -> dict[str, str]:
    return {member.member: display_name(member) for member in record.opened.members}


def _url(record: SittingRecord, n: int) -> str:
    return f"/sittings/{record.sitting}/votes/{n}"
