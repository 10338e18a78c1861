"""What was filmed in a closed part nevertheless, or since a moment before its pause: kept, proved, shown to nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from starlette.applications import Starlette

from council.footage_check import check_sitting
from streaming import index
from streaming.live_window import within
from streaming.locate import filmed
from streaming.routes import routes
from streaming.segments import ClosedPart, to_us
from streaming.shelf import Shelf
from tests.footage_archive import OPENED, Archive, furnished
from voting import ledger as voting_ledger
from voting.entries import Clerk, FilmingPaused, FilmingResumed, SittingClosed, SittingOpened, stamp

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

CLERK = Clerk("maria", "Марія")
CLOSED = "rada-2"


def at(seconds: float) -> datetime:
    return OPENED + timedelta(seconds=seconds)


@pytest.fixture
async def archive(db: TestDatabase, tmp_path: Path) -> AsyncIterator[Archive]:
    """A sitting opened at 60 s, filmed then for 4.8 s in three segments; the pause came at 70 s, for all since 63 s."""
    async with furnished(db, tmp_path) as made:
        [first] = [e.fact for e in await voting_ledger.read(made.conn) if isinstance(e.fact, SittingOpened)]
        paused = FilmingPaused(stamp(at(70)), stamp(at(63)), None, "особисті дані", "ст. 3", CLERK)
        facts = [replace(first, at=stamp(at(60))), paused]
        await made.ledger.append([(CLOSED, fact) for fact in facts], at(70))
        await made.film(60, "stopped")
        yield made


async def test_nothing_since_a_pause_that_was_thought_of_late_leaves_and_the_rest_does(
    archive: Archive, db: TestDatabase
) -> None:
    pool = await db.database("public").pool(1, 2)
    own = archive.segments[-3:]
    try:
        app = Starlette(routes=routes(pool, Shelf(archive.recordings)))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://town") as client:
            manifest = (await client.get(f"/sittings/{CLOSED}/video.json")).json()
            playlist = (await client.get(f"/sittings/{CLOSED}/video/hall-1.m3u8")).text
            files = [(await client.get(f"/video/{one.run_id}/{one.n}.m4s")).status_code for one in own]
            posters = [(await client.get(f"/video/{one.run_id}/{one.n}.jpg")).status_code for one in own]
    finally:
        await pool.close()
    assert [one["started_at"][17:19] for one in manifest["segments"]] == [f"{own[0].started_at:%S}"]
    assert (playlist.count(".m4s"), files, 200 in posters[1:]) == (1, [200, 404, 404], False)


async def test_moments_in_it_tell_why_and_the_window_shows_nothing_of_it_live(archive: Archive) -> None:
    known = await filmed(archive.conn, CLOSED)
    assert known is not None
    lasting = ClosedPart(at(63), None, "особисті дані", "ст. 3")
    assert (known.window.closed, known.window.paused) == ((lasting,), lasting)
    [sight] = known.sights(at(64))
    assert sight.gap is not None and (sight.gap.reason, sight.gap.closed, sight.gap.end) == ("paused", lasting, None)
    assert [within(known.window, to_us(at(seconds))) for seconds in (62.8, 62.9, 63, 3600)] == [
        *(True, False, False, False)  # a part from 62.9 on reaches into it
    ]
    await archive.ledger.append([(CLOSED, FilmingResumed(stamp(at(80)), CLERK))], at(80))
    window = await index.sitting_window(archive.conn, CLOSED)
    assert window is not None and window.paused is None
    assert [within(window, to_us(at(seconds))) for seconds in (79.9, 80)] == [False, True]


async def test_closing_in_a_closed_part_ends_it_with_what_would_be_shown_after(archive: Archive) -> None:
    assert await index.pauses(archive.conn) == {"rada": (index.Pause(at(70), None),)}
    await archive.ledger.append([(CLOSED, SittingClosed(stamp(at(90))))], at(90))
    window = await index.sitting_window(archive.conn, CLOSED)
    assert window is not None and window.end == at(100)
    assert window.closed == (ClosedPart(at(63), at(100), "особисті дані", "ст. 3"),)
    lately = await index.sittings_lately(archive.conn, timedelta(days=9999))
    assert lately["rada"] > (datetime.now(UTC) - at(30)).total_seconds()  # of the first sitting: after it nobody films


async def test_check_tells_of_the_pause_and_of_what_is_kept_from_before_it(archive: Archive) -> None:
    await archive.seal()
    found = await check_sitting(archive.conn, archive.recordings, CLOSED, at(75))
    assert all(finding.ok for finding in found), found
    told = [
        finding.text for finding in found if "Filming was paused" in finding.text or "shown to nobody" in finding.text
    ]
    why = f"Filming was paused from {stamp(at(70))} to now by Марія (entry 5): особисті дані (ст. 3)."
    assert told == [why, f"2 segments since {stamp(at(63))} are kept and shown to nobody."]
