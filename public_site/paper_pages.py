"""Vote sheets and minutes as files: `sheet.pdf`, `sheet.txt`, `minutes.pdf`, `minutes.txt`.

`?lang=` is one of five languages; without it the council's own. The papers themselves are made in `council/papers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from council.papers import reading
from council.papers.chronicle import Chronicle
from council.papers.printing import FORMS
from council.papers.seal import Seal, Setting
from council.papers.sheet import NoSheet
from council.words import LANGUAGES
from public_site.finding import find_record, find_vote
from public_site.site import Missing, Site, site_of


async def sheet(request: Request) -> Response:
    site = site_of(request)
    w = site.wording(request)
    async with site.pool.acquire() as connection:
        kept, record, n = await find_vote(site, connection, request, w)
        material = await _material(site, connection, request, kept.chronicle(record), n)
    try:
        return await _answer(request, material)
    except NoSheet:
        raise Missing(
            "vote_open",
            str(w.say("This vote is not closed yet.")),
            str(w.say("Its sheet will be here as soon as it is.")),
            ((f"/sittings/{record.sitting}/votes/{n}", str(w.say("The page of this vote"))),),
            record.opened.body,
        ) from None


async def minutes(request: Request) -> Response:
    """Only of a sitting that is closed: what still goes on has no minutes yet."""
    site = site_of(request)
    w = site.wording(request)
    async with site.pool.acquire() as connection:
        kept, record = await find_record(site, connection, request.path_params["sitting"], w)
        if record.closed_seq is None:
            raise Missing(
                "not_closed",
                str(w.say("This sitting has not been closed yet.")),
                str(w.say("Its minutes will be here as soon as it is.")),
                ((f"/sittings/{record.sitting}", str(w.say("The page of the sitting"))),),
                record.opened.body,
            )
        material = await _material(site, connection, request, kept.chronicle(record), None)
    return await _answer(request, material)


@dataclass(frozen=True, slots=True)
class Material:
    """What a paper is made of, read from the database; `n` None: the minutes."""

    told: Chronicle
    n: int | None
    seal: Seal | None
    setting: Setting


async def _material(site: Site, connection: Any, request: Request, told: Chronicle, n: int | None) -> Material:
    if request.path_params["form"] not in FORMS:
        raise HTTPException(404)
    own = await reading.tongue(connection, told)
    wanted = request.query_params.get("lang", "")
    setting = Setting(wanted if wanted in LANGUAGES else own, own, site.settings.url)
    return Material(told, n, await reading.seal_for(connection, told, n), setting)


async def _answer(request: Request, material: Material) -> Response:
    """Made without holding a connection: a crowd must not keep the pages from the database."""
    site, form, language = site_of(request), request.path_params["form"], material.setting.language
    body = await site.press.paper(material.told, material.n, material.seal, material.setting, form)
    what = "minutes" if material.n is None else f"vote-{material.n}"
    name = f"{material.told.record.sitting}-{what}-{language}.{form}"
    return site.file(request, body, FORMS[form], name, language)
