"""The player's page: a sitting's recording from a moment, which the address names, by a camera it may name too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from public_site import caption_pages, clip_pages, moments, video
from public_site.chapters import chapters
from public_site.finding import find_record, trail
from public_site.site import NEVER, REVALIDATE, Missing, site_of
from public_site.wording import Wording, bind, parse
from streaming.locate import LATE, Filmed, Moment, filmed, place
from streaming.routes import Endpoint
from streaming.timeline import Sight
from voting.record import SittingRecord


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """`manifest`: for the player, which changes the camera without leaving the moment."""

    id: str
    name: str
    url: str
    manifest: str
    current: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where the moment asked for is to be seen. `wanted`: the camera that the address names, or ""."""

    known: Filmed | None
    wanted: str
    sight: Sight | None
    found: Moment | None


async def player(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        _, record = await find_record(site, connection, request.path_params["sitting"], site.wording(request))
        asked = moments.asked(request.query_params.get("at"), record, site.wording(request))
        event = record.votes.get(asked.vote or 0)
        frame = await site.frame(
            request,
            connection,
            "sittings",
            body=record.opened.body,
            record=record,
            original_at=event.original_at if event else None,
        )
        w = frame.w
        names = site.cameras(record.opened.body)
        seen = await _place(request, connection, record, asked, w)
        known, wanted, sight = seen.known, seen.wanted, seen.sight
        captions = await caption_pages.offer(connection, record, w, frame.tongue)
        still = None
        if seen.found and asked.at:
            at = parse(asked.at)
            still = await video.still(
                connection,
                seen.found,
                at,
                w,
                url=moments.address(record.sitting, asked.name, wanted),
                words=str(w.say("Watch from %(time)s", time=w.time(at))),
                live=record.closed_seq is None,
                autostart=True,
            )
    why, near = _why_not(known, asked, record, w) if still is None else ("", [])
    camera = still.camera if still else ""
    context = {
        "label": bind(record.opened.session_label),
        "trail": trail(record, w, str(w.say("Recording"))),
        "heading": asked.heading,
        "title": asked.about,
        "title_url": asked.about_url,
        "video": still,
        "video_title": w.day(record.opened.held_on, "full"),
        "video_length": "",
        "video_note": "",
        "player_note": moments.late(sight, parse(asked.at), w) if still and sight and asked.at else "",
        "no_video": why,
        "near": near,
        "cameras": _choices(known, camera, asked.name, names) if still and known else (),
        "clip": clip_pages.offer(record, event, asked.at, wanted, w) if still and site.clips is not None else None,
        "marks": video.marks(record, w, asked.vote if event else None, known, camera) if still else None,
        "chapters": chapters(record, known, w, wanted),
        "captions": captions,
        "current": moments.address(record.sitting, asked.name or record.opened_at or "", wanted),
    }
    return site.page(request, frame, "video.html", context, cache=NEVER if record.closed_seq is None else REVALIDATE)


def twin(manifest: Endpoint) -> Endpoint:
    """The page's twin: the manifest and, asked with `?at=`, where in it that moment is."""

    async def answer(request: Request) -> Response:
        if "at" in request.query_params:
            moment, camera = await _moment(request)
            scope = {**request.scope, "query_string": urlencode({"camera": camera}).encode(), "headers": []}
            told = bytes((await manifest(Request(scope))).body)
            body = b'{"moment":' + msgspec.json.encode(moment) + b"," + told.removeprefix(b"{")
            return Response(body, media_type="application/json", headers={"cache-control": NEVER})
        try:
            return await manifest(request)
        except HTTPException:
            async with site_of(request).pool.acquire() as connection:  # is it the sitting that is not there?
                await find_record(
                    site_of(request), connection, request.path_params["sitting"], site_of(request).wording(request)
                )
            raise

    return answer


async def _moment(request: Request) -> tuple[dict[str, Any], str]:
    """With the camera that shows it; `offset_ms` null: none does."""
    site = site_of(request)
    w = site.wording(request)
    async with site.pool.acquire() as connection:
        _, record = await find_record(site, connection, request.path_params["sitting"], w)
        asked = moments.asked(request.query_params["at"], record, w)
        seen = await _place(request, connection, record, asked, w)
    moment: dict[str, Any] = {"name": asked.name, "at": asked.at, "offset_ms": None, "accuracy": None}
    if seen.found is None:
        return moment, seen.wanted
    moment |= {key: seen.found[key] for key in ("offset_ms", "accuracy")}
    return moment, seen.found["recording"].rpartition("/")[2]


async def _place(request: Request, connection: Any, record: SittingRecord, asked: moments.Asked, w: Wording) -> Place:
    known = await filmed(connection, record.sitting)
    wanted = _camera(request, known, record, w)
    sight = _sight(known, wanted, asked.at)
    found = await place(connection, known, sight, parse(asked.at)) if known and sight and asked.at else None
    return Place(known, wanted, sight, found)


def _camera(request: Request, known: Filmed | None, record: SittingRecord, w: Wording) -> str:
    """The camera asked for, or "". Raises Missing for one that filmed nothing of the sitting."""
    wanted = request.query_params.get("camera", "")
    cameras = known.cameras if known else ()
    if not wanted or wanted in cameras:
        return wanted
    here = f"/sittings/{record.sitting}/video"
    raise Missing(
        "unknown_camera",
        str(w.say("The camera “%(camera)s” filmed nothing of this sitting.", camera=wanted[:80])),
        "",
        ((here, str(w.say("The recording from the beginning"))),),
        record.opened.body,
    )


def _sight(known: Filmed | None, wanted: str, at: str | None) -> Sight | None:
    if known is None or at is None:
        return None
    moment = parse(at)
    if not wanted:
        return known.best(moment)
    sight = next(sight for sight in known.sights(moment) if sight.camera == wanted)
    return sight if sight.shown_at is not None and sight.shown_at - moment <= LATE else None


def _why_not(
    known: Filmed | None, asked: moments.Asked, record: SittingRecord, w: Wording
) -> tuple[str, list[tuple[str, str]]]:
    if asked.at is None:
        return asked.without, []
    if known is None or not known.stretches:
        return video.no_video(record, w), []
    return moments.not_filmed(known, parse(asked.at), record, w)


def _choices(known: Filmed, camera: str, name: str, names: dict[str, str]) -> tuple[CameraChoice, ...]:
    here = f"/sittings/{known.sitting}/video"
    return tuple(
        CameraChoice(
            one,
            names.get(one, one),
            moments.address(known.sitting, name, one),
            f"{here}.json?camera={one}",
            one == camera,
        )
        for one in known.cameras
    )
