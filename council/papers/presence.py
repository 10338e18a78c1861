"""Who was there, from when to when, who was not, and who presided: for the minutes.

Pure.
"""

from __future__ import annotations

from council.papers.chronicle import Chronicle
from council.papers.paper import Block, Fact, Facts, Heading, Listing, Paragraph, Table
from council.papers.phrases import Phrases
from council.papers.votes import name_of
from council.people import full_name
from voting.entries import Seated
from voting.record import SittingRecord


def blocks(chronicle: Chronicle, p: Phrases) -> list[Block]:
    record = chronicle.record
    came = [seated for seated in record.opened.members if seated.member in record.arrived]
    missing = [seated for seated in record.opened.members if seated.member not in record.arrived]
    said: list[Block] = [Heading(p.say("Presence")), Facts(_figures(record, len(came), p))]
    if not came and _voted(record):
        said.append(Paragraph(p.say("The source does not say who came when; the rolls below say who voted.")))
        return said + _chairs(chronicle, p)
    if came:
        rows = tuple((full_name(seated), seated.faction or "", stays(record, seated.member, p)) for seated in came)
        said.append(Table((p.say("Member"), p.say("Faction"), p.say("Present")), rows, (10, 8, 11)))
    if missing:
        said.append(Heading(p.count("%(count)d member was absent", "%(count)d members were absent", len(missing)), 2))
        said.append(Listing(tuple(absence(record, seated, p) for seated in missing)))
    else:
        said.append(Paragraph(p.say("Nobody was absent.")))
    return said + _chairs(chronicle, p)


def _figures(record: SittingRecord, came: int, p: Phrases) -> tuple[Fact, ...]:
    opened = record.opened
    quorum = f"{opened.quorum} ({opened.quorum_source})"
    return (
        Fact(p.say("Seats by law"), str(opened.seats)),
        Fact(p.say("Members"), str(len(opened.members))),
        Fact(p.say("Needed for a quorum"), quorum),
        Fact(p.say("Took part"), str(came)),
    )


def _voted(record: SittingRecord) -> bool:
    return record.imported is not None and bool(record.votes)


def stays(record: SittingRecord, member: str, p: Phrases) -> str:
    """«10:00:01–11:20:00, 11:40:10–…»: each stay; the last may go on to the end of the sitting."""
    day, stays, since = p.day_untold(record), [], ""
    for move in record.movements:
        if move.member != member:
            continue
        if move.arrived:
            since = p.moment(move.at, day)
        else:
            stays.append(f"{since}–{p.moment(move.at, day)}")
            since = ""
    if since:
        stays.append(p.say("%(time)s to the end", time=since))
    if member in record.justified:
        stays.append(p.say("excused (%(reason)s)", reason=record.justified[member]))
    return ", ".join(stays)


def absence(record: SittingRecord, seated: Seated, p: Phrases) -> str:
    """«Нагідка Одарка: поважна причина (у відрядженні)»"""
    reason = record.justified.get(seated.member)
    if reason is None:
        return f"{full_name(seated)}: " + p.say("no reason on record")
    return f"{full_name(seated)}: " + p.say("excused (%(reason)s)", reason=reason)


def _chairs(chronicle: Chronicle, p: Phrases) -> list[Block]:
    lines = presided(chronicle, p)
    return [Heading(p.say("Who presided"), 2), Listing(lines)] if lines else []


def presided(chronicle: Chronicle, p: Phrases) -> tuple[str, ...]:
    """«Барвінок Омелян, з 10:00:00», in order."""
    record = chronicle.record
    said = []
    for at, member in chronicle.chairs():
        name = name_of(record, member)
        time = p.moment(at, p.day_untold(record)) if at else ""
        said.append(p.say("%(name)s, from %(time)s", name=name, time=time) if time else name)
    return tuple(said)
