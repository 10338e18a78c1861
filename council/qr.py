"""The checkpoint as a picture that a camera can read back: what binds footage to the ledger; also an address and a
receipt as one.

Pure. The checkpoint's is always version 3, 29 by 29 modules, error level M, alphanumeric: the one size was measured to
be legible from the hall's recordings (look/HALL.md). The payload is upper case: alphanumeric mode has no other.
"""

from __future__ import annotations

from datetime import datetime

import segno

from council.state_parts import CheckpointView
from voting.entries import stamp

ROOT_DIGITS = 16  # of the root's 64: 64 bits cannot be met by chance, and the ledger has the rest


def payload(size: int, root: str, at: datetime) -> str:
    """`HLASNO/{entries}/{root, first digits}/{UTC to ms}`: HLASNO/57/9F3A0C1B2D4E5F60/20251122T081751123Z"""
    moment = stamp(at).translate({ord(c): None for c in "-:."})
    return f"HLASNO/{size}/{root[:ROOT_DIGITS].upper()}/{moment}"


def checkpoint_view(size: int, root: str, at: datetime) -> CheckpointView:
    """size: entries in the ledger; root: hexadecimal; at: when it was shown."""
    text = payload(size, root, at)
    code = segno.make(text, version=3, error="m", mode="alphanumeric", boost_error=False, micro=False)
    return CheckpointView(size=size, root=root, at=stamp(at), rows=_rows(code), payload=text)


def address_rows(address: str) -> tuple[str, ...]:
    """A web address as rows of "1" (dark) and "0"; as large as it needs to be."""
    return _rows(segno.make(address, error="m", micro=False))


def receipt_rows(text: str) -> tuple[str, ...]:
    """A receipt as it stands in its file, for a phone held to the terminal."""
    return _rows(segno.make(text, error="l", micro=False))


def _rows(code: segno.QRCode) -> tuple[str, ...]:
    return tuple("".join("1" if module else "0" for module in row) for row in code.matrix)
