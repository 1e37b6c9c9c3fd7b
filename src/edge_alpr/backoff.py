"""Says how long to wait before trying again: longer each time, up to a bound, never twice the same.

The jitter keeps a street full of units from knocking at a restarted broker in step; see "Exponential Backoff And
Jitter", AWS Architecture Blog, 2015 ("equal jitter": half of the pause is fixed, half is drawn).
"""

from __future__ import annotations

import random


class Backoff:
    """Pauses that double from ``first_s`` to ``most_s``, each shortened by up to half at random."""

    def __init__(self, first_s: float, most_s: float, rng: random.Random | None = None) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._rng = rng or random.Random()
        self._tries = 0

    def next_s(self) -> float:
        """Seconds to wait now."""
        pause_s = self.pause_s(self._tries)
        self._tries += 1
        return pause_s

    def pause_s(self, tries: int) -> float:
        """Seconds to wait after ``tries`` earlier failures, 0 for the first."""
        longest_s = min(self._most_s, self._first_s * 2.0 ** min(tries, 60))
        return longest_s * self._rng.uniform(0.5, 1.0)

    def reset(self) -> None:
        """It went well: the next pause is a short one."""
        self._tries = 0
