"""A client of the hall, message by message: one websocket of a terminal, a console or a display."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from council.keys import SigningKey
from voting.entries import Option
from voting.signed import hello_text, press_text


class Wire:
    """One websocket, message by message; what comes is kept until asked for. A terminal signs what it presses, for the
    sitting and the member that the hall has told it of."""

    def __init__(
        self,
        socket: ClientConnection,
        signs: SigningKey | None = None,
        sitting: str = "",
        member: str = "",
        boot: str | None = None,
    ) -> None:
        self.socket = socket
        self.signs = signs
        self.boot = boot
        self.heard: list[dict[str, Any]] = []
        self.sitting, self.member = sitting, member  # until the hall says otherwise

    async def send(self, type_: str, **fields: Any) -> None:
        if type_ == "PressOption" and self.signs is not None and "signature" not in fields:
            fields["signature"] = self.signature(**fields)
        await self.socket.send(json.dumps({"type": type_, **fields}))

    def signature(self, *, boot: str, n: int, vote_n: int, option: str, candidate: int | None = None) -> str:
        assert self.signs is not None
        return self.signs.sign(press_text(self.sitting, vote_n, self.member, Option(option), candidate, boot, n))

    async def _hear(self) -> None:
        message = json.loads(await self.socket.recv())
        if message["type"] == "ChamberState":
            self.sitting = message["sitting"]["sitting"]
        elif message["type"] == "Standing" and message["member"] is not None:
            self.member = message["member"]["member"]
        self.heard.append(message)

    async def until(self, holds: Callable[[dict[str, Any]], bool], seconds: float = 10.0) -> dict[str, Any]:
        """The first message not yet asked for of which `holds` is true; those before it are passed over."""
        async with asyncio.timeout(seconds):
            while True:
                while self.heard:
                    message = self.heard.pop(0)
                    if holds(message):
                        return message
                await self._hear()

    async def expect(self, type_: str, seconds: float = 10.0, **fields: Any) -> dict[str, Any]:
        return await self.until(
            lambda m: m["type"] == type_ and all(m[name] == value for name, value in fields.items()), seconds
        )

    async def closed(self, seconds: float = 10.0) -> int:
        """The close code; what comes before it is passed over."""
        async with asyncio.timeout(seconds):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        return self.socket.close_code or 0

    async def act(self, type_: str, **fields: Any) -> dict[str, Any]:
        """A console's act, to its answer."""
        act = secrets.token_hex(8)
        await self.send(type_, act=act, **fields)
        return await self.until(lambda m: m.get("act") == act)

    async def done(self, type_: str, **fields: Any) -> dict[str, Any]:
        answer = await self.act(type_, **fields)
        assert answer["type"] == "Done", answer
        return answer

    async def code(self, type_: str, **fields: Any) -> str:
        """Done, or the code of the refusal."""
        answer = await self.act(type_, **fields)
        return str(answer.get("code", answer["type"]))

    async def press(self, n: int, vote_n: int, option: str, **fields: Any) -> dict[str, Any]:
        """A desk's press, to its receipt or refusal."""
        await self.send("PressOption", boot=self.boot, n=n, vote_n=vote_n, option=option, **fields)
        return await self.until(lambda m: m["type"] in ("Recorded", "Refused") and m["n"] == n)


@asynccontextmanager
async def wire(
    url: str,
    path: str,
    *,
    hello: bool = True,
    boot: str | None = None,
    signs: SigningKey | None = None,
    sitting: str = "",
    member: str = "",
    **options: Any,
) -> AsyncIterator[Wire]:
    """`signs`: a terminal's key, which answers the hall's Challenge and signs presses, of the `member` in `sitting`."""
    options = {
        "compression": None,
        "ping_interval": None,
        "max_size": 2**22,
        "close_timeout": 1,
        "max_queue": None,  # a line that nobody reads any more still hears that it is closed, at once
        "proxy": None,
    } | options
    async with connect(url.replace("http", "ws", 1) + path, **options) as socket:
        line = Wire(socket, signs, sitting, member, boot)
        if hello:
            signature = None
            if signs is not None:
                nonce = (await line.expect("Challenge"))["nonce"]
                signature = signs.sign(hello_text(nonce, boot or ""))
            await line.send("Hello", protocol=2, boot=boot, signature=signature)
        beat = asyncio.create_task(_beat(line))
        try:
            yield line
        finally:
            beat.cancel()


async def _beat(line: Wire) -> None:
    with suppress(Exception):
        while True:
            await asyncio.sleep(1)
            await line.send("Ping", t=0)
