"""The package's README against the package."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import voting
from voting import signed
from voting.entries import VERSIONS
from voting.receipt import Receipt

README = (Path(voting.__file__).parent / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> list[str]:
    """The words in backticks in the first cells of the first table after a heading."""
    rows = README.partition(heading)[2].partition("\n|---|---|\n")[2].partition("\n\n")[0].splitlines()
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[1])]


def test_readme_lists_every_kind_of_fact() -> None:
    assert sorted(table("## Facts")) == sorted(fact.__name__ for fact in VERSIONS)


def test_readme_lists_every_file() -> None:
    files = {path.name for path in Path(voting.__file__).parent.glob("*.py")}
    assert set(table("# voting")) == files - {"__init__.py", "errors.py"}


def test_readme_names_every_text_that_is_signed() -> None:
    assert re.findall(r"^\| `(hlasno/[^`]+)`", README, re.MULTILINE) == [signed.PRESS, signed.RECEIPT, signed.HELLO]


def test_readme_lists_the_fields_of_a_receipt() -> None:
    sentence = README.partition("A receipt is JSON with exactly: ")[2].partition("\n\n")[0]
    assert re.findall(r"`([a-z_]+)`", sentence) != []
    assert set(re.findall(r"`([a-z_]+)`", sentence)) == {field.name for field in fields(Receipt)}


def test_readme_shows_every_command() -> None:
    shown = set(re.findall(r"python -m voting ([a-z]+)", README))
    help_of = subprocess.run([sys.executable, "-m", "voting", "--help"], capture_output=True, text=True, check=True)
    assert shown == set(re.findall(r"^ {4}([a-z]+) ", help_of.stdout, re.MULTILINE))
