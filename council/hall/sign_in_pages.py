"""Signing in and one's own account: password, then a one-time code or a passkey. One-time codes need no script."""

from __future__ import annotations

import logging
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from council.access import (
    LOGIN_LIFE,
    SITTING_LIFE,
    AccessError,
    Half,
    NoHalf,
    TooManyTries,
    WrongFactor,
    WrongPassword,
)
from council.access.factors import totp_picture, totp_uri
from council.hall.page import Page, address_of, fields, safe_next, with_query
from sql.database import LOST

logger = logging.getLogger(__name__)

STEPS = {"factor": "/login/factor", "set_up": "/login/set-up", "add": "/login/set-up"}
HOME = {"auditor": "/audit", "administrator": "/staff"}  # where a role's work is; the others': the console
HALF_S = 300
HOUR = timedelta(hours=1)


class SignInPages(Page):
    # --- the password -----------------------------------------------------------------------------------------------

    async def login(self, request: Request) -> Response:
        return self.render(
            request, "login", next=safe_next(request.query_params.get("next")), ended=await self._why_ended(request)
        )

    async def _why_ended(self, request: Request) -> str | None:
        """A sentence for whoever still has the cookie of a login that has ended."""
        try:
            why = await self.hall.access.why_ended(request.cookies.get("login"), self.now())
        except LOST as error:
            logger.warning("end_of_login_not_read error=%s", type(error).__name__)
            return None
        hours = {"hours": LOGIN_LIFE // HOUR, "sitting": SITTING_LIFE // HOUR}
        return self.say(request, f"ended_{why}", **hours) if why is not None else None

    async def sign_in(self, request: Request) -> Response:
        form = await fields(request)
        name, where = form.get("name", ""), safe_next(form.get("next"))
        again = {"name": name[:63], "next": where}
        if not self.genuine(request, form):
            return self.render(request, "login", 403, error=self.say(request, "stale_form"), **again)
        try:
            step = await self.hall.access.sign_in(name, form.get("password", ""), address_of(request), self.now())
        except (AccessError, *LOST) as error:
            status, said = self._refused(request, error)
            return self.later(self.render(request, "login", status, error=said, **again), error)
        if step.stage == "done":
            return self._signed_in(request, step.cookie, where)
        return self._to_step(request, STEPS[step.stage], step.cookie, where)

    def _to_step(self, request: Request, path: str, cookie: str, where: str | None) -> Response:
        response = RedirectResponse(with_query(path, **({"next": where} if where else {})), 303)
        self.set_cookie(request, response, "half", cookie, HALF_S)
        return response

    def _signed_in(self, request: Request, cookie: str, where: str | None) -> Response:
        login = self.hall.access.login_of(cookie, self.now())
        home = HOME.get(login.role, "/console") if login is not None else "/console"
        response = RedirectResponse(where or home, 303)
        response.delete_cookie("half")
        self.set_cookie(request, response, "login", cookie, None)
        return response

    def _refused(self, request: Request, error: Exception) -> tuple[int, str]:
        match error:
            case TooManyTries(seconds=seconds):
                return 429, self.say(request, error.code, seconds=seconds)
            case WrongPassword() | WrongFactor() | NoHalf():
                return 401, self.say(request, error.code)
            case AccessError():
                return 400, self.say(request, error.code)
        logger.warning("sign_in_failed error=%s", type(error).__name__)
        return 503, self.say(request, "no_database")

    # --- the second step --------------------------------------------------------------------------------------------

    async def step(self, request: Request) -> Response:
        """The second factor, or setting one up."""
        try:
            half = self.hall.access.half_of(request.cookies.get("half"), self.now())
        except NoHalf as error:
            return self._begin_again(request, error)
        return self._step_page(request, half, safe_next(request.query_params.get("next")))

    def _step_page(
        self, request: Request, half: Half, where: str | None, status: int = 200, error: str | None = None
    ) -> Response:
        relying, use = self.relying(request), half.stage == "factor"
        passkeys = relying is not None and (bool(half.passkeys) or not use)
        options = self.hall.access.passkey_options(half, relying) if relying is not None and passkeys else None
        uri = totp_uri(half.totp, half.staff) if half.totp is not None and not use else None
        return self.render(
            *(request, "factor" if use else "set_up", status),
            for_script={"passkey": options, "use": use},
            action=STEPS[half.stage],
            next=where,
            error=error,
            stage=half.stage,
            totp=half.totp is not None,
            totp_secret=in_fours(half.totp) if uri is not None and half.totp is not None else None,
            totp_uri=uri,
            totp_picture=totp_picture(uri) if uri is not None else None,
            passkeys=passkeys,
        )

    async def second_step(self, request: Request) -> Response:
        form = await fields(request)
        where, access, cookie = safe_next(form.get("next")), self.hall.access, request.cookies.get("half")
        try:
            half = access.half_of(cookie, self.now())
            if not self.genuine(request, form):
                return self._step_page(request, half, where, 403, self.say(request, "stale_form"))
            login = await access.second_step(
                cookie,
                self.now(),
                code=form.get("code", ""),
                credential=form.get("credential", ""),
                relying=self.relying(request),
            )
        except NoHalf as error:
            return self._begin_again(request, error)
        except (AccessError, *LOST) as error:
            status, said = self._refused(request, error)
            return self.later(self._step_page(request, half, where, status, said), error)
        self.hall.check_links()  # of logins that ended with it
        return self._signed_in(request, login, "/account?saved=1" if half.stage == "add" else where)

    def _begin_again(self, request: Request, error: NoHalf) -> Response:
        where = safe_next(request.query_params.get("next"))
        response = self.render(request, "login", 401, error=self.say(request, error.code), next=where)
        response.delete_cookie("half")
        return response

    # --- out, and one's own account ---------------------------------------------------------------------------------

    async def sign_out(self, request: Request) -> Response:
        """The cookie stays, and opens nothing: by it the browser's other windows learn why they were closed."""
        form = await fields(request)
        if not self.genuine(request, form):
            return self.message(request, 403, "stale_form", "/console")
        login = self.login_of(request)
        if login is not None:
            try:
                await self.hall.access.sign_out(login, self.now())
            except LOST as error:
                logger.warning("sign_out_not_written error=%s", type(error).__name__)
            self.hall.check_links()
        return RedirectResponse("/login", 303)

    async def account(self, request: Request) -> Response:
        login = self.login_of(request)
        if login is None:
            return RedirectResponse(with_query("/login", next="/account"), 303)
        said = self.say(request, "saved") if "saved" in request.query_params else None
        return await self._account_page(request, login.staff, 200, said=said)

    async def _account_page(
        self, request: Request, staff: str, status: int, *, said: str | None = None, error: str | None = None
    ) -> Response:
        try:
            own = next((one for one in await self.hall.access.staff() if one.id == staff), None)
        except LOST:
            return self.message(request, 503, "no_database", "/account")
        return self.render(request, "account", status, own=own, said=said, error=error)

    async def change_account(self, request: Request) -> Response:
        """`act`: password (old, new), or factor (old), which leads to the set-up."""
        form, login = await fields(request), self.login_of(request)
        if login is None:
            return RedirectResponse(with_query("/login", next="/account"), 303)
        if not self.genuine(request, form):
            return await self._account_page(request, login.staff, 403, error=self.say(request, "stale_form"))
        access, address = self.hall.access, address_of(request)
        try:
            if form.get("act") == "factor":
                step = await access.add_factor(login, form.get("old", ""), address, self.now())
                return self._to_step(request, STEPS[step.stage], step.cookie, None)
            cookie = await access.change_password(login, form.get("old", ""), form.get("new", ""), address, self.now())
        except (AccessError, *LOST) as error:
            status, said = self._refused(request, error)
            return self.later(await self._account_page(request, login.staff, status, error=said), error)
        response = RedirectResponse("/account?saved=1", 303)
        self.set_cookie(request, response, "login", cookie, None)
        return response


def in_fours(secret: str) -> str:
    """As people type it: "ABCD EFGH"."""
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
