"""The rendering camera: a pinhole at the roadside that turns metres into pixels.

World axes: x to the right across the road, y up, z along the road; the camera stands at ``(0, height, 0)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from edge_alpr.geometry import Points

Vectors: TypeAlias = NDArray[np.float64]
"""``(3,)`` or ``(N, 3)`` metres."""

NEAREST_M = 0.4
"""Points nearer than this along the optical axis are pulled out to it, so that nothing is divided by zero."""


@dataclass(frozen=True)
class PinholeView:
    """A camera on a pole. Angles in degrees; ``yaw`` turns right, ``pitch`` tilts down."""

    width: int = 1280
    height: int = 720
    focal_px: float = 2050.0
    above_m: float = 2.25
    yaw_deg: float = 14.6
    pitch_deg: float = 6.6
    roll_deg: float = 0.8

    @cached_property
    def _rotation(self) -> Vectors:
        """World directions to camera directions (x right, y down, z out)."""
        yaw, pitch, roll = (math.radians(v) for v in (self.yaw_deg, self.pitch_deg, self.roll_deg))
        turn = np.array(
            [[math.cos(yaw), 0, -math.sin(yaw)], [0, 1, 0], [math.sin(yaw), 0, math.cos(yaw)]]
        )
        flip = np.diag([1.0, -1.0, 1.0])
        tilt = np.array(
            [
                [1, 0, 0],
                [0, math.cos(pitch), -math.sin(pitch)],
                [0, math.sin(pitch), math.cos(pitch)],
            ]
        )
        lean = np.array(
            [
                [math.cos(roll), -math.sin(roll), 0],
                [math.sin(roll), math.cos(roll), 0],
                [0, 0, 1],
            ]
        )
        whole: Vectors = lean @ tilt @ flip @ turn
        return whole

    @property
    def position(self) -> Vectors:
        """``(3,)``: where the camera is, in metres."""
        return np.array([0.0, self.above_m, 0.0])

    def depth(self, points: Vectors) -> Vectors:
        """``(N,)``: metres along the optical axis of ``(N, 3)`` world points."""
        out: Vectors = (points - self.position) @ self._rotation[2]
        return out

    def project(self, points: Vectors) -> Points:
        """``(N, 3)`` world points in metres to ``(N, 2)`` pixels."""
        seen = (np.asarray(points, np.float64) - self.position) @ self._rotation.T
        ahead = np.maximum(seen[:, 2:], NEAREST_M)
        centre = np.array([self.width / 2, self.height / 2])
        out: Points = (seen[:, :2] / ahead * self.focal_px + centre).astype(np.float32)
        return out

    def pixels_per_metre(self, point: Vectors) -> float:
        """How large a metre across the line of sight looks at a world point."""
        return self.focal_px / max(float(self.depth(point[None])[0]), NEAREST_M)
