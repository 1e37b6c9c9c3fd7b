"""This file tells from the way of one plate through the picture at which angle it is seen, and for how many frames.

A plate is a ruler: by the pinhole model its width is inverse to its distance, so the places of a plate on a straight
road lie on a line, evenly by width, and where the width is 0 is the vanishing point of the road. The angle between the
the ray to that point and the ray to the plate is the angle at which the plate is seen, as plates face along the road. A
plate turned away is narrower; that is taken out by iteration. Pure functions; no state.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.types import Waypoint

Vectors: TypeAlias = NDArray[np.float64]

LEAST_POINTS: Final = 5
LEAST_GROWTH: Final = 0.25
"""A plate must have grown or shrunk by so much of its mean width."""
TURNS: Final = 4
"""Of the iteration that takes out the turn of the plate."""
STEPS: Final = 200
"""Places along the way at which it is asked whether the plate is in the zone."""
NEAREST: Final = 4.0
"""The way is followed until the plate would be so many times wider than it was ever seen."""


@dataclass(frozen=True, slots=True)
class Approach:
    """The straight way of one plate: ``place = vanishing + per_width * width``, in pixels."""

    vanishing: tuple[float, float]
    per_width: tuple[float, float]
    widest_px: float
    """As it would be seen from ahead."""
    focal_px: float
    frame_wh: tuple[int, int]

    def place(self, width: float) -> tuple[float, float]:
        """Where the plate is when it is so wide, seen from ahead."""
        (x, y), (dx, dy) = self.vanishing, self.per_width
        return x + dx * width, y + dy * width

    @property
    def angle_deg(self) -> float:
        """At which angle the plate was seen where it was widest, 0 straight from ahead."""
        return self._between(self.place(self.widest_px), self.vanishing)

    def metres(self, width_from: float, width_to: float, plate_m: float) -> float:
        """How far the vehicle drives between two widths of its plate; ``plate_m`` is the plate's true width."""
        depth = self.focal_px * plate_m * abs(1 / width_from - 1 / width_to)
        return float(depth / self._ray(self.vanishing)[2])

    def _between(self, one: tuple[float, float], other: tuple[float, float]) -> float:
        cosine = float(self._ray(one) @ self._ray(other))
        return math.degrees(math.acos(min(1.0, max(-1.0, cosine))))

    def _ray(self, place: tuple[float, float]) -> Vectors:
        return _ray(place, self.frame_wh, self.focal_px)


def focal_of(view_deg: float, width_px: int) -> float:
    """Focal length in pixels of a lens with this horizontal angle of view."""
    return width_px / 2 / math.tan(math.radians(view_deg) / 2)


def fit_approach(
    course: Sequence[Waypoint], frame_wh: tuple[int, int], focal_px: float
) -> Approach | None:
    """The straight way through the places of a plate; None if it did not come far enough to tell."""
    if len(course) < LEAST_POINTS:
        return None
    places = np.array([(p.x, p.y) for p in course], np.float64)
    seen = np.array([p.width for p in course], np.float64)
    if seen.min() < 1 or np.ptp(seen) < LEAST_GROWTH * seen.mean():
        return None
    middle = places.mean(axis=0)
    along = np.linalg.svd(places - middle)[2][0]
    way = (places - middle) @ along
    width = seen
    for _ in range(TURNS):
        # Widths tremble and places do not: so the width is fitted over the way, and not the other way round.
        growth, at_middle = np.polyfit(way, width, 1, w=1 / width)
        if abs(growth) < 1e-6:
            return None
        vanishing = middle - along * (at_middle / growth)
        width = seen / np.cos(_turns(places, vanishing, frame_wh, focal_px))
    per_width = along / growth
    end = (float(vanishing[0]), float(vanishing[1]))
    step = (float(per_width[0]), float(per_width[1]))
    return Approach(end, step, float(width.max()), focal_px, frame_wh)


def frames_in_zone(
    approach: Approach,
    *,
    least_px: float,
    plate_m: float,
    speed_kmh: float,
    fps: float,
    lanes: Sequence[NDArray[np.float32]] = (),
) -> float:
    """How many pictures are taken of a plate at that speed while it is large enough, in view and in its lane.

    Args:
        least_px: width from which it can be read.
        lanes: ``(N, 2)`` polygons in shares of the picture; without any the whole picture counts.
    """
    wide, high = approach.frame_wh
    metres = 0.0
    widths = np.geomspace(least_px, max(least_px, NEAREST * approach.widest_px), STEPS)
    for width, wider in pairwise(widths):
        x, y = approach.place(float(width))
        inside = width / 2 <= x <= wide - width / 2 and width / 8 <= y <= high - width / 8
        if inside and (not lanes or any(_holds(lane, (x / wide, y / high)) for lane in lanes)):
            metres += approach.metres(float(width), float(wider), plate_m)
    return metres / (speed_kmh / 3.6) * fps


def _holds(lane: NDArray[np.float32], at: tuple[float, float]) -> bool:
    return cv2.pointPolygonTest(lane, at, measureDist=False) >= 0


def _turns(
    places: Vectors, vanishing: Vectors, frame_wh: tuple[int, int], focal_px: float
) -> Vectors:
    """``(N,)``: by how much the plate is turned away sideways at each place, in radians, at most 75 degrees."""
    aside = np.arctan((places[:, 0] - frame_wh[0] / 2) / focal_px)
    ahead = math.atan((float(vanishing[0]) - frame_wh[0] / 2) / focal_px)
    turned: Vectors = np.minimum(np.abs(aside - ahead), math.radians(75))
    return turned


def _ray(place: tuple[float, float], frame_wh: tuple[int, int], focal_px: float) -> Vectors:
    """Unit vector from the camera: right, down, ahead."""
    towards = np.array([place[0] - frame_wh[0] / 2, place[1] - frame_wh[1] / 2, focal_px])
    unit: Vectors = towards / np.linalg.norm(towards)
    return unit
