"""A small RTSP 1.0 server (RFC 2326): a film and perhaps its sound, several watchers.

For the demo camera and the tests of the recorder, on the loopback address: no sign-in. RTP goes inside the RTSP
connection, or by UDP where that is allowed (else 461 is the answer). All watchers get the same packets. One that reads
too slowly misses pictures until a key frame, and is closed when it stays behind: nobody waits for it. A connection
silent for `SESSION_SECONDS` (no request, no receiver report) is closed."""

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


Address = tuple[str, int]  # where RTP goes; RTCP goes to the next port


class Stream(Protocol):
    """What is served. Called from the event loop only."""

    def sdp(self) -> str: ...

    def position(self, track: int) -> tuple[int, int]:
        """The next packet's sequence number and the RTP timestamp of now. Tracks: 1 the film, 2 its sound."""

    def report(self, track: int) -> bytes:
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
        self.ways: dict[int, int | Address] = {}  # of each track: its channel, or where by UDP
        self.playing = False
        self.wants_key = True
        self.behind_since: float | None = None

    def waiting_bytes(self) -> int:
        return self.writer.transport.get_write_buffer_size()


class RtspServer:
    """tracks: 1, or 2 with sound. udp: watchers may ask for it."""

    def __init__(self, name: str, stream: Stream, *, tracks: int = 1, udp: bool = False) -> None:
        self.name = name
        self.port = 0
        self._stream, self._tracks, self._udp = stream, tracks, udp
        self._ports: list[asyncio.DatagramTransport] = []  # for RTP and for RTCP
        self._server: asyncio.Server | None = None
        self._watchers: set[_Watcher] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self._server = await asyncio.start_server(self._serve, host, port, limit=REQUEST_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        for _ in range(2 if self._udp else 0):
            endpoint, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, (host, 0))
            self._ports.append(endpoint)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self.drop()
        for endpoint in self._ports:
            endpoint.close()
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
        for watcher in tuple(self._watchers):
            if not watcher.playing or watcher.writer.is_closing() or self._is_behind(watcher, now):
                continue
            if watcher.wants_key and not key:
                continue
            watcher.wants_key = False
            self._pass_on(watcher, 1, packets)

    def send_sound(self, packets: Sequence[bytes]) -> None:
        for watcher in self._watchers:
            if watcher.playing and watcher.behind_since is None:
                self._pass_on(watcher, 2, packets)

    def send_reports(self) -> None:
        for watcher in self._watchers:
            if watcher.playing and watcher.behind_since is None:
                self._report(watcher)

    def _report(self, watcher: _Watcher) -> None:
        for track in watcher.ways:
            self._pass_on(watcher, track, [self._stream.report(track)], report=True)

    def _pass_on(self, watcher: _Watcher, track: int, packets: Sequence[bytes], *, report: bool = False) -> None:
        way = watcher.ways.get(track)
        if isinstance(way, int):
            watcher.writer.write(interleaved(way + report, packets))
        elif way is not None:
            for packet in packets:
                self._ports[report].sendto(packet, (way[0], way[1] + report))

    def send_raw(self, make: Callable[[int], bytes]) -> None:
        """Bytes straight to everyone who watches, as made for each one's RTP channel: for faults."""
        for watcher in self._watchers:
            if watcher.playing and isinstance(way := watcher.ways[1], int):
                watcher.writer.write(make(way))

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
        place = re.fullmatch(r"([^/]+)(?:/track([1-9]))?", urlsplit(url).path.strip("/"))
        if place is None or place[1] != self.name or int(place[2] or 1) > self._tracks:
            raise _Refuse(404)
        if method == "DESCRIBE":
            return method, [f"Content-Base: {url.rstrip('/')}/"], self._stream.sdp()
        if method == "SETUP":
            return method, self._setup(headers, watcher, int(place[2] or 1)), ""
        if watcher.session is None or headers.get("session", "").split(";")[0] != watcher.session:
            raise _Refuse(454)
        extra = [f"Session: {watcher.session}"]
        if method == "PLAY":
            told = [(track, *self._stream.position(track)) for track in sorted(watcher.ways)]
            base = url.rstrip("/")
            extra.append("RTP-Info: " + ",".join(f"url={base}/track{n};seq={s};rtptime={t}" for n, s, t in told))
        return method, extra, ""

    def _setup(self, headers: dict[str, str], watcher: _Watcher, track: int) -> list[str]:
        if watcher.playing:
            raise _Refuse(455)
        offers = [offer.strip() for offer in headers.get("transport", "").split(",")]
        offer = next((o for o in offers if o.split(";")[0] == "RTP/AVP/TCP" or (self._udp and "client_port=" in o)), "")
        if "client_port=" in offer and (port := re.search(r"client_port=(\d{4,5})", offer)):
            watcher.ways[track] = (watcher.writer.get_extra_info("peername")[0], int(port[1]))
            own = "-".join(str(ours.get_extra_info("sockname")[1]) for ours in self._ports)
            told = f"RTP/AVP;unicast;client_port={port[1]}-{int(port[1]) + 1};server_port={own}"
        elif offer.startswith("RTP/AVP/TCP"):
            channels = re.search(r"interleaved=(\d{1,3})", offer)
            channel = min(254, int(channels[1])) if channels else 2 * len(watcher.ways)
            watcher.ways[track] = channel
            told = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
        else:
            raise _Refuse(461)
        watcher.session = watcher.session or secrets.token_hex(8)
        return [f"Session: {watcher.session};timeout={SESSION_SECONDS}", f"Transport: {told}"]

    def _play(self, watcher: _Watcher) -> None:
        if not watcher.playing:
            watcher.playing = watcher.wants_key = True
        self._report(watcher)
