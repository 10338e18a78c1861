"""The drawn wall's words and colours: those of the display's page."""

from __future__ import annotations

from typing import cast

from council.hall.strings import strings
from council.state_parts import Texts
from hardware.brush import colour

GROUND, INK, SOFT, LINE = colour("#14161a"), colour("#eceae5"), colour("#a9adb8"), colour("#343944")
LIVE, ACCENT = colour("#ff7aa8"), colour("#8fb8e8")
SHAPES = {"for": colour("#4fc79a"), "against": colour("#f28b82"), "abstain": colour("#e0b94a")}


def word(lang: str, name: str) -> str:
    """A word that has no plural forms."""
    return cast("str", strings(lang, "display")[name])


def said(texts: Texts, lang: str) -> str:
    return texts.get(lang) or next(iter(texts.values()), "")
