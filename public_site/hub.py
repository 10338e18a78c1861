"""Live fan-out: one message, encoded once and deflated once, written to every reader's socket.

Server-sent events over raw ASGI. There is no task and no queue per reader: a frame is bytes ready for the wire (an
HTTP/1.1 chunk). What is posted within a few milliseconds goes out together, one `transport.write` per reader, in
slices so that nothing else waits. A reader that does not read is cut off when its buffer would pass
`MAX_BUFFER_BYTES`; it comes back with `Last-Event-ID`.

Deflating once works because every message is compressed on its own and ends on a byte boundary (Z_SYNC_FLUSH), so a
gzip header followed by any messages in any order is a valid stream that never ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import zlib
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_BUFFER_BYTES = 256 * 1024
MAX_READERS = 20_000
SLICE = 200
GATHER_SECONDS = 0.005  # a system call costs more than all else: what comes close together shares one
KEEP_ALIVE_SECONDS = 15.0

TopicKey = TypeVar("TopicKey", bound=Hashable)

_EXTENSION = "hlasno.transport"
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


class TransportProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also shows the application its transport."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {_EXTENSION: {"transport": self.transport}}


def _chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


class Frame:
    """A message ready for the wire. `data` is one line of JSON; `seq` becomes the event's id."""

    __slots__ = ("_packed", "_text", "plain", "seq")

    def __init__(self, event: str, data: bytes, seq: int | None = None) -> None:
        if b"\n" in data or b"\r" in data:
            raise ValueError("the data of an event is one line")
        identity = b"" if seq is None else b"id: %d\n" % seq
        self.seq = seq
        self._text = b"%bevent: %b\ndata: %b\n\n" % (identity, event.encode("ascii"), data)
        self.plain = _chunk(self._text)
        self._packed: bytes | None = None

    @property
    def packed(self) -> bytes:
        if self._packed is None:
            deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
            self._packed = _chunk(deflate.compress(self._text) + deflate.flush(zlib.Z_SYNC_FLUSH))
        return self._packed


class Reader:
    """One open stream."""

    __slots__ = ("gzip", "transport")

    def __init__(self, transport: asyncio.WriteTransport, gzip: bool) -> None:
        self.transport = transport
        self.gzip = gzip

    def write(self, data: bytes) -> bool:
        """False: the reader was too slow, or is gone, and has been cut off."""
        transport = self.transport
        if transport.is_closing():
            return False
        if transport.get_write_buffer_size() + len(data) > MAX_BUFFER_BYTES:
            transport.abort()
            return False
        transport.write(data)
        return True


class Hub(Generic[TopicKey]):
    """The readers of every topic. Only the event loop's own thread touches it; `run` must be running."""

    def __init__(self) -> None:
        self._readers: dict[TopicKey, dict[Reader, None]] = {}
        self._posted: dict[TopicKey, list[Frame]] = {}
        self._woken = asyncio.Event()
        self._written = asyncio.Event()
        self._count = 0
        self.dropped = 0

    def __len__(self) -> int:
        return self._count

    def topics(self) -> list[TopicKey]:
        """Those with at least one reader."""
        return list(self._readers)

    def post(self, topic: TopicKey, frame: Frame) -> None:
        """To all readers of a topic, soon and in order."""
        self._posted.setdefault(topic, []).append(frame)
        self._woken.set()

    async def run(self, tick: Callable[[], Frame]) -> None:
        """Write what is posted, until cancelled. Now and then a tick keeps proxies from closing idle streams and tells
        pages that silence means nothing has happened."""
        last_tick = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(KEEP_ALIVE_SECONDS):  # wait_for may lose a cancellation (Python 3.11)
                    await self._woken.wait()
            if time.monotonic() - last_tick >= KEEP_ALIVE_SECONDS:
                last_tick = time.monotonic()
                frame = tick()
                for topic in self.topics():
                    self.post(topic, frame)
            await asyncio.sleep(GATHER_SECONDS)
            self._woken.clear()
            while self._posted:
                topic = next(iter(self._posted))
                await self._write(topic, self._posted.pop(topic))
            self._written.set()
            self._written = asyncio.Event()

    async def _write(self, topic: TopicKey, frames: list[Frame]) -> None:
        readers = list(self._readers.get(topic, ()))
        plain = b"".join([frame.plain for frame in frames])
        packed = b"".join([frame.packed for frame in frames]) if any(reader.gzip for reader in readers) else b""
        for start in range(0, len(readers), SLICE):
            for reader in readers[start : start + SLICE]:
                if not reader.write(packed if reader.gzip else plain):
                    self._drop(topic, reader)
            await asyncio.sleep(0)

    def _add(self, topic: TopicKey, reader: Reader) -> None:
        self._readers.setdefault(topic, {})[reader] = None
        self._count += 1

    def _drop(self, topic: TopicKey, reader: Reader) -> None:
        readers = self._readers.get(topic)
        if readers is None or reader not in readers:
            return
        del readers[reader]
        self._count -= 1
        self.dropped += 1
        if not readers:
            del self._readers[topic]

    async def stream(
        self, topic: TopicKey, snapshot: Callable[[], Iterable[Frame]], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer one request with an endless stream: first the snapshot, then everything posted to the topic.

        Ends when the reader leaves. Raises RuntimeError under a server that does not use TransportProtocol."""
        try:
            transport = scope["extensions"][_EXTENSION]["transport"]
        except KeyError:
            raise RuntimeError("live streams need uvicorn with http=TransportProtocol") from None
        accepted = b",".join(value for name, value in scope["headers"] if name == b"accept-encoding")
        gzip = b"gzip" in accepted
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
            (b"x-content-type-options", b"nosniff"),
            (b"transfer-encoding", b"chunked"),
            (b"vary", b"accept-encoding"),
        ]
        if gzip:
            headers.append((b"content-encoding", b"gzip"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while topic in self._posted:  # what is on its way is in the snapshot already
            await self._written.wait()
        # nothing is awaited between the snapshot and joining, so no message can fall between them
        reader = Reader(transport, gzip)
        frames = list(snapshot())
        first = b"".join([_chunk(_GZIP_HEADER), *(f.packed for f in frames)] if gzip else [f.plain for f in frames])
        if not first or reader.write(first):
            self._add(topic, reader)
            try:
                while (await receive())["type"] != "http.disconnect":
                    pass
            finally:
                self._drop(topic, reader)

    def close(self) -> None:
        """Cut every reader off; their browsers come back by themselves."""
        for readers in list(self._readers.values()):
            for reader in readers:
                reader.transport.abort()
