"""What a check says: sentences, and what to do.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

RESTORE = "Restore it from a backup; the vote records are not affected."
GO_ON = "Run: council footage move. It goes on where it was broken off."


@dataclass(frozen=True, slots=True)
class Finding:
    ok: bool
    text: str
    advice: str = ""
