"""The tables of hardware/README.md are the code's."""

from __future__ import annotations

import re
from pathlib import Path

from hardware.desk import Lamp
from hardware.keys import DIGITS, FLOOR, WORDS
from hardware.pace import PACE

HARDWARE = Path(__file__).parents[2] / "hardware"
README = (HARDWARE / "README.md").read_text("utf-8")


def column(heading: str) -> list[str]:
    """The names in backquotes in the first column of a section's table."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [name for row in re.findall(r"^\| (`.+?) \|", section, re.M) for name in re.findall(r"`([^`]+)`", row)]


def test_readme_names_every_file() -> None:
    assert sorted(column("Files")) == sorted(path.name for path in HARDWARE.glob("*.py") if path.name != "__init__.py")


def test_readme_names_every_state_of_the_lamp_in_order() -> None:
    assert column("The lamp") == list(Lamp)


def test_readme_gives_the_desks_times() -> None:
    times = re.search(r"ping every ([\d.]+) s; .* after ([\d.]+) s .* after ([\d.]+) s", README)
    assert times is not None
    assert [float(time) for time in times.groups()] == [PACE.ping, PACE.lost_after, PACE.give_up_after]


def test_readme_names_every_key_and_word() -> None:
    keys = {key.replace("MEMBER", "m1").replace("N", "1234") for key in column("Keys and words")}
    words = keys - DIGITS
    assert keys & DIGITS == {"1", "2", "3", "7"}
    assert all(WORDS.fullmatch(word) for word in words)
    assert {word.split()[0] for word in words} == {*FLOOR, "p", "card", "pin", "leave", "withdraw", "recuse"}
