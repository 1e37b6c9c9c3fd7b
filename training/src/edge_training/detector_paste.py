"""Puts a flat texture (a plate, or something that is none) into a picture as a camera would have seen it there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_alpr.geometry import Luma, Points, bounding_box, quad_size

if TYPE_CHECKING:
    from edge_training.chance import Chance

Floats = NDArray[np.float32]

MAX_YAW, MAX_PITCH = math.radians(55), math.radians(40)
ROOM = 3
"""Pixels around the pasted quad that are blended too, for the soft edge."""


@dataclass(frozen=True, slots=True)
class Texture:
    """Something flat: ``luma (h, w) float32`` 0..255, and ``cover (h, w) float32`` 0..1 where it hides the scene."""

    luma: Floats
    cover: Floats

    @classmethod
    def solid(cls, luma: NDArray[np.generic]) -> Texture:
        """A texture that hides all behind it."""
        return cls(luma.astype(np.float32), np.ones(luma.shape, np.float32))

    @property
    def aspect(self) -> float:
        return float(self.luma.shape[1] / self.luma.shape[0])


def see_from_an_angle(chance: Chance, aspect: float, width: float) -> Points:
    """Corners of a rectangle of ``aspect``, turned at random; centred on 0, its bounding box ``width`` wide."""
    yaw = chance.normal(math.radians(18), MAX_YAW)
    pitch = chance.normal(math.radians(14), MAX_PITCH)
    roll = chance.normal(math.radians(4 if chance.happens(0.7) else 13), math.radians(35))
    distance = aspect * chance.uniform(2.5, 10)
    flat = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [aspect / 2, 0.5]
    x = flat[:, 0] * math.cos(yaw)
    depth = flat[:, 0] * math.sin(yaw)
    y = flat[:, 1] * math.cos(pitch) - depth * math.sin(pitch)
    depth = flat[:, 1] * math.sin(pitch) + depth * math.cos(pitch)
    near = distance / (distance + depth)
    x, y = x * near, y * near
    turned = np.column_stack(
        [x * math.cos(roll) - y * math.sin(roll), x * math.sin(roll) + y * math.cos(roll)]
    )
    low, high = turned.min(axis=0), turned.max(axis=0)
    centred: Points = (turned - (low + high) / 2) * (width / (high[0] - low[0]))
    return centred.astype(np.float32)


def framed(chance: Chance, texture: Texture) -> tuple[Texture, Points]:
    """A plate with what often surrounds it: a holder, a recess in the bumper, a dealer's frame.

    Returns the larger texture and the plate's corners in it.
    """
    height, width = texture.luma.shape
    top, bottom, side = (int(height * chance.uniform(0.0, 0.16)) for _ in range(3))
    if chance.happens(0.35):
        top, bottom, side = (round(height * chance.uniform(0.1, 0.9)) for _ in range(3))
    rim = chance.pick((chance.uniform(0, 50), chance.uniform(0, 50), chance.uniform(60, 240)))
    luma = np.full((height + top + bottom, width + 2 * side), rim, np.float32)
    luma += np.linspace(0, chance.uniform(-40, 40), luma.shape[0], dtype=np.float32)[:, None]
    cover = np.ones_like(luma)
    if chance.happens(0.4):
        cover *= 0.0 if chance.happens(0.6) else chance.uniform(0.2, 0.8)
    inside = np.s_[top : top + height, side : side + width]
    luma[inside], cover[inside] = texture.luma, texture.cover
    x1, y1, x2, y2 = side, top, side + width, top + height
    return Texture(luma, cover), np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32)


def lit(chance: Chance, texture: Texture, surroundings: float) -> Texture:
    """The texture in the light of a place whose mean brightness is ``surroundings``, 0..255."""
    luma = texture.luma
    height, width = luma.shape
    mean = float(luma.mean())
    luma = mean + (luma - mean) * chance.uniform(0.45, 1.05)
    if chance.happens(0.3):
        luma = luma + chance.clouds(height, width, chance.whole(3, 12)) * chance.uniform(4, 25)
    if chance.happens(0.25):
        slope = np.linspace(chance.uniform(0.5, 1.2), chance.uniform(0.5, 1.2), width)
        luma = luma * slope.astype(np.float32)
    if chance.happens(0.12):
        luma = luma.copy()
        luma[: int(height * chance.uniform(0.1, 0.6))] *= chance.uniform(0.35, 0.8)
    wanted = float(np.clip(surroundings * chance.uniform(0.7, 1.9), 18, 215))
    gain = float(np.clip(wanted / (mean + 1), 0.2, 1.4))
    return Texture((luma * gain + chance.uniform(-5, 12)).astype(np.float32), texture.cover)


def paste(chance: Chance, picture: Luma, texture: Texture, source: Points, quad: Points) -> None:
    """Draw ``texture`` into ``picture`` so that its points ``source`` come to lie on ``quad``.

    Coordinates have pixel centres at halves (see `edge_alpr.geometry`). What falls outside the picture is cut off.
    """
    height, width = texture.luma.shape
    unit = cv2.getPerspectiveTransform(source.astype(np.float32), quad.astype(np.float32))
    outline = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float32)
    around = bounding_box(cv2.perspectiveTransform(outline, unit)[0])
    x1, y1 = max(0, math.floor(around.x1) - ROOM), max(0, math.floor(around.y1) - ROOM)
    x2 = min(picture.shape[1], math.ceil(around.x2) + ROOM)
    y2 = min(picture.shape[0], math.ceil(around.y2) + ROOM)
    if x2 - x1 < 4 or y2 - y1 < 4:
        return
    shrink = min(1.0, 1.4 * quad_size(quad)[0] / max(quad_size(source)[0], 1e-6))
    luma, cover, scale = texture.luma, texture.cover, np.ones(2, np.float32)
    if shrink < 0.8:
        size = max(2, round(width * shrink)), max(2, round(height * shrink))
        luma = cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        cover = cv2.resize(cover, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        scale = np.array([size[0] / width, size[1] / height], np.float32)
    half = np.float32(0.5)
    matrix = cv2.getPerspectiveTransform(
        (source * scale - half).astype(np.float32),
        (quad - np.array([x1, y1], np.float32) - half).astype(np.float32),
    )
    target = (x2 - x1, y2 - y1)
    drawn = cv2.warpPerspective(
        luma, matrix, target, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    hidden = cv2.warpPerspective(cover, matrix, target, flags=cv2.INTER_LINEAR)
    if chance.happens(0.6):
        softness = chance.uniform(0.25, 0.9)
        drawn = cv2.GaussianBlur(drawn, (0, 0), softness)
        hidden = cv2.GaussianBlur(hidden, (0, 0), min(softness, 0.6))
    place = picture[y1:y2, x1:x2]
    mixed = place + (drawn - place) * hidden
    picture[y1:y2, x1:x2] = np.clip(mixed, 0, 255).astype(np.uint8)
