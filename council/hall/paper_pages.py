"""Vote sheets and minutes for those who print in the hall; what can still change says so on every page."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from council.hall.page import Page
from council.papers import reading
from council.papers.chronicle import Chronicle
from council.papers.printing import FORMS, Press
from council.papers.seal import Setting
from council.papers.sheet import NoSheet
from council.words import PAPER_LANGUAGES
from sql.database import LOST

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

    async def _paper(self, request: Request, n: int | None) -> Response:
        """n: the vote's sheet; None: the minutes."""
        login = self.allowed(request, "papers.print")
        if isinstance(login, Response):
            return login
        sitting, form = request.path_params["sitting"], request.path_params["form"]
        if form not in FORMS:
            return self.message(request, 404, "no_page", "/console")
        try:
            async with self.hall.pool.acquire() as connection:
                told = await reading.read(connection, sitting)
                if told is None:
                    return self.message(request, 404, "not_opened", "/console")
                if n is not None and n not in told.record.votes and n not in told.record.secret_votes:
                    return self.message(request, 404, "no_vote", "/console")
                seal = await reading.seal_for(connection, told, n)
                setting = Setting(self._language(request), await reading.tongue(connection, told), self.site)
        except LOST as error:
            logger.warning("paper_not_made error=%s", type(error).__name__)
            return self.message(request, 503, "no_database", "/console")
        try:
            body = await self.press.paper(told, n, seal, setting, form)
        except NoSheet:
            return self.message(request, 404, "no_sheet", "/console")
        name = file_name(told, n, setting.language, form)
        detail = f"{name}, entry {told.record.last_seq}"
        self.hall.access.note_act(login.staff, login.role, "paper", at=self.now(), sitting=sitting, detail=detail)
        headers = {"content-disposition": f'inline; filename="{name}"', "content-language": setting.language}
        return Response(body, 200, headers, FORMS[form])

    def _language(self, request: Request) -> str:
        wanted = request.query_params.get("lang")
        return wanted if wanted in PAPER_LANGUAGES else self.locale(request)


def file_name(told: Chronicle, n: int | None, language: str, form: str) -> str:
    """«meadow-council-2026-11-22-vote-3-uk.pdf»; a sitting's id has nothing in it that a header could not carry."""
    what = "minutes" if n is None else f"vote-{n}"
    return f"{told.record.sitting}-{what}-{language}.{form}"
