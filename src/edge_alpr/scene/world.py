"""What stands still in the scene, painted once and then lit as day, dusk or night.

Three layers are kept apart: the colour of things, how much lamp light reaches them, and what shines by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_alpr.scene.backdrop import paint_houses, paint_lamp_posts, paint_sky, paint_trees
from edge_alpr.scene.ground import paint_ground
from edge_alpr.scene.paint import to_subpixels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.geometry import Points
    from edge_alpr.scene.light import Light
    from edge_alpr.scene.view import PinholeView
    from edge_alpr.types import Colour


class World:
    """The painted layers of one camera's still scene, all float32.

    Attributes:
        surface: ``(H, W, 3)`` colours of things in full light, 0..255.
        lamp: ``(H, W)`` how much lamp light falls there, 0..1.
        shining: ``(H, W, 3)`` what shines by itself at night, 0..255.
        sky: ``(H, W)`` 1 where there is sky, else 0.
    """

    def __init__(self, view: PinholeView) -> None:
        shape = (view.height, view.width)
        self.view = view
        self.surface = np.zeros((*shape, 3), np.float32)
        self.lamp = np.zeros(shape, np.float32)
        self.shining = np.zeros((*shape, 3), np.float32)
        self.sky = np.ones(shape, np.float32)

    def fill(
        self, points: Points, colour: Sequence[float], grain: NDArray[np.float32] | None = None
    ) -> None:
        """A polygon, ``(N, 2)`` pixels; ``grain``, ``(H, W)`` around 1, makes its colour uneven."""
        x1, y1 = np.maximum(np.floor(points.min(0)).astype(int) - 1, 0)
        x2, y2 = np.maximum(np.ceil(points.max(0)).astype(int) + 1, 0)
        area = np.s_[y1:y2, x1:x2]
        mask = np.zeros(self.lamp[area].shape, np.uint8)
        if mask.size == 0:
            return
        corners = to_subpixels(points - np.array([x1, y1], np.float32))
        cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, 4)
        share = mask[..., None].astype(np.float32) / 255
        wanted = np.array(colour, np.float32)
        if grain is not None:
            wanted = wanted * grain[area][..., None]
        self.surface[area] += (wanted - self.surface[area]) * share
        self.shining[area] *= 1 - share
        self.sky[area][mask > 127] = 0

    def lit(self, light: Light) -> Colour:
        """``(H, W, 3) uint8``: the still scene in a light."""
        sky, sun, lamps = (
            np.array(part, np.float32) for part in (light.sky, light.sun, light.lamps)
        )
        above, below = sky * 0.55 + sun * 0.95, sky + sun * 0.75
        factor = np.where(self.sky[..., None] > 0, above, below) + self.lamp[..., None] * lamps
        picture = self.surface * factor + self.shining * light.illuminator
        lit: Colour = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
        return lit


def build_world(view: PinholeView, rng: np.random.Generator) -> World:
    """Paint a still scene from far to near; the same state of ``rng`` paints the same one."""
    world = World(view)
    for paint in (paint_sky, paint_trees, paint_ground, paint_houses, paint_lamp_posts):
        paint(world, rng)
    return world
