"""Sightings as vision would make them, without any vision."""

from __future__ import annotations

import numpy as np

from edge_alpr.geometry import Box
from edge_alpr.passes import Look, Sighting, Vote
from edge_alpr.plates import ALPHABET
from edge_alpr.types import Detection, Moment, PlateRead

AT = Moment(500.0, 1_767_225_500.25)


def scores_for(text: str, score: float = 0.9) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """``(L, 36) float32``: ``score`` on the text, the rest spread evenly."""
    scores = np.full((len(text), len(ALPHABET)), (1 - score) / (len(ALPHABET) - 1), np.float32)
    for row, character in enumerate(text):
        scores[row, ALPHABET.index(character)] = score
    return scores


def sighting(
    text: str,
    *,
    confidence: float = 0.9,
    agree: int = 3,
    ambiguous: bool = False,
    alternatives: tuple[tuple[str, float], ...] = (),
    box: Box = Box(100.0, 200.0, 300.0, 260.0),  # noqa: B008  immutable
) -> Sighting:
    """A pass of 4 s in front of a camera of 1280 x 720."""
    scores = scores_for(text)
    detection = Detection(box, box.corners(), 0.8)
    look = Look(PlateRead(text, scores, 0.9), detection, AT, 40, 1.25, 800.0, None)
    vote = Vote(text, scores, confidence, alternatives, ambiguous, max(agree, 4), agree)
    return Sighting(7, vote, look, AT.later(-1), AT.later(3), 9, (1280, 720), "cam0")
