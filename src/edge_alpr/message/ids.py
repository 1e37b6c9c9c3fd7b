"""Makes UUIDv7 identifiers, which sort by time, until the standard library does."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def uuid7(utc_s: float, entropy: Callable[[int], bytes] = os.urandom) -> str:
    """A UUID of version 7 (RFC 9562, 5.7): 48 bits of milliseconds, then 74 random bits.

    Args:
        utc_s: seconds since 1970 UTC that the identifier starts with; times before 1970 count as 1970.
        entropy: gives n random bytes; a replay passes a seeded one, so that its events are the same each time.
    """
    milliseconds = max(0, round(utc_s * 1000)) & (2**48 - 1)
    value = milliseconds << 80 | int.from_bytes(entropy(10), "big")
    value = value & ~(0xF << 76) | 7 << 76  # version
    value = value & ~(0b11 << 62) | 0b10 << 62  # variant
    return str(uuid.UUID(int=value))
