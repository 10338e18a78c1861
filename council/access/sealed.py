"""Secrets that are few enough to be guessed, or that must be read again: kept under keys that are not in the database.

The keys are derived from the hall's cookie key (HKDF-SHA256, one a purpose), so that a copy of the database alone opens
neither one-time codes nor members' cards and PINs."""

from __future__ import annotations

import asyncio
import hmac
import secrets

import argon2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from council.access.passwords import matches

NONCE_BYTES = 12

# A member waits for it at the desk, and the key that is not in the database guards it too: 8 MiB, a few ms.
_pins = argon2.PasswordHasher(time_cost=2, memory_cost=8192, parallelism=1)


class Sealed:
    """What is derived from the cookie key."""

    def __init__(self, cookie_key: bytes) -> None:
        self._totp = AESGCM(_derived(cookie_key, "totp"))
        self._cards = _derived(cookie_key, "cards")
        self._pins = _derived(cookie_key, "pins")

    def seal(self, secret: str, owner: str) -> bytes:
        """`open` with the same owner gives it back."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._totp.encrypt(nonce, secret.encode(), owner.encode())

    def open(self, sealed: bytes, owner: str) -> str | None:
        """None: sealed with another key, or for another owner."""
        try:
            return self._totp.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner.encode()).decode()
        except InvalidTag:
            return None

    def card_hash(self, card: str) -> bytes:
        return hmac.digest(self._cards, card.encode(), "sha256")

    async def hash_pin(self, member: str, pin: str) -> str:
        return await asyncio.to_thread(_pins.hash, self._peppered(member, pin))

    async def is_pin(self, pin_hash: str, member: str, pin: str) -> bool:
        return await asyncio.to_thread(matches, _pins, pin_hash, self._peppered(member, pin))

    def _peppered(self, member: str, pin: str) -> str:
        return hmac.digest(self._pins, f"{member}\n{pin}".encode(), "sha256").hex()


def _derived(cookie_key: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"hlasno {purpose} 1".encode()).derive(cookie_key)
