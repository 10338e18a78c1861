"""One connection to a camera: asked, set up, played, kept alive, and left in good manners.

RTP inside the RTSP connection, or by UDP where that is asked for or the camera offers nothing else. Whatever arrives is
parsed at once; what ends the connection is raised as CameraLost.
Source: RFC 2326 (10 methods, 12.37 session, 12.39 transport).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import secrets
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal
from urllib.parse import quote, urlsplit

from streaming.errors import CameraLost, garbage
from streaming.rtsp import sdp
from streaming.rtsp.auth import Credentials
from streaming.rtsp.link import Link, Port, Take, ports
from streaming.rtsp.messages import Response, parameters
from streaming.rtsp.stream import Stream

log = logging.getLogger(__name__)

Transport = Literal["tcp", "udp"]

PORTS = {"rtsp": 554, "rtsps": 322}
SESSION_S = 60.0  # a session lives so long where the camera does not say
LONGEST_S = 30.0  # between two signs of life, whatever the camera allows
KEEP_ALIVE_ANSWER_S = 2.0  # some never answer while they play
REPORT_S = 5.0
TICK_S = 0.25
REST_S = 1.0  # inside the connection no packet waits for another
TEARDOWN_S = 0.5
KEPT_BYTES = 2 * 2**20  # so much the kernel keeps inside a connection while we rest

_SAFE = "!#$%&'()*+,/:;=?@[]~"
_ADDRESS = re.compile(r"rtsps?://[!-~]{1,2000}", re.IGNORECASE)
_SESSION = re.compile(r"[!-:<-~]{1,256}")


class Session:
    """`describe`, `setup` for each stream wanted, `play`, `run`, and in any case `close`.

    addresses: of the camera, as numbers, so that no name server is asked here. certificate: SHA-256 of the camera's,
    for `rtsps`; without it any is accepted, since cameras sign their own. open_s: for the connection and for each
    answer; silent_s: without a packet of the first stream."""

    def __init__(
        self,
        url: str,
        transport: Transport = "tcp",
        *,
        addresses: Sequence[str] = (),
        certificate: str = "",
        open_s: float = 5.0,
        silent_s: float = 5.0,
    ) -> None:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        place = f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
        rest = parts.path + (f"?{parts.query}" if parts.query else "")
        self._url = self._base = place + quote(rest, safe=_SAFE)
        self._host, self._port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        self._addresses = addresses or (self._host,)
        self._tls = _tls() if parts.scheme == "rtsps" else None
        self._certificate = certificate.replace(":", "").lower()
        self._credentials = Credentials.of(url)
        self._transport, self._open_s, self._silent_s = transport, open_s, silent_s
        self._link: Link | None = None
        self._channels: dict[int, Take] = {}
        self._streams: list[Stream] = []
        self._ports: list[Port] = []
        self._reports: list[tuple[Stream, int | tuple[Port, tuple[str, int]]]] = []  # where to: a channel or an address
        self._session, self._session_s = "", SESSION_S
        self._paused = self._resting = False
        self._methods: set[str] = set()
        self._own = secrets.randbits(32)

    @property
    def link(self) -> Link:
        if self._link is None:
            raise ValueError("not connected")
        return self._link

    async def describe(self) -> sdp.Description:
        """Connect, and ask what the camera offers."""
        await self._connect()
        answer = await self._demand("OPTIONS", self._url)
        self._methods = {method.strip().upper() for method in answer.headers.get("public").split(",")}
        answer = await self._demand("DESCRIBE", self._url, {"Accept": "application/sdp"})
        base = answer.headers.get("content-base") or answer.headers.get("content-location")
        if _ADDRESS.fullmatch(base):
            self._base = base
        found = sdp.read(answer.body)
        self._play_url = self._address(self._base, found.control)
        return found

    async def setup(self, media: sdp.Media, stream: Stream) -> None:
        """Order one of the streams described; its packets go to `stream`."""
        url, refused = self._address(self._base, media.control), False
        if self._transport == "tcp":
            channel = 2 * len(self._streams)
            offer = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
            answer = await self._offer(url, offer)
            if answer is not None and answer.status != 461:
                self._interleave(stream, channel, _granted("SETUP", answer))
            elif self._streams:
                raise CameraLost("dropped", "the camera sends its streams in different ways")
            else:
                log.info("the camera sends by UDP only")
                self._transport, refused = "udp", True
        if self._transport == "udp":
            try:
                await self._setup_udp(url, stream)
            except CameraLost:
                if not refused or not self.link.over.done():
                    raise
                await self.close()  # some hang up when they refuse
                self._link = None
                await self.describe()
                await self._setup_udp(url, stream)
        self._streams.append(stream)

    async def play(self) -> None:
        await self._demand("PLAY", self._play_url, {"Range": "npt=0.000-"})

    async def run(self) -> None:
        """Receive until the connection ends, then raise why."""
        link, now = self.link, time.monotonic()
        heard, heard_at = -1, now
        report_at = now + REPORT_S / 2
        alive_s = min(self._session_s / 2, LONGEST_S)
        alive_at = now + alive_s
        tick_s = REST_S if self._transport == "tcp" else TICK_S
        while not link.over.done():
            await asyncio.wait((link.over,), timeout=min(tick_s, self._silent_s / 4))
            now, now_us = time.monotonic(), time.time_ns() // 1000
            for stream in self._streams:
                stream.tick(now_us)
            if self._streams[0].heard != heard:
                heard, heard_at = self._streams[0].heard, now
            elif self._paused:
                heard_at = now
            elif now - heard_at > self._silent_s and not link.over.done():
                raise CameraLost("silent", "the camera plays and sends nothing")
            if now >= report_at:
                report_at = now + REPORT_S
                self._report(now_us)
            if now >= alive_at:
                alive_at = now + alive_s
                await self._keep_alive()
        raise link.over.result()

    async def close(self) -> None:
        """Say goodbye where somebody still listens."""
        if self._link is None:
            return
        if self._session and not self._link.transport.is_closing():
            self._link.over = asyncio.get_running_loop().create_future()
            with suppress(CameraLost):
                await self._ask("TEARDOWN", self._play_url, seconds=TEARDOWN_S)
        for port in self._ports:
            port.close()
        self._ports.clear()
        self._link.transport.abort()

    def pause(self) -> None:
        """Receive no more for the time being: the camera has to wait, or by UDP the kernel keeps what it can."""
        self._paused = True
        self.link.transport.pause_reading()
        for port in self._ports:
            port.pause()

    def resume(self) -> None:
        self._paused = False
        if not self.link.transport.is_closing():
            self.link.transport.resume_reading()
            for port in self._ports:
                port.resume()

    @property
    def paused(self) -> bool:
        return self._paused

    def rest(self, seconds: float) -> None:
        """Inside the connection: let the kernel keep what comes for so long, and take it at once."""
        if self._transport == "tcp" and not (self._paused or self._resting or self.link.transport.is_closing()):
            self._resting = True
            self.link.transport.pause_reading()
            asyncio.get_running_loop().call_later(seconds, self.wake)

    def wake(self) -> bool:
        """End the rest; whether there was one."""
        rested, self._resting = self._resting, False
        if rested and not (self._paused or self.link.transport.is_closing()):
            self.link.transport.resume_reading()
        return rested

    # --- requests ---

    async def _connect(self) -> None:
        loop, refused = asyncio.get_running_loop(), ""
        name = self._host if self._tls is not None else None
        for address in self._addresses:
            try:
                async with asyncio.timeout(self._open_s):
                    _, self._link = await loop.create_connection(
                        lambda: Link(self._interleaved), address, self._port, ssl=self._tls, server_hostname=name
                    )
                break
            except (OSError, TimeoutError) as error:
                refused = str(error)
        if self._link is None:
            raise CameraLost("absent", refused or "the camera's address does not answer")
        if self._tls is not None and self._certificate:
            shown = self._link.transport.get_extra_info("ssl_object").getpeercert(binary_form=True) or b""
            if hashlib.sha256(shown).hexdigest() != self._certificate:
                raise CameraLost("refused", "the camera shows another certificate than the one it is known by")
        sock: socket.socket = self._link.transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError):  # on Linux the buffer grows with it, and stays; SO_RCVBUF would set it once for all
            for size in (KEPT_BYTES, 1):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)

    async def _ask(
        self, method: str, url: str, headers: dict[str, str] | None = None, seconds: float | None = None
    ) -> Response:
        """The answer, whatever it says, but that a camera which asks who we are is told. Raises CameraLost."""
        for attempt in range(3):
            fields = dict(headers or {})
            if self._session:
                fields["Session"] = self._session
            if self._credentials and (proof := self._credentials.header(method, url)):
                fields["Authorization"] = proof
            answer = await self.link.request(method, url, fields, seconds or self._open_s)
            if answer.status != 401 or self._credentials is None:
                break
            accepted = self._credentials.accept(answer.headers.all("www-authenticate"))
            if not accepted or (attempt and not self._credentials.stale):
                break
        return answer

    async def _demand(self, method: str, url: str, headers: dict[str, str] | None = None) -> Response:
        """An answer of 2xx. Raises CameraLost."""
        return _granted(method, await self._ask(method, url, headers))

    async def _offer(self, url: str, transport: str) -> Response | None:
        """The answer to SETUP; None where the camera hangs up at the first one."""
        try:
            return await self._ask("SETUP", url, {"Transport": transport})
        except CameraLost as lost:
            if lost.code != "dropped" or self._streams:
                raise
            return None

    def _address(self, base: str, control: str) -> str:
        found = sdp.address(base, control)
        if not _ADDRESS.fullmatch(found):
            raise garbage("the camera names an address that is none")
        return found

    def _accepted(self, answer: Response) -> dict[str, str]:
        """Of an answer to SETUP: the session, and the parameters of its transport."""
        name, _, rest = answer.headers.get("session").partition(";")
        if not _SESSION.fullmatch(name.strip()):
            raise garbage("the camera opens a session without a name")
        self._session = name.strip()
        timeout = parameters(rest).get("timeout", "")
        if re.fullmatch(r"[0-9]{1,5}", timeout) and int(timeout) > 0:
            self._session_s = max(2.0, float(timeout))
        return parameters(answer.headers.get("transport"))

    # --- inside the connection ---

    def _interleave(self, stream: Stream, channel: int, answer: Response) -> None:
        told = self._accepted(answer).get("interleaved", "")
        if told:
            match = re.fullmatch(r"([0-9]{1,3})(?:-([0-9]{1,3}))?", told)
            if match is None or int(match[1]) > 254 or int(match[1]) in self._channels:
                raise garbage("the camera names a channel that is none")
            channel = int(match[1])
        self._channels[channel], self._channels[channel + 1] = stream.rtp, stream.rtcp
        self._reports.append((stream, channel + 1))

    def _interleaved(self, channel: int, data: bytes, arrived_us: int) -> None:
        take = self._channels.get(channel)
        if take is not None:
            take(data, arrived_us)

    # --- by UDP ---

    async def _setup_udp(self, url: str, stream: Stream) -> None:
        own = self.link.transport.get_extra_info("sockname")[0]
        camera = self.link.transport.get_extra_info("peername")[0]
        try:
            rtp, rtcp, number = ports(own, camera, stream.rtp, stream.rtcp)
        except OSError as error:
            raise CameraLost("dropped", str(error)) from error
        self._ports += [rtp, rtcp]
        offer = f"RTP/AVP;unicast;client_port={number}-{number + 1}"
        told = self._accepted(await self._demand("SETUP", url, {"Transport": offer})).get("server_port", "")
        if match := re.fullmatch(r"([0-9]{1,5})(?:-[0-9]{1,5})?", told):
            far = int(match[1])
            if 0 < far < 65_535:
                rtp.send(b"\x80\x00" + bytes(10), (camera, far))  # opens the way through a firewall
                self._reports.append((stream, (rtcp, (camera, far + 1))))

    # --- while it plays ---

    def _report(self, now_us: int) -> None:
        for stream, to in self._reports:
            report = stream.receiver_report(self._own, now_us)
            if isinstance(to, int):
                self.link.send(to, report)
            else:
                to[0].send(report, to[1])

    async def _keep_alive(self) -> None:
        method = "GET_PARAMETER" if "GET_PARAMETER" in self._methods else "OPTIONS"
        try:
            answer = await self._ask(method, self._play_url, seconds=KEEP_ALIVE_ANSWER_S)
        except CameraLost:
            return  # what ended the connection is known; else the camera plays on, though it does not answer
        if answer.status == 454:
            raise CameraLost("dropped", "the camera has forgotten our session")
        if answer.status >= 400:
            self._methods.discard("GET_PARAMETER")


def _tls() -> ssl.SSLContext:
    """Cameras sign their certificates themselves: the line is closed to who only listens."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _granted(method: str, answer: Response) -> Response:
    if 200 <= answer.status < 300:
        return answer
    said = f"{answer.status} {answer.reason}".strip()
    if answer.status in (401, 403):
        raise CameraLost("refused", f"the camera refuses the user or the password ({said})")
    if answer.status == 404:
        raise CameraLost("not_found", f"the camera has no stream at this address ({said})")
    raise CameraLost("dropped", f"the camera answers {method} with {said}")
