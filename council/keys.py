"""Ed25519 keys of terminals: whose press, whose connection. Pure.

The private part never leaves the browser (WebCrypto, not extractable) or the desk's program; the hall keeps the public
part, 64 hexadecimal digits, which TerminalEnrolled publishes. Signatures are standard base64 of 64 bytes, over UTF-8.
What they sign is in `voting/signed.py`. Source: RFC 8032."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")


class BadKey(ValueError):
    """Not the public key of a terminal: 64 lower-case hexadecimal digits."""

    code = "bad_key"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A terminal's own key; `seed` is its 32 secret bytes."""

    seed: bytes = field(repr=False)

    @classmethod
    def new(cls) -> SigningKey:
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def public(self) -> str:
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw().hex()

    def sign(self, text: str) -> str:
        return base64.b64encode(Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())).decode()


def check_public(public_key: str) -> None:
    """Raises BadKey."""
    if not PUBLIC_KEY.fullmatch(public_key):
        raise BadKey("a public key is 64 hexadecimal digits of an Ed25519 key")


def verify(public_key: str, text: str, signature: str) -> bool:
    """Whether the owner of `public_key` (hex) signed `text`; False for whatever is no signature or no key."""
    try:
        given = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(given, text.encode())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return base64.b64encode(given).decode() == signature  # one signature, one spelling
