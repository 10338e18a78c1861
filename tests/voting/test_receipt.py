"""Receipts: what holds, what was altered, and what the roll says to them."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

import voting
from tests import signed_desks
from voting.checkpoint import Signer
from voting.entries import Clerk, Entry, Option, RollEntry, VoteClosed, VoteVoided
from voting.errors import BadNote, BadReceipt
from voting.receipt import Finding, Inclusion, Receipt, check, parse
from voting.signed import receipt_text, receipts_text
from voting.tally import count
from voting.tree import inclusion_proofs, leaf_hash, root_of
from voting.vote_event import Press, VoteEvent

AT = "2017-11-22T08:17:51.000Z"
LATER = "2017-11-22T08:17:59.000Z"


def receipt(town: Any, press: Press | None = None, vote_n: int = 1) -> Receipt:
    """What the hall answers to a press, kept."""
    press = press or town.press("1001")
    text = receipt_text(
        town.sitting, vote_n, press.member, press.option, press.candidate, press.boot, press.n, press.recorded_at
    )
    return Receipt(
        receipt=1,
        sitting=town.sitting,
        vote_n=vote_n,
        member=press.member,
        option=press.option,
        candidate=press.candidate,
        boot=press.boot,
        n=press.n,
        recorded_at=press.recorded_at,
        signature=press.signature or "",
        terminal=press.terminal or "",
        receipt_signature=town.signer.sign_text(text),
        inclusion=None,
        vkey=town.signer.vkey,
    )


def among(town: Any, members: Sequence[str]) -> list[Receipt]:
    """What the hall answers to presses of theirs that came to disk together."""
    kept = [receipt(town, town.press(member)) for member in members]
    leaves = [leaf_hash(_text(one).encode()) for one in kept]
    signature, size = town.signer.sign_text(receipts_text(len(leaves), root_of(leaves))), len(leaves)
    paths = [tuple(base64.b64encode(node).decode() for node in path) for path in inclusion_proofs(leaves)]
    return [
        replace(one, receipt_signature=signature, inclusion=Inclusion(index, size, path))
        for index, (one, path) in enumerate(zip(kept, paths, strict=True))
    ]


def _text(kept: Receipt) -> str:
    return receipt_text(
        kept.sitting, kept.vote_n, kept.member, kept.option, kept.candidate, kept.boot, kept.n, kept.recorded_at
    )


def written(kept: Receipt) -> bytes:
    wire = {name: getattr(kept, name) for name in Receipt.__slots__}
    if kept.inclusion is not None:
        wire["inclusion"] = asdict(kept.inclusion)
    return json.dumps(wire, ensure_ascii=False, indent=1).encode()


def export(town: Any, *presses: Press, after: Sequence[Any] = (), change: Any = None) -> list[bytes]:
    """A sitting with one vote of these presses."""
    event = VoteEvent(town.vote(), town.members)
    for press in presses:
        event.apply(press)
    aloud = any(press.channel != "terminal" for press in presses)
    closed = event.close(AT, "clerk", entered_by=(Clerk("a", "Аліна"),) if aloud else ())
    closed = change(closed) if change is not None else closed
    facts = [town.opened(), *town.arrived(*town.members), event.opened, closed, *after]
    entries: list[Entry] = [*town.house(), *town.entries(*facts, start=len(town.members))]
    return list(town.export(entries).splitlines(keepends=True))


def test_receipt_read_back_is_the_same(town: Any) -> None:
    kept = receipt(town)
    assert parse(written(kept)) == kept


def test_receipt_holds_by_itself_and_says_what_it_proves(town: Any) -> None:
    finding = check(receipt(town), town.signer.vkey)
    assert finding.code == 0
    words = "\n".join(finding.sentences)
    assert "The hall signed that member 1001 pressed “for” in vote 1" in words
    assert "give it with --export" in words
    assert "Compare the key" not in words
    assert f"Compare the key with the one the council prints, or give that with --key:\n  {town.signer.vkey}" in (
        "\n".join(check(receipt(town)).sentences)
    )


@pytest.mark.parametrize(
    "change",
    [
        {"option": Option.AGAINST},
        {"vote_n": 2},
        {"member": "1002"},
        {"n": 2},
        {"boot": "ff" * 8},
        {"candidate": 1},
        {"sitting": "town-council-2017-11-23"},
        {"recorded_at": LATER},
        {"receipt_signature": "A" * 86 + "=="},
        {"vkey": Signer("town.example/ledger", bytes(32)).vkey},
    ],
)
def test_receipt_altered_in_any_field_does_not_fit(town: Any, change: dict[str, Any]) -> None:
    finding = check(replace(receipt(town), **change))
    assert (finding.code, finding.sentences[0][:27]) == (1, "The signature does not fit:")


@pytest.mark.parametrize("size", [2, 3, 5])
def test_receipt_among_several_holds_alone_and_is_read_back(town: Any, size: int) -> None:
    for kept in among(town, town.members[:size]):
        assert parse(written(kept)) == kept
        assert check(kept, town.signer.vkey).code == 0


def test_receipt_among_several_that_was_altered_does_not_fit(town: Any) -> None:
    first, second, _ = among(town, town.members[:3])
    assert first.inclusion is not None and second.inclusion is not None
    path = first.inclusion.path
    changed = [
        replace(first, option=Option.AGAINST),
        replace(first, member=second.member),
        replace(first, inclusion=second.inclusion),
        replace(first, inclusion=replace(first.inclusion, index=1)),
        replace(first, inclusion=replace(first.inclusion, index=3)),
        replace(first, inclusion=replace(first.inclusion, size=4)),
        replace(first, inclusion=replace(first.inclusion, path=path[:1])),
        replace(first, inclusion=replace(first.inclusion, path=(*path, path[0]))),
        replace(first, inclusion=replace(first.inclusion, path=path[::-1])),
        replace(first, inclusion=None),
        replace(receipt(town), inclusion=Inclusion(0, 1, ())),
    ]
    for kept in changed:
        assert check(kept).sentences[0].startswith("The signature does not fit:"), kept


def test_receipt_under_another_key_than_the_one_given_is_refused(town: Any) -> None:
    other = Signer("town.example/ledger", bytes(32)).vkey
    finding = check(receipt(town), other)
    assert finding == Finding(1, (f"The receipt names another key than the one you gave: {town.signer.vkey}",))
    with pytest.raises(BadNote):
        check(receipt(town), "nonsense")


@pytest.mark.parametrize(
    ("change", "words"),
    [({"vkey": "nonsense"}, "a key is written name"), ({"member": "10\n01"}, "a line break in a value")],
)
def test_receipt_that_cannot_have_been_signed_says_why(town: Any, change: dict[str, Any], words: str) -> None:
    finding = check(replace(receipt(town), **change))
    assert finding.code == 1
    assert finding.sentences[0].startswith(f"The receipt cannot have been signed: {words}")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"receipt":2}',
        b'{"receipt":true}',
    ],
)
def test_parse_of_what_is_no_receipt_is_refused(data: bytes) -> None:
    with pytest.raises(BadReceipt):
        parse(data)


@pytest.mark.parametrize(
    "change",
    [
        {"inclusion": {"index": -1, "size": 2, "path": []}},
        {"inclusion": {"index": 0, "size": 0, "path": []}},
        {"inclusion": {"index": 0, "size": 2, "path": ["A" * 42 + "B="]}},
        {"inclusion": {"index": 0, "size": 2}},
        {"option": "absent"},
        {"colour": "red"},
        {"n": "1"},
        {"signature": "x"},
        {"vote_n": 0},
        {"receipt": 0},
    ],
)
def test_parse_of_a_receipt_with_a_wrong_field_names_it(town: Any, change: dict[str, Any]) -> None:
    wire = json.loads(written(receipt(town))) | change
    with pytest.raises(BadReceipt, match=next(iter(change))):
        parse(json.dumps(wire).encode())


# --- against the roll -------------------------------------------------------------------------------------------


def line(place: int, **changes: Any) -> Callable[[VoteClosed], VoteClosed]:
    def change(closed: VoteClosed) -> VoteClosed:
        roll = list(closed.roll)
        roll[place] = replace(roll[place], **changes) if changes else RollEntry(roll[place].member, Option.NOT_VOTING)
        return replace(closed, roll=tuple(roll), tally=count(roll))

    return change


def test_receipt_of_the_press_on_the_roll_agrees(town: Any) -> None:
    press = town.press("1001")
    finding = check(receipt(town, press), town.signer.vkey, export(town, press, town.press("1002")))
    assert (finding.code, finding.sentences[-1]) == (0, "The roll has exactly this press.")


def test_receipt_of_an_earlier_press_agrees_and_says_that_a_later_one_stands(town: Any) -> None:
    first, last = town.press("1001"), town.press("1001", Option.AGAINST, 2)
    finding = check(receipt(town, first), None, export(town, first, last))
    assert finding.code == 0
    assert (
        finding.sentences[-1] == f"The roll has “against”, from a later press of yours, at {AT}: the last one counts."
    )
    boot = replace(signed_desks.press(town.sitting, 1, 1, "1001", Option.ABSTAIN, at=LATER, boot="ee" * 8))
    assert check(receipt(town, first), None, export(town, first, boot)).code == 0


def test_receipt_of_a_press_in_whose_place_the_clerk_entered_another_says_so(town: Any) -> None:
    press = town.press("1001")
    finding = check(receipt(town, press), None, export(town, press, town.aloud("1001", Option.AGAINST)))
    assert finding.code == 0
    assert "The roll has “against”, said aloud and entered by the clerk" in finding.sentences[-1]


def test_receipt_of_a_press_that_the_roll_lacks_is_a_finding(town: Any) -> None:
    press = town.press("1001")
    finding = check(receipt(town, press), None, export(town, town.press("1002")))
    assert finding.code == 1
    assert finding.sentences[-1].startswith("THE PRESS IS MISSING: the roll has “not_voting”")


def test_receipt_of_a_later_press_than_the_one_on_the_roll_is_a_finding(town: Any) -> None:
    first, last = town.press("1001"), town.press("1001", Option.AGAINST, 2)
    finding = check(receipt(town, last), None, export(town, first))
    assert finding.code == 1
    assert "THE PRESS IS MISSING: the roll has “for”" in finding.sentences[-1]
    other = signed_desks.press(town.sitting, 1, 1, "1001", Option.AGAINST, at=LATER, boot="ee" * 8)
    assert "THE PRESS IS MISSING" in check(receipt(town, other), None, export(town, first)).sentences[-1]


def test_receipt_of_a_press_whose_time_on_the_roll_differs_is_a_finding(town: Any) -> None:
    press = town.press("1001")
    finding = check(receipt(town, press), None, export(town, press, change=line(0, recorded_at=LATER)))
    assert (finding.code, finding.sentences[-1][:23]) == (1, "THE ROLL SAYS OTHERWISE")


def test_receipt_that_no_terminal_signed_is_a_finding(town: Any) -> None:
    press = replace(town.press("1001"), signature=town.press("1001", n=2).signature)
    finding = check(receipt(town, press), None, export(town, town.press("1001")))
    assert (finding.code, finding.sentences[-1]) == (
        1,
        "Terminal desk-1 did not sign this press with a key of that time.",
    )


def test_receipt_of_a_vote_set_aside_says_so(town: Any) -> None:
    press = town.press("1001")
    finding = check(receipt(town, press), None, export(town, press, after=[VoteVoided(AT, 1, "збій")]))
    assert finding.code == 0
    assert finding.sentences[-2:] == ("The roll has exactly this press.", "The vote was set aside: збій")


def test_receipt_of_a_vote_that_the_export_does_not_have_is_not_judged(town: Any) -> None:
    press = town.press("1001", vote_n=2)
    finding = check(receipt(town, press, vote_n=2), None, export(town))
    assert (finding.code, finding.sentences[-1][:32]) == (2, "The export has no roll of this v")


def test_receipt_of_a_stranger_is_a_finding(town: Any) -> None:
    press = signed_desks.press(town.sitting, 1, 1, "9", Option.FOR, at=AT)
    assert check(receipt(town, press), None, export(town)).sentences[-1] == "The roll has no member 9."


def test_receipt_against_an_export_that_does_not_hold_says_that_it_tells_nothing(town: Any) -> None:
    press = town.press("1001")
    lines = export(town, press)
    lines[3] = lines[3].replace(b"desk-3", b"desk-4")
    finding = check(receipt(town, press), None, lines)
    assert finding.code == 1
    assert "The export does not hold, so it tells nothing:" in finding.sentences
    other = replace(town, signer=Signer("other.example/ledger", bytes(32)))
    assert check(receipt(town, press), None, export(other, press)).code == 1


# --- the command ------------------------------------------------------------------------------------------------


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """As an outsider runs it: no packages installed, only this folder."""
    folder = Path(voting.__file__).parent.parent
    command = [sys.executable, "-S", "-B", "-m", "voting", "receipt", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )


def test_command_receipt_on_bare_python_ends_with_0_1_and_2(town: Any, tmp_path: Path) -> None:
    press, kept, ledger = town.press("1001"), tmp_path / "receipt.json", tmp_path / "export.jsonl"
    kept.write_bytes(written(receipt(town, press)))
    ledger.write_bytes(b"".join(export(town, press)))
    agrees = run(str(kept), "--key", town.signer.vkey, "--export", str(ledger))
    assert (agrees.returncode, agrees.stderr) == (0, "")
    assert agrees.stdout.endswith("The roll has exactly this press.\n")
    assert run(str(kept)).returncode == 0

    ledger.write_bytes(b"".join(export(town)))
    assert run(str(kept), "--export", str(ledger)).returncode == 1
    kept.write_bytes(written(replace(receipt(town), option=Option.ABSTAIN)))
    assert run(str(kept)).returncode == 1

    kept.write_bytes(b"{}")
    unreadable = run(str(kept))
    assert (unreadable.returncode, unreadable.stdout) == (2, "")
    assert "not a receipt" in unreadable.stderr
    assert run(str(tmp_path / "nothing")).returncode == 2
    kept.write_bytes(written(receipt(town)))
    missing = run(str(kept), "--export", str(tmp_path / "nothing"))
    assert (missing.returncode, "nothing cannot be read" in missing.stderr) == (2, True)
    assert run(str(kept), "--key", "x").returncode == 2
