"""Wall time and recording time: which frame was filmed when.

Pure. A recording is a camera's segments in a sitting, played one after another, gaps closed up. Segments come in the
order of capture. Inside a run they follow each other; between the end of one and the beginning of the next lie at most
the few microseconds that the clock model moved.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal

from streaming.errors import NotRecorded
from streaming.segments import MICROSECOND, Clock, ClosedPart, Marred, Segment, Stretch

BESIDE = timedelta(seconds=5)  # for the next key frame, and what of a segment could not be kept
LAST = datetime.max.replace(tzinfo=UTC)
SEAM = timedelta(milliseconds=250)  # a shorter hole between two pieces of film nobody sees


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How sure the place of a moment is. frame: the very picture taken then; within: at most `ms` beside it.
    By the hall display's codes: measured: at most `ms` beside it, after its times were moved; frame_measured: the very
    picture, and the codes agree within `ms`."""

    kind: Literal["frame", "within", "measured", "frame_measured"]
    ms: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """A camera did not film in [start, end); `end` None: it has not begun again. Reasons: those of RunEnd, not_begun
    (before its first picture), going_on (after the newest one of a run that has not ended), lost (a piece of a run is
    missing), deleted (by an act of the ledger), paused (`closed`: a closed part)."""

    start: datetime
    end: datetime | None
    reason: str
    closed: ClosedPart | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """A stretch whose pictures lack something: packets of the network that never came, pictures torn by that."""

    start: datetime
    end: datetime
    packets_lost: int
    frames_damaged: int


@dataclass(frozen=True, slots=True)
class Sight:
    """What one camera has of a moment. `shown_at`: the moment, or in a gap the first picture after it, or None."""

    camera: str
    shown_at: datetime | None
    before: datetime | None  # the end of what it filmed before the moment, if that is in a gap
    accuracy: Accuracy | None  # of the picture shown
    gap: Gap | None
    moved_us: int = 0  # of that picture's run (segments.Stretch)


ACCURACIES: dict[Clock, Accuracy] = {"sender_report": Accuracy("frame"), "arrival": Accuracy("within", 100)}


def gaps(
    stretches: Sequence[Stretch],
    start: datetime,
    end: datetime,
    marred: Sequence[Marred] = (),
    closed: Sequence[ClosedPart] = (),
) -> list[Gap]:
    """Where in [start, end) one camera has no picture. stretches, marred: that camera's, in the order of capture.
    closed: the sitting's closed parts, in order."""
    gone = [one for one in marred if one.deleted]
    found = [
        replace(gap, reason="deleted")
        if any(one.started_at < (gap.end or end) and one.ended_at > gap.start for one in gone)
        else gap
        for gap in _gaps(stretches, start, end)
    ]
    return [piece for gap in found for piece in _split(gap, closed)]


def _split(gap: Gap, closed: Sequence[ClosedPart]) -> list[Gap]:
    """What of a gap is a closed part is a gap of its own, with the moments beside it."""
    pieces: list[Gap] = []
    at, last = gap.start, gap.end or LAST
    for part in closed:
        begins, ends = max(part.start, at), min(part.end or LAST, last)
        if begins >= ends:
            continue
        if begins - at > BESIDE:
            pieces.append(replace(gap, start=at, end=begins, reason=_other(gap)))
            at = begins
        at, begins = ends, at
        pieces.append(Gap(begins, None if ends == LAST else ends, "paused", part))
    if pieces and last - at <= BESIDE:
        pieces[-1] = replace(pieces[-1], end=gap.end)
    elif at < last:
        pieces.append(replace(gap, start=at, reason=_other(gap) if pieces else gap.reason))
    return pieces


def _other(gap: Gap) -> str:
    """Why there is no picture outside of the closed part."""
    return gap.reason if gap.reason != "paused" else "silent" if gap.end else "going_on"


def flaws(marred: Sequence[Marred]) -> list[Flaw]:
    """Stretches that lack something, segments that follow each other as one. marred: one camera's, by time."""
    found: list[Flaw] = []
    for one in marred:
        if one.deleted:
            continue
        flaw = Flaw(one.started_at, one.ended_at, one.packets_lost, one.frames_damaged)
        if found and one.started_at - found[-1].end <= SEAM:
            last = found.pop()
            lost, damaged = last.packets_lost + flaw.packets_lost, last.frames_damaged + flaw.frames_damaged
            flaw = Flaw(last.start, flaw.end, lost, damaged)
        found.append(flaw)
    return found


def _gaps(stretches: Sequence[Stretch], start: datetime, end: datetime) -> list[Gap]:
    if not stretches:
        return [Gap(start, None, "not_begun")]
    found = []
    if stretches[0].started_at - start > SEAM:
        found.append(Gap(start, stretches[0].started_at, "not_begun"))
    for before, after in pairwise(stretches):
        if after.started_at - before.ended_at > SEAM:
            reason = "lost" if before.run_id == after.run_id else before.end_reason or "killed"
            found.append(Gap(before.ended_at, after.started_at, reason))
    last = stretches[-1]
    if end - last.ended_at > SEAM:
        found.append(Gap(last.ended_at, None, last.end_reason or "going_on"))
    return found


def sight(
    camera: str,
    stretches: Sequence[Stretch],
    at: datetime,
    start: datetime,
    end: datetime,
    marred: Sequence[Marred] = (),
    closed: Sequence[ClosedPart] = (),
) -> Sight:
    """The moment as one camera has it. stretches, marred: that camera's, as `gaps` wants them; [start, end): the time
    of the recording."""
    i = bisect_right(stretches, at, key=lambda stretch: stretch.started_at)
    if i and at < stretches[i - 1].ended_at:
        return Sight(camera, at, None, accuracy_of(stretches[i - 1]), None, stretches[i - 1].moved_us or 0)
    after = stretches[i] if i < len(stretches) else None
    if after is not None and i and after.started_at - stretches[i - 1].ended_at <= SEAM:
        return Sight(camera, after.started_at, None, accuracy_of(after), None, after.moved_us or 0)
    around = stretches[max(0, i - 1) : i + 1]  # a camera that is lost again and again has thousands
    holes = gaps(around, min(start, at), max(end, at + SEAM + MICROSECOND), marred, closed)
    return Sight(
        camera,
        after.started_at if after else None,
        stretches[i - 1].ended_at if i else None,
        accuracy_of(after) if after else None,
        next((gap for gap in holes if gap.start <= at and (gap.end is None or at < gap.end)), None),
        (after.moved_us or 0) if after else 0,
    )


def accuracy_of(stretch: Stretch) -> Accuracy:
    """How exactly its moments are found."""
    if stretch.within_us is None:
        return ACCURACIES[stretch.clock]
    ms = -(-stretch.within_us // 1000)
    finer = stretch.clock == "sender_report" and not stretch.moved_us
    return Accuracy("frame_measured" if finer else "measured", ms)


def locate(segments: Sequence[Segment], at: datetime) -> tuple[Segment, int]:
    """Find the moment `at` in a recording.

    segments: one camera's, sorted by started_at, not overlapping; gaps are allowed.
    Returns the segment and the offset into it in ms, 0 <= offset < duration_ms.
    A moment in a gap gives the next segment at 0. Raises NotRecorded past the end."""
    i = bisect_right(segments, at, key=lambda segment: segment.started_at)
    if i:
        segment = segments[i - 1]
        if at < segment.ended_at:
            return segment, min(offset_ms(segment, at), segment.duration_ms - 1)
    if i < len(segments):
        return segments[i], 0
    raise NotRecorded(f"nothing is recorded at {at:%H:%M:%S}")


def offset_ms(segment: Segment, at: datetime) -> int:
    """From a segment's first frame to `at`, rounded to the nearest ms."""
    return ((at - segment.started_at) // MICROSECOND + 500) // 1000


def recording_offset_ms(segments: Sequence[Segment], at: datetime) -> int:
    """The place of `at` in the recording made of all of `segments`, in ms. Raises NotRecorded past the end."""
    segment, offset = locate(segments, at)
    return sum(other.duration_ms for other in segments[: segments.index(segment)]) + offset


def stamp(at: datetime, timespec: str = "milliseconds") -> str:
    """RFC 3339 UTC."""
    return at.isoformat(timespec=timespec).replace("+00:00", "Z")
