"""Seals of footage: their roots by hand, what the fold and the audit make of them, files held against them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.voting.states import folded, require_refused
from voting.__main__ import main
from voting.entries import Clerk, Entry, SittingClosed
from voting.footage import seal_root
from voting.footage_facts import (
    FilmingPaused,
    FilmingResumed,
    FootageDeleted,
    FootagePart,
    FootageReleased,
    FootageSealed,
    FootageWithheld,
)
from voting.report import Report
from voting.verify import verify

RUN = "hall-1-20171122T081700000Z"
FILES = [b"first", b"second", b"third"]
INIT = b"parameters"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def seal(first: int = 0, files: Sequence[bytes] = FILES, run: str = RUN) -> FootageSealed:
    root = seal_root(run, first, [sha256(data) for data in files]).hex()
    start, end = "2017-11-22T08:17:00.000Z", "2017-11-22T08:17:06.000Z"
    return FootageSealed(end, "hall-1", run, first, len(files), start, end, sha256(INIT), root)


def test_root_of_a_seal_is_what_the_readme_tells_an_outsider_to_compute() -> None:
    leaves = [
        hashlib.sha256(b"\x00hlasno/segment/1\n" + f"{RUN}\n{n}\n{sha256(data)}".encode()).digest()
        for n, data in enumerate(FILES, 7)
    ]
    two = hashlib.sha256(b"\x01" + leaves[0] + leaves[1]).digest()
    assert seal_root(RUN, 7, [sha256(data) for data in FILES]) == hashlib.sha256(b"\x01" + two + leaves[2]).digest()


def test_fold_takes_seals_in_any_order_and_after_the_closing(town: Any) -> None:
    late, early = seal(3), seal(0)
    record = folded(town, late, SittingClosed(town.at), early, start=4)
    assert [(sealed.seq, sealed.fact) for sealed in record.seals] == [(5, late), (7, early)]
    assert record.sealed.runs == {RUN: [range(3), range(3, 6)]}


@pytest.mark.parametrize("first", [0, 1, 2, 3, 4])
def test_fold_of_a_segment_sealed_twice_is_refused(town: Any, first: int) -> None:
    require_refused(
        town, [town.opened(), seal(2), seal(first)], f"segment {max(2, first)} of run {RUN} is sealed twice"
    )


@pytest.mark.parametrize("camera", ["hall-2", "hall", "../hall-1"])
def test_fold_of_a_run_of_another_camera_is_refused(town: Any, camera: str) -> None:
    require_refused(town, [town.opened(), replace(seal(), camera=camera)], f"run {RUN} is none of camera {camera}")


def test_fold_of_a_run_that_leaves_the_folder_is_refused(town: Any) -> None:
    other = replace(seal(), run="hall-1-../../etc")
    require_refused(town, [town.opened(), other], "run hall-1-../../etc is none of camera hall-1")


def test_fold_of_footage_that_ends_before_it_begins_is_refused(town: Any) -> None:
    require_refused(town, [town.opened(), replace(seal(), to="2017-11-22T08:16:59.999Z")], "ends before it begins")


def audit(town: Any, *seals: FootageSealed) -> Report:
    return verify(io.BytesIO(town.export(town.entries(town.opened(), *seals))))


def test_verify_counts_seals_and_says_that_files_are_elsewhere(town: Any) -> None:
    report = audit(town, seal(0), seal(3))
    words = "\n".join(report.sentences())
    assert report.code == 0
    assert "2 seal(s) of footage cover 6 segments, none of them twice." in words
    assert "If you have them, add --footage FOLDER." in words


def test_verify_of_a_segment_sealed_in_two_sittings_is_caught(town: Any) -> None:
    other = town.entries(town.opened(), seal(1), sitting="other-2017-11-23", start=2)
    report = verify(io.BytesIO(town.export([*town.entries(town.opened(), seal(0)), *other])))
    assert [str(problem) for problem in report.problems] == [f"line 5: segment 1 of run {RUN} is sealed twice"]


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "hall-1" / RUN
    folder.mkdir(parents=True)
    (folder / "init.mp4").write_bytes(INIT)
    for n, data in enumerate(FILES):
        (folder / f"{n:06}.m4s").write_bytes(data)
    return tmp_path


def test_command_with_files_recomputes_the_seals_from_them(
    town: Any, recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = recordings / "export.jsonl"
    export.write_bytes(town.export(town.entries(town.opened(), seal(0), seal(3))))
    command = ["verify", str(export), "--footage", str(recordings)]
    assert main(command) == 0
    words = capsys.readouterr().out
    assert "The files you gave have the roots of 1 seal(s): 3 segments." in words
    assert "1 seal(s) of footage: not all of their files are in the folder you gave." in words
    (recordings / "hall-1" / RUN / "000001.m4s").write_bytes(b"sEcond")
    assert main(command) == 1
    words = capsys.readouterr().out
    assert f"line 3: the footage of camera hall-1 from 2017-11-22T08:17:00.000Z to {seal().to}" in words
    assert f"one of hall-1/{RUN}, segments 0 to 2, was altered" in words
    (recordings / "hall-1" / RUN / "init.mp4").write_bytes(b"other parameters")
    assert main(command) == 1
    assert f"hall-1/{RUN}/init.mp4 is not the one that was sealed" in capsys.readouterr().out


def deleted(first: int = 0, count: int = 3, **changes: Any) -> FootageDeleted:
    parts = (FootagePart("hall-1", RUN, first, count),)
    plain = FootageDeleted(
        "2022-11-23T08:00:00.000Z", "act", parts, "строк минув", "2022-11-22", "Закон № 3590-IX", Clerk("a", "Аліна")
    )
    return replace(plain, **changes)


def test_fold_of_deleted_footage_needs_a_closed_sitting_and_deletes_nothing_twice(town: Any) -> None:
    closed = SittingClosed(town.at)
    record = folded(town, seal(0), closed, deleted(0, 2), deleted(2, 1))
    assert [(gone.seq, gone.fact) for gone in record.deletions] == [(3, deleted(0, 2)), (4, deleted(2, 1))]
    require_refused(town, [town.opened(), deleted()], "FootageDeleted before the sitting was closed")
    twice = replace(deleted(5, 1), parts=(*deleted(5, 1).parts, *deleted(1, 1).parts))
    facts = [town.opened(), closed, deleted(0, 2), twice]
    require_refused(town, facts, f"segment 1 of run {RUN} is deleted twice")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"kept_until": None, "source": None, "by": None, "cause": "disk_full"}, ""),
        ({"kept_until": "2022-11-23"}, "had to be kept until 2022-11-23 (Закон № 3590-IX)"),
        ({"at": "2022-11-22T22:00:00.000Z"}, ""),  # midnight in Kyiv: the day is over
        ({"at": "2022-11-22T21:59:59.999Z"}, "had to be kept until 2022-11-22"),
        ({"reason": " "}, "footage was deleted without a reason"),
    ],
)
def test_verify_of_deleted_footage_looks_at_day_and_reason(town: Any, changes: dict[str, Any], words: str) -> None:
    facts = [town.opened(), seal(), SittingClosed(town.at), deleted(**changes)]
    report = verify(io.BytesIO(town.export(town.entries(*facts))))
    assert words in "\n".join(str(problem) for problem in report.problems)
    assert report.code == bool(words)
    if not words:
        assert "3 segments of footage were deleted, none before the day" in "\n".join(report.sentences())
        report.hold_footage(lambda name: None)
        assert report.footage is not None and (report.footage.deleted, report.footage.missing) == (1, 0)


def test_verify_of_footage_of_no_sitting_is_read_too(town: Any) -> None:
    entries = [Entry(0, None, town.at, deleted(0, 3)), Entry(1, None, town.at, deleted(2, 1))]
    report = verify(io.BytesIO(town.export(entries)))
    assert [str(problem) for problem in report.problems] == [f"line 3: segment 2 of run {RUN} is deleted twice"]


def test_fold_of_a_withheld_recording_is_released_once_after_the_closing(town: Any) -> None:
    withheld, closed = FootageWithheld(town.at), SittingClosed(town.at)
    released = FootageReleased("2017-11-23T08:00:00.000Z", Clerk("a", "Аліна"))
    assert folded(town, withheld, closed).withheld
    record = folded(town, withheld, closed, released)
    assert (record.withheld, record.released_at) == (False, released.at)
    opened = town.opened()
    require_refused(town, [opened, town.called("1"), withheld], "FootageWithheld later than with the opening")
    require_refused(town, [opened, withheld, released], "FootageReleased before the sitting was closed")
    require_refused(town, [opened, withheld, closed, released, released], "a recording that is not withheld")
    require_refused(town, [opened, closed, released], "FootageReleased of a recording that is not withheld")


# --- closed parts -----------------------------------------------------------------------------------------------------

CLERK = Clerk("maria", "Марія Левченко")
PAUSED = FilmingPaused(
    "2017-11-22T08:17:06.000Z", "2017-11-22T08:17:02.000Z", None, "таємне голосування", "ст. 59 ч. 3", CLERK
)
RESUMED = FilmingResumed("2017-11-22T08:20:00.000Z", CLERK)


def test_fold_of_a_closed_part_ends_with_the_resuming_or_with_the_closing(town: Any) -> None:
    record = folded(town, PAUSED, RESUMED, replace(PAUSED, reason="персональні дані"))
    assert [(part.fact.reason, part.ended_at) for part in record.closed_parts] == [
        ("таємне голосування", RESUMED.at),
        ("персональні дані", None),
    ]
    assert record.closed_part is record.closed_parts[1]
    closed = folded(town, PAUSED, SittingClosed(town.at))
    assert closed.closed_part is None
    assert [(part.ended_at, part.resumed) for part in closed.closed_parts] == [(town.at, None)]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ([RESUMED], "FilmingResumed while filming is not paused"),
        ([PAUSED, PAUSED], "FilmingPaused while filming is paused"),
        ([replace(PAUSED, since="2017-11-22T08:17:06.001Z")], "FilmingPaused since a later moment"),
        ([replace(PAUSED, reason=" ")], "FilmingPaused without a reason"),
        ([SittingClosed(PAUSED.at), PAUSED], "FilmingPaused after the sitting was closed"),
    ],
)
def test_fold_of_an_impossible_pause_is_refused(town: Any, facts: list[Any], words: str) -> None:
    require_refused(town, [town.opened(), *facts], words)


def test_verify_counts_closed_parts_and_the_seals_that_reach_into_one(town: Any) -> None:
    whole = seal(0)  # ends with the moment of the pause
    over = replace(seal(3), to="2017-11-22T08:17:06.001Z")
    report = verify(io.BytesIO(town.export(town.entries(town.opened(), PAUSED, whole, over, RESUMED))))
    words = "\n".join(report.sentences())
    assert report.problems == []
    assert "1 closed part(s): filming was paused" in words
    assert "1 of them reach into a closed part" in words
