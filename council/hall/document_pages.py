"""Files that the console sends up: the scan of a secret ballot's protocol. They are kept with the drafts."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from council.agenda import drafts
from council.agenda.problems import AgendaRefused, Problem
from council.hall.page import Page, texts
from council.rights import may

logger = logging.getLogger(__name__)

RIGHT = "RecordSecretVote"
SCANS = ("pdf", "png", "jpg", "jpeg")


@dataclass(frozen=True, slots=True)
class DocumentPages(Page):
    """`drafts`: the folder that files are kept in; None: none are taken."""

    drafts: Path | None = None

    async def upload(self, request: Request) -> Response:
        """A form with `csrf` and `file`, answered by {name, sha256, bytes}: what RecordSecretVote names. A repeat keeps
        nothing twice. Nothing is read of whoever may not."""
        login = self.login_of(request)
        if login is None or not may(login.role, RIGHT):
            if login is not None:
                self.hall.access.note_act(login.staff, login.role, "document", at=self.now(), outcome="not_allowed")
            return self.error(403, "not_allowed", self.say(request, "page_not_allowed"))
        if self.drafts is None:
            return self.error(503, "no_folder", self.say(request, "no_folder"))
        async with request.form(max_files=1, max_fields=5) as form:
            if not self.genuine(request, texts(form)):
                return self.error(403, "stale_form", self.say(request, "stale_form"))
            file = form.get("file")
            if not isinstance(file, UploadFile):
                return self.error(400, "bad_message", "send csrf and file")
            name, data = file.filename or "", await file.read()
        try:
            if name.rpartition(".")[2].casefold() not in SCANS:
                raise AgendaRefused(name, [Problem("draft_type", expected=", ".join(SCANS))])
            document = drafts.document(name, data)
            await asyncio.to_thread(drafts.keep, self.drafts, document, data, f"scans-{self.now():%Y-%m-%d}")
        except AgendaRefused as error:
            return self.error(400, error.problems[0].code, error.problems[0].sentence(self.locale(request)))
        except OSError as error:
            logger.warning("document_not_kept error=%s", type(error).__name__)
            return self.error(507, "not_kept", self.say(request, "not_kept"))
        self.hall.access.note_act(login.staff, login.role, "document", at=self.now(), detail=document.sha256)
        return JSONResponse({"name": document.name, "sha256": document.sha256, "bytes": document.bytes_})
