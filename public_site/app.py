"""The public site as one ASGI application: routes, what every answer carries, and what is said when something is amiss.

`/live` goes past Starlette to the hub, which writes to thousands of readers itself. Everything here reads only.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from council.limits import Budget, Kind, Limits
from council.refusals import error_json
from council.words import LANGUAGES
from public_site import (
    caption_pages,
    chapters,
    clip_pages,
    footage_pages,
    ledger_pages,
    member_pages,
    moments,
    pages,
    paper_pages,
    sitting_page,
    video,
    video_page,
    vote_lines,
    vote_page,
    vote_summaries,
)
from public_site.live import Live
from public_site.live_video import LiveVideo
from public_site.records import queries
from public_site.site import FOR_EVER, NEVER, REVALIDATE, Missing, PublicSettings, Site, build_name, site_of, templates
from public_site.sweeping import sweep
from public_site.warming import acquaint, learn
from public_site.wording import Wording, parse, wording
from streaming import routes as footage
from streaming.clip_jobs import Clips
from streaming.live_hls import LiveHls
from streaming.live_source import LiveSources
from streaming.live_window import Windows
from streaming.locate import filmed
from voting.folder import Folder

__all__ = ["PublicSettings", "build"]

log = logging.getLogger(__name__)

POOL = (1, 8)
CLOSE_S = 5.0  # the database has for each step of a clean end
# How much one address may ask: a school's class, or a whole provider's customers, may stand behind one.
SOCKETS = 300  # live pictures of one address at once
LASTING = {"/live": 4000}  # a fifth of all the readers there may be
KINDS = (
    Kind(("/clips",), per_s=1 / 20, burst=12, methods=("POST",)),
    Kind(("/static/", "/healthz"), per_s=1000, burst=20_000),
    Kind(("/video/", "/live"), per_s=200, burst=4000),  # a segment for each spectator every few seconds
    Kind(("/ledger/export.jsonl",), per_s=0.5, burst=10),
    Kind(("/",), per_s=20, burst=600),
)
SHEETS_PER_S, SHEETS_AT_ONCE = 0.5, 150  # that are made for one address: of 8 hours, at 0.1 s of a core each
OF_NO_LANGUAGE = (".json", ".jsonl", ".pdf", ".txt")  # addresses whose `?lang=` is theirs, not the reader's choice
PATH_LETTERS = 1000
YEAR_SECONDS = 365 * 86_400
SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


# A browser shows a PDF in a page of its own making: an object with a style.
PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


def build(settings: PublicSettings) -> ASGIApp:
    """The application; its lifespan opens the database pool and follows the ledger."""
    learn()
    site = Site(settings)
    windows = Windows(lambda: site.pool)
    sheets = Budget(SHEETS_PER_S, SHEETS_AT_ONCE)
    captions = caption_pages.CaptionFiles(lambda: site.pool)
    live_video = LiveVideo(site, windows)
    live_hls = LiveHls(lambda: site.live, windows, live_video.films)
    live = Live(settings.database, lambda: site.pool, lambda folder, n: _vote_update(site, folder, n), site.wording)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        site.pool = await settings.database.pool(*POOL, acquaint)
        site.clips = Clips(settings.clips) if settings.clips is not None else None
        site.live = LiveSources(settings.live) if settings.live is not None else None
        following = asyncio.create_task(live.run())
        following.add_done_callback(_end_aloud)
        sweeping = asyncio.create_task(sweep(site))
        try:
            yield
        finally:
            following.cancel()
            sweeping.cancel()
            # a query broken off on a line that is dying waits for a server that no longer answers
            await asyncio.wait({following, sweeping}, timeout=CLOSE_S)
            if site.clips is not None:
                await site.clips.close()
            if site.live is not None:
                await site.live.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await site.pool.close()  # cut off, it ends the lines that are left at once
            if following.done() and not following.cancelled():
                following.result()

    app = Starlette(
        routes=[
            Route("/", pages.home),
            Route("/index.json", pages.home_twin),
            Route("/sittings", pages.sittings),
            Route("/sittings.json", pages.sittings_twin),
            *footage.routes(
                *(lambda: site.pool, site.shelf, live_hls, video_page.twin),
                wait=lambda request: sheets.take(request.client.host if request.client is not None else ""),
            ),
            WebSocketRoute("/live/video", live_video.endpoint),
            Route("/sittings/{sitting}/video", video_page.player),
            Route("/sittings/{sitting}/video/captions/{camera}/{language}.vtt", captions.endpoint),
            Route("/sittings/{sitting}/transcript.json", caption_pages.transcript_twin),
            Route("/sittings/{sitting}/transcript", caption_pages.transcript_page),
            Route("/sittings/{sitting}/video/chapters.json", chapters.chapters_twin),
            Route("/sittings/{sitting}/footage.json", footage_pages.seals),
            Route("/sittings/{sitting}/footage/{seq:int}.json", footage_pages.seal),
            Route("/sittings/{sitting}/votes/{n}/sheet.{form}", paper_pages.sheet),
            Route("/sittings/{sitting}/minutes.{form}", paper_pages.minutes),
            Route("/sittings/{sitting}/votes/{n}.json", vote_page.vote_twin),
            Route("/sittings/{sitting}/votes/{n}", vote_page.vote),
            Route("/sittings/{sitting}.json", sitting_page.sitting_twin),
            Route("/sittings/{sitting}", sitting_page.sitting),
            Route("/clips", clip_pages.ask, methods=["POST"]),
            Route("/clips/{key}.json", clip_pages.state),
            Route("/clips/{key}.mp4", clip_pages.file),
            Route("/clips/{key}", clip_pages.page),
            Route("/members", member_pages.members),
            Route("/members.json", member_pages.members_twin),
            Route("/members/{member}.json", member_pages.member_twin),
            Route("/members/{member}", member_pages.member),
            Route("/ledger", ledger_pages.ledger),
            Route("/ledger.json", ledger_pages.ledger_twin),
            Route("/ledger/checkpoint", ledger_pages.checkpoint),
            Route("/ledger/export.jsonl", ledger_pages.export),
            Route("/healthz", healthz),
            Mount("/static", Static(build_name())),
        ],
        exception_handlers={Missing: missing, HTTPException: refused, Exception: broken},
        lifespan=lifespan,
    )
    app.state.site = site
    return Front(app, live.endpoint)


def _end_aloud(following: asyncio.Task[None]) -> None:
    """A site that no longer hears the hall would show old news as new: it ends, and whoever runs it starts it again."""
    if not following.cancelled() and (error := following.exception()) is not None:
        log.critical("live_ended error=%s", type(error).__name__, exc_info=error)
        signal.raise_signal(signal.SIGTERM)


async def healthz(request: Request) -> Response:
    """200 while the database answers."""
    async with site_of(request).pool.acquire() as connection:
        await connection.fetchval("select 1")
    return PlainTextResponse("ok\n", headers={"cache-control": NEVER})


async def _vote_update(site: Site, folder: Folder, n: int) -> dict[str, Any]:
    """The hub's `vote` update: the vote's twin, without the presses behind its roll; in words, its line in a list, and
    how exactly the link to its recording shows it."""
    record = folder.record
    if record is None:
        raise ValueError("a sitting that has not been opened has no votes")
    if n in record.secret_votes:
        value = vote_summaries.secret_json(record, n)
        for locale, words in value["words"].items():
            words["line"] = vote_lines.line_words(record, n, locale)
        return value
    vote = record.votes[n]
    seq = vote.opened_seq if vote.closed_seq is None else vote.closed_seq
    async with site.pool.acquire() as connection:
        leaf = await queries.leaf_hash(connection, seq=seq)
        found = await video.moment_of(connection, record.sitting, vote.opened_at)
        known = await filmed(connection, record.sitting) if found and vote.opened_at else None
    value = vote_summaries.vote_json(record, n, leaf_hashes={seq: leaf} if leaf else {}, video=found)
    sight = known.best(parse(vote.opened_at)) if known is not None and vote.opened_at else None
    for locale, words in value["words"].items():
        words["line"] = vote_lines.line_words(record, n, locale)
        if sight is not None:
            words["exact"] = moments.exactly(sight, wording(locale, record.opened.timezone))
    return value


# --- what is said when something is amiss -------------------------------------------------------------------------


async def missing(request: Request, error: Exception) -> Response:
    """404: what was looked for, where to go, what is nearest."""
    if not isinstance(error, Missing):
        raise error
    if wants_json(request):
        near = ", ".join(address for address, _ in error.near)
        body = error_json(404, error.code, str(error), f"{error.advice} {near}".strip())
        return JSONResponse(body, 404, {"cache-control": NEVER, "access-control-allow-origin": "*"})
    return await _error_page(request, 404, str(error), error.advice, error.near, error.body)


async def refused(request: Request, error: Exception) -> Response:
    """An address or a method that the site does not have."""
    if not isinstance(error, HTTPException):
        raise error
    site = site_of(request)
    w = site.wording(request)
    headers = {"cache-control": NEVER, **(error.headers or {})}
    codes = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 503: "archive_away"}
    code = codes.get(error.status_code, "refused")
    message: str
    advice: str
    if error.status_code == 429:
        return too_many(request, int(headers["retry-after"]), headers)
    if error.status_code == 404:
        message = w.say("There is no page at this address.")
        advice = w.say("Perhaps a letter was lost when it was copied. Addresses of votes never change.")
    elif error.status_code == 405:
        message, advice = w.say("This address can only be read."), w.say("Use GET.")
    elif error.status_code == 503 and request.url.path.startswith("/live/"):
        message, advice = w.say("The camera sends no picture now; it goes on by itself."), ""
        code = "no_picture"
    elif error.status_code == 503:
        message = w.say("This part of the recording lies in an archive that does not answer now.")
        advice = w.say("Try again in a minute.")
    else:
        message, advice = w.say("The request could not be understood."), error.detail
    if wants_json(request):
        return JSONResponse(error_json(error.status_code, code, str(message), str(advice)), error.status_code, headers)
    return await _error_page(request, error.status_code, str(message), str(advice), (), None, headers)


async def broken(request: Request, error: Exception) -> Response:
    """Our own fault; logged by the server that called us. Said without the database, which may be the reason."""
    w = site_of(request).wording(request)
    message = str(w.say("Something broke here. It has been logged; votes are not affected."))
    advice = str(w.say("Try again in a minute."))
    if wants_json(request):
        return JSONResponse(error_json(500, "broken", message, advice), 500, {"cache-control": NEVER})
    return bare(w, 500, message, advice)


def too_many(request: Request, seconds: int, headers: Mapping[str, str]) -> Response:
    """Nothing is asked of the database."""
    w = site_of(request).wording(request)
    message = str(w.say("Too much is asked from your address at once."))
    advice = str(w.say("Wait %(seconds)s s and try again.", seconds=seconds))
    if wants_json(request):
        response: Response = JSONResponse(error_json(429, "too_many_requests", message, advice), 429)
    else:
        response = bare(w, 429, message, advice)
    response.headers.update(headers)
    return response


def bare(w: Wording, status: int, message: str, advice: str) -> Response:
    """A page that asks nothing of the database."""
    text = templates().get_template("bare.html").render(w=w, status=status, message=message, advice=advice)
    return HTMLResponse(text, status, {"cache-control": NEVER, "content-language": w.locale})


def wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    path = request.url.path
    return path.endswith((".json", ".jsonl")) or path.startswith("/video/") or accepted.startswith("application/json")


async def _error_page(
    request: Request,
    status: int,
    message: str,
    advice: str,
    near: tuple[tuple[str, str], ...],
    body: str | None,
    headers: dict[str, str] | None = None,
) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        frame = await site.frame(request, connection, "", body=body or "")
    heading = frame.w.say("Not found") if status == 404 else frame.w.say("Not done")
    context = {
        "status": status,
        "heading": heading,
        "message": message,
        "advice": advice,
        "near": near,
        "asked": request.url.path[:200],
    }
    response = site.page(request, frame, "missing.html", context, status=status, cache=NEVER)
    response.headers.update(headers or {})
    return response


# --- around every answer ------------------------------------------------------------------------------------------


class Static(StaticFiles):
    """Files that `?v=` names as of this build are kept for ever; a module imported by another one is asked for anew."""

    def __init__(self, build: str) -> None:
        super().__init__(packages=[("public_site", "static")])
        self._fixed = b"v=" + build.encode()

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        scope: Scope = args[2] if len(args) > 2 else kwargs["scope"]
        response.headers["cache-control"] = FOR_EVER if scope["query_string"] == self._fixed else REVALIDATE
        return response


class Front:
    """Security headers on every answer, the choice of language by `?lang=`, and the way past Starlette to the hub."""

    def __init__(self, app: Starlette, live: ASGIApp) -> None:
        self.app, self.live, self.state = app, live, app.state
        self._limits = Limits(self._pass, KINDS, self._too_many, SOCKETS, LASTING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._limits(scope, receive, send)

    def _too_many(self, scope: Scope, seconds: int) -> Response:
        return too_many(Request({**scope, "app": self.app}), seconds, SECURITY_HEADERS)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            scope = _readable(scope)
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["path"] == "/live":
            return await self.live(scope, receive, send)
        if b"lang=" in scope["query_string"] and (redirect := choose_language(scope)) is not None:
            return await redirect(scope, receive, _securely(send))
        await self.app(scope, receive, _securely(send))


def _readable(scope: Scope) -> Scope:
    """Without the character that PostgreSQL does not have, and short: Python reads no number of thousands of digits. No
    address of ours has either."""
    path = scope["path"][:PATH_LETTERS].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return {**scope, "path": path, "query_string": scope["query_string"].replace(b"%00", b"%EF%BF%BD")}


def choose_language(scope: Scope) -> Response | None:
    """`?lang=en` is kept in a cookie, and the reader comes back to the same address without it."""
    if scope["method"] not in ("GET", "HEAD") or scope["path"].endswith(OF_NO_LANGUAGE):
        return None
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    chosen = dict(query).get("lang")
    if chosen not in LANGUAGES:
        return None
    rest = urlencode([(key, value) for key, value in query if key != "lang"])
    # one slash in front: an address beginning with two would be another host's
    path = "/" + scope["path"].lstrip("/\\")
    response = RedirectResponse(path + (f"?{rest}" if rest else ""), 303, {"cache-control": NEVER})
    secure = scope.get("scheme") == "https"
    response.set_cookie("lang", chosen, max_age=YEAR_SECONDS, httponly=True, samesite="lax", secure=secure)
    return response


def _securely(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
            if headers.get("content-type") == "application/pdf":
                headers["content-security-policy"] = PDF_POLICY
        await send(message)

    return with_headers
