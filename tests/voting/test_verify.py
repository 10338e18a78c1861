"""The audit: an intact export passes, one altered anywhere does not, and a ledger that counts wrongly is found out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import voting
from voting import canonical
from voting.checkpoint import Signer
from voting.entries import (
    Base,
    Entry,
    Imported,
    MemberArrived,
    Option,
    Result,
    RollEntry,
    Source,
    VoteClosed,
    VoteOpened,
    encode,
)
from voting.errors import BadNote
from voting.export import export_lines
from voting.tally import count
from voting.verify import Report, verify

OPENED_AT, CLOSED_AT = 21, 22  # the second vote in Town.installed()


def check(data: bytes, key: str | None = None) -> Report:
    return verify(io.BytesIO(data), key)


@pytest.fixture(scope="module")
def export(town: Any) -> bytes:
    return bytes(town.export(town.installed()))


def test_verify_of_an_intact_export_says_what_was_checked_and_what_was_not(town: Any, export: bytes) -> None:
    report = check(export)
    assert (report.code, report.problems, report.newer) == (0, [], [])
    assert (report.entries, report.sittings, report.votes) == (25, 1, 2)
    words = "\n".join(report.sentences())
    assert words.startswith("INTACT: the ledger of town.example/ledger, 25 entries, 2 votes")
    assert report.root.hex() in words
    assert "fits the key inside the file" in words
    assert f"Compare it with the one the council prints, or give that with --key:\n    {town.signer.vkey}" in words


def test_verify_with_the_printed_key_no_longer_asks_for_it(town: Any, export: bytes) -> None:
    report = check(export, town.signer.vkey)
    assert report.code == 0
    words = "\n".join(report.sentences())
    assert "signed with the key you gave" in words
    assert "Whose key" not in words


def test_verify_with_another_key_is_caught(export: bytes) -> None:
    report = check(export, Signer("town.example/ledger", bytes(32)).vkey)
    assert report.code == 1
    assert str(report.problems[0]).startswith("line 1: the file names another key than the one you gave")
    with pytest.raises(BadNote):
        check(export, "nonsense")


def test_verify_of_an_empty_ledger_is_intact(town: Any) -> None:
    report = check(town.export([]))
    assert (report.code, report.entries) == (0, 0)


# --- every byte -------------------------------------------------------------------------------------------------


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_verify_with_any_byte_altered_inserted_or_deleted_is_caught(export: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(export)))
    removed = data.draw(st.integers(0, 1))
    added = data.draw(st.binary(max_size=1))
    altered = export[:place] + added + export[place + removed :]
    if altered != export:
        assert check(altered).code != 0


def test_verify_with_each_byte_of_head_and_checkpoint_altered_is_caught(export: bytes) -> None:
    lines = export.splitlines(keepends=True)
    places = [*range(len(lines[0])), *range(len(export) - len(lines[-1]), len(export))]
    for place in places:
        altered = bytearray(export)
        altered[place] ^= 1
        assert check(bytes(altered)).code != 0, place


@pytest.mark.parametrize("size", [0, 1, 100])
def test_verify_of_a_file_cut_short_is_caught(export: bytes, size: int) -> None:
    for cut in (export[:size], export[: len(export) - size - 1]):
        assert check(cut).code == 1


@pytest.mark.parametrize("end", [b"\n", b" ", b"{}\n", b"\x00", b"\r\n"])
def test_verify_with_anything_after_the_end_is_caught(export: bytes, end: bytes) -> None:
    assert check(export + end).code == 1


def test_verify_with_lines_left_out_doubled_or_swapped_names_the_place(export: bytes) -> None:
    lines = export.splitlines(keepends=True)
    for place in range(1, len(lines) - 1):
        without = verify(lines[:place] + lines[place + 1 :])
        doubled = verify(lines[: place + 1] + lines[place:])
        assert (without.code, doubled.code) == (1, 1)
        assert any(problem.line in (place + 1, len(lines) - 1) for problem in without.problems)
        assert doubled.problems[0].line == place + 2
    swapped = [lines[0], lines[2], lines[1], *lines[3:]]
    assert "seq: entry 0 is expected here, this is entry 1" in str(verify(swapped).problems[0])


def test_verify_of_a_changed_vote_names_line_and_vote(export: bytes) -> None:
    lines = export.splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if b'"kind":"VoteClosed"' in line)
    lines[place] = lines[place].replace(b'"option":"for"', b'"option":"abstain"', 1)
    report = verify(lines)
    assert str(report.problems[0]) == f"line {place + 1}: vote 1: the tally is not that of the roll: for 5, counted 4"
    assert "do not give the signed root hash" in str(report.problems[-1])


def test_verify_of_a_name_changed_says_that_the_root_does_not_fit(export: bytes) -> None:
    report = check(export.replace("Прізвище3".encode(), "Прізвище9".encode()))
    (problem,) = report.problems
    assert problem.line == 27
    assert "at least one of them was altered" in problem.text


# --- a hall that counts wrongly, and signs it -------------------------------------------------------------------


def forge(town: Any, changes: dict[int, Callable[[Any], Any]]) -> Report:
    """Town's sitting with facts changed by whoever holds the key."""
    entries: list[Entry] = town.installed()
    for seq, change in changes.items():
        entries[seq] = replace(entries[seq], fact=change(entries[seq].fact))
    return check(town.export(entries))


def with_line(closed: VoteClosed, place: int, recount: bool = True, **changes: Any) -> VoteClosed:
    roll = list(closed.roll)
    roll[place] = replace(roll[place], **changes)
    return replace(closed, roll=tuple(roll), tally=count(roll) if recount else closed.tally)


def requirement(opened: VoteOpened, **changes: Any) -> VoteOpened:
    return replace(opened, requirement=replace(opened.requirement, **changes))


WRONG: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "the tally is not that of the roll: for 3, counted 4": (
        CLOSED_AT,
        lambda closed: with_line(closed, 6, recount=False, option=Option.FOR),
    ),
    "the result is adopted; the roll and the requirement make it rejected": (
        CLOSED_AT,
        lambda closed: replace(closed, result=Result.ADOPTED),
    ),
    "the result is no_quorum; the roll and the requirement make it rejected": (
        CLOSED_AT,
        lambda closed: replace(closed, result=Result.NO_QUORUM),
    ),
    "1001 is counted as against and was not entitled": (
        CLOSED_AT,
        lambda closed: with_line(closed, 0, option=Option.AGAINST, boot="a", n=1, recorded_at=closed.at),
    ),
    "1003 is counted as against and was not entitled": (
        CLOSED_AT,
        lambda closed: with_line(closed, 2, option=Option.AGAINST, boot="a", n=1, recorded_at=closed.at),
    ),
    "1003 is absent; the roll at opening makes that no_record": (
        CLOSED_AT,
        lambda closed: with_line(closed, 2, option=Option.ABSENT),
    ),
    "1004 is absent; the roll at opening makes that not_voting": (
        CLOSED_AT,
        lambda closed: with_line(closed, 3, option=Option.ABSENT, boot=None, n=None, recorded_at=None),
    ),
    "1004 is counted as abstain without a press": (CLOSED_AT, lambda closed: with_line(closed, 3, boot=None)),
    "1001 is absent and has a press all the same": (CLOSED_AT, lambda closed: with_line(closed, 0, n=4)),
    "the cause of closing is import, the sitting was not imported": (
        CLOSED_AT,
        lambda closed: replace(closed, cause="import"),
    ),
    "the hash of the motion is not that of its text": (
        OPENED_AT,
        lambda opened: replace(opened, motion="Затвердити дещо інше"),
    ),
    "the members on its roll are not those who arrived": (
        OPENED_AT,
        lambda opened: replace(opened, present=opened.present[:-1], entitled=opened.entitled[:-1]),
    ),
    "the entitled members are not those on its roll": (
        OPENED_AT,
        lambda opened: replace(opened, entitled=opened.entitled[:-1]),
    ),
    "the members present are not in the sitting's order": (
        OPENED_AT,
        lambda opened: replace(opened, present=opened.present[::-1], entitled=opened.entitled[::-1]),
    ),
    "it says that 3 votes for suffice; its requirement makes that 4": (
        OPENED_AT,
        lambda opened: requirement(opened, needed=3),
    ),
    "it counts from 5 seats, the sitting has 7": (OPENED_AT, lambda opened: requirement(opened, seats=5, needed=3)),
    "its quorum is 2, the sitting's 4": (OPENED_AT, lambda opened: requirement(opened, quorum=2)),
    "more than 3/2 of 7 decides no vote": (OPENED_AT, lambda opened: requirement(opened, numerator=3)),
    "it says that 4 votes for suffice; its requirement makes that 3": (
        OPENED_AT,
        lambda opened: requirement(opened, base=Base.PRESENT, denominator=3),
    ),
}


@pytest.mark.parametrize("words", WRONG)
def test_verify_of_a_signed_but_wrong_vote_finds_it_by_counting_anew(town: Any, words: str) -> None:
    seq, change = WRONG[words]
    report = forge(town, {seq: change})
    assert report.code == 1
    assert f"line {seq + 2}: vote 2: {words}" in "\n".join(map(str, report.problems))
    assert not any("root hash" in problem.text for problem in report.problems)


@pytest.mark.parametrize(
    ("base", "denominator", "needed"),
    [(Base.SEATS, 2, 4), (Base.IN_OFFICE, 2, 4), (Base.PRESENT, 3, 3), (Base.CAST, 2, 4)],
)
def test_verify_of_each_base_counts_from_it(town: Any, base: Base, denominator: int, needed: int) -> None:
    """Of 7 seats, 7 in office, 6 present; 3 for, 1 against: adopted by the last two."""
    result = Result.REJECTED if base in (Base.SEATS, Base.IN_OFFICE) else Result.ADOPTED
    report = forge(
        town,
        {
            OPENED_AT: lambda opened: requirement(opened, base=base, denominator=denominator, needed=needed),
            CLOSED_AT: lambda closed: replace(closed, result=result),
        },
    )
    assert report.problems == []


def test_verify_of_an_impossible_sequence_names_the_line_and_goes_on_with_other_sittings(town: Any) -> None:
    broken = town.entries(town.opened(), *town.arrived("1001", "1001", "1002"))
    other = town.entries(town.opened(), town.vote(present=()), sitting="other-2017", start=4)
    report = check(town.export([*broken, *other]))
    assert [str(problem) for problem in report.problems] == ["line 4: 1001 arrived while present"]
    assert report.sittings == 2


def imported(town: Any) -> list[Entry]:
    """A sitting taken over from a document: one member stood aside, no arrivals, no presses."""
    source = Source("Рада", "ab" * 32)
    opened = replace(town.vote(recused=("1002",), no_record=("1007",)), at=None)
    event = town.closed(opened, {"1001": Option.FOR, "1003": Option.AGAINST})
    roll = tuple(RollEntry(line.member, line.option) for line in event.roll)
    closed = replace(event, cause="import", roll=roll)
    return list(
        town.entries(replace(town.opened(), at=None, imported=source), opened, closed, Imported(town.at, source, 1, 0))
    )


def test_verify_of_an_imported_sitting_needs_no_arrivals_and_no_presses(town: Any) -> None:
    entries = imported(town)
    report = check(town.export(entries))
    assert (report.problems, report.votes) == ([], 1)
    assert entries[2].fact.tally.recused == 1  # type: ignore[union-attr]


def test_verify_of_an_imported_vote_with_a_press_is_caught(town: Any) -> None:
    entries = imported(town)
    entries[2] = replace(entries[2], fact=with_line(entries[2].fact, 0, n=1))  # type: ignore[arg-type]
    assert "1001 is for and has a press all the same" in str(check(town.export(entries)).problems)


# --- newer than this program ------------------------------------------------------------------------------------


def test_verify_of_a_newer_entry_is_not_judged_but_still_linked(town: Any) -> None:
    bodies = [encode(entry) for entry in town.installed()]
    newer = json.loads(bodies[10]) | {"v": 2, "kind": "MemberTeleported"}
    bodies[10] = canonical.encode(newer)
    data = town.export_bodies(bodies)
    report = check(data)
    assert (report.code, report.problems) == (2, [])
    assert "line 12: MemberTeleported of version 2" in "\n".join(report.sentences())
    assert check(data.replace(b"1007", b"1008")).code == 1


def test_verify_of_a_newer_format_is_not_judged(export: bytes) -> None:
    report = check(export.replace(b'"export":1', b'"export":2', 1))
    assert report.code == 2
    assert "the file has format 2" in "\n".join(report.sentences())


def test_verify_with_two_signatures_in_the_checkpoint_is_caught(town: Any, export: bytes) -> None:
    witness = Signer("witness.example", bytes(32)).sign(1, bytes(32)).splitlines(keepends=True)[-1]
    *lines, last = export.splitlines()
    note = json.loads(last)["checkpoint"] + witness
    forged = b"".join(export_lines(lines[1:], note, town.signer.origin, town.signer.vkey))
    assert "more than one signature" in str(check(forged).problems)


def test_sentences_of_a_file_full_of_faults_stay_short(export: bytes) -> None:
    lines = export.splitlines(keepends=True)
    report = verify([lines[0], *[b"{}\n"] * 100, lines[-1]])
    sentences = list(report.sentences())
    assert sentences[0] == "ALTERED OR DAMAGED: 101 problem(s)."
    assert sentences[-1] == "  and 81 more"
    assert len(sentences) == 22


# --- the command ------------------------------------------------------------------------------------------------

ALONE = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
try:
    runpy.run_module("voting", run_name="__main__", alter_sys=True)
finally:
    foreign = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names - {"voting", "__main__"}
    assert not foreign, foreign
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """As an outsider runs it: no packages installed, only this folder."""
    folder = str(Path(voting.__file__).parent.parent)
    command = [sys.executable, "-I", "-S", "-B", "-c", ALONE, folder, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


def test_command_on_bare_python_ends_with_0_1_and_2(town: Any, export: bytes, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(export)
    intact = run("verify", str(file), "--key", town.signer.vkey)
    assert (intact.returncode, intact.stderr) == (0, "")
    assert intact.stdout.startswith("INTACT")

    file.write_bytes(export.replace(b"\xd0", b"\xd1", 1))
    altered = run("verify", str(file))
    assert (altered.returncode, altered.stderr) == (1, "")
    assert altered.stdout.startswith("ALTERED OR DAMAGED")

    missing = run("verify", str(tmp_path / "nothing"))
    assert missing.returncode == 2
    assert "cannot be read: No such file" in missing.stderr
    assert run("verify", str(file), "--key", "x").returncode == 2
    assert run("verify").returncode == 2
    assert run().returncode == 2
    assert "/ledger/export.jsonl" in run("verify", "--help").stdout


def test_command_on_a_hostile_file_prints_no_control_characters(town: Any, tmp_path: Path) -> None:
    hostile = MemberArrived(town.at, "\x1b[2J\x1b]0;owned\x07", "terminal")
    file = tmp_path / "export.jsonl"
    file.write_bytes(town.export(town.entries(town.opened(), hostile)))
    answer = run("verify", str(file))
    assert answer.returncode == 1
    assert "is not a member of this sitting" in answer.stdout
    assert "\x1b" not in answer.stdout
