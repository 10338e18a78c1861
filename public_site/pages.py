"""Home, the list of sittings, and a sitting: before it begins, while it runs (the same page, live), and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from council.verdict import requirement_long
from public_site import live_page, summaries, video, views
from public_site.hemicycle import notch
from public_site.records import KeptSitting, queries
from public_site.site import NEVER, REVALIDATE, Frame, Site, site_of
from public_site.vote_page import hash_lines, live_state, no_video, trail, unknown_sitting
from public_site.wording import Wording, bind, clock_length, parse, short_faction, stamp
from voting.entries import CHOSEN, Option
from voting.record import SittingRecord

CELL = 6.0  # of the row of participation, in user units


@dataclass(frozen=True, slots=True)
class SittingLine:
    """A sitting in the list."""

    id: str
    label: str
    day: str
    kind: str
    times: str
    votes: int
    adopted: int
    state: str  # planned | open | closed
    tag: str


@dataclass(frozen=True, slots=True)
class AgendaRow:
    """An item without a vote, or a vote; a vote whose motion is not the item's title names the item."""

    item: str
    title: str
    line: views.VoteLine | None
    state: str


# --- home -------------------------------------------------------------------------------------------------------


async def home(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        frame = await site.frame(request, connection, "home")
        w = frame.w
        lines = await sitting_lines(connection, frame)
        began = [line for line in lines if line.state != "planned"]
        latest = began[0] if began else None
        now = next((line for line in began if line.state == "open"), None)
        planned = [line for line in reversed(lines) if line.state == "planned"]
        votes: list[views.VoteLine] = []
        recorded = ""
        if latest:
            record = (await site.records.sitting(connection, latest.id)).record
            if record is not None:
                votes = [views.vote_line(record, vote, w) for _, vote in sorted(record.votes.items(), reverse=True)]
                recorded = await footage_length(connection, record, w)
        narrow = await narrowest(site, connection, frame)
        members = [row async for row in queries.members(connection, body=frame.body.id)] if frame.body else []
    sizes: dict[str | None, int] = {}
    for row in members:
        sizes[row["faction"]] = sizes.get(row["faction"], 0) + 1
    context = {
        "now": now,
        "next": planned[0] if planned else None,
        "latest": latest,
        "votes": votes[:8],
        "more": max(0, len(votes) - 8),
        "recorded": recorded,
        "narrowest": narrow,
        "factions": [
            (name, short_faction(name) if name else str(w.say("No faction")), sizes[name])
            for name in views.faction_order(sizes, w.locale)
        ],
    }
    return site.page(request, frame, "home.html", context, cache=NEVER if now else REVALIDATE)


async def home_twin(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        frame = await site.frame(request, connection, "home")
        sittings = await sittings_json(connection, frame)
    began = [line for line in sittings if line["state"] != "planned"]
    planned = [line for line in reversed(sittings) if line["state"] == "planned"]
    value = {
        "body": frame.body.id if frame.body else None,
        "now": next((line for line in began if line["state"] == "open"), None),
        "next": planned[0] if planned else None,
        "latest": began[0] if began else None,
    }
    return site.json(request, value, cache=NEVER)


async def narrowest(site: Site, connection: Any, frame: Frame) -> Mapping[str, Any] | None:
    """The vote that missed or met its threshold by least."""
    row = await queries.narrowest(connection, body=frame.body.id) if frame.body else None
    record = (await site.records.sitting(connection, row["sitting_id"])).record if row else None
    if row is None or record is None or row["n"] not in record.votes:
        return None
    vote = record.votes[row["n"]]
    if vote.tally is None:
        return None
    w = frame.w
    groups = views.roll_groups(record, vote, w)
    return {
        "line": views.vote_line(record, vote, w),
        "day": w.day(record.opened.held_on, "short"),
        "hall": views.vote_hall(record, vote, groups, w),
        "needs": str(w.say("needed %(needed)s", needed=vote.requirement.needed)),
        "figures": [figure for figure in views.figures(vote.tally, w) if figure.count],
    }


# --- the list ---------------------------------------------------------------------------------------------------


async def sittings(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        frame = await site.frame(request, connection, "sittings")
        lines = await sitting_lines(connection, frame)
    years: dict[str, list[SittingLine]] = {}
    for line in lines:
        years.setdefault(line.id[-10:-6] if line.id[-10:-6].isdigit() else "", []).append(line)
    cache = NEVER if any(line.state == "open" for line in lines) else REVALIDATE
    return site.page(request, frame, "sittings.html", {"years": list(years.items())}, cache=cache)


async def sittings_twin(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        frame = await site.frame(request, connection, "sittings")
        value = {"body": frame.body.id if frame.body else None, "sittings": await sittings_json(connection, frame)}
    return site.json(request, value, cache=NEVER)


async def sitting_lines(connection: Any, frame: Frame) -> list[SittingLine]:
    if frame.body is None:
        return []
    w = frame.w
    lines = []
    async for row in queries.sittings(connection, body=frame.body.id):
        times = ""
        if row["opened_at"]:
            times = w.minute(row["opened_at"]) + (f"–{w.minute(row['closed_at'])}" if row["closed_at"] else "")
        tags = {"replay": w.say("replay of a record"), "training": w.say("training")}
        tag = str(tags.get(row["mode"], ""))
        if not tag and row["sourced"]:
            tag = str(w.say("from open data"))
        lines.append(
            SittingLine(
                id=row["id"],
                label=bind(row["session_label"]),
                day=w.day(row["held_on"], "full"),
                kind=kind_word(row["kind"], w),
                times=times,
                votes=row["votes"],
                adopted=row["adopted"],
                state="planned" if row["planned"] else "open" if row["is_open"] else "closed",
                tag=tag,
            )
        )
    return lines


async def sittings_json(connection: Any, frame: Frame) -> list[dict[str, Any]]:
    if frame.body is None:
        return []
    return [
        {
            "sitting": row["id"],
            "session_label": row["session_label"],
            "kind": row["kind"],
            "held_on": row["held_on"].isoformat(),
            "mode": row["mode"],
            "state": "planned" if row["planned"] else "open" if row["is_open"] else "closed",
            "opened_at": stamp(row["opened_at"]) if row["opened_at"] else None,
            "closed_at": stamp(row["closed_at"]) if row["closed_at"] else None,
            "votes": row["votes"],
            "adopted": row["adopted"],
            "url": f"/sittings/{row['id']}",
        }
        async for row in queries.sittings(connection, body=frame.body.id)
    ]


# --- one sitting ------------------------------------------------------------------------------------------------


async def sitting(request: Request) -> Response:
    site = site_of(request)
    name = request.path_params["sitting"]
    async with site.pool.acquire() as connection:
        kept = await site.records.sitting(connection, name)
        if kept.record is None:
            return await planned(site, connection, request, name)
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
        record = (await site.records.sitting(connection, name)).record
        if record is not None:
            value = summaries.sitting_page_json(record)
            return site.json(request, value, cache=REVALIDATE if record.closed_seq is not None else NEVER)
        row = await queries.sitting(connection, sitting=name)
        if row is None:
            raise await unknown_sitting(connection, name, site.wording(request))
        agenda = [dict(item) async for item in queries.planned_agenda(connection, sitting=name)]
    value = {
        "sitting": name,
        "body": row["body_id"],
        "session_label": row["session_label"],
        "kind": row["kind"],
        "held_on": row["held_on"].isoformat(),
        "mode": row["mode"],
        "state": "planned",
        "agenda": agenda,
        "votes": [],
    }
    return site.json(request, value, cache=NEVER)


async def planned(site: Site, connection: Any, request: Request, name: str) -> Response:
    """Not opened yet: its agenda. The page asks to be shown anew once the sitting begins."""
    row = await queries.sitting(connection, sitting=name)
    if row is None:
        raise await unknown_sitting(connection, name, site.wording(request))
    frame = await site.frame(request, connection, "sittings", body=row["body_id"])
    agenda = [dict(item) async for item in queries.planned_agenda(connection, sitting=name)]
    context = {
        "label": bind(row["session_label"]),
        "kind": kind_word(row["kind"], frame.w),
        "day": frame.w.day(row["held_on"], "full"),
        "agenda": agenda,
        "page": {"live": f"/live?sitting={name}", "state": "planned"},
    }
    return site.page(request, frame, "planned.html", context, cache=NEVER)


async def past(site: Site, connection: Any, kept: KeptSitting, record: SittingRecord, frame: Frame) -> dict[str, Any]:
    w = frame.w
    row = await queries.neighbours(connection, body=record.opened.body, sitting=record.sitting)
    ledger = await site.records.ledger(connection)
    still = None
    found = await video.moment_json(connection, record.sitting, record.opened_at)
    if found and record.opened_at:
        still = await video.still(
            connection,
            found,
            parse(record.opened_at),
            w,
            url=f"/sittings/{record.sitting}/video",
            words=str(w.say("Watch from the beginning")),
        )
    moments = await video.moments(connection, record, still.camera, w) if still else ()
    moments = tuple(moment for moment in moments if moment.vote is None)  # those stand in the agenda
    length = await footage_length(connection, record, w) if still else ""
    votes = [vote for _, vote in sorted(record.votes.items())]
    chosen = {entry.member for vote in votes for entry in vote.roll or () if entry.option in CHOSEN}
    mentioned = {entry.member for vote in votes for entry in vote.roll or () if entry.option is not Option.NO_RECORD}
    seats = record.opened.seats
    times = ""
    if record.opened_at:
        times = w.minute(record.opened_at) + (f"–{w.minute(record.closed_at)}" if record.closed_at else "")
    actual = w.day_of(record.opened_at) if record.opened_at else None
    requirement = votes[0].requirement if votes else None
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
        "agenda": agenda_rows(record, w),
        "adopted": sum(1 for vote in votes if vote.result == "adopted"),
        "rejected": sum(1 for vote in votes if vote.result and vote.result != "adopted"),
        "vote_count": len(votes),
        "chosen": len(chosen),
        "never": len(mentioned - chosen),
        "unmentioned": len(record.opened.members) - len(mentioned) if votes else 0,
        "seats": seats,
        "cells": participation(len(chosen), seats, record.opened.quorum),
        "needed": requirement.needed if requirement else None,
        "requirement": bind(requirement_long(requirement, w.locale)) if requirement else "",
        "length": length,
        "size": len(kept.leaf_hashes),
        "root": hash_lines(ledger.root.hex()) if ledger else ("—",),
        "video": still,
        "video_title": str(w.say("Recording")),
        "video_length": length,
        "video_note": "",
        "no_video": no_video(record, w),
        "marks": video.marks(record, w) if still else None,
        "moments": moments,
    }


def agenda_rows(record: SittingRecord, w: Wording) -> list[AgendaRow]:
    """The agenda in its order, each item with its votes; votes without an item come last."""
    rows: list[AgendaRow] = []
    shown: set[int] = set()
    for item in record.items.values():
        for n in item.votes:
            shown.add(n)
            rows.append(AgendaRow(item.item, "", views.vote_line(record, record.votes[n], w), "voted"))
        if not item.votes:
            state = w.say("Without a vote") if item.called_at else w.say("Not considered")
            rows.append(AgendaRow(item.item, bind(item.title.strip()), None, str(state)))
    rest = sorted(n for n in record.votes if n not in shown)
    rows += [AgendaRow("", "", views.vote_line(record, record.votes[n], w), "voted") for n in rest]
    return rows


def participation(count: int, seats: int, quorum: int) -> dict[str, Any]:
    """The row of a cell a seat, filled from the left, with a line after the quorum."""
    width = CELL * seats
    return {
        "width": width,
        "cells": [(round(i * CELL + 0.5, 1), "in" if i < count else "vacant") for i in range(seats)],
        "notch": notch(quorum, seats, width),
        "quorum": quorum,
    }


async def footage_length(connection: Any, record: SittingRecord, w: Wording) -> str:
    """How long the fullest camera's recording of the sitting is, in figures; empty where there is none."""
    within = video.span(record)
    if within is None:
        return ""
    start, end = within
    cameras = [
        row["recorded_ms"]
        async for row in queries.footage(connection, from_at=start - video.MARGIN, until_at=end + video.MARGIN)
    ]
    return clock_length(max(cameras) / 1000) if cameras else ""


def kind_word(kind: str, w: Wording) -> str:
    words = {
        "plenary": w.say("Plenary sitting"),
        "committee": w.say("Commission sitting"),
        "briefing": w.say("Briefing"),
        "hearing": w.say("Hearing"),
    }
    return str(words[kind])
