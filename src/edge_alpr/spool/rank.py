"""Packs class, boot and sequence number into one integer, the table's key: its order is the order of sending.

======  ==========================================================================
bits
======  ==========================================================================
62      0 for a hit, 1 for anything else: hits are sent first
40..61  ordinal of the boot in this file: earlier boots first
0..39   the message's sequence number within its boot
======  ==========================================================================

So a message is stored without any index beside the table: each index costs a card one more page a commit.
"""

from __future__ import annotations

from typing import Final

OTHERS: Final = 1 << 62
"""The first rank that is not a hit."""

END: Final = (1 << 63) - 1
"""Greater than every rank, and the largest integer that SQLite knows."""

MAX_ORDINAL: Final = (1 << 22) - 1
MAX_SEQ: Final = (1 << 40) - 1


def pack(ordinal: int, seq: int, *, hit: bool) -> int:
    """The rank of a message."""
    if not (0 <= ordinal <= MAX_ORDINAL and 0 < seq <= MAX_SEQ):
        raise ValueError(f"ordinal {ordinal} or sequence number {seq} is out of range")
    return (0 if hit else OTHERS) | ordinal << 40 | seq


def unpack(rank: int) -> tuple[int, int, bool]:
    """Ordinal, sequence number, and whether it is a hit."""
    return rank >> 40 & MAX_ORDINAL, rank & MAX_SEQ, rank < OTHERS
