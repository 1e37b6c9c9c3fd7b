"""Brushes: fill a polygon, lay a picture on a quad, add a glow, make natural-looking noise.

Points are in `geometry`'s pixels (a pixel covers a unit square); OpenCV's brushes want pixel centres on whole numbers,
so the half pixel is taken off here and nowhere else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_alpr.scene.glyphs import Mask
from edge_alpr.types import Colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.geometry import Points

_SUBPIXEL: Final = 4
"""Bits of a pixel that OpenCV's polygons are given."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A part of a picture that something is being drawn on, and where it was drawn."""

    picture: Colour
    """``(h, w, 3)``: drawn on in place."""
    cover: Mask
    """``(h, w)``: 255 where something was drawn."""
    x: int
    y: int
    """Where the part lies in the whole picture."""

    def fill(self, points: Points, colour: Sequence[float] | NDArray[np.float64]) -> None:
        """A flat polygon, ``(N, 2)`` in pixels of the whole picture."""
        corners = to_subpixels(points - np.array([self.x, self.y], np.float32))
        cv2.fillPoly(self.picture, [corners], tuple(map(float, colour)), cv2.LINE_AA, _SUBPIXEL)
        cv2.fillPoly(self.cover, [corners], 255, cv2.LINE_AA, _SUBPIXEL)

    def paste(
        self, texture: Colour, cover: Mask, quad: Points, factor: NDArray[np.float64]
    ) -> None:
        """A flat picture laid on a quad, its colours multiplied by ``factor``.

        Args:
            texture: ``(h, w, 3)``.
            cover: ``(h, w)``: 255 where the texture is opaque.
            quad: ``(4, 2)`` in pixels of the whole picture, in the order of the texture's corners.
            factor: ``(3,)``.
        """
        target = quad - np.array([self.x, self.y], np.float32)
        x1, y1 = np.maximum(np.floor(target.min(0)).astype(int) - 1, 0)
        x2, y2 = np.ceil(target.max(0)).astype(int) + 1
        part = self.picture[y1 : max(y2, 0), x1 : max(x2, 0)]
        if part.size == 0:
            return
        size = (part.shape[1], part.shape[0])
        texture, cover = _reduce(texture, cover, target)
        h, w = cover.shape
        source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32) - np.float32(0.5)
        matrix = cv2.getPerspectiveTransform(
            source, target - np.array([x1 + 0.5, y1 + 0.5], np.float32)
        )
        # The texture continues beyond its border; only the cover ends there, or edges would turn dark.
        pixels = cv2.warpPerspective(texture, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        mask = cv2.warpPerspective(cover, matrix, size, borderMode=cv2.BORDER_CONSTANT).astype(
            np.uint8
        )
        lit = cv2.multiply(pixels, np.array([*factor, 1.0])).astype(np.uint8)
        part[:] = blend(part, lit, mask)
        below = self.cover[y1 : max(y2, 0), x1 : max(x2, 0)]
        np.maximum(below, mask, out=below)


def blend(below: Colour, above: Colour, cover: Mask) -> Colour:
    """``(H, W, 3)``: ``above`` where ``cover`` is 255, ``below`` where it is 0."""
    share = cover.astype(np.float32) / 255
    return cv2.blendLinear(below, above, 1 - share, share).astype(np.uint8)


def darken(picture: Colour, quad: Points, deep: float, softness: float) -> None:
    """Take ``deep`` (0..1) of the light from a quad with a soft edge of ``softness`` pixels."""
    step = max(1.0, softness / 3)  # a soft edge needs no fine mask
    x1, y1 = np.maximum(np.floor(quad.min(0) - 3 * softness).astype(int), 0)
    x2, y2 = np.maximum(np.ceil(quad.max(0) + 3 * softness).astype(int), 0)
    part = picture[y1:y2, x1:x2]
    if part.size == 0:
        return
    rows, columns = (math.ceil(n / step) + 1 for n in part.shape[:2])
    mask = np.zeros((rows, columns), np.uint8)
    points = ((quad - [x1, y1]) / step).astype(np.float32)
    cv2.fillPoly(mask, [to_subpixels(points)], round(255 * deep), cv2.LINE_AA, 4)
    mask = cv2.GaussianBlur(mask, (0, 0), softness / step).astype(np.uint8)
    size = (part.shape[1], part.shape[0])
    whole = cv2.resize(mask, None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR)
    part[:] = blend(part, np.zeros_like(part), whole[: size[1], : size[0]].astype(np.uint8))


def faces_camera(seen: Points) -> bool:
    """Whether a projected piece runs clockwise, its outer side towards the camera."""
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = seen.tolist()
    return bool((x3 - x1) * (y4 - y2) - (y3 - y1) * (x4 - x2) > 0.0)


def to_subpixels(points: Points | NDArray[np.float64]) -> NDArray[np.int32]:
    """Points as OpenCV's polygons take them with a shift of 4 bits."""
    scaled = np.clip((points - 0.5) * 2**_SUBPIXEL, -(2**19), 2**19)
    fixed: NDArray[np.int32] = np.round(scaled).astype(np.int32)
    return fixed


def _reduce(texture: Colour, cover: Mask, target: Points) -> tuple[Colour, Mask]:
    """The texture shrunk towards the size at which it will be seen, so that fine parts do not flicker."""
    tl, tr, br, bl = target
    across = max(np.hypot(*(tr - tl)), np.hypot(*(br - bl)), 1.0)
    down = max(np.hypot(*(bl - tl)), np.hypot(*(br - tr)), 1.0)
    h, w = cover.shape
    size = (min(w, max(2, round(across * 1.15))), min(h, max(2, round(down * 1.15))))
    if size == (w, h):
        return texture, cover
    return (
        cv2.resize(texture, size, interpolation=cv2.INTER_AREA).astype(np.uint8),
        cv2.resize(cover, size, interpolation=cv2.INTER_AREA).astype(np.uint8),
    )


def add_glow(
    picture: Colour,
    x: float,
    y: float,
    radius: float,
    colour: Sequence[float],
    *,
    squash: float = 1.0,
) -> None:
    """Add a round glow that fades out at ``radius`` pixels; ``squash`` flattens it."""
    if max(colour) < 1:
        return
    half_w, half_h = max(2, round(radius)), max(2, round(radius * squash))
    left, top = round(x) - half_w, round(y) - half_h
    x1, y1 = max(0, left), max(0, top)
    x2 = min(picture.shape[1], left + 2 * half_w + 1)
    y2 = min(picture.shape[0], top + 2 * half_h + 1)
    if x2 <= x1 or y2 <= y1:
        return
    sprite = cv2.resize(_glow(), (2 * half_w + 1, 2 * half_h + 1), interpolation=cv2.INTER_LINEAR)
    shown = sprite[y1 - top : y2 - top, x1 - left : x2 - left, None]
    part = picture[y1:y2, x1:x2]
    part[:] = cv2.add(part, shown * np.array(colour, np.float32), dtype=cv2.CV_8U)


@lru_cache(maxsize=1)
def _glow() -> NDArray[np.float32]:
    across = np.linspace(-1, 1, 193, dtype=np.float32)
    r2 = across[None] ** 2 + across[:, None] ** 2
    fade: NDArray[np.float32] = np.clip(1 - r2, 0, 1) ** 2 / (1 + 9 * r2)
    return fade


def cloudy(
    rng: np.random.Generator, height: int, width: int, cell: float, octaves: int = 4
) -> NDArray[np.float32]:
    """``(H, W) float32`` in about -1..1: noise with detail at many sizes, the coarsest ``cell`` pixels."""
    total = np.zeros((height, width), np.float32)
    strength = 1.0
    for _ in range(octaves):
        rows, columns = max(2, round(height / cell) + 1), max(2, round(width / cell) + 1)
        grid = rng.standard_normal((rows, columns)).astype(np.float32)
        total += strength * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        strength *= 0.5
        cell = max(1.0, cell / 2)
    return (total / 2).astype(np.float32)
