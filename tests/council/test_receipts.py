"""Receipts as the hall makes them: each is checked alone, by the audit's own program."""

from __future__ import annotations

import json

import pytest

from council.receipts import TOGETHER, Receipts
from hardware.receipts import receipt as as_file
from voting import receipt
from voting.checkpoint import Signer
from voting.entries import Option
from voting.vote_event import Press

SIGNER = Signer("test.hlasno", b"\x07" * 32)


def press(n: int) -> Press:
    option = (Option.FOR, Option.AGAINST, Option.ABSTAIN)[n % 3]
    return Press(
        f"m{n}", f"{n:016x}", n, option, "2026-03-01T09:00:00.000Z", terminal=f"t{n}", signature="A" * 86 + "=="
    )


@pytest.mark.parametrize("count", [1, 2, 3, TOGETHER, TOGETHER + 1, 2 * TOGETHER + 7])
def test_receipts_of_presses_that_came_to_disk_together_each_hold_alone(count: int) -> None:
    presses = [press(n) for n in range(1, count + 1)]
    kept = [as_file(recorded) or b"" for recorded in Receipts(SIGNER).of("s", 4, presses)]
    found = [receipt.parse(data) for data in kept]
    assert [(one.member, one.n, one.option, one.vote_n) for one in found] == [
        (one.member, one.n, one.option, 4) for one in presses
    ]
    assert [receipt.check(one, SIGNER.vkey).code for one in found] == [0] * count
    assert len({one.receipt_signature for one in found}) == -(-count // TOGETHER)
    assert max(map(len, kept)) < 1000, "its QR is to be read from a terminal's screen"
    moved = json.loads(kept[-1]) | {"option": "for" if presses[-1].option is not Option.FOR else "against"}
    assert receipt.check(receipt.parse(json.dumps(moved).encode()), SIGNER.vkey).code == 1


def test_receipt_for_one_press_is_the_same_each_time() -> None:
    one, again = (list(Receipts(SIGNER).of("s", 1, [press(1)])) for _ in range(2))
    assert one == again and one[0].inclusion is None
