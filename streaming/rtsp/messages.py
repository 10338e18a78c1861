"""RTSP messages and interleaved packets, cut out of a connection's bytes.

Pure. Every size has a limit; what is neither a message nor a packet raises CameraLost (`garbage`).
Source: RFC 2326 (4 to 7 messages, 10.12 interleaved binary data).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from streaming.errors import garbage

HEAD_BYTES = 16 * 1024
BODY_BYTES = 256 * 1024
HEADERS = 100

_BEGINNING = re.compile(rb"RTSP/1\.[01] |[A-Z_]{3,24} ")
_BEGINNING_BYTES = 25  # so many bytes decide whether a message begins here
_STATUS = re.compile(r"RTSP/1\.[01] ([1-5][0-9]{2})(?: (.*))?")
_REQUEST = re.compile(r"([A-Z_]{3,24}) (\S+) RTSP/1\.[01]")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_DOLLAR = 0x24


@dataclass(frozen=True, slots=True)
class Headers:
    """Names in lower case, values as they came, in order. Bytes above 127 stand as ISO 8859-1, one character a byte."""

    fields: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        return [value for other, value in self.fields if other == name]

    def get(self, name: str, default: str = "") -> str:
        return next((value for other, value in self.fields if other == name), default)


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    reason: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """Of the camera to us: some ask whether we still live."""

    method: str
    url: str
    headers: Headers
    body: bytes


Packet = tuple[int, bytes]  # channel, what it carries
Item = Packet | Response | Request


class Incoming:
    """What a camera sends on its connection; feed it bytes as they come."""

    def __init__(self) -> None:
        self._waiting = b""
        self._looked = 0  # no head ends before this place in `_waiting`

    def feed(self, data: bytes) -> Iterator[Item]:
        """The items now complete, in order. Raises CameraLost (`garbage`) after those before it."""
        if self._waiting:
            data = self._waiting + data
        at, end = 0, len(data)
        while at < end:
            first = data[at]
            if first == _DOLLAR:
                if end - at < 4:
                    break
                stop = at + 4 + (data[at + 2] << 8 | data[at + 3])
                if stop > end:
                    break
                yield data[at + 1], data[at + 4 : stop]
                at = stop
            elif first in b"\r\n":
                at += 1
            else:
                message = self._message(data, at)
                if message is None:
                    break
                item, at = message
                self._looked = 0
                yield item
        self._waiting = data[at:]

    def _message(self, data: bytes, at: int) -> tuple[Response | Request, int] | None:
        """The message that begins at `at` and where it ends; None while it is not complete."""
        if len(data) - at >= _BEGINNING_BYTES and not _BEGINNING.match(data, at):
            raise garbage("the camera sends bytes that are neither RTSP nor RTP")
        stop = data.find(b"\r\n\r\n", at + max(0, self._looked - 3), at + HEAD_BYTES)
        if stop < 0:
            if len(data) - at >= HEAD_BYTES:
                raise garbage("the camera sends a message without end")
            self._looked = len(data) - at
            return None
        first, headers = _head(data[at:stop].decode("latin-1"))
        text = headers.get("content-length", "0").strip()
        if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= BODY_BYTES):
            raise garbage("the camera announces a message of an impossible length")
        begin, end = stop + 4, stop + 4 + int(text)
        if end > len(data):
            self._looked = stop - at
            return None
        body = data[begin:end]
        if status := _STATUS.fullmatch(first):
            return Response(int(status[1]), status[2] or "", headers, body), end
        if request := _REQUEST.fullmatch(first):
            return Request(request[1], request[2], headers, body), end
        raise garbage("the camera does not speak RTSP")


def _head(text: str) -> tuple[str, Headers]:
    first, *lines = text.split("\r\n")
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and fields:  # a value goes on in the next line
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}")
            continue
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name.strip()) or len(fields) >= HEADERS:
            raise garbage("the camera sends a message that is not RTSP's")
        fields.append((name.strip().lower(), value.strip()))
    return first, Headers(tuple(fields))


def request(method: str, url: str, headers: Mapping[str, str]) -> bytes:
    """A request without a body; texts one character a byte. Raises ValueError for what would not stay one line."""
    lines = [f"{method} {url} RTSP/1.0", *(f"{name}: {value}" for name, value in headers.items())]
    if any(char < " " or char == "\x7f" for line in lines for char in line):
        raise ValueError("a control character has no place in a request")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def refusal(asked: Request) -> bytes:
    """Our answer to what a camera asks of us: alive, but not at its service."""
    status = "200 OK" if asked.method in ("OPTIONS", "GET_PARAMETER") else "501 Not Implemented"
    sequence = re.fullmatch(r"[0-9]{1,10}", asked.headers.get("cseq"))
    return f"RTSP/1.0 {status}\r\nCSeq: {sequence[0] if sequence else 0}\r\n\r\n".encode()


def parameters(value: str) -> dict[str, str]:
    """Of a header like `Transport` or `Session`: `a;b=c` as {'a': '', 'b': 'c'}, names in lower case."""
    found = {}
    for piece in value.split(";"):
        name, _, content = piece.strip().partition("=")
        found[name.strip().lower()] = content.strip().strip('"')
    return found
