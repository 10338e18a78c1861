"""Serve an ASGI application with uvicorn, as the hall and the public site need it."""

from __future__ import annotations

import asyncio
import resource
import socket
import ssl
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

GRACE_SECONDS = 2


class PortTaken(Exception):
    """Another program listens there; the text says what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises PortTaken with a sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
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


async def serve(app: ASGIApp, host: str, port: int, **options: Any) -> None:
    """Serve until SIGTERM or SIGINT. Raises PortTaken."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # one file a reader
    listening = listen(host, port)
    settings: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "ws_per_message_deflate": False,
        "backlog": 4096,
        "timeout_graceful_shutdown": GRACE_SECONDS,
    }
    config = uvicorn.Config(app, **(settings | options))
    server = uvicorn.Server(config)
    await server.serve(sockets=[listening])


def run(main: Any) -> Any:
    """Run a coroutine on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
