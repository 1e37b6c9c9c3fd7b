"""Boxes, quads, the letterbox and the rectified crop: the only place that turns coordinates into other coordinates.

Coordinates are floats in pixels. Pixel ``(i, j)`` covers the half-open square ``[i, i+1) x [j, j+1)``, so a box of the
whole picture is ``(0, 0, width, height)``. Corners run top-left, top-right, bottom-right, bottom-left as seen in the
picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable

Luma: TypeAlias = NDArray[np.uint8]
"""``(H, W) uint8``: brightness, 0 black to 255 white."""

Points: TypeAlias = NDArray[np.float32]
"""``(N, 2) float32``: x, y in pixels."""

PAD_LEVEL = 114
"""Grey level of letterbox padding; the detector is trained with it."""

MIN_ASPECT = 1.8
"""A reader's crop is widened to this width/height, so that a two-line plate is not stretched beyond recognition."""

SAME_PLATE_AREAS = 6.0
"""Two boxes on one plate differ in area by less than this: a loose box may be twice as high and thrice as wide."""


@dataclass(frozen=True, slots=True)
class Box:
    """Half-open axis-aligned box in pixels; ``x1 <= x2`` and ``y1 <= y2``."""

    x1: float
    y1: float
    x2: float
    y2: float

    def __post_init__(self) -> None:
        if not (self.x1 <= self.x2 and self.y1 <= self.y2):
            msg = f"a box needs x1 <= x2 and y1 <= y2, got {self.x1, self.y1, self.x2, self.y2}"
            raise ValueError(msg)

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    def iou(self, other: Box) -> float:
        """Intersection over union, 0..1; two empty boxes overlap by 0."""
        both = self.shared(other)
        either = self.area + other.area - both
        return both / either if either > 0 else 0.0

    def overlap(self, other: Box) -> float:
        """Intersection over the smaller of the two, 0..1: 1 if one lies inside the other, however small it is."""
        smaller = min(self.area, other.area)
        return min(1.0, self.shared(other) / smaller) if smaller > 0 else 0.0

    def shared(self, other: Box) -> float:
        """The area that both cover."""
        w = min(self.x2, other.x2) - max(self.x1, other.x1)
        h = min(self.y2, other.y2) - max(self.y1, other.y1)
        return w * h if w > 0 and h > 0 else 0.0

    def clamp(self, width: float, height: float) -> Box:
        """The part of the box inside a picture of ``width`` x ``height``."""
        x1, x2 = (min(max(v, 0.0), width) for v in (self.x1, self.x2))
        y1, y2 = (min(max(v, 0.0), height) for v in (self.y1, self.y2))
        return Box(x1, y1, x2, y2)

    def grow(self, ratio_x: float, ratio_y: float) -> Box:
        """The box with ``ratio_x`` of its width added on both sides, ``ratio_y`` of its height above and below."""
        dx, dy = self.width * ratio_x, self.height * ratio_y
        return Box(self.x1 - dx, self.y1 - dy, self.x2 + dx, self.y2 + dy)

    def shift(self, dx: float, dy: float) -> Box:
        """The box moved by ``(dx, dy)`` pixels."""
        return Box(self.x1 + dx, self.y1 + dy, self.x2 + dx, self.y2 + dy)

    def corners(self) -> Points:
        """``(4, 2) float32``: the box as a quad."""
        return np.array(
            [[self.x1, self.y1], [self.x2, self.y1], [self.x2, self.y2], [self.x1, self.y2]],
            np.float32,
        )


def bounding_box(points: Points) -> Box:
    """The smallest box around ``(N, 2)`` points, N >= 1."""
    # Without numpy: of four points it takes a tenth of the time, and it is asked for every detection.
    xs, ys = zip(*points.tolist(), strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture was fitted into a canvas: scaled by ``scale``, put at the top left, padded right and below."""

    scale: float
    width: int
    height: int

    @classmethod
    def fit(cls, picture_wh: tuple[int, int], canvas_wh: tuple[int, int]) -> Letterbox:
        """The largest scale at which ``picture_wh`` fits into ``canvas_wh``."""
        scale = min(canvas_wh[0] / picture_wh[0], canvas_wh[1] / picture_wh[1])
        return cls(scale, canvas_wh[0], canvas_wh[1])

    def apply(self, luma: Luma) -> Luma:
        """``(H, W) uint8`` picture to ``(height, width) uint8`` canvas."""
        size = self.filled((luma.shape[1], luma.shape[0]))
        method = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
        canvas = np.full((self.height, self.width), PAD_LEVEL, np.uint8)
        canvas[: size[1], : size[0]] = cv2.resize(luma, size, interpolation=method)
        return canvas

    def filled(self, picture_wh: tuple[int, int]) -> tuple[int, int]:
        """Width and height of the part of the canvas that a picture takes up; the rest is padding."""
        w, h = (max(1, round(side * self.scale)) for side in picture_wh)
        return min(self.width, w), min(self.height, h)

    def to_canvas(self, points: Points) -> Points:
        """Picture pixels to canvas pixels, ``(N, 2)``."""
        return (points * np.float32(self.scale)).astype(np.float32)

    def to_picture(self, points: Points) -> Points:
        """Canvas pixels to picture pixels, ``(N, 2)``: the inverse of `to_canvas`."""
        return (points / np.float32(self.scale)).astype(np.float32)


def grow_quad(quad: Points, ratio_x: float, ratio_y: float) -> Points:
    """A quad grown along its own edges: ``ratio_x`` of its width on both sides, ``ratio_y`` of its height up and down.

    The growth is projective (the plane of the plate is continued), so a plate seen at an angle keeps its shape.
    """
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    plane = cv2.getPerspectiveTransform(unit, quad.astype(np.float32))
    x1, x2, y1, y2 = -ratio_x, 1 + ratio_x, -ratio_y, 1 + ratio_y
    wanted = np.array([[[x1, y1], [x2, y1], [x2, y2], [x1, y2]]], np.float32)
    grown: Points = cv2.perspectiveTransform(wanted, plane)[0].astype(np.float32)
    return grown


def quad_size(quad: Points) -> tuple[float, float]:
    """Mean width and mean height of a quad in pixels."""
    tl, tr, br, bl = quad.astype(np.float64)
    width = (math.dist(tl, tr) + math.dist(bl, br)) / 2
    height = (math.dist(tl, bl) + math.dist(tr, br)) / 2
    return width, height


def is_convex(quad: Points) -> bool:
    """Whether the corners run clockwise (as seen, y down) around a convex shape with an area."""
    corners = quad.tolist()
    for (ax, ay), (bx, by), (cx, cy) in zip(
        corners, corners[1:] + corners[:1], corners[2:] + corners[:2], strict=True
    ):
        # Turned about, so that what is no number is not convex either.
        if not (bx - ax) * (cy - by) - (by - ay) * (cx - bx) > 1e-3:
            return False
    return True


def rectify(luma: Luma, quad: Points, size_wh: tuple[int, int]) -> Luma:
    """Look at a quad of the picture from straight ahead.

    The quad is first widened to `MIN_ASPECT` with the scene beside it. What lies outside the picture is replicated
    from its border. A strong reduction is done in two steps, so that thin strokes do not alias away.

    Args:
        luma: ``(H, W) uint8`` picture.
        quad: ``(4, 2) float32`` convex quad, any margin already added.
        size_wh: width and height of the result in pixels.

    Returns:
        ``(h, w) uint8``.
    """
    width, height = quad_size(quad)
    if height > 0 and width / height < MIN_ASPECT:
        more = (MIN_ASPECT * height / max(width, 1e-6) - 1) / 2
        quad = grow_quad(quad, more, 0.0)
        width = MIN_ASPECT * height
    around = bounding_box(quad)
    x0, y0 = math.floor(around.x1) - 2, math.floor(around.y1) - 2
    x1, y1 = math.ceil(around.x2) + 2, math.ceil(around.y2) + 2
    rows, columns = luma.shape
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(columns, x1), min(rows, y1)
    if x1 <= x0 or y1 <= y0:
        return np.zeros((size_wh[1], size_wh[0]), np.uint8)
    part = luma[y0:y1, x0:x1]
    source = quad.astype(np.float32) - np.array([x0, y0], np.float32)
    shrink = min(width / size_wh[0], height / size_wh[1])
    if shrink > 1.5:
        reduced = (max(1, round(part.shape[1] / shrink)), max(1, round(part.shape[0] / shrink)))
        source = source * np.array(
            [reduced[0] / part.shape[1], reduced[1] / part.shape[0]], np.float32
        )
        part = cv2.resize(part, reduced, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    w, h = size_wh
    target = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    # cv2.warpPerspective puts pixel centres on whole numbers, our coordinates on halves.
    half = np.float32(0.5)
    matrix = cv2.getPerspectiveTransform((source - half).astype(np.float32), target - half)
    crop = cv2.warpPerspective(
        part, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return crop.astype(np.uint8, copy=False)


def suppress(boxes: Iterable[tuple[Box, float]], limit: float) -> list[int]:
    """Greedy non-maximum suppression: the indices kept, best score first.

    A box is dropped when it shares more than ``limit``, 0..1, of the smaller one with a better kept one
    (`Box.overlap`): a loose box around a plate, or a piece of one, is the same plate. A box of quite another size is
    not: a house front taken for a plate must not swallow the plate that drives past it.
    """
    items = list(boxes)
    areas = [box.area for box, _ in items]
    kept: list[int] = []
    for index in sorted(range(len(items)), key=lambda i: -items[i][1]):
        box, area = items[index][0], areas[index]
        for k in kept:
            smaller, larger = (area, areas[k]) if area < areas[k] else (areas[k], area)
            # What `Box.overlap` says, over areas that are known: this is asked of every pair in every frame.
            if larger <= SAME_PLATE_AREAS * smaller and box.shared(items[k][0]) > limit * smaller:
                break
        else:
            kept.append(index)
    return kept
