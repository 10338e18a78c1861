"""What the pages show of a recording: the still with its button, and the bar of chapters under it.

Media time is worked out here when a page is asked for, never stored; where there is no footage the answer is None and
the page says so.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from public_site.moments import accuracy, flaw_line, gap_line
from public_site.records import queries
from public_site.wording import Wording, clock_length, exact_stamp, parse, stamp
from streaming.locate import Filmed, Moment, video_at
from streaming.timeline import accuracy_of
from voting.record import SittingRecord

Json = dict[str, Any]

ROOM = 8.0  # per cent of the bar that a vote's number takes on a phone


@dataclass(frozen=True, slots=True)
class Still:
    """A player before it is started. `live`, `autostart`: "true" or "false", as the player's attributes say it. `at`
    is the moment it starts at, RFC 3339, and `accuracy` says how exactly it is found."""

    manifest: str
    hls: str
    offset_ms: int
    live: str
    autostart: str
    poster: str | None
    clock: str
    url: str
    words: str
    at: str = ""
    accuracy: str = ""

    @property
    def camera(self) -> str:
        return self.manifest.rpartition("=")[2]

    @property
    def chapters(self) -> str:
        """Address of the chapters, which the player asks for."""
        return self.manifest.partition(".json")[0] + "/chapters.json"


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
class Hole:
    """Where the camera did not film, or not well, in per cent of the bar; `words`: when and why."""

    start: float
    width: float
    words: str


@dataclass(frozen=True, slots=True)
class Marks:
    """`start_at`, `end_at`: of the bar, RFC 3339. `flaws`: where pictures lack something."""

    start: str
    end: str
    start_at: str
    end_at: str
    chapters: tuple[Chapter, ...]
    ticks: tuple[Tick, ...]
    holes: tuple[Hole, ...]
    flaws: tuple[Hole, ...]


async def moment_of(connection: Any, sitting: str, at: str | None) -> Moment | None:
    """Where in the recordings a fact is; None where it was not filmed or the source gives no time."""
    return None if at is None else await video_at(connection, sitting, parse(at))


async def still(
    connection: Any,
    found: Moment,
    at: datetime,
    w: Wording,
    *,
    url: str,
    words: str,
    live: bool = False,
    autostart: bool = False,
) -> Still:
    """`found` is where `at` is to be seen."""
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
        at=exact_stamp(at),
        accuracy=accuracy(found["accuracy"], w),
    )


def span(record: SittingRecord) -> tuple[datetime, datetime] | None:
    """From opening to closing, or to the last thing that happened; None where the source gives no times."""
    if record.opened_at is None:
        return None
    times = [vote.closed_at or vote.opened_at for vote in record.votes.values()]
    end = record.closed_at or max([record.opened_at, *(time for time in times if time)])
    return parse(record.opened_at), max(parse(end), parse(record.opened_at) + timedelta(seconds=1))


def marks(
    record: SittingRecord, w: Wording, current: int | None = None, known: Filmed | None = None, camera: str = ""
) -> Marks | None:
    """The bar: a chapter an item, a tick a vote, a hole where `camera` did not film. `current`: the vote whose page
    this is."""
    within = span(record)
    if within is None:
        return None
    start, end = within
    length = (end - start).total_seconds()

    def percent(moment: str) -> float:
        return round(min(100.0, max(0.0, 100 * (parse(moment) - start).total_seconds() / length)), 2)

    called = sorted((percent(at), item) for item, entry in record.items.items() for at in entry.called_at if at)
    begins = [(0.0, ""), *called, (100.0, "")]
    item_now = record.votes[current].item if current is not None else None
    chapters = tuple(
        Chapter(at, round(after - at, 2), bool(item) and item == item_now)
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
    holes = _holes(known, camera, start, end, record.closed_at is None, w) if known is not None else ()
    torn = _flaws(known, camera, start, end, w) if known is not None else ()
    return Marks(w.time(start), w.time(end), stamp(start), stamp(end), chapters, tuple(ticks), holes, torn)


def holes_json(known: Filmed, camera: str, within: tuple[datetime, datetime], is_open: bool, w: Wording) -> Json:
    """Of a camera, for the player: where it did not film and where its pictures lack something, in per cent of the time
    line; how exactly moments are found."""
    flawed = _flaws(known, camera, *within, w)
    words = w.count("Damaged in %(count)s place", "Damaged in %(count)s places", len(flawed)) if flawed else ""
    return {
        "holes": [asdict(hole) for hole in _holes(known, camera, *within, is_open, w)],
        "flaws": [asdict(flaw) for flaw in flawed],
        "flawed": str(words),
        "exact": _exact(known, camera, w),
    }


def _exact(known: Filmed, camera: str, w: Wording) -> list[Json]:
    """From when on moments are found how exactly."""
    told: list[Json] = []
    for stretch in known.of(camera):
        words = accuracy(accuracy_of(stretch), w)
        if not told or told[-1]["words"] != words:
            told.append({"from": stamp(stretch.started_at), "words": words})
    return told


def _holes(known: Filmed, camera: str, start: datetime, end: datetime, is_open: bool, w: Wording) -> tuple[Hole, ...]:
    found = []
    for gap in known.gaps(camera, start, min(end, known.window.end)):
        if is_open and gap.end is None and gap.reason != "paused":
            continue  # its end is being filmed, or may be again
        if (hole := _hole(gap.start, gap.end or end, start, end, gap_line(gap, w))) is not None:
            found.append(hole)
    return tuple(found)


def _flaws(known: Filmed, camera: str, start: datetime, end: datetime, w: Wording) -> tuple[Hole, ...]:
    found = (_hole(flaw.start, flaw.end, start, end, flaw_line(flaw, w)) for flaw in known.flaws(camera))
    return tuple(hole for hole in found if hole is not None)


def _hole(begins: datetime, ends: datetime, start: datetime, end: datetime, words: str) -> Hole | None:
    """None: no part of it lies on the bar."""
    begins, ends = max(begins, start), min(ends, end)
    if begins >= ends:
        return None
    places = [100 * (at - start) / (end - start) for at in (begins, ends)]
    return Hole(round(places[0], 2), round(places[1] - places[0], 2), words)


def no_video(record: SittingRecord, w: Wording) -> str:
    if record.imported is not None:
        return str(
            w.say(
                "The sitting was taken over from open data without video. If a recording is found it will appear here."
            )
        )
    if record.withheld:
        return str(w.say("The recording will be shown after the sitting, once the council has released it."))
    if record.closed_seq is None:
        return str(w.say("There is no footage of this moment yet."))
    if record.deletions:
        fact = record.deletions[-1].fact
        day = w.day(w.day_of(parse(fact.at)))
        if fact.cause == "disk_full":
            return str(w.say("The recording was deleted on %(day)s, as the disk was full. The votes stay.", day=day))
        said = w.say("The recording was deleted on %(day)s: %(reason)s. The votes stay.", day=day, reason=fact.reason)
        return str(said)
    return str(w.say("No camera was recording at this moment. The votes are not affected."))


def footage_length(known: Filmed | None) -> str:
    """How long the fullest camera's recording of the sitting is, in figures; empty where there is none."""
    if known is None or not known.cameras:
        return ""
    lengths = (sum(((one.ended_at - one.started_at) for one in known.of(name)), timedelta()) for name in known.cameras)
    return clock_length(max(lengths).total_seconds())
