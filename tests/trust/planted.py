"""Plates that are planted to be searched for: letters only, which no mask of a log would blot out, and all alike."""

from __future__ import annotations

import random
from string import ascii_uppercase
from typing import Final

MARK: Final = "ZQJXKV"
"""Every planted plate begins so, and nothing else in the world does: one search finds them all."""


def planted(seed: int, number: int) -> list[str]:
    """So many plates, always the same of a seed."""
    rng = random.Random(seed)
    return [MARK + "".join(rng.choices(ascii_uppercase, k=5)) for _ in range(number)]
