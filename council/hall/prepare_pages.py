"""Pages on which a sitting is prepared: the list, the agenda with its publication, tables and texts read into it. Who
may is in `rights.py` (agenda.read, agenda.prepare)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from council import store
from council.access import Login
from council.agenda import drafts, points, stored
from council.agenda.pasted import read_pasted
from council.agenda.problems import AgendaRefused
from council.agenda.publishing import publication
from council.agenda.reading import read_agenda
from council.footage_release import release
from council.hall.page import with_query
from council.hall.prepare_view import Speaker, sitting_rows
from council.hall.preparing import CHANGE, Form, Preparing, day_of, kind_of
from council.refusals import Refusal
from council.sitting import KINDS
from sql.database import LOST
from voting.entries import Fact
from voting.folder import Folder


class PreparePages(Preparing):
    # --- the list ---------------------------------------------------------------------------------------------------

    async def sittings(self, request: Request) -> Response:
        login = self.allowed(request, "agenda.read")
        return login if isinstance(login, Response) else await self._list(request, 200)

    async def _list(self, request: Request, status: int, problems: Sequence[str] = (), **typed: str) -> Response:
        try:
            async with self.hall.pool.acquire() as connection:
                rows = sitting_rows(await stored.listed(connection), self.locale(request))
                bodies = [(body.id, body.name) for body in await store.bodies(connection)]
        except LOST:
            return self.message(request, 503, "no_database", "/prepare")
        blank = {"body": "", "held_on": "", "label": "", "kind": "plenary"}
        return self.render(
            *(request, "prepare", status),
            changes=CHANGE,
            sittings=rows,
            bodies=bodies,
            kinds=KINDS,
            typed=blank | typed,
            problems=problems,
            done=None,
        )

    async def make_sitting(self, request: Request) -> Response:
        answered = await self.asked(request)
        if isinstance(answered, Response):
            return answered
        login, form = answered
        given = {name: form.line(name) for name in ("body", "held_on", "label", "kind")}
        if not self.genuine(request, form.fields):
            return await self._list(request, 403, [self.say(request, "stale_form")], **given)
        day, kind = day_of(given["held_on"]), kind_of(given["kind"])
        if day is None or kind is None or not given["label"]:
            return await self._list(request, 400, [self.say(request, "bad_sitting")], **given)
        try:
            async with self.hall.pool.acquire() as connection:
                made = await stored.create(connection, given["body"], day, given["label"][:200], kind, self.now())
        except store.UnknownBody:
            return await self._list(request, 400, [self.say(request, "bad_sitting")], **given)
        except LOST:
            return self.message(request, 503, "no_database", "/prepare")
        self.note(login, made, "sitting_made", given["label"][:200])
        return RedirectResponse(with_query(f"/prepare/{made}", done="made"), 303)

    # --- one sitting ------------------------------------------------------------------------------------------------

    async def sitting(self, request: Request) -> Response:
        login = self.allowed(request, "agenda.read")
        return login if isinstance(login, Response) else await self.shown(request, 200)

    async def change_sitting(self, request: Request) -> Response:
        """`act`: what the form does."""
        answered = await self.asked(request)
        if isinstance(answered, Response):
            return answered
        login, form = answered
        if not self.genuine(request, form.fields):
            return await self.shown(request, 403, [self.say(request, "stale_form")])
        match form.line("act"):
            case "up" | "down" | "first" | "last" as by:
                return await self._move(request, login, form, by)
            case "remove":
                item = form.line("item")
                return await self.edited(
                    request, login, form, lambda items: points.removed(items, item), f"remove {item}"
                )
            case "renumber":
                return await self.edited(request, login, form, points.renumbered, "renumber")
            case "settings":
                return await self._settings(request, login, form)
            case "import":
                return await self._import(request, login, form)
            case "paste":
                return await self._paste(request, login, form)
            case "publish":
                return await self._publish(request, login, form)
            case "release":
                return await self._release(request, login)
        return await self.shown(request, 400, [self.say(request, "stale_form")])

    async def _move(
        self, request: Request, login: Login, form: Form, by: Literal["up", "down", "first", "last"]
    ) -> Response:
        item = form.line("item")
        return await self.edited(
            request, login, form, lambda items: points.moved(items, item, by), f"move {item} {by}", at=f"item-{item}"
        )

    async def _settings(self, request: Request, login: Login, form: Form) -> Response:
        day, kind, label = day_of(form.line("held_on")), kind_of(form.line("kind")), form.line("label")[:200]
        if day is None or kind is None or not label:
            return await self.shown(request, 400, [self.say(request, "bad_sitting")])
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        sitting = found.plan.id
        try:
            async with self.hall.pool.acquire() as connection:
                await stored.change_sitting(connection, sitting, label, kind, day, self.now())
        except store.StoreError as error:
            return await self.refused(request, error)
        except LOST:
            return self.message(request, 503, "no_database", f"/prepare/{sitting}")
        self.note(login, sitting, "sitting_changed", label)
        return RedirectResponse(f"/prepare/{sitting}?done=saved", 303)

    async def _import(self, request: Request, login: Login, form: Form) -> Response:
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        table = form.file("table")
        if table is None:
            return await self.shown(request, 400, [self.say(request, "no_file")])
        name, data = table
        try:
            given = [(drafts.document(own, file), file) for field, own, file in form.files if field == "files"]
            by_name = {document.name: document for document, _ in given}
            locale = self.locale(request)
            new = await asyncio.to_thread(read_agenda, data, name, found.profile, by_name, locale)
            for document, file in given:
                await self.keep(document, file, found.plan.id)
        except AgendaRefused as refused:
            return await self.shown(request, 400, refused.sentences(self.locale(request)))
        append = form.line("place") != "replace"
        return await self.edited(
            *(request, login, form),
            lambda items: (*items, *new) if append else new,
            f"import {name}: {len(new)}",
            done=("read", len(new)),
        )

    async def _paste(self, request: Request, login: Login, form: Form) -> Response:
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        typed = form.fields.get("text", "")
        name = Speaker(self.locale(request)).word("text")
        try:
            new, skipped = read_pasted(typed, name, found.profile.default_rule)
        except AgendaRefused as refused:
            return await self.shown(request, 400, refused.sentences(self.locale(request)), pasted=typed)
        append = form.line("place") != "replace"
        return await self.edited(
            *(request, login, form),
            lambda items: (*items, *new) if append else new,
            f"paste: {len(new)}",
            done=("read", len(new)),
            skipped=skipped,
            pasted=typed,
        )

    async def _publish(self, request: Request, login: Login, form: Form) -> Response:
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        plan, ground = found.plan, form.line("ground")
        if form.line("seen") != stored.mark(plan.items):
            return await self.refused(request, stored.Overtaken())

        def make(folder: Folder) -> Sequence[Fact]:
            if folder.record is not None:
                raise Refusal("agenda_fixed")
            return [publication(plan, folder.agenda_versions, found.profile, self.now(), ground)]

        answer = await self.entered(request, make)
        if isinstance(answer, Refusal):
            return await self.shown(request, 400, [answer.sentence(self.locale(request))], ground=ground)
        if answer is not None:
            return answer
        async with self.hall.pool.acquire() as connection:
            await stored.prepared(connection, plan.id, self.now())
        self.note(login, plan.id, "agenda_published", f"version {len(found.versions) + 1}")
        return RedirectResponse(f"/prepare/{plan.id}?done=published", 303)

    async def _release(self, request: Request, login: Login) -> Response:
        """Of a recording that was withheld. A repeat changes nothing."""
        sitting = request.path_params["sitting"]
        answer = await self.entered(request, lambda folder: release(folder, login.clerk, self.now()))
        if isinstance(answer, Refusal):
            return await self.shown(request, 400, [answer.sentence(self.locale(request))])
        if answer is not None:
            return answer
        self.note(login, sitting, "footage_released", "")
        return RedirectResponse(with_query(f"/prepare/{sitting}", done="released"), 303)
