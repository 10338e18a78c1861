"""What happened in a sitting beside its votes: who was there and when, who spoke, what became of the agenda.

Pure. The lines are those of the minutes (`council/papers`), in the reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass

from council.papers import agenda, course, presence
from council.papers.chronicle import Chronicle
from council.papers.phrases import Phrases, phrases
from council.people import display_name
from public_site.wording import bind
from voting.entries import AgendaPublished, Document
from voting.record import SittingRecord


@dataclass(frozen=True, slots=True)
class Attended:
    """A member who came, with the times of each stay."""

    name: str
    url: str
    times: str


@dataclass(frozen=True, slots=True)
class Filed:
    """A document; `hash`: its SHA-256."""

    name: str
    hash: str


@dataclass(frozen=True, slots=True)
class History:
    """Each is empty where nothing is on record."""

    attended: tuple[Attended, ...]
    absent: tuple[str, ...]
    presided: tuple[str, ...]
    spoke: tuple[str, ...]
    published: tuple[str, ...]
    changes: tuple[str, ...]
    closed: tuple[str, ...]  # parts in which no camera filmed
    documents: tuple[Filed, ...]  # of the whole sitting


def history(told: Chronicle, locale: str) -> History:
    record = told.record
    p = phrases(locale, record.opened.timezone)
    moved = bool(record.movements)  # an import knows nobody's coming and going
    return History(
        attended=tuple(
            Attended(display_name(m), f"/members/{m.member}", bind(presence.stays(record, m.member, p)))
            for m in record.opened.members
            if m.member in record.arrived
        ),
        absent=tuple(
            presence.absence(record, m, p) for m in record.opened.members if moved and m.member not in record.arrived
        ),
        presided=presence.presided(told, p),
        spoke=tuple(bind(course.speech_line(record, speech, p)) for _, speech in sorted(record.speeches.items())),
        published=tuple(bind(line) for line in agenda.published(record.agenda_versions, p)),
        changes=tuple(bind(agenda.change(record, fact, p)) for fact in told.agenda_changes()),
        closed=tuple(bind(line) for line in course.closed_parts(record, p)),
        documents=tuple(as_filed(attached.document) for attached in record.documents if attached.item is None),
    )


def published(versions: list[AgendaPublished], locale: str, timezone: str) -> tuple[str, ...]:
    """The same of a sitting that has not been opened."""
    return tuple(bind(line) for line in agenda.published(versions, phrases(locale, timezone)))


def filed(record: SittingRecord, item: str) -> tuple[Filed, ...]:
    """The documents considered under an item."""
    return tuple(as_filed(document) for document in agenda.documents_of(record, item))


def as_filed(document: Document) -> Filed:
    return Filed(document.name, document.sha256)


def speech_words(p: Phrases) -> dict[str, str]:
    """By kind, for the live page's script."""
    return course.kinds(p)
