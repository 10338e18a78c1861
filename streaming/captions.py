"""Captions of a sitting: what was said at which wall time, by no camera's count. Pure.

A file counts from the beginning of something: of a camera's recording with its gaps closed up, as the player counts,
or of a clip that begins at a known time. It is laid on wall time once, when it is taken over; for each camera it is
counted back when it is asked for. So captions hold for every camera. What is learnt later of a camera's clock (tens of
ms to half a second) moves its picture, and not the captions that were laid by the clock known before.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate

from babel import Locale

from streaming.segments import MICROSECOND, Segment
from streaming.webvtt import CaptionsRefused, Cue, Problem, clock

MS = timedelta(milliseconds=1)
LATE_END_MS = 10_000  # the last cue of a file may stay so long after the picture has ended
LANGUAGES = (
    *("uk", "pl", "ro", "mr", "en"),
    *("be", "bg", "crh", "cs", "de", "el", "es", "fr", "gag", "he", "hi", "hu", "it", "lt", "lv", "ru", "sk", "tr"),
)
"""Those that captions may be in: what councils speak, their minorities and guests."""

_UNKNOWN = {"crh": "Qırımtatarca", "gag": "Gagauzça"}  # that CLDR as we have it does not name
_APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼ`´ʹ′"), "'")
_FOLDED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "\N{SOFT HYPHEN}": None})


@dataclass(frozen=True, slots=True)
class Caption:
    """Wall times, to the ms. `text`: lines without markup. `n`: its place in the track, from 1; of one just read,
    its line in the file."""

    start: datetime
    end: datetime
    text: str
    speaker: str = ""
    n: int = 0


@dataclass(frozen=True, slots=True)
class Track:
    """What is shown now of one language. `machine`: a machine's words, which nobody has read through."""

    language: str
    version: int
    changed_at: datetime
    machine: bool
    cues: int

    @property
    def name(self) -> str:
        return language_name(self.language)


@cache
def language_name(language: str) -> str:
    """In the language itself: «Українська»."""
    if language not in LANGUAGES:
        return language
    if language in _UNKNOWN:
        return _UNKNOWN[language]
    name = Locale.parse(language).get_display_name(language) or language
    return name[:1].upper() + name[1:]


def fold(text: str) -> str:
    """As it is searched: without case, kinds of apostrophe, marks on Latin letters, double blanks, lines. Cyrillic and
    Devanagari keep their marks: «й» is not «и»."""
    kept, latin = [], False
    for letter in unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)):
        if unicodedata.combining(letter):
            if not latin:
                kept.append(letter)
            continue
        latin = letter.isascii() and letter.isalpha()
        kept.append(letter)
    folded = unicodedata.normalize("NFC", "".join(kept)).casefold().translate(_FOLDED)
    return " ".join(folded.split())


def timed(cues: Iterable[Cue], segments: Sequence[Segment]) -> list[Caption]:
    """Cues of a camera's recording, gaps closed up, on wall time. Raises CaptionsRefused for those past its end."""
    starts = list(accumulate((segment.duration_ms for segment in segments), initial=0))
    found, beyond = [], []
    for cue in cues:
        if cue.start_ms >= starts[-1] or cue.end_ms > starts[-1] + LATE_END_MS:
            beyond.append(Problem("beyond_end", cue.line, expected=clock(starts[-1])[:-4]))
            continue
        i = bisect_right(starts, cue.start_ms) - 1
        start = segments[i].started_at + (cue.start_ms - starts[i]) * MS
        end_ms = min(cue.end_ms, starts[-1])
        j = bisect_left(starts, end_ms) - 1  # the end of a segment, not the beginning of the next, after a gap
        end = segments[j].started_at + (end_ms - starts[j]) * MS
        found.append(
            Caption(whole_ms(start), max(whole_ms(end), whole_ms(start) + MS), cue.text, cue.speaker, cue.line)
        )
    if beyond:
        raise CaptionsRefused(beyond)
    return found


def timed_from(cues: Iterable[Cue], zero: datetime) -> list[Caption]:
    """Cues of a file that begins at a wall time."""
    return [Caption(zero + cue.start_ms * MS, zero + cue.end_ms * MS, cue.text, cue.speaker, cue.line) for cue in cues]


def numbered(captions: Iterable[Caption]) -> list[Caption]:
    """In the order of time, numbered from 1."""
    ordered = sorted(captions, key=lambda one: (one.start, one.n))
    return [Caption(one.start, one.end, one.text, one.speaker, n) for n, one in enumerate(ordered, 1)]


def placed(captions: Iterable[Caption], segments: Sequence[Segment]) -> list[Cue]:
    """Captions as one camera's recording counts; what it did not film is left out. segments: in order of capture."""
    walls = [segment.started_at for segment in segments]
    starts = list(accumulate((segment.duration_ms for segment in segments), initial=0))

    def place(at: datetime) -> int:
        i = bisect_right(walls, at) - 1
        if i < 0:
            return 0
        within = ((at - walls[i]) // MICROSECOND + 500) // 1000
        return starts[i] + min(within, segments[i].duration_ms)

    cues = (Cue(place(one.start), place(one.end), one.text, one.speaker) for one in captions)
    return [cue for cue in cues if cue.start_ms < cue.end_ms]


def whole_ms(at: datetime) -> datetime:
    """To the nearest ms."""
    at += timedelta(microseconds=500)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
