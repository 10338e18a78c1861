"""Passwords of staff: argon2id in a thread. Never logged."""

from __future__ import annotations

import asyncio
import secrets
from hashlib import sha256

import argon2

from council.access.errors import BadPassword

PASSWORD_LENGTH = (10, 200)

_hasher = argon2.PasswordHasher()
_DUMMY = _hasher.hash(secrets.token_hex(16))  # an unknown name costs the same work as a known one


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
    right = await asyncio.to_thread(matches, _hasher, password_hash or _DUMMY, password[:1000])
    return right and password_hash is not None


def matches(hasher: argon2.PasswordHasher, stored: str, given: str) -> bool:
    try:
        return hasher.verify(stored, given)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
