"""Draws one vehicle where it stands: shadow, wheels, body, windows, lights and its plate.

Returns where the plate's corners ended up, which is the truth that reads are compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge_alpr.scene.body import Shape
from edge_alpr.scene.bodywork import Bodywork
from edge_alpr.scene.ends import paint_front, paint_rear, paint_windscreen
from edge_alpr.scene.lamps import add_lamps
from edge_alpr.scene.looks import Bgr
from edge_alpr.scene.paint import Layer, blend, to_subpixels
from edge_alpr.scene.plate import Plate

if TYPE_CHECKING:
    from edge_alpr.geometry import Points
    from edge_alpr.scene.glyphs import Mask
    from edge_alpr.scene.light import Light
    from edge_alpr.scene.view import PinholeView, Vectors
    from edge_alpr.types import Colour

PAINTS: Final[tuple[Bgr, ...]] = (
    (214, 216, 216), (58, 56, 54), (150, 150, 148), (128, 74, 34), (42, 38, 158), (86, 84, 80),
    (188, 190, 186), (60, 92, 58), (120, 136, 150), (150, 118, 60), (40, 110, 190),
)  # fmt: skip


@dataclass(frozen=True)
class Vehicle:
    """One vehicle; ``rear`` says that its rear is what the camera sees."""

    shape: Shape
    paint: Bgr
    plate: Plate
    lane_x: float
    rear: bool
    seed: int

    @cached_property
    def _outline(self) -> Shape:
        return self.shape.seen_from_behind() if self.rear else self.shape

    @cached_property
    def _end(self) -> Colour:
        shape = self._outline
        height = shape.outline[1][1] - shape.outline[0][1]
        painter = paint_rear if self.rear else paint_front
        return painter(shape.width, height, self.paint, np.random.default_rng(self.seed))

    @cached_property
    def _screens(self) -> tuple[Colour, Mask]:
        return paint_windscreen(self.shape.width * 0.8, 0.62, driver=not self.rear)

    def _place(self, own: Vectors, distance: float) -> Vectors:
        """Own ``(N, 3)`` of (u, y, d) to the world, the seen end standing ``distance`` metres along the road."""
        placed: Vectors = own + np.array([self.lane_x, 0.0, distance])
        return placed

    def plate_corners(self, view: PinholeView, distance: float) -> Points:
        """``(4, 2)`` pixels: the plate's corners, wherever they are."""
        shape = self._outline
        half, y = self.plate.width_m / 2, shape.plate_front
        up = self.plate.height_m / 2
        own = np.array(
            [
                [-half, y + up, -0.03],
                [half, y + up, -0.03],
                [half, y - up, -0.03],
                [-half, y - up, -0.03],
            ]
        )
        return view.project(self._place(own, distance))

    def plate_light(self, view: PinholeView, distance: float, light: Light) -> float:
        """How brightly the plate is lit, 1 by full light."""
        at = np.array([self.lane_x, 0.0, distance])
        brush = Bodywork(self._outline, self.paint, rear=self.rear, at=at, view=view, light=light)
        return float(brush.plate_factor().mean())

    def silhouette(self, view: PinholeView, distance: float) -> Points:
        """``(N, 2)`` pixels: a convex outline around the whole vehicle."""
        shape = self._outline
        own = [(sign * shape.half_width(d, y), y, d) for d, y in shape.outline for sign in (-1, 1)]
        own += [(sign * shape.width / 2, 0.0, d) for d in (0.0, shape.length) for sign in (-1, 1)]
        seen = view.project(self._place(np.array(own), distance))
        hull: Points = cv2.convexHull(seen)[:, 0].astype(np.float32)
        return hull

    def draw(
        self,
        picture: Colour,
        view: PinholeView,
        distance: float,
        light: Light,
        blur_px: Vectors,
    ) -> None:
        """Draw it into ``picture`` in place.

        Args:
            picture: ``(H, W, 3)``.
            view: the camera.
            distance: metres along the road from the camera to the seen end, above 1.
            light: how things are lit.
            blur_px: ``(2,)`` how far the plate moves across the picture during the exposure.
        """
        at = np.array([self.lane_x, 0.0, distance])
        brush = Bodywork(self._outline, self.paint, rear=self.rear, at=at, view=view, light=light)
        brush.shadow(picture)
        hull = self.silhouette(view, distance)
        margin = 6 + 0.05 * float(np.ptp(hull[:, 0])) + float(np.abs(blur_px).max())
        x1, y1 = np.maximum(np.floor(hull.min(0) - margin).astype(int), 0)
        x2, y2 = np.maximum(np.ceil(hull.max(0) + margin).astype(int), 0)
        part = picture[y1:y2, x1:x2]
        if part.size == 0:
            return
        layer = Layer(part.copy(), np.zeros(part.shape[:2], np.uint8), int(x1), int(y1))
        brush.body(layer, self._end, self._screens)
        brush.plate(layer, self.plate, self.plate_corners(view, distance))
        part[:] = blend(part, *_smear(layer, blur_px))
        add_lamps(picture, self._outline, rear=self.rear, at=at, view=view, power=light.headlights)


def _smear(layer: Layer, way_px: Vectors) -> tuple[Colour, Mask]:
    """The layer's picture and cover as they look when they move by ``way_px`` during the exposure."""
    length = float(np.hypot(*way_px))
    if length <= 0.6:
        return layer.picture, layer.cover
    size = int(np.ceil(length)) // 2 * 2 + 3
    kernel = np.zeros((size, size), np.float32)
    start, end = to_subpixels(size / 2 + np.array([[-0.5], [0.5]]) * way_px)
    cv2.line(kernel, tuple(map(int, start)), tuple(map(int, end)), 1.0, 1, cv2.LINE_8, 4)
    kernel /= kernel.sum()
    return (
        cv2.filter2D(layer.picture, -1, kernel).astype(np.uint8),
        cv2.filter2D(layer.cover, -1, kernel).astype(np.uint8),
    )
