"""The words of the chair's view besides the console's. How they are written: `strings.py`."""

from __future__ import annotations

from council.hall.strings_console import ACT_WORDS, SCREEN
from council.hall.strings_shared import Text

VIEW: dict[str, Text] = {
    "chair_title": "The chair’s view",
    "chair_say": "To say",
    "chair_do": "To do",
    "voted_of": ("*{n}* of {entitled} voted", "*{n}* of {entitled} voted"),
}

CHAIR = SCREEN | ACT_WORDS | VIEW
