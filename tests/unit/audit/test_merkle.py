"""RFC 6962's trees: its own root for known leaves, and proofs that hold for every pair of sizes and no other."""

from __future__ import annotations

import hashlib

import pytest

from edge_alpr.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency,
    is_consistent,
    leaf_hash,
    node_hash,
    root_of,
)

# The inputs and roots of the Certificate Transparency test suite (google/certificate-transparency, merkletree tests).
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
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
LEAVES = [leaf_hash(data) for data in INPUTS]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_root_is_the_one_that_others_compute(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_an_empty_log_has_the_hash_of_nothing() -> None:
    assert root_of([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(by_definition(leaves[:k]), by_definition(leaves[k:]))


def test_a_growing_log_has_the_root_of_the_definition_at_every_size() -> None:
    leaves = [leaf_hash(bytes([n])) for n in range(70)]
    grown = Frontier()
    for size, leaf in enumerate(leaves, start=1):
        grown.add(leaf)
        assert grown.root() == by_definition(leaves[:size])


def test_a_proof_holds_for_every_pair_of_sizes_and_for_no_other_log() -> None:
    leaves = [leaf_hash(bytes([n])) for n in range(33)]
    other = leaf_hash(b"other")
    for size in range(1, 34):
        root = root_of(leaves[:size])
        for first in range(1, size + 1):
            proof = consistency(leaves[:size], first)
            before = root_of(leaves[:first])
            assert is_consistent(first, before, size, root, proof)
            assert not is_consistent(first, other, size, root, proof)
            assert not is_consistent(first, before, size, other, proof)
            assert not is_consistent(first, before, size, root, [*proof, other])
            if proof:
                assert not is_consistent(first, before, size, root, proof[:-1])


def test_there_is_no_proof_of_what_is_not_there() -> None:
    with pytest.raises(ValueError, match="no log of"):
        consistency(LEAVES, 9)
    with pytest.raises(ValueError, match="no log of"):
        consistency(LEAVES, 0)
    assert not is_consistent(9, LEAVES[0], 8, LEAVES[0], [])
