"""The index of footage in PostgreSQL: rows in, recordings out. A connection comes from outside; queries stand in
`sql/queries/footage.sql` and `stretches.sql`. Every insert may be repeated and then changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import asyncpg

import sql
from streaming.journal import Record
from streaming.measured import Measured, Reading
from streaming.pausing import Pause
from streaming.segments import MICROSECOND, CameraState, ClosedPart, Marred, Run, RunEnd, Segment, Stretch

MARGIN = timedelta(seconds=10)  # a sitting's recording begins so much before its opening and ends so much after closing

Hidden = Literal["closed", "withheld"]
HIDDEN: tuple[Hidden, ...] = ("closed", "withheld")  # what was filmed in a closed part, and what is not released yet


@dataclass(frozen=True, slots=True)
class Window:
    """The time of a sitting's recording. `open`: it still grows. `closed`: the parts of it that are closed."""

    start: datetime
    end: datetime
    open: bool
    closed: tuple[ClosedPart, ...] = ()

    @property
    def paused(self) -> ClosedPart | None:
        """The closed part that lasts."""
        return next((part for part in self.closed if part.end is None), None)


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment's file. `path`: below the recordings folder, and the name in an archive. `archive`: None, it lies on
    the disk. `recent`: a closed part may still take it from the public."""

    path: str
    bytes: int
    sha256: str
    archive: str | None = None
    recent: bool = False


def _fields(record: Run | Segment | RunEnd | CameraState | Reading) -> dict[str, Any]:
    """As they are; `asdict` copies each, at ten times the price."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _queries() -> Any:
    return sql.load("footage")


def _stretches() -> Any:
    return sql.load("stretches")


async def insert_run(conn: asyncpg.Connection, run: Run) -> None:
    fields = _fields(run)
    del fields["ended_at"], fields["end_reason"]
    await _queries().insert_run(conn, **fields)


async def insert_segment(conn: asyncpg.Connection, segment: Segment) -> None:
    """Its run must be there."""
    await _queries().insert_segment(conn, **_fields(segment))


async def end_run(conn: asyncpg.Connection, end: RunEnd) -> None:
    await _queries().end_run(conn, **_fields(end))


async def insert(conn: asyncpg.Connection, record: Record) -> None:
    if isinstance(record, Run):
        await insert_run(conn, record)
        if record.ended_at is not None and record.end_reason is not None:
            await end_run(conn, RunEnd(record.id, record.ended_at, record.end_reason))
    elif isinstance(record, Segment):
        await insert_segment(conn, record)
    else:
        await end_run(conn, record)


async def camera_state(conn: asyncpg.Connection, state: CameraState) -> None:
    await _queries().upsert_camera_state(conn, **_fields(state))


async def ended_runs(conn: asyncpg.Connection, camera_id: str) -> set[str]:
    return {row["id"] for row in await _all(_queries().ended_runs(conn, camera_id=camera_id))}


async def is_recording(conn: asyncpg.Connection, camera_id: str) -> bool:
    return bool(await _queries().is_recording(conn, camera_id=camera_id))


async def sitting_window(conn: asyncpg.Connection, sitting_id: str, *, withheld: bool = False) -> Window | None:
    """None: no such sitting. One without times (an import that does not know them) has an empty window, and so has one
    whose recording is withheld, unless `withheld` asks for it."""
    row = await _queries().sitting_window(conn, sitting_id=sitting_id)
    if row is None:
        return None
    if row["opened_at"] is None or (row["footage_withheld"] and not withheld):
        return Window(row["now"], row["now"], False)
    closed = row["closed_at"]
    start = row["opened_at"] - MARGIN
    end = closed + MARGIN if closed is not None else row["now"] if row["is_open"] else row["opened_at"]
    if not withheld:  # of another sitting, to which the margins reach
        start = max(start, row["withheld_until"] + MARGIN) if row["withheld_until"] is not None else start
        end = min(end, row["withheld_from"] - MARGIN) if row["withheld_from"] is not None else end
    closed = await closed_parts(conn, sitting_id) if row["has_closed"] else ()
    return Window(start, end, row["is_open"], closed)


async def closed_parts(conn: asyncpg.Connection, sitting_id: str) -> tuple[ClosedPart, ...]:
    """In order."""
    rows = await _all(_queries().closed_parts(conn, sitting_id=sitting_id))
    return tuple(ClosedPart(row["since_at"], row["ended_at"], row["reason"], row["source"]) for row in rows)


async def pauses(conn: asyncpg.Connection) -> dict[str, tuple[Pause, ...]]:
    """By body, when its cameras are not to film, and were not in the last days; in order."""
    found: dict[str, tuple[Pause, ...]] = {}
    for row in await _all(_queries().closed_lately(conn)):
        found[row["body_id"]] = (*found.get(row["body_id"], ()), Pause(row["paused_at"], row["ended_at"]))
    return found


async def sittings_lately(conn: asyncpg.Connection, back: timedelta) -> dict[str, float]:
    """By body, how many seconds ago its last sitting was closed, 0 while one is open; none closed before `back`."""
    return {row["body_id"]: row["closed_s"] for row in await _all(_queries().sittings_lately(conn, back=back))}


async def foreign_cameras(conn: asyncpg.Connection, sitting_id: str) -> set[str]:
    """Those that film another body."""
    return {row["id"] for row in await _all(_queries().foreign_cameras(conn, sitting_id=sitting_id))}


async def cameras_between(
    conn: asyncpg.Connection, start: datetime, end: datetime, hide: Sequence[Hidden] = HIDDEN
) -> list[str]:
    rows = await _all(_stretches().cameras_between(conn, start_at=start, end_at=end, hide=list(hide)))
    return [row["camera_id"] for row in rows]


async def stretches(conn: asyncpg.Connection, start: datetime, end: datetime) -> list[Stretch]:
    """What each camera filmed in [start, end) without a hole; by camera, in the order of capture."""
    rows = await _all(_stretches().stretches_between(conn, start_at=start, end_at=end))
    return [Stretch(**row) for row in rows]


async def marred(conn: asyncpg.Connection, start: datetime, end: datetime) -> list[Marred]:
    """Segments in [start, end) that lack something or were deleted; by camera and time."""
    rows = await _all(_stretches().marred_between(conn, start_at=start, end_at=end))
    return [Marred(**row) for row in rows]


async def between(
    conn: asyncpg.Connection,
    camera_id: str,
    start: datetime,
    end: datetime,
    *,
    moved: bool = True,
    hide: Sequence[Hidden] = HIDDEN,
) -> tuple[list[Run], list[Segment]]:
    """A camera's segments with any frame in [start, end), in the order of capture, and their runs. moved: the segments'
    times as measured, where they were; else by the run's clock. hide: what is left out."""
    query = _queries().segments_between(conn, camera_id=camera_id, start_at=start, end_at=end, hide=list(hide))
    rows = await _all(query)
    segments = [_segment(row) for row in rows]
    names = list(dict.fromkeys(segment.run_id for segment in segments))
    if moved:
        by = {row["id"]: row["moved_us"] * MICROSECOND for row in await _all(_queries().measured(conn, run_ids=names))}
        segments = [_moved(segment, by[segment.run_id]) if segment.run_id in by else segment for segment in segments]
    return await runs_named(conn, names), segments


async def runs_named(conn: asyncpg.Connection, names: Sequence[str]) -> list[Run]:
    return [_run(row) for row in await _all(_queries().runs_named(conn, run_ids=names))]


async def around(
    conn: asyncpg.Connection, camera_id: str, window: Window, at: datetime, moved_us: int = 0
) -> list[tuple[Segment, int]]:
    """At most two segments, the one at or before `at` and the next, each with its start in the recording in ms.
    moved_us: by how much their times are to be moved."""
    by = moved_us * MICROSECOND
    query = _stretches().around(conn, camera_id=camera_id, start_at=window.start, end_at=window.end, at=at - by)
    rows = await _all(query)
    return [(_moved(_segment(row), by), int(start)) for row in rows for start in [row.pop("start_ms")]]


async def vote_moments(conn: asyncpg.Connection, back: timedelta, settled: timedelta) -> list[datetime]:
    """When votes were opened or closed, from so long ago until so long ago; in order."""
    return [row["at"] for row in await _all(_queries().vote_moments(conn, back=back, settled=settled))]


async def clock_readings(conn: asyncpg.Connection, run_id: str) -> list[Reading]:
    return [Reading(**row) for row in await _all(_queries().clock_readings(conn, run_id=run_id))]


async def in_ledger(conn: asyncpg.Connection, reading: Reading) -> bool:
    return bool(await _queries().in_ledger(conn, tree_size=reading.tree_size, root=reading.root))


async def clock_read(conn: asyncpg.Connection, reading: Reading, found: Measured | None) -> None:
    """Store a reading, and what all of its run's together give."""
    async with conn.transaction():
        await _queries().insert_clock_reading(conn, **_fields(reading))
        moved, within = (found.moved_us, found.within_us) if found is not None else (None, None)
        await _queries().set_measured(conn, run_id=reading.run_id, moved_us=moved, within_us=within)


async def cameras(conn: asyncpg.Connection) -> list[str]:
    return [row["camera_id"] for row in await _all(_queries().cameras(conn))]


async def camera_runs(conn: asyncpg.Connection, camera_id: str) -> list[Run]:
    return [_run(row) for row in await _all(_queries().camera_runs(conn, camera_id=camera_id))]


async def run_segments(conn: asyncpg.Connection, run_id: str) -> list[Segment]:
    return [_segment(row) for row in await _all(_queries().run_segments(conn, run_id=run_id))]


async def deleted_numbers(conn: asyncpg.Connection, run_id: str) -> list[int]:
    """The segments of a run whose files were deleted by an act of the ledger."""
    return [row["n"] for row in await _all(_queries().deleted_numbers(conn, run_id=run_id))]


async def init_file(conn: asyncpg.Connection, run_id: str) -> tuple[str, str] | None:
    """Path below the recordings folder and SHA-256 of a run's init segment."""
    row = await _queries().init_file(conn, run_id=run_id)
    return (row["path"], row["sha256"]) if row else None


async def segment_file(conn: asyncpg.Connection, run_id: str, n: int) -> tuple[Piece, str | None] | None:
    """A segment that the public may see, of a sitting and not withheld, and its poster's path."""
    row = await _queries().segment_file(conn, run_id=run_id, n=n, margin=MARGIN)
    if row is None:
        return None
    return Piece(row["path"], row["bytes"], row["sha256"], row["archive"], row["recent"]), row["poster_path"]


async def pieces(conn: asyncpg.Connection, segments: Sequence[Segment]) -> list[Piece]:
    """Where the files of these segments lie."""
    rows = await _all(_queries().archived(conn, paths=[segment.path for segment in segments]))
    archives = {row["path"]: row["archive"] for row in rows}
    return [Piece(one.path, one.bytes, one.sha256, archives.get(one.path)) for one in segments]


async def archived_numbers(conn: asyncpg.Connection, run_id: str) -> dict[int, tuple[str, bool]]:
    """Of a run's segments those that lie in an archive (True) or are on their way there (False); by number."""
    rows = await _all(_queries().archived_numbers(conn, run_id=run_id))
    return {row["n"]: (row["archive"], row["arrived"]) for row in rows}


async def _all(rows: AsyncIterator[Any]) -> list[dict[str, Any]]:
    return [dict(row) async for row in rows]


def _moved(segment: Segment, by: timedelta) -> Segment:
    return replace(segment, started_at=segment.started_at + by) if by else segment


def _run(row: Mapping[str, Any]) -> Run:
    return Run(**row)


def _segment(row: Mapping[str, Any]) -> Segment:
    return Segment(**row)
