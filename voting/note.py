"""Reading and checking checkpoints: the signed size and root hash of the ledger. Pure, standard library alone.

    drohobych.example/ledger                        the origin: which ledger
    42                                              its size
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=    its root hash, base64
                                                    (an empty line)
    — drohobych.example/ledger Az3grlgtzPIC…        key name, base64(key id || signature over the text above it)

Source: C2SP tlog-checkpoint and signed-note v1 (c2sp.org); keys are written as in signed-note tools: name+id+base64.
Stricter than they are in one way: base64 has one spelling here, so that no character of a note can be changed.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from voting import ed25519
from voting.errors import BadNote

ED25519 = b"\x01"
MAX_SIGNATURES = 64


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Three lines of text: origin, size, root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under; as text `name+id+base64`, the vkey."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that name the key in a signature line; an address, no proof."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """`text` ends in a newline and is what is signed."""

    text: str
    signatures: tuple[Signature, ...]


def require_key_name(name: str) -> str:
    """The name, if it can stand in a signature line. Raises BadNote."""
    if not name or "+" in name or any(char.isspace() or char < " " for char in name):
        raise BadNote(f"{name!r} cannot name a key: no blanks, no plus, not empty")
    return name


def parse_vkey(text: str) -> VerifierKey:
    """The key that `str(VerifierKey)` wrote. Raises BadNote; also if the id is not that of the name and key."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise BadNote("a key is written name+id+base64")
    name, key_id, encoded = parts
    data = _decode_base64(encoded)
    if len(data) != 33 or data[:1] != ED25519:
        raise BadNote("the key is not an Ed25519 key")
    key = VerifierKey(require_key_name(name), data[1:])
    if key.key_id.hex() != key_id:
        raise BadNote(f"the key's id is {key.key_id.hex()}, not {key_id}")
    return key


def parse(note: str) -> Note:
    """The text and the signatures of a signed note; nothing is verified yet. Raises BadNote."""
    if any(char < " " and char != "\n" for char in note):
        raise BadNote("a control character in the checkpoint")
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise BadNote("the checkpoint has no signature lines, or its end is cut off")
    signatures = tuple(_parse_signature(line) for line in lines[:-1].split("\n"))
    if len(signatures) > MAX_SIGNATURES:
        raise BadNote(f"more than {MAX_SIGNATURES} signatures")
    return Note(text + "\n", signatures)


def parse_checkpoint(text: str) -> Checkpoint:
    """A note's text as a checkpoint, without extension lines. Raises BadNote."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise BadNote("a checkpoint has three lines: origin, size, root hash")
    origin, size, root = lines[0], lines[1], _decode_base64(lines[2])
    if not origin:
        raise BadNote("the checkpoint's origin is empty")
    if not (size.isascii() and size.isdigit()) or len(size) > 16 or str(int(size)) != size:
        raise BadNote(f"{size!r} is no size")
    if len(root) != 32:
        raise BadNote("the root hash has not 32 bytes")
    return Checkpoint(origin, int(size), root)


def verify(note: str, key: VerifierKey) -> Checkpoint:
    """The checkpoint in a note that `key` has signed; signatures by other keys are ignored. Raises BadNote."""
    parsed = parse(note)
    signed = [line.signature for line in parsed.signatures if (line.name, line.key_id) == (key.name, key.key_id)]
    if not signed:
        raise BadNote(f"the checkpoint bears no signature of the key {key}")
    if not all(ed25519.verify(key.public, parsed.text.encode(), signature) for signature in signed):
        raise BadNote(f"the signature of {key.name} does not fit the checkpoint's text and the key {key}")
    return parse_checkpoint(parsed.text)


def _parse_signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":
        raise BadNote("a signature line is: em dash, key name, base64")
    data = _decode_base64(parts[2])
    if len(data) < 5:
        raise BadNote("a signature is too short")
    return Signature(require_key_name(parts[1]), data[:4], data[4:])


def _decode_base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote(f"not base64: {error}") from error
    if base64.b64encode(data).decode() != text:
        raise BadNote("base64 in an uncommon spelling")
    return data
