"""How to check us: the page that explains it, the newest checkpoint, and the whole ledger as one file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from public_site.checking import hash_lines
from public_site.records import LedgerView, queries
from public_site.site import NEVER, Missing, Site, site_of
from public_site.wording import stamp
from voting.export import export_lines


async def ledger(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        frame = await site.frame(request, connection, "ledger")
        view = await site.records.ledger(connection)
    context = {
        "ledger": view,
        "root": hash_lines(view.root.hex()) if view else (),
        "signed": f"{frame.w.day(frame.w.day_of(view.signed_at))}, {frame.w.time(view.signed_at)}" if view else "",
        "origin": site.settings.origin,
        "vkey": site.settings.vkey,
    }
    return site.page(request, frame, "ledger.html", context, cache=NEVER)


async def ledger_twin(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        view = await site.records.ledger(connection)
    value = {
        "origin": site.settings.origin,
        "vkey": site.settings.vkey,
        "size": view.size if view else 0,
        "root": view.root.hex() if view else None,
        "signed_at": stamp(view.signed_at) if view else None,
        "checkpoint": view.note if view else None,
        "export": "/ledger/export.jsonl",
    }
    return site.json(request, value, cache=NEVER)


async def checkpoint(request: Request) -> Response:
    """The signed note, as C2SP tlog-checkpoint has it."""
    site = site_of(request)
    view = await _newest(site, request)
    return PlainTextResponse(view.note, headers={"cache-control": NEVER, "access-control-allow-origin": "*"})


async def export(request: Request) -> Response:
    """Every entry below the newest checkpoint's size, and that checkpoint: entries never change, so that reading in
    pieces, with no transaction held for a slow reader, is consistent with it."""
    site = site_of(request)
    view = await _newest(site, request)
    headers = {
        "cache-control": NEVER,
        "content-disposition": 'attachment; filename="export.jsonl"',
        "access-control-allow-origin": "*",
    }
    return StreamingResponse(_export(site, view), media_type="application/jsonl", headers=headers)


async def _newest(site: Site, request: Request) -> LedgerView:
    async with site.pool.acquire() as connection:
        view = await site.records.ledger(connection)
    if view is None:
        w = site.wording(request)
        raise Missing(
            "empty_ledger",
            str(w.say("The ledger is empty: nothing has been recorded yet.")),
            str(w.say("It begins with the first sitting or import.")),
        )
    return view


async def _export(site: Site, view: LedgerView) -> AsyncIterator[bytes]:
    first, last = export_lines((), view.note, site.settings.origin, site.settings.vkey)
    yield first
    after = -1
    while after < view.size - 1:
        async with site.pool.acquire() as connection:
            rows: list[Any] = [row async for row in queries.bodies_after(connection, after=after, until=view.size)]
        if not rows:
            return  # a file cut off is seen to be so: it has no last line
        after = rows[-1]["seq"]
        yield b"".join(row["body"].encode() + b"\n" for row in rows)
    yield last
