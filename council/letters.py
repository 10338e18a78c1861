"""Characters that no name, title or reason may have: nobody can see them, and with them two texts look like one. Pure.

Control characters, marks that turn the direction of the text around (Trojan Source, CVE-2021-42574), characters
without width, halves of characters and those that mean nothing. Allowed: the joiners U+200C and U+200D, without which
Devanagari is misspelt, and the soft hyphen, which documents are full of.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}"
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"))


def unseen(text: str, *, lines: bool = True) -> str | None:
    """The first such character as «U+202E», None where there is none. `lines`: line breaks are allowed."""
    if text.isascii() and text.isprintable():
        return None
    for letter in text:
        if unicodedata.category(letter) in _UNSEEN and letter not in JOINERS and not (lines and letter == "\n"):
            return f"U+{ord(letter):04X}"
    return None


def unseen_in(value: Any) -> str | None:
    """The first such character in whatever text a message, or a part of one, has."""
    return next((found for text in _texts(value) if (found := unseen(text)) is not None), None)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _texts(part)


def cleared(text: str) -> str:
    """With U+FFFD for each: of a text that is shown as somebody sent it, whatever it is."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unseen(letter) else letter for letter in text)
