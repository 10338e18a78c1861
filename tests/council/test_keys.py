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
