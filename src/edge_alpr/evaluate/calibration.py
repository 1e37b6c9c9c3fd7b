"""Whether a confidence is a probability: of the reads that claim 0.9, nine in ten should be right.

Expected calibration error after Naeini et al. 2015, over bins of equal width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_alpr.evaluate.share import Share

if TYPE_CHECKING:
    from collections.abc import Sequence

BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """The claims between two confidences."""

    low: float
    high: float
    claimed: float
    """Their mean confidence; the middle of the bin if there are none."""
    right: Share

    @property
    def gap(self) -> float:
        """How far the claim is from what came true; 0 if there are none."""
        return 0.0 if self.right.value is None else abs(self.claimed - self.right.value)


def reliability(claims: Sequence[tuple[float, bool]]) -> tuple[Bin, ...]:
    """Claims as (confidence 0..1, whether it was right), in ten bins."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in claims:
        bins[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
    return tuple(
        Bin(
            low=place / BINS,
            high=(place + 1) / BINS,
            claimed=sum(c for c, _ in held) / len(held) if held else (place + 0.5) / BINS,
            right=Share(sum(right for _, right in held), len(held)),
        )
        for place, held in enumerate(bins)
    )


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """The gaps' mean, weighted by how many claims each bin holds, 0..1; None without any."""
    total = sum(held.right.n for held in bins)
    return sum(held.gap * held.right.n for held in bins) / total if total else None


def calibration_as_json(claims: Sequence[tuple[float, bool]]) -> dict[str, object]:
    """The table and its error."""
    bins = reliability(claims)
    error = calibration_error(bins)
    return {
        "n": len(claims),
        "ece": None if error is None else round(error, 4),
        "bins": [
            {
                "from": held.low,
                "to": held.high,
                "claimed": round(held.claimed, 4),
                "right": held.right.as_json(),
            }
            for held in bins
            if held.right.n
        ],
    }
