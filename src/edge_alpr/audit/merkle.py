"""Hashes a log into one root, and proves that a later log still holds an earlier one: Merkle trees of RFC 6962.

Leaves are hashed with 0x00 before them and inner nodes with 0x01, so that neither passes for the other (section 2.1).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry's line, 32 bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees, 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The root of a log that only grows, in as many hashes as its size has bits: whole subtrees, largest first."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []
        for leaf in leaves:
            self.add(leaf)

    def add(self, leaf: bytes) -> None:
        """Append one `leaf_hash`."""
        node, size = leaf, self.size
        while size & 1:  # a subtree of this height is there already: both become one of the next
            node = node_hash(self._subtrees.pop(), node)
            size >>= 1
        self._subtrees.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root over all that was added."""
        if not self._subtrees:
            return EMPTY_ROOT
        *left, node = self._subtrees
        for subtree in reversed(left):
            node = node_hash(subtree, node)
        return node


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    return Frontier(leaves).root()


def consistency(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """The proof that the log of the first ``first`` leaves begins the log of all of them (section 2.1.2).

    Raises:
        ValueError: there are not so many, or none.
    """
    if not 0 < first <= len(leaves):
        raise ValueError(f"no log of {first} entries within one of {len(leaves)}")
    return _subproof(leaves, first, whole=True)


def _subproof(leaves: Sequence[bytes], first: int, *, whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if whole else [root_of(leaves)]
    middle = _split(len(leaves))
    if first <= middle:
        return [*_subproof(leaves[:middle], first, whole=whole), root_of(leaves[middle:])]
    return [*_subproof(leaves[middle:], first - middle, whole=False), root_of(leaves[:middle])]


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def is_consistent(
    first: int, first_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the log of ``size`` begins with that of ``first`` (RFC 9162, section 2.1.4.2)."""
    if first == size:
        return not proof and first_root == root
    if not 0 < first < size:
        return False
    path = list(proof)
    if first & (first - 1) == 0:  # a whole subtree: its root is the first node of the path
        path.insert(0, first_root)
    if not path:
        return False
    low, high = first - 1, size - 1
    while low & 1:
        low, high = low >> 1, high >> 1
    old = new = path[0]
    for node in path[1:]:
        if high == 0:
            return False
        if low & 1 or low == high:
            old, new = node_hash(node, old), node_hash(node, new)
            while low and not low & 1:
                low, high = low >> 1, high >> 1
        else:
            new = node_hash(new, node)
        low, high = low >> 1, high >> 1
    return high == 0 and old == first_root and new == root
