"""Which characters the papers' fonts can show, and what stands for those they cannot.

An archival PDF may not hold a character without a glyph, so typst refuses one; but what people typed must be printed
all the same. `shown` writes such a character as its number, «[U+1F600]»: exact, and readable back. The text form of a
paper has the character itself. Format of the fonts: OpenType, table cmap, subtables 4 and 12.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable
from pathlib import Path

NEEDS_NO_GLYPH = frozenset("\u00ad\u200b\u200c\u200d\u2060")  # typst sets them without one
DROPPED = ("Cc", "Cf", "Cs")  # controls and marks of direction print nothing


def covered(fonts: Iterable[Path]) -> frozenset[int]:
    """The code points that have a glyph in any of these fonts."""
    found: set[int] = set()
    for font in fonts:
        data = font.read_bytes()
        (tables,) = struct.unpack_from(">H", data, 4)
        for place in range(tables):
            tag, _, offset, length = struct.unpack_from(">4sIII", data, 12 + 16 * place)
            if tag == b"cmap":
                found |= _mapped(data[offset : offset + length])
    return frozenset(found)


def _mapped(cmap: bytes) -> set[int]:
    found: set[int] = set()
    (subtables,) = struct.unpack_from(">H", cmap, 2)
    for place in range(subtables):
        platform, _, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * place)
        (kind,) = struct.unpack_from(">H", cmap, offset)
        if platform not in (0, 3):  # not Unicode
            continue
        if kind == 12:
            (groups,) = struct.unpack_from(">I", cmap, offset + 12)
            for group in range(groups):
                first, last, _ = struct.unpack_from(">III", cmap, offset + 16 + 12 * group)
                found.update(range(first, last + 1))
        elif kind == 4:
            found |= _segments(cmap, offset)
    return found


def _segments(cmap: bytes, offset: int) -> set[int]:
    """A subtable of format 4: segments of the first 65,536 code points; glyph 0 is none."""
    (double,) = struct.unpack_from(">H", cmap, offset + 6)
    count = double // 2
    ends = struct.unpack_from(f">{count}H", cmap, offset + 14)
    starts = struct.unpack_from(f">{count}H", cmap, offset + 16 + double)
    deltas = struct.unpack_from(f">{count}H", cmap, offset + 16 + 2 * double)
    ranges_at = offset + 16 + 3 * double
    ranges = struct.unpack_from(f">{count}H", cmap, ranges_at)
    found = set()
    for place, (first, last, delta, far) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = point + delta
            if far:
                (glyph,) = struct.unpack_from(">H", cmap, ranges_at + 2 * place + far + 2 * (point - first))
                glyph = glyph and glyph + delta
            if glyph & 0xFFFF:
                found.add(point)
    return found


def shown(text: str, points: frozenset[int]) -> str:
    """`text` with every character that has no glyph as its number; characters that print nothing are left out."""
    return "".join(_shown(letter, points) for letter in unicodedata.normalize("NFC", text))


def _shown(letter: str, points: frozenset[int]) -> str:
    if letter.isspace():
        return letter if letter == "\N{NO-BREAK SPACE}" else " "
    if letter in NEEDS_NO_GLYPH:
        return letter
    if unicodedata.category(letter) in DROPPED:
        return ""
    return letter if ord(letter) in points else f"[U+{ord(letter):04X}]"
