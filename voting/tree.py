"""The Merkle tree over the ledger, and proofs from it. Pure.

Source: RFC 6962 section 2.1 (hashing and proofs), RFC 9162 sections 2.1.3 and 2.1.4 (checking proofs).
A leaf hash is SHA-256(0x00 || bytes of the entry), a node SHA-256(0x01 || left || right); all hashes are 32 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(body: bytes) -> bytes:
    return sha256(b"\x00" + body).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """The tree in short: the roots of its full subtrees, the largest first. An append costs O(log size)."""

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self.size = 0
        self._full: list[bytes] = []  # one for each bit set in size, the highest first
        for leaf in leaf_hashes:
            self.append(leaf)

    def append(self, leaf: bytes) -> None:
        """`leaf` is a leaf hash."""
        merging = self.size
        while merging & 1:
            leaf = _node(self._full.pop(), leaf)
            merging >>= 1
        self._full.append(leaf)
        self.size += 1

    @property
    def root(self) -> bytes:
        if not self._full:
            return EMPTY_ROOT
        root = self._full[-1]
        for left in reversed(self._full[:-1]):
            root = _node(left, root)
        return root

    def copy(self) -> Tree:
        twin = Tree()
        twin.size, twin._full = self.size, self._full.copy()
        return twin


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    return Tree(leaf_hashes).root


def _split(size: int) -> int:
    """The largest power of two below `size`; size >= 2."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root, the nearest first. Raises IndexError outside the tree."""
    if not 0 <= index < len(leaf_hashes):
        raise IndexError(f"entry {index} is not in a tree of {len(leaf_hashes)}")
    if len(leaf_hashes) == 1:
        return []
    split = _split(len(leaf_hashes))
    left, right = leaf_hashes[:split], leaf_hashes[split:]
    if index < split:
        return [*inclusion_proof(left, index), root_of(right)]
    return [*inclusion_proof(right, index - split), root_of(left)]


def inclusion_proofs(leaf_hashes: Sequence[bytes]) -> list[list[bytes]]:
    """`inclusion_proof` of every leaf, in order, for the price of the tree."""
    proofs: list[list[bytes]] = [[] for _ in leaf_hashes]
    level, height = list(leaf_hashes), 0
    while len(level) > 1:
        for index, proof in enumerate(proofs):
            beside = (index >> height) ^ 1
            if beside < len(level):
                proof.append(level[beside])
        pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level, height = pairs + level[len(pairs) * 2 :], height + 1
    return proofs


def root_by(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root of the tree of `size` entries in which `proof` leads to leaf hash `leaf` as entry `index`; None: there
    is no such tree."""
    if not 0 <= index < size:
        return None
    place, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            value = _node(sibling, value)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            value = _node(value, sibling)
        place, last = place >> 1, last >> 1
    return value if last == 0 else None


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that leaf hash `leaf` is entry `index` of the tree of `size` entries with this root."""
    return root_by(leaf, index, size, proof) == root


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """The hashes that show that the tree of these leaves begins with the tree of its first `old_size`.

    Empty when old_size is the whole size. Raises ValueError unless 0 < old_size <= size."""
    if not 0 < old_size <= len(leaf_hashes):
        raise ValueError(f"no proof from size {old_size} to {len(leaf_hashes)}")
    return _subproof(leaf_hashes, old_size, whole=True)


def _subproof(leaf_hashes: Sequence[bytes], old_size: int, whole: bool) -> list[bytes]:
    if old_size == len(leaf_hashes):
        return [] if whole else [root_of(leaf_hashes)]
    split = _split(len(leaf_hashes))
    left, right = leaf_hashes[:split], leaf_hashes[split:]
    if old_size <= split:
        return [*_subproof(left, old_size, whole), root_of(right)]
    return [*_subproof(right, old_size - split, whole=False), root_of(left)]


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `new_size` grew from that of `old_size` by appending alone."""
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = _node(sibling, old), _node(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = _node(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root
