"""Vote sheets and minutes for those who print in the hall; what can still change says so on every page."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from council.hall.page import Page
from council.hall.rehearsals import NAME as REHEARSAL
from council.papers import reading
from council.papers.chronicle import Chronicle
from council.papers.printing import FORMS, Form, Press, written
from council.papers.readiness import Rehearsed
from council.papers.readiness import readiness as readiness_paper
from council.papers.seal import Seal, Setting
from council.papers.sheet import NoSheet
from council.readiness import last_rehearsal, readiness, rehearsed
from council.words import LANGUAGES
from sql.database import LOST, Database
from voting.entries import stamp

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PaperPages(Page):
    """`site`: the public site's address without a slash at the end, for the QR; None: papers carry none. One paper is
    set at a time: the hall has other work."""

    site: str | None = None
    press: Press = field(default_factory=lambda: Press(at_once=1))

    async def sheet(self, request: Request) -> Response:
        return await self._paper(request, request.path_params["n"])

    async def minutes(self, request: Request) -> Response:
        """A draft while the sitting runs."""
        return await self._paper(request, None)

    async def readiness(self, request: Request) -> Response:
        """Of the desks at the last rehearsal of a sitting: which keys were pressed, what is to be done."""
        login = self.allowed(request, "readiness.read")
        if isinstance(login, Response):
            return login
        chamber, form = self.hall.chamber(request.path_params["sitting"]), request.path_params["form"]
        if form not in FORMS:
            return self.message(request, 404, "no_page", "/console")
        if chamber is None:
            return self.message(request, 404, "no_sitting", "/")
        try:
            async with self.hall.pool.acquire() as connection:
                rehearsal = await last_rehearsal(connection, chamber.prepared)
                if rehearsal is None:
                    return self.message(request, 404, "not_rehearsed", "/console")
                rows = await readiness(connection, rehearsal.id, chamber.data)
        except LOST as error:
            logger.warning("paper_not_made error=%s", type(error).__name__)
            return self.message(request, 503, "no_database", "/console")
        plan, language = chamber.data.plan, self._language(request)
        body = plan.body
        about = Rehearsed(
            body.municipality, body.name, plan.session_label, plan.held_on, body.timezone, stamp(self.now())
        )
        paper = readiness_paper(about, rows, language, body.locale)
        made = await self.press.made((rehearsal.id, about.made_at, language, form), lambda: written(paper, form))
        return _file(made, form, f"{rehearsal.id}-readiness-{language}.{form}", language)

    async def _paper(self, request: Request, n: int | None) -> Response:
        """n: the vote's sheet; None: the minutes."""
        login = self.allowed(request, "papers.print")
        if isinstance(login, Response):
            return login
        sitting, form = request.path_params["sitting"], request.path_params["form"]
        if form not in FORMS:
            return self.message(request, 404, "no_page", "/console")
        try:
            read = await asyncio.to_thread(asyncio.run, self._read(sitting, n))  # presses wait for nobody's minutes
        except LOST as error:
            logger.warning("paper_not_made error=%s", type(error).__name__)
            return self.message(request, 503, "no_database", "/console")
        if isinstance(read, str):
            return self.message(request, 404, read, "/console")
        told, seal, own = read
        setting = Setting(self._language(request), own, self.site)
        try:
            made = await self.press.paper(told, n, seal, setting, form)
        except NoSheet:
            return self.message(request, 404, "no_sheet", "/console")
        name = file_name(told, n, setting.language, form)
        detail = f"{name}, entry {told.record.last_seq}"
        self.hall.access.note_act(login.staff, login.role, "paper", at=self.now(), sitting=sitting, detail=detail)
        return _file(made, form, name, setting.language)

    async def _read(self, sitting: str, n: int | None) -> tuple[Chronicle, Seal | None, str] | str:
        """The sitting, what proves the paper, the council's own language; or why there is none. On connections of its
        own, for another thread's loop. A rehearsal is in a ledger of its own."""
        database = self.hall.database
        connection = await database.connect()
        schema = None if rehearsed(sitting) == sitting else REHEARSAL
        ledger = connection if schema is None else await Database(database.url, database.role, schema).connect()
        try:
            told = await reading.read(ledger, sitting)
            if told is None:
                return "not_opened"
            if n is not None and n not in told.record.votes and n not in told.record.secret_votes:
                return "no_vote"
            return told, await reading.seal_for(ledger, told, n), await reading.tongue(connection, told)
        finally:
            await ledger.close()
            if ledger is not connection:
                await connection.close()

    def _language(self, request: Request) -> str:
        wanted = request.query_params.get("lang")
        return wanted if wanted in LANGUAGES else self.locale(request)


def _file(made: bytes, form: Form, name: str, language: str) -> Response:
    headers = {"content-disposition": f'inline; filename="{name}"', "content-language": language}
    return Response(made, 200, headers, FORMS[form])


def file_name(told: Chronicle, n: int | None, language: str, form: str) -> str:
    """«meadow-council-2026-11-22-vote-3-uk.pdf»; a sitting's id has nothing in it that a header could not carry."""
    what = "minutes" if n is None else f"vote-{n}"
    return f"{told.record.sitting}-{what}-{language}.{form}"
