"""Serve an ASGI application with uvicorn, as the hall and the public site need it.

What uvicorn does not have is here: a line on which no whole request comes, or whose answer nobody takes, is cut, and
one address has only so many."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import ssl
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from council.access.tries import network_of
from council.limits import own_machine

GRACE_SECONDS = 2
HEAD_SECONDS = 20.0  # within which a request's head is there
HEAD_BYTES = 65_536
BODY_SECONDS = 300.0  # and its body: 20 MB of a file over a slow line
ANSWER_SECONDS = 60.0  # of an answer that waits in memory, so much must be taken in each such time:
ANSWER_BYTES = 60_000  # less is nobody who reads, but a stranger who fills our memory
LINES_OF_ADDRESS = (
    4096  # at once: 1,000 desks behind one address, each with an old line that is not yet known to be lost
)


SETTINGS: dict[str, Any] = {
    "log_config": None,
    "log_level": "error",  # below it strangers write: an address of 8 kB for each handshake
    "access_log": False,
    "server_header": False,
    "ws_per_message_deflate": False,
    "backlog": 4096,
    "timeout_graceful_shutdown": GRACE_SECONDS,
}


class PortTaken(Exception):
    """Another program listens there; the text says what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises PortTaken with a sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio asks which protocol it is
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"Cannot listen on {host}:{port} ({error.strerror}): another program may be using it. Stop that one, or "
            "choose another port."
        ) from error
    return listening


def require_free(*addresses: tuple[str, int]) -> None:
    """That a part can listen on each: one that cannot is started again for ever. Raises PortTaken."""
    with contextlib.ExitStack() as held:
        for host, port in addresses:
            held.enter_context(listen(host, port)).listen()


class BadCertificate(Exception):
    """The configured certificate or key cannot be used; the text says why."""


def https(files: tuple[Path, Path] | None) -> dict[str, Any]:
    """uvicorn's options for a certificate and its key; none for None. Raises BadCertificate."""
    if files is None:
        return {}
    certificate, key = files
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except FileNotFoundError as error:
        raise BadCertificate(
            f"{certificate} or {key} is not there. Make them with: council certificate NAME-OF-THE-HALL"
        ) from error
    except (OSError, ssl.SSLError) as error:
        raise BadCertificate(f"{certificate} with {key} cannot be used: {error}") from error
    return {"ssl_certfile": certificate, "ssl_keyfile": key}


def behind(proxies: Sequence[str]) -> dict[str, Any]:
    """uvicorn's options for `trusted_proxies`: from them alone X-Forwarded-For is believed, up to the rightmost address
    that is none of theirs, and X-Forwarded-Proto. An IPv4 address is known as IPv6 writes it, too."""
    known: list[str] = []
    for proxy in proxies:
        network = ip_network(proxy)
        known.append(str(network))
        if network.version == 4:
            known.append(f"::ffff:{network.network_address}/{96 + network.prefixlen}")
    return {"proxy_headers": bool(known), "forwarded_allow_ips": known}


def patient(
    base: type[HttpToolsProtocol],
    proxies: Sequence[str] = (),
    *,
    head_s: float = HEAD_SECONDS,
    body_s: float = BODY_SECONDS,
    answer_s: float = ANSWER_SECONDS,
    at_most: int = LINES_OF_ADDRESS,
) -> type[HttpToolsProtocol]:
    """`base`, which cuts a line on which a request is not whole in time, or its head too long (httptools would take one
    without end), or of whose answer less than ANSWER_BYTES is taken in `answer_s`, and the lines of one address beyond
    `at_most`.
    Those of a trusted proxy, and of the machine itself, are not counted."""
    lines: dict[str, int] = {}
    trusted = [ip_network(known) for known in behind(proxies)["forwarded_allow_ips"]]

    class Patient(base):  # type: ignore[misc, valid-type]
        _timer: asyncio.TimerHandle | None = None
        _counted: str | None = None
        _in_body = False
        _head = 0  # bytes of a head that is not whole yet
        _reader: asyncio.TimerHandle | None = None
        _left = 0  # bytes of the answer that were not taken when it was looked last

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            host = self.client[0] if self.client is not None else ""
            if host and not own_machine(host) and not any(ip_address(host) in network for network in trusted):
                self._counted = network_of(host)
                lines[self._counted] = lines.get(self._counted, 0) + 1
                if lines[self._counted] > at_most:
                    transport.abort()
                    return
            self._expect(head_s)

        def data_received(self, data: bytes) -> None:
            if self._timer is None:
                self._expect(head_s)
            super().data_received(data)
            self._head = 0 if self._in_body or self._timer is None else self._head + len(data)
            if self._head > HEAD_BYTES:
                self.transport.abort()

        def on_headers_complete(self) -> None:
            super().on_headers_complete()
            self._expect(body_s)
            self._in_body = True

        def on_message_complete(self) -> None:
            super().on_message_complete()
            self._whole()
            self._in_body = False

        def pause_writing(self) -> None:
            super().pause_writing()
            self._left = self.transport.get_write_buffer_size()
            self._reader = self.loop.call_later(answer_s, self._look)

        def resume_writing(self) -> None:
            self._taken()
            super().resume_writing()

        def _look(self) -> None:
            before, self._left = self._left, self.transport.get_write_buffer_size()
            if before - self._left < ANSWER_BYTES:
                self.transport.abort()
            else:
                self._reader = self.loop.call_later(answer_s, self._look)

        def _taken(self) -> None:
            if self._reader is not None:
                self._reader.cancel()
                self._reader = None

        def handle_websocket_upgrade(self) -> None:
            self._whole()
            self._taken()
            self._gone()
            super().handle_websocket_upgrade()

        def connection_lost(self, exc: Exception | None) -> None:
            self._whole()
            self._taken()
            self._gone()
            super().connection_lost(exc)

        def _expect(self, seconds: float) -> None:
            self._whole()
            self._timer = self.loop.call_later(seconds, self.transport.abort)

        def _whole(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _gone(self) -> None:
            """It is no line of a browser any more: a websocket is counted by `Limits`."""
            if self._counted is not None:
                lines[self._counted] -= 1
                if not lines[self._counted]:
                    del lines[self._counted]
                self._counted = None

    return Patient


async def serve(app: ASGIApp, host: str, port: int, *, proxies: Sequence[str] = (), **options: Any) -> None:
    """Serve until SIGTERM or SIGINT. `proxies`: as council.toml names them. Raises PortTaken."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # one file a reader
    listening = listen(host, port)
    given = SETTINGS | options | behind(proxies)
    given["http"] = patient(given.get("http", HttpToolsProtocol), proxies)
    server = uvicorn.Server(uvicorn.Config(app, **given))
    await server.serve(sockets=[listening])


def run(main: Any) -> Any:
    """Run a coroutine on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
