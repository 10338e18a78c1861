"""Ed25519 keys of terminals: whose press, whose connection. Pure.

The private part never leaves the browser (WebCrypto, not extractable) or the desk's program; the hall keeps the public
part, 64 hexadecimal digits, which TerminalEnrolled publishes. Signatures are standard base64 of 64 bytes, over UTF-8.
What they sign is in `voting/signed.py`. Checked by libsodium, which takes two thirds of OpenSSL's time, and like the
audit (`voting/ed25519.py`) refuses keys of small order and second spellings of a key or a signature. Source: RFC 8032.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass, field

from nacl.bindings import crypto_sign, crypto_sign_BYTES, crypto_sign_open, crypto_sign_PUBLICKEYBYTES
from nacl.bindings import crypto_sign_seed_keypair as keypair
from nacl.exceptions import BadSignatureError

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
        return cls(secrets.token_bytes(32))

    @property
    def public(self) -> str:
        return keypair(self.seed)[0].hex()

    def sign(self, text: str) -> str:
        return base64.b64encode(crypto_sign(text.encode(), keypair(self.seed)[1])[:crypto_sign_BYTES]).decode()


def check_public(public_key: str) -> None:
    """Raises BadKey."""
    if not PUBLIC_KEY.fullmatch(public_key):
        raise BadKey("a public key is 64 hexadecimal digits of an Ed25519 key")


def verify(public_key: str, text: str, signature: str) -> bool:
    """Whether the owner of `public_key` (hex) signed `text`; False for whatever is no signature or no key."""
    given = signature_bytes(signature)
    try:
        return given is not None and fits(bytes.fromhex(public_key), text.encode(), given)
    except ValueError:
        return False


def signature_bytes(signature: str) -> bytes | None:
    """The 64 bytes in its one spelling in base64; None for anything else."""
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(given) != crypto_sign_BYTES or base64.b64encode(given).decode() != signature:
        return None
    return given


def fits(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) of `message` was made with the key of `public`; False for a key that is none."""
    if len(public) != crypto_sign_PUBLICKEYBYTES:
        return False
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True
