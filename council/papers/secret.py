"""A secret ballot in blocks: ground, papers, totals, candidates, the commission's protocol. There are no names to say.

Pure.
"""

from __future__ import annotations

from council.papers.paper import Block, Fact, Figures, Motion, Paragraph, Verdict
from council.papers.phrases import Phrases
from council.papers.votes import candidates_table, item_title, set_aside
from council.verdict import requirement_long, secret_verdict, tally_word
from council.vote_notes import secret_notes
from voting.entries import Option, SecretVoteRecorded
from voting.record import SecretRecord, SittingRecord


def facts(record: SittingRecord, fact: SecretVoteRecorded, p: Phrases) -> tuple[Fact, ...]:
    said = []
    if fact.item is not None:
        said.append(Fact(p.count("Agenda item", "Agenda items", 1), item_title(record, fact.item), quoted=True))
    said.append(Fact(p.say("Kind of vote"), p.say("secret ballot, on paper")))
    said.append(Fact(p.say("Recorded"), p.moment(fact.at, record.opened.held_on)))
    needed = fact.requirement.quorum
    word = p.say("%(count)d counted, %(needed)d needed", count=fact.in_quorum, needed=needed)
    return (
        *said,
        Fact(p.say("Seats by law"), str(record.opened.seats)),
        Fact(p.say("Members"), str(len(record.opened.members))),
        Fact(p.say("Quorum"), word),
        Fact(p.say("Ballot papers handed out"), str(fact.ballots.issued)),
        Fact(p.say("Ballot papers found"), str(fact.ballots.found)),
        Fact(p.say("Invalid ballot papers"), str(fact.ballots.invalid)),
        Fact(p.say("Protocol of the commission"), _protocol(fact, p)),
    )


def _protocol(fact: SecretVoteRecorded, p: Phrases) -> str:
    size = p.count("%(count)d byte", "%(count)d bytes", fact.protocol.bytes_)
    return f"{fact.protocol.name}, {size}\nSHA-256: {fact.protocol.sha256}"


def blocks(record: SittingRecord, vote: SecretRecord, p: Phrases) -> list[Block]:
    fact, void = vote.fact, vote.voided
    said: list[Block] = [Motion(p.say("Text put to the vote"), fact.motion.strip())]
    if void is not None:
        said.append(Paragraph(set_aside(record, void.reason, void.at, p), "notice"))
    said += [Paragraph(note, "strong") for note in secret_notes(vote, record.all_votes, p.locale)]
    said.append(Paragraph(requirement_long(fact.requirement, p.locale)))
    if fact.candidates:
        said.append(candidates_table(fact.candidates, fact.counts, p))
    counts = ((Option.FOR, fact.for_), (Option.AGAINST, fact.against), (Option.ABSTAIN, fact.abstain))
    said.append(Figures(p.say("Tally"), tuple((tally_word(option, n, p.locale), n) for option, n in counts)))
    return [*said, Verdict(*secret_verdict(vote, p.locale))]
