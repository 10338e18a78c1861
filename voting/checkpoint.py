"""Signing checkpoints and receipts: the one place that holds the ledger's private key. Reading them is in `note.py`.

Source: C2SP tlog-checkpoint, signed-note; RFC 8032.
"""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting.note import Checkpoint, VerifierKey, require_key_name


class Signer:
    """Signs as `origin`, which is the ledger's name and the key's. A ledger signs every size once, in order."""

    def __init__(self, origin: str, seed: bytes) -> None:
        """seed: the 32 secret bytes of RFC 8032. Raises BadNote for an origin with blanks or a plus."""
        self.origin = require_key_name(origin)
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = VerifierKey(self.origin, self._private.public_key().public_bytes_raw())

    def renamed(self, origin: str) -> Signer:
        """The same key for another ledger: under another name it is another key, whose notes fit this one's nowhere."""
        return Signer(origin, self._private.private_bytes_raw())

    @property
    def vkey(self) -> str:
        """The public key as the council prints it: name+id+base64."""
        return str(self.key)

    def sign(self, size: int, root: bytes) -> str:
        """The note of the tree of `size` entries with root hash `root` (32 bytes)."""
        text = Checkpoint(self.origin, size, root).text
        signature = base64.b64encode(self.key.key_id + self._private.sign(text.encode())).decode()
        return f"{text}\n— {self.origin} {signature}\n"

    def sign_text(self, text: str) -> str:
        """The bare signature over a text of `signed.py`, in base64. Those name what they are in their first line, and
        a checkpoint's first line is the origin: neither can pass for the other."""
        if not text.startswith("hlasno/"):
            raise ValueError("only texts that name what they are (hlasno/…) are signed")
        return base64.b64encode(self._private.sign(text.encode())).decode()
