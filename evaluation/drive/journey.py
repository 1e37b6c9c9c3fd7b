"""This file says where a vehicle is at each moment: driving through at one speed, or coming, standing and leaving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BRAKING: Final = 2.5
"""Metres a second per second, for stopping and for starting again."""


@dataclass(frozen=True, slots=True)
class Journey:
    """Distance along the road, in metres from the camera, over time."""

    at_s: float
    """When it is at ``at_m``; the middle of its stand if it stands."""
    at_m: float
    speed: float
    """Metres a second while it drives; negative when it comes nearer."""
    stands_s: float = 0.0
    """How long it stands at ``at_m``."""

    def distance(self, now_s: float) -> float:
        """Where it is, in metres along the road."""
        since = now_s - self.at_s
        if self.stands_s <= 0:
            return self.at_m + self.speed * since
        beyond = abs(since) - self.stands_s / 2
        if beyond <= 0:
            return self.at_m
        pace = abs(self.speed)
        ramp_s = pace / BRAKING
        ramping_s = min(beyond, ramp_s)
        way = BRAKING * ramping_s**2 / 2 + pace * (beyond - ramping_s)
        forward = 1.0 if self.speed > 0 else -1.0
        return self.at_m + forward * (way if since > 0 else -way)

    def velocity(self, now_s: float) -> float:
        """Metres a second at a moment, negative when it comes nearer."""
        step = 1e-3
        return (self.distance(now_s + step) - self.distance(now_s - step)) / (2 * step)
