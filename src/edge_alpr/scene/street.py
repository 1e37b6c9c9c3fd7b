"""The street's plan in metres: where road, houses and lamp posts are, and how far a lamp's light reaches."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

ROAD: Final = (0.25, 6.85)
"""Left and right edge of the carriageway."""

NEAR_LANE_X: Final = 1.9
FAR_LANE_X: Final = 4.9
"""Where vehicles drive, towards the camera and away from it."""

HOUSES_X: Final = 9.6
NEAR_M: Final = 3.6
FAR_M: Final = 140.0
"""How near and how far the ground is painted."""

LAMPS: Final = ((7.4, 9.0), (-1.6, 24.0), (7.4, 38.0), (-1.6, 54.0), (7.4, 70.0), (-1.6, 88.0))
"""Where lamp posts stand: x and z."""

LAMP_HEIGHT: Final = 5.2
LAMP_ARM: Final = 1.6
"""An arm holds the lamp this far over the road."""

LAMP_REACH: Final = 6.5
"""Distance at which a lamp gives a quarter of its light."""


def arm_end(x: float) -> float:
    """Where the lamp of a post at ``x`` hangs."""
    return x + (LAMP_ARM if x < 0 else -LAMP_ARM)


def lamp_light(
    x: NDArray[np.float64] | float, z: NDArray[np.float64] | float
) -> NDArray[np.float32]:
    """How much lamp light reaches places on the road, 0..1; ``x`` and ``z`` are broadcast together."""
    total = np.zeros(np.broadcast_shapes(np.shape(x), np.shape(z)))
    for lamp_x, lamp_z in LAMPS:
        d2 = (x - arm_end(lamp_x)) ** 2 + (z - lamp_z) ** 2
        total += 1 / (1 + d2 / LAMP_REACH**2) ** 2
    return np.minimum(total, 1.0).astype(np.float32)
