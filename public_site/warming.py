"""What is asked for first after the site's start, asked for by the site itself: the player's page and the recordings of
each council's newest sitting, which take ten times as long the first time as later."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

from starlette.types import ASGIApp, Message

from public_site.records import queries
from public_site.site import Site
from streaming.locate import filmed

log = logging.getLogger(__name__)

RECORDINGS = 12  # at most; fewer than are kept in memory


async def warm(app: ASGIApp, site: Site) -> None:
    """One after the other. What cannot be made beforehand is made when it is asked for."""
    try:
        async for address in _addresses(site):
            await _ask(app, address)
    except Exception as error:  # a database that is away, a page that breaks: whoever asks is told
        log.warning("nothing more is made beforehand error=%s", type(error).__name__)


async def _addresses(site: Site) -> AsyncIterator[str]:
    found: list[tuple[str, str]] = []
    async with site.pool.acquire() as connection:
        for body in [row["id"] async for row in queries.bodies(connection)]:
            newest = await queries.live_sitting(connection, body=body)
            known = await filmed(connection, newest["sitting_id"]) if newest is not None else None
            found += [(known.sitting, camera) for camera in known.cameras] if known is not None else []
    for sitting in dict.fromkeys(sitting for sitting, _ in found):
        yield f"/sittings/{sitting}/video"
    for sitting, camera in found[:RECORDINGS]:
        yield f"/sittings/{sitting}/video/{camera}.m3u8"


async def _ask(app: ASGIApp, path: str) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Message) -> None:
        return

    scope = {
        **{"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "method": "GET"},
        **{"path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": []},
        **{"client": None, "server": None},
    }
    await app(scope, receive, send)
