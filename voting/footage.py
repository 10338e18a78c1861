"""Seals of footage: their roots, which segments they cover, and files held against them. Pure.

The root of a seal is that of the RFC 6962 tree (`tree.py`) over its segments in order of n. The bytes of a leaf are a
text in UTF-8, one value a line, without a newline at the end:

    hlasno/segment/1
    hall-1-20171122T102623140Z
    17
    9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

the run, the segment's number, the SHA-256 of its file in hexadecimal. So whoever has the files needs nothing else.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from voting.errors import WrongMove
from voting.footage_facts import FootageDeleted, FootagePart, FootageSealed
from voting.tree import leaf_hash, root_of

SEGMENT = "hlasno/segment/1"
RUN = re.compile(r"([a-z0-9][a-z0-9-]{0,62})-[0-9]{8}T[0-9]{9}Z")


def segment_leaf(run: str, n: int, segment_sha256: str) -> bytes:
    """The leaf hash of a segment."""
    return leaf_hash(f"{SEGMENT}\n{run}\n{n}\n{segment_sha256}".encode())


def seal_root(run: str, first: int, hashes: Sequence[str]) -> bytes:
    """hashes: the SHA-256 of the segments from number `first` on, in hexadecimal."""
    return root_of(segment_leaf(run, n, value) for n, value in enumerate(hashes, first))


@dataclass(slots=True)
class Coverage:
    """Which segments of which runs were sealed, or deleted: none of them twice."""

    runs: dict[str, list[range]] = field(default_factory=dict)  # by run, in order

    def seal(self, fact: FootageSealed) -> None:
        """Raises WrongMove, and has then changed nothing."""
        if fact.to < fact.from_:
            raise WrongMove(f"the footage of run {fact.run} ends before it begins")
        self._add(FootagePart(fact.camera, fact.run, fact.first, fact.count), "sealed")

    def delete(self, fact: FootageDeleted) -> None:
        """Raises WrongMove; then this is to be thrown away."""
        for part in fact.parts:
            self._add(part, "deleted")

    def any_of(self, run: str, first: int, count: int) -> bool:
        """Whether one of these segments is covered."""
        return any(other.start < first + count and first < other.stop for other in self.runs.get(run, ()))

    def _add(self, part: FootagePart, done: str) -> None:
        named = RUN.fullmatch(part.run)
        if named is None or named[1] != part.camera:
            raise WrongMove(f"run {part.run} is none of camera {part.camera}")
        new = range(part.first, part.first + part.count)
        taken = self.runs.get(part.run, [])
        place = bisect_left(taken, new.start, key=lambda numbers: numbers.start)
        for other in taken[max(0, place - 1) : place + 1]:
            if other.start < new.stop and new.start < other.stop:
                raise WrongMove(f"segment {max(other.start, new.start)} of run {part.run} is {done} twice")
        self.runs.setdefault(part.run, []).insert(place, new)


@dataclass(slots=True)
class Held:
    """What files say of seals. `altered`: (line of the export, sentence)."""

    whole: int = 0  # seals whose files are all there and give their root
    missing: int = 0  # seals of which a file is not there: they say nothing
    deleted: int = 0  # seals of which a file was deleted, as the ledger says
    segments: int = 0  # of the whole ones
    altered: list[tuple[int, str]] = field(default_factory=list)


def hold(seals: Iterable[tuple[int, FootageSealed]], deleted: Coverage, read: Callable[[str], bytes | None]) -> Held:
    """Hold files against seals that `Coverage` took, each with its line in the export. read: a file by its path
    below the recordings folder ('hall-1/hall-1-20171122T102623140Z/000017.m4s'), None where there is none."""
    held, inits = Held(), dict[str, str | None]()
    for line, seal in seals:
        if deleted.any_of(seal.run, seal.first, seal.count):
            held.deleted += 1
            continue
        folder = f"{seal.camera}/{seal.run}"
        if seal.run not in inits:
            data = read(f"{folder}/init.mp4")
            inits[seal.run] = None if data is None else sha256(data).hexdigest()
        hashes = list(_hashes(folder, seal, read))
        if inits[seal.run] is None or None in hashes:
            held.missing += 1
            continue
        words = f"the footage of camera {seal.camera} from {seal.from_} to {seal.to}"
        if inits[seal.run] != seal.init:
            held.altered.append((line, f"{words}: {folder}/init.mp4 is not the one that was sealed"))
        elif seal_root(seal.run, seal.first, [value for value in hashes if value]).hex() != seal.root:
            last = seal.first + seal.count - 1
            held.altered.append((line, f"{words}: one of {folder}, segments {seal.first} to {last}, was altered"))
        else:
            held.whole += 1
            held.segments += seal.count
    return held


def _hashes(folder: str, seal: FootageSealed, read: Callable[[str], bytes | None]) -> Iterator[str | None]:
    """Until the first that is not there."""
    for n in range(seal.first, seal.first + seal.count):
        data = read(f"{folder}/{n:06}.m4s")
        yield None if data is None else sha256(data).hexdigest()
        if data is None:
            return
