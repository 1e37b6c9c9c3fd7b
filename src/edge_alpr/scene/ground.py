"""Paints the ground: asphalt, markings, mended places, kerbs, pavements, grass, and where lamp light falls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_alpr.scene.paint import cloudy
from edge_alpr.scene.street import (
    FAR_LANE_X,
    FAR_M,
    HOUSES_X,
    NEAR_LANE_X,
    NEAR_M,
    ROAD,
    lamp_light,
)

if TYPE_CHECKING:
    from edge_alpr.scene.looks import Bgr
    from edge_alpr.scene.view import PinholeView
    from edge_alpr.scene.world import World

_PLAN_PER_M: Final = 16
_PLAN_X: Final = (-8.0, 16.0)
"""The plan of the ground covers this from left to right, and `NEAR_M` to `FAR_M` along the road."""

_MENDED: Final = (
    (1.0, 9.0, 1.1, 2.6, 82), (4.4, 14.0, 1.6, 1.4, 88), (2.2, 21.0, 0.8, 5.0, 84), (5.2, 31.0, 1.2, 3.0, 86),
)  # fmt: skip
"""x, z, width, length and grey of patches in the asphalt."""


def paint_ground(world: World, rng: np.random.Generator) -> None:
    """Everything at height 0; fills the world's lamp layer too."""
    left, right = ROAD
    strips = _Strips(world, _grain(world.view, rng))
    xs, zs = _plan_axes()
    world.lamp[:] = _seen(world.view, lamp_light(xs[None], zs[:, None]))
    strips.lay((-40, left - 1.9), (70, 104, 92))  # grass
    strips.lay((left - 1.9, left - 0.16), (150, 156, 160))  # pavement
    strips.lay((right, HOUSES_X + 6), (148, 154, 160))
    for x in (left - 0.16, right):
        strips.lay((x, x + 0.16), (186, 190, 192))  # kerb
    strips.lay((left, right), (98, 97, 96))
    for x in (left, right - 0.35):
        strips.lay((x, x + 0.35), (84, 84, 84))  # gutter
    for x, z, wide, long, tone in _MENDED:
        strips.lay((x, x + wide), (tone, tone, tone), (z, z + long))
    for radius, tone in ((0.36, 58), (0.31, 76)):
        strips.disc(4.9, 9.2, radius, (tone, tone, tone))  # a manhole's cover
    for x in (left + 0.42, right - 0.54):
        strips.lay((x, x + 0.12), (205, 208, 208))  # edge lines
    middle = (left + right) / 2
    for z in np.arange(NEAR_M, 100, 6.0).tolist():
        strips.lay((middle - 0.06, middle + 0.06), (214, 218, 218), (z, z + 3.0))
    for z in np.arange(NEAR_M, 60, 1.2).tolist():
        for side in ((right + 0.16, HOUSES_X), (left - 1.9, left - 0.16)):
            strips.lay(side, (122, 127, 132), (z, z + 0.02))  # joints between slabs


class _Strips:
    """Lays flat shapes on the ground."""

    def __init__(self, world: World, grain: NDArray[np.float32]) -> None:
        self.world, self.grain = world, grain

    def lay(
        self, x: tuple[float, float], colour: Bgr, z: tuple[float, float] = (NEAR_M, FAR_M)
    ) -> None:
        (x1, x2), (z1, z2) = x, z
        corners = np.array([[x1, 0, z1], [x2, 0, z1], [x2, 0, z2], [x1, 0, z2]])
        self.world.fill(self.world.view.project(corners), colour, self.grain)

    def disc(self, x: float, z: float, radius: float, colour: Bgr) -> None:
        angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        rim = [x + radius * np.cos(angles), 0 * angles, z + radius * np.sin(angles)]
        self.world.fill(self.world.view.project(np.stack(rim, 1)), colour, self.grain)


def _grain(view: PinholeView, rng: np.random.Generator) -> NDArray[np.float32]:
    """``(H, W)``: the ground's unevenness around 1: coarse in its own plane, and fine where it is near."""
    xs, zs = _plan_axes()
    plan = cloudy(rng, len(zs), len(xs), 60, 5)
    for lane in (NEAR_LANE_X, FAR_LANE_X):
        for wheel in (-0.75, 0.75):  # tyres have polished the asphalt here
            plan -= 0.7 * np.exp(-((xs - lane - wheel) ** 2) / (2 * 0.28**2)).astype(np.float32)
    fine = 0.11 * cloudy(rng, view.height, view.width, 4, 3)
    rows = np.arange(view.height, dtype=np.float32)[:, None] * (720 / view.height)
    near = np.clip((rows - 170) / 400, 0.1, 1)
    return (_seen(view, 1 + 0.09 * plan) * (1 + fine * near)).astype(np.float32)


def _plan_axes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    columns = round((_PLAN_X[1] - _PLAN_X[0]) * _PLAN_PER_M)
    return np.linspace(*_PLAN_X, columns), np.linspace(
        NEAR_M, FAR_M, round((FAR_M - NEAR_M) * _PLAN_PER_M)
    )


def _seen(view: PinholeView, plan: NDArray[np.float32]) -> NDArray[np.float32]:
    """A plan of the ground as the camera sees it, ``(H, W)``."""
    rows, columns = plan.shape
    x1, x2 = _PLAN_X
    corners = np.array([[x1, 0, NEAR_M], [x2, 0, NEAR_M], [x2, 0, FAR_M], [x1, 0, FAR_M]])
    source = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, view.project(corners))
    size = (view.width, view.height)
    seen = cv2.warpPerspective(plan, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return seen.astype(np.float32)
