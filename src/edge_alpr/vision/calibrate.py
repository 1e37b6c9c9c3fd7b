"""This file turns a reader's score into a confidence: how likely the whole text is right.

Two steps, both fitted on photographs that never trained and written into the model's card: a temperature on the
network's logits, so that what it thinks of each character is honest (Guo et al. 2017), and a logistic curve over the
score of the whole text (Platt 1999). Pure functions; no state.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_EDGE: Final = 1e-6
"""Scores nearer to 0 or 1 than this are taken to be there: their logits say nothing."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curve of one reader: ``confidence = logistic(slope * logit(score) + offset)``."""

    temperature: float
    """What the logits are divided by; above 1 where the network is too sure of itself."""
    slope: float
    offset: float

    def confidence(self, score: float) -> float:
        """How likely a text with this score is right, 0..1; higher scores never give less."""
        kept = min(max(score, _EDGE), 1 - _EDGE)
        return 1 / (1 + math.exp(-(self.slope * math.log(kept / (1 - kept)) + self.offset)))


def calibration_of(facts: Mapping[str, Any]) -> Calibration | None:
    """The calibration in a reader's card, or None if it has none.

    Raises:
        KeyError, TypeError, ValueError: it is there and is not one.
    """
    if "calibration" not in facts:
        return None
    values = facts["calibration"]
    found = Calibration(*(float(values[key]) for key in ("temperature", "slope", "offset")))
    if not (found.temperature > 0 and found.slope > 0 and math.isfinite(found.offset)):
        raise ValueError(f"no calibration is {found}")
    return found
