"""Frozen dataclasses to plain JSON values and back, strictly. Pure; knows no fact of its own.

`dump` and `load` both refuse what the type does not say: an unknown or missing field, a wrong type, a text of the wrong
form. So what can be written can be read. `BadEntry` names the field by its path: "roll[3].option". Every field is
written, None as null. A field `for_` is called "for" on the wire.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Protocol

from voting.errors import BadEntry


@dataclass(frozen=True, slots=True)
class Form:
    """In `Annotated[str, Form(...)]`: which texts are allowed, and how to say so."""

    allows: Callable[[str], bool]
    words: str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """In `Annotated[int, AtLeast(0)]`."""

    least: int


class Mismatch(Exception):
    """A value that is not of its type. `path` grows on the way out: "roll", "[3]", "option"."""

    def __init__(self, words: str, *path: str) -> None:
        super().__init__(words)
        self.words = words
        self.path = list(path)

    def __str__(self) -> str:
        path = ".".join(self.path).replace(".[", "[")
        return f"{path}: {self.words}" if path else self.words


class Shape(Protocol):
    """Both raise Mismatch."""

    def dump(self, value: Any) -> Any: ...
    def load(self, value: Any) -> Any: ...


def _expected(words: str, value: object) -> Mismatch:
    given = repr(value)
    return Mismatch(f"expected {words}, found {given if len(given) < 80 else given[:77] + '…'}")


@dataclass(frozen=True, slots=True)
class _Text:
    form: Form | None = None

    def load(self, value: Any) -> str:
        if type(value) is not str:
            raise _expected("a text", value)
        if self.form is not None and not self.form.allows(value):
            raise _expected(self.form.words, value)
        return value

    dump = load


@dataclass(frozen=True, slots=True)
class _Whole:
    least: int | None = None

    def load(self, value: Any) -> int:
        if type(value) is not int:
            raise _expected("a whole number", value)
        if self.least is not None and value < self.least:
            raise _expected(f"a whole number of at least {self.least}", value)
        return value

    dump = load


@dataclass(frozen=True, slots=True)
class _Flag:
    def load(self, value: Any) -> bool:
        if type(value) is not bool:
            raise _expected("true or false", value)
        return value

    dump = load


@dataclass(frozen=True, slots=True)
class _Word:
    """A Literal of texts."""

    words: tuple[str, ...]

    def load(self, value: Any) -> str:
        if type(value) is not str or value not in self.words:
            raise _expected(f"one of {', '.join(self.words)}", value)
        return value

    dump = load


@dataclass(frozen=True, slots=True)
class _Enumerated:
    kind: type[StrEnum]

    def dump(self, value: Any) -> str:
        if not isinstance(value, self.kind):
            raise _expected(f"a {self.kind.__name__}", value)
        return value.value

    def load(self, value: Any) -> StrEnum:
        member = self.kind._value2member_map_.get(value) if type(value) is str else None
        if not isinstance(member, self.kind):
            raise _expected(f"one of {', '.join(self.kind)}", value)
        return member


@dataclass(frozen=True, slots=True)
class _OrNone:
    inner: Shape

    def dump(self, value: Any) -> Any:
        return None if value is None else self.inner.dump(value)

    def load(self, value: Any) -> Any:
        return None if value is None else self.inner.load(value)


@dataclass(frozen=True, slots=True)
class _Row:
    """tuple[X, ...] as a list."""

    inner: Shape

    def dump(self, value: Any) -> list[Any]:
        if type(value) is not tuple:
            raise _expected("a tuple", value)
        return self._each(self.inner.dump, value)

    def load(self, value: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise _expected("a list", value)
        return tuple(self._each(self.inner.load, value))

    def _each(self, take: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
        taken: list[Any] = []
        try:
            taken.extend(map(take, values))
        except Mismatch as mismatch:
            mismatch.path.insert(0, f"[{len(taken)}]")
            raise
        return taken


@dataclass(frozen=True, slots=True)
class _Struct:
    kind: type
    parts: tuple[tuple[str, str, Shape], ...]  # attribute, name on the wire, shape

    def dump(self, value: Any) -> dict[str, Any]:
        if type(value) is not self.kind:
            raise _expected(f"a {self.kind.__name__}", value)
        dumped, wire = {}, ""
        try:
            for name, wire, shape in self.parts:
                dumped[wire] = shape.dump(getattr(value, name))
        except Mismatch as mismatch:
            mismatch.path.insert(0, wire)
            raise
        return dumped

    def load(self, value: Any) -> Any:
        if type(value) is not dict:
            raise _expected(f"an object ({self.kind.__name__})", value)
        loaded, wire = {}, ""
        try:
            for name, wire, shape in self.parts:
                if wire not in value:
                    raise Mismatch("the field is missing")
                loaded[name] = shape.load(value[wire])
        except Mismatch as mismatch:
            mismatch.path.insert(0, wire)
            raise
        if len(value) > len(self.parts):
            known = {wire for _, wire, _ in self.parts}
            raise Mismatch("unknown field", next(name for name in value if name not in known))
        return self.kind(**loaded)


def dump(kind: Any, value: Any) -> Any:
    """The plain value of a `kind`. Raises BadEntry."""
    try:
        return _shape(kind).dump(value)
    except Mismatch as mismatch:
        raise BadEntry(str(mismatch)) from None


def load(kind: Any, value: Any) -> Any:
    """The `kind` that `dump` made `value` of. Raises BadEntry."""
    try:
        return _shape(kind).load(value)
    except Mismatch as mismatch:
        raise BadEntry(str(mismatch)) from None


@cache
def _shape(kind: Any) -> Shape:
    """The shape of a type made of: str, int, bool, Literal of texts, StrEnum, X | None, tuple[X, ...], dataclasses."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        base, note = arguments
        return _Text(note) if base is str else _Whole(note.least)
    if origin is Literal:
        return _Word(arguments)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not types.NoneType)
        return _OrNone(_shape(inner))
    if origin is tuple:
        return _Row(_shape(arguments[0]))
    plain: dict[Any, Shape] = {str: _Text(), int: _Whole(), bool: _Flag()}
    if kind in plain:
        return plain[kind]
    if issubclass(kind, StrEnum):
        return _Enumerated(kind)
    hints = typing.get_type_hints(kind, include_extras=True)
    return _Struct(kind, tuple((f.name, f.name.rstrip("_"), _shape(hints[f.name])) for f in fields(kind)))
