"""Small words of the chair's prompts: kinds of speech, time limits, what a vote did. Pure but for the catalogue."""

from __future__ import annotations

from gettext import NullTranslations

from voting.entries import FloorKind
from voting.values import Subject


def floor_kind(t: NullTranslations, kind: FloorKind) -> str:
    """In the middle of a sentence."""
    match kind:
        case "speech":
            return t.gettext("a speech")
        case "reply":
            return t.gettext("a reply")
        case "question":
            return t.gettext("a question")
        case "point_of_order":
            return t.gettext("a point of order")


def limit(t: NullTranslations, seconds: int | None) -> str:
    """«3 хв», «1 хв 30 с»"""
    minutes, rest = divmod(seconds or 0, 60)
    parts = [t.gettext("%(minutes)d min") % {"minutes": minutes}] if minutes else []
    parts += [t.gettext("%(seconds)d s") % {"seconds": rest}] if rest or not minutes else []
    return " ".join(parts)


def outcome(t: NullTranslations, subject: Subject, *, adopted: bool) -> str:
    """What the chair says after the figures: «Рішення прийнято.»"""
    match subject:
        case "procedural":
            return t.gettext("The proposal is adopted.") if adopted else t.gettext("The proposal is not adopted.")
        case "amendment":
            return t.gettext("The amendment is adopted.") if adopted else t.gettext("The amendment is not adopted.")
        case "block":
            return t.gettext("The decisions are adopted.") if adopted else t.gettext("The decisions are not adopted.")
        case _:
            return t.gettext("The decision is adopted.") if adopted else t.gettext("The decision is not adopted.")
