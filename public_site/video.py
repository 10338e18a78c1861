"""What the pages show of a recording: the still with its button, the bar of chapters under it, and the list of them.

Media time is worked out here when a page is asked for, never stored; where there is no footage the answer is None and
the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any

from public_site.records import queries
from public_site.wording import Wording, clock_length, parse
from streaming import index
from streaming.errors import NotRecorded
from streaming.locate import LATE, video_at
from streaming.segments import Segment
from streaming.timeline import locate
from voting.record import SittingRecord

MARGIN = timedelta(seconds=10)  # a recording shows this much before opening and after closing
ROOM = 8.0  # per cent of the bar that a vote's number takes on a phone


@dataclass(frozen=True, slots=True)
class Still:
    """A player before it is started. `live`, `autostart`: "true" or "false", as the player's attributes say it."""

    manifest: str
    hls: str
    offset_ms: int
    live: str
    autostart: str
    poster: str | None
    clock: str
    url: str
    words: str

    @property
    def camera(self) -> str:
        return self.manifest.rpartition("=")[2]


@dataclass(frozen=True, slots=True)
class Chapter:
    """In per cent of the bar."""

    start: float
    width: float
    current: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """`named`: there is room for its number."""

    at: float
    n: int
    current: bool
    named: bool


@dataclass(frozen=True, slots=True)
class Marks:
    start: str
    end: str
    chapters: tuple[Chapter, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the list of chapters. `offset_ms` is None where that moment was not filmed."""

    time: str
    words: str
    url: str
    offset_ms: int | None
    titled: bool  # `words` is a title in the council's language
    vote: int | None = None


async def moment_json(connection: Any, sitting: str, at: str | None) -> dict[str, Any] | None:
    """Where in the recordings a fact is; None where it was not filmed or the source gives no time."""
    if at is None:
        return None
    found = await video_at(connection, sitting, parse(at))
    return None if found is None else dict(found)


async def still(
    connection: Any,
    found: dict[str, Any],
    at: datetime,
    w: Wording,
    *,
    url: str,
    words: str,
    live: bool = False,
    autostart: bool = False,
) -> Still:
    """`found` is what `video_at` says of `at`."""
    sitting, _, camera = found["recording"].rpartition("/")
    poster = await queries.poster(connection, camera=camera, at=at + timedelta(seconds=1))
    return Still(
        manifest=f"/sittings/{sitting}/video.json?camera={camera}",
        hls=f"/sittings/{sitting}/video/{camera}.m3u8",
        offset_ms=found["offset_ms"],
        live="true" if live else "false",
        autostart="true" if autostart else "false",
        poster=f"/video/{poster['run_id']}/{poster['n']}.jpg" if poster else None,
        clock=w.time(at),
        url=url,
        words=words,
    )


def span(record: SittingRecord) -> tuple[datetime, datetime] | None:
    """From opening to closing, or to the last thing that happened; None where the source gives no times."""
    if record.opened_at is None:
        return None
    times = [vote.closed_at or vote.opened_at for vote in record.votes.values()]
    end = record.closed_at or max([record.opened_at, *(time for time in times if time)])
    return parse(record.opened_at), max(parse(end), parse(record.opened_at) + timedelta(seconds=1))


def marks(record: SittingRecord, w: Wording, current: int | None = None) -> Marks | None:
    """The bar: a chapter an item, a tick a vote; `current` is the vote whose page this is."""
    within = span(record)
    if within is None:
        return None
    start, end = within
    length = (end - start).total_seconds()

    def percent(moment: str) -> float:
        return round(min(100.0, max(0.0, 100 * (parse(moment) - start).total_seconds() / length)), 2)

    called = sorted((percent(at), item) for item, entry in record.items.items() for at in entry.called_at if at)
    begins = [*called, (100.0, "")]
    item_now = record.votes[current].item if current is not None else None
    chapters = tuple(
        Chapter(at, round(after - at, 2), item == item_now and current is not None)
        for (at, item), (after, _) in pairwise(begins)
        if after > at
    )
    ticks: list[Tick] = []
    room = -ROOM
    for n, vote in sorted(record.votes.items()):
        if vote.opened_at is None:
            continue
        at = percent(vote.opened_at)
        named = n == current if current is not None else at - room >= ROOM
        room = at if named else room
        ticks.append(Tick(at, n, n == current, named))
    return Marks(w.time(start), w.time(end), chapters, tuple(ticks))


async def moments(connection: Any, record: SittingRecord, camera: str, w: Wording) -> tuple[Moment, ...]:
    """Opening, items, votes and closing in order of time, each with its place in the camera's recording."""
    facts: list[tuple[str, str, str, bool, int | None]] = []
    base = f"/sittings/{record.sitting}/video?at="
    if record.opened_at:
        facts.append((record.opened_at, str(w.say("Opening of the sitting")), base + record.opened_at, False, None))
    for item in record.items.values():
        facts += [(at, item.title.strip(), base + at, True, None) for at in item.called_at if at]
    for n, vote in record.votes.items():
        if vote.opened_at:
            facts.append((vote.opened_at, str(w.say("Vote No. %(n)s", n=n)), f"{base}vote-{n}", False, n))
    if record.closed_at:
        facts.append((record.closed_at, str(w.say("Closing of the sitting")), base + record.closed_at, False, None))
    facts.sort(key=lambda fact: parse(fact[0]))
    window = await index.sitting_window(connection, record.sitting)
    segments = (await index.between(connection, camera, window.start, window.end))[1] if window else []
    starts = dict(
        zip([id(s) for s in segments], accumulate((s.duration_ms for s in segments), initial=0), strict=False)
    )
    return tuple(
        Moment(w.time(at), words, url, _offset_ms(segments, starts, parse(at)), titled, n)
        for at, words, url, titled, n in facts
    )


def _offset_ms(segments: Sequence[Segment], starts: Mapping[int, int], at: datetime) -> int | None:
    try:
        segment, offset = locate(segments, at)
    except NotRecorded:
        return None
    return starts[id(segment)] + offset if segment.started_at - at <= LATE else None


def no_video(record: SittingRecord, w: Wording) -> str:
    if record.imported is not None:
        return str(
            w.say(
                "The sitting was taken over from open data without video. If a recording is found it will appear here."
            )
        )
    if record.closed_seq is None:
        return str(w.say("There is no footage of this moment yet."))
    return str(w.say("No camera was recording at this moment. The votes are not affected."))


async def footage_length(connection: Any, record: SittingRecord, w: Wording) -> str:
    """How long the fullest camera's recording of the sitting is, in figures; empty where there is none."""
    within = span(record)
    if within is None:
        return ""
    start, end = within
    cameras = [
        row["recorded_ms"] async for row in queries.footage(connection, from_at=start - MARGIN, until_at=end + MARGIN)
    ]
    return clock_length(max(cameras) / 1000) if cameras else ""
