"""What a plate's text may be: the alphabet, normalisation, and characters that are told apart by context only."""

from __future__ import annotations

import re
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The characters a reader can say, in the order of its output classes (class 0 is the CTC blank)."""

MAX_LENGTH: Final = 12
"""Longest plate text that is believed."""

LOOK_ALIKES: Final = ("0OQD", "1I", "8B", "5S", "2Z", "6G", "4A", "7T", "UV")
"""Groups of characters that people and networks mistake for each other."""

_NOT_A_PLATE_CHARACTER: Final = re.compile(r"[^0-9A-Z]")
_FOLD: Final = str.maketrans("OI", "01")


def normalise(text: str) -> str:
    """Upper case, with everything that is not in the alphabet removed: ``'dk 10-482'`` becomes ``'DK10482'``."""
    return _NOT_A_PLATE_CHARACTER.sub("", text.upper())


def fold(text: str) -> str:
    """The text with O written as 0 and I as 1: the *folded* comparison of the accuracy figures."""
    return text.translate(_FOLD)


def mask(text: str) -> str:
    """A plate as a log may show it: its first character and its length, ``'D******'``."""
    return text[:1] + "*" * (len(text) - 1)


def edit_distance(a: str, b: str) -> int:
    """Levenshtein distance: the least number of characters to insert, delete or replace."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]
