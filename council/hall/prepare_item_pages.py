"""One item of an agenda with its motions and files, and the seats of a sitting."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from council import store
from council.access import Login
from council.agenda import drafts, points, stored
from council.agenda.problems import AgendaRefused
from council.hall.prepare_view import Speaker, motion_fields, rule_choices
from council.hall.preparing import CHANGE, Form, Prepared, Preparing, done_of
from council.people import display_name
from council.refusals import Refusal
from council.sitting import PlannedItem
from sql.database import LOST
from voting.entries import Document, DocumentAttached, Fact, stamp
from voting.folder import Folder

logger = logging.getLogger(__name__)


class PrepareItemPages(Preparing):
    # --- an item ----------------------------------------------------------------------------------------------------

    async def item(self, request: Request) -> Response:
        """`?item=`: which; without it a new one, for those who may add it."""
        login = self.allowed(request, "agenda.read" if "item" in request.query_params else CHANGE)
        return login if isinstance(login, Response) else await self._item_page(request, 200)

    async def _item_page(
        self,
        request: Request,
        status: int,
        problems: Sequence[str] = (),
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        """typed: the form as it was sent, after a refusal."""
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        number = request.query_params.get("item")
        item = next((one for one in found.items if one.item == number), None)
        if number is not None and item is None:
            return self.message(request, 404, "no_prepared", f"/prepare/{found.plan.id}")
        return self.render(
            *(request, "prepare_item", status),
            changes=CHANGE,
            plan=found.plan,
            item=item,
            begun=found.begun,
            attached=[one.document for one in found.attached if item is not None and one.item == item.item],
            fields=_fields(found, item, typed),
            motions=motion_fields(item, typed),
            rules=rule_choices(found.profile, self.locale(request)),
            usual_seconds=found.profile.vote_seconds,
            seen=stored.mark(found.plan.items),
            problems=problems,
            files=self.drafts is not None,
            done=done_of(request, self.locale(request)),
        )

    async def change_item(self, request: Request) -> Response:
        answered = await self.asked(request)
        if isinstance(answered, Response):
            return answered
        login, form = answered
        if not self.genuine(request, form.fields):
            return await self._item_page(request, 403, [self.say(request, "stale_form")])
        match form.line("act"):
            case "save":
                return await self._save(request, login, form)
            case "attach":
                return await self._attach(request, login, form)
            case "detach":
                number, sha256 = request.query_params.get("item", ""), form.line("sha256")
                return await self.edited(
                    *(request, login, form),
                    lambda items: points.without_draft(items, number, sha256),
                    f"detach {number}",
                    at=f"item-{number}",
                )
        return await self._item_page(request, 400, [self.say(request, "stale_form")])

    async def _save(self, request: Request, login: Login, form: Form) -> Response:
        """The item as typed; a new one is added at the end."""
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        number, typed = request.query_params.get("item"), form.fields
        before = next((one for one in found.plan.items if one.item == number), None)
        new = _typed_item(form, found, before)
        try:
            points.check((new,), found.profile, Speaker(self.locale(request)).word("agenda"))
        except AgendaRefused as refused:
            told = [problem.sentence(self.locale(request)) for problem in refused.problems]
            return await self._item_page(request, 400, told, typed)

        def edit(items: points.Items) -> points.Items:
            if number is not None:
                return points.changed(items, number, new)
            return points.added(items, new, items[-1].item if items else None)

        return await self.edited(request, login, form, edit, f"item {new.item}", at=f"item-{new.item}")

    # --- files ------------------------------------------------------------------------------------------------------

    async def _attach(self, request: Request, login: Login, form: Form) -> Response:
        """To the agenda while it is prepared; afterwards as a fact of its own."""
        found, file = await self.load(request), form.file("file")
        if isinstance(found, Response):
            return found
        if self.drafts is None or file is None:
            return await self._item_page(request, 400, [self.say(request, "no_file")])
        try:
            name, data = file
            document = drafts.document(name, data)
            await self.keep(document, data, found.plan.id)
        except AgendaRefused as refused:
            return await self._item_page(request, 400, refused.sentences(self.locale(request)))
        number = request.query_params.get("item", "")
        if found.begun:
            return await self._attach_fact(request, login, number, document)
        return await self.edited(
            *(request, login, form),
            lambda items: points.with_draft(items, number, document),
            f"attach {document.name} to {number}",
            at=f"item-{number}",
        )

    async def _attach_fact(self, request: Request, login: Login, number: str, document: Document) -> Response:
        def make(folder: Folder) -> Sequence[Fact]:
            record = folder.record
            if record is None or number not in record.items or number in record.withdrawn_items:
                raise Refusal("no_such_item", item=number)
            if any(one.item == number and one.document.sha256 == document.sha256 for one in record.documents):
                return []
            return [DocumentAttached(at=stamp(self.now()), item=number, document=document)]

        answer = await self.entered(request, make)
        if isinstance(answer, Refusal):
            return await self._item_page(request, 400, [answer.sentence(self.locale(request))])
        if answer is not None:
            return answer
        sitting = request.path_params["sitting"]
        self.note(login, sitting, "document_attached", f"{document.name} to {number}")
        return RedirectResponse(f"/prepare/{sitting}/item?item={quote(number)}&done=saved", 303)

    async def draft(self, request: Request) -> Response:
        """A file of this sitting's agenda, to be saved."""
        login = self.allowed(request, "agenda.read")
        if isinstance(login, Response):
            return login
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        attached = [one for item in found.plan.items for one in item.drafts]
        attached += [one for version in found.versions for point in version.points for one in point.drafts]
        attached += [one.document for one in found.attached]
        sha256 = request.path_params["sha256"]
        document = next((one for one in attached if one.sha256 == sha256), None)
        path = drafts.path_of(self.drafts, sha256) if self.drafts is not None and document is not None else None
        if document is None or path is None or not path.is_file():
            return self.message(request, 404, "no_prepared", f"/prepare/{found.plan.id}")
        return FileResponse(path, headers=drafts.headers(document.name), media_type=drafts.media_type(document.name))

    # --- seats ------------------------------------------------------------------------------------------------------

    async def seats(self, request: Request) -> Response:
        login = self.allowed(request, "agenda.read")
        return login if isinstance(login, Response) else await self._seats_page(request, 200)

    async def _seats_page(
        self, request: Request, status: int, problems: Sequence[str] = (), typed: Mapping[str, str] | None = None
    ) -> Response:
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        try:
            async with self.hall.pool.acquire() as connection:
                desks = await store.desks(connection, found.plan.body.id)
        except LOST:
            return self.message(request, 503, "no_database", "/prepare")
        usual = {member: desk_no for desk_no, member in desks.items() if member is not None}
        rows = []
        for seated in found.plan.members:
            own, desk_no = usual.get(seated.member), seated.desk_no
            given = "" if desk_no == own or desk_no is None else str(desk_no)
            shown = given if typed is None else typed.get(f"desk-{seated.member}", "")
            rows.append((seated.member, display_name(seated), seated.faction or "", own, shown))
        return self.render(
            *(request, "prepare_seats", status),
            changes=CHANGE,
            plan=found.plan,
            rows=rows,
            begun=found.begun,
            problems=problems,
            done=done_of(request, self.locale(request)),
        )

    async def change_seats(self, request: Request) -> Response:
        answered = await self.asked(request)
        if isinstance(answered, Response):
            return answered
        login, form = answered
        typed = form.fields
        if not self.genuine(request, typed):
            return await self._seats_page(request, 403, [self.say(request, "stale_form")])
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        given = {seated.member: form.line(f"desk-{seated.member}") for seated in found.plan.members}
        wanted = {member: int(desk) for member, desk in given.items() if _is_desk(desk)}
        if any(desk and not _is_desk(desk) for desk in given.values()):
            return await self._seats_page(request, 400, [self.say(request, "bad_desk")], typed)
        if len(set(wanted.values())) < len(wanted):
            return await self._seats_page(request, 400, [self.say(request, "desk_twice")], typed)
        try:
            async with self.hall.pool.acquire() as connection:
                seats = {desk_no: member for member, desk_no in wanted.items()}
                await stored.seat(connection, found.plan.id, seats, self.now())
        except store.SittingBegun:
            return await self._seats_page(request, 409, [self.say(request, "agenda_begun")])
        except LOST:
            return self.message(request, 503, "no_database", "/prepare")
        self.note(login, found.plan.id, "seats_changed", f"{len(wanted)} not as usual")
        return RedirectResponse(f"/prepare/{found.plan.id}/seats?done=saved", 303)


def _is_desk(desk: str) -> bool:
    return desk.isascii() and desk.isdigit() and 0 < len(desk) < 6 and int(desk) > 0


def _fields(found: Prepared, item: PlannedItem | None, typed: Mapping[str, str] | None) -> dict[str, object]:
    """What the item's form shows."""
    if typed is not None:
        return {
            "number": typed.get("number", ""),
            "title": typed.get("title", ""),
            "consent": "consent" in typed,
            "vote": "vote" in typed,
        }
    if item is None:
        return {"number": points.next_number(found.plan.items), "title": "", "consent": False, "vote": True}
    return {"number": item.item, "title": item.title, "consent": item.consent, "vote": bool(item.motions)}


def _typed_item(form: Form, found: Prepared, before: PlannedItem | None) -> PlannedItem:
    """The item that the form describes; motions without a text are none, and without any the title is put to the
    vote."""
    title, motions = form.line("title"), []
    for n in range(1, points.MAX_MOTIONS + 2):
        words = form.fields.get(f"text-{n}", "").replace("\r\n", "\n").strip()
        seconds = form.line(f"seconds-{n}")
        given = int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 8 else None
        rule = form.line(f"rule-{n}") or found.profile.default_rule
        if words or (
            n == 1 and not any(form.fields.get(f"text-{m}", "").strip() for m in range(2, points.MAX_MOTIONS))
        ):
            motions.append((words or title, rule, -1 if seconds and given is None else given))
    return points.item_of(
        form.line("number").rstrip(".)"),
        title,
        tuple(motions) if "vote" in form.fields else (),
        consent="consent" in form.fields,
        drafts=before.drafts if before is not None else (),
    )
