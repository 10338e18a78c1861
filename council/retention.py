"""How long a recording must be kept: by its sitting's class, as the rules of procedure say with the law. Pure.

`[retention.video]` is for every class; `[retention.video_committee]` and so on for one. Recordings of practice
(training, replays) have no term. Nothing deletes a recording under lock: no command, no full disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from council.explain import in_words
from council.profile import Profile

FOR_EVER = date.max


@dataclass(frozen=True, slots=True)
class Recording:
    """A sitting whose recording is asked about, by tables sitting_summary and body."""

    sitting: str
    kind: str
    mode: str
    locale: str
    timezone: str
    opened_at: datetime
    closed_at: datetime | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Lock:
    """Of the footage filmed in [start, end). `until`: the last day it must be kept, None: it need not be; `source`: by
    what law, or why, in the council's language. `zone`: whose days are counted."""

    sitting: str
    start: datetime
    end: datetime
    until: date | None
    source: str | None
    zone: tzinfo = UTC

    def holds(self, now: datetime) -> bool:
        return self.until is not None and now.astimezone(self.zone).date() <= self.until


def lock(recording: Recording, profile: Profile, margin: timedelta, now: datetime) -> Lock:
    """margin: so much a recording begins before the opening and ends after the closing."""
    start = recording.opened_at - margin
    if recording.is_open or recording.closed_at is None:
        return Lock(recording.sitting, start, max(now, start) + timedelta(days=1), FOR_EVER, "open")
    end = recording.closed_at + margin
    if recording.mode != "ordinary":
        return Lock(recording.sitting, start, end, None, None)
    kept = profile.retention.get(f"video_{recording.kind}") or profile.retention.get("video")
    if kept is None:
        return Lock(recording.sitting, start, end, FOR_EVER, f"[retention.video], {profile.name}")
    source = in_words(kept.source, recording.locale)
    if kept.years is None:
        return Lock(recording.sitting, start, end, FOR_EVER, source)
    zone = ZoneInfo(recording.timezone)
    closed_on = recording.closed_at.astimezone(zone).date()
    return Lock(recording.sitting, start, end, _years_after(closed_on, kept.years), source, zone)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February, or later than there are dates
        return date(day.year + years, 3, 1) if day.year + years <= date.max.year else FOR_EVER


def held(locks: Sequence[Lock], now: datetime) -> list[tuple[datetime, datetime]]:
    """The times under lock, in order, those that touch put together."""
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted((each.start, each.end) for each in locks if each.holds(now)):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
