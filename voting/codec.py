"""Frozen dataclasses to plain JSON values and back, strictly. Pure; knows no fact of its own.

A `Shape` is made once from a type; it dumps and loads, and both refuse what the type does not say: an unknown or
missing field, a wrong type, a text of the wrong form. So what can be written can be read. `BadEntry` names the field by
its path: "roll[3].option". Every field is written, None as null. A field `for_` is called "for" on the wire.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, NoReturn, Protocol

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


class Shape(Protocol):
    """`where` is the path of the value, for the error."""

    def dump(self, value: Any, where: str) -> Any: ...
    def load(self, value: Any, where: str) -> Any: ...


def _refuse(where: str, value: object, expected: str) -> NoReturn:
    given = repr(value)
    raise BadEntry(f"{where}: expected {expected}, found {given if len(given) < 80 else given[:77] + '…'}")


@dataclass(frozen=True, slots=True)
class _Text:
    form: Form | None = None

    def load(self, value: Any, where: str) -> str:
        if type(value) is not str:
            _refuse(where, value, "a text")
        if self.form is not None and not self.form.allows(value):
            _refuse(where, value, self.form.words)
        return value

    dump = load


@dataclass(frozen=True, slots=True)
class _Whole:
    least: int | None = None

    def load(self, value: Any, where: str) -> int:
        if type(value) is not int:
            _refuse(where, value, "a whole number")
        if self.least is not None and value < self.least:
            _refuse(where, value, f"a whole number of at least {self.least}")
        return value

    dump = load


@dataclass(frozen=True, slots=True)
class _Flag:
    def load(self, value: Any, where: str) -> bool:
        if type(value) is not bool:
            _refuse(where, value, "true or false")
        return value

    dump = load


@dataclass(frozen=True, slots=True)
class _Word:
    """A Literal of texts."""

    words: tuple[str, ...]

    def load(self, value: Any, where: str) -> str:
        if type(value) is not str or value not in self.words:
            _refuse(where, value, f"one of {', '.join(self.words)}")
        return value

    dump = load


@dataclass(frozen=True, slots=True)
class _Enumerated:
    kind: type[StrEnum]

    def dump(self, value: Any, where: str) -> str:
        if not isinstance(value, self.kind):
            _refuse(where, value, f"a {self.kind.__name__}")
        return value.value

    def load(self, value: Any, where: str) -> StrEnum:
        if type(value) is not str or value not in self.kind._value2member_map_:
            _refuse(where, value, f"one of {', '.join(self.kind)}")
        return self.kind(value)


@dataclass(frozen=True, slots=True)
class _OrNone:
    inner: Shape

    def dump(self, value: Any, where: str) -> Any:
        return None if value is None else self.inner.dump(value, where)

    def load(self, value: Any, where: str) -> Any:
        return None if value is None else self.inner.load(value, where)


@dataclass(frozen=True, slots=True)
class _Row:
    """tuple[X, ...] as a list."""

    inner: Shape

    def dump(self, value: Any, where: str) -> list[Any]:
        if type(value) is not tuple:
            _refuse(where, value, "a tuple")
        return [self.inner.dump(item, f"{where}[{place}]") for place, item in enumerate(value)]

    def load(self, value: Any, where: str) -> tuple[Any, ...]:
        if type(value) is not list:
            _refuse(where, value, "a list")
        return tuple(self.inner.load(item, f"{where}[{place}]") for place, item in enumerate(value))


@dataclass(frozen=True, slots=True)
class _Struct:
    kind: type
    parts: tuple[tuple[str, str, Shape], ...]  # attribute, name on the wire, shape

    def dump(self, value: Any, where: str) -> dict[str, Any]:
        if type(value) is not self.kind:
            _refuse(where, value, f"a {self.kind.__name__}")
        return {wire: shape.dump(getattr(value, name), _path(where, wire)) for name, wire, shape in self.parts}

    def load(self, value: Any, where: str) -> Any:
        if type(value) is not dict:
            _refuse(where, value, f"an object ({self.kind.__name__})")
        for _, wire, _ in self.parts:
            if wire not in value:
                raise BadEntry(f"{_path(where, wire)}: the field is missing")
        if len(value) > len(self.parts):
            known = {wire for _, wire, _ in self.parts}
            unknown = next(name for name in value if name not in known)
            raise BadEntry(f"{_path(where, unknown)}: unknown field")
        return self.kind(**{name: shape.load(value[wire], _path(where, wire)) for name, wire, shape in self.parts})


def _path(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


@cache
def shape_of(kind: Any) -> Shape:
    """The shape of a type made of: str, int, bool, Literal of texts, StrEnum, X | None, tuple[X, ...], dataclasses."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        base, note = arguments
        return _Text(note) if base is str else _Whole(note.least)
    if origin is Literal:
        return _Word(arguments)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not types.NoneType)
        return _OrNone(shape_of(inner))
    if origin is tuple:
        return _Row(shape_of(arguments[0]))
    plain: dict[Any, Shape] = {str: _Text(), int: _Whole(), bool: _Flag()}
    if kind in plain:
        return plain[kind]
    if issubclass(kind, StrEnum):
        return _Enumerated(kind)
    hints = typing.get_type_hints(kind, include_extras=True)
    return _Struct(kind, tuple((f.name, f.name.rstrip("_"), shape_of(hints[f.name])) for f in fields(kind)))
