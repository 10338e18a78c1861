"""The page of a secret ballot: ground, totals, candidates, the commission's protocol. There are no names to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from council.verdict import requirement_long, secret_verdict, tally_word
from council.vote_words import relation_sentence, secret_sentence
from public_site import vote_lines, vote_summaries
from public_site.checking import check
from public_site.finding import vote_url
from public_site.records import KeptSitting, LedgerView
from public_site.site import Frame, Site
from public_site.views import Figure
from public_site.vote_story import Link, candidate_rows, item_name, later_links
from public_site.wording import Wording, bind
from voting.entries import Option
from voting.record import SecretRecord, SittingRecord


@dataclass(frozen=True, slots=True)
class Paper:
    """Ballot papers of one kind."""

    words: str
    count: int


def page(
    site: Site,
    request: Request,
    frame: Frame,
    kept: KeptSitting,
    record: SittingRecord,
    n: int,
    ledger: LedgerView | None,
    around: dict[str, Any],
) -> Response:
    w, vote = frame.w, record.secret_votes[n]
    fact = vote.fact
    word, rest = secret_verdict(vote, w.locale)
    seq = kept.chronicle(record).entry_of(n).seq
    counts = ((Option.FOR, fact.for_), (Option.AGAINST, fact.against), (Option.ABSTAIN, fact.abstain))
    context: dict[str, Any] = {
        **around,
        "vote": {**vote_summaries.secret_json(record, n), "imported": None, "replay": None},
        "line": vote_lines.secret_line(record, vote, w),
        "items": (item_name(record, fact.item),) if fact.item is not None else (),
        "day": w.day(w.day_of(fact.at), "full"),
        "word": bind(word),
        "rest": bind(rest),
        "requirement": bind(requirement_long(fact.requirement, w.locale)),
        "warning": str(w.say("What was recorded is kept below; it decides nothing.")) if vote.voided else "",
        "links": _links(record, vote, w),
        "ground": bind(secret_sentence(fact.ground_source, w.locale)),
        "figures": [Figure(option.value, count, tally_word(option, count, w.locale)) for option, count in counts],
        "candidates": candidate_rows(fact.candidates, fact.counts, None if vote.voided else fact.chosen),
        "ballots": _ballots(fact.ballots.issued, fact.ballots.found, fact.ballots.invalid, w),
        "protocol": fact.protocol,
        "signed": None,
        "check": check(kept, ledger, record, seq, None, w),
    }
    return site.page(request, frame, "secret.html", context)


def _links(record: SittingRecord, vote: SecretRecord, w: Wording) -> tuple[Link, ...]:
    """To the void vote that this one repeats, and to those that refer to this one."""
    found = []
    if vote.fact.repeats is not None:
        reason = record.vote(vote.fact.repeats).void_reason
        words = relation_sentence("repeat", vote.fact.repeats, None, w.locale, voided=reason)
        found.append(Link(vote_url(record, vote.fact.repeats), bind(words)))
    return (*found, *later_links(record, vote, w))


def _ballots(issued: int, found: int, invalid: int, w: Wording) -> tuple[Paper, ...]:
    return (
        Paper(str(w.say("handed out")), issued),
        Paper(str(w.say("found in the box")), found),
        Paper(str(w.say("invalid")), invalid),
    )
