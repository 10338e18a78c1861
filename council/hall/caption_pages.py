"""Captions of a sitting's recording: files taken over, their text corrected beside the moments, earlier versions.

Who may is in `rights.py` (captions.read, captions.edit). A track of 20,000 cues is read and written on another thread,
with a connection of its own: presses do not wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from council import captions
from council.access import Login
from council.caption_words import sentences
from council.captions import Author, Full, Overtaken, Version
from council.hall.caption_view import (
    CUES,
    cue_rows,
    not_saved,
    pages_of,
    track_rows,
    typed_captions,
    version_rows,
)
from council.hall.preparing import Form, Prepared, Preparing, done_of
from sql.database import LOST
from streaming import index, webvtt
from streaming.captions import LANGUAGES, Caption, language_name, numbered, timed, timed_from
from streaming.webvtt import CaptionsRefused, Problem

logger = logging.getLogger(__name__)

CHANGE = "captions.edit"  # the right

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CaptionPages(Preparing):
    """`site`: the public site's address, where moments are played; None: times are no links."""

    site: str | None = None

    # --- all languages ----------------------------------------------------------------------------------------------

    async def captions(self, request: Request) -> Response:
        login = self.allowed(request, "captions.read")
        return login if isinstance(login, Response) else await self._all(request, 200)

    async def _all(self, request: Request, status: int, problems: Sequence[str] = ()) -> Response:
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        try:
            known, cameras = await self._elsewhere(lambda conn: _overview(conn, found))
        except LOST:
            return self.message(request, 503, "no_database", f"/prepare/{found.plan.id}")
        locale = self.locale(request)
        return self.render(
            *(request, "prepare_captions", status),
            changes=CHANGE,
            plan=found.plan,
            tracks=track_rows(known, _zone(found), locale),
            cameras=cameras,
            languages=[(code, language_name(code)) for code in LANGUAGES],
            own=found.plan.body.locale,
            problems=problems,
            done=done_of(request, locale),
        )

    async def upload(self, request: Request) -> Response:
        """A file: its language, what it counts from, whether a machine wrote it."""
        answered = await self.asked(request, CHANGE)
        if isinstance(answered, Response):
            return answered
        login, form = answered
        if not self.genuine(request, form.fields):
            return await self._all(request, 403, [self.say(request, "stale_form")])
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        language, file = form.line("language"), form.file("file")
        if file is None or language not in LANGUAGES:
            return await self._all(request, 400, [self.say(request, "no_file")])
        name, data = file
        try:
            seen = _number(form.line(f"seen-{language}"))
            version = await self._elsewhere(lambda conn: self._take(conn, found, login, form, data, name, seen))
        except CaptionsRefused as refused:
            return await self._all(request, 400, sentences(refused, self.locale(request), name=name[:120]))
        except (Overtaken, Full) as error:
            return await self._all(request, 409, [self.say(request, _code(error))])
        except LOST:
            return self.message(request, 503, "not_known", f"/prepare/{found.plan.id}/captions")
        return self._made(login, found, language, version, f"uploaded {name}")

    async def _take(
        self, conn: Any, found: Prepared, login: Login, form: Form, data: bytes, name: str, seen: int
    ) -> int:
        cues = webvtt.read(data)
        captions.legible(cues)
        window = await index.sitting_window(conn, found.plan.id, withheld=True)
        if window is None or window.start >= window.end:
            raise CaptionsRefused([Problem("no_recording")])
        if form.line("zero") == "clip":
            zeros = captions.moments(form.line("begins"), window.start, window.end, _zone(found))
            if len(zeros) != 1:
                code = "begins_twice" if zeros else "bad_begins"
                raise CaptionsRefused([Problem(code, value=form.line("begins"))])
            given = timed_from(cues, zeros[0])
        else:
            _, segments = await index.between(conn, form.line("zero"), window.start, window.end, hide=("closed",))
            if not segments:
                raise CaptionsRefused([Problem("no_recording")])
            given = timed(cues, segments)
        captions.within(given, window.start, window.end)
        return await captions.write(
            *(conn, found.plan.id, form.line("language"), seen, numbered(given)),
            by=Author(login.staff, login.name),
            at=self.now(),
            how="uploaded",
            detail=" ".join(name.split())[:120],
            machine="machine" in form.fields,
        )

    # --- one language -----------------------------------------------------------------------------------------------

    async def track(self, request: Request) -> Response:
        """`?version=` an earlier one, to be read; `?page=` of the cues."""
        login = self.allowed(request, "captions.read")
        return login if isinstance(login, Response) else await self._track(request, 200)

    async def _track(
        self,
        request: Request,
        status: int,
        problems: Sequence[str] = (),
        typed: Form | None = None,
        lost: Form | None = None,
    ) -> Response:
        """typed: a form that was refused; what was typed stands in its fields again. lost: one that came after another
        version; what was typed stands beside the new one."""
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        language, back = request.path_params["language"], f"/prepare/{found.plan.id}/captions"
        asked = _number(request.query_params.get("version", ""))
        try:
            read = await self._elsewhere(lambda conn: _read(conn, found.plan.id, language, asked))
        except LOST:
            return self.message(request, 503, "no_database", back)
        if read is None:
            return self.message(request, 404, "no_prepared", back)
        known, shown, cues = read
        page = min(max(1, _number(request.query_params.get("page", "1"))), max(1, -(-len(cues) // CUES)))
        locale, zone = self.locale(request), _zone(found)
        newest = known[0]
        return self.render(
            *(request, "prepare_track", status),
            changes=CHANGE,
            plan=found.plan,
            language=language,
            name=language_name(language),
            shown=version_rows([shown], zone, locale)[0],
            newest=newest.version,
            editable=shown is newest and newest.how != "withdrawn",
            withdrawn=newest.how == "withdrawn",
            machine=shown.machine,
            versions=version_rows(known, zone, locale),
            cues=cue_rows(cues[(page - 1) * CUES : page * CUES], zone, self.site, found.plan.id, typed),
            page_no=page,
            pages=pages_of(len(cues), page, locale),
            problems=problems,
            lost=not_saved(cues, lost) if lost is not None else [],
            done=done_of(request, locale),
        )

    async def change_track(self, request: Request) -> Response:
        """`act`: save the text of a page of cues, show an earlier version again, or show none."""
        answered = await self.asked(request, CHANGE)
        if isinstance(answered, Response):
            return answered
        login, form = answered
        if not self.genuine(request, form.fields):
            return await self._track(request, 403, [self.say(request, "stale_form")], form)
        found = await self.load(request)
        if isinstance(found, Response):
            return found
        language = request.path_params["language"]
        if form.line("act") not in ("save", "restore", "withdraw"):
            return await self._track(request, 400, [self.say(request, "stale_form")], form)
        try:
            version, detail = await self._elsewhere(lambda conn: self._changed(conn, found, login, language, form))
        except CaptionsRefused as refused:
            told = sentences(refused, self.locale(request), of_cues=True)
            return await self._track(request, 400, told, form)
        except (Overtaken, Full) as error:
            return await self._track(request, 409, [self.say(request, _code(error))], lost=form)
        except KeyError:
            return self.message(request, 404, "no_prepared", f"/prepare/{found.plan.id}/captions")
        except LOST:
            return self.message(request, 503, "not_known", f"/prepare/{found.plan.id}/captions")
        return self._made(login, found, language, version, detail, page=_number(request.query_params.get("page", "")))

    async def _changed(self, conn: Any, found: Prepared, login: Login, language: str, form: Form) -> tuple[int, str]:
        """The newest version, and what was done. Raises KeyError where there is no such version."""
        seen = _number(form.line("seen"))
        read = await _read(conn, found.plan.id, language, _number(form.line("version")) or seen)
        if read is None:
            raise KeyError(language)
        known, shown, cues = read
        if known[0].version != seen:
            raise Overtaken
        author, at = Author(login.staff, login.name), self.now()
        if form.line("act") == "withdraw":
            version = await captions.write(conn, found.plan.id, language, seen, [], by=author, at=at, how="withdrawn")
            return version, "withdrawn"
        if form.line("act") == "restore":
            if not cues:
                raise KeyError(language)
            version = await captions.write(
                *(conn, found.plan.id, language, seen, cues),
                by=author,
                at=at,
                how="restored",
                detail=str(shown.version),
                machine=shown.machine,
            )
            return version, f"restored version {shown.version}"
        new, machine = typed_captions(cues, form), shown.machine and "read" not in form.fields
        if new == cues and machine == shown.machine:
            return seen, ""
        if not new:
            raise CaptionsRefused([Problem("no_cues")])
        changed = len(set(cues) - set(new))
        new = [replace(one, n=n) for n, one in enumerate(new, 1)]
        version = await captions.write(
            *(conn, found.plan.id, language, seen, new), by=author, at=at, how="edited", machine=machine
        )
        return version, f"edited {changed} cues" + (", read through" if machine != shown.machine else "")

    def _made(self, login: Login, found: Prepared, language: str, version: int, detail: str, page: int = 0) -> Response:
        if detail:
            self.note(login, found.plan.id, "captions_changed", f"{language} version {version}: {detail}")
        query = "done=saved" + (f"&page={page}" if page > 1 else "")
        return RedirectResponse(f"/prepare/{found.plan.id}/captions/{language}?{query}", 303)

    async def _elsewhere(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """On a thread and a connection of their own."""

        async def run() -> T:
            connection = await self.hall.database.connect()
            try:
                return await work(connection)
            finally:
                await connection.close()

        return await asyncio.to_thread(asyncio.run, run())


async def _overview(conn: Any, found: Prepared) -> tuple[list[Version], list[str]]:
    """All versions, and the cameras whose recording a file may count from."""
    known = await captions.versions(conn, found.plan.id)
    window = await index.sitting_window(conn, found.plan.id, withheld=True)
    if window is None or window.start >= window.end:
        return known, []
    return known, await captions.cameras(conn, found.plan.body.id, window.start, window.end)


async def _read(
    conn: Any, sitting: str, language: str, asked: int
) -> tuple[list[Version], Version, list[Caption]] | None:
    """All versions of the language, newest first; the one asked for (0: the newest), and its captions."""
    known = [one for one in await captions.versions(conn, sitting) if one.language == language]
    shown = next((one for one in known if asked in (0, one.version)), None)
    cues = await captions.read(conn, sitting, language, shown.version) if shown is not None else None
    return None if shown is None or cues is None else (known, shown, cues)


def _code(error: Overtaken | Full) -> str:
    return "captions_overtaken" if isinstance(error, Overtaken) else "captions_full"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _zone(found: Prepared) -> ZoneInfo:
    return ZoneInfo(found.plan.body.timezone)
