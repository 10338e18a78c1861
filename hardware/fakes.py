"""Fakes driven by hand, for tests: a terminal without manners, and a network that can be cut."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from council.keys import SigningKey
from council.message import Message
from council.protocol import (
    MAX_STATE_BYTES,
    PROTOCOL,
    Challenge,
    Hello,
    PressOption,
    decode_to_terminal,
    encode,
)
from council.state_parts import ChosenOption
from voting.entries import Option
from voting.signed import hello_text, press_text

Kind = TypeVar("Kind", bound=Message)


class RogueTerminal:
    """Sends whatever it is told to, and keeps everything it hears in `heard`.

    url: ws://… of a terminal socket. secret: None sends no Authorization. `closed_code` is the close code once the
    hall has closed; `sent` every frame that was sent, to be sent again by another."""

    def __init__(self, url: str, secret: str | None, headers: dict[str, str] | None = None) -> None:
        self.heard: list[Message] = []
        self.sent: list[str | bytes] = []
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
            self.sent.append(encode(frame) if isinstance(frame, Message) else frame)
            await self._socket.send(self.sent[-1])

    async def hello(self, key: SigningKey, boot: str, *, nonce: str | None = None) -> None:
        """Prove the key as a terminal does; with the `nonce` of another connection, as a replay would."""
        own = (await self.hears(Challenge))[0].nonce
        signature = key.sign(hello_text(nonce or own, boot))
        await self.send(Hello(protocol=PROTOCOL, boot=boot, signature=signature))

    async def replay(self, frames: Sequence[str | bytes]) -> None:
        """What another connection sent, as it was."""
        await self.send(*frames)

    async def flood(self, frame: str | bytes | Message, times: int) -> None:
        """The same frame, as fast as the line takes it, until the hall hangs up."""
        with suppress(ConnectionClosed):
            for _ in range(times):
                await self.send(frame)

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


def forged_press(
    key: SigningKey, sitting: str, member: str, boot: str, n: int, vote_n: int, option: ChosenOption
) -> PressOption:
    """A press for `member`, signed with whatever key it is given: another's, a stolen one, one made up."""
    signature = key.sign(press_text(sitting, vote_n, member, Option(option), None, boot, n))
    return PressOption(boot=boot, n=n, vote_n=vote_n, option=option, signature=signature)


class CutProxy:
    """A TCP proxy in front of host:port that can fail like a network. The address of this side is `host`:`port`.

    `cut()`: nothing passes in either direction and nobody is told, as with a pulled cable; new connections are accepted
    by nobody's answer. `reset()`: every connection is torn down.

    A bad radio, as TCP feels it: `delay`: seconds that each piece is on its way. `loss`: the share of pieces that are
    lost; a lost piece comes once TCP has sent it again, each time after twice as long (`RESENT_S`), and a connection
    that has lost GIVES_UP pieces in a row is torn down. `random`: whose chance it is; seed it."""

    RESENT_S = (0.2, 0.4, 0.8, 1.6)
    GIVES_UP = 5

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self.host, self.port = "127.0.0.1", 0
        self.delay = 0.0
        self.loss = 0.0
        self.lost = 0  # pieces, so far
        self.random = random.Random(0)  # noqa: S311 - a network's chance, no secret
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
        """Pieces keep their order and overlap on their way, as on a wire: a slow line is not a narrow one."""
        way: asyncio.Queue[tuple[bytes, float] | None] = asyncio.Queue()
        arriving = asyncio.create_task(self._arrive(way, writer))
        try:
            while piece := await reader.read(65_536):
                await way.put((piece, asyncio.get_running_loop().time() + self.delay))
            await way.put(None)
            await arriving
        finally:
            arriving.cancel()
            await asyncio.gather(arriving, return_exceptions=True)

    async def _arrive(self, way: asyncio.Queue[tuple[bytes, float] | None], writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while (sent := await way.get()) is not None:
            piece, at = sent
            await asyncio.sleep(max(0.0, at - loop.time()))
            for tries in range(self.GIVES_UP):
                if self.random.random() >= self.loss:
                    break
                self.lost += 1
                if tries == len(self.RESENT_S):
                    writer.transport.abort()
                    return
                await asyncio.sleep(self.RESENT_S[tries])
            await self._open.wait()
            writer.write(piece)
            await writer.drain()
