"""Rules of procedure: majorities, quorum, publication and terms as data with a legal source, read from TOML.

Here the files are found; `profile_rules.py` says what a profile is, `profile_parsing.py` how it is read. No rule of a
country or a council is a branch in code: to change one, copy the file and edit the copy.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from council.profile_parsing import parse
from council.profile_reading import ProfileError
from council.profile_rules import (
    AgendaRules,
    Correction,
    Deadline,
    FloorKind,
    FloorRules,
    Ground,
    OneVote,
    Preset,
    Profile,
    Quorum,
    Reconsideration,
    RecusalRule,
    Retention,
    Rule,
    spoken,
)

__all__ = [
    "AgendaRules",
    "Correction",
    "Deadline",
    "FloorKind",
    "FloorRules",
    "Ground",
    "OneVote",
    "Preset",
    "Profile",
    "ProfileError",
    "Quorum",
    "Reconsideration",
    "RecusalRule",
    "Retention",
    "Rule",
    "load",
    "parse",
    "shipped",
    "shipped_file",
    "spoken",
]


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
    return parse(shipped_file(name), f"{name}.toml")


def shipped() -> list[str]:
    """The names of the profiles that ship."""
    folder = files("council") / "profiles"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def shipped_file(name: str) -> bytes:
    """The TOML of a profile that ships, to copy and edit. Raises ProfileError for another name."""
    if name not in shipped():
        raise ProfileError(
            f"there is no profile {name!r}: expected one of {', '.join(shipped())} or a path ending in .toml"
        )
    return (files("council") / "profiles" / f"{name}.toml").read_bytes()
