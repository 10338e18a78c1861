"""The Merkle tree against the definition of RFC 6962 and the vectors of Certificate Transparency."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.tree import (
    EMPTY_ROOT,
    Tree,
    consistency_proof,
    inclusion_proof,
    inclusion_proofs,
    leaf_hash,
    root_by,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The eight inputs of the reference implementation (certificate-transparency, merkle_tree_test) and its roots.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(bytes.fromhex(data)) for data in INPUTS]


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def some_leaves(size: int) -> list[bytes]:
    return [leaf_hash(n.to_bytes(4)) for n in range(size)]


@pytest.mark.parametrize("size", range(34))
def test_proofs_of_all_entries_made_together_are_those_made_one_by_one(size: int) -> None:
    leaves = some_leaves(size)
    assert inclusion_proofs(leaves) == [inclusion_proof(leaves, index) for index in range(size)]


def test_root_that_a_proof_leads_to_is_the_trees_and_there_is_none_outside_of_one() -> None:
    leaves = some_leaves(7)
    proof = inclusion_proof(leaves, 6)
    assert root_by(leaves[6], 6, 7, proof) == root_of(leaves)
    assert [root_by(leaves[6], 7, 7, proof), root_by(leaves[6], -1, 7, proof)] == [None, None]
    assert [root_by(leaves[6], 6, 7, proof[:-1]), root_by(leaves[6], 6, 7, [*proof, proof[0]])] == [None, None]


@pytest.mark.parametrize("size", range(1, 9))
def test_root_of_the_reference_inputs_is_that_of_the_reference(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root_of([]) == EMPTY_ROOT == Tree().root
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_proofs_of_the_reference_inputs_are_those_of_the_reference() -> None:
    assert [node.hex() for node in inclusion_proof(LEAVES, 0)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [node.hex() for node in consistency_proof(LEAVES, 6)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_append_one_by_one_gives_the_root_of_every_size() -> None:
    leaves, tree = some_leaves(70), Tree()
    for size, leaf in enumerate(leaves, 1):
        before = tree.copy()
        tree.append(leaf)
        assert (tree.size, tree.root) == (size, naive_root(leaves[:size]))
        assert (before.size, before.root) == (size - 1, naive_root(leaves[: size - 1]))


@pytest.mark.parametrize("size", range(1, 34))
def test_inclusion_proof_of_every_entry_holds_and_of_no_other(size: int) -> None:
    leaves = some_leaves(size)
    root = naive_root(leaves)
    for index, leaf in enumerate(leaves):
        proof = inclusion_proof(leaves, index)
        assert verify_inclusion(leaf, index, size, proof, root)
        assert not verify_inclusion(leaf_hash(b"other"), index, size, proof, root)
        assert not any(verify_inclusion(leaf, other, size, proof, root) for other in range(size) if other != index)
        assert not verify_inclusion(leaf, index, size, [*proof, root], root)
        assert not verify_inclusion(leaf, index, size, proof[:-1], root) or not proof
        assert not verify_inclusion(leaf, index, size, proof, leaf_hash(root))


@pytest.mark.parametrize("size", range(1, 34))
def test_consistency_proof_of_every_older_size_holds_and_of_no_other_root(size: int) -> None:
    leaves = some_leaves(size)
    root = naive_root(leaves)
    for old in range(1, size + 1):
        old_root = naive_root(leaves[:old])
        proof = consistency_proof(leaves, old)
        assert verify_consistency(old, size, old_root, root, proof)
        assert not verify_consistency(old, size, leaf_hash(b"x"), root, proof)
        assert not verify_consistency(old, size, old_root, leaf_hash(b"x"), proof)
        assert not verify_consistency(old, size, old_root, root, [*proof, root])
        assert not proof or not verify_consistency(old, size, old_root, root, proof[:-1])


@given(st.integers(2, 60), st.data())
def test_proofs_with_one_bit_altered_fail(size: int, data: st.DataObject) -> None:
    leaves = some_leaves(size)
    root = root_of(leaves)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    inclusion, consistency = inclusion_proof(leaves, index), consistency_proof(leaves, old)

    def altered(proof: list[bytes]) -> list[bytes]:
        at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
        node = bytearray(proof[at])
        node[bit // 8] ^= 1 << bit % 8
        return [*proof[:at], bytes(node), *proof[at + 1 :]]

    assert not verify_inclusion(leaves[index], index, size, altered(inclusion), root)
    assert not verify_consistency(old, size, root_of(leaves[:old]), root, altered(consistency))


def test_proofs_outside_the_tree_are_refused() -> None:
    for index in (-1, 8):
        with pytest.raises(IndexError):
            inclusion_proof(LEAVES, index)
        assert not verify_inclusion(LEAVES[0], index, 8, [], root_of(LEAVES))
    for old in (0, 9):
        with pytest.raises(ValueError, match=f"no proof from size {old} to 8"):
            consistency_proof(LEAVES, old)
        assert not verify_consistency(old, 8, EMPTY_ROOT, root_of(LEAVES), [])
    assert not verify_consistency(3, 8, root_of(LEAVES[:3]), root_of(LEAVES), [])
