"""What a plate's text may be: the alphabet, normalisation, and characters that are told apart by context only."""

from __future__ import annotations

import re
from typing import Final, Self

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The characters a reader can say, in the order of its output classes (class 0 is the CTC blank)."""

MAX_LENGTH: Final = 12
"""Longest plate text that is believed."""

LOOK_ALIKES: Final = ("0OQD", "1I", "8B", "5S", "2Z", "6G", "4A", "7T", "UV")
"""Groups of characters that people and networks mistake for each other."""

FIRST_ALIKE: Final = {character: group[0] for group in LOOK_ALIKES for character in group}
"""The one character that stands for all that look like it; whatever looks like no other is not in here."""

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


class Plate(str):
    """A plate's text as vision and delivery hold it: compared, sorted and taken apart like any text, shown masked.

    ``print``, ``%s``, f-strings, ``repr``, the message of an exception and a traceback with locals all give
    ``'D******'``, so that no log line can hold it by accident. Who means to show it, says so by `reveal`.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        # str() of a Plate is its mask: one made of another must take the characters.
        return super().__new__(cls, reveal(text))

    def __str__(self) -> str:
        return mask(reveal(self))

    def __repr__(self) -> str:
        return repr(str(self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def reveal(text: str) -> str:
    """The text as it is, for the few places that are meant to show or send it."""
    return str.__str__(text)


def edit_distance(a: str, b: str) -> int:
    """Levenshtein distance: the least number of characters to insert, delete or replace."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]
