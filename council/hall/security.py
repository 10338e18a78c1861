"""What every answer of the hall carries, and who may open a websocket.

Pages of the hall are served to its own network, yet a member's browser also visits other sites: a page of theirs must
not be able to speak to the hall in the member's or clerk's name. Cookies are SameSite=Strict, forms carry a token, and
a websocket must come from a page of this very host, or bring a terminal's key in its header.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from council.limits import Kind

MAX_BODY_BYTES = 16_384  # of a form
SOCKETS = 4096  # of one address at once: 1,000 desks behind it, and their old lines that are not yet known to be lost

# How much one address may ask: 1,000 desks behind it load their page or come back in the same second. Signing in and
# enrolling are counted more narrowly in `council.access`, receipts by terminal. Static files are not counted.
KINDS = (
    Kind(("/papers/", "/audit", "/staff", "/prepare", "/console/documents"), per_s=5, burst=100),
    Kind(("/login", "/account", "/logout"), per_s=5, burst=100),
    Kind(("/terminal/enrol",), per_s=20, burst=1200),
    Kind(("/static/", "/healthz"), per_s=2000, burst=100_000),
    Kind(("/",), per_s=100, burst=4500),
)
MAX_UPLOAD_BYTES = 21_000_000  # of a form with a file; who may send none is answered before it is read
UPLOADS = ("/console/documents", "/prepare/")  # addresses, or what they begin with

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self' {sockets}",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


# A browser shows a PDF in a page of its own making: an object with a style.
PDF = "application/pdf"
PDF_CSP = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


class SecurityHeaders:
    """ASGI: headers on every HTTP answer. Pages are not stored anywhere; static files say themselves how long."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")
        # 'self' covers ws: of the same host only in newer browsers, so the host is named
        safe = all(c.isalnum() or c in ".-:[]" for c in host)
        sockets = f"ws://{host} wss://{host}" if host and safe else ""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                policy = CSP.format(sockets=sockets).replace(" ;", ";")
                headers["Content-Security-Policy"] = PDF_CSP if headers.get("content-type") == PDF else policy
                headers["Referrer-Policy"] = "same-origin"
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BodyLimit:
    """ASGI: a request body of more than `MAX_BODY_BYTES` (to UPLOADS `MAX_UPLOAD_BYTES`) is answered 413 and not read
    on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        most = MAX_UPLOAD_BYTES if scope["path"].startswith(UPLOADS) else MAX_BODY_BYTES
        if not length.isdigit() or int(length) > most or "transfer-encoding" in Headers(scope=scope):
            await send({"type": "http.response.start", "status": 413, "headers": [(b"connection", b"close")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._app(scope, receive, send)


class ZeroBytes:
    """ASGI: a request whose address holds a zero byte, which the database takes in no text, is answered by `answer`."""

    def __init__(self, app: ASGIApp, answer: Callable[[Request, Exception], Awaitable[Response]]) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
            await (await self._answer(Request(scope), ZeroByte()))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class ZeroByte(Exception):
    """What was sent holds a zero byte."""


def own_origin(headers: Headers) -> bool | None:
    """Whether a request comes from a page of this host; None: the client is no browser and says nothing."""
    origin = headers.get("origin")
    if origin is None:
        return None
    return bool(urlsplit(origin).netloc) and urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def bearer(headers: Headers) -> str | None:
    """The key of `Authorization: Bearer …`."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" else None
