"""Photographs a drawn plate: puts it into a scene, looks at it from somewhere, and hands it to the sensor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_alpr.geometry import Luma, Points
from edge_training import ornaments
from edge_training.sensor import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_training.chance import Chance, Field
    from edge_training.fonts import Typefaces
    from edge_training.plate import Plate

SIDE, ABOVE = 0.32, 0.55
"""Scene kept left/right and above/below of the plate, in plate widths and heights."""

FLAT = 2.6
"""A plate wider than this carries one line of text that fills its height."""

PLATE_HEIGHT = {True: (15.0, 90.0), False: (22.0, 130.0)}
"""Range of the plate's height in pixels of the picture; the key says whether it is wider than `FLAT`."""

YAW, PITCH, ROLL = 16.0, 9.0, 4.0
"""Standard deviations of the pose in degrees."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture with one plate in it."""

    luma: Luma
    """``(H, W) uint8``."""

    quad: Points
    """``(4, 2) float32``: the plate's corners in the picture."""

    plane: NDArray[np.float64]
    """``(3, 3)``: homography from the drawn plate's pixels to the picture's."""


def photograph(plate: Plate, chance: Chance, faces: Typefaces, backdrops: Sequence[Luma]) -> Photo:
    """One look at ``plate``: 15-130 px high, up to 45 degrees aside, by day, at night, sharp or not.

    ``backdrops`` are grey photographs of anything, each at least 64 px wide and high; they may be none.
    """
    width, height = plate.size_wh
    face = _weather(plate.luma, chance)
    scene, origin = _scene(face, chance, faces, backdrops, plate.style)
    scene = _light(scene, chance, origin, plate.size_wh)
    aspect = width / height
    tall = chance.log_uniform(*PLATE_HEIGHT[aspect > FLAT])
    quad, size_wh = _pose(chance, aspect, tall)
    in_scene = _corners(width, height) + np.array(origin, np.float32)
    shrink = tall / height
    if shrink < 0.6:  # two steps, so that thin strokes do not alias away
        reduced = max(shrink * 1.3, 0.12)
        before = scene.shape
        small = (max(4, int(before[1] * reduced)), max(4, int(before[0] * reduced)))
        scene = cv2.resize(scene, small, interpolation=cv2.INTER_AREA).astype(
            np.float32, copy=False
        )
        in_scene *= np.array([small[0] / before[1], small[1] / before[0]], np.float32)
    look = cv2.getPerspectiveTransform(in_scene, quad)
    seen = cv2.warpPerspective(
        scene, look, size_wh, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    line_height = tall if aspect > FLAT else tall * 0.62
    plane = cv2.getPerspectiveTransform(_corners(width, height), quad).astype(np.float64)
    return Photo(record(seen.astype(np.float32, copy=False), chance, line_height), quad, plane)


def _corners(width: float, height: float) -> Points:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def _weather(luma: Field, chance: Chance) -> Field:
    """Dirt and mud on the plate."""
    height, width = luma.shape
    if chance.happens(0.35):
        dirt = chance.clouds(height, width, chance.whole(4, 30)) + chance.uniform(0, 1.2)
        luma = luma + np.minimum(0, dirt) * chance.uniform(5, 35)
    if chance.happens(0.08):
        mud = np.clip(
            (chance.clouds(height, width, chance.whole(3, 10)) - chance.uniform(1.0, 1.9)) * 3, 0, 1
        )
        luma = luma + (chance.uniform(40, 170) - luma) * mud * chance.uniform(0.3, 0.8)
    return luma


def _scene(
    face: Field, chance: Chance, faces: Typefaces, backdrops: Sequence[Luma], style: str
) -> tuple[Field, tuple[int, int]]:
    """The plate's surroundings with the plate in them, and where its upper left corner lies."""
    height, width = face.shape
    x, y = int(width * SIDE), int(height * ABOVE)
    rows, columns = height + 2 * y, width + 2 * x
    if backdrops and chance.happens(0.6):
        scene = _cutout(chance, chance.pick(backdrops), rows, columns)
    else:
        scene = np.full(
            (rows, columns),
            chance.uniform(5, 70) if chance.happens(0.5) else chance.uniform(5, 255),
            np.float32,
        )
        scene += np.linspace(
            chance.uniform(-50, 50), chance.uniform(-50, 50), rows, dtype=np.float32
        )[:, None]
        if chance.happens(0.5):
            scene += chance.clouds(rows, columns, chance.whole(2, 12)) * chance.uniform(2, 20)
    if chance.happens(0.4):
        _holder(scene, chance, faces, (x, y), (width, height))
    shape = _outline(chance, width, height)
    behind = scene[y : y + height, x : x + width]
    behind += (face - behind) * shape
    if chance.happens({"us": 0.26}.get(style, 0.05)):
        _frame(scene, chance, faces, (x, y), (width, height))
    return scene, (x, y)


def _outline(chance: Chance, width: int, height: int) -> Field:
    """1 where the plate is, 0 outside its corners, which are round more often than not."""
    shape = np.ones((height, width), np.float32)
    if chance.happens(0.4):
        return shape
    radius = int(height * chance.uniform(0.04, 0.16))
    corner = np.zeros((radius, radius), np.float32)
    cv2.circle(corner, (radius, radius), radius, 1.0, -1, cv2.LINE_AA)
    shape[:radius, :radius] = corner
    shape[:radius, width - radius :] = corner[:, ::-1]
    shape[height - radius :, :radius] = corner[::-1]
    shape[height - radius :, width - radius :] = corner[::-1, ::-1]
    return shape


def _cutout(chance: Chance, backdrop: Luma, rows: int, columns: int) -> Field:
    """A part of a photograph, stretched to the scene's size, sometimes darkened."""
    zoom = chance.uniform(0.25, 1.0)
    w = min(backdrop.shape[1], max(16, int(columns * zoom)))
    h = min(backdrop.shape[0], max(16, int(rows * zoom)))
    left, top = chance.whole(0, backdrop.shape[1] - w), chance.whole(0, backdrop.shape[0] - h)
    part = cv2.resize(backdrop[top : top + h, left : left + w], (columns, rows)).astype(np.float32)
    return part * chance.uniform(0.4, 1) + chance.uniform(-30, 30) if chance.happens(0.5) else part


def _holder(
    scene: Field,
    chance: Chance,
    faces: Typefaces,
    origin: tuple[int, int],
    size_wh: tuple[int, int],
) -> None:
    """A plate holder or a dark recess, with a dealer's words above or below."""
    (x, y), (width, height) = origin, size_wh
    above, below = (int(height * chance.uniform(0.02, 0.2)) for _ in range(2))
    side = int(height * chance.uniform(0.02, 0.12))
    level = chance.uniform(0, 50) if chance.happens(0.67) else chance.uniform(100, 230)
    scene[y - above : y + height + below, x - side : x + width + side] = level
    middle, wide = x + width / 2, width * 0.8
    if below > height * 0.08 and chance.happens(0.7):
        spot = ornaments.Spot(middle, y + height + below * 0.15, below * 0.75, wide)
        ornaments.word(scene, chance, faces, spot, 255 - level)
    if above > height * 0.08 and chance.happens(0.5):
        spot = ornaments.Spot(middle, y - above * 0.9, above * 0.75, wide)
        ornaments.word(scene, chance, faces, spot, 255 - level)


def _frame(
    scene: Field,
    chance: Chance,
    faces: Typefaces,
    origin: tuple[int, int],
    size_wh: tuple[int, int],
) -> None:
    """A frame that covers the plate's border, close to the outer characters."""
    (x, y), (width, height) = origin, size_wh
    level = chance.uniform(0, 50) if chance.happens(0.5) else chance.uniform(120, 240)
    above, below = (int(height * chance.uniform(0, 0.17)) for _ in range(2))
    side = int(width * chance.uniform(0.005, 0.035))
    scene[y - 3 : y + above, x - 3 : x + width + 3] = level
    scene[y + height - below : y + height + 3, x - 3 : x + width + 3] = level
    scene[y : y + height, x - 3 : x + side] = level
    scene[y : y + height, x + width - side : x + width + 3] = level
    for top, tall in ((y + height - below * 0.9, below), (y + above * 0.1, above)):
        if tall > height * 0.08:
            spot = ornaments.Spot(x + width / 2, top, tall * 0.8, width * 0.8)
            ornaments.word(scene, chance, faces, spot, 255 - level)


def _light(
    scene: Field, chance: Chance, origin: tuple[int, int], size_wh: tuple[int, int]
) -> Field:
    """The edge of a shadow, and glare."""
    rows, columns = scene.shape
    if chance.happens(0.18):
        if chance.happens(0.5):
            side = columns if chance.happens(0.5) else 0
            edge = [
                [chance.uniform(-0.2, 1.2) * columns, 0],
                [chance.uniform(-0.2, 1.2) * columns, rows],
                [side, rows],
                [side, 0],
            ]
        else:
            edge = [
                [0, 0],
                [columns, 0],
                [columns, chance.uniform(0.2, 0.8) * rows],
                [0, chance.uniform(0.2, 0.8) * rows],
            ]
        shadow = np.zeros(scene.shape, np.float32)
        cv2.fillPoly(shadow, [np.array(edge, np.int32)], 1.0)
        soft = cv2.GaussianBlur(shadow, (0, 0), chance.uniform(1, 8)).astype(np.float32, copy=False)
        scene = scene * (1 - soft * chance.uniform(0.25, 0.7))
    if chance.happens(0.1):
        y, x = np.ogrid[0:rows, 0:columns]
        centre_x = origin[0] + chance.uniform(0, 1) * size_wh[0]
        centre_y = origin[1] + chance.uniform(0, 1) * size_wh[1]
        spread = 2 * (chance.uniform(0.1, 0.5) * size_wh[0]) ** 2
        glow = np.exp(-((x - centre_x) ** 2) / spread) * np.exp(-((y - centre_y) ** 2) / spread)
        scene = scene + glow.astype(np.float32) * chance.uniform(40, 180)
    return scene


def _pose(chance: Chance, aspect: float, tall: float) -> tuple[Points, tuple[int, int]]:
    """The plate's quad in a picture just large enough for it and its surroundings, and that picture's size."""
    yaw, pitch = chance.normal(YAW, 45), chance.normal(PITCH, 30)
    roll = chance.normal(ROLL if chance.happens(0.8) else 2.2 * ROLL, 30)
    (cy, sy), (cp, sp), (cr, sr) = (
        (math.cos(a), math.sin(a)) for a in map(math.radians, (yaw, pitch, roll))
    )
    turn_roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    turn_pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    turn_yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    distance = chance.uniform(3, 12) * aspect
    flat = np.array([[-aspect, -1, 0], [aspect, -1, 0], [aspect, 1, 0], [-aspect, 1, 0]]) / 2
    space = flat @ (turn_roll @ turn_pitch @ turn_yaw).T
    quad = space[:, :2] * (distance / (distance + space[:, 2]))[:, None] * tall
    low, high = quad.min(axis=0), quad.max(axis=0)
    margin = (high - low) * np.array([SIDE * 0.9, ABOVE * 0.85])
    size = np.ceil(high - low + 2 * margin).astype(int) + 1
    return (quad - low + margin).astype(np.float32), (int(size[0]), int(size[1]))
