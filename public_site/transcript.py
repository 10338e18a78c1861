"""A track of captions as page text: paragraphs under the items of the agenda, each with its moment. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from streaming.captions import Caption

PAUSE = timedelta(seconds=3)  # after which a new paragraph begins
LONG = 450  # characters after which a paragraph ends with its sentence
LONGEST = 900  # and without one
_ENDS = (".", "!", "?", "…", "।")
_CLOSING = "»”\"’')] "


@dataclass(frozen=True, slots=True)
class Paragraph:
    at: datetime
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """What was said while an item was taken up; `item` "" before the first. `title`: of the item."""

    item: str
    title: str
    paragraphs: tuple[Paragraph, ...]


def paragraphs(captions: Sequence[Caption], breaks: Sequence[datetime] = ()) -> list[Paragraph]:
    """captions: in the order of time. A paragraph ends where another speaks, after a pause, before each of `breaks`
    (in order), and where it is long."""
    found: list[Paragraph] = []
    waiting: list[Caption] = []
    size, n = 0, 0
    for one in captions:
        passed = n
        while n < len(breaks) and breaks[n] <= one.start:
            n += 1
        if waiting and (n > passed or _ends(waiting[-1], one, size)):
            found.append(_joined(waiting))
            waiting, size = [], 0
        waiting.append(one)
        size += len(one.text) + 1
    return [*found, _joined(waiting)] if waiting else found


def sections(captions: Sequence[Caption], items: Sequence[tuple[datetime, str, str]]) -> list[Section]:
    """items: when each was called, its number and title; in order. Those under which nothing was said are left out."""
    said = paragraphs(captions, [at for at, _, _ in items])
    found: list[Section] = []
    for i in range(-1, len(items)):
        begin = items[i][0] if i >= 0 else None
        end = items[i + 1][0] if i + 1 < len(items) else None
        own = tuple(one for one in said if (begin is None or one.at >= begin) and (end is None or one.at < end))
        if own:
            found.append(Section(*(items[i][1:] if i >= 0 else ("", "")), own))
    return found


def _ends(last: Caption, following: Caption, size: int) -> bool:
    if following.speaker != last.speaker or following.start - last.end >= PAUSE:
        return True
    return size > LONGEST or (size > LONG and last.text.rstrip(_CLOSING).endswith(_ENDS))


def _joined(captions: Sequence[Caption]) -> Paragraph:
    text = " ".join(" ".join(one.text.split("\n")) for one in captions)
    return Paragraph(captions[0].start, captions[0].speaker, text)
