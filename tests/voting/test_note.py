"""Checkpoints: written as other people's tools read them, and read only in that one form."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from voting import ed25519
from voting.checkpoint import Signer
from voting.errors import BadNote
from voting.note import Checkpoint, VerifierKey, parse, parse_checkpoint, parse_vkey, verify

# From the documentation of golang.org/x/mod/sumdb/note, where the format comes from.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# From the text of C2SP tlog-checkpoint.
C2SP_NOTE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
SIGNER = Signer("town.example/ledger", bytes(range(32)))
ROOT = bytes(range(32))
NOTE = SIGNER.sign(42, ROOT)


def test_parse_of_another_programs_note_and_key_verifies() -> None:
    key, note = parse_vkey(GO_VKEY), parse(GO_NOTE)
    (line,) = note.signatures
    assert (line.name, line.key_id) == (key.name, key.key_id)
    assert ed25519.verify(key.public, note.text.encode(), line.signature)
    assert str(key) == GO_VKEY


def test_parse_of_the_example_in_the_specification_gives_its_parts() -> None:
    note = parse(C2SP_NOTE)
    checkpoint = parse_checkpoint(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text == note.text
    assert [(line.name, line.key_id.hex()) for line in note.signatures] == [("example.com/behind-the-sofa", "033de0ae")]


def test_sign_gives_the_lines_of_the_specification() -> None:
    origin, size, root, blank, signature, end = NOTE.split("\n")
    assert (origin, size, base64.b64decode(root), blank, end) == ("town.example/ledger", "42", ROOT, "", "")
    dash, name, data = signature.split(" ")
    assert (dash, name) == ("\u2014", "town.example/ledger")
    assert base64.b64decode(data)[:4].hex() == SIGNER.vkey.split("+")[1]
    assert SIGNER.sign(42, ROOT) == NOTE


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**50), st.binary(min_size=32, max_size=32))
def test_verify_of_what_was_signed_gives_it_back(size: int, root: bytes) -> None:
    assert verify(SIGNER.sign(size, root), parse_vkey(SIGNER.vkey)) == Checkpoint(SIGNER.origin, size, root)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(NOTE) - 1), st.characters(exclude_categories=["Cs"]) | st.just(""))
def test_verify_with_any_one_character_altered_is_refused(place: int, char: str) -> None:
    altered = NOTE[:place] + char + NOTE[place + 1 :]
    if altered != NOTE:
        with pytest.raises(BadNote):
            verify(altered, SIGNER.key)


def test_verify_with_a_witness_beside_the_ledgers_signature_ignores_the_witness() -> None:
    witness = Signer("witness.example", bytes(32)).sign(42, ROOT).splitlines(keepends=True)[-1]
    assert verify(NOTE + witness, SIGNER.key).size == 42
    with pytest.raises(BadNote, match="bears no signature of the key"):
        verify(NOTE, Signer("witness.example", bytes(32)).key)


def test_verify_of_another_key_under_the_same_name_is_refused() -> None:
    with pytest.raises(BadNote, match="bears no signature of the key"):
        verify(NOTE, Signer(SIGNER.origin, bytes(32)).key)


def test_verify_of_a_forged_signature_under_the_known_id_is_refused() -> None:
    forger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    text = Checkpoint(SIGNER.origin, 42, bytes(32)).text
    line = base64.b64encode(SIGNER.key.key_id + forger.sign(text.encode())).decode()
    with pytest.raises(BadNote, match="does not fit"):
        verify(f"{text}\n— {SIGNER.origin} {line}\n", SIGNER.key)


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "a\u00a0b", "\x01"])
def test_signer_with_a_name_that_cannot_sign_is_refused(origin: str) -> None:
    with pytest.raises(BadNote):
        Signer(origin, bytes(32))


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "town",
        "town.example/ledger+00000000+" + SIGNER.vkey.split("+", 2)[2],
        SIGNER.vkey.replace("town", "Town"),
        SIGNER.vkey[:-1],
        SIGNER.vkey + "=",
        SIGNER.vkey.split("+")[0] + "+" + SIGNER.vkey.split("+")[1].upper() + "+" + SIGNER.vkey.split("+", 2)[2],
        "town+00000000+" + base64.b64encode(b"\x02" + bytes(32)).decode(),
        "town+00000000+" + base64.b64encode(b"\x01" + bytes(31)).decode(),
    ],
)
def test_parse_vkey_of_anything_else_is_refused(vkey: str) -> None:
    with pytest.raises(BadNote):
        parse_vkey(vkey)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "town\n42\n",
        f"\n42\n{base64.b64encode(ROOT).decode()}\n",
        f"town\n042\n{base64.b64encode(ROOT).decode()}\n",
        f"town\n-1\n{base64.b64encode(ROOT).decode()}\n",
        f"town\n４2\n{base64.b64encode(ROOT).decode()}\n",
        f"town\n{'9' * 5000}\n{base64.b64encode(ROOT).decode()}\n",
        f"town\n42\n{base64.b64encode(ROOT[1:]).decode()}\n",
        f"town\n42\n{base64.b64encode(ROOT).decode()}\nextension\n",
        "town\n42\n" + base64.urlsafe_b64encode(b"\xff" * 32).decode() + "\n",
    ],
)
def test_parse_checkpoint_of_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "note",
    [
        NOTE[:-1],
        NOTE + "\n",
        NOTE.replace("—", "-"),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("— ", "—  "),
        NOTE + "— witness AAAA\n",
        NOTE + NOTE.splitlines(keepends=True)[-1] * 64,
    ],
)
def test_parse_of_a_note_in_another_form_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        parse(note)


def test_key_id_is_the_hash_of_name_type_and_key() -> None:
    assert VerifierKey("PeterNeumann", parse_vkey(GO_VKEY).public).key_id.hex() == "c74f20a3"
