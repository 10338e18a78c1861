"""A program's line to the hall display's socket: what the hall shows, for ever, over restarts of the hall."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from council.protocol import (
    MAX_STATE_BYTES,
    PROTOCOL,
    BadMessage,
    DisplayState,
    Hello,
    Ping,
    decode_to_display,
    encode,
)
from hardware.wall_screen import Shown

log = logging.getLogger(__name__)

PING_SECONDS = 1.0
SILENT_SECONDS = 4.0  # without any frame the connection counts as lost; pongs come every second
WAIT_SECONDS = (0.2, 2.0)


async def follow(url: str, show: Callable[[Shown], None]) -> None:
    """Call `show` with each state, and with the last one unlinked when the line is lost. Ends only by cancelling.

    url: ws://…/ws/display?sitting=…"""
    parts = urlsplit(url)
    origin = f"{'https' if parts.scheme == 'wss' else 'http'}://{parts.netloc}"  # the hall takes its own pages only
    shown = Shown(None)
    while True:
        try:
            socket = await connect(
                *(url,),
                additional_headers={"Origin": origin},
                compression=None,
                ping_interval=None,
                open_timeout=SILENT_SECONDS,
                close_timeout=0.5,
                max_size=MAX_STATE_BYTES,
                proxy=None,
            )
            pinging = asyncio.create_task(_ping(socket))
            try:
                await socket.send(encode(Hello(protocol=PROTOCOL)))
                while True:
                    async with asyncio.timeout(SILENT_SECONDS):
                        frame = await socket.recv(decode=True)
                    message = decode_to_display(frame)
                    if isinstance(message, DisplayState):
                        ahead = datetime.fromisoformat(message.server_time) - datetime.now(UTC)
                        shown = Shown(message, ahead)
                        show(shown)
            finally:
                pinging.cancel()
                await asyncio.gather(pinging, return_exceptions=True)
                await socket.close()
        except (OSError, TimeoutError, WebSocketException, BadMessage) as error:
            log.info("no_display error=%s", type(error).__name__)
        if shown.linked and shown.state is not None:
            shown = replace(shown, linked=False)
            show(shown)
        await asyncio.sleep(random.uniform(*WAIT_SECONDS))  # noqa: S311 - no secret


async def _ping(socket: ClientConnection) -> None:
    with suppress(WebSocketException):
        while True:
            await asyncio.sleep(PING_SECONDS)
            await socket.send(encode(Ping(t=asyncio.get_running_loop().time())))
