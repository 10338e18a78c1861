"""What the hall display's codes say about a run's clock, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from council import qr
from streaming import index, locate
from streaming.clock import TRUST_US
from streaming.measured import DISPLAY_US, Code, Measured, Reading, measured, parse
from streaming.segments import Clock, Segment
from streaming.timeline import Accuracy

AT = datetime(2026, 11, 22, 8, 17, 51, 123_000, tzinfo=UTC)
MS = timedelta(milliseconds=1)
ROOT = "9f3a0c1b2d4e5f60"


def test_the_displays_code_is_read_as_it_was_written() -> None:
    assert parse(qr.payload(57, ROOT + "0" * 48, AT)) == Code(57, ROOT, AT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org",
        "HLASNO/0/9F3A0C1B2D4E5F60/20251122T081751123Z",
        "HLASNO/57/9F3A/20251122T081751123Z",
        "HLASNO/57/9F3A0C1B2D4E5F60/20251322T081751123Z",
        "HLASNO/57/9F3A0C1B2D4E5F60/20251122T081751123Z ",
    ],
)
def test_another_code_is_not_taken_for_one(text: str) -> None:
    assert parse(text) is None


def reading(before_ms: float, first_ms: float, size: int = 1, at: datetime = AT) -> Reading:
    """By the run's clock: the last picture without the code and the first with it, ms after the code was made."""
    return Reading("hall-1-20261122T081700000Z", size, ROOT, at, at + before_ms * MS, at + first_ms * MS)


@pytest.mark.parametrize(
    ("clock", "spans", "found"),
    [
        ("arrival", [(40, 80)], None),  # one alone may have been late
        ("arrival", [(0, 40), (-18, 22)], Measured(0, 22_000)),  # it may be right: it is not made worse
        ("arrival", [(40, 80), (60, 100)], Measured(-35_000, 45_000)),  # no further than 45 ms demand
        ("arrival", [(40, 80), (60, 100), (90, 130)], Measured(-35_000, 45_000)),  # each narrows it down
        ("arrival", [(40, 80), (60, 100), (380, 420)], Measured(-35_000, 45_000)),  # a display that was late
        ("arrival", [(40, 80), (60, 100), (9000, 9040)], Measured(-35_000, 45_000)),  # hours late: not believed
        ("arrival", [(-30, 10), (0, 40), (-39, 1)], Measured(0, 10_000)),  # nothing arrives before it is taken
        ("arrival", [(0, 200), (-20, 180)], Measured(-90_000, 90_000)),  # five pictures a second tell no more
        ("arrival", [(110, 150), (90, 130)], Measured(-75_000, 55_000)),  # it cannot be right
        ("arrival", [(380, 420), (40, 80)], None),
        ("sender_report", [(20, 60), (-60, -20)], Measured(0, 70_000)),  # not contradicted: finer than codes
        ("sender_report", [(120, 160), (140, 180)], None),  # a slow wall, most likely
        ("sender_report", [(320, 360), (340, 380)], Measured(-200_000, 160_000)),
        ("sender_report", [(-240, -200), (-220, -180)], Measured(255_000, 55_000)),  # shown before it was made
    ],
)
def test_bounds_of_all_codes_give_the_offset(
    clock: Clock, spans: list[tuple[float, float]], found: Measured | None
) -> None:
    assert DISPLAY_US == 90_000 and TRUST_US == 500_000
    assert measured([reading(*span, size) for size, span in enumerate(spans, 1)], clock) == found


async def test_a_measured_clock_moves_every_time_of_its_run_and_is_said(archive: Any, db: Any) -> None:
    told = await archive.film(0)
    segments = [record for record in told if isinstance(record, Segment)]
    run = segments[0].run_id
    at = segments[1].started_at + 500 * MS
    before = await locate.video_at(archive.conn, archive.sitting, at)
    recorder = await db.database("record").connect()
    said = []
    for size, found in enumerate((None, Measured(0, 70_000), Measured(-400_000, 42_100)), 1):
        await index.clock_read(recorder, Reading(run, size, ROOT, at, at, at), found)
        assert len(await index.clock_readings(recorder, run)) == size
        place = await locate.video_at(archive.conn, archive.sitting, at)
        said.append(place and place["accuracy"])
    await recorder.close()
    assert said == [Accuracy("frame"), Accuracy("frame_measured", 70), Accuracy("measured", 43)]
    assert before is not None
    after = await locate.video_at(archive.conn, archive.sitting, at)
    assert after is not None
    assert after["offset_ms"] == before["offset_ms"] + 400
    edge = await locate.video_at(archive.conn, archive.sitting, segments[1].started_at - 100 * MS)
    assert edge is not None and edge["offset_ms"] == segments[0].duration_ms + 300, "the segment it is in now"
    start, end = archive.opened, archive.opened + timedelta(minutes=1)
    _, moved = await index.between(archive.conn, "hall-1", start, end)
    _, raw = await index.between(archive.conn, "hall-1", start, end, moved=False)
    assert [one.started_at for one in moved] == [one.started_at - 400 * MS for one in raw]
    assert raw == segments


async def test_a_code_is_held_against_the_ledger(archive: Any, db: Any) -> None:
    sql = "insert into checkpoint (tree_size, root_hash, note, signed_at) values (57, $1, '', now())"
    await archive.conn.execute(sql, bytes.fromhex(ROOT + "0" * 48))
    recorder = await db.database("record").connect()
    answers = [
        await index.in_ledger(recorder, Reading("r", size, root, AT, AT, AT))
        for size, root in ((57, ROOT), (57, "0" * 16), (58, ROOT))
    ]
    await recorder.close()
    assert answers == [True, False, False]
