"""Footage under its legal lock is deleted by nothing; past it by an act with a reason, or when the disk is full."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import sql
from council import derive, profile
from council.clock import Clock
from council.footage_check import check_sitting
from council.footage_delete import DiskKeeper, FootageLocked, ask, deleted, fulfil, is_asked, plan, remove_files
from council.retention import FOR_EVER, Lock, Recording, held, lock
from streaming import index
from streaming.check import check
from tests.footage_archive import NOW, OPENED, SITTING, Archive, furnished
from voting import ledger as voting_ledger
from voting.entries import Clerk, FootageDeleted
from voting.folder import fold_all

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

LATER = datetime(2022, 11, 23, 9, tzinfo=UTC)  # five years and a day
CLERK = Clerk("maria", "Марія")
SAT = Recording(
    *("rada-1", "plenary", "ordinary", "uk", "Europe/Kyiv"),
    opened_at=OPENED,
    closed_at=OPENED + timedelta(hours=2),
    is_open=False,
)


def until(rules: profile.Profile | None = None, **changes: Any) -> date | None:
    return lock(replace(SAT, **changes), rules or profile.load("ua"), index.MARGIN, NOW).until


def test_lock_lasts_the_profiles_years_from_the_day_of_closing_where_the_council_is() -> None:
    assert until() == date(2022, 11, 22)
    assert until(closed_at=datetime(2017, 11, 22, 22, 30, tzinfo=UTC)) == date(2022, 11, 23)
    assert until(closed_at=datetime(2016, 2, 29, 12, tzinfo=UTC)) == date(2021, 3, 1)
    assert lock(SAT, profile.load("ua"), index.MARGIN, NOW).source == "Закон України № 3590-IX"


@pytest.mark.parametrize(("zone", "hours"), [("Europe/Kyiv", -2), ("Asia/Kolkata", -5.5), ("America/Bogota", 5)])
def test_lock_holds_until_the_last_day_is_over_where_the_council_is(zone: str, hours: float) -> None:
    own = lock(replace(SAT, timezone=zone), profile.load("ua"), index.MARGIN, NOW)
    over = datetime(2022, 11, 23, tzinfo=UTC) + timedelta(hours=hours)
    assert own.until == date(2022, 11, 22)
    assert (own.holds(over - timedelta(seconds=1)), own.holds(over)) == (True, False)


def test_lock_is_by_class_and_for_ever_where_nothing_says_how_long() -> None:
    ua = profile.load("ua")
    forever = replace(ua.retention["video"], years=None)
    by_class = replace(ua, retention=ua.retention | {"video_committee": replace(ua.retention["video"], years=1)})
    assert until(by_class, kind="committee") == date(2018, 11, 22)
    assert until(by_class) == date(2022, 11, 22)
    assert until(replace(ua, retention={"video": forever})) == FOR_EVER
    assert until(replace(ua, retention={})) == FOR_EVER
    assert until(is_open=True, closed_at=None) == FOR_EVER


@pytest.mark.parametrize("changes", [{"mode": "training"}, {"mode": "replay"}])
def test_practice_has_no_lock_once_it_is_closed(changes: dict[str, Any]) -> None:
    assert until(**changes) is None
    assert until(**changes, is_open=True, closed_at=None) == FOR_EVER


def test_held_times_that_touch_are_one() -> None:
    def at(hours: float) -> datetime:
        return OPENED + timedelta(hours=hours)

    locks = [
        Lock("b", at(1), at(3), FOR_EVER, ""),
        Lock("a", at(0), at(2), NOW.date(), ""),
        Lock("c", at(5), at(6), None, None),
    ]
    assert held(locks, NOW) == [(at(0), at(3))]
    assert held(locks, NOW + timedelta(days=1)) == [(at(1), at(3))]


# --- with footage on the disk --------------------------------------------------------------------------------------


@pytest.fixture
async def archive(db: TestDatabase, tmp_path: Path) -> AsyncIterator[Archive]:
    async with furnished(db, tmp_path) as made:
        yield made


async def act(archive: Archive, now: datetime) -> None:
    """As the command does, but for the files."""
    planned = await plan(archive.conn, SITTING, now)
    fact = deleted(planned.rows, now, "act", "строк минув", planned.lock, CLERK)
    await archive.ledger.append([(SITTING, fact)], now)


def files(archive: Archive) -> list[str]:
    return sorted(path.name for path in archive.recordings.rglob("*.m4s"))


async def facts(archive: Archive) -> list[tuple[str | None, FootageDeleted]]:
    entries = await voting_ledger.read(archive.conn)
    fold_all(entries)
    return [(entry.sitting, entry.fact) for entry in entries if isinstance(entry.fact, FootageDeleted)]


async def test_recording_under_lock_is_refused_with_the_day_and_the_law(archive: Archive) -> None:
    await archive.conn.execute("update body set training = true")  # it sat in earnest: the ledger says so
    for now in (NOW, LATER - timedelta(days=1)):
        with pytest.raises(FootageLocked, match=r"must be kept until 2022-11-22 \(Закон України № 3590-IX\)"):
            await plan(archive.conn, SITTING, now)
    with pytest.raises(FootageLocked, match="There is no sitting rada-9"):
        await plan(archive.conn, "rada-9", LATER)
    await archive.conn.execute("update sitting_summary set is_open = true")
    with pytest.raises(FootageLocked, match="rada-1 is open"):
        await plan(archive.conn, SITTING, LATER)


async def test_recording_deleted_past_its_term_leaves_rows_seals_and_an_act(archive: Archive) -> None:
    await act(archive, LATER)
    assert len(files(archive)) == 6, "the fact comes first"
    assert await remove_files(archive.conn, archive.recordings) == 6
    assert files(archive) == [] and await remove_files(archive.conn, archive.recordings) == 0
    assert await archive.conn.fetchval("select count(*) from segment where deleted_at = $1", LATER) == 6
    [(sitting, fact)] = await facts(archive)
    assert (sitting, fact.cause, fact.reason, fact.kept_until) == (SITTING, "act", "строк минув", "2022-11-22")
    assert [(part.first, part.count) for part in fact.parts] == [(0, 3), (0, 3)]
    assert await index.cameras_between(archive.conn, OPENED, NOW) == []
    assert (await index.between(archive.conn, "hall-1", OPENED, NOW))[1] == []
    assert await index.segment_file(archive.conn, fact.parts[0].run, 0) is None
    [finding] = await check_sitting(archive.conn, archive.recordings, SITTING, LATER)
    assert finding.ok and finding.text.endswith("by Марія (ledger entry 4): строк минув.")
    assert all(finding.ok for finding in await check(archive.conn, archive.recordings))
    assert await derive.differences(archive.conn) == []
    with pytest.raises(FootageLocked, match="no footage of rada-1 that could be deleted"):
        await plan(archive.conn, SITTING, LATER)


async def test_deletion_asked_for_is_entered_once_and_never_under_a_lock(archive: Archive) -> None:
    await ask(archive.conn, SITTING, CLERK, "строк минув", LATER)
    assert await fulfil(archive.conn, archive.ledger, NOW) == 0, "a lock came meanwhile"
    assert not await is_asked(archive.conn, SITTING) and await facts(archive) == []
    await ask(archive.conn, SITTING, CLERK, "строк минув", LATER)
    await ask(archive.conn, SITTING, Clerk("petro", "Петро"), "ще раз", LATER)
    assert await fulfil(archive.conn, archive.ledger, LATER) == 1
    await ask(archive.conn, SITTING, CLERK, "строк минув", LATER)  # as if the hall was killed before it forgot
    assert await fulfil(archive.conn, archive.ledger, LATER) == 0
    [(_, fact)] = await facts(archive)
    assert (fact.reason, fact.by) == ("строк минув", CLERK)


async def test_what_another_sitting_under_lock_shows_stays(archive: Archive) -> None:
    await archive.conn.execute(
        """insert into sitting_summary (sitting_id, body_id, session_label, kind, held_on, mode, seats, opened_at,
                                        closed_at, opened_seq, is_open)
           values ('rada-2', 'rada', 'II', 'plenary', '2017-11-22', 'ordinary', 1, $1, $2, 99, false)""",
        *(OPENED + timedelta(seconds=22.5), datetime(2018, 1, 1, tzinfo=UTC)),
    )
    planned = await plan(archive.conn, SITTING, LATER)
    assert (len(planned.rows), planned.kept_by_others) == (4, 2)  # from ten seconds before its opening


async def test_what_the_camera_of_another_hall_filmed_at_that_time_is_no_part_of_a_recording(archive: Archive) -> None:
    await archive.conn.execute(
        """insert into body (id, municipality, name, seats, profile, locale, timezone)
           values ('other', 'Місто', 'Комісія', 1, 'ua', 'uk', 'Europe/Kyiv')"""
    )
    listed = sql.load("seals").footage_by_sitting
    assert [row["bytes"] > 0 async for row in listed(archive.conn, margin=index.MARGIN)] == [True]
    await archive.conn.execute("insert into camera values ('hall-1', 'other')")
    with pytest.raises(FootageLocked, match="no footage of rada-1 that could be deleted"):
        await plan(archive.conn, SITTING, LATER)
    assert [row["bytes"] async for row in listed(archive.conn, margin=index.MARGIN)] == [0]


async def test_files_left_by_a_crash_are_named_and_go_at_the_next_start(archive: Archive) -> None:
    await act(archive, LATER)
    findings = [finding for finding in await check(archive.conn, archive.recordings) if not finding.ok]
    assert len(findings) == 6 and findings[0].text.endswith("000000.m4s should be gone: its footage was deleted.")
    stray = archive.recordings / "hall-1" / archive.segments[0].run_id / "000007.m4s"
    stray.write_bytes(b"not named by any act")
    await remove_files(archive.conn, archive.recordings)
    assert files(archive) == [stray.name]


async def test_full_disk_takes_the_oldest_without_a_lock_and_never_what_is_locked(
    archive: Archive, db: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = await db.database("hall").pool(1, 2)
    clock = Clock()
    keeper = DiskKeeper(pool, archive.ledger, clock, archive.recordings, lambda: False)
    try:
        monkeypatch.setattr(clock, "now", lambda: LATER - timedelta(days=1))
        assert not await keeper.make_room() and len(files(archive)) == 6, "all of it is locked"
        await archive.film(3600, "stopped")  # of no sitting
        assert await keeper.make_room() and len(files(archive)) == 6
        monkeypatch.setattr(clock, "now", lambda: LATER)
        monkeypatch.setattr("council.footage_delete.AT_ONCE", 2)
        assert await keeper.make_room() and len(files(archive)) == 4
    finally:
        await pool.close()
    (outside, first), (inside, second) = await facts(archive)
    assert (outside, first.kept_until, first.by, first.cause) == (None, None, None, "disk_full")
    assert (inside, second.kept_until, second.parts[0].first, second.parts[0].count) == (SITTING, "2022-11-22", 0, 2)
    assert await archive.conn.fetchval("select min(n) from segment where deleted_at is null") == 0
    rows = await archive.conn.fetch(
        "select n from segment where run_id = $1 and deleted_at is null", second.parts[0].run
    )
    assert [row["n"] for row in rows] == [2], "the oldest first"
    assert all(finding.ok for finding in await check(archive.conn, archive.recordings))


async def test_full_disk_on_which_nothing_can_be_removed_costs_no_more_footage_than_the_first(
    archive: Archive, db: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(_: Path, gone: dict[str, Any]) -> int:
        if gone:
            raise OSError(errno.EROFS, "Read-only file system")
        return 0

    for name, value in (("_remove", read_only), ("AT_ONCE", 1), ("LOOK_S", 0.01), ("LATER_S", 0.01)):
        monkeypatch.setattr(f"council.footage_delete.{name}", value)
    pool, clock = await db.database("hall").pool(1, 2), Clock()
    monkeypatch.setattr(clock, "now", lambda: LATER)
    rounds = 0

    def busy() -> bool:
        nonlocal rounds
        rounds += 1
        return True

    keeper = DiskKeeper(pool, archive.ledger, clock, archive.recordings, busy)
    keeper.free_bytes = 2**62
    keeping = asyncio.create_task(keeper.run())
    try:
        async with asyncio.timeout(20):
            while rounds < 10:
                await asyncio.sleep(0.01)
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})
        await pool.close()
    assert len(await facts(archive)) == 1
