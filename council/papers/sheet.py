"""The vote sheet: the official roll call of one vote, or the record of a secret ballot.

Pure. It says at least what councils' own printouts say (Katowice, Gdańsk, the Ukrainian systems), and what binds it to
the ledger. There is none of a vote that still runs: how anybody votes is nobody's business before it is closed.
"""

from __future__ import annotations

from dataclasses import replace

from council.papers import secret
from council.papers.chronicle import Chronicle
from council.papers.paper import Block, Fact, Facts, Heading, Paper, Paragraph, Signatures
from council.papers.phrases import Phrases, phrases
from council.papers.seal import Seal, Setting, mark_of, proof
from council.papers.votes import clerks, corrections, fate, motion, name_of, outcome, quorum, recusals, roll, vote_facts
from voting.entries import Source
from voting.record import SittingRecord, VoteRecord


class NoSheet(Exception):
    """There is no such vote, or it is not closed yet. `code`: unknown_vote | vote_open."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def sheet(chronicle: Chronicle, n: int, seal: Seal | None, setting: Setting) -> Paper:
    """Vote `n` on paper. Raises NoSheet."""
    record = chronicle.record
    p = phrases(setting.language, record.opened.timezone)
    if n in record.secret_votes:
        title = p.say("Record of secret vote No. %(n)d", n=n)
        blocks = secret_blocks(chronicle, n, p)
    elif n not in record.votes:
        raise NoSheet("unknown_vote")
    else:
        vote = record.votes[n]
        if vote.tally is None and vote.state != "voided":
            raise NoSheet("vote_open")
        title = p.say("Roll-call vote sheet No. %(n)d", n=n)
        setting = replace(setting, draft=setting.draft or unfinished(record, vote))
        blocks = named_blocks(chronicle, vote, p)
    blocks += proof(seal, _address(record, n, setting), p.say("The page of this vote"), p)
    blocks.append(signatures(chronicle, n, p))
    opened = record.opened
    return Paper(
        language=setting.language,
        tongue=setting.tongue,
        title=title,
        head=(opened.municipality, opened.body_name),
        mark=mark_of(opened.mode, setting.draft, p),
        foot=f"{opened.body_name}, {opened.session_label}, {p.day(opened.held_on)}, {p.say('No. %(n)d', n=n)}",
        page_of=p.say("Page {page} of {pages}"),
        made_at=seal.signed_at if seal else opened.at,
        blocks=tuple(blocks),
    )


def unfinished(record: SittingRecord, vote: VoteRecord) -> bool:
    """The result has not been announced: the vote may still be voided or decided by the chair. Imports announce
    nothing."""
    return vote.state in ("closed", "tied") and record.imported is None


def named_blocks(chronicle: Chronicle, vote: VoteRecord, p: Phrases) -> list[Block]:
    record = chronicle.record
    blocks: list[Block] = [Facts((*sitting_facts(record, p), *vote_facts(chronicle, vote, p)))]
    blocks += [*motion(vote, p), *fate(record, vote, p), *quorum(record, vote, p), *outcome(record, vote, p)]
    if vote.roll is not None:
        blocks += [Heading(p.say("Votes by name")), roll(record, vote, p)]
    blocks += [*recusals(chronicle, vote, p), *corrections(record, vote, p)]
    return blocks + provenance(record, p) + signed_presses(vote, p)


def secret_blocks(chronicle: Chronicle, n: int, p: Phrases) -> list[Block]:
    record = chronicle.record
    vote = record.secret_votes[n]
    return [Facts((*sitting_facts(record, p), *secret.facts(record, vote.fact, p))), *secret.blocks(record, vote, p)]


def sitting_facts(record: SittingRecord, p: Phrases) -> tuple[Fact, ...]:
    return (
        Fact(p.say("Sitting"), record.opened.session_label, quoted=True),
        Fact(p.say("Date"), p.day(record.opened.held_on)),
    )


def provenance(record: SittingRecord, p: Phrases) -> list[Block]:
    """Where an import or a replay has its votes from."""
    found: list[Block] = []
    if record.opened.replay is not None:
        found.append(_source(p.say("Replayed from a record"), record.opened.replay, p))
    if record.imported is not None:
        found.append(_source(p.say("Taken over from published data"), record.imported, p))
    return found


def _source(words: str, source: Source, p: Phrases) -> Paragraph:
    return Paragraph(f"{words}: {source.source}. SHA-256: {source.sha256}", "soft")


def signed_presses(vote: VoteRecord, p: Phrases) -> list[Block]:
    pressed = [entry for entry in vote.roll or () if entry.channel == "terminal"]
    signed = sum(1 for entry in pressed if entry.signature is not None)
    if not signed:
        return []
    said = p.say(
        "%(signed)d of %(pressed)d presses carry the signature of the member’s terminal, published with the vote.",
        signed=signed,
        pressed=len(pressed),
    )
    return [Paragraph(said, "soft")]


def signatures(chronicle: Chronicle, n: int, p: Phrases) -> Signatures:
    """Who presided when the vote closed, and the clerks. A secret ballot is signed by the counting commission too."""
    record = chronicle.record
    chair = chronicle.chair_at(chronicle.entry_of(n).seq if n in record.secret_votes else _closed_seq(record, n))
    places = [(p.say("Chair of the sitting"), name_of(record, chair) if chair else "")]
    if n in record.secret_votes:
        places.append((p.say("Chair of the counting commission"), ""))
        return Signatures((*places, (p.say("Clerk"), "")))
    vote = record.votes[n]
    places.append((p.say("Clerk"), clerks(vote.entered_by) if vote.opened.method == "entered" else ""))
    if vote.confirmed_by:
        places.append((p.say("Second clerk"), vote.confirmed_by.name))
    return Signatures(tuple(places))


def _closed_seq(record: SittingRecord, n: int) -> int:
    vote = record.votes[n]
    return vote.opened_seq if vote.closed_seq is None else vote.closed_seq


def _address(record: SittingRecord, n: int, setting: Setting) -> str | None:
    """Of the public page; a rehearsal has none."""
    if setting.site is None or record.opened.mode == "rehearsal":
        return None
    return f"{setting.site}/sittings/{record.sitting}/votes/{n}"
