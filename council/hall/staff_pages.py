"""Pages for those who look after the hall: who may sign in, members' cards and PINs, what staff did."""

from __future__ import annotations

import logging
from datetime import UTC
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from council.access import AccessError, Login, Noted, TooManyTries, WrongPassword
from council.access.audit import PAGE
from council.hall.audit_words import Names, detail_words
from council.hall.page import Page, address_of, fields, with_query
from council.hall.sentences import said
from council.hall.strings import strings
from council.people import display_name
from council.profile_rules import spoken
from council.refusals import CODES, sentence
from council.rights import ROLES
from sql.database import LOST

logger = logging.getLogger(__name__)

FIELDS = {"add": ("name", "password", "role"), "password": ("password",), "role": ("role",)}  # of each change


class StaffPages(Page):
    # --- who may sign in --------------------------------------------------------------------------------------------

    async def staff(self, request: Request) -> Response:
        login = self.allowed(request, "staff.read")
        return login if isinstance(login, Response) else await self._staff_page(request, login, 200)

    async def _staff_page(self, request: Request, login: Login, status: int, error: str | None = None) -> Response:
        try:
            people = await self.hall.access.staff()
        except LOST:
            return self.message(request, 503, "no_database", "/staff")
        notice = self.say(request, "saved") if "saved" in request.query_params else None
        context = {"people": people, "roles": ROLES, "own": login.staff, "said": notice if error is None else None}
        return self.render(request, "staff", status, changes="staff.manage", error=error, **context)

    async def change_staff(self, request: Request) -> Response:
        login = self.allowed(request, "staff.manage")
        if isinstance(login, Response):
            return login
        form = await fields(request)
        act, id_ = form.get("act", ""), form.get("id", "").strip().lower()
        if not self.genuine(request, form):
            return await self._staff_page(request, login, 403, self.say(request, "stale_form"))
        if id_ == login.staff and act in ("add", "role", "remove"):
            return await self._staff_page(request, login, 400, self.say(request, "own_account"))
        given = {name: form.get(name, "") for name in FIELDS.get(act, ())}
        try:
            await self.hall.access.confirm(login, form.get("own", ""), address_of(request), self.now())
            await self.hall.access.change_staff(act, id_, self.now(), by=login, **given)
        except KeyError:
            return await self._staff_page(request, login, 400, self.say(request, "stale_form"))
        except TooManyTries as error:
            said = self.say(request, error.code, seconds=error.seconds)
            return self.later(await self._staff_page(request, login, 429, said), error)
        except WrongPassword:
            return await self._staff_page(request, login, 401, self.say(request, "wrong_own"))
        except AccessError as error:
            return await self._staff_page(request, login, 400, self.say(request, error.code))
        except LOST as error:
            logger.warning("staff_not_changed error=%s", type(error).__name__)
            return await self._staff_page(request, login, 503, self.say(request, "no_database"))
        self.hall.check_links()
        return RedirectResponse("/staff?saved=1", 303)

    # --- members' cards and PINs ------------------------------------------------------------------------------------

    async def members(self, request: Request) -> Response:
        login = self.allowed(request, "members.read")
        return login if isinstance(login, Response) else await self._members_page(request, 200)

    async def _members_page(self, request: Request, status: int, error: str | None = None) -> Response:
        bodies = [(chamber.data.plan.body.id, chamber.data.plan.body.name) for chamber in self.hall.chambers]
        body = request.query_params.get("body") or (bodies[0][0] if bodies else "")
        try:
            members = await self.hall.access.members_with(body)
        except LOST:
            return self.message(request, 503, "no_database", "/staff/members")
        notice = self.say(request, "saved") if error is None and "saved" in request.query_params else None
        return self.render(
            *(request, "members", status),
            changes="members.manage",
            bodies=bodies,
            body=body,
            members=members,
            said=notice,
            error=error,
        )

    async def change_member(self, request: Request) -> Response:
        """`card` and `pin`: what is typed is set; `take`: both are taken away."""
        login = self.allowed(request, "members.manage")
        if isinstance(login, Response):
            return login
        form = await fields(request)
        if not self.genuine(request, form):
            return await self._members_page(request, 403, self.say(request, "stale_form"))
        member, take = form.get("member", ""), "take" in form
        card, pin = ("", "") if take else (form.get("card") or None, form.get("pin") or None)
        try:
            await self.hall.access.set_credential(member, self.now(), by=login, card=card, pin=pin)
        except AccessError as error:
            return await self._members_page(request, 400, self.say(request, error.code))
        except LOST as error:
            logger.warning("credential_not_set error=%s", type(error).__name__)
            return await self._members_page(request, 503, self.say(request, "no_database"))
        body = request.query_params.get("body")
        return RedirectResponse(with_query("/staff/members", **({"body": body} if body else {}), saved="1"), 303)

    # --- what staff did ---------------------------------------------------------------------------------------------

    async def audit(self, request: Request) -> Response:
        found = await self._audit(request)
        if isinstance(found, Response):
            return found
        acts, kept = found
        before = {key: value for key, value in request.query_params.items() if key == "before"}
        locale = self.locale(request)
        words = {key: text for key, text in strings(locale, "audit").items() if isinstance(text, str)}
        names = self._names(locale)
        return self.render(
            *(request, "audit"),
            acts=[
                (
                    one.act,
                    f"{one.act.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
                    _why(one.act.outcome, locale),
                    detail_words(one.act, words, names),
                )
                for one in acts
            ],
            kept={"staff": "", "sitting": "", **kept},
            older=with_query("/audit", **kept, before=str(acts[-1].id)) if len(acts) == PAGE else None,
            newest=with_query("/audit", **kept) if before else None,
            json=with_query("/audit.json", **kept, **before),
        )

    def _names(self, locale: str) -> Names:
        """Of all sittings in the hall."""
        members, rules, grounds = dict[str, str](), dict[str, str](), dict[str, str]()
        for data in (chamber.data for chamber in self.hall.chambers):
            members |= {seated.member: display_name(seated) for seated in data.members}
            rules |= {name: spoken(rule.short, locale) for name, rule in data.profile.rules.items()}
            grounds |= {name: spoken(ground.text, locale) for name, ground in data.profile.grounds.items()}
        return Names(members, rules, grounds)

    async def audit_json(self, request: Request) -> Response:
        found = await self._audit(request)
        if isinstance(found, Response):
            return found
        acts, _ = found
        before = acts[-1].id if len(acts) == PAGE else None
        return JSONResponse({"acts": [_plain(one) for one in acts], "next_before": before})

    async def _audit(self, request: Request) -> tuple[list[Noted], dict[str, str]] | Response:
        """The page of acts that is asked for, and the filter as given."""
        login = self.allowed(request, "audit.read")
        if isinstance(login, Response):
            return login
        given = {key: request.query_params.get(key, "").strip()[:127] for key in ("staff", "sitting")}
        kept = {key: value for key, value in given.items() if value}
        before = request.query_params.get("before", "")
        try:
            acts = await self.hall.access.acts(
                staff=kept.get("staff"),
                sitting=kept.get("sitting"),
                before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
            )
        except LOST:
            return self.message(request, 503, "no_database", "/audit")
        return acts, kept


def _why(outcome: str, locale: str) -> str:
    """In words why it was refused; the code itself where the words want figures, or there are none."""
    text = sentence(outcome, locale) if outcome in CODES else said(outcome, locale)
    return outcome if "%(" in text or text == said("", locale) else text


def _plain(one: Noted) -> dict[str, Any]:
    act = one.act
    return {
        "id": one.id,
        "at": act.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "staff": act.staff,
        "role": act.role,
        "sitting": act.sitting,
        "act": act.act,
        "detail": act.detail,
        "outcome": act.outcome,
    }
