"""Reading a profile's TOML key by key, so that an error can name file, table, key and what was expected. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from typing import Any


class ProfileError(Exception):
    """A profile cannot be used; the text names the file, the table, the key and what was expected there."""


def read(data: bytes, file: str) -> Table:
    """The whole file as a table. Raises ProfileError where it is not TOML."""
    try:
        return Table(file, "", tomllib.loads(data.decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{file} is not TOML: {error}") from error


class Table:
    """A table whose keys are taken one by one; `done` refuses what nobody took, here and in the tables within."""

    def __init__(self, file: str, name: str, values: dict[str, Any], languages: list[str] | None = None) -> None:
        self._file = file
        self._name = name
        self._values = values
        self._languages: list[str] = [] if languages is None else languages  # one list for the whole file
        self._taken: set[str] = set()
        self._within: list[Table] = []

    def wrong(self, key: str, expected: str) -> ProfileError:
        """The error to raise for `key`."""
        place = f"[{self._name}] {key}" if self._name else key
        found = f", found {self._values[key]!r}" if key in self._values else ", found nothing"
        return ProfileError(f"{self._file}: {place}: expected {expected}{found}")

    def _take(self, key: str, kind: type, expected: str) -> Any:
        self._taken.add(key)
        value = self._values.get(key)
        if type(value) is not kind:  # a bool is an int to isinstance
            raise self.wrong(key, expected)
        return value

    def table(self, key: str) -> Table:
        name = f"{self._name}.{key}" if self._name else key
        within = Table(self._file, name, self._take(key, dict, "a table"), self._languages)
        self._within.append(within)
        return within

    def tables(self, key: str, *, least: int = 1) -> Iterator[tuple[str, Table]]:
        """The named tables in table `key`, at least one unless `least` is 0."""
        if least == 0 and key not in self._values:
            return
        outer = self.table(key)
        if len(outer._values) < least:
            raise self.wrong(key, "at least one table in it")
        for name in outer._values:
            yield name, outer.table(name)

    def text(self, key: str) -> str:
        value: str = self._take(key, str, "a text")
        if not value.strip():
            raise self.wrong(key, "a text that is not empty")
        return value

    def is_text(self, key: str) -> bool:
        return isinstance(self._values.get(key), str)

    def texts(self, key: str) -> dict[str, str]:
        """One text for each language. The file's first text, its title, says in which languages all of them are."""
        expected = "texts by language: { uk = “…”, en = “…” }"
        values: dict[str, Any] = self._take(key, dict, expected)
        for language, text in values.items():
            if not (len(language) == 2 and language.isalpha() and isinstance(text, str) and text.strip()):
                raise self.wrong(key, expected)
        if not values:
            raise self.wrong(key, expected)
        if not self._languages:
            self._languages.extend(values)
        if set(values) != set(self._languages):
            raise self.wrong(key, f"a text in each of the title's languages: {', '.join(self._languages)}")
        return dict(values)

    def source(self) -> dict[str, str]:
        if "source" not in self._values:
            raise self.wrong("source", "the legal source, by language: no number stands without one")
        return self.texts("source")

    def number(self, key: str, least: int, most: int) -> int:
        expected = f"a whole number from {least} to {most}"
        value: int = self._take(key, int, expected)
        if not least <= value <= most:
            raise self.wrong(key, expected)
        return value

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        if default is not None and key not in self._values:
            return default
        value: bool = self._take(key, bool, "true or false")
        return value

    def one_of(self, key: str, words: Sequence[str]) -> str:
        expected = f"one of {', '.join(words)}"
        value: str = self._take(key, str, expected)
        if value not in words:
            raise self.wrong(key, expected)
        return value

    def words(self, key: str, allowed: Sequence[str]) -> list[str]:
        """A list of some of `allowed`, none twice."""
        expected = f"a list of some of {', '.join(allowed)}, none twice"
        values: list[Any] = self._take(key, list, expected)
        if not all(isinstance(value, str) and value in allowed for value in values) or len(set(values)) < len(values):
            raise self.wrong(key, expected)
        return values

    def either(self, one: str, other: str) -> str:
        """Which of two keys is there; exactly one must be."""
        there = [key for key in (one, other) if key in self._values]
        if len(there) != 1:
            raise self.wrong(one, f"either {one} or {other}, not {'both' if there else 'neither'}")
        return there[0]

    def done(self) -> None:
        """Raises ProfileError for the first key that no rule knows."""
        for key in self._values:
            if key not in self._taken:
                raise self.wrong(key, f"no such key; known here: {', '.join(sorted(self._taken))}")
        for within in self._within:
            within.done()
