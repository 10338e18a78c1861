"""Keys of terminals: what is a signature and what is not."""

from __future__ import annotations

import base64
import string

import pytest

from council.keys import BadKey, SigningKey, check_public, verify
from voting.signed import fits, hello_text

KEY = SigningKey(bytes(range(32)))
TEXT = hello_text("0" * 32, "f" * 16)


def test_signature_of_a_text_fits_it_and_no_other() -> None:
    signature = KEY.sign(TEXT)
    assert len(signature) == 88
    assert verify(KEY.public, TEXT, signature)
    assert not verify(KEY.public, TEXT + "\n", signature)
    assert not verify(SigningKey.new().public, TEXT, signature)


def test_audit_on_python_alone_takes_the_same_signature() -> None:
    assert fits(KEY.public, TEXT, KEY.sign(TEXT))


@pytest.mark.parametrize("change", ["", "A", "not base64", "A" * 88, "ї" * 88])
def test_what_is_no_signature_is_refused(change: str) -> None:
    assert not verify(KEY.public, TEXT, change)


def test_signature_in_another_spelling_is_refused() -> None:
    signature = KEY.sign(TEXT)
    raw = base64.b64decode(signature)
    assert not verify(KEY.public, TEXT, signature.rstrip("="))
    assert not verify(KEY.public, TEXT, signature + "\n")
    others = [signature[:85] + c + "==" for c in string.ascii_letters + string.digits + "+/"]
    same = [other for other in others if base64.b64decode(other) == raw and other != signature]
    assert len(same) == 15 and not any(verify(KEY.public, TEXT, other) for other in same)


@pytest.mark.parametrize("public", ["", "0" * 63, "G" * 64, "A" * 64, "0" * 65])
def test_what_is_no_public_key_is_refused(public: str) -> None:
    with pytest.raises(BadKey):
        check_public(public)
    assert not verify(public, TEXT, KEY.sign(TEXT))


def test_seed_is_not_shown() -> None:
    assert KEY.seed.hex() not in repr(KEY) and str(KEY.seed) not in repr(KEY)


L = 2**252 + 27742317777372353535851937790883648493  # the order of the group
SMALL = [
    "01" + "00" * 31,
    "ec" + "ff" * 30 + "7f",
    "00" * 32,
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
]


@pytest.mark.parametrize("public", SMALL)
def test_key_of_small_order_for_which_anyone_can_sign_is_refused_as_the_audit_does(public: str) -> None:
    for point in SMALL:
        signature = base64.b64encode(bytes.fromhex(point) + bytes(32)).decode()
        assert (verify(public, TEXT, signature), fits(public, TEXT, signature)) == (False, False)


def test_second_signature_made_from_the_first_without_the_key_is_refused() -> None:
    raw = base64.b64decode(KEY.sign(TEXT))
    moved = raw[:32] + (int.from_bytes(raw[32:], "little") + L).to_bytes(32, "little")
    signature = base64.b64encode(moved).decode()
    assert (verify(KEY.public, TEXT, signature), fits(KEY.public, TEXT, signature)) == (False, False)
