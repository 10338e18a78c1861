"""What the pages of preparation have in common: their forms, the sitting behind them, and changing it.

They work without a script: every change is a form that answers with the page again. Whoever changes an agenda sends
what it looked like; if another has changed it meanwhile nothing is done and the newer one is shown.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from council import profile, store
from council.access import Login
from council.agenda import drafts, points, stored
from council.agenda.columns import offered
from council.agenda.points import Items
from council.agenda.problems import AgendaRefused, Problem
from council.agenda.tables import printable
from council.footage_release import is_releasable
from council.hall.page import Page, texts
from council.hall.prepare_view import Speaker, item_rows, publication_view
from council.profile import Profile, ProfileError
from council.refusals import Refusal
from council.sitting import KINDS, SittingKind, SittingPlan
from sql.database import LOST
from voting.entries import AgendaPublished, Document, DocumentAttached, Fact
from voting.folder import Folder

logger = logging.getLogger(__name__)

WRITE_S = 10.0  # to wait for the disk, before the page says that it does not know
MAX_FIELDS = 1200  # the seats of a large council
MAX_FILES = 40
CHANGE = "agenda.prepare"  # the right
SITTING = re.compile("[a-z0-9][a-z0-9-]{0,126}")


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent. `files`: field, name of the file, its bytes."""

    fields: dict[str, str]
    files: list[tuple[str, str, bytes]]

    def line(self, name: str) -> str:
        """One line as typed, without what stands around it or cannot be printed; "" where there is none."""
        return " ".join("".join(c for c in self.fields.get(name, "") if printable(c) or c.isspace()).split())

    def file(self, name: str) -> tuple[str, bytes] | None:
        return next(((filename, data) for field, filename, data in self.files if field == name), None)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A sitting as its pages see it. `begun`: it was opened, and its agenda is fixed here; `attached`: files that came
    since. `items`: of the plan, and those added from the floor."""

    plan: SittingPlan
    items: Items
    versions: Sequence[AgendaPublished]
    attached: Sequence[DocumentAttached]
    profile: Profile
    begun: bool
    releasable: bool  # its recording was withheld, and it is over


@dataclass(frozen=True, slots=True)
class Preparing(Page):
    """`drafts`: the folder that files are kept in; None: none are taken."""

    drafts: Path | None = None

    async def asked(self, request: Request, right: str = CHANGE) -> tuple[Login, Form] | Response:
        """Who asks, and the form; it is not read before they may."""
        login = self.allowed(request, right)
        if isinstance(login, Response):
            return login
        try:
            async with request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS) as form:
                fields = texts(form)
                sent = [(name, file) for name, file in form.multi_items() if isinstance(file, UploadFile)]
                files = [(name, file.filename, await file.read()) for name, file in sent if file.filename]
        except HTTPException:
            return self.message(request, 400, "stale_form", "/prepare")
        return login, Form(fields, [(name, filename or "", data) for name, filename, data in files])

    async def load(self, request: Request) -> Prepared | Response:
        sitting = request.path_params["sitting"]
        if SITTING.fullmatch(sitting) is None:
            return self.message(request, 404, "no_prepared", "/prepare")
        try:
            async with self.hall.pool.acquire() as connection:
                plan = await store.load_plan(connection, sitting)
                versions = await stored.published(connection, sitting)
                attached = await stored.attached(connection, sitting)
                begun = await stored.begun(connection, sitting)
                added = await stored.added(connection, sitting) if begun else []
                releasable = await is_releasable(connection, sitting)
            rules = profile.load(plan.body.profile)
            items = points.with_added(plan.items, added, rules.default_rule)
            return Prepared(plan, items, versions, attached, rules, begun, releasable)
        except store.UnknownSitting:
            return self.message(request, 404, "no_prepared", "/prepare")
        except ProfileError as error:
            logger.error("profile_not_read sitting=%s error=%s", sitting, error)
            return self.message(request, 500, "no_rules", "/prepare")
        except LOST:
            return self.message(request, 503, "no_database", "/prepare")

    async def edited(
        self,
        request: Request,
        login: Login,
        form: Form,
        edit: Callable[[Items], Items],
        detail: str,
        *,
        done: tuple[str, int] = ("saved", 0),
        at: str = "",
        skipped: Sequence[str] = (),
        pasted: str = "",
    ) -> Response:
        """The agenda as `edit` makes it, and the page again; what it cannot be is told there."""
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        sitting, name = found.plan.id, Speaker(self.locale(request)).word("agenda")
        try:
            async with self.hall.pool.acquire() as connection:
                await stored.change(
                    *(connection, sitting, form.line("seen")),
                    lambda items: points.check(edit(items), found.profile, name),
                    *(self.now(), login.staff),
                )
        except AgendaRefused as refused:
            return await self.shown(request, 400, refused.sentences(self.locale(request)), pasted=pasted)
        except KeyError:
            return await self.refused(request, stored.Overtaken())
        except store.StoreError as error:
            return await self.refused(request, error)
        except LOST:
            return self.message(request, 503, "no_database", f"/prepare/{sitting}")
        self.note(login, sitting, "agenda_changed", detail)
        what, n = done
        query: list[tuple[str, str]] = [("done", what), *([("n", str(n))] if n else [])]
        query += [("skipped", line[:200]) for line in skipped[:5]]
        return RedirectResponse(f"/prepare/{sitting}?{urlencode(query)}" + (f"#{at}" if at else ""), 303)

    async def refused(self, request: Request, error: store.StoreError) -> Response:
        code = "overtaken"
        if isinstance(error, store.SittingBegun):
            code = "agenda_begun"
        return await self.shown(request, 409, [self.say(request, code)])

    async def entered(self, request: Request, make: Callable[[Folder], Sequence[Fact]]) -> Refusal | Response | None:
        """None when the facts are on disk; a Refusal; or a page that says that it is not known."""
        sitting = request.path_params["sitting"]
        try:
            async with asyncio.timeout(WRITE_S):
                await self.hall.enter(sitting, make)
        except Refusal as refusal:
            return refusal
        except (TimeoutError, *LOST) as error:
            logger.warning("not_entered sitting=%s error=%s", sitting, type(error).__name__)
            return self.message(request, 503, "not_known", f"/prepare/{sitting}")
        return None

    async def keep(self, document: Document, data: bytes, sitting: str) -> None:
        """Raises AgendaRefused."""
        if self.drafts is None:
            return
        try:
            await asyncio.to_thread(drafts.keep, self.drafts, document, data, sitting)
        except OSError as error:
            logger.warning("draft_not_kept sitting=%s error=%s", sitting, type(error).__name__)
            raise AgendaRefused(document.name, [Problem("not_kept")]) from error

    def note(self, login: Login, sitting: str, act: str, detail: str) -> None:
        self.hall.access.note_act(login.staff, login.role, act, at=self.now(), sitting=sitting, detail=detail[:300])

    async def shown(
        self, request: Request, status: int, problems: Sequence[str] = (), *, pasted: str = "", ground: str = ""
    ) -> Response:
        """The sitting's page. problems: why nothing was changed."""
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        locale, plan = self.locale(request), found.plan
        return self.render(
            *(request, "prepare_sitting", status),
            changes=CHANGE,
            plan=plan,
            begun=found.begun,
            releasable=found.releasable,
            day=Speaker(locale).day(plan.held_on),
            rows=item_rows(found.items, found.profile, locale),
            publication=publication_view(plan, found.versions, found.profile, self.now(), locale),
            seen=stored.mark(plan.items),
            kinds=KINDS,
            headings=offered(locale),
            next_number=points.next_number(plan.items),
            problems=problems,
            pasted=pasted,
            ground=ground,
            files=self.drafts is not None,
            done=done_of(request, locale),
            skipped=request.query_params.getlist("skipped")[:5],
        )


def day_of(given: str) -> date | None:
    with suppress(ValueError):
        if len(given) == 10:
            day = date.fromisoformat(given)
            return day if 1990 <= day.year <= 2200 else None
    return None


def kind_of(given: str) -> SittingKind | None:
    return next((kind for kind in KINDS if kind == given), None)


def done_of(request: Request, locale: str) -> str | None:
    """What the last form did, in words."""
    words, n = Speaker(locale), request.query_params.get("n", "")
    match request.query_params.get("done"):
        case "made" | "saved" | "published" | "released" as what:
            return words.word(f"done_{what}")
        case "read" if n.isascii() and n.isdigit() and len(n) < 6:
            return words.number("done_read", int(n))
    return None
