"""Who we are, told to a camera that asks: Basic and Digest.

Pure but for the random client nonce. Of several challenges the strongest is answered.
Source: RFC 7617 (Basic), RFC 7616 (Digest, SHA-256, qop), RFC 2069 (Digest without qop, which most cameras speak).
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_SCHEME = re.compile(r"(?:^|,)\s*(basic|digest)(?=\s|$)", re.IGNORECASE)
_PARAMETER = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """`hash`: MD5 or SHA-256, '' for Basic. Texts as they came, one character a byte."""

    hash: str
    realm: str = ""
    nonce: str = ""
    opaque: str | None = None
    session: bool = False  # the algorithm's name ends in -sess
    qop: bool = False  # qop=auth is offered
    stale: bool = False

    @property
    def strength(self) -> int:
        return ("", "MD5", "SHA-256").index(self.hash)


def challenges(headers: Sequence[str]) -> list[Challenge]:
    """What WWW-Authenticate asks for, as far as it can be answered; the strongest first."""
    found: list[Challenge] = []
    for header in headers:
        places = list(_SCHEME.finditer(header))
        ends = [place.start() for place in places[1:]] + [len(header)]
        for place, following in zip(places, ends, strict=False):
            fields = {
                name.lower(): re.sub(r"\\(.)", r"\1", quoted) or plain
                for name, quoted, plain in _PARAMETER.findall(header[place.end() : following])
            }
            if challenge := _challenge(place[1].lower(), fields):
                found.append(challenge)
    return sorted(found, key=lambda challenge: -challenge.strength)


def _challenge(scheme: str, fields: dict[str, str]) -> Challenge | None:
    if scheme == "basic":
        return Challenge("", fields.get("realm", ""))
    algorithm = fields.get("algorithm", "MD5").upper()
    qop = [word.strip().lower() for word in fields.get("qop", "").split(",") if word.strip()]
    if algorithm.removesuffix("-SESS") not in _HASHES or "nonce" not in fields or (qop and "auth" not in qop):
        return None
    return Challenge(
        algorithm.removesuffix("-SESS"),
        fields.get("realm", ""),
        fields["nonce"],
        fields.get("opaque"),
        algorithm.endswith("-SESS"),
        bool(qop),
        fields.get("stale", "").lower() == "true",
    )


class Credentials:
    """User and password of an address, and how to prove them."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._asked: Challenge | None = None
        self._count = 0

    @property
    def stale(self) -> bool:
        """The camera says that only our nonce was too old."""
        return self._asked is not None and self._asked.stale

    @classmethod
    def of(cls, url: str) -> Credentials | None:
        """None where the address names nobody. Raises ValueError for control characters."""
        parts = urlsplit(url)
        if parts.username is None:
            return None
        user, password = unquote(parts.username), unquote(parts.password or "")
        if any(char < " " or char == "\x7f" for char in user + password):
            raise ValueError("control characters in the camera's user or password")
        return cls(user, password)

    def accept(self, headers: Sequence[str]) -> bool:
        """Take over a challenge. False: none of them can be answered."""
        offered = challenges(headers)
        if not offered:
            return False
        self._asked, self._count = offered[0], 0
        return True

    def header(self, method: str, url: str) -> str | None:
        """The value of Authorization for a request; None while nobody asked."""
        if self._asked is None:
            return None
        if not self._asked.hash:
            return "Basic " + base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
        self._count += 1
        return digest(self._asked, self._user, self._password, method, url, self._count, secrets.token_hex(8))


def digest(asked: Challenge, user: str, password: str, method: str, url: str, count: int, cnonce: str) -> str:
    """The answer to a Digest challenge, one character a byte. count: of requests with this nonce, from 1."""
    hashed = _HASHES[asked.hash]
    realm, nonce = asked.realm.encode("latin-1"), asked.nonce.encode("latin-1")
    who = hashed(b":".join((user.encode(), realm, password.encode())))
    if asked.session:
        who = hashed(b":".join((who.encode(), nonce, cnonce.encode())))
    what = hashed(f"{method}:{url}".encode("latin-1"))
    middle = nonce + (f":{count:08x}:{cnonce}:auth".encode() if asked.qop else b"")
    fields = {
        "username": _quoted(user.encode().decode("latin-1")),
        "realm": _quoted(asked.realm),
        "nonce": _quoted(asked.nonce),
        "uri": f'"{url}"',
        "response": f'"{hashed(b":".join((who.encode(), middle, what.encode())))}"',
    }
    if asked.hash != "MD5" or asked.session:
        fields["algorithm"] = asked.hash + ("-sess" if asked.session else "")
    if asked.qop:
        fields |= {"qop": "auth", "nc": f"{count:08x}"}
    if asked.qop or asked.session:
        fields["cnonce"] = f'"{cnonce}"'
    if asked.opaque is not None:
        fields["opaque"] = _quoted(asked.opaque)
    return "Digest " + ", ".join(f"{name}={value}" for name, value in fields.items())


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
