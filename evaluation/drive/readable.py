"""This file says whether a person could read a plate in a frame: how large, how smeared and how pale it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_alpr.geometry import quad_size

if TYPE_CHECKING:
    from edge_alpr.geometry import Points
    from edge_alpr.scene.view import PinholeView

MIN_HEIGHT_PX: Final = 13.0
"""A plate less high has characters under 8 pixels."""
MIN_WIDTH_PX: Final = 48.0
"""Seven characters need some 6 pixels each."""
MAX_BLUR: Final = 0.07
"""Share of the plate's width that it may move during the exposure: half a character."""


MIN_CONTRAST: Final = 5.0
"""Writing must stand out from the noise by so much to be told from it with certainty (Rose 1948)."""


def is_readable(quad: Points, blur_px: Points, contrast: float) -> bool:
    """Whether characters can be told apart.

    Args:
        quad: ``(4, 2)`` pixels, wholly in the picture and not hidden.
        blur_px: ``(2,)`` by how much it moves during the exposure.
        contrast: between paper and writing, in standard deviations of the noise.
    """
    width, height = quad_size(quad)
    if width < MIN_WIDTH_PX or height < MIN_HEIGHT_PX or contrast < MIN_CONTRAST:
        return False
    along = quad[1] - quad[0]
    unit = along / max(float(np.hypot(*along)), 1e-6)
    across = np.array([-unit[1], unit[0]])
    smeared = abs(float(blur_px @ unit)) > MAX_BLUR * width
    smeared |= abs(float(blur_px @ across)) > 2 * MAX_BLUR * height
    return not smeared


def line_angle_deg(view: PinholeView, lane_x: float, at_m: float) -> float:
    """Between the line of sight and straight ahead onto a plate that faces along the road, in degrees."""
    sideways = math.hypot(lane_x, view.above_m - 0.5)
    return math.degrees(math.atan2(sideways, at_m))
