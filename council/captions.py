"""Captions as staff make them: versions that stay, and what is shown of them.

A version holds the whole track and is never changed; the newest is shown, unless it says that the track is withdrawn.
Whoever makes one says which they saw last, and is refused if another came meanwhile.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import asyncpg

import sql
from council.letters import unseen
from streaming.captions import MS, Caption, fold
from streaming.webvtt import CaptionsRefused, Cue, Problem

VERSIONS = 500  # of one sitting, in all languages

How = Literal["uploaded", "drafted", "edited", "restored", "withdrawn"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_edits: Any = sql.load("caption_edits")
_TYPED = re.compile(r"(?:([0-9]{4}-[0-9]{2}-[0-9]{2}) )?([0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,3})?)")


class Overtaken(Exception):
    """Another version was made since the one that was seen."""


class Full(Exception):
    """A sitting has VERSIONS versions; no more are taken."""


@dataclass(frozen=True, slots=True)
class Version:
    """Without its captions. `made_name`: who made it, `how` and from what (`detail`)."""

    language: str
    version: int
    made_at: datetime
    made_by: str
    made_name: str
    how: How
    detail: str
    machine: bool
    cues: int


@dataclass(frozen=True, slots=True)
class Author:
    staff: str
    name: str


async def versions(conn: Any, sitting: str) -> list[Version]:
    """By language, of each the newest first."""
    return [Version(**row) async for row in _edits.versions(conn, sitting=sitting)]


async def cameras(conn: Any, body: str, start: datetime, end: datetime) -> list[str]:
    """That filmed in [start, end) and no other council's hall."""
    return [row["camera_id"] async for row in _edits.cameras(conn, body=body, start_at=start, end_at=end)]


async def read(conn: Any, sitting: str, language: str, version: int) -> list[Caption] | None:
    """The captions of a version; None: there is none."""
    body = await _edits.version_body(conn, sitting=sitting, language=language, version=version)
    if body is None:
        return None
    return [
        Caption(_EPOCH + start * MS, _EPOCH + end * MS, text, speaker, n)
        for n, (start, end, speaker, text) in enumerate(json.loads(body), 1)
    ]


async def write(
    conn: Any,
    sitting: str,
    language: str,
    seen: int,
    captions: Sequence[Caption],
    *,
    by: Author,
    at: datetime,
    how: How,
    detail: str = "",
    machine: bool = False,
) -> int:
    """The number of the new version. seen: the newest one known, 0 for none; captions: numbered from 1, none at all
    withdraws the track. Raises Overtaken, Full, store's errors of an unknown sitting."""
    body = [[(one.start - _EPOCH) // MS, (one.end - _EPOCH) // MS, one.speaker, one.text] for one in captions]
    own = {"sitting": sitting, "language": language}
    made = {"at": at, "machine": machine, "cues": len(captions), "version": seen + 1}
    async with conn.transaction():
        known = await versions(conn, sitting)
        if max((one.version for one in known if one.language == language), default=0) != seen:
            raise Overtaken
        if len(known) >= VERSIONS:
            raise Full
        try:
            await _edits.add_version(
                conn,
                **own,
                **made,
                **{"by": by.staff, "by_name": by.name, "how": how, "detail": detail[:200]},
                body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
            )
        except asyncpg.UniqueViolationError as error:
            raise Overtaken from error
        await _edits.clear(conn, **own)
        if not captions:
            await _edits.hide(conn, **own)
            return seen + 1
        await _edits.show(conn, **own, **made)
        await _edits.add_captions(
            conn,
            **own,
            numbers=[one.n for one in captions],
            starts=[one.start for one in captions],
            ends=[one.end for one in captions],
            speakers=[one.speaker for one in captions],
            texts=[one.text for one in captions],
            folded=[fold(one.text) for one in captions],
        )
    return seen + 1


def legible(cues: Sequence[Cue]) -> None:
    """Raises CaptionsRefused for characters that nobody can see."""
    wrong = [
        Problem("unseen", cue.line, found)
        for cue in cues
        if (found := unseen(cue.text) or unseen(cue.speaker)) is not None
    ]
    if wrong:
        raise CaptionsRefused(wrong)


def within(captions: Sequence[Caption], start: datetime, end: datetime) -> None:
    """Raises CaptionsRefused for captions outside of the sitting's recording. `n` of those is the line in the file."""
    slack = timedelta(seconds=10)
    wrong = [
        Problem("not_of_sitting", one.n, f"{one.start:%H:%M:%S} UTC")
        for one in captions
        if one.start < start or one.end > end + slack
    ]
    if wrong:
        raise CaptionsRefused(wrong)


def moments(typed: str, start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """When it was that time of day between start and end: a sitting may go on for days, and some nights have an hour
    twice. With a day before it, once at most. None: it is no time, or not of this sitting."""
    found = _TYPED.fullmatch(typed)
    try:
        named = date.fromisoformat(found[1]) if found and found[1] else None
        of_day = time.fromisoformat(found[2]) if found else None
    except ValueError:
        return []
    if of_day is None:
        return []
    first, last = (at.astimezone(zone).date() for at in (start, end))
    days = [named] if named else [first + timedelta(days=n) for n in range((last - first).days + 1)]
    times = (datetime.combine(day, of_day, zone).replace(fold=fold) for day in days for fold in (0, 1))
    within = sorted({at.astimezone(UTC) for at in times if start <= at.astimezone(UTC) < end})
    return within[:1] if named else within
