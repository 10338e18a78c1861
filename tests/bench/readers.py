"""Readers of a live stream: connections that count what comes and do nothing with it.

`Readers` keeps them in a process of their own. It reads one command a line and answers each with one line of JSON:

    join N      N more are connected and have their first bytes: "ready"
    count       bytes and deliveries (reads) since the last count
    leave       all are gone: "gone"
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from typing import Any

import uvloop
from children import Told


def lift_file_limit() -> None:
    """One open file a reader."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Crowd:
    """Readers of one address in this process."""

    def __init__(self, port: int, path: str = "/", *, gzip: bool = False) -> None:
        self.port = port
        self.request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode()
        self.request += b"Accept-Encoding: gzip\r\n\r\n" if gzip else b"\r\n"
        self.transports: list[Any] = []
        self.bytes = self.deliveries = self.greeted = 0

    async def join(self, readers: int) -> None:
        """Connected, and the request sent; the answer may still be on its way."""
        loop = asyncio.get_running_loop()
        for _ in range(readers):
            transport, _ = await loop.create_connection(lambda: Reader(self), "127.0.0.1", self.port)
            self.transports.append(transport)

    def leave(self) -> None:
        for transport in self.transports:
            transport.abort()
        self.transports.clear()
        self.greeted = 0


class Reader(asyncio.Protocol):
    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.greeted = False

    def connection_made(self, transport: Any) -> None:
        transport.write(self.crowd.request)

    def data_received(self, data: bytes) -> None:
        self.crowd.bytes += len(data)
        self.crowd.deliveries += 1
        if not self.greeted:
            self.greeted = True
            self.crowd.greeted += 1


async def obey(port: int, path: str) -> None:
    crowd = Crowd(port, path, gzip=True)
    while words := (await asyncio.to_thread(sys.stdin.readline)).split():
        answer: Any = None
        match words:
            case ["join", readers]:
                await crowd.join(int(readers))
                while crowd.greeted < len(crowd.transports):
                    await asyncio.sleep(0.02)
                answer = "ready"
            case ["count"]:
                answer = [crowd.bytes, crowd.deliveries]
                crowd.bytes = crowd.deliveries = 0
            case ["leave"]:
                crowd.leave()
                answer = "gone"
        print(json.dumps(answer), flush=True)


class Readers(Told):
    """The bench's side of such a process."""

    def __init__(self, port: int, path: str) -> None:
        super().__init__(__file__, port, path)

    async def join(self, readers: int) -> None:
        await self.ask(f"join {readers}")

    async def count(self) -> tuple[int, int]:
        received, deliveries = await self.ask("count")
        return received, deliveries

    async def leave(self) -> None:
        await self.ask("leave")


if __name__ == "__main__":
    lift_file_limit()
    uvloop.run(obey(int(sys.argv[1]), sys.argv[2]))
