"""Footage in an archive: proved like that on the disk, found again by an index that was lost, deleted past its term."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from council import derive
from council.clock import Clock
from council.footage_check import check_sitting
from council.footage_delete import DiskKeeper, deleted, plan, remove_files
from streaming import index, moving
from streaming.archive import Archive as Place
from streaming.archive import Place as Where
from streaming.check import check
from streaming.check_archived import Archives
from streaming.findings import Finding
from streaming.moving import Mover
from streaming.recovery import recover
from streaming.shelf import Cache, Shelf
from tests.footage_archive import NOW, SITTING, Archive, furnished
from voting.entries import Clerk, FootageSealed
from voting.footage import Coverage, hold
from voting.ledger import read

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

LATER = datetime(2022, 11, 23, 9, tzinfo=UTC)  # five years and a day


@dataclass
class Moved:
    """A sealed sitting all of whose segments were moved to a folder."""

    footage: Archive
    far: Place
    folder: Path
    cache: Cache

    @property
    def archives(self) -> Mapping[str, Place]:
        return {"far": self.far}

    async def move(self) -> int:
        rows = await moving.movable(self.footage.conn, NOW)
        return (await Mover(self.footage.conn, self.footage.recordings, self.far).move(rows, lambda _: None)).done

    async def prove(self, *, whole: bool = False) -> list[Finding]:
        known = Archives(self.archives, whole)
        return await check_sitting(self.footage.conn, self.footage.recordings, SITTING, NOW, known)

    async def faults(self, *, whole: bool = False) -> list[str]:
        """By both checks, which must agree about objects."""
        known = Archives(self.archives, whole)
        found = await check(self.footage.conn, self.footage.recordings, archives=known)
        faults = [finding.text for finding in found if not finding.ok]
        seals = [finding.text for finding in await self.prove(whole=whole) if not finding.ok]
        assert [text for text in seals if "ledger entry" not in text] == faults
        return seals


@pytest.fixture
async def moved(db: TestDatabase, tmp_path: Path) -> AsyncIterator[Moved]:
    folder = tmp_path / "far"
    folder.mkdir()
    far = Place(Where("far", folder.as_uri(), "rada.example"))
    async with furnished(db, tmp_path / "recordings") as made:
        found = Moved(made, far, folder, Cache(tmp_path / "fetched", 10**9))
        assert await found.move() == 6
        yield found


async def test_check_of_archived_footage_computes_the_seals_and_reads_it_only_when_asked(moved: Moved) -> None:
    summary, *_ = await moved.prove()
    assert summary.ok and "6 segments in 2 runs" in summary.text
    assert summary.advice.startswith("6 lie in an archive, in their size; with --whole each is read.")
    assert await moved.faults() == []
    summary, *_ = await moved.prove(whole=True)
    assert (summary.ok, summary.advice) == (True, "") and "2 seals in the ledger computed again" in summary.text
    seals = [entry.fact for entry in await read(moved.footage.conn, SITTING) if isinstance(entry.fact, FootageSealed)]
    held = hold(list(enumerate(seals)), Coverage(), lambda name: (moved.folder / name).read_bytes())
    assert (held.whole, held.segments, held.altered) == (2, 6, []), "`python -m voting verify --footage` takes it too"
    [first, *_] = await check(moved.footage.conn, moved.footage.recordings, archives=Archives(moved.archives))
    assert first.ok and first.advice == "Of 6 of them, in an archive, only the size was looked at."


async def test_check_finds_what_is_altered_cut_lost_or_strange_in_an_archive(moved: Moved) -> None:
    altered, cut, lost, *_ = moved.footage.segments
    path = moved.folder / altered.path
    path.write_bytes(path.read_bytes()[:-1] + b"\1")
    assert await moved.faults() == [], "of the same size: only reading it tells"
    [text, seal] = await moved.faults(whole=True)
    assert text == f"{altered.path} was altered in archive far: its SHA-256 is not the one recorded."
    assert seal.endswith(f"the files are not those that were sealed. Altered: {altered.path}.")
    (moved.folder / cut.path).write_bytes(b"short")
    (moved.folder / lost.path).unlink()
    stray = path.with_name("000077.m4s")
    stray.write_bytes(b"whose?")
    [short, missing, strange, *_] = await moved.faults()
    assert short == f"{cut.path} in archive far has 5 bytes, {cut.bytes} were recorded."
    assert missing == f"{lost.path} is missing in archive far."
    assert strange == f"{stray.relative_to(moved.folder)} in archive far belongs to no row of the index."


async def test_check_of_an_archive_that_is_away_or_unknown_says_so_once(moved: Moved) -> None:
    moved.folder.rename(moved.folder.with_name("pulled"))
    [away, *rest] = await moved.faults()
    assert away.endswith("far is not its place, or not mounted: what lies there was not looked at.")
    assert all("the seal cannot be computed" in text for text in rest)
    findings = await check(moved.footage.conn, moved.footage.recordings)
    [unknown] = [finding.text for finding in findings if not finding.ok]
    assert unknown == "Archive far is not in council.toml: what lies there was not looked at."


async def test_check_says_what_a_move_that_was_broken_off_left(moved: Moved) -> None:
    first, second, *_ = moved.footage.segments
    shutil.copy(moved.folder / first.path, moved.footage.recordings / first.path)
    shutil.copy(moved.folder / second.path, moved.footage.recordings / second.path)
    await moved.footage.conn.execute("update segment set archived_at = null where path = $1", second.path)
    findings = await check(moved.footage.conn, moved.footage.recordings, archives=Archives(moved.archives))
    assert all(finding.ok for finding in findings)
    told = {finding.text for finding in findings if finding.advice.startswith("Run: council footage move.")}
    assert told == {
        f"Run {first.run_id}: 1 segments lie in an archive, and on the disk as well.",
        f"Run {first.run_id}: 1 segments were on their way to an archive.",
    }


async def test_index_and_disk_that_were_lost_are_made_again_from_the_archive(moved: Moved, db: TestDatabase) -> None:
    conn, recordings = moved.footage.conn, moved.footage.recordings

    async def told() -> Any:
        rows = await conn.fetch("select s.*, r.* from segment s join run r on r.id = s.run_id order by r.id, s.n")
        return [{name: value for name, value in row.items() if name != "archived_at"} for row in rows]

    before = await told()
    kept = {path.relative_to(recordings): path.read_bytes() for path in recordings.rglob("*") if path.is_file()}
    await conn.execute("truncate run, segment cascade")
    shutil.rmtree(recordings)
    record, hall = await db.database("record").connect(), await db.database("hall").connect()
    found = await recover(record, hall, recordings, moved.far)
    assert (found.runs, found.records, found.segments, found.faults) == (2, 6, 6, [])
    again = await recover(record, hall, recordings, moved.far)
    assert (again.runs, again.records, again.segments, again.faults) == (0, 0, 0, [])
    assert await told() == before
    assert {path.relative_to(recordings): path.read_bytes() for path in recordings.rglob("*") if path.is_file()} == kept
    assert await moved.faults(whole=True) == []
    await record.close()
    await hall.close()


async def test_recovery_leaves_what_lies_on_the_disk_and_names_what_it_cannot_use(
    moved: Moved, db: TestDatabase
) -> None:
    first, second, _, other, *_ = moved.footage.segments
    conn, recordings = moved.footage.conn, moved.footage.recordings
    await conn.execute("update segment set archive = null, archived_at = null")
    shutil.copy(moved.folder / first.path, recordings / first.path)
    (moved.folder / second.path).write_bytes(b"short")
    shutil.rmtree((recordings / other.path).parent)
    strange = "hall-1/hall-1-20990101T000000000Z"
    shutil.copytree((moved.folder / other.path).parent, moved.folder / strange)
    init = (moved.folder / other.path).with_name("init.mp4")
    init.write_bytes(init.read_bytes()[:-1] + b"\1")
    record, hall = await db.database("record").connect(), await db.database("hall").connect()
    found = await recover(record, hall, recordings, moved.far)
    assert (found.runs, found.segments) == (0, 1)
    assert sorted(found.faults) == [
        f"{Path(second.path)} in archive far has 5 bytes, {second.bytes} were recorded",
        f"{Path(other.path).parent}: the init segment in the archive is not the one of its journal",
        f"{strange}: the journal in the archive tells of another run",
    ]
    assert not (recordings / strange / "journal.jsonl").exists()
    assert not (recordings / other.path).parent.joinpath("journal.jsonl").exists()
    await record.close()
    await hall.close()


async def test_deletion_past_the_term_takes_the_objects_and_what_was_fetched_of_them(moved: Moved) -> None:
    conn, recordings = moved.footage.conn, moved.footage.recordings
    shelf = Shelf(recordings, moved.archives, moved.cache)
    for piece in await index.pieces(conn, moved.footage.segments):
        await shelf.file(piece)
    assert len(list(moved.cache.folder.iterdir())) == 3, "both runs are the same film"
    planned = await plan(conn, SITTING, LATER)
    fact = deleted(planned.rows, LATER, "act", "строк минув", planned.lock, Clerk("maria", "Марія"))
    await moved.footage.ledger.append([(SITTING, fact)], LATER)
    await remove_files(conn, recordings)
    assert len(list(moved.folder.rglob("*.m4s"))) == 6
    left = [one.text for one in await check(conn, recordings, archives=Archives(moved.archives)) if not one.ok]
    assert [text[-47:] for text in left] == ["3 deleted segments may still lie in an archive."] * 2
    assert await moving.clear(conn, recordings, moved.archives, moved.cache) == (6, [])
    assert list(moved.folder.rglob("*.m4s")) == [] and list(moved.cache.folder.iterdir()) == []
    assert await moving.clear(conn, recordings, moved.archives, moved.cache) == (0, [])
    assert await moved.faults() == [] and await derive.differences(conn) == []


async def test_full_disk_never_takes_what_lies_in_an_archive(
    moved: Moved, db: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    await moved.footage.conn.execute("update sitting_summary set mode = 'training'")  # under no lock
    pool = await db.database("hall").pool(1, 1)
    keeper = DiskKeeper(pool, moved.footage.ledger, Clock(), moved.footage.recordings, lambda: False)
    assert not await keeper.make_room()
    await moved.footage.film(40, "stopped")
    assert await keeper.make_room()
    left = await moved.footage.conn.fetch("select archive from segment where deleted_at is null")
    assert [row["archive"] for row in left] == ["far"] * 6
    await pool.close()


@pytest.mark.parametrize(
    ("role", "change"),
    [
        ("public", "archive = 'near', archived_at = now()"),
        ("record", "archive = 'near', archived_at = now()"),
        ("hall", "path = 'elsewhere'"),
        ("hall", "sha256 = ''"),
    ],
)
async def test_where_footage_lies_is_said_by_the_hall_alone_and_what_it_is_by_nobody(
    moved: Moved, db: TestDatabase, role: Any, change: str
) -> None:
    conn = await db.database(role).connect()
    try:
        await conn.execute("set default_transaction_read_only = off")  # the role alone must hold
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(f"update segment set {change}")
    finally:
        await conn.close()
