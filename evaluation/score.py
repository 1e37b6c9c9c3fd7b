"""This file counts how many plates were found and read right.

*exact*: the whole text is right. *folded*: with O counted as 0 and I as 1. *CER*: characters to insert, delete or
replace, over the characters there are. A plate that was not found counts as read wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_alpr.plates import edit_distance, fold


@dataclass(slots=True)
class Score:
    """A running tally over plates with a known text (n) and over all labelled plates (plates)."""

    plates: int = 0
    found: int = 0
    n: int = 0
    exact: int = 0
    folded: int = 0
    edits: int = 0
    characters: int = 0

    def add(self, truth: str | None, read: str | None) -> None:
        """``read`` is None when the plate was not found at all."""
        self.plates += 1
        self.found += read is not None
        if truth is None:
            return
        text = read or ""
        self.n += 1
        self.exact += text == truth
        self.folded += fold(text) == fold(truth)
        self.edits += edit_distance(text, truth)
        self.characters += len(truth)

    def merge(self, other: Score) -> None:
        """Add another tally to this one."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def summary(self) -> dict[str, float | int]:
        """Shares 0..1, rounded to four places."""
        return {
            "plates": self.plates,
            "found": round(self.found / max(1, self.plates), 4),
            "n": self.n,
            "exact": round(self.exact / max(1, self.n), 4),
            "folded": round(self.folded / max(1, self.n), 4),
            "cer": round(self.edits / max(1, self.characters), 4),
        }
