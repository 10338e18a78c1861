"""Serve an ASGI application with uvicorn, as the hall and the public site need it."""

from __future__ import annotations

import asyncio
import resource
import socket
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
