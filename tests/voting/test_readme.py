"""The package's README against the package."""

from __future__ import annotations

import re
from pathlib import Path

import voting
from voting.entries import VERSIONS

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
