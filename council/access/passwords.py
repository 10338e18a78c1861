"""Passwords of staff: argon2id in a thread. Never logged."""

from __future__ import annotations

import asyncio
import secrets
from base64 import b64encode
from hashlib import sha256

import argon2

from council.access.errors import BadPassword

PASSWORD_LENGTH = (10, 200)

_hasher = argon2.PasswordHasher()


def _nobodys() -> str:
    """As stored for a known name, so that an unknown one costs the same work; made of no password."""
    salt, digest = secrets.token_bytes(_hasher.salt_len), secrets.token_bytes(_hasher.hash_len)
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    written = [b64encode(part).decode().rstrip("=") for part in (salt, digest)]
    return "$".join(["", "argon2id", f"v={argon2.low_level.ARGON2_VERSION}", cost, *written])


_NOBODYS = _nobodys()


def hash_of(secret: str) -> bytes:
    """Of 32 random bytes: nothing to guess, so no salt and no work."""
    return sha256(secret.encode()).digest()


async def hash_password(password: str) -> str:
    """Raises BadPassword."""
    if not PASSWORD_LENGTH[0] <= len(password) <= PASSWORD_LENGTH[1]:
        raise BadPassword(f"a password has {PASSWORD_LENGTH[0]} to {PASSWORD_LENGTH[1]} characters")
    return await asyncio.to_thread(_hasher.hash, password)


async def is_password(password_hash: str | None, password: str) -> bool:
    """None: nobody's; the same work, and False."""
    right = await asyncio.to_thread(matches, _hasher, password_hash or _NOBODYS, password[:1000])
    return right and password_hash is not None


def matches(hasher: argon2.PasswordHasher, stored: str, given: str) -> bool:
    try:
        return hasher.verify(stored, given)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
