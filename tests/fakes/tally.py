"""A `Counter` that can be looked at."""

from __future__ import annotations

from collections import Counter


class Tally(Counter[str]):
    """Counts by name; what was never counted is 0."""

    def __call__(self, name: str, amount: int = 1) -> None:
        self[name] += amount
