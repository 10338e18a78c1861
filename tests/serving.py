"""An application served in the test's own process: it begins and it ends, or the test fails at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import socket

import uvicorn

STOP_S = 60.0


@asynccontextmanager
async def serving(config: uvicorn.Config, listening: socket) -> AsyncIterator[None]:
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]), name="served")
    try:
        while not server.started:
            assert not task.done(), "the server ended before it began"
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await asyncio.wait({task}, timeout=STOP_S)
        assert task.done(), f"the server did not end: {task}"
        await task
        listening.close()
