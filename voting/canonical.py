"""Canonical JSON: one value, one sequence of bytes. Pure.

Source: RFC 8785 (JSON Canonicalization Scheme), for text, whole numbers, true, false, null, lists and objects. A float
is refused: nothing in a ledger is measured, everything is counted.
"""

from __future__ import annotations

import json
from typing import Any

from voting.errors import NotCanonical

MAX_INT = 2**53 - 1  # RFC 8785 numbers are IEEE doubles; above this two numbers would share one spelling


def encode(value: Any) -> bytes:
    """The bytes of `value`. Raises NotCanonical for a float, a number beyond ±(2^53 - 1), half a surrogate pair, a key
    that is no text, or another type."""
    parts: list[str] = []
    _write(value, parts)
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError as error:
        raise NotCanonical(f"half a surrogate pair in a text: {error}") from error


def _write(value: Any, parts: list[str]) -> None:
    if value is None:
        parts.append("null")
    elif value is True:
        parts.append("true")
    elif value is False:
        parts.append("false")
    elif isinstance(value, str):
        parts.append(json.dumps(value, ensure_ascii=False))
    elif isinstance(value, int):
        if abs(value) > MAX_INT:
            raise NotCanonical(f"{value} is beyond ±(2^53 - 1)")
        parts.append(int.__repr__(value))
    elif isinstance(value, list | tuple):
        _write_list(value, parts)
    elif isinstance(value, dict):
        _write_object(value, parts)
    else:
        raise NotCanonical(f"{type(value).__name__} has no canonical form here")


def _write_list(value: list[Any] | tuple[Any, ...], parts: list[str]) -> None:
    parts.append("[")
    for place, item in enumerate(value):
        if place:
            parts.append(",")
        _write(item, parts)
    parts.append("]")


def _write_object(value: dict[Any, Any], parts: list[str]) -> None:
    for key in value:
        if not isinstance(key, str):
            raise NotCanonical(f"the key {key!r} is no text")
    parts.append("{")
    for place, key in enumerate(sorted(value, key=_utf16)):
        if place:
            parts.append(",")
        parts.append(json.dumps(key, ensure_ascii=False))
        parts.append(":")
        _write(value[key], parts)
    parts.append("}")


def _utf16(key: str) -> bytes:
    """RFC 8785 sorts keys by UTF-16 code units, which differs from code points above U+FFFF."""
    return key.encode("utf-16-be", "surrogatepass")
