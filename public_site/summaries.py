"""What the site says of a sitting, as the JSON of its twin and of the live updates; and the shape of every error.

Pure: a record of the ledger's fold in, plain values out; no clock, sockets or database. Votes: `vote_summaries.py`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from council.people import display_name, full_name
from public_site.vote_summaries import document_json, vote_line_json
from voting.entries import AgendaPublished, Seated
from voting.record import ClosedPart, SittingRecord

Json = dict[str, Any]


def sitting_json(record: SittingRecord) -> Json:
    """A sitting in short; also the `sitting` update of the live stream. `item`, `title`: the current item."""
    current = record.items.get(record.current_item) if record.current_item is not None else None
    opened = record.opened
    return {
        "sitting": record.sitting,
        "body": opened.body,
        "body_name": opened.body_name,
        "municipality": opened.municipality,
        "session_label": opened.session_label,
        "kind": opened.sitting_kind,
        "held_on": opened.held_on,
        "timezone": opened.timezone,
        "mode": opened.mode,
        "state": "open" if record.closed_seq is None else "closed",
        "item": current.item if current else None,
        "title": current.title if current else None,
        "opened_at": record.opened_at,
        "closed_at": record.closed_at,
        "seats": opened.seats,
        "quorum": opened.quorum,
        "chair": record.chair,
        "speech": speech_json(record),
        "closed_part": closed_part_json(record),
        "imported": asdict(record.imported) if record.imported else None,
        "replay": asdict(opened.replay) if opened.replay else None,
    }


def speech_json(record: SittingRecord) -> Json | None:
    """Who has the floor now. `used_ms`: until the last pause; while it runs, time goes on since `running_since`."""
    n = record.current_speech
    return None if n is None else _speech(record, n)


def _speech(record: SittingRecord, n: int) -> Json:
    speech = record.speeches[n]
    fact = speech.fact
    names = {member.member: display_name(member) for member in record.opened.members}
    return {
        "speech": n,
        "member_id": fact.member,
        "name": names.get(fact.member, "") if fact.member is not None else fact.speaker,
        "kind": fact.floor,
        "item": fact.item,
        "seconds": fact.seconds,
        "used_ms": speech.used_ms,
        "running_since": speech.running_since,
        "paused": speech.paused,
        "started_at": speech.started_at,
        "ended_at": speech.ended_at,
    }


def closed_part_json(record: SittingRecord) -> Json | None:
    """The closed part that lasts: no camera films."""
    return _closed_part(record.closed_part) if record.closed_part is not None else None


def _closed_part(part: ClosedPart) -> Json:
    """`since`: nobody is shown what was filmed from then on; `paused_at`: when filming was paused."""
    fact = part.fact
    return {
        "since": fact.since,
        "paused_at": fact.at,
        "ended_at": part.ended_at,
        "ended_by_closing": part.ended_at is not None and part.resumed is None,
        "ground": fact.ground,
        "reason": fact.reason,
        "source": fact.source,
        "by": fact.by.name,
    }


def sitting_page_json(record: SittingRecord) -> Json:
    """A sitting's twin: what `sitting_json` says, its members, agenda, votes, speeches and documents."""
    return {
        **sitting_json(record),
        "members": [_member(record, member) for member in record.opened.members],
        "agenda": [
            {
                "item": item.item,
                "title": item.title,
                "called_at": item.called_at,
                "withdrawn": item.item in record.withdrawn_items,
                "votes": sorted([*item.votes, *item.secret_votes]),
                "recused": dict(record.recusals.get(item.item, {})),
            }
            for item in record.items.values()
        ],
        "agenda_versions": [agenda_json(version) for version in record.agenda_versions],
        "documents": [
            {"item": attached.item, "at": attached.at, **document_json(attached.document)}
            for attached in record.documents
        ],
        "speeches": [_speech(record, n) for n in sorted(record.speeches)],
        "closed_parts": [_closed_part(part) for part in record.closed_parts],
        "votes": [vote_line_json(record, n) for n in sorted([*record.votes, *record.secret_votes])],
        "minutes": f"/sittings/{record.sitting}/minutes.pdf" if record.closed_seq is not None else None,
        "minutes_published": {"at": record.minutes.at, **document_json(record.minutes.document)}
        if record.minutes
        else None,
    }


def _member(record: SittingRecord, member: Seated) -> Json:
    moves = [move for move in record.movements if move.member == member.member]
    return {
        "member_id": member.member,
        "name": full_name(member),
        "faction": member.faction,
        "arrived": member.member in record.arrived,
        "moves": [{"at": move.at, "arrived": move.arrived, "channel": move.channel} for move in moves],
        "absence_justified": record.justified.get(member.member),
    }


def agenda_json(version: AgendaPublished) -> Json:
    """One publication of the agenda, as citizens were shown it."""
    return {
        "version": version.version,
        "published_at": version.at,
        "due_on": version.due_on,
        "due_source": version.due_source,
        "urgency": version.urgency,
        "points": [
            {
                "item": point.item,
                "title": point.title,
                "consent": point.consent,
                "drafts": [document_json(draft) for draft in point.drafts],
            }
            for point in version.points
        ],
    }
