"""What every page of the hall is made of: its language, its words, its form token, who is signed in.

Forms carry a token that must equal a signed cookie. Errors are sentences on the page they belong to."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from council.access import Login, Relying, TooManyTries
from council.hall.process import Hall
from council.hall.security import ZeroByte, own_origin
from council.hall.sentences import said
from council.hall.strings import strings
from council.refusals import error_json
from council.rights import may
from council.words import LANGUAGES

logger = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
YEAR_S = 365 * 24 * 3600
SCREENS = ("/console", "/display", "/chair", "/prepare", "/papers", "/audit", "/staff", "/account")  # to go on to


def build_id() -> str:
    """Changes when a page changes: open pages reload themselves then."""
    digest = sha256()
    for file in sorted([*(FOLDER / "static").rglob("*"), *(FOLDER / "templates").rglob("*")]):
        if file.is_file():
            digest.update(file.relative_to(FOLDER).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "") or request.url.path.endswith(".json")


@dataclass(frozen=True, slots=True)
class Page:
    """The root of the routes' handlers, over one hall."""

    hall: Hall
    build: str
    templates: Environment
    https: bool
    language: str  # that pages open in; a reader's own choice wins

    # --- who and what is asked --------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.hall.clock.now()

    def login_of(self, request: Request) -> Login | None:
        return self.hall.access.login_of(request.cookies.get("login"), self.now())

    def allowed(self, request: Request, right: str) -> Login | Response:
        """Who is signed in and may; else where to sign in, or that they may not."""
        login = self.login_of(request)
        if login is None:
            return RedirectResponse(with_query("/login", next=path_of(request)), 303)
        if not may(login.role, right):
            self.hall.access.note_act(
                login.staff, login.role, f"page {request.url.path}", at=self.now(), outcome="not_allowed"
            )
            return self.message(request, 403, "page_not_allowed", "/account")
        return login

    def genuine(self, request: Request, form: dict[str, str]) -> bool:
        """Of our own page: the token is the cookie's, and a browser that names its origin names this host."""
        return own_origin(request.headers) is not False and self.hall.access.csrf_ok(
            request.cookies.get("csrf"), form.get("csrf")
        )

    def relying(self, request: Request) -> Relying | None:
        """For whom passkeys are good: the configured address of the hall, if the page was asked for by it; without one,
        localhost. None: passkeys do not work here."""
        asked = f"{'https' if self.https else request.url.scheme}://{request.headers.get('host', '')}".lower()
        host = urlsplit(asked).hostname
        if self.hall.url is None:
            return Relying("localhost", asked) if host == "localhost" else None
        parts = urlsplit(self.hall.url)
        if parts.hostname is None or asked != f"{parts.scheme}://{parts.netloc}".lower():
            return None
        return Relying(parts.hostname, asked)

    # --- what is answered -------------------------------------------------------------------------------------------

    def locale(self, request: Request) -> str:
        for wanted in (request.query_params.get("lang"), request.cookies.get("lang")):
            if wanted in LANGUAGES:
                return wanted
        return self.language

    def say(self, request: Request, code: str, **values: Any) -> str:
        return said(code, self.locale(request)) % values

    def message(self, request: Request, status: int, code: str, link: str) -> Response:
        locale = self.locale(request)
        if wants_json(request):
            return self.error(status, code, said(code, locale))
        back = {"url": link, "name": strings(locale, "message")["back"]}
        return self.render(request, "message", status, title=str(status), text=said(code, locale), link=back)

    def later(self, response: Response, error: Exception) -> Response:
        """With Retry-After, if it is too many tries that were refused."""
        if isinstance(error, TooManyTries):
            response.headers["Retry-After"] = str(error.seconds)
        return response

    def error(self, status: int, code: str, text: str) -> Response:
        return JSONResponse(error_json(status, code, text), status)

    def render(
        self,
        request: Request,
        name: str,
        status: int = 200,
        /,
        *,
        changes: str | None = None,
        for_script: Any = None,
        **context: Any,
    ) -> Response:
        """changes: the right that the page's forms ask for; who has it not reads the page without them, and is told.
        for_script: a dict of what the page's script is told beside its words."""
        locale = self.locale(request)
        csrf_cookie = request.cookies.get("csrf")
        csrf = self.hall.access.csrf(csrf_cookie)
        login = self.login_of(request)
        page = {"build": self.build, "lang": locale, "words": strings(locale, name), **(for_script or {})}
        html = self.templates.get_template(f"{name}.html").render(
            locale=locale,
            lang_links=lang_links(request),
            csrf=csrf,
            clerk=login.name if login is not None else None,
            may=lambda right: login is not None and may(login.role, right),
            may_change=None if changes is None else login is not None and may(login.role, changes),
            here=request.url.path,
            page=page,
            **{"error": None, "code": None, "name": None, "next": None, "link": None, "ended": None, **context},
        )
        response = HTMLResponse(html, status, headers={"Content-Language": locale, "Vary": "Cookie"})
        if csrf != csrf_cookie:
            self.set_cookie(request, response, "csrf", csrf, None)
        if request.query_params.get("lang") in LANGUAGES:
            self.set_cookie(request, response, "lang", locale, YEAR_S)
        return response

    def set_cookie(self, request: Request, response: Response, name: str, value: str, max_age: int | None) -> None:
        secure = self.https or request.url.scheme == "https"
        response.set_cookie(name, value, max_age, httponly=True, samesite="strict", secure=secure)


def counted(word: dict[str, str], n: int, locale: str) -> str:
    """A plural word of `strings` with its number."""
    return word[Locale.parse(locale).plural_form(n)].replace("{n}", str(n))


def templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["counted"] = counted
    return environment


async def fields(request: Request) -> dict[str, str]:
    """The form's fields, as text; a file is none. Raises ZeroByte."""
    return texts(await request.form(max_files=0, max_fields=20))


def texts(form: FormData) -> dict[str, str]:
    """A form's fields without its files. Raises ZeroByte; of a file's name, too."""
    for _, value in form.multi_items():
        if "\0" in (value if isinstance(value, str) else value.filename or ""):
            raise ZeroByte
    return {key: value for key, value in form.items() if isinstance(value, str)}


def address_of(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def with_query(path: str, **query: str) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def path_of(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def safe_next(where: str | None) -> str | None:
    """Only to a page of ours: an address of another site is not followed."""
    if not where or len(where) > 300 or "\\" in where:
        return None
    try:
        parts = urlsplit(where)
    except ValueError:
        return None
    first = parts.path.removeprefix("/").partition("/")[0]
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/") and f"/{first}" in SCREENS
    return where if ours else None


def lang_links(request: Request) -> list[tuple[str, str, str]]:
    kept = {key: value for key, value in request.query_params.items() if key != "lang"}
    path = "/terminal" if request.url.path == "/terminal/enrol" else request.url.path
    return [(code, name, with_query(path, **kept, lang=code)) for code, name in LANGUAGES.items()]
