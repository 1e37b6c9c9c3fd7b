"""Finds which of many plates look like a text, or are one edit away from looking like it, by numbers alone.

Each text is folded, every character written as one for all that look like it (`plates.LOOK_ALIKES`), and becomes a
number; the sorted numbers are the index: 20 bytes an entry. A text is looked for by its own number, and where edits
count by those of all texts one edit away (some 600 for 12 characters) in one vectorised search: the query-time
neighbourhood of Norvig's spelling corrector, which needs no index of deletions.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from edge_alpr.plates import ALPHABET, FIRST_ALIKE, MAX_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOOKS: Final = sorted({FIRST_ALIKE.get(character, character) for character in ALPHABET})
_BASE: Final = len(_LOOKS) + 1
"""No digit is 0, so that texts of all lengths have different numbers. 26 to the 12th is well within 64 bits."""
_DIGITS: Final = "123456789abcdefghijklmnopqrstuvwxyz"
_FOLDED: Final = str.maketrans(
    {
        character: _DIGITS[_LOOKS.index(FIRST_ALIKE.get(character, character))]
        for character in ALPHABET
    }
)
_POWERS: Final = np.array([_BASE**n for n in range(MAX_LENGTH + 1)], np.uint64)
_EACH: Final = np.arange(1, _BASE, dtype=np.uint64)

Numbers = NDArray[np.uint64]


class Index:
    """Plates of at most `MAX_LENGTH` characters, counted from 0. Does not change."""

    def __init__(self, plates: Iterable[str]) -> None:
        spelt, look = array("Q"), array("Q")
        for plate in plates:
            spelt.append(_spelt(plate))
            look.append(_look(plate))
        self._spelt: Numbers = np.array(spelt, np.uint64)
        looks: Numbers = np.array(look, np.uint64)
        self._order = np.argsort(looks, kind="stable").astype(np.int32)
        self._looks: Numbers = looks[self._order]

    def __len__(self) -> int:
        return len(self._order)

    @property
    def bytes(self) -> int:
        """Memory of the arrays."""
        return self._spelt.nbytes + self._looks.nbytes + self._order.nbytes

    def alike(self, text: str) -> tuple[list[int], list[int]]:
        """The plates that are the text, and those that only look like it."""
        wanted = np.uint64(_look(text))
        first = int(np.searchsorted(self._looks, wanted, "left"))
        last = int(np.searchsorted(self._looks, wanted, "right"))
        found = self._order[first:last]
        equal = self._spelt[found] == np.uint64(_spelt(text))
        return found[equal].tolist(), found[~equal].tolist()

    def near(self, text: str) -> list[int]:
        """The plates whose look is one insertion, deletion or replacement from the text's."""
        wanted = _one_edit_away(_look(text), len(text))
        first = np.searchsorted(self._looks, wanted, "left")
        last = np.searchsorted(self._looks, wanted, "right")
        there = first < last
        ranges = zip(first[there].tolist(), last[there].tolist(), strict=True)
        return [int(plate) for a, b in ranges for plate in self._order[a:b]]


def fold_looks(text: str) -> str:
    """A text that is the same for all that look alike. For comparing only: it is no plate."""
    return text.translate(_FOLDED)


def _look(text: str) -> int:
    return int(text.translate(_FOLDED), _BASE)


def _spelt(text: str) -> int:
    """Different for every text; the 1 in front keeps leading zeros. Below 2 to the 64th for 12 characters."""
    return int("".join(("1", *text)), len(ALPHABET))


def _one_edit_away(look: int, length: int) -> Numbers:
    """The numbers of all looks at distance 1 that are neither empty nor too long."""
    whole = np.uint64(look)
    ends = _POWERS[length::-1]  # of what follows each gap, first to last
    after = ends[1:]  # of what follows each character
    before, rest = whole // ends[:-1], whole % after
    replaced = before[:, None] * ends[:-1, None] + _EACH * after[:, None] + rest[:, None]
    made = [replaced.ravel()]
    if length > 1:
        made.append(before * after + rest)
    if length < MAX_LENGTH:
        head, tail = whole // ends, whole % ends
        inserted = (head[:, None] * np.uint64(_BASE) + _EACH) * ends[:, None] + tail[:, None]
        made.append(inserted.ravel())
    numbers = np.unique(np.concatenate(made))
    others: Numbers = numbers[numbers != whole]
    return others
