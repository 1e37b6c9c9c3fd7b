"""How bright things are by day, at dusk and by night, and what the rendering camera's sensor makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SUN: Final = np.array([-0.45, 0.72, -0.53])
"""Unit vector towards the sun: behind the camera, to the left, high."""


@dataclass(frozen=True, slots=True)
class Light:
    """One state of the light. Strengths are factors on a surface's own colour; triples are blue, green, red."""

    name: str
    sky: tuple[float, float, float]
    """What falls on everything from everywhere."""
    sun: tuple[float, float, float]
    """What falls on surfaces that face `SUN`."""
    lamps: tuple[float, float, float]
    """Street lamps, right under one."""
    headlights: float
    """0 off, 1 on."""
    illuminator: float
    """The unit's own lamp beside the lens, 0..1: plates throw it straight back."""
    exposure_s: float
    noise: float
    """Standard deviation of the sensor's noise in grey levels."""

    def on(self, normal: NDArray[np.float64], lamp: float, haze: float = 0.0) -> Factor:
        """``(3,)``: the factor on the colour of a surface with this unit normal.

        Args:
            normal: ``(3,)`` unit vector out of the surface.
            lamp: how much of a street lamp reaches it, 0..1.
            haze: 0..1, how much of the unit's own lamp reaches it.
        """
        facing = max(0.0, float(normal @ SUN))
        upward = 0.6 + 0.4 * float(normal[1])
        factor: Factor = np.array(self.sky) * (0.7 + 0.3 * upward) + np.array(self.sun) * facing
        return factor + np.array(self.lamps) * (lamp * upward) + 0.13 * self.illuminator * haze


Factor = NDArray[np.float64]
"""``(3,)``: blue, green, red; 1 leaves a colour as it is."""

DAY: Final = Light(
    "day", (0.66, 0.62, 0.60), (0.40, 0.46, 0.50), (0, 0, 0), 0.25, 0.0, 1 / 800, 2.0
)
NIGHT: Final = Light(
    "night", (0.105, 0.075, 0.06), (0, 0, 0), (0.30, 0.47, 0.60), 1.0, 1.0, 1 / 400, 4.5
)


def mix(a: Light, b: Light, share: float) -> Light:
    """The light on the way from ``a`` (share 0) to ``b`` (share 1); called dusk in between."""
    if share <= 0.0:
        return a
    if share >= 1.0:
        return b

    def blend(x: float, y: float) -> float:
        return x + (y - x) * share

    def blend3(
        x: tuple[float, float, float], y: tuple[float, float, float]
    ) -> tuple[float, float, float]:
        return (blend(x[0], y[0]), blend(x[1], y[1]), blend(x[2], y[2]))

    return Light(
        "dusk",
        blend3(a.sky, b.sky),
        blend3(a.sun, b.sun),
        blend3(a.lamps, b.lamps),
        blend(a.headlights, b.headlights),
        blend(a.illuminator, b.illuminator),
        blend(a.exposure_s, b.exposure_s),
        blend(a.noise, b.noise),
    )
