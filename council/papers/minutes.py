"""The minutes of a sitting: who was there, what was on the agenda, what happened, every roll as an annex.

Pure. While the sitting runs they are a draft, and every page says so.
"""

from __future__ import annotations

from council.papers import agenda, course, presence
from council.papers.chronicle import Chronicle
from council.papers.paper import Block, Break, Fact, Facts, Heading, Listing, Paper, Paragraph, Signatures, Table
from council.papers.phrases import Phrases, phrases
from council.papers.seal import Seal, Setting, mark_of, proof
from council.papers.sheet import provenance, secret_blocks
from council.papers.votes import corrections, fate, motion, name_of, outcome, quorum, recusals, roll, vote_facts
from council.verdict import secret_verdict, vote_verdict
from voting.record import SittingRecord, VoteRecord


def minutes(chronicle: Chronicle, seal: Seal | None, setting: Setting) -> Paper:
    record = chronicle.record
    opened = record.opened
    p = phrases(setting.language, opened.timezone)
    blocks: list[Block] = [Facts(_facts(record, p)), *provenance(record, p)]
    blocks += [*presence.blocks(chronicle, p), *agenda.blocks(chronicle, p), *course.blocks(chronicle, p)]
    blocks += [*_closed_parts(record, p), *_closing(record, p), *_votes(record, p)]
    blocks += proof(seal, _address(record, setting), p.say("The page of this sitting"), p)
    blocks.append(_signatures(chronicle, p))
    for place, n in enumerate(sorted([*record.votes, *record.secret_votes])):
        blocks += [*([] if place else [Break()]), *_annex(chronicle, n, p)]
    return Paper(
        language=setting.language,
        tongue=setting.tongue,
        title=p.say("Minutes of the sitting"),
        head=(opened.municipality, opened.body_name),
        mark=mark_of(opened.mode, setting.draft or record.closed_seq is None, p),
        foot=f"{opened.body_name}, {opened.session_label}, {p.day(opened.held_on)}",
        page_of=p.say("Page {page} of {pages}"),
        made_at=seal.signed_at if seal else opened.at,
        blocks=tuple(blocks),
    )


def _facts(record: SittingRecord, p: Phrases) -> tuple[Fact, ...]:
    opened, day = record.opened, record.opened.held_on
    kinds = {
        "plenary": p.say("plenary sitting"),
        "committee": p.say("sitting of a commission"),
        "briefing": p.say("briefing"),
        "hearing": p.say("hearing"),
    }
    facts = [
        Fact(p.say("Sitting"), opened.session_label, quoted=True),
        Fact(p.say("Kind"), kinds[opened.sitting_kind]),
        Fact(p.say("Date"), p.day(day)),
    ]
    if record.opened_at:
        facts.append(Fact(p.say("Opened"), p.moment(record.opened_at, day)))
    if record.closed_at:
        facts.append(Fact(p.say("Closed"), p.moment(record.closed_at, day)))
    return tuple(facts)


def _closed_parts(record: SittingRecord, p: Phrases) -> list[Block]:
    lines = course.closed_parts(record, p)
    return [Heading(p.say("Closed parts")), Listing(lines)] if lines else []


def _closing(record: SittingRecord, p: Phrases) -> list[Block]:
    if record.closed_seq is None:
        return [Heading(p.say("Closing")), Paragraph(p.say("The sitting has not been closed yet."))]
    if record.closed_at is None:
        return []
    at = p.moment(record.closed_at, p.day_untold(record))
    return [Heading(p.say("Closing")), Paragraph(p.say("The sitting was closed at %(time)s.", time=at))]


def _votes(record: SittingRecord, p: Phrases) -> list[Block]:
    """All votes on one list, with their results; the number is that of the annex."""
    numbers = sorted([*record.votes, *record.secret_votes])
    if not numbers:
        return [Heading(p.say("Votes")), Paragraph(p.say("There was no vote."))]
    rows = []
    for n in numbers:
        if n in record.secret_votes:
            secret = record.secret_votes[n]
            rows.append((str(n), secret.item or "", secret.motion.strip(), secret_verdict(secret, p.locale)[0]))
        else:
            vote = record.votes[n]
            rows.append((str(n), ", ".join(vote.items), vote.motion.strip(), _result(vote, p)))
    heads = (p.say("No."), p.say("Item"), p.say("Motion"), p.say("Result"))
    return [Heading(p.say("Votes")), Table(heads, tuple(rows), (1, 2, 12, 5))]


def _result(vote: VoteRecord, p: Phrases) -> str:
    word = vote_verdict(vote, p.locale)[0]
    if vote.tally is None or vote.state == "voided" or vote.opened.candidates:
        return word
    return f"{word} ({vote.tally.for_}:{vote.tally.against}:{vote.tally.abstain})"


def _annex(chronicle: Chronicle, n: int, p: Phrases) -> list[Block]:
    """The vote's sheet without its frame."""
    record = chronicle.record
    if n in record.secret_votes:
        head = Heading(p.say("Annex %(n)d. Secret vote No. %(n)d", n=n))
        return [head, *secret_blocks(chronicle, n, p)]
    vote = record.votes[n]
    head = Heading(p.say("Annex %(n)d. Vote No. %(n)d", n=n))
    said: list[Block] = [head, Facts(vote_facts(chronicle, vote, p)), *motion(vote, p), *fate(record, vote, p)]
    said += [*quorum(record, vote, p), *outcome(record, vote, p)]
    if vote.roll is not None:
        said.append(roll(record, vote, p))
    return [*said, *recusals(chronicle, vote, p), *corrections(record, vote, p)]


def _signatures(chronicle: Chronicle, p: Phrases) -> Signatures:
    record = chronicle.record
    return Signatures(
        (
            (p.say("Chair of the sitting"), name_of(record, record.chair) if record.chair else ""),
            (p.say("Clerk"), ""),
        )
    )


def _address(record: SittingRecord, setting: Setting) -> str | None:
    """Of the public page; a rehearsal has none."""
    if setting.site is None or record.opened.mode == "rehearsal":
        return None
    return f"{setting.site}/sittings/{record.sitting}"
