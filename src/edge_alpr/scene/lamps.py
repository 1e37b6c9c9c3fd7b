"""Adds the light of a vehicle's lamps to a picture: what glares, and what falls on the road."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_alpr.scene.ends import HEADLAMP_U, HEADLAMP_Y
from edge_alpr.scene.paint import add_glow

if TYPE_CHECKING:
    from edge_alpr.scene.body import Shape
    from edge_alpr.scene.view import PinholeView, Vectors
    from edge_alpr.types import Colour

_POOL_M = 3.2
"""How far ahead of a vehicle its headlamps brighten the road."""


def add_lamps(
    picture: Colour, shape: Shape, *, rear: bool, at: Vectors, view: PinholeView, power: float
) -> None:
    """Add both lamps of the end that is seen.

    Args:
        picture: ``(H, W, 3)``, changed in place.
        shape: as seen by the camera.
        rear: whether it is the rear.
        at: where the vehicle's own zero lies in the world, ``(3,)`` metres.
        view: the camera.
        power: 0 by day (only the day lights of a front shine), 1 by night.
    """
    low, high = shape.outline[0][1], shape.outline[1][1]
    y = low + (high - low) * HEADLAMP_Y
    for sign in (-1, 1):
        own = np.array([[sign * shape.half_width(0, y) * HEADLAMP_U, y, 0.0]]) + at
        x, row = view.project(own)[0].tolist()
        metre = view.pixels_per_metre(own[0])
        if rear:
            add_glow(picture, x, row, 0.55 * metre, (20 * power, 20 * power, 190 * power))
            continue
        day = 1 - power
        add_glow(picture, x, row, 0.22 * metre, (60 * day, 62 * day, 64 * day))
        for radius, glare, squash in (
            (0.16, (255, 255, 255), 1.0),
            (0.7, (150, 165, 175), 1.0),
            (1.9, (44, 48, 52), 0.5),
        ):
            colour = tuple(part * power for part in glare)
            add_glow(picture, x, row, radius * metre, colour, squash=squash)
    if not rear:
        ahead = at - np.array([0.0, 0.0, _POOL_M])
        x, row = view.project(ahead[None])[0].tolist()
        pool = (52 * power, 62 * power, 68 * power)
        add_glow(picture, x, row, 2.6 * view.pixels_per_metre(ahead), pool, squash=0.32)
