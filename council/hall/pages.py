"""The hall's screens and the enrolment of a terminal: a template and words each; the screens live by their websockets.

Only the server decides who sees what: a terminal's page needs the terminal's cookie, the console a login."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Scope

from council.access import AccessError, BadCode, ExpiredCode, Login, TooManyTries, Tries
from council.hall.page import YEAR_S, Page, address_of, fields, wants_json
from council.hall.security import own_origin
from council.hall.strings import strings
from council.keys import BadKey
from council.qr import receipt_rows
from council.rights import may
from sql.database import LOST
from voting import receipt
from voting.errors import BadReceipt

logger = logging.getLogger(__name__)

RECEIPT_BYTES = 1500  # a QR of that is read from a terminal's screen; a receipt has about 600


@dataclass(frozen=True, slots=True)
class Pages(Page):
    """`drawn`: how many receipts one terminal may have drawn. Drawing one takes a fifth of a second: it is done beside
    the hall's own thread, one at a time, or a terminal that asks without end would keep presses waiting."""

    drawn: Tries = field(default_factory=lambda: Tries(10, 60))
    drawing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    # --- screens ----------------------------------------------------------------------------------------------------

    async def health(self, request: Request) -> Response:
        """200 while the hall's tasks run; what the supervisor asks."""
        return JSONResponse({"ok": not self.hall.failure.done(), "build": self.build})

    async def terminal(self, request: Request) -> Response:
        """`?code=`: enrols anew. `?key=lost`: the browser has the cookie, but not the key it signs with."""
        code, lost = request.query_params.get("code"), request.query_params.get("key") == "lost"
        known = await self.hall.access.terminal_of(request.cookies.get("terminal"))
        if known is None or code or lost:
            error = self.say(request, "key_lost") if lost and known is not None else None
            return self.render(request, "enrol", error=error, code=(code or "")[:40])
        return self._screen(request, "terminal", terminal=known.id, public_key=known.public_key)

    async def console(self, request: Request) -> Response:
        login = self.allowed(request, "console.read")
        if isinstance(login, Response):
            return login
        return self._without_sitting(request, login) or self._screen(request, "console", role=login.role)

    async def chair(self, request: Request) -> Response:
        """For the chair, and for whoever may see the console: it lives by the same websocket."""
        login = self.allowed(request, "console.read")
        if isinstance(login, Response):
            return login
        return self._without_sitting(request, login) or self._screen(request, "chair", socket="console")

    def _without_sitting(self, request: Request, login: Login) -> Response | None:
        """Where the hall holds none, whoever prepares sittings is led to where one is made; others are told."""
        if self.hall.chamber() is not None:
            return None
        if may(login.role, "agenda.prepare"):
            return RedirectResponse("/prepare", 303)
        words = strings(self.locale(request), "message")
        again = {"url": request.url.path, "name": words["look_again"]}
        return self.render(request, "message", title=words["none_title"], text=words["none_text"], link=again)

    async def display(self, request: Request) -> Response:
        return self._screen(request, "display")

    def _screen(self, request: Request, name: str, *, socket: str | None = None, **for_script: str) -> Response:
        """`socket`: the websocket's name where it is not the screen's own."""
        query = ""
        for asked in ("sitting", "body"):  # a body's screen follows it from sitting to sitting
            wanted = request.query_params.get(asked)
            if wanted and name != "terminal":
                if self.hall.chamber(**{asked: wanted}) is None:
                    return self.message(request, 404, "no_sitting", f"/{name}")
                query = f"?{urlencode({asked: wanted})}"
                break
        return self.render(request, name, for_script={"ws": f"/ws/{socket or name}{query}", **for_script})

    # --- terminals --------------------------------------------------------------------------------------------------

    async def enrol(self, request: Request) -> Response:
        """A browser's form sets the cookie; a program's JSON is answered with the secret."""
        if request.headers.get("content-type", "").partition(";")[0].strip() == "application/json":
            return await self._enrol_program(request)
        form = await fields(request)
        code = form.get("code", "")
        if not self.genuine(request, form):
            return self.render(request, "enrol", 403, error=self.say(request, "stale_form"), code=code[:40])
        try:
            secret, _ = await self._enrolled(request, code, form.get("public_key", ""))
        except (AccessError, BadKey, *LOST) as error:
            status, _, said = self._enrol_error(request, error)
            again = "" if isinstance(error, ExpiredCode) else code[:40]
            return self.later(self.render(request, "enrol", status, error=said, code=again), error)
        response = RedirectResponse("/terminal", 303)
        self.set_cookie(request, response, "terminal", secret, 5 * YEAR_S)
        return response

    async def _enrolled(self, request: Request, code: str, public_key: str) -> tuple[str, str]:
        """The terminal's secret and id, when the ledger has its key."""
        secret, terminal = await self.hall.access.enrol(code, public_key, address_of(request), self.now())
        await self.hall.register.catch_up(self.now())
        return secret, terminal.id

    async def _enrol_program(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
            code, public_key = body["code"], body["public_key"]
            if not isinstance(code, str) or not isinstance(public_key, str) or set(body) != {"code", "public_key"}:
                raise ValueError
        except (ValueError, KeyError, TypeError):
            return self.error(400, "bad_message", 'send {"code": "…", "public_key": "…"}')
        if own_origin(request.headers) is False:
            return self.error(403, "foreign_origin", "another site's page may not enrol a terminal")
        try:
            secret, terminal = await self._enrolled(request, code, public_key)
        except (AccessError, BadKey, *LOST) as error:
            return self.later(self.error(*self._enrol_error(request, error)), error)
        return JSONResponse({"secret": secret, "terminal": terminal})

    async def receipt(self, request: Request) -> Response:
        """A terminal's receipt as a QR, rows of "1" and "0". Nothing of it is kept or looked up here."""
        known = await self.hall.access.terminal_of(request.cookies.get("terminal"))
        if known is None or own_origin(request.headers) is not True:
            return self.error(403, "not_enrolled", "only the page of an enrolled terminal may ask for it")
        body = await request.body()
        try:
            if len(body) > RECEIPT_BYTES:
                raise BadReceipt("too long")
            receipt.parse(body)
        except BadReceipt as error:
            return self.error(400, "bad_message", str(error))
        try:
            self.drawn.check(known.id)
        except TooManyTries as error:
            return self.later(self.error(429, error.code, self.say(request, error.code, seconds=error.seconds)), error)
        self.drawn.add(known.id)
        async with self.drawing:
            rows = await asyncio.to_thread(receipt_rows, body.decode())
        return JSONResponse({"rows": rows})

    def _enrol_error(self, request: Request, error: Exception) -> tuple[int, str, str]:
        match error:
            case TooManyTries(seconds=seconds):
                return 429, error.code, self.say(request, error.code, seconds=seconds)
            case BadCode() | BadKey():
                return 403 if isinstance(error, BadCode) else 400, error.code, self.say(request, error.code)
        logger.warning("enrolment_failed error=%s", type(error).__name__)
        return 503, "no_database", self.say(request, "no_database")

    # --- errors -----------------------------------------------------------------------------------------------------

    def too_many(self, scope: Scope, seconds: int) -> Response:
        """For `Limits`. Not the whole page: who floods the hall must not keep it busy with that."""
        request = Request({**scope, "type": "http"})  # a websocket's handshake is one, too
        text = self.say(request, "too_many_requests", seconds=seconds)
        if wants_json(request):
            return self.error(429, "too_many_requests", text)
        return PlainTextResponse(f"{text}\n", 429)

    async def not_found(self, request: Request, error: Exception) -> Response:
        return self.message(request, 404, "no_page", "/console")

    async def gone(self, request: Request, error: Exception) -> Response:
        """Whoever sent a part of a form and went hears no answer; it is no fault of the hall's."""
        return Response(status_code=400)

    async def zero_byte(self, request: Request, error: Exception) -> Response:
        return self.message(request, 400, "zero_byte", "/")

    async def not_allowed(self, request: Request, error: Exception) -> Response:
        return self.message(request, 405, "no_page", "/console")
