"""A camera's description of its streams.

Pure. Read with limits; what is no description raises CameraLost (`garbage`).
Source: RFC 8866 (SDP), RFC 2326 appendix C (control), RFC 3551 (static payload types).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from streaming.errors import garbage

TEXT_BYTES = 64 * 1024
MEDIA = 32

_MEDIA = re.compile(r"([a-z]+) [0-9]{1,5}(?:/[0-9]+)? (\S+) ([0-9]{1,3})(?: .*)?")
_RTPMAP = re.compile(r"([0-9]{1,3}) +([A-Za-z0-9._-]{1,40})/([0-9]{1,7})(?:/([0-9]{1,2}))? *")
_STATIC = {0: ("PCMU", 8000, 1), 8: ("PCMA", 8000, 1), 26: ("JPEG", 90_000, 1)}


@dataclass(slots=True)
class Media:
    """One stream on offer. `encoding`: 'H264', in capitals; '' when not told. `control`: as it came."""

    kind: str  # 'video', 'audio', …
    payload_type: int
    encoding: str = ""
    clock_hz: int = 0
    channels: int = 1
    control: str = ""
    parameters: dict[str, str] = field(default_factory=dict)  # of `fmtp`, names in lower case


@dataclass(slots=True)
class Description:
    control: str = ""
    media: list[Media] = field(default_factory=list)

    def first(self, kind: str, encodings: Sequence[str]) -> Media | None:
        """The first stream of the kind in one of the encodings."""
        return next((m for m in self.media if m.kind == kind and m.encoding in encodings), None)


def read(body: bytes) -> Description:
    """Raises CameraLost (`garbage`)."""
    if len(body) > TEXT_BYTES:
        raise garbage("the camera's description is too long")
    found = Description()
    lines = body.decode("latin-1").replace("\r\n", "\n").split("\n")
    if not lines[0].startswith("v="):
        raise garbage("the camera's description cannot be read")
    media: Media | None = None
    for line in lines:
        kind, _, value = line.partition("=")
        if kind == "m":
            media = _media(value)
            found.media.append(media)
            if len(found.media) > MEDIA:
                raise garbage("the camera describes too many streams")
        elif kind == "a":
            name, _, content = value.partition(":")
            if name == "control":
                if media is None:
                    found.control = content.strip()
                else:
                    media.control = content.strip()
            elif media is not None:
                _attribute(media, name, content)
    return found


def _media(value: str) -> Media:
    match = _MEDIA.fullmatch(value.strip())
    if match is None:
        raise garbage("the camera describes a stream that cannot be read")
    kind, protocol, first = match[1], match[2].upper(), int(match[3])
    if not protocol.startswith("RTP/") or first > 127:
        return Media(kind, -1)
    encoding, clock_hz, channels = _STATIC.get(first, ("", 0, 1))
    return Media(kind, first, encoding, clock_hz, channels)


def _attribute(media: Media, name: str, content: str) -> None:
    if name == "rtpmap":
        match = _RTPMAP.fullmatch(content.strip())
        if match and int(match[1]) == media.payload_type and int(match[3]):
            media.encoding, media.clock_hz = match[2].upper(), int(match[3])
            media.channels = int(match[4] or 1) or 1
    elif name == "fmtp":
        number, _, rest = content.strip().partition(" ")
        if number == str(media.payload_type):
            for piece in rest.split(";"):
                key, _, value = piece.strip().partition("=")
                if key:
                    media.parameters[key.strip().lower()] = value.strip()


def address(base: str, control: str) -> str:
    """Where a stream is set up: `control` below `base`, put together as every camera expects it."""
    if control in ("", "*"):
        return base
    if re.match(r"rtsps?://", control, re.IGNORECASE):
        return control
    return f"{base.removesuffix('/')}/{control.removeprefix('/')}"
