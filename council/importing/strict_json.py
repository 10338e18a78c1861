"""JSON that others wrote, key by key, so that an error can name the place and what was expected. Pure.

Nothing is guessed: a key that stands twice, NaN, or what is not text is refused.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from council.letters import unseen

BLANKS = {ord("\t"): " ", ord("\r"): "\n"}


class Unreadable(Exception):
    """A part cannot be read; `place` within the file."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.place = place
        self.reason = reason


def parsed(data: bytes) -> Any:
    """The document's value; a byte order mark is allowed. Raises Unreadable with line and column."""
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"line {line}", f"not UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise Unreadable(f"line {error.lineno}, column {error.colno}", f"not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable("", f"not JSON: {error}") from error


class _Doubled(dict[str, Any]):
    """An object of the file in which a key stands twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    return values if len(values) == len(pairs) else _Doubled(values)


def checked(record: object, place: str) -> dict[str, Any]:
    """The object at `place`. Raises Unreadable for anything else, and for a key that stands twice."""
    if not isinstance(record, dict):
        raise Unreadable(place, f"{shown(record)} stands where an object {{ … }} was expected")
    if isinstance(record, _Doubled):
        raise Unreadable(place, f"a key stands twice in one object, one of {', '.join(record)}")
    return record


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


def field(record: object, key: str, kind: type, place: str, expected: str) -> Any:
    """The value of `key`, exactly of `kind`; `expected` says it for people. Raises Unreadable."""
    values = checked(record, place)
    if key not in values:
        raise Unreadable(place, f"“{key}” is missing")
    value = values[key]
    if type(value) is not kind:
        raise Unreadable(place, f"“{key}” is {shown(value)}, expected {expected}")
    if isinstance(value, str) and (letter := unseen(value.translate(BLANKS))) is not None:
        raise Unreadable(place, f"“{key}” holds a character that cannot be seen, {letter}")
    return value


def text_of(record: Any, key: str, place: str) -> str:
    """Without outer blanks. Raises Unreadable."""
    value: str = field(record, key, str, place, "a text")
    return value.strip()


def shown(value: object) -> str:
    """A value as an error quotes it: at most 60 letters of JSON."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"
