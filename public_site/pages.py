"""Home, and the list of sittings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from public_site import video, views, vote_lines
from public_site.chapters import exactness
from public_site.records import queries
from public_site.site import NEVER, REVALIDATE, Frame, Site, site_of
from public_site.wording import bind, kind_word, short_faction, stamp
from streaming.locate import filmed


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
        votes: list[vote_lines.VoteLine] = []
        recorded, exact = "", dict[int, str]()
        if latest:
            record = (await site.records.sitting(connection, latest.id)).record
            if record is not None:
                numbers = sorted([*record.votes, *record.secret_votes], reverse=True)
                votes = [vote_lines.any_line(record, n, w) for n in numbers]
                recorded = video.footage_length(await filmed(connection, record.sitting))
                exact = await exactness(connection, record, w) if recorded else {}
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
        "exact": exact,
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
        "line": vote_lines.vote_line(record, vote, w),
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
