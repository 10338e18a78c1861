"""A small RTSP 1.0 server (RFC 2326): one stream, RTP inside the RTSP connection, several watchers.

For the demo camera and the tests of the recorder, on the loopback address: no sign-in, no UDP (461 is the answer). All
watchers get the same packets. One that reads too slowly misses pictures until a key frame, and is closed when it stays
behind: nobody waits for it. A connection silent for `SESSION_SECONDS` (no request, no receiver report) is closed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from typing import Protocol, cast
from urllib.parse import urlsplit

from hardware.rtp import interleaved

log = logging.getLogger(__name__)

SESSION_SECONDS = 60
REQUEST_BYTES = 8192
BEHIND_BYTES = 512 * 1024  # waiting for one watcher: from here on it gets no pictures until the next key frame
BEHIND_SECONDS = 10.0  # a watcher behind for longer is closed
METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN")
REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    503: "Service Unavailable",
    505: "RTSP Version Not Supported",
    551: "Option not supported",
}


class Stream(Protocol):
    """What is served. Called from the event loop only."""

    def sdp(self) -> str: ...

    def position(self) -> tuple[int, int]:
        """The next packet's sequence number and the RTP timestamp of now."""

    def report(self) -> bytes:
        """A sender report of now."""


class _Refuse(Exception):
    def __init__(self, status: int, *headers: str) -> None:
        super().__init__(REASONS[status])
        self.status, self.headers = status, headers


class _Watcher:
    """One connection."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.session: str | None = None
        self.channel = 0
        self.playing = False
        self.wants_key = True
        self.behind_since: float | None = None

    def waiting_bytes(self) -> int:
        return self.writer.transport.get_write_buffer_size()


class RtspServer:
    def __init__(self, name: str, stream: Stream) -> None:
        self.name = name
        self.port = 0
        self._stream = stream
        self._server: asyncio.Server | None = None
        self._watchers: set[_Watcher] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self._server = await asyncio.start_server(self._serve, host, port, limit=REQUEST_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self.drop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def watching(self) -> int:
        return sum(watcher.playing for watcher in self._watchers)

    def drop(self) -> None:
        """Cut every connection at once, as a pulled cable would."""
        for watcher in tuple(self._watchers):
            watcher.writer.transport.abort()

    def send(self, packets: Sequence[bytes], key: bool) -> None:
        """One picture to everyone who watches."""
        now = time.monotonic()
        blobs: dict[int, bytes] = {}
        for watcher in tuple(self._watchers):
            if not watcher.playing or watcher.writer.is_closing() or self._is_behind(watcher, now):
                continue
            if watcher.wants_key and not key:
                continue
            watcher.wants_key = False
            if watcher.channel not in blobs:
                blobs[watcher.channel] = interleaved(watcher.channel, packets)
            watcher.writer.write(blobs[watcher.channel])

    def send_report(self, report: bytes) -> None:
        for watcher in self._watchers:
            if watcher.playing and watcher.behind_since is None:
                watcher.writer.write(interleaved(watcher.channel + 1, [report]))

    def send_raw(self, make: Callable[[int], bytes]) -> None:
        """Bytes straight to everyone who watches, as made for each one's RTP channel: for faults."""
        for watcher in self._watchers:
            if watcher.playing:
                watcher.writer.write(make(watcher.channel))

    def _is_behind(self, watcher: _Watcher, now: float) -> bool:
        waiting = watcher.waiting_bytes()
        if watcher.behind_since is None and waiting > BEHIND_BYTES:
            log.warning("watcher_behind bytes=%d", waiting)
            watcher.behind_since, watcher.wants_key = now, True
        elif watcher.behind_since is not None and waiting < BEHIND_BYTES // 4:
            watcher.behind_since = None
        elif watcher.behind_since is not None and now - watcher.behind_since > BEHIND_SECONDS:
            log.warning("watcher_closed reason=too_slow")
            watcher.writer.transport.abort()
        return watcher.behind_since is not None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._tasks.add(task)
        watcher = _Watcher(writer)
        self._watchers.add(watcher)
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 256 * 1024)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
                while await self._one_request(reader, watcher):
                    pass
        finally:
            self._watchers.discard(watcher)
            self._tasks.discard(task)
            writer.close()

    async def _one_request(self, reader: asyncio.StreamReader, watcher: _Watcher) -> bool:
        """Read and answer one request, or skip one interleaved packet. False: the connection is over."""
        async with asyncio.timeout(SESSION_SECONDS):
            first = await reader.readexactly(1)
            if first == b"$":
                header = await reader.readexactly(3)
                await reader.readexactly(int.from_bytes(header[1:], "big"))
                return True
            head = (first + await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace").lstrip("\r\n")
            request, *lines = head.rstrip("\r\n").split("\r\n")
            headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
            length = headers.get("content-length", "0")
            if not length.isdecimal() or int(length) > REQUEST_BYTES:
                return False
            await reader.readexactly(int(length))
        method, body = "", ""
        try:
            method, extra, body = self._answer(request, headers, watcher)
            status = 200
        except _Refuse as refusal:
            status, extra = refusal.status, list(refusal.headers)
        answer = [f"RTSP/1.0 {status} {REASONS[status]}", f"CSeq: {headers.get('cseq', '0')}", *extra]
        if body:
            answer += ["Content-Type: application/sdp", f"Content-Length: {len(body.encode())}"]
        watcher.writer.write(("\r\n".join(answer) + "\r\n\r\n" + body).encode())
        if method == "PLAY":
            self._play(watcher)
        await watcher.writer.drain()
        return method != "TEARDOWN"

    def _answer(self, request: str, headers: dict[str, str], watcher: _Watcher) -> tuple[str, list[str], str]:
        """The method, the answer's headers and its body."""
        parts = request.split(" ")
        if len(parts) != 3 or not headers.get("cseq", "").isdecimal():
            raise _Refuse(400)
        method, url, version = parts
        if version != "RTSP/1.0":
            raise _Refuse(505)
        if "require" in headers:
            raise _Refuse(551, f"Unsupported: {headers['require']}")
        if method not in METHODS:
            raise _Refuse(405, f"Allow: {', '.join(METHODS)}")
        if method == "OPTIONS":
            return method, [f"Public: {', '.join(METHODS)}"], ""
        path = urlsplit(url).path.strip("/")
        if path.removesuffix("/track1") != self.name:
            raise _Refuse(404)
        if method == "DESCRIBE":
            return method, [f"Content-Base: {url.rstrip('/')}/"], self._stream.sdp()
        if method == "SETUP":
            return method, self._setup(headers, watcher), ""
        if watcher.session is None or headers.get("session", "").split(";")[0] != watcher.session:
            raise _Refuse(454)
        extra = [f"Session: {watcher.session}"]
        if method == "PLAY":
            sequence, timestamp = self._stream.position()
            extra.append(f"RTP-Info: url={url.rstrip('/')}/track1;seq={sequence};rtptime={timestamp}")
        return method, extra, ""

    def _setup(self, headers: dict[str, str], watcher: _Watcher) -> list[str]:
        if watcher.playing:
            raise _Refuse(455)
        offers = [offer.strip() for offer in headers.get("transport", "").split(",")]
        offer = next((o for o in offers if o.split(";")[0] == "RTP/AVP/TCP"), None)
        if offer is None:
            raise _Refuse(461)
        channels = re.search(r"interleaved=(\d{1,3})", offer)
        watcher.channel = min(254, int(channels[1])) if channels else 0
        watcher.session = watcher.session or secrets.token_hex(8)
        pair = f"{watcher.channel}-{watcher.channel + 1}"
        return [
            f"Session: {watcher.session};timeout={SESSION_SECONDS}",
            f"Transport: RTP/AVP/TCP;unicast;interleaved={pair}",
        ]

    def _play(self, watcher: _Watcher) -> None:
        if not watcher.playing:
            watcher.playing = watcher.wants_key = True
        watcher.writer.write(interleaved(watcher.channel + 1, [self._stream.report()]))
