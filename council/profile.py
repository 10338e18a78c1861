"""Rules of procedure: majorities, quorum, publication and terms as data with a legal source, read from TOML.

Pure but for reading the file. Strict: an unknown key, a missing source or a contradiction is a `ProfileError` that
names file, table, key and what was expected; nothing has a default but `verify` (false). No rule of a country or a
council is a branch in code: to change one, copy the file and edit the copy. Sources of the numbers: beside each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from council.profile_reading import ProfileError, Table, read
from voting.entries import CHOSEN, Base, Option, Requirement
from voting.requirement import needed

__all__ = ["Deadline", "Profile", "ProfileError", "Quorum", "Retention", "Rule", "load", "parse"]

Texts = dict[str, str]  # by language


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many must be present: strictly more than (or at least) the fraction of the body's seats."""

    numerator: int
    denominator: int
    strict: bool
    source: Texts
    verify: bool  # the source is not checked: the clerk is asked to confirm it


@dataclass(frozen=True, slots=True)
class Rule:
    """What adoption needs. `short` names rule and article in a few words, `source` the article in full."""

    name: str
    base: Base
    numerator: int
    denominator: int
    strict: bool
    source: Texts
    short: Texts
    verify: bool


@dataclass(frozen=True, slots=True)
class Retention:
    """`years` to keep at least; None: for ever."""

    years: int | None
    source: Texts
    verify: bool


@dataclass(frozen=True, slots=True)
class Deadline:
    """`days` after (or before) `event`; 0 is the day itself."""

    days: int
    working: bool
    side: Literal["after", "before"]
    event: str
    source: Texts
    verify: bool


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    title: Texts
    quorum: Quorum
    rules: dict[str, Rule]
    default_rule: str
    publication: Literal["closing", "announcement"]  # when names and result may be known, everywhere at once
    publication_source: Texts
    vote_seconds: int  # the time limit a vote is offered with
    chosen: tuple[Option, ...]  # in the order of the keys
    passive: tuple[Option, ...]
    meaning: dict[Option, Texts]
    retention: dict[str, Retention]
    deadlines: dict[str, Deadline]

    def quorum_needed(self, seats: int) -> int:
        """Members who must be present, of a body with `seats` seats by law."""
        return needed(seats, self.quorum.numerator, self.quorum.denominator, self.quorum.strict)

    def requirement(self, rule: str, *, seats: int, in_office: int, present: int, locale: str) -> Requirement:
        """The rule applied to one vote, its source in the council's language. `present` stands in for base `cast`,
        whose number is only known at closing. Raises ProfileError for a rule that is not in the profile."""
        if rule not in self.rules:
            raise ProfileError(f"profile {self.name}: there is no rule {rule!r}, only {', '.join(sorted(self.rules))}")
        chosen = self.rules[rule]
        counts = {Base.SEATS: seats, Base.IN_OFFICE: in_office, Base.PRESENT: present, Base.CAST: present}
        return Requirement(
            rule=rule,
            base=chosen.base,
            numerator=chosen.numerator,
            denominator=chosen.denominator,
            strict=chosen.strict,
            seats=seats,
            needed=needed(counts[chosen.base], chosen.numerator, chosen.denominator, chosen.strict),
            quorum=self.quorum_needed(seats),
            source=spoken(chosen.source, locale),
        )

    def to_verify(self) -> list[str]:
        """What the clerk is asked to confirm: the tables marked `verify`."""
        marked = [("quorum", self.quorum.verify)]
        marked += [(f"rules.{name}", rule.verify) for name, rule in self.rules.items()]
        marked += [(f"retention.{name}", kept.verify) for name, kept in self.retention.items()]
        marked += [(f"deadlines.{name}", deadline.verify) for name, deadline in self.deadlines.items()]
        return [table for table, verify in marked if verify]


def spoken(texts: Texts, locale: str) -> str:
    """The text in `locale`, else in the profile's first language."""
    return texts.get(locale) or next(iter(texts.values()))


def load(name: str | Path) -> Profile:
    """A profile that ships ("ua") or, with a path ending in .toml, a council's own. Raises ProfileError."""
    if str(name).endswith(".toml"):
        path = Path(name)
        try:
            return parse(path.read_bytes(), str(path))
        except OSError as error:
            raise ProfileError(f"profile {path} cannot be read: {error.strerror}") from error
    return _shipped(str(name))


@cache
def _shipped(name: str) -> Profile:
    folder = files("council") / "profiles"
    there = sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))
    if name not in there:
        raise ProfileError(
            f"there is no profile {name!r}: expected one of {', '.join(there)} or a path ending in .toml"
        )
    return parse((folder / f"{name}.toml").read_bytes(), f"{name}.toml")


def parse(data: bytes, file: str) -> Profile:
    """The profile that `data` (TOML) says; `file` is its name in errors. Raises ProfileError."""
    top = read(data, file)
    publication = top.table("publication")
    options = top.table("options")
    chosen, passive = _options(options)
    moment = publication.one_of("moment", ["closing", "announcement"])
    rules = {name: _rule(name, table) for name, table in top.tables("rules")}
    profile = Profile(
        name=top.text("name"),
        title=top.texts("title"),
        quorum=_quorum(top.table("quorum")),
        rules=rules,
        default_rule=top.one_of("default_rule", list(rules)),
        publication="closing" if moment == "closing" else "announcement",
        publication_source=publication.source(),
        vote_seconds=top.number("vote_seconds", 5, 86_400),
        chosen=chosen,
        passive=passive,
        meaning=_meaning(options.table("meaning"), chosen + passive),
        retention={name: _retention(table) for name, table in top.tables("retention")},
        deadlines={name: _deadline(table) for name, table in top.tables("deadlines")},
    )
    publication.flag("verify", default=False)
    top.done()
    return profile


def _fraction(table: Table) -> tuple[int, int, bool]:
    denominator = table.number("denominator", 1, 1000)
    numerator = table.number("numerator", 1, 1000)
    strict = table.flag("strict")
    if numerator > denominator or (strict and numerator == denominator):
        more = "more than " if strict else ""
        raise table.wrong("numerator", f"a fraction that can be reached, not {more}{numerator}/{denominator}")
    return numerator, denominator, strict


def _quorum(table: Table) -> Quorum:
    table.one_of("base", ["seats"])
    return Quorum(*_fraction(table), source=table.source(), verify=table.flag("verify", default=False))


def _rule(name: str, table: Table) -> Rule:
    base = Base(table.one_of("base", [base.value for base in Base]))
    numerator, denominator, strict = _fraction(table)
    return Rule(
        name=name,
        base=base,
        numerator=numerator,
        denominator=denominator,
        strict=strict,
        source=table.source(),
        short=table.texts("short"),
        verify=table.flag("verify", default=False),
    )


def _options(table: Table) -> tuple[tuple[Option, ...], tuple[Option, ...]]:
    chosen = tuple(Option(word) for word in table.words("chosen", [option.value for option in CHOSEN]))
    others = [Option.NOT_VOTING, Option.ABSENT, Option.RECUSED]
    passive = tuple(Option(word) for word in table.words("passive", [option.value for option in others]))
    if Option.FOR not in chosen:
        raise table.wrong("chosen", "a list with “for” in it")
    return chosen, passive


def _meaning(table: Table, options: tuple[Option, ...]) -> dict[Option, Texts]:
    return {option: table.texts(option.value) for option in options}


def _retention(table: Table) -> Retention:
    years = None if table.is_text("keep") else table.number("keep", 1, 1000)
    if years is None:
        table.one_of("keep", ["forever"])
    return Retention(years, source=table.source(), verify=table.flag("verify", default=False))


def _deadline(table: Table) -> Deadline:
    unit = table.either("days", "working_days")
    side = table.either("after", "before")
    return Deadline(
        days=table.number(unit, 0, 3650),
        working=unit == "working_days",
        side="after" if side == "after" else "before",
        event=table.text(side),
        source=table.source(),
        verify=table.flag("verify", default=False),
    )
