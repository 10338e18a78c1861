"""The ledger as one file that checks itself. Pure.

    {"export":1,"origin":"…","vkey":"name+id+base64"}     what it is and whose key signs it
    {"at":…,"kind":"SittingOpened",…,"seq":0,…}           the entries: exactly the bytes that are hashed, one a line
    {"checkpoint":"origin\\nsize\\nroot\\n\\n— …\\n"}     the signed note over them

Every line is canonical JSON and ends in a newline; there is nothing else, so that no byte is without a check.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from voting import canonical
from voting.errors import BadEntry, NewerEntry, NotCanonical

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Header:
    origin: str
    vkey: str


def export_lines(bodies: Iterable[bytes], note: str, origin: str, vkey: str) -> Iterator[bytes]:
    """The file, line by line, newlines included. bodies: the first `size` entries of the ledger, where `size` is that
    of `note`; read the note first, then those below its size."""
    yield canonical.encode({"export": FORMAT, "origin": origin, "vkey": vkey}) + b"\n"
    for body in bodies:
        yield body + b"\n"
    yield canonical.encode({"checkpoint": note}) + b"\n"


def parse_header(line: bytes) -> Header:
    """The first line, without its newline. Raises BadEntry, NewerEntry for another format."""
    header = _parse(line, {"export": int, "origin": str, "vkey": str}, "the first line is not the head of an export")
    if header["export"] > FORMAT:
        raise NewerEntry(f"the file has format {header['export']}, this program knows {FORMAT}; use a newer one")
    if header["export"] != FORMAT:
        raise BadEntry(f"there is no format {header['export']}")
    return Header(header["origin"], header["vkey"])


def parse_last(line: bytes) -> str:
    """The note in the last line, without its newline. Raises BadEntry."""
    note: str = _parse(line, {"checkpoint": str}, "the last line is not a checkpoint")["checkpoint"]
    return note


def _parse(line: bytes, fields: dict[str, type], words: str) -> dict[str, Any]:
    try:
        value = json.loads(line.decode())
        exact = canonical.encode(value) == line
    except (ValueError, RecursionError, NotCanonical) as error:
        raise BadEntry(f"{words}: {error}") from error
    if type(value) is not dict or {name: type(item) for name, item in value.items()} != fields:
        raise BadEntry(f"{words}: it has the fields {', '.join(fields)} and no others")
    if not exact:
        raise BadEntry(f"{words}: not in canonical form")
    return value
