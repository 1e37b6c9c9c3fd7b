"""Makes sightings of vehicles that do not exist, as rich as those of the reader, for units without a camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from edge_alpr.geometry import Box
from edge_alpr.passes import Look, Sighting, Vote
from edge_alpr.plates import ALPHABET
from edge_alpr.types import Detection, PlateRead

if TYPE_CHECKING:
    import random

    from edge_alpr.types import CharScores, Moment

_PREFIX: Final = "SIM0X"
"""No country issues a plate like it."""
_FRAME_WH: Final = (1280, 720)
_SEEN_S: Final = 0.8
"""How long a pass is seen; its event is made at the end."""


def make_sighting(now: Moment, rng: random.Random) -> Sighting:
    """One pass that ended just ``now``: eight characters, one of them doubtful, so that the event has all its parts."""
    text = _PREFIX + "".join(rng.choices(ALPHABET, k=3))
    doubtful = rng.randrange(len(text))
    other = rng.choice([c for c in ALPHABET if c != text[doubtful]])
    scores = _scores(text, doubtful, other, rng)
    confidence = rng.uniform(0.7, 0.99)
    frames = rng.randrange(4, 20)
    width = rng.uniform(90.0, 220.0)
    left, top = rng.uniform(0.0, 1000.0), rng.uniform(0.0, 600.0)
    box = Box(left, top, left + width, top + width / 4)
    look = Look(
        PlateRead(text, scores, confidence),
        Detection(box, box.corners(), rng.uniform(0.6, 0.99)),
        now.later(-_SEEN_S / 2),
        sequence=frames // 2,
        sharpness=rng.uniform(0.5, 3.0),
        exposure_us=800.0,
        gain=2.0,
    )
    vote = Vote(
        text,
        scores,
        confidence,
        alternatives=((text[:doubtful] + other + text[doubtful + 1 :], 0.05),),
        ambiguous=False,
        reads=frames,
        agree=frames - 1,
    )
    return Sighting(1, vote, look, now.later(-_SEEN_S), now, frames, _FRAME_WH, "cam0")


def _scores(text: str, doubtful: int, other: str, rng: random.Random) -> CharScores:
    """``(L, 36) float32``, rows summing to 1."""
    scores = np.zeros((len(text), len(ALPHABET)), np.float32)
    for row, character in enumerate(text):
        sure = rng.uniform(0.55, 0.8) if row == doubtful else rng.uniform(0.95, 1.0)
        rest = 1.0 - sure
        scores[row] = rest / (2 * len(ALPHABET))
        scores[row, ALPHABET.index(other)] += rest / 2
        scores[row, ALPHABET.index(character)] = sure
        scores[row] /= scores[row].sum()
    return scores
