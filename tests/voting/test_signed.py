"""The texts that are signed, byte by byte, and checking many signatures at once."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from voting import ed25519
from voting.entries import Option
from voting.signatures import FAST, Job, Signatures
from voting.signed import fits, hello_text, press_text, receipt_text, receipts_text

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw().hex()
BOOT = "00112233445566ff"


def signed(text: str, key: Ed25519PrivateKey = KEY) -> str:
    return base64.b64encode(key.sign(text.encode())).decode()


def test_press_text_is_these_lines() -> None:
    assert press_text("town-2026", 7, "1001", Option.AGAINST, None, BOOT, 3) == (
        "hlasno/press/1\ntown-2026\n7\n1001\nagainst\n-\n00112233445566ff\n3"
    )
    assert press_text("town-2026", 7, "1001", Option.FOR, 2, BOOT, 3) == (
        "hlasno/press/1\ntown-2026\n7\n1001\nfor\n2\n00112233445566ff\n3"
    )


def test_hello_text_is_these_lines() -> None:
    assert hello_text("nonce", BOOT) == "hlasno/hello/1\nnonce\n00112233445566ff"


def test_receipt_text_is_the_presss_and_its_time() -> None:
    assert receipt_text("town-2026", 7, "1001", Option.ABSTAIN, None, BOOT, 3, "2026-11-22T08:00:00.000Z") == (
        "hlasno/receipt/1\ntown-2026\n7\n1001\nabstain\n-\n00112233445566ff\n3\n2026-11-22T08:00:00.000Z"
    )


def test_receipts_text_is_size_and_root() -> None:
    assert receipts_text(3, bytes(32)) == "hlasno/receipts/1\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.mark.parametrize("member", ["10\n01", "1001\r"])
def test_press_text_with_a_line_break_inside_is_refused(member: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        press_text("town-2026", 7, member, Option.FOR, None, BOOT, 3)


TEXT = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=5)
PRESS = st.tuples(
    TEXT,
    st.integers(1, 99),
    TEXT,
    st.sampled_from([Option.FOR, Option.AGAINST]),
    st.none() | st.integers(1, 9),
    TEXT,
    st.integers(1, 9),
)


@given(PRESS, PRESS)
def test_press_text_of_two_presses_is_the_same_only_for_the_same_press(one: Any, other: Any) -> None:
    assert (press_text(*one) == press_text(*other)) == (one == other)


def test_fits_knows_the_right_signature_in_its_one_spelling(town: Any) -> None:
    text = hello_text("nonce", BOOT)
    signature = signed(text)
    assert fits(PUBLIC, text, signature)
    assert not fits(PUBLIC, text + " ", signature)
    assert not fits("00" * 32, text, signature)
    for malformed in ("", "?" * 88, signature[:-2], signature[:-4], signature[:-3] + "B==", "x"):
        assert not fits(PUBLIC, text, malformed)
    assert not fits("zz", text, signature)
    assert not fits(PUBLIC[:-2], text, signature)


def test_signer_signs_texts_of_the_house_and_nothing_that_could_pass_for_a_checkpoint(town: Any) -> None:
    text = receipt_text("town-2026", 1, "1001", Option.FOR, None, BOOT, 1, town.at)
    assert fits(town.signer.key.public.hex(), text, town.signer.sign_text(text))
    with pytest.raises(ValueError, match="name what they are"):
        town.signer.sign_text("town.example/ledger\n1\n")


@pytest.mark.parametrize("alone", [True, False])
def test_signatures_by_many_keys_are_done_at_once_and_the_wrong_ones_named(alone: bool) -> None:
    assert FAST  # where these tests run, both ways can be compared
    keys = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in range(3)]
    signatures, expected = Signatures(alone=alone), []
    for line in range(30):
        key, text = keys[line % 3], f"hlasno/press/1\n{line}"
        wrong = line % 7 == 0
        job = Job(line, f"line {line}", text, signed(text + "?" if wrong else text, key))
        signatures.add(key.public_key().public_bytes_raw().hex(), job)
        expected += [line] * wrong
    assert signatures.waiting == 30
    assert sorted(job.line for job in signatures.wrong()) == expected
    assert (signatures.waiting, signatures.wrong()) == (0, [])


# Points of small order, y = 1 spelt twice, no point at all: keys and R's on which implementations differ.
ODD = [
    (1).to_bytes(32, "little"),
    (ed25519.P - 1).to_bytes(32, "little"),
    (ed25519.P + 1).to_bytes(32, "little"),
    bytes(32),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    b"\xff" * 32,
]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([bytes.fromhex(PUBLIC), *ODD]),
    st.sampled_from([None, *ODD]),
    st.sampled_from([0, 1, ed25519.ORDER - 1, ed25519.ORDER, 2**256 - 1, None]),
)
def test_signatures_alone_and_with_the_package_agree_on_odd_keys_too(
    public: bytes, r: bytes | None, s: int | None
) -> None:
    good = KEY.sign(b"text")
    raw = (good[:32] if r is None else r) + (good[32:] if s is None else s.to_bytes(32, "little"))
    answers = []
    for alone in (True, False):
        signatures = Signatures(alone=alone)
        signatures.add(public.hex(), Job(1, "", "text", base64.b64encode(raw).decode()))
        answers.append(signatures.wrong() == [])
    assert answers[0] == answers[1] == (raw == good and public.hex() == PUBLIC)
