"""The hall's web app: routes over a `Hall`. The application is data; what it does is in `pages` and `sockets`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from council.hall import sockets
from council.hall.caption_pages import CaptionPages
from council.hall.document_pages import DocumentPages
from council.hall.hall_socket import HallSocket
from council.hall.page import FOLDER, build_id, templates
from council.hall.pages import Pages
from council.hall.paper_pages import PaperPages
from council.hall.prepare_item_pages import PrepareItemPages
from council.hall.prepare_pages import PreparePages
from council.hall.process import Hall
from council.hall.room_pages import RoomPages
from council.hall.security import KINDS, SOCKETS, BodyLimit, SecurityHeaders, ZeroByte, ZeroBytes
from council.hall.sign_in_pages import SignInPages
from council.hall.staff_pages import StaffPages
from council.hall.surroundings import HallCamera
from council.limits import Limits
from council.protocol import MAX_FRAME_BYTES
from council.words import DEFAULT, LANGUAGES, translations

__all__ = ["UVICORN", "Hall", "HallCamera", "build"]


# How uvicorn must serve the hall: `uvicorn.Config(build(hall), **UVICORN)`.
UVICORN: dict[str, Any] = {
    "ws": HallSocket,
    "ws_max_size": MAX_FRAME_BYTES * 4,  # bytes; the protocol counts characters, of up to four bytes
    "ws_per_message_deflate": False,
    "ws_ping_interval": 20.0,
    "ws_ping_timeout": 20.0,
    "proxy_headers": False,
    "server_header": False,
    "access_log": False,
    "timeout_keep_alive": 15,
    "h11_max_incomplete_event_size": 32_768,
}


class Static(StaticFiles):
    """Files of the build: checked by ETag each time, and unchanging where the address names this build (`?v=`)."""

    def __init__(self, directory: Any, build: str) -> None:
        super().__init__(directory=directory)
        self._build = build.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fixed = scope.get("query_string") == b"v=" + self._build

        async def send_with_cache(message: Any) -> None:
            if message["type"] == "http.response.start":
                value = b"public, max-age=31536000, immutable" if fixed else b"no-cache"
                message["headers"] = [*message["headers"], (b"cache-control", value)]
            await send(message)

        await super().__call__(scope, receive, send_with_cache)


def build(
    hall: Hall,
    *,
    https: bool = False,
    language: str = DEFAULT,
    site: str | None = None,
    drafts: Path | None = None,
) -> Starlette:
    """The ASGI application. It closes the hall when it is shut down.

    https: browsers reach it by HTTPS, through a proxy that we cannot ask: cookies are then marked Secure.
    language: that pages open in. site: the public site's address, to which papers point.
    drafts: the folder that files of agendas and of secret ballots are kept in."""
    build_name = build_id()
    for locale in LANGUAGES:  # now, and not in the middle of a vote, when the first who speaks it comes
        for domain in ("hall", "words"):
            translations(locale, domain)
    given = (hall, build_name, templates(), https, language)
    pages, room, sign_in, staff = Pages(*given), RoomPages(*given), SignInPages(*given), StaffPages(*given)
    papers, documents = PaperPages(*given, site=site), DocumentPages(*given, drafts=drafts)
    prepare, items = PreparePages(*given, drafts=drafts), PrepareItemPages(*given, drafts=drafts)
    captions = CaptionPages(*given, site=site)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await hall.close()

    async def terminal(websocket: WebSocket) -> None:
        await sockets.terminal(websocket, hall, build_name)

    async def console(websocket: WebSocket) -> None:
        await sockets.console(websocket, hall, build_name)

    async def display(websocket: WebSocket) -> None:
        await sockets.display(websocket, hall, build_name)

    return Starlette(
        routes=[
            Route("/", room.home),
            Route("/readiness", room.readiness),
            Route("/healthz", pages.health),
            Route("/terminal", pages.terminal),
            Route("/terminal/enrol", pages.enrol, methods=["POST"]),
            Route("/terminal/receipt", pages.receipt, methods=["POST"]),
            Route("/console", pages.console),
            Route("/console/documents", documents.upload, methods=["POST"]),
            Route("/chair", pages.chair),
            Route("/display", pages.display),
            Route("/login", sign_in.login),
            Route("/login", sign_in.sign_in, methods=["POST"]),
            Route("/login/factor", sign_in.step),
            Route("/login/factor", sign_in.second_step, methods=["POST"]),
            Route("/login/set-up", sign_in.step),
            Route("/login/set-up", sign_in.second_step, methods=["POST"]),
            Route("/logout", sign_in.sign_out, methods=["POST"]),
            Route("/account", sign_in.account),
            Route("/account", sign_in.change_account, methods=["POST"]),
            Route("/staff", staff.staff),
            Route("/staff", staff.change_staff, methods=["POST"]),
            Route("/staff/members", staff.members),
            Route("/staff/members", staff.change_member, methods=["POST"]),
            Route("/audit", staff.audit),
            Route("/audit.json", staff.audit_json),
            Route("/prepare", prepare.sittings),
            Route("/prepare", prepare.make_sitting, methods=["POST"]),
            Route("/prepare/{sitting}", prepare.sitting),
            Route("/prepare/{sitting}", prepare.change_sitting, methods=["POST"]),
            Route("/prepare/{sitting}/item", items.item),
            Route("/prepare/{sitting}/item", items.change_item, methods=["POST"]),
            Route("/prepare/{sitting}/seats", items.seats),
            Route("/prepare/{sitting}/seats", items.change_seats, methods=["POST"]),
            Route("/prepare/{sitting}/drafts/{sha256}", items.draft),
            Route("/prepare/{sitting}/captions", captions.captions),
            Route("/prepare/{sitting}/captions", captions.upload, methods=["POST"]),
            Route("/prepare/{sitting}/captions/{language}", captions.track),
            Route("/prepare/{sitting}/captions/{language}", captions.change_track, methods=["POST"]),
            Route("/papers/{sitting}/votes/{n:int}.{form}", papers.sheet),
            Route("/papers/{sitting}/minutes.{form}", papers.minutes),
            Route("/papers/{sitting}/readiness.{form}", papers.readiness),
            WebSocketRoute("/ws/terminal", terminal),
            WebSocketRoute("/ws/console", console),
            WebSocketRoute("/ws/display", display),
            Mount("/static", Static(FOLDER / "static", build_name)),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(Limits, kinds=KINDS, answer=pages.too_many, sockets=SOCKETS),
            Middleware(ZeroBytes, answer=pages.zero_byte),
            Middleware(BodyLimit),
        ],
        exception_handlers={
            404: pages.not_found,
            405: pages.not_allowed,
            ClientDisconnect: pages.gone,
            ZeroByte: pages.zero_byte,
        },
        lifespan=lifespan,
    )
