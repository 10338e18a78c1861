"""Words as a speech program heard them, set as captions: short enough to be read, broken where speech pauses. Pure.

A draft: nobody has read it. It names no speaker, for a machine that took one voice for another would put words into a
member's mouth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from streaming.captions import Caption, whole_ms
from streaming.webvtt import MAX_TEXT, clean

RATE = 16_000  # Hz of the sound that is listened to
LINE = 42  # letters
LONGEST = 2 * LINE
MOST_S = 7.0  # that a caption stays
LEAST_S = 1.0  # where the next one allows it
PAUSE_S = 0.8
_ENDS = (".", "!", "?", "…", "।")
_CLOSING = "»”\"’')]"

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Word:
    """Seconds from the beginning of the sound. `text`: with its punctuation."""

    start_s: float
    end_s: float
    text: str


class Recogniser(Protocol):
    """A program that hears one language."""

    @property
    def name(self) -> str:
        """Of the program and its model, as versions of captions say it."""
        ...

    def words(self, sound: Samples) -> Iterable[Word]:
        """sound: RATE, one channel, full scale 1.0. In order."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """Sound without a hole. `start`: wall time of its first sample."""

    start: datetime
    samples: Samples

    @property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=len(self.samples) / RATE)


def captions(words: Iterable[Word], piece: Piece) -> list[Caption]:
    """What was heard in a piece. Words beyond its ends are moved to them."""
    last_s = len(piece.samples) / RATE
    lines = list(_lines(words))
    found: list[Caption] = []
    for i, line in enumerate(lines):
        start_s = min(max(0.0, line[0].start_s), last_s)
        next_s = lines[i + 1][0].start_s if i + 1 < len(lines) else last_s
        end_s = min(max(line[-1].end_s, start_s + LEAST_S), max(next_s, line[-1].end_s), last_s)
        start, end = (whole_ms(piece.start + timedelta(seconds=at)) for at in (start_s, end_s))
        if start < end:
            found.append(Caption(start, end, _text(line)))
    return found


def _lines(words: Iterable[Word]) -> Iterator[list[Word]]:
    """Words of one caption each: up to a pause, the end of a sentence, LONGEST letters or MOST_S."""
    waiting: list[Word] = []
    for word in words:
        heard = clean(word.text)[:MAX_TEXT]
        if not heard:
            continue
        one = Word(word.start_s, max(word.start_s, word.end_s), heard)
        if waiting and _is_full(waiting, one):
            yield waiting
            waiting = []
        waiting.append(one)
    if waiting:
        yield waiting


def _is_full(line: list[Word], following: Word) -> bool:
    last = line[-1]
    if following.start_s - last.end_s >= PAUSE_S or following.end_s - line[0].start_s > MOST_S:
        return True
    length = sum(len(word.text) + 1 for word in line)
    return length + len(following.text) > LONGEST or last.text.rstrip(_CLOSING).endswith(_ENDS)


def _text(line: list[Word]) -> str:
    """In two lines of about the same length, where one would be too long."""
    text = " ".join(word.text for word in line)
    if len(text) <= LINE:
        return text
    blanks = [i for i, letter in enumerate(text) if letter == " "]
    middle = min(blanks, key=lambda i: abs(2 * i - len(text)), default=None)
    return text if middle is None else f"{text[:middle]}\n{text[middle + 1 :]}"
