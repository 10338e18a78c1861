"""Clips for citizens: asked for by a form or by JSON, made in the background, fetched when they are there.

`POST /clips` answers with the address of the clip, which is the same for the same wish; `GET` of it tells how far it
is, `.json` the same for programs, `.mp4` is the file. Works without script. The only thing on the site that writes, and
it writes only files of its own, within limits of number, length and room.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, BinaryIO
from urllib.parse import parse_qsl

from babel.numbers import format_decimal
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from council.access.tries import network_of
from council.limits import own_machine
from council.refusals import error_json
from public_site import lower_third, moments
from public_site.finding import find_record, trail
from public_site.site import FOR_EVER, NEVER, Missing, Site, site_of
from public_site.wording import Wording, bind, parse, stamp
from streaming import index
from streaming.clip import LARGEST_BYTES, LONGEST, Source, cut, make
from streaming.clip_burn import LONGEST_S, burn
from streaming.clip_jobs import Busy, Clips, Job
from streaming.index import Piece
from streaming.locate import filmed
from streaming.routes import RECENT
from streaming.segments import Run, Segment
from streaming.shelf import awaited
from voting.record import SittingRecord, VoteRecord

FORMAT = 1  # of what is made: changes when the same wish gives another file
BODY_BYTES = 4096
BEFORE, AFTER = timedelta(seconds=3), timedelta(seconds=20)  # what a vote's clip shows around it
MOVED = timedelta(seconds=10)  # a measured clock moves a run's times by less
YOUNG = timedelta(minutes=15)  # so long a closed part may still take footage from the public
KEY = re.compile(r"[0-9a-f]{32}")
TIME = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]{1,6})?)?")


class Refused(Exception):
    """The wish cannot be met. `status`: of the answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True, slots=True)
class Offer:
    """What the form begins with: times of day in the body's zone, and `near` which moment; a sitting may go on for
    days, and some nights have an hour twice."""

    sitting: str
    camera: str
    start: str
    end: str
    near: str
    third: bool


def offer(record: SittingRecord, vote: VoteRecord | None, at: str | None, camera: str, w: Wording) -> Offer | None:
    """Of a vote that is over, or half a minute from a moment on."""
    if vote is not None and vote.opened_at and (over := vote.closed_at or vote.voided_at):
        start, end = parse(vote.opened_at) - BEFORE, min(parse(over) + AFTER, parse(vote.opened_at) + LONGEST - BEFORE)
    elif at is not None:
        start, end = parse(at), parse(at) + timedelta(seconds=30)
    else:
        return None
    return Offer(record.sitting, camera, w.time(start), w.time(end), stamp(start), vote is not None)


# --- asking --------------------------------------------------------------------------------------------------------


async def ask(request: Request) -> Response:
    """303 to the clip's page for a form, 202 with its state for JSON."""
    site = site_of(request)
    w = site.wording(request)
    try:
        clips = _clips(site, w)
        wish = await _wish(request, w)
        async with site.pool.acquire() as connection:
            kept, record = await find_record(site, connection, wish.get("sitting", ""), w)
            w = site.wording(request, record.opened.timezone)
            source = await _source(connection, record, wish, w)
            runs, segments = await _footage(connection, source.camera, source.start, source.end)
            if not segments:
                raise Refused(404, "not_recorded", str(w.say("Nothing was filmed in this time.")))
            if sum(segment.bytes for segment in segments) > LARGEST_BYTES:
                raise Refused(400, "too_long", str(w.say("This clip would be too large. Choose a shorter one.")))
            frame = await site.frame(request, connection, "sittings", body=record.opened.body)
        third = frame.tongue if wish.get("third") else ""
        if third and (source.end - source.start).total_seconds() > LONGEST_S:
            minutes = round(LONGEST_S / 60)
            raise Refused(400, "too_long", str(w.say("With the result in it a clip is %(n)s min at most.", n=minutes)))
        key = _key(source, segments, third, kept.last_seq if third else 0)
        made = _made(site, source, runs, segments, record, third)
        clips.ask(key, _about(source, segments, third, w), made, _asker(request))
    except Refused as refusal:
        return await _refusal(request, refusal)
    except Busy:
        words = str(w.say("Many clips are being made just now. Try again in a minute."))
        return await _refusal(request, Refused(503, "busy", words))
    if _wants_json(request):
        return JSONResponse(_state(key, clips.job(key), w), 202, {"cache-control": NEVER})
    return RedirectResponse(f"/clips/{key}", 303, {"cache-control": NEVER})


def _asker(request: Request) -> str:
    """The machine's own address counts for nobody: behind a proxy that is not named everybody has it."""
    host = request.client.host if request.client else ""
    return "" if own_machine(host) else network_of(host)


async def _footage(connection: Any, camera: str, start: datetime, end: datetime) -> tuple[list[Run], list[Segment]]:
    """What of the range there is, with the times as measured, which may lie beside those the index was asked for."""
    runs, segments = await index.between(connection, camera, start - MOVED, end + MOVED)
    inside = [segment for segment in segments if segment.started_at < end and segment.ended_at > start]
    return [run for run in runs if any(segment.run_id == run.id for segment in inside)], inside


def _clips(site: Site, w: Wording) -> Clips:
    if site.clips is None:
        raise Refused(404, "no_clips", str(w.say("This site makes no clips.")))
    return site.clips


async def _wish(request: Request, w: Wording) -> Mapping[str, str]:
    """The fields, each a short text. Raises Refused for what another site's page sent, or what is no wish."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refused(403, "other_site", str(w.say("Ask for clips on this site’s own pages.")))
    unclear = Refused(400, "bad_request", str(w.say("The request could not be understood.")))
    body = b""
    try:
        async for block in request.stream():
            body += block
            if len(body) > BODY_BYTES:
                raise unclear
        if request.headers.get("content-type", "").startswith("application/json"):
            told = json.loads(body)
        else:
            told = dict(parse_qsl(body.decode(), max_num_fields=10))
    except (ValueError, RecursionError, ClientDisconnect):  # who has gone hears no answer
        raise unclear from None
    if not isinstance(told, dict) or not all(isinstance(value, str | bool) for value in told.values()):
        raise unclear
    if not all(str(value).isprintable() for value in told.values()):  # the database has not all that JSON has
        raise unclear
    return {str(name): "1" if value is True else value for name, value in told.items() if value}


async def _source(connection: Any, record: SittingRecord, wish: Mapping[str, str], w: Wording) -> Source:
    start = moment(wish.get("from", ""), wish.get("near") or record.opened_at, record, w)
    end = moment(wish.get("until", ""), stamp(start), record, w)
    if start >= end:
        raise Refused(400, "bad_request", str(w.say("A clip ends after it begins.")))
    if end - start > LONGEST:
        minutes = LONGEST // timedelta(minutes=1)
        raise Refused(400, "too_long", str(w.say("A clip is %(n)s min long at most.", n=minutes)))
    known = await filmed(connection, record.sitting)
    best = known.best(start) if known else None
    camera = wish.get("camera") or (best.camera if best else known.cameras[0] if known and known.cameras else "")
    if known is None or camera not in known.cameras:
        raise Refused(404, "not_recorded", str(w.say("Nothing was filmed in this time.")))
    start, end = max(start, known.window.start), min(end, known.window.end)
    if start >= end:
        raise Refused(404, "not_recorded", str(w.say("Nothing was filmed in this time.")))
    title = f"{record.opened.session_label} · {w.day(record.opened.held_on)} · {w.time(start)}–{w.time(end)}"
    return Source(record.sitting, camera, start, end, title)


def moment(text: str, near: str | None, record: SittingRecord, w: Wording) -> datetime:
    """RFC 3339, or a time of day in the body's zone: since the opening, the one nearest to `near`. Raises Refused."""
    try:
        if "T" in text:
            return parse(text)
        if TIME.fullmatch(text) and record.opened_at is not None and near is not None:
            around, earliest = parse(near), parse(record.opened_at) - timedelta(minutes=5)
            days = (w.day_of(around) + timedelta(days=n) for n in (-1, 0, 1))
            of_day = time.fromisoformat(text)
            times = [datetime.combine(day, of_day, w.zone).replace(fold=fold) for day in days for fold in (0, 1)]
            since = [at for at in (at.astimezone(UTC) for at in times) if at >= earliest]
            return min(since, key=lambda at: abs(at - around))
    except (ValueError, OverflowError):
        pass
    raise Refused(400, "bad_request", str(w.say("A time is written like 10:26:23.")))


def _key(source: Source, segments: list[Segment], third: str, last_seq: int) -> str:
    told = (FORMAT, source.sitting, source.camera, source.start.isoformat(), source.end.isoformat(), third, last_seq)
    digest = hashlib.sha256(json.dumps(told).encode())
    for segment in segments:
        digest.update(segment.sha256.encode())
    return digest.hexdigest()[:32]


def _about(source: Source, segments: list[Segment], third: str, w: Wording) -> dict[str, Any]:
    """`name`: of the file, with the time of day that the pages show."""
    return {
        "name": f"{source.sitting}-{w.time(source.start, '%H%M%S')}.mp4",
        "sitting": source.sitting,
        "camera": source.camera,
        "from": stamp(source.start),
        "until": stamp(source.end),
        "third": third,
        "segments": len(segments),
    }


def _made(
    site: Site,
    source: Source,
    runs: list[Run],
    segments: list[Segment],
    record: SittingRecord,
    third: str,
) -> Callable[[BinaryIO, Callable[[float], None]], None]:
    loop, place = asyncio.get_running_loop(), site.settings.clips
    told_of = replace(record, votes={n: replace(vote) for n, vote in record.votes.items()})  # the sitting may go on

    def made(file: BinaryIO, told: Callable[[float], None]) -> None:
        pieces = awaited(loop, _pieces(site, segments), told)
        with site.shelf.borrow(loop, pieces, told) as fetched:
            clip = cut(site.shelf.recordings, runs, segments, source, fetched)
            if third:
                burn(file, clip, lower_third.overlays(told_of, clip, third), told, place)
            else:
                make(file, clip, told)

    return made


async def _pieces(site: Site, segments: list[Segment]) -> list[Piece]:
    """Where they lie by now: some clips wait before they are made."""
    async with site.pool.acquire() as connection:
        return await index.pieces(connection, segments)


def _wants_json(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")


async def _refusal(request: Request, refusal: Refused) -> Response:
    if _wants_json(request):
        body = error_json(refusal.status, refusal.code, str(refusal))
        return JSONResponse(body, refusal.status, {"cache-control": NEVER})
    site = site_of(request)
    async with site.pool.acquire() as connection:
        frame = await site.frame(request, connection, "")
    context = {
        "status": refusal.status,
        "heading": frame.w.say("Not done"),
        "message": str(refusal),
        "advice": "",
        "near": (),
        "asked": request.url.path,
    }
    return site.page(request, frame, "missing.html", context, status=refusal.status, cache=NEVER)


# --- telling -------------------------------------------------------------------------------------------------------


def _state(key: str, job: Job | None, w: Wording) -> dict[str, Any]:
    if job is None:
        return {
            "clip": f"/clips/{key}",
            "state": "failed",
            "progress": 0.0,
            "error": "gone",
            "message": failure("gone", w),
            "file": None,
        }
    return {
        "clip": f"/clips/{key}",
        "state": job.state,
        "progress": round(job.progress, 3),
        "error": job.error or None,
        "message": failure(job.error, w) or None,
        "file": f"/clips/{key}.mp4" if job.state == "done" else None,
        **job.about,
    }


async def _known(request: Request) -> tuple[Clips, str, Job]:
    """Raises Missing for a clip nobody asked for, that has gone, or whose footage is withheld or deleted by now."""
    site = site_of(request)
    w = site.wording(request)
    key = request.path_params["key"]
    job = site.clips.job(key) if site.clips is not None and KEY.fullmatch(key) else None
    if site.clips is not None and job is not None:
        if await still_shown(site, job):
            return site.clips, key, job
        site.clips.forget(key)
    raise Missing(
        "unknown_clip",
        str(w.say("This clip is not here, or not any more.")),
        str(w.say("Clips are kept for a while. It is made again where the vote or the recording is shown.")),
    )


async def still_shown(site: Site, job: Job) -> bool:
    """Whether all of its footage is."""
    async with site.pool.acquire() as connection:
        window = await index.sitting_window(connection, job.about["sitting"])
        if window is None or window.start >= window.end:
            return False
        start, end = parse(job.about["from"]), parse(job.about["until"])
        _, segments = await _footage(connection, job.about["camera"], start, end)
    return len(segments) >= int(job.about["segments"])


async def state(request: Request) -> Response:
    _, key, job = await _known(request)
    return JSONResponse(_state(key, job, site_of(request).wording(request)), headers={"cache-control": NEVER})


async def file(request: Request) -> Response:
    clips, key, job = await _known(request)
    if job.state != "done":
        raise HTTPException(404)
    name, young = job.about["name"], parse(job.about["until"]) > datetime.now(UTC) - YOUNG
    headers = {"cache-control": RECENT if young else FOR_EVER}
    return FileResponse(clips.path(key), media_type="video/mp4", filename=name, headers=headers)


async def page(request: Request) -> Response:
    clips, key, job = await _known(request)
    site = site_of(request)
    async with site.pool.acquire() as connection:
        _, record = await find_record(site, connection, job.about["sitting"], site.wording(request))
        frame = await site.frame(request, connection, "sittings", body=record.opened.body, record=record)
    w, size = frame.w, clips.path(key).stat().st_size if job.state == "done" else 0
    context = {
        "trail": trail(record, w, str(w.say("Clip"))),
        "label": bind(record.opened.session_label),
        "day": w.day(record.opened.held_on, "full"),
        "times": f"{w.time(job.about['from'])}–{w.time(job.about['until'])}",
        "camera": site.cameras(record.opened.body).get(job.about["camera"], job.about["camera"]),
        "third": bool(job.about["third"]),
        "state": job.state,
        "progress": round(100 * job.progress),
        "error": failure(job.error, w),
        "clip": f"/clips/{key}",
        "megabytes": format_decimal(size / 1e6, "0.0", locale=w.locale),
        "moment": moments.address(record.sitting, job.about["from"], job.about["camera"]),
    }
    return site.page(request, frame, "clip.html", context, cache=NEVER)


def failure(code: str, w: Wording) -> str:
    words = {
        "": "",
        "altered": w.say("A piece of this recording is not what was recorded, so no clip is made of it."),
        "bad_footage": w.say("A piece of this recording cannot be read."),
        "not_recorded": w.say("Nothing was filmed in this time."),
        "too_long": w.say("This clip would be too large. Choose a shorter one."),
    }
    return str(words.get(code) or (code and w.say("The clip could not be made. Try again in a minute.")))
