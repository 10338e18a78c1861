"""The hall's pages: a template and words each; the screens live by their websockets.

Only the server decides who sees what: a terminal's page needs the terminal's cookie, the console a login. Forms carry a
token that must equal a signed cookie. Errors are sentences on the page they belong to.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from council.access import AccessError, BadCode, TooManyTries, WrongPassword
from council.hall.process import Hall
from council.hall.security import own_origin
from council.hall.strings import strings
from council.words import LANGUAGES, translations
from sql.database import LOST

logger = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
YEAR_S = 365 * 24 * 3600


def build_id() -> str:
    """Changes when a page changes: open pages reload themselves then."""
    digest = sha256()
    for file in sorted([*(FOLDER / "static").rglob("*"), *(FOLDER / "templates").rglob("*")]):
        if file.is_file():
            digest.update(file.relative_to(FOLDER).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Pages:
    """The routes' handlers over one hall."""

    hall: Hall
    build: str
    templates: Environment
    https: bool
    language: str  # that pages open in; a reader's own choice wins

    # --- screens ----------------------------------------------------------------------------------------------------

    async def home(self, request: Request) -> Response:
        return RedirectResponse("/console", 302)

    async def health(self, request: Request) -> Response:
        """200 while the hall's tasks run; what the supervisor asks."""
        return JSONResponse({"ok": not self.hall.failure.done(), "build": self.build})

    async def terminal(self, request: Request) -> Response:
        code = request.query_params.get("code")
        known = await self.hall.access.terminal_of(request.cookies.get("terminal"))
        if known is None or code:
            return self._form(request, "enrol", code=(code or "")[:40])
        return self._screen(request, "terminal")

    async def console(self, request: Request) -> Response:
        if self.hall.access.login_of(request.cookies.get("login"), self.hall.clock.now()) is None:
            return RedirectResponse(_with("/login", next=_path(request)), 303)
        return self._screen(request, "console")

    async def display(self, request: Request) -> Response:
        return self._screen(request, "display")

    # --- the clerk --------------------------------------------------------------------------------------------------

    async def login(self, request: Request) -> Response:
        return self._form(request, "login", next=_safe_next(request.query_params.get("next")))

    async def sign_in(self, request: Request) -> Response:
        form = await _fields(request)
        name, where = form.get("name", ""), _safe_next(form.get("next"))
        again = {"name": name[:63], "next": where}
        if not self._genuine(request, form):
            return self._form(request, "login", 403, error=self._say(request, "stale_form"), **again)
        try:
            cookie = await self.hall.access.sign_in(name, form.get("password", ""), _address(request), _now(self))
        except WrongPassword:
            return self._form(request, "login", 401, error=self._say(request, "wrong_password"), **again)
        except TooManyTries as error:
            said = self._say(request, "too_many_tries") % {"seconds": error.seconds}
            return self._form(request, "login", 429, error=said, **again)
        except LOST as error:
            logger.warning("sign_in_failed error=%s", type(error).__name__)
            return self._form(request, "login", 503, error=self._say(request, "no_database"), **again)
        response = RedirectResponse(where or "/console", 303)
        self._set_cookie(request, response, "login", cookie, None)
        return response

    async def sign_out(self, request: Request) -> Response:
        form = await _fields(request)
        if not self._genuine(request, form):
            return self._message(request, 403, "stale_form", "/console")
        login = self.hall.access.login_of(request.cookies.get("login"), _now(self))
        if login is not None:
            try:
                await self.hall.access.sign_out(login, _now(self))
            except LOST as error:
                logger.warning("sign_out_not_written error=%s", type(error).__name__)
            self.hall.check_links()
        response = RedirectResponse("/login", 303)
        response.delete_cookie("login")
        return response

    # --- terminals --------------------------------------------------------------------------------------------------

    async def enrol(self, request: Request) -> Response:
        """A browser's form sets the cookie; a program's JSON is answered with the key."""
        if request.headers.get("content-type", "").partition(";")[0].strip() == "application/json":
            return await self._enrol_program(request)
        form = await _fields(request)
        code = form.get("code", "")
        if not self._genuine(request, form):
            return self._form(request, "enrol", 403, error=self._say(request, "stale_form"), code=code[:40])
        try:
            key, _ = await self.hall.access.enrol(code, _address(request), _now(self))
        except (AccessError, *LOST) as error:
            status, said = self._enrol_error(request, error)
            return self._form(request, "enrol", status, error=said, code=code[:40])
        response = RedirectResponse("/terminal", 303)
        self._set_cookie(request, response, "terminal", key, 5 * YEAR_S)
        return response

    async def _enrol_program(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
            code = body["code"]
            if not isinstance(code, str) or set(body) != {"code"}:
                raise ValueError
        except (ValueError, KeyError, TypeError):
            return self._error(request, 400, "bad_message", 'send {"code": "…"}')
        if own_origin(request.headers) is False:
            return self._error(request, 403, "foreign_origin", "another site's page may not enrol a terminal")
        try:
            key, _ = await self.hall.access.enrol(code, _address(request), _now(self))
        except (AccessError, *LOST) as error:
            status, said = self._enrol_error(request, error)
            return self._error(request, status, getattr(error, "code", "no_database"), said)
        return JSONResponse({"secret": key})

    def _enrol_error(self, request: Request, error: Exception) -> tuple[int, str]:
        if isinstance(error, TooManyTries):
            return 429, self._say(request, "too_many_tries") % {"seconds": error.seconds}
        if isinstance(error, BadCode):
            return 403, self._say(request, "bad_code")
        logger.warning("enrolment_failed error=%s", type(error).__name__)
        return 503, self._say(request, "no_database")

    # --- errors -----------------------------------------------------------------------------------------------------

    async def not_found(self, request: Request, error: Exception) -> Response:
        return self._message(request, 404, "no_page", "/console")

    async def not_allowed(self, request: Request, error: Exception) -> Response:
        return self._message(request, 405, "no_page", "/console")

    # --- parts ------------------------------------------------------------------------------------------------------

    def _locale(self, request: Request) -> str:
        for wanted in (request.query_params.get("lang"), request.cookies.get("lang")):
            if wanted in LANGUAGES:
                return wanted
        return self.language

    def _say(self, request: Request, code: str) -> str:
        return said(code, self._locale(request))

    def _genuine(self, request: Request, form: dict[str, str]) -> bool:
        """Of our own page: the token is the cookie's, and a browser that names its origin names this host."""
        return own_origin(request.headers) is not False and self.hall.access.csrf_ok(
            request.cookies.get("csrf"), form.get("csrf")
        )

    def _screen(self, request: Request, name: str) -> Response:
        sitting = request.query_params.get("sitting")
        query = "?" + urlencode({"sitting": sitting}) if sitting and name != "terminal" else ""
        if query and self.hall.chamber(sitting) is None:
            return self._message(request, 404, "no_sitting", f"/{name}")
        return self._render(request, name, 200, ws=f"/ws/{name}{query}")

    def _form(self, request: Request, page: str, status: int = 200, /, **context: Any) -> Response:
        return self._render(request, page, status, **context)

    def _message(self, request: Request, status: int, code: str, link: str) -> Response:
        locale = self._locale(request)
        if "application/json" in request.headers.get("accept", ""):
            return self._error(request, status, code, said(code, locale))
        back = {"url": link, "name": strings(locale, "message")["back"]}
        return self._render(request, "message", status, title=str(status), text=said(code, locale), link=back)

    def _error(self, request: Request, status: int, code: str, text: str) -> Response:
        """The one shape of a JSON error."""
        return JSONResponse({"error": {"code": code, "text": text, "status": status}}, status)

    def _render(self, request: Request, name: str, status: int, /, *, ws: str = "", **context: Any) -> Response:
        locale = self._locale(request)
        csrf_cookie = request.cookies.get("csrf")
        csrf = self.hall.access.csrf(csrf_cookie)
        login = self.hall.access.login_of(request.cookies.get("login"), _now(self))
        page = {"ws": ws, "build": self.build, "lang": locale, "words": strings(locale, name)}
        html = self.templates.get_template(f"{name}.html").render(
            locale=locale,
            lang_links=_lang_links(request),
            csrf=csrf,
            clerk=login.name if login is not None else None,
            page=page,
            **{"error": None, "code": None, "name": None, "next": None, "link": None, **context},
        )
        response = HTMLResponse(html, status, headers={"Content-Language": locale, "Vary": "Cookie"})
        if csrf != csrf_cookie:
            self._set_cookie(request, response, "csrf", csrf, None)
        if request.query_params.get("lang") in LANGUAGES:
            self._set_cookie(request, response, "lang", locale, YEAR_S)
        return response

    def _set_cookie(self, request: Request, response: Response, name: str, value: str, max_age: int | None) -> None:
        secure = self.https or request.url.scheme == "https"
        response.set_cookie(name, value, max_age, httponly=True, samesite="strict", secure=secure)


def said(code: str, locale: str) -> str:
    """The sentence of a page's error."""
    t = translations(locale, "hall")
    match code:
        case "wrong_password":
            return t.gettext("Name or password is wrong.")
        case "too_many_tries":
            return t.gettext("Too many tries. Wait %(seconds)d seconds and try again.")
        case "bad_code":
            return t.gettext("This code is not valid: it works once, for ten minutes. Ask the clerk for a new one.")
        case "stale_form":
            return t.gettext("This page was open for too long. Please try again.")
        case "no_database":
            return t.gettext("The database does not answer. Try again in a moment; nothing was changed.")
        case "no_sitting":
            return t.gettext("This sitting is not in the hall now.")
        case _:
            return t.gettext("There is no such page in the hall.")


def templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


async def _fields(request: Request) -> dict[str, str]:
    """The form's fields, as text; a file is none."""
    form = await request.form(max_files=0, max_fields=20)
    return {key: value for key, value in form.items() if isinstance(value, str)}


def _now(pages: Pages) -> Any:
    return pages.hall.clock.now()


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _with(path: str, **query: str) -> str:
    return f"{path}?{urlencode(query)}"


def _path(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _safe_next(where: str | None) -> str | None:
    """Only to a screen of ours: an address of another site is not followed."""
    if not where or len(where) > 300 or "\\" in where:
        return None
    parts = urlsplit(where)
    return where if not parts.scheme and not parts.netloc and parts.path in ("/console", "/display") else None


def _lang_links(request: Request) -> list[tuple[str, str, str]]:
    kept = {key: value for key, value in request.query_params.items() if key != "lang"}
    path = "/terminal" if request.url.path == "/terminal/enrol" else request.url.path
    return [
        (code, Locale.parse(code).get_display_name(code) or name, _with(path, **kept, lang=code))
        for code, name in LANGUAGES.items()
    ]
