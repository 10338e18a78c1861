"""What every page of the site shares: its settings, its database pool, its frame and its way of saying "not found".

A page asks `Site.frame` once for what stands around it (council, languages, links, mode strip) and answers through
`Site.page` or `Site.json`. Reads only; the database role may do nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from council.papers.printing import Press
from council.words import LANGUAGES
from public_site import records
from public_site.records import Records
from public_site.wording import Wording, bind, wording
from sql.database import Database
from streaming.clip_jobs import Clips
from streaming.live_source import LiveSources
from streaming.shelf import Shelf
from voting.record import SittingRecord

REVALIDATE = "no-cache"  # keep it, but ask each time whether it is still so
NEVER = "no-store"
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class SiteCamera:
    """A camera of a body; `name` is what its council calls it."""

    id: str
    name: str
    body: str


@dataclass(frozen=True, slots=True)
class PublicSettings:
    """`origin` and `vkey`: the ledger's name and public key, as in every checkpoint. `hall_url` is not linked to by
    pages; it stands for the operator. `url`: the site's own address, to which papers point; None: papers carry none.
    `cameras`: none given, every camera's footage is shown by the camera's id. `clips`: the folder they are kept in;
    None: the site makes none. `live`: the folder of the recorder's live sockets; None: live is shown by segments.
    `shelf`: where the files of recordings lie; None: all of them in `recordings`."""

    database: Database
    recordings: Path
    origin: str
    vkey: str
    default_locale: str = "uk"
    hall_url: str | None = None
    url: str | None = None
    cameras: tuple[SiteCamera, ...] = ()
    clips: Path | None = None
    live: Path | None = None
    shelf: Shelf | None = None


class Missing(Exception):
    """What was asked for is not here. `message` says what, `advice` what to do; `near`: (address, words) to go on."""

    def __init__(
        self, code: str, message: str, advice: str, near: tuple[tuple[str, str], ...] = (), body: str | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.advice, self.near, self.body = code, message, advice, near, body


@dataclass(frozen=True, slots=True)
class BodyRow:
    """A council on the site, from table `body`."""

    id: str
    municipality: str
    name: str
    seats: int
    locale: str
    timezone: str
    training: bool


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    name: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """The inverted line above the header of what is not an ordinary sitting."""

    head: str
    rest: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page. `tongue` is the council's own language, in which titles and names are written."""

    w: Wording
    body: BodyRow | None
    bodies: tuple[BodyRow, ...]
    section: str
    live_url: str
    is_live: bool
    languages: tuple[Language, ...]
    strip: Strip | None
    path: str

    @property
    def locale(self) -> str:
        return self.w.locale

    @property
    def tongue(self) -> str:
        return self.body.locale if self.body else self.w.locale

    @property
    def of_body(self) -> str:
        """What keeps an address to the page's council; the first one's need nothing."""
        return f"?body={self.body.id}" if self.body and self.body != self.bodies[0] else ""

    @property
    def council_name(self) -> str:
        return bind(self.body.name) if self.body else "Hlasno"


@dataclass
class Site:
    """One public process. `pool` exists from the lifespan's start to its end, `clips` if it makes any, `live` if it
    has parts to show."""

    settings: PublicSettings
    records: Records = field(default_factory=Records)
    press: Press = field(default_factory=Press)
    clips: Clips | None = None
    live: LiveSources | None = None
    _pool: asyncpg.Pool | None = None

    def __post_init__(self) -> None:
        self.shelf = self.settings.shelf or Shelf(self.settings.recordings)

    @property
    def pool(self) -> asyncpg.Pool:
        if self._pool is None:
            raise RuntimeError("the site has not started: its lifespan opens the pool")
        return self._pool

    @pool.setter
    def pool(self, pool: asyncpg.Pool | None) -> None:
        self._pool = pool

    def cameras(self, body: str) -> dict[str, str]:
        """Names by id, in the council's order; of those that film this body."""
        return {camera.id: camera.name for camera in self.settings.cameras if camera.body == body}

    def locale(self, request: Request) -> str:
        """The reader's own choice, else the language the council's pages open in."""
        chosen = request.cookies.get("lang")
        if chosen in LANGUAGES:
            return chosen
        return self.settings.default_locale

    def wording(self, request: Request, timezone: str = "UTC") -> Wording:
        """The reader's language, also before it is known which council's clock the page shows."""
        return wording(self.locale(request), timezone)

    async def frame(
        self,
        request: Request,
        connection: Any,
        section: str,
        *,
        body: str | None = None,
        record: SittingRecord | None = None,
        original_at: str | None = None,
    ) -> Frame:
        """body: the council the page is about, else the one asked for by `?body=`, else the first. record: the page's
        sitting, whose mode decides the strip; original_at: its vote's time in a replay's source. Raises Missing for a
        council asked for that there is not, unless `body` is ""."""
        bodies = tuple([BodyRow(**row) async for row in records.queries.bodies(connection)])
        wanted = body or request.query_params.get("body")
        own = next((row for row in bodies if row.id == wanted), bodies[0] if bodies else None)
        if body is None and wanted and (own is None or own.id != wanted):
            raise _unknown_body(wanted, bodies, self.wording(request))
        live = await records.queries.live_sitting(connection, body=own.id) if own else None
        w = wording(self.locale(request), own.timezone if own else "UTC")
        return Frame(
            w=w,
            body=own,
            bodies=bodies,
            section=section,
            live_url=f"/sittings/{live['sitting_id']}" if live else "/sittings",
            is_live=bool(live and live["is_open"]),
            languages=tuple(
                Language(code, name, _with_language(request, code), code == w.locale)
                for code, name in LANGUAGES.items()
            ),
            strip=_strip(w, own, record, original_at),
            path=request.url.path,
        )

    def page(
        self,
        request: Request,
        frame: Frame,
        template: str,
        context: Mapping[str, Any],
        *,
        status: int = 200,
        cache: str = REVALIDATE,
    ) -> Response:
        """A page of HTML. It is revalidated by its own bytes' ETag, unless `cache` forbids keeping it."""
        made = templates().get_template(template)
        text = made.render(frame=frame, w=frame.w, say=frame.w.say, count=frame.w.count, **context)
        headers = {"vary": "cookie", "content-language": frame.locale}
        return _answer(request, text.encode(), "text/html; charset=utf-8", status, cache, headers)

    def json(self, request: Request, value: Any, *, status: int = 200, cache: str = REVALIDATE) -> Response:
        """A twin: the same for every language."""
        body = json.dumps(value, ensure_ascii=False, indent=1).encode()
        return _answer(request, body, "application/json", status, cache, {"access-control-allow-origin": "*"})

    def file(self, request: Request, body: bytes, media_type: str, name: str, language: str) -> Response:
        """A paper, shown in the browser; `name` is what it is saved as."""
        headers = {"content-disposition": f'inline; filename="{name}"', "content-language": language}
        return _answer(request, body, media_type, 200, REVALIDATE, headers)


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _answer(
    request: Request, body: bytes, media_type: str, status: int, cache: str, headers: Mapping[str, str]
) -> Response:
    headers = {**headers, "cache-control": cache}
    if cache != NEVER and status == 200:
        etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        headers["etag"] = etag
        known = request.headers.get("if-none-match", "")
        if etag in [tag.strip().removeprefix("W/") for tag in known.split(",")]:
            return Response(status_code=304, headers=headers)
    return Response(body, status, headers, media_type)


def _with_language(request: Request, code: str) -> str:
    query = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    return f"{request.url.path}?{urlencode([*query, ('lang', code)])}"


def _unknown_body(body: str, bodies: tuple[BodyRow, ...], w: Wording) -> Missing:
    near = tuple((f"/?body={row.id}", row.name) for row in bodies)
    return Missing("unknown_body", str(w.say("There is no council “%(body)s” here.", body=body[:80])), "", near)


def _strip(w: Wording, body: BodyRow | None, record: SittingRecord | None, original_at: str | None) -> Strip | None:
    mode = record.opened.mode if record else "training" if body and body.training else "ordinary"
    if record and mode == "replay":
        day = w.day(record.opened.held_on, "short")
        if original_at:
            time = w.time(original_at)
            rest = w.say(
                "Sitting of %(day)s, desks simulated; in the record this vote was at %(time)s.", day=day, time=time
            )
        else:
            rest = w.say("Sitting of %(day)s, desks simulated; times on this page are of the replay.", day=day)
        return Strip(str(w.say("Replay of a record.")), str(rest))
    if mode == "training":
        return Strip(str(w.say("Training council.")), str(w.say("People, questions and votes are invented.")))
    return None


@cache
def templates() -> Environment:
    """All of them, compiled: the first page would wait for its own a tenth of a second."""
    build = build_name()
    made = Environment(
        loader=PackageLoader("public_site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["bind"] = bind
    made.globals["static"] = lambda name: f"/static/{name}?v={build}"
    for name in made.list_templates():
        made.get_template(name)
    return made


@cache
def build_name() -> str:
    """Changes when any static file does."""
    digest = hashlib.sha256()
    for file in sorted((files("public_site") / "static").iterdir(), key=lambda file: file.name):
        if file.is_file():
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]
