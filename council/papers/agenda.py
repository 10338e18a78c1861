"""The agenda as it was published, what became of it, and how it stood at the end: for the minutes.

Pure. A change is a change: what was published first is not shown as if it had always been otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

from council.agenda.changes import changes
from council.papers.chronicle import Chronicle, OfAgenda
from council.papers.paper import Block, Heading, Listing
from council.papers.phrases import Phrases
from council.papers.votes import item_title
from voting.entries import AgendaPoint, AgendaPublished, Document, ItemAdded, ItemWithdrawn
from voting.record import SittingRecord


def blocks(chronicle: Chronicle, p: Phrases) -> list[Block]:
    record = chronicle.record
    said: list[Block] = [Heading(p.say("Agenda")), Listing(tuple(_lines(record, p)))]
    if record.agenda_versions:
        said.append(Heading(p.say("How it was published"), 2))
        said.append(Listing(tuple(published(record.agenda_versions, p))))
    made = chronicle.agenda_changes()
    if made:
        said.append(Heading(p.say("Changes during the sitting"), 2))
        said.append(Listing(tuple(change(record, fact, p) for fact in made)))
    documents = [attached.document for attached in record.documents if attached.item is None]
    if documents:
        said.append(Heading(p.say("Documents of the sitting"), 2))
        said.append(Listing(tuple(document_line(document, p) for document in documents)))
    return said


def _lines(record: SittingRecord, p: Phrases) -> list[str]:
    if not record.items:
        return [p.say("There is nothing on the agenda.")]
    lines = []
    for item in record.items:
        title = item_title(record, item)
        lines.append(p.say("%(title)s (withdrawn)", title=title) if item in record.withdrawn_items else title)
    return lines


def published(versions: Sequence[AgendaPublished], p: Phrases) -> list[str]:
    """One line a version: when, by when it was due, and what it added to or took from the one before."""
    lines, before = [], None
    for version in versions:
        at = f"{p.day(p.day_of(version.at))}, {p.time(version.at)}"
        said = p.say("Version %(version)d, published on %(at)s", version=version.version, at=at)
        if version.due_on:
            said += "; " + p.say(
                "due by %(day)s (%(source)s)", day=p.day(version.due_on), source=version.due_source or ""
            )
        if version.urgency:
            said += "; " + p.say("urgent: %(ground)s", ground=version.urgency)
        lines.append(said + "".join(f"; {part}" for part in differences(before, version, p)) + ".")
        before = version
    return lines


def differences(before: AgendaPublished | None, after: AgendaPublished, p: Phrases) -> list[str]:
    """What a version changed: items added, taken off, worded anew, moved, by consent; files."""
    if before is None:
        return [p.count("%(count)d item", "%(count)d items", len(after.points))]
    found = changes(before.points, after.points)
    said = [p.say("added: %(item)s", item=_titled(point)) for point in found.added]
    said += [p.say("taken off: %(item)s", item=_titled(point)) for point in found.removed]
    said += [p.say("worded anew: %(item)s", item=f"{one.item}. {one.after.strip()}") for one in found.retitled]
    if found.moved:
        said.append(p.say("new order: %(order)s", order=", ".join(point.item for point in after.points)))
    for point in found.consent:
        kind = p.say("now by consent: %(item)s") if point.consent else p.say("no longer by consent: %(item)s")
        said.append(kind % {"item": _titled(point)})
    for one in found.drafts:
        kind = (
            p.say("file added to item %(item)s: %(name)s")
            if one.added
            else p.say("file taken off item %(item)s: %(name)s")
        )
        said.append(kind % {"item": one.item, "name": one.document.name})
    return said or [p.say("no other items")]


def _titled(point: AgendaPoint) -> str:
    return f"{point.item}. {point.title.strip()}"


def documents_of(record: SittingRecord, item: str) -> list[Document]:
    """Considered under an item: its drafts, as last published or fixed at the opening, and what was attached to it."""
    versions = [*(version.points for version in record.agenda_versions), record.opened.agenda]
    drafts = next((point.drafts for points in versions[::-1] for point in points if point.item == item), ())
    attached = [one.document for one in record.documents if one.item == item]
    return list({document.sha256: document for document in (*drafts, *attached)}.values())


def change(record: SittingRecord, fact: OfAgenda, p: Phrases) -> str:
    """«10:03:12: додано питання 8. Про річку після питання 3 (голосування № 1); невідкладно: повінь.»"""
    at = p.moment(fact.at, p.day_untold(record))
    by = " " + p.say("(vote No. %(n)d)", n=fact.vote_n) if fact.vote_n is not None else ""
    if isinstance(fact, ItemWithdrawn):
        return p.say("%(time)s: withdrawn: %(item)s", time=at, item=item_title(record, fact.item)) + by
    if not isinstance(fact, ItemAdded):
        return p.say("%(time)s: new order: %(order)s", time=at, order=", ".join(fact.order)) + by
    added = f"{fact.item}. {fact.title.strip()}"
    if fact.after is None:
        said = p.say("%(time)s: added at the end: %(item)s", time=at, item=added)
    else:
        said = p.say("%(time)s: added after item %(after)s: %(item)s", time=at, after=fact.after, item=added)
    return said + by + ("; " + p.say("urgent: %(ground)s", ground=fact.ground) if fact.ground else "")


def document_line(document: Document, p: Phrases) -> str:
    return p.say("Document: %(name)s, SHA-256 %(sha256)s.", name=document.name, sha256=document.sha256)
