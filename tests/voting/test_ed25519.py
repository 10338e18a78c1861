"""The pure Ed25519 check against RFC 8032, against OpenSSL, and where it is stricter."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from voting.ed25519 import ORDER, P, verify

RFC_8032 = [  # section 7.1: public key, message, signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
MESSAGE = "Дрогобич\n42\n".encode()
SIGNATURE = KEY.sign(MESSAGE)


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_verify_of_the_vectors_of_rfc_8032_holds(public: str, message: str, signature: str) -> None:
    assert verify(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))
    assert not verify(bytes.fromhex(public), bytes.fromhex(message) + b"\x00", bytes.fromhex(signature))


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_verify_of_what_openssl_signs_holds(seed: bytes, message: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    assert verify(key.public_key().public_bytes_raw(), message, key.sign(message))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 8 * (32 + len(MESSAGE) + 64) - 1))
def test_verify_with_any_one_bit_altered_fails(bit: int) -> None:
    whole = bytearray(PUBLIC + MESSAGE + SIGNATURE)
    whole[bit // 8] ^= 1 << bit % 8
    assert not verify(bytes(whole[:32]), bytes(whole[32:-64]), bytes(whole[-64:]))


def test_verify_of_the_same_signature_with_s_beyond_the_order_fails() -> None:
    assert verify(PUBLIC, MESSAGE, SIGNATURE)
    s = int.from_bytes(SIGNATURE[32:], "little") + ORDER
    assert not verify(PUBLIC, MESSAGE, SIGNATURE[:32] + s.to_bytes(32, "little"))


SMALL_ORDER = [
    (1).to_bytes(32, "little"),  # the neutral element
    (P - 1).to_bytes(32, "little"),
    bytes(32),
    bytes(31) + b"\x80",
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
]


@pytest.mark.parametrize("public", SMALL_ORDER)
def test_verify_under_a_key_of_small_order_fails(public: bytes) -> None:
    """With such a key, S = 0 and R = the neutral element would sign one message in eight, or every one."""
    forged = (1).to_bytes(32, "little") + bytes(32)
    assert not any(verify(public, bytes([n]), forged) for n in range(16))


@pytest.mark.parametrize(
    "point",
    [
        (P + 1).to_bytes(32, "little"),  # y = 1 in a second spelling
        P.to_bytes(32, "little"),
        b"\xff" * 32,
        (1 | 1 << 255).to_bytes(32, "little"),  # x = 0 with a sign
        (2).to_bytes(32, "little"),  # on no point of the curve
    ],
)
def test_verify_with_a_point_that_is_none_or_spelt_otherwise_fails(point: bytes) -> None:
    assert not verify(point, MESSAGE, SIGNATURE)
    assert not verify(PUBLIC, MESSAGE, point + SIGNATURE[32:])


@pytest.mark.parametrize(
    ("public", "signature"), [(b"", SIGNATURE), (PUBLIC + b"0", SIGNATURE), (PUBLIC, SIGNATURE[:-1])]
)
def test_verify_with_a_wrong_length_fails(public: bytes, signature: bytes) -> None:
    assert not verify(public, MESSAGE, signature)
