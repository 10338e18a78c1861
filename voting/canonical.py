"""Canonical JSON: one value, one sequence of bytes. Pure.

Source: RFC 8785 (JSON Canonicalization Scheme), for text, whole numbers, true, false, null, lists and objects. A float
is refused: nothing in a ledger is measured, everything is counted.
"""

from __future__ import annotations

import json
import re
from typing import Any

from voting.errors import NotCanonical

MAX_INT = 2**53 - 1  # RFC 8785 numbers are IEEE doubles; above this two numbers would share one spelling

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # escapes texts as RFC 8785 does
_sorting = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
_long_number = re.compile(rb"[:,\[]-?\d{16}")  # one that may be beyond MAX_INT


def encode(value: Any) -> bytes:
    """The bytes of `value`. Raises NotCanonical for a float, a number beyond ±(2^53 - 1), half a surrogate pair, a key
    that is no text, or another type."""
    try:
        return _encoder.encode(_in_order(value)).encode()
    except UnicodeEncodeError as error:
        raise NotCanonical(f"half a surrogate pair in a text: {error}") from error


def are_bytes_of(data: bytes, value: Any) -> bool:
    """Whether `data`, from which json read `value`, is `encode(value)`; three times as fast, for a value without floats
    whose keys are ASCII. Raises as it."""
    if _long_number.search(data):
        return encode(value) == data
    try:
        return _sorting.encode(value).encode() == data
    except UnicodeEncodeError as error:
        raise NotCanonical(f"half a surrogate pair in a text: {error}") from error


def _in_order(value: Any) -> Any:
    """The value with the keys of its objects in canonical order, once each part has been found to have a form."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_INT:
            raise NotCanonical(f"{value} is beyond ±(2^53 - 1)")
        return value
    if isinstance(value, list | tuple):
        return [_in_order(item) for item in value]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise NotCanonical(f"the key {key!r} is no text")
        keys = sorted(value) if "".join(value).isascii() else sorted(value, key=_utf16)
        return {key: one if type(one := value[key]) is str else _in_order(one) for key in keys}
    raise NotCanonical(f"{type(value).__name__} has no canonical form here")


def _utf16(key: str) -> bytes:
    """RFC 8785 sorts keys by UTF-16 code units, which differs from code points above U+FFFF."""
    return key.encode("utf-16-be", "surrogatepass")
