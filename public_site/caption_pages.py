"""Captions for citizens: a camera's track as WebVTT, the transcript as a page, and what is found in it.

What is withheld, or outside of the recording's time, is not shown: `index.sitting_window` says what may be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import asyncpg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from council.words import LANGUAGES as SPOKEN
from public_site import transcript
from public_site.finding import find_record, trail
from public_site.moments import address, exactly
from public_site.site import Frame, Missing, Site, site_of
from public_site.wording import Wording, bind, parse, stamp, wording
from streaming import caption_index, index, webvtt
from streaming.captions import LANGUAGES, Caption, Track, placed
from streaming.index import Window
from streaming.latest import Latest
from streaming.locate import Filmed, filmed
from streaming.segments import CAMERA_ID
from voting.record import SittingRecord

KNOWN = 32  # tracks kept made
FRESH_S = 5.0
SOON = timedelta(seconds=5)  # a picture that comes later is not of these words
MOST_TYPED = 100  # characters of a search


@dataclass(frozen=True, slots=True)
class Offer:
    """That a recording has captions. `url`: of the transcript; `machine`: the track shown is a machine's draft."""

    url: str
    twin: str
    language: str
    machine: bool
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A transcript that is there, of the language asked for or the reader's own."""

    record: SittingRecord
    frame: Frame
    window: Window
    tracks: list[Track]
    track: Track
    words: str
    known: Filmed | None

    def link(self, at: datetime) -> tuple[str, str] | None:
        """Where it is played, and how exactly it is found; None: nobody filmed it, or it was deleted."""
        sight = self.known.best(at) if self.known is not None else None
        if sight is None or sight.shown_at is None or sight.shown_at - at > SOON:
            return None
        return address(self.record.sitting, stamp(at)), exactly(sight, self.frame.w)

    @property
    def lost(self) -> Literal["", "part", "all"]:
        """How much of the recording was deleted. What was said is shown all the same."""
        if self.known is None or not any(one.deleted for one in self.known.marred):
            return ""
        return "part" if self.known.stretches else "all"

    @property
    def here(self) -> str:
        return f"/sittings/{self.record.sitting}/transcript"


class CaptionFiles:
    """`/sittings/{sitting}/video/captions/{camera}/{language}.vtt`: a track as one camera's recording counts. Made once
    for all who ask."""

    def __init__(self, pool: Callable[[], asyncpg.Pool]) -> None:
        self._pool = pool
        self._latest = Latest(self._make, KNOWN, FRESH_S)

    async def endpoint(self, request: Request) -> Response:
        sitting, camera, language = (request.path_params[name] for name in ("sitting", "camera", "language"))
        if not CAMERA_ID.fullmatch(camera) or language not in LANGUAGES:
            raise HTTPException(404, "There are no such captions.")
        body = await self._latest.get((sitting, camera, language))
        if body is None:
            raise HTTPException(404, "There are no such captions.")
        name = f"{sitting}-{camera}-{language}.vtt"
        return site_of(request).file(request, body, "text/vtt; charset=utf-8", name, language)

    async def _make(self, key: tuple[str, str, str]) -> bytes | None:
        sitting, camera, language = key
        async with self._pool().acquire() as connection:
            window = await index.sitting_window(connection, sitting)
            tracks = await _tracks(connection, sitting, window) if window is not None else []
            track = next((one for one in tracks if one.language == language), None)
            if window is None or track is None:
                return None
            _, segments = await index.between(connection, camera, window.start, window.end)
            captions = await caption_index.captions(connection, sitting, language, window.start, window.end)
        w = wording(language if language in SPOKEN else "en", "UTC")
        note = str(w.say("A machine wrote these captions, and nobody has read them through.")) if track.machine else ""
        return webvtt.write(placed(captions, segments), note).encode()


async def offer(connection: Any, record: SittingRecord, w: Wording, tongue: str) -> Offer | None:
    """None: there are no captions, or they are withheld with the recording."""
    window = await index.sitting_window(connection, record.sitting)
    tracks = await _tracks(connection, record.sitting, window) if window is not None else []
    if not tracks:
        return None
    own = _of_reader(tracks, w.locale, tongue)
    here = f"/sittings/{record.sitting}/transcript"
    return Offer(here, f"{here}.json", own.language, own.machine, tuple(tracks))


async def transcript_page(request: Request) -> Response:
    """`?language=`, else the reader's own, else the council's, else the first; `?q=`: what is looked for."""
    site = site_of(request)
    async with site.pool.acquire() as connection:
        asked = await _asked(site, connection, request)
        hits, more = await _found(connection, asked)
        captions = await _captions(connection, asked) if not asked.words else []
    record, w = asked.record, asked.frame.w
    context = {
        "label": bind(record.opened.session_label),
        "trail": trail(record, w, str(w.say("Transcript"))),
        "day": w.day(record.opened.held_on, "full"),
        "track": asked.track,
        "tracks": [(one, f"{asked.here}?language={one.language}") for one in asked.tracks],
        "changed": w.day(w.day_of(asked.track.changed_at)),
        "sections": transcript.sections(captions, _items(record)),
        "hits": hits,
        "more": more,
        "most": caption_index.FOUND,
        "words": asked.words,
        "offer": Offer(
            asked.here, f"{asked.here}.json", asked.track.language, asked.track.machine, tuple(asked.tracks)
        ),
        "moment": asked.link,
        "lost": asked.lost,
        "video": f"/sittings/{record.sitting}/video",
    }
    return site.page(request, asked.frame, "transcript.html", context)


async def transcript_twin(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        asked = await _asked(site, connection, request)
        hits, more = await _found(connection, asked)
        captions = await _captions(connection, asked) if not asked.words else []
    record, w = asked.record, asked.frame.w
    value: dict[str, Any] = {
        "sitting": record.sitting,
        "language": asked.track.language,
        "version": asked.track.version,
        "machine": asked.track.machine,
        "languages": [
            {"language": one.language, "name": one.name, "machine": one.machine, "version": one.version}
            for one in asked.tracks
        ],
    }

    def said(at: datetime, speaker: str, text: str) -> dict[str, Any]:
        about = {"at": stamp(at), "time": w.time(at), "speaker": speaker or None, "text": text}
        url, exact = asked.link(at) or (None, None)
        return about | {"url": url, "exact": exact}

    if asked.words:
        value |= {"q": asked.words, "found": [said(one.at, one.speaker, one.text) for one in hits], "more": more}
    else:
        told = transcript.paragraphs(captions, [at for at, _, _ in _items(record)])
        value["paragraphs"] = [said(one.at, one.speaker, one.text) for one in told]
    return site.json(request, value)


async def _asked(site: Site, connection: Any, request: Request) -> _Asked:
    """Raises Missing where there is no transcript."""
    _, record = await find_record(site, connection, request.path_params["sitting"], site.wording(request))
    frame = await site.frame(request, connection, "sittings", body=record.opened.body, record=record)
    w, window = frame.w, await index.sitting_window(connection, record.sitting)
    tracks = await _tracks(connection, record.sitting, window) if window is not None else []
    wanted = request.query_params.get("language", "")
    if window is None or not tracks or (wanted and all(one.language != wanted for one in tracks)):
        near = [(f"/sittings/{record.sitting}/transcript", one.name) for one in tracks[:1]]
        near += [(f"/sittings/{record.sitting}", str(w.say("The page of the sitting")))]
        raise Missing(
            "no_transcript",
            str(w.say("There is no such transcript of this sitting.")),
            "",
            tuple(near),
            record.opened.body,
        )
    track = next((one for one in tracks if one.language == wanted), _of_reader(tracks, w.locale, frame.tongue))
    words = " ".join(request.query_params.get("q", "")[:MOST_TYPED].replace("\0", "").split())
    return _Asked(record, frame, window, tracks, track, words, await filmed(connection, record.sitting))


async def _tracks(connection: Any, sitting: str, window: Window) -> list[Track]:
    return await caption_index.tracks(connection, sitting) if window.start < window.end else []


async def _found(connection: Any, asked: _Asked) -> tuple[list[caption_index.Hit], bool]:
    if not asked.words:
        return [], False
    window, sitting = asked.window, asked.record.sitting
    return await caption_index.found(connection, sitting, asked.track.language, window.start, window.end, asked.words)


async def _captions(connection: Any, asked: _Asked) -> list[Caption]:
    window, sitting = asked.window, asked.record.sitting
    return await caption_index.captions(connection, sitting, asked.track.language, window.start, window.end)


def _of_reader(tracks: list[Track], *languages: str) -> Track:
    return next((one for wanted in languages for one in tracks if one.language == wanted), tracks[0])


def _items(record: SittingRecord) -> list[tuple[datetime, str, str]]:
    """When each item was called, in order."""
    calls = [
        (parse(at), item.item, bind(item.title.strip()))
        for item in record.items.values()
        for at in item.called_at
        if at
    ]
    return sorted(calls)
