"""This file says how much a crop promises before it is read: size, sharpness, angle, and how sure the detector was.

A read costs as much as all other work on a plate together, so only those crops are read that promise more than most of
those that were read already. Pure functions; no state.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from edge_alpr.geometry import quad_size

if TYPE_CHECKING:
    from edge_alpr.passes import Look
    from edge_alpr.types import Detection

ENOUGH_HEIGHT_PX = 40.0
"""A plate higher than this reads no better."""


def promise_of(detection: Detection, sharpness: float) -> float:
    """How well a crop is likely to read, 0 or more; comparable between the crops of one plate."""
    height = min(quad_size(detection.corners)[1], ENOUGH_HEIGHT_PX)
    return detection.score * height * (0.5 + min(sharpness, 1.0)) * _squareness(detection)


def promise_of_look(look: Look) -> float:
    """How much a look promised before it was read. Asked of every look in every frame, so it is worked out once."""
    if look.promise is not None:
        return look.promise
    return promise_of(look.detection, look.sharpness)


def _squareness(detection: Detection) -> float:
    """0..1: the sine of the angle between a plate's upper and left edge; a slanted one reads worse."""
    tl, tr, _, bl = detection.corners.astype(float)
    across, down = tr - tl, bl - tl
    lengths = math.hypot(*across) * math.hypot(*down)
    return abs(float(across[0] * down[1] - across[1] * down[0])) / lengths if lengths > 0 else 0.0
