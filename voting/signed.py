"""The texts that terminals and the hall sign, exactly. Pure.

    hlasno/press/1      a press, by the terminal's key: stored with it, published in the roll
    hlasno/hello/1      that a terminal holds its key: over the nonce of the hall's Challenge
    hlasno/receipt/1    that a press is on disk, by the ledger's key: kept by the member
    hlasno/receipts/1   the same of several that came to disk together: size and root of the tree of their texts

Each is UTF-8, its first line naming what it is, then one value a line without a newline at the end. A signature is
Ed25519 over those bytes (RFC 8032), written in standard base64 (88 characters).
"""

from __future__ import annotations

import base64
import binascii

from voting import ed25519
from voting.entries import Option

PRESS = "hlasno/press/1"
HELLO = "hlasno/hello/1"
RECEIPT = "hlasno/receipt/1"
RECEIPTS = "hlasno/receipts/1"


def press_text(sitting: str, vote_n: int, member: str, option: Option, candidate: int | None, boot: str, n: int) -> str:
    """What a terminal signs for one press. Raises ValueError for a line break inside a value."""
    return _lines(PRESS, sitting, vote_n, member, option.value, "-" if candidate is None else candidate, boot, n)


def hello_text(nonce: str, boot: str) -> str:
    """What a terminal signs when it links up. Raises ValueError for a line break inside a value."""
    return _lines(HELLO, nonce, boot)


def receipt_text(
    sitting: str,
    vote_n: int,
    member: str,
    option: Option,
    candidate: int | None,
    boot: str,
    n: int,
    recorded_at: str,
) -> str:
    """What the hall signs once a press is on disk. Raises ValueError for a line break inside a value."""
    chosen = "-" if candidate is None else candidate
    return _lines(RECEIPT, sitting, vote_n, member, option.value, chosen, boot, n, recorded_at)


def receipts_text(size: int, root: bytes) -> str:
    """What the hall signs for `size` presses at once: `root` of the Merkle tree (`tree.py`) whose leaves are their
    `receipt_text`s. Each receipt carries its way to that root."""
    return _lines(RECEIPTS, size, base64.b64encode(root).decode())


def fits(public_key: str, text: str, signature: str) -> bool:
    """Whether `signature` (base64) of `text` was made with the key (64 hexadecimal digits). False for anything
    malformed. Takes milliseconds; for many at once there is `signatures.py`."""
    try:
        public = bytes.fromhex(public_key)
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    return base64.b64encode(raw).decode() == signature and ed25519.verify(public, text.encode(), raw)


def _lines(*values: object) -> str:
    text = "\n".join(map(str, values))
    if text.count("\n") >= len(values) or "\r" in text:
        raise ValueError("a line break in a value that is signed")
    return text
