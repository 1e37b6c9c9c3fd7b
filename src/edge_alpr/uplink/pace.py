"""Bounds how fast late messages are sent, so that a backlog does not fill a link that live ones need."""

from __future__ import annotations


class Pace:
    """At most ``per_s`` a second, and at most one second's worth at once. Seconds are monotonic."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._left = max(1.0, per_s)
        self._at_s: float | None = None

    def allowance(self, now_s: float) -> int:
        """How many may be sent now."""
        if self._at_s is not None:
            earned = max(0.0, now_s - self._at_s) * self._per_s
            self._left = min(max(1.0, self._per_s), self._left + earned)
        self._at_s = now_s
        return int(self._left)

    def spend(self, count: int) -> None:
        """So many were sent."""
        self._left -= count
