"""A share of things that were right, with the interval in which the true share lies; and the middle of many values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

NORMAL_95: Final = 1.959964
"""Standard deviations to either side that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Share:
    """``k`` of ``n``."""

    k: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.k <= self.n:
            raise ValueError(f"a share needs 0 <= k <= n, got {self.k} of {self.n}")

    @property
    def value(self) -> float | None:
        """0..1, or None of nothing."""
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval (Wilson 1927), 0..1; the whole range when there was nothing to count."""
        if not self.n:
            return 0.0, 1.0
        z2, share = NORMAL_95**2, self.k / self.n
        middle = (share + z2 / (2 * self.n)) / (1 + z2 / self.n)
        spread = share * (1 - share) / self.n + z2 / (4 * self.n**2)
        half = NORMAL_95 / (1 + z2 / self.n) * math.sqrt(spread)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __add__(self, other: Share) -> Share:
        return Share(self.k + other.k, self.n + other.n)

    def as_json(self) -> dict[str, float | int | None]:
        """``k``, ``n``, the share and both ends of its interval."""
        low, high = self.interval
        value = self.value
        return {
            "k": self.k,
            "n": self.n,
            "share": None if value is None else round(value, 4),
            "low": round(low, 4),
            "high": round(high, 4),
        }

    def __str__(self) -> str:
        if self.value is None:
            return "-"
        low, high = self.interval
        return f"{self.value:.1%} ({low:.1%} to {high:.1%})"


def share_of(answers: list[bool]) -> Share:
    """How many of the answers are yes."""
    return Share(sum(answers), len(answers))


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest of the values that at least ``share`` of them do not exceed (nearest rank); None of none."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
