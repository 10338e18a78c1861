"""Desks whose terminals sign, for tests that press without a hall: the same key for the same desk, always."""

from __future__ import annotations

import base64
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting.entries import Option, TerminalEnrolled
from voting.signed import press_text
from voting.vote_event import Press


def key(desk_no: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(b"desk %d" % desk_no).digest())


def terminal(desk_no: int) -> str:
    return f"desk-{desk_no}"


def enrolled(body: str, desk_no: int, at: str) -> TerminalEnrolled:
    """What the ledger says of the desk's terminal, before it presses."""
    return TerminalEnrolled(at, terminal(desk_no), body, desk_no, key(desk_no).public_key().public_bytes_raw().hex())


def press(
    sitting: str,
    vote_n: int,
    desk_no: int,
    member: str,
    option: Option,
    *,
    at: str,
    boot: str = "0" * 16,
    n: int = 1,
    candidate: int | None = None,
) -> Press:
    """A press at the desk, signed as a terminal signs it."""
    text = press_text(sitting, vote_n, member, option, candidate, boot, n)
    signature = base64.b64encode(key(desk_no).sign(text.encode())).decode()
    return Press(member, boot, n, option, at, candidate, "terminal", terminal(desk_no), signature)
