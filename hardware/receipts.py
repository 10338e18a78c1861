"""Receipts kept as files: the hall's signed word that a press is on disk, as `python -m voting receipt` reads it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec

from council.protocol import Recorded


def receipt(recorded: Recorded) -> bytes | None:
    """The receipt's bytes; None: the hall has signed nothing."""
    if not recorded.receipt:
        return None
    fields = {
        "receipt": 1,
        "sitting": recorded.sitting,
        "vote_n": recorded.vote_n,
        "member": recorded.member,
        "option": recorded.option,
        "candidate": recorded.candidate,
        "boot": recorded.boot,
        "n": recorded.n,
        "recorded_at": recorded.recorded_at,
        "signature": recorded.signature,
        "terminal": recorded.terminal,
        "receipt_signature": recorded.receipt,
        "inclusion": msgspec.to_builtins(recorded.inclusion),
        "vkey": recorded.vkey,
    }
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


def keep_receipt(recorded: Recorded, folder: Path) -> Path | None:
    """Write it where only its owner can read it (mode 0600); a repeat writes the same. Raises OSError."""
    data = receipt(recorded)
    if data is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"receipt-{recorded.sitting}-{recorded.vote_n}-{recorded.boot}-{recorded.n}.json"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    return path
