"""What the pages of captions show, and what was typed on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from council.captions import Version
from council.hall.strings import strings
from council.letters import unseen
from streaming.captions import Caption, language_name
from streaming.timeline import stamp
from streaming.webvtt import MAX_SPEAKER, MAX_TEXT, CaptionsRefused, Problem, clean

CUES = 100  # on a page


class Typed(Protocol):
    """A form as it was sent."""

    @property
    def fields(self) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class VersionRow:
    """`words`: «Редакція 3, 22.11.2026 12:04, Секретар: виправлено»."""

    version: int
    words: str
    machine: bool


@dataclass(frozen=True, slots=True)
class TrackRow:
    """`newest`: the version to be seen before a new one."""

    language: str
    name: str
    newest: int
    cues: int
    withdrawn: bool
    words: str
    machine: bool


@dataclass(frozen=True, slots=True)
class CueRow:
    """`url`: where it is played; "" without a public site."""

    n: int
    time: str
    until: str
    url: str
    speaker: str
    text: str


def version_rows(versions: Sequence[Version], zone: ZoneInfo, locale: str) -> list[VersionRow]:
    words = strings(locale, "prepare_track")

    def row(one: Version) -> VersionRow:
        figures = {
            "version": str(one.version),
            "at": one.made_at.astimezone(zone).strftime("%d.%m.%Y %H:%M"),
            "who": one.made_name,
            "how": str(words[f"captions_{one.how}"]),
        }
        text = str(words["captions_version"])
        for key, value in figures.items():
            text = text.replace(f"{{{key}}}", value.replace("{", "("))
        return VersionRow(one.version, text + (f" ({one.detail})" if one.detail else ""), one.machine)

    return [row(one) for one in versions]


def track_rows(versions: Sequence[Version], zone: ZoneInfo, locale: str) -> list[TrackRow]:
    """versions: of each language the newest first."""
    newest = {one.language: one for one in reversed(versions)}
    return [
        TrackRow(
            *(one.language, language_name(one.language), one.version, one.cues, one.how == "withdrawn"),
            *(version_rows([one], zone, locale)[0].words, one.machine),
        )
        for one in sorted(newest.values(), key=lambda one: one.language)
    ]


def cue_rows(
    cues: Sequence[Caption], zone: ZoneInfo, site: str | None, sitting: str, typed: Typed | None = None
) -> list[CueRow]:
    def given(name: str, stands: str) -> str:
        return stands if typed is None else typed.fields.get(name, stands)

    return [
        CueRow(
            one.n,
            _clock(one.start, zone),
            _clock(one.end, zone),
            f"{site}/sittings/{sitting}/video?at={stamp(one.start)}" if site else "",
            given(f"speaker-{one.n}", one.speaker),
            given(f"text-{one.n}", one.text),
        )
        for one in cues
    ]


def pages_of(cues: int, current: int, locale: str) -> list[tuple[int, str, bool]]:
    """Number, words, whether it is shown; empty where there is one page."""
    text = str(strings(locale, "prepare_track")["captions_page"])
    most = -(-cues // CUES)
    if most < 2:
        return []
    return [(n, text.replace("{n}", str(n)), n == current) for n in range(1, most + 1)]


def not_saved(cues: Sequence[Caption], form: Typed) -> list[str]:
    """What was typed and stands nowhere now."""
    texts = {one.text for one in cues}
    typed = (clean(value) for name, value in form.fields.items() if name.startswith("text-"))
    return [text for text in typed if text and text not in texts][:CUES]


def typed_captions(cues: Sequence[Caption], form: Typed) -> list[Caption]:
    """As the form says; a cue without text is left out, one that the form does not name stays. Raises CaptionsRefused,
    whose lines are the cues' numbers."""
    new, wrong = [], list[Problem]()
    for one in cues:
        if f"text-{one.n}" not in form.fields:
            new.append(one)
            continue
        text = clean(form.fields[f"text-{one.n}"])
        speaker = " ".join(clean(form.fields.get(f"speaker-{one.n}", "")).split())
        if (letter := unseen(text) or unseen(speaker)) is not None:
            wrong.append(Problem("unseen", one.n, letter))
        if len(text) > MAX_TEXT:
            wrong.append(Problem("text_long", one.n, text, str(MAX_TEXT)))
        if len(speaker) > MAX_SPEAKER:
            wrong.append(Problem("speaker_long", one.n, speaker, str(MAX_SPEAKER)))
        if text:
            new.append(replace(one, text=text, speaker=speaker))
    if wrong:
        raise CaptionsRefused(wrong)
    return new


def _clock(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"
