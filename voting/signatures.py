"""Checking many signatures of presses. Pure; with the `cryptography` package where it is installed, else alone.

Both ways give the same answers: whether a key can be used at all is settled by our own arithmetic (`ed25519.py`), and
what remains, one equation without cofactor and the bytes of R, is the same in OpenSSL. A key's jobs are done together,
so that alone too they take half a millisecond each.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from voting.ed25519 import PublicKey

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # an outsider's bare Python
    FAST = False
else:
    FAST = True

Check = Callable[[bytes, bytes], bool]  # message, signature


@dataclass(frozen=True, slots=True)
class Job:
    """One signature and where it stands: the line of the export, and words for it. `signature`: base64, in form."""

    line: int
    words: str
    text: str
    signature: str


@dataclass(slots=True)
class Signatures:
    """Jobs by key (64 hexadecimal digits), until `wrong` does them. `alone`: without other packages."""

    alone: bool = not FAST
    _jobs: dict[str, list[Job]] = field(default_factory=lambda: defaultdict(list))
    waiting: int = 0

    def add(self, key: str, job: Job) -> None:
        self._jobs[key].append(job)
        self.waiting += 1

    def wrong(self) -> list[Job]:
        """Does all jobs that wait, and answers with those whose signature does not fit."""
        failed = []
        for key, jobs in self._jobs.items():
            check = _check(bytes.fromhex(key), self.alone)
            failed += [job for job in jobs if not check(job.text.encode(), base64.b64decode(job.signature))]
        self._jobs.clear()
        self.waiting = 0
        return failed


def _check(public: bytes, alone: bool) -> Check:
    ours = PublicKey(public)
    if alone or not ours.usable:
        return ours.verify
    theirs = Ed25519PublicKey.from_public_bytes(public)

    def check(message: bytes, signature: bytes) -> bool:
        try:
            theirs.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return check
