"""`council profile`: which rules of procedure ship, what a profile means in words, and a copy to edit."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from council import explain, profile
from council.words import LANGUAGES


def run(options: argparse.Namespace) -> int:
    """Raises ProfileError for a profile that contradicts itself or is not there."""
    actions = {"list": _list, "check": _check, "copy": _copy}
    return actions[options.action](options)


def _list(options: argparse.Namespace) -> int:
    for name in profile.shipped():
        rules = profile.load(name)
        print(f"{name}  {explain.in_words(rules.title, options.language or 'en')}")
    return 0


def _check(options: argparse.Namespace) -> int:
    rules = profile.load(options.profile)
    spoken = options.language or next((language for language in rules.title if language in LANGUAGES), "en")
    print(explain.as_text(rules, spoken, options.seats))
    return 0


def _copy(options: argparse.Namespace) -> int:
    source, target = profile.shipped_file(options.name), Path(options.file)
    if target.suffix != ".toml":
        print(f"council profile copy: {target} must end in .toml, so that council.toml can name it.", file=sys.stderr)
        return 1
    try:
        with target.open("xb") as file:
            file.write(source)
    except FileExistsError:
        print(f"council profile copy: {target} is there already and is not overwritten.", file=sys.stderr)
        return 1
    print(f"{target} is written. Edit it, then: council profile check {target}")
    return 0
