from __future__ import annotations

from typing import Any

import pytest

from streaming.check import Finding, check


async def faults(archive: Any, *, hashes: bool = True) -> list[str]:
    findings = await check(archive.conn, archive.recordings, hashes=hashes)
    assert all(finding.advice for finding in findings if not finding.ok)
    return [finding.text for finding in findings if not finding.ok]


async def test_check_of_nothing_says_so(archive: Any) -> None:
    assert await check(archive.conn, archive.recordings) == [Finding(True, "Nothing is recorded yet.")]


async def test_check_of_whole_footage_counts_it_and_names_gaps(archive: Any) -> None:
    await archive.film(0, reason="dropped")
    await archive.film(60)
    summary, gap = await check(archive.conn, archive.recordings)
    assert summary.ok and summary.text.startswith("Camera hall-1: 2 runs, 6 segments, 9.6 s, ")
    assert (gap.ok, gap.text) == (True, "Camera hall-1: 55.2 s missing after 2017-11-22 10:00:04Z (dropped).")


async def test_check_of_an_altered_byte_names_the_file(archive: Any) -> None:
    _, segment, *_ = await archive.film(0)
    path = archive.recordings / segment.path
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert await faults(archive) == [f"{segment.path} was altered: its SHA-256 is not the one recorded."]
    assert await faults(archive, hashes=False) == []


async def test_check_of_a_missing_file_names_it(archive: Any) -> None:
    run, _, segment, *_ = await archive.film(0)
    (archive.recordings / segment.path).unlink()
    (archive.recordings / run.init_path).unlink()
    assert await faults(archive) == [f"{run.init_path} is missing.", f"{segment.path} is missing."]


async def test_check_of_a_shortened_file_names_both_sizes(archive: Any) -> None:
    _, segment, *_ = await archive.film(0)
    path = archive.recordings / segment.path
    path.write_bytes(path.read_bytes()[:-10])
    assert await faults(archive, hashes=False) == [
        f"{segment.path} has {segment.bytes - 10} bytes, {segment.bytes} were recorded."
    ]


async def test_check_of_a_strange_file_names_it(archive: Any) -> None:
    run, *_ = await archive.film(0)
    (archive.recordings / "hall-1" / run.id / "000009.m4s").write_bytes(b"who put this here")
    assert await faults(archive) == [f"hall-1/{run.id}/000009.m4s belongs to no row of the index."]


async def test_check_of_a_row_lost_from_the_index_says_how_to_bring_it_back(archive: Any) -> None:
    run, *_ = await archive.film(0)
    await archive.conn.execute("delete from segment where n > 0")
    [finding] = [finding for finding in await check(archive.conn, archive.recordings) if not finding.ok]
    assert finding.text == f"Run {run.id}: 2 segments (1 to 2) are on the disk, not in the index."
    assert "council record" in finding.advice
    await archive.conn.execute("delete from segment")
    await archive.conn.execute("delete from run")
    assert await faults(archive) == [f"Run {run.id} is on the disk and not in the index."]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("sha256 = repeat('0', 64)", "the index and the journal differ: segment 1 is told in two ways."),
        (
            "started_at = started_at + interval '1 s'",
            "the index and the journal differ: segment 1 is told in two ways.",
        ),
    ],
)
async def test_check_of_an_altered_row_is_found(archive: Any, change: str, text: str) -> None:
    run, *_ = await archive.film(0)
    await archive.conn.execute(f"update segment set {change} where n = 1")
    assert f"Run {run.id}: {text}" in await faults(archive)


async def test_check_of_an_altered_run_is_found(archive: Any) -> None:
    run, *_ = await archive.film(0)
    await archive.conn.execute("update run set started_at = started_at + interval '1 hour'")
    assert await faults(archive) == [f"Run {run.id}: the index tells its times otherwise than the journal."]


async def test_check_of_a_lost_journal_is_found(archive: Any) -> None:
    run, *_ = await archive.film(0)
    (archive.recordings / "hall-1" / run.id / "journal.jsonl").unlink()
    assert await faults(archive) == [f"Run {run.id} has no journal."]


async def test_check_of_a_spoilt_journal_names_the_line(archive: Any) -> None:
    run, *_ = await archive.film(0)
    path = archive.recordings / "hall-1" / run.id / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'{"v": 1, "segment"', b'{"v": 1, "sediment"', 1))
    assert any(", line 3: not a journal's line" in text for text in await faults(archive))


async def test_check_of_overlapping_runs_names_the_clock(archive: Any) -> None:
    first = await archive.film(0)
    second = await archive.film(2)
    assert await faults(archive) == [f"Camera hall-1: run {second[0].id} begins 2.8 s before {first[0].id} ends."]


@pytest.mark.parametrize(("overlap_s", "found"), [(0.4, False), (0.6, True)])
async def test_check_of_runs_timed_by_arrival_allows_what_the_network_hides(
    archive: Any, overlap_s: float, found: bool
) -> None:
    """The first pictures of a run may all have come late: then it seems to end after the next one began."""
    run, *_ = await archive.film(0)
    await archive.film(4.8 - overlap_s)
    assert len(await faults(archive)) == 1
    path = archive.recordings / "hall-1" / run.id / "journal.jsonl"
    path.write_text(path.read_text().replace("sender_report", "arrival"))
    await archive.conn.execute("update run set clock = 'arrival' where id = $1", run.id)
    assert bool(await faults(archive)) == found
