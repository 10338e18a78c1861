"""Fakes driven by hand, for tests: a terminal without manners, and a network that can be cut."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from council.message import Message
from council.protocol import (
    MAX_STATE_BYTES,
    decode_to_terminal,
    encode,
)

Kind = TypeVar("Kind", bound=Message)


class RogueTerminal:
    """Sends whatever it is told to, and keeps everything it hears in `heard`.

    url: ws://… of a terminal socket. secret: None sends no Authorization. `closed_code` is the close code once the
    hall has closed."""

    def __init__(self, url: str, secret: str | None, headers: dict[str, str] | None = None) -> None:
        self.heard: list[Message] = []
        self.closed_code: int | None = None
        self._url, self._headers = url, dict(headers or {})
        if secret is not None:
            self._headers["Authorization"] = f"Bearer {secret}"
        self._socket: ClientConnection | None = None
        self._listener: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> RogueTerminal:
        self._socket = await connect(
            *(self._url,),
            additional_headers=self._headers,
            compression=None,
            ping_interval=None,
            max_size=MAX_STATE_BYTES,
            close_timeout=0.5,
            proxy=None,
        )
        self._listener = asyncio.create_task(self._listen(self._socket))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._listener is not None:
            await self._listener

    async def send(self, *frames: str | bytes | Message) -> None:
        """As they are: broken JSON, binary, too long; a Message is encoded first."""
        if self._socket is None:
            raise RuntimeError("connect first: async with RogueTerminal(…)")
        for frame in frames:
            await self._socket.send(encode(frame) if isinstance(frame, Message) else frame)

    async def hears(self, kind: type[Kind], count: int = 1, seconds: float = 5.0) -> list[Kind]:
        """The first `count` messages of a kind, waiting for them. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: sum(isinstance(m, kind) for m in self.heard) >= count)
        return [message for message in self.heard if isinstance(message, kind)][:count]

    async def is_closed(self, seconds: float = 5.0) -> int | None:
        """The close code, once the hall has closed (1006: without a word). Raises TimeoutError."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: self.closed_code is not None)
        return self.closed_code

    async def _listen(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for frame in socket:
                async with self._changed:
                    self.heard.append(decode_to_terminal(frame if isinstance(frame, str) else frame.decode()))
                    self._changed.notify_all()
        async with self._changed:
            self.closed_code = socket.close_code or 1006
            self._changed.notify_all()


class CutProxy:
    """A TCP proxy in front of host:port that can fail like a network. The address of this side is `host`:`port`.

    `cut()`: nothing passes in either direction and nobody is told, as with a pulled cable; new connections are accepted
    by nobody's answer. `reset()`: every connection is torn down. `delay`: seconds that each piece is held back."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self.host, self.port = "127.0.0.1", 0
        self.delay = 0.0
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    def url(self, scheme: str) -> str:
        return f"{scheme}://{self.host}:{self.port}"

    async def __aenter__(self) -> CutProxy:
        self._server = await asyncio.start_server(self._carry, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.reset()
        self.restore()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        self._open.clear()

    def restore(self) -> None:
        """What was held back arrives, late, as TCP would send it again."""
        self._open.set()

    def reset(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        with suppress(OSError):
            await self._open.wait()
            there_reader, there = await asyncio.open_connection(*self._to)
            self._writers.add(there)
            pumps = [asyncio.create_task(self._pump(*ends)) for ends in ((reader, there), (there_reader, writer))]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
                self._writers.discard(there)
                there.close()
        self._writers.discard(writer)
        writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            if self.delay:
                await asyncio.sleep(self.delay)
            await self._open.wait()
            writer.write(piece)
            await writer.drain()
