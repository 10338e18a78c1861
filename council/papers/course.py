"""What happened, item by item: documents, recusals, who spoke and how long, votes with their verdicts.

Pure. Items stand in the order they were first taken up; those never called come last, as not considered.
"""

from __future__ import annotations

from council.papers.agenda import document_line, documents_of
from council.papers.chronicle import Chronicle
from council.papers.paper import Block, Heading, Listing, Paragraph
from council.papers.phrases import Phrases
from council.papers.votes import item_title, name_of
from council.people import full_name
from council.verdict import secret_verdict, vote_sentence
from council.vote_notes import secret_notes, vote_notes
from council.vote_words import ended, voided_sentence
from voting.entries import SecretVoteRecorded
from voting.record import ClosedPart, SecretRecord, SittingRecord, SpeechRecord


def blocks(chronicle: Chronicle, p: Phrases) -> list[Block]:
    record = chronicle.record
    said: list[Block] = [Heading(p.say("Course of the sitting"))]
    for item in _order(chronicle):
        title = p.say("Outside the items of the agenda") if item is None else item_title(record, item)
        said.append(Heading(title, 2, quoted=item is not None))
        said += _item(chronicle, item, p)
    return said


def _order(chronicle: Chronicle) -> list[str | None]:
    """Items by the seq of the first thing that happened under them; the rest in the agenda's order. None: no item."""
    record = chronicle.record
    first: dict[str | None, int] = {}
    seqs: list[tuple[int, str | None]] = []
    seqs += [(seq, item.item) for item in record.items.values() for seq in item.called_seq]
    seqs += [(vote.opened_seq, item) for vote in record.votes.values() for item in vote.items or (None,)]
    seqs += [(speech.seq, speech.fact.item) for speech in record.speeches.values()]
    seqs += [(entry.seq, entry.fact.item) for entry in chronicle.entries if isinstance(entry.fact, SecretVoteRecorded)]
    for seq, item in seqs:
        first[item] = min(seq, first.get(item, seq))
    taken = sorted(first, key=lambda item: first[item])
    return [*taken, *(item for item in record.items if item not in first)]


def _item(chronicle: Chronicle, item: str | None, p: Phrases) -> list[Block]:
    record, day = chronicle.record, p.day_untold(chronicle.record)
    said: list[Block] = []
    if item is not None:
        calls = ", ".join(p.moment(at, day) for at in record.items[item].called_at if at)
        if calls:
            said.append(Paragraph(p.say("Called at %(times)s.", times=calls)))
        if item in record.withdrawn_items:
            said.append(Paragraph(p.say("Withdrawn from the agenda.")))
        said += [Paragraph(document_line(document, p)) for document in documents_of(record, item)]
        said += [Paragraph(line) for line in _recusals(chronicle, item, p)]
    spoke = [speech for speech in record.speeches.values() if speech.fact.item == item]
    if spoke:
        said += [Paragraph(p.say("Spoke:")), Listing(tuple(speech_line(record, speech, p) for speech in spoke))]
    numbers = sorted([n for n in record.votes if item in (record.votes[n].items or (None,))] + _secret(record, item))
    for n in numbers:
        said += _secret_vote(record, record.secret_votes[n], p) if n in record.secret_votes else _vote(record, n, p)
    taken = item is None or bool(record.items[item].called_at)
    if not said or (not numbers and not taken and item not in record.withdrawn_items):
        said.append(Paragraph(p.say("Not considered.")))
    elif not numbers and taken:
        said.append(Paragraph(p.say("There was no vote on it.")))
    return said


def _secret(record: SittingRecord, item: str | None) -> list[int]:
    return [n for n, vote in record.secret_votes.items() if vote.item == item]


def _recusals(chronicle: Chronicle, item: str, p: Phrases) -> list[str]:
    record, day = chronicle.record, p.day_untold(chronicle.record)
    lines = []
    for recusal in chronicle.recusals((item,)):
        said = p.say(
            "%(time)s: %(name)s declared a conflict of interest",
            time=p.moment(recusal.declared_at, day),
            name=name_of(record, recusal.member),
        )
        said += f": {recusal.reason}" if recusal.reason else ""
        if recusal.withdrawn_at:
            said += "; " + p.say("withdrawn at %(time)s", time=p.moment(recusal.withdrawn_at, day))
        lines.append(ended(said))
    return lines


def speech_line(record: SittingRecord, speech: SpeechRecord, p: Phrases) -> str:
    """«10:03:10–10:05:22: Деревій Гнат, виступ, 1 хв 52 с»"""
    fact, day = speech.fact, p.day_untold(record)
    who = name_of(record, fact.member) if fact.member is not None else fact.speaker or ""
    kind = kinds(p)[fact.floor]
    if speech.ended_at is None:
        return p.say(
            "%(from)s: %(name)s, %(kind)s, still speaking",
            **{"from": p.moment(fact.at, day), "name": who, "kind": kind},
        )
    span = f"{p.moment(fact.at, day)}–{p.moment(speech.ended_at, day)}"
    return f"{span}: {who}, {kind}, {p.length(speech.used_ms)}"


def closed_parts(record: SittingRecord, p: Phrases) -> tuple[str, ...]:
    """«10:31:05–10:40:00: зйомку призупинено: особисті дані (ст. 3). Внесено: Марія Левченко.»"""
    return tuple(_closed_part(part, p.day_untold(record), p) for part in record.closed_parts)


def _closed_part(part: ClosedPart, day: str, p: Phrases) -> str:
    fact, since = part.fact, p.moment(part.fact.since, day)
    span = p.say("since %(from)s", **{"from": since})
    if part.ended_at is not None:
        span = f"{since}–{p.moment(part.ended_at, day)}"
    reason = f"{fact.reason} ({fact.source})" if fact.source else fact.reason
    values = {"span": span, "reason": reason, "name": fact.by.name}
    said = p.say("%(span)s: filming was paused: %(reason)s. Entered by %(name)s.", **values)
    if fact.since != fact.at:
        said += " " + p.say("What was filmed until %(time)s is shown to nobody.", time=p.moment(fact.at, day))
    return said


def kinds(p: Phrases) -> dict[str, str]:
    """What a speech is called, by its kind."""
    return {
        "speech": p.say("speech"),
        "reply": p.say("reply"),
        "question": p.say("question"),
        "point_of_order": p.say("point of order"),
    }


def _vote(record: SittingRecord, n: int, p: Phrases) -> list[Block]:
    """Number, time, motion; the verdict with its reason; what else there is to say of it; where the roll stands."""
    vote = record.votes[n]
    head = p.say("Vote No. %(n)d", n=n)
    if vote.opened_at:
        head = p.say("Vote No. %(n)d, %(time)s", n=n, time=p.moment(vote.opened_at, p.day_untold(record)))
    names = {seated.member: full_name(seated) for seated in record.opened.members}
    void = voided_sentence(vote.void_reason or "", p.locale)
    notes = [note for note in vote_notes(vote, record.all_votes, names, p.locale) if note != void]
    said: list[Block] = [Heading(head, 3), Paragraph(vote.motion.strip(), "quote", quoted=True)]
    verdict = void if vote.state == "voided" else vote_sentence(vote, p.locale)
    said.append(Paragraph(_sentence(verdict), "strong"))
    if notes:
        said.append(Paragraph(" ".join(notes)))
    if vote.roll is not None:
        said.append(Paragraph(p.say("Roll: annex %(n)d.", n=n), "soft"))
    return said


def _secret_vote(record: SittingRecord, vote: SecretRecord, p: Phrases) -> list[Block]:
    word, rest = secret_verdict(vote, p.locale)
    return [
        Heading(p.say("Secret vote No. %(n)d", n=vote.n), 3),
        Paragraph(vote.motion.strip(), "quote", quoted=True),
        Paragraph(_sentence(f"{word}: {rest}" if rest else word), "strong"),
        Paragraph(" ".join(secret_notes(vote, record.all_votes, p.locale))),
        Paragraph(p.say("Record: annex %(n)d.", n=vote.n), "soft"),
    ]


def _sentence(words: str) -> str:
    """With a capital, also after an opening quote, and a full stop."""
    first = len(words) - len(words.lstrip("«“„"))
    return ended(words[:first] + words[first : first + 1].upper() + words[first + 1 :])
