"""Says how likely it is that a plate says one text, when vision has read another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge_alpr.plates import ALPHABET

if TYPE_CHECKING:
    from edge_alpr.types import CharScores

_LEAST_SCORE: Final = 1e-6


def likelihood(wanted: str, text: str, scores: CharScores, confidence: float) -> float:
    """The read's confidence, scaled where characters differ by how the pixels weigh them; 0..1.

    A text of another length has no scores to compare. It gets what the read leaves to all other texts together, which
    is the most that it can be.

    Args:
        wanted: the text in question.
        text: what was read.
        scores: one row a character of ``text``.
        confidence: how likely ``text`` is right, 0..1.
    """
    if len(wanted) != len(text):
        return min(max(1.0 - confidence, 0.0), 1.0)
    for character, voted, row in zip(wanted, text, scores, strict=True):
        if character != voted:
            likely = max(float(row[ALPHABET.index(voted)]), _LEAST_SCORE)
            confidence *= min(1.0, float(row[ALPHABET.index(character)]) / likely)
    return min(max(confidence, 0.0), 1.0)
