"""A sitting's footage proved on the server: one byte altered is found and named, with the index or behind its back."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from council.footage_check import check_sealed, check_sitting
from streaming import index
from tests.footage_archive import NOW, OPENED, SITTING, Archive, furnished
from tests.streaming.conftest import write_run

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


@pytest.fixture
async def archive(db: TestDatabase, tmp_path: Path) -> AsyncIterator[Archive]:
    async with furnished(db, tmp_path) as made:
        yield made


async def faults(archive: Archive) -> list[str]:
    findings = await check_sitting(archive.conn, archive.recordings, SITTING, NOW)
    assert all(finding.advice for finding in findings if not finding.ok)
    return [finding.text for finding in findings if not finding.ok]


async def test_check_of_whole_footage_computes_the_seals_and_tells_the_gaps(archive: Archive) -> None:
    findings = await check_sitting(archive.conn, archive.recordings, SITTING, NOW)
    assert all(finding.ok for finding in findings)
    summary, *gaps = [finding.text for finding in findings]
    assert summary.startswith("Camera hall-1: 6 segments in 2 runs, 0.2 min, ")
    assert summary.endswith(" as recorded; 2 seals in the ledger computed again from the files.")
    assert gaps == [
        "Camera hall-1: 5.2 s missing after 2017-11-22 10:00:04Z (dropped).",
        "Camera hall-1: recording ended 5.2 s before the sitting was closed (stopped).",
    ]


async def test_check_of_one_altered_byte_names_the_file_and_the_seal(archive: Archive) -> None:
    altered = archive.segments[4]
    archive.alter(altered)
    assert await faults(archive) == [
        f"{altered.path} was altered: its SHA-256 is not the one recorded.",
        "Camera hall-1, 2017-11-22T10:00:10.000Z to 2017-11-22T10:00:14.800Z (ledger entry 3): the files are not those "
        f"that were sealed. Altered: {altered.path}.",
    ]


async def test_check_of_a_file_altered_with_its_row_and_journal_is_caught_by_the_seal(archive: Archive) -> None:
    """Who can write disk and database leaves no trace there; the ledger knows."""
    altered = archive.segments[1]
    sha256 = archive.alter(altered)
    await archive.conn.execute("update segment set sha256 = $1 where path = $2", sha256, altered.path)
    journal = (archive.recordings / altered.path).with_name("journal.jsonl")
    journal.write_text(journal.read_text().replace(altered.sha256, sha256))
    [text] = await faults(archive)
    assert "the files are not those that were sealed. The index was altered too: it is one of" in text
    assert text.endswith(f"{altered.run_id}/000000.m4s to 000002.m4s.")


async def test_check_of_a_missing_file_says_that_its_seal_cannot_be_computed(archive: Archive) -> None:
    gone = archive.segments[0]
    (archive.recordings / gone.path).unlink()
    missing, seal = await faults(archive)
    assert missing == f"{gone.path} is missing."
    assert seal.endswith(f"the seal cannot be computed without {gone.path}.")


async def test_check_of_footage_that_was_never_sealed_says_so(archive: Archive) -> None:
    await archive.film(20, "stopped")
    assert await faults(archive) == ["Camera hall-1: 3 segments from 10:00:20Z on are in no seal."]
    findings = await check_sitting(archive.conn, archive.recordings, SITTING, OPENED + timedelta(seconds=60))
    assert [finding.text for finding in findings if "still to be sealed" in finding.text] == [
        "Camera hall-1: 3 segments of the last minutes are still to be sealed."
    ]


async def test_check_leaves_out_what_another_halls_camera_filmed_at_that_time(archive: Archive) -> None:
    await archive.conn.execute(
        """insert into body (id, municipality, name, seats, profile, locale, timezone)
           values ('other', 'Місто', 'Комісія', 1, 'ua', 'uk', 'Europe/Kyiv')"""
    )
    for record in write_run(archive.recordings, "hall-2", OPENED, reason="stopped"):
        await index.insert(archive.conn, record)
    assert await faults(archive) == ["Camera hall-2: 3 segments from 10:00:00Z on are in no seal."]
    await archive.conn.execute("insert into camera values ('hall-2', 'other')")
    assert await faults(archive) == []
    await archive.conn.execute("insert into camera values ('hall-1', 'other')")  # it was moved there afterwards
    archive.alter(archive.segments[0])
    assert len(await faults(archive)) == 2


async def test_check_of_an_altered_run_file_and_of_no_sitting_are_named(archive: Archive) -> None:
    first = archive.segments[0].run_id
    init = archive.recordings / "hall-1" / first / "init.mp4"
    init.write_bytes(init.read_bytes()[:-1] + b"\1")
    assert any(
        text.endswith(f"hall-1/{first}/init.mp4 is not the file that was sealed.") for text in await faults(archive)
    )
    [finding] = await check_sitting(archive.conn, archive.recordings, "rada-9", NOW)
    assert (finding.ok, finding.text) == (False, "There is no sitting rada-9.")


async def test_check_of_footage_hidden_without_an_act_names_it(archive: Archive) -> None:
    """Who can write the database could make footage unseen by marking it as deleted."""
    run = archive.segments[0].run_id
    await archive.conn.execute("update segment set deleted_at = now() where run_id = $1 and n > 0", run)
    first, *_ = await faults(archive)
    assert first == f"Run {run}: 2 segments from 1 on are marked as deleted by no act."


@pytest.mark.parametrize("left", ["files", "nothing"])
async def test_check_of_a_run_that_the_index_has_lost_is_told_by_its_seal(archive: Archive, left: str) -> None:
    """Who can write disk and database could make as if a camera had never filmed."""
    run = archive.segments[-1].run_id
    await archive.conn.execute("delete from segment where run_id = $1", run)
    await archive.conn.execute("delete from run where id = $1", run)
    if left == "nothing":
        shutil.rmtree(archive.recordings / "hall-1" / run)
    found = await faults(archive)
    assert found == [
        f"Run {run}: 3 segments, 2017-11-22T10:00:10.000Z to 2017-11-22T10:00:14.800Z, are sealed (ledger entry 3), "
        "and not in the index."
    ]
    assert [finding.text for finding in await check_sealed(archive.conn)] == found


async def test_check_of_a_sitting_that_the_index_has_lost_altogether_is_told_by_its_seals(archive: Archive) -> None:
    await archive.conn.execute("delete from segment")
    await archive.conn.execute("delete from run")
    assert len(await faults(archive)) == 2
