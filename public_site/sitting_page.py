"""A sitting: before it begins, while it runs (the same page, live), and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from council.words import LANGUAGES
from public_site import caption_pages, history, live_page, summaries, video, vote_lines
from public_site.chapters import chapters
from public_site.checking import hash_lines
from public_site.finding import live_state, trail, unknown_sitting
from public_site.records import KeptSitting, queries
from public_site.site import NEVER, REVALIDATE, Frame, Site, site_of
from public_site.wording import Wording, bind, kind_word, parse
from streaming.locate import filmed
from voting.entries import CHOSEN, AgendaPoint, Option
from voting.record import ItemRecord, SittingRecord


@dataclass(frozen=True, slots=True)
class AgendaRow:
    """An item with its votes, or votes without an item. `headed`: its title stands above the votes, because they are
    several or about something else. `state`: what became of an item without a vote. `tags`: by consent, withdrawn."""

    item: str
    title: str
    headed: bool
    state: str
    tags: tuple[str, ...]
    lines: tuple[vote_lines.VoteLine, ...]
    documents: tuple[history.Filed, ...]


async def sitting(request: Request) -> Response:
    site = site_of(request)
    name = request.path_params["sitting"]
    async with site.pool.acquire() as connection:
        kept = await site.records.sitting(connection, name)
        if kept.record is None:
            return await planned(site, connection, request, name, kept)
        record = kept.record
        is_open = record.closed_seq is None
        frame = await site.frame(
            request, connection, "live" if is_open else "sittings", body=record.opened.body, record=record
        )
        context: dict[str, Any]
        if is_open:
            context = await live_page.context(connection, record, await live_state(connection, name), frame.w)
            return site.page(request, frame, "live.html", context, cache=NEVER)
        context = await past(site, connection, kept, record, frame)
    return site.page(request, frame, "sitting.html", context)


async def sitting_twin(request: Request) -> Response:
    site = site_of(request)
    name = request.path_params["sitting"]
    async with site.pool.acquire() as connection:
        kept = await site.records.sitting(connection, name)
        record = kept.record
        if record is not None:
            value = summaries.sitting_page_json(record)
            return site.json(request, value, cache=REVALIDATE if record.closed_seq is not None else NEVER)
        row = await queries.sitting(connection, sitting=name)
        if row is None:
            raise await unknown_sitting(connection, name, site.wording(request))
        prepared = [dict(item) async for item in queries.planned_agenda(connection, sitting=name)]
    published = [{"item": row["item"], "title": row["title"]} for row in _published(kept)]
    value = {
        "sitting": name,
        "body": row["body_id"],
        "session_label": row["session_label"],
        "kind": row["kind"],
        "held_on": row["held_on"].isoformat(),
        "mode": row["mode"],
        "state": "planned",
        "agenda": published or prepared,
        "agenda_versions": [summaries.agenda_json(version) for version in kept.folder.agenda_versions],
        "votes": [],
    }
    return site.json(request, value, cache=NEVER)


async def planned(site: Site, connection: Any, request: Request, name: str, kept: KeptSitting) -> Response:
    """Not opened yet: its agenda. The page asks to be shown anew once the sitting begins."""
    row = await queries.sitting(connection, sitting=name)
    if row is None:
        raise await unknown_sitting(connection, name, site.wording(request))
    frame = await site.frame(request, connection, "sittings", body=row["body_id"])
    versions = kept.folder.agenda_versions
    prepared = [dict(item, consent=False, drafts=()) async for item in queries.planned_agenda(connection, sitting=name)]
    agenda = _published(kept) or prepared
    context = {
        "published": history.published(versions, frame.w.locale, frame.w.zone.key),
        "documents": [history.as_filed(attached.document) for attached in kept.folder.documents if not attached.item],
        "label": bind(row["session_label"]),
        "kind": kind_word(row["kind"], frame.w),
        "day": frame.w.day(row["held_on"], "full"),
        "agenda": agenda,
        "page": {"live": f"/live?sitting={name}&lang={frame.locale}", "state": "planned"},
    }
    return site.page(request, frame, "planned.html", context, cache=NEVER)


def _published(kept: KeptSitting) -> list[dict[str, Any]]:
    """The agenda as it was last published; empty while it has not been."""
    versions = kept.folder.agenda_versions
    if not versions:
        return []
    return [
        {"item": point.item, "title": point.title, "consent": point.consent, "drafts": _drafts(kept, point)}
        for point in versions[-1].points
    ]


def _drafts(kept: KeptSitting, point: AgendaPoint) -> list[history.Filed]:
    attached = [one.document for one in kept.folder.documents if one.item == point.item]
    return [history.as_filed(one) for one in {one.sha256: one for one in (*point.drafts, *attached)}.values()]


async def past(site: Site, connection: Any, kept: KeptSitting, record: SittingRecord, frame: Frame) -> dict[str, Any]:
    w = frame.w
    row = await queries.neighbours(connection, body=record.opened.body, sitting=record.sitting)
    ledger = await site.records.ledger(connection)
    still = None
    found = await video.moment_of(connection, record.sitting, record.opened_at)
    if found and record.opened_at:
        still = await video.still(
            connection,
            found,
            parse(record.opened_at),
            w,
            url=f"/sittings/{record.sitting}/video",
            words=str(w.say("Watch from the beginning")),
        )
    known = await filmed(connection, record.sitting)
    told = chapters(record, known, w) if still else ()
    length = video.footage_length(known) if still else ""
    votes = [vote for _, vote in sorted(record.votes.items()) if vote.state != "voided"]  # a void vote is nobody's
    secret = [vote for vote in record.secret_votes.values() if vote.voided is None]
    results = [vote.result for vote in votes] + [vote.result for vote in secret]
    chosen = {entry.member for vote in votes for entry in vote.roll or () if entry.option in CHOSEN}
    mentioned = {entry.member for vote in votes for entry in vote.roll or () if entry.option is not Option.NO_RECORD}
    seats = record.opened.seats
    times = ""
    if record.opened_at:
        times = w.minute(record.opened_at) + (f"–{w.minute(record.closed_at)}" if record.closed_at else "")
    actual = w.day_of(record.opened_at) if record.opened_at else None
    agenda = agenda_rows(record, w)
    return {
        "record": record,
        "trail": trail(record, w),
        "before": (f"/sittings/{row['before']}", w.day(row["before_on"])) if row and row["before"] else None,
        "after": (f"/sittings/{row['after']}", w.day(row["after_on"])) if row and row["after"] else None,
        "label": bind(record.opened.session_label),
        "kind": kind_word(record.opened.sitting_kind, w),
        "day": w.day(record.opened.held_on, "full"),
        "times": times,
        "replayed": w.day(actual, "full") if actual and record.opened.replay else "",
        "agenda": agenda,
        "history": history.history(kept.chronicle(record), w.locale),
        "papers": tuple(LANGUAGES.items()),
        "signed": history.as_filed(record.minutes.document) if record.minutes else None,
        "adopted": sum(1 for result in results if result == "adopted"),
        "rejected": sum(1 for result in results if result and result != "adopted"),
        "vote_count": len(results),
        "void_count": len(record.votes) - len(votes) + len(record.secret_votes) - len(secret),
        "chosen": len(chosen),
        "never": len(mentioned - chosen),
        "unmentioned": len(record.opened.members) - len(mentioned) if votes else 0,
        "seats": seats,
        "quorum": record.opened.quorum,
        "notched": any(line.bar and line.bar.notch is not None for row in agenda for line in row.lines),
        "length": length,
        "size": len(kept.leaf_hashes),
        "root": hash_lines(ledger.root.hex()) if ledger else ("—",),
        "video": still,
        "video_title": str(w.say("Recording")),
        "video_length": length,
        "video_note": "",
        "no_video": video.no_video(record, w),
        "marks": video.marks(record, w, None, known, still.camera) if still else None,
        "captions": await caption_pages.offer(connection, record, w, frame.tongue),
        "chapters": tuple(one for one in told if one.kind not in ("vote", "speech")),  # those stand in the agenda
        "exact": {one.vote: one.accuracy for one in told if one.vote},
    }


def agenda_rows(record: SittingRecord, w: Wording) -> list[AgendaRow]:
    """The agenda in its order, each item with its votes, a block vote under each of its items; votes without an item
    come last."""
    consent = {point.item for point in record.opened.agenda if point.consent}
    consent |= {point.item for version in record.agenda_versions for point in version.points if point.consent}
    rows = [_row(record, item, item.item in consent, w) for item in record.items.values()]
    shown = {n for item in record.items.values() for n in (*item.votes, *item.secret_votes)}
    rest = tuple(vote_lines.any_line(record, n, w) for n in numbers(record) if n not in shown)
    return [*rows, AgendaRow("", "", False, "", (), rest, ())] if rest else rows


def numbers(record: SittingRecord) -> list[int]:
    """Of all votes, named and secret."""
    return sorted([*record.votes, *record.secret_votes])


def _row(record: SittingRecord, item: ItemRecord, consent: bool, w: Wording) -> AgendaRow:
    lines = tuple(vote_lines.any_line(record, n, w) for n in sorted([*item.votes, *item.secret_votes]))
    title = bind(item.title.strip())
    withdrawn = item.item in record.withdrawn_items
    state = "" if lines else str(w.say("Without a vote") if item.called_at else w.say("Not considered"))
    tags = [str(w.say("consent item"))] if consent else []
    tags += [str(w.say("withdrawn from the agenda"))] if withdrawn else []
    documents = history.filed(record, item.item)
    headed = bool(lines) and (len(lines) > 1 or lines[0].title != title or bool(tags) or bool(documents))
    return AgendaRow(item.item, title, headed, "" if withdrawn else state, tuple(tags), lines, documents)
