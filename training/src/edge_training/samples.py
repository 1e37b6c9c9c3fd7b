"""Makes the reader's samples one by one: rendered plates, things that are no plate, and photographs looked at again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge_alpr.geometry import Luma, Points, grow_quad, quad_size
from edge_training.camera import photograph
from edge_training.chance import Chance
from edge_training.crops import Sample, as_detected, cut
from edge_training.fonts import Typefaces
from edge_training.negatives import Backdrop, draw_negative
from edge_training.plate import draw_plate
from edge_training.regions import as_label
from edge_training.sensor import record

if TYPE_CHECKING:
    from edge_training.photographs import Photograph

NEGATIVE_SHARE = 0.11
AT_THE_EDGE = 0.15
"""Share of the rendered plates that stand at the edge of the picture, which is then continued from its border."""

CUT_OUT, CUT_OUT_OF_TWO_LINES = 0.06, 0.25
"""How often the picture ends where the reader's quad does, as in a collection of cut-out plates."""

MIN_WIDTH, MIN_HEIGHT = 30, 9
"""Pixels: smaller plates in photographs are not used, their labels were not read from them."""


@dataclass(frozen=True, slots=True)
class Renderer:
    """Makes sample after sample from nothing but fonts and backdrops."""

    faces: Typefaces
    backdrops: Sequence[Backdrop]
    seed: int

    def make(self, index: int) -> Sample:
        """Sample number ``index``; the same on every call."""
        chance = Chance(self.seed, index)
        if chance.happens(NEGATIVE_SHARE):
            return draw_negative(chance, self.faces, self.backdrops)
        plate = draw_plate(chance, self.faces)
        photo = photograph(plate, chance, self.faces, [b.luma for b in self.backdrops])
        centres = np.array([[[c.x, c.y] for c in plate.characters]], np.float64)
        seen = cv2.perspectiveTransform(centres, photo.plane)[0].astype(np.float32)
        luma, quad = photo.luma, photo.quad
        if chance.happens(AT_THE_EDGE):
            luma, corner = _near_the_edge(luma, quad, chance)
            quad, seen = quad - corner, seen - corner
        two_line = any(c.line for c in plate.characters)
        wanted = as_detected(chance, quad, two_lines=two_line)
        if chance.happens(CUT_OUT_OF_TWO_LINES if two_line else CUT_OUT):
            luma, corner = _cut_out(luma, wanted)
            wanted, seen = wanted - corner, seen - corner
        crop, points = cut(luma, wanted, seen)
        places = [(float(p[0]), c.line) for p, c in zip(points, plate.characters, strict=True)]
        return Sample(crop, plate.text, places, plate.region)


def _near_the_edge(luma: Luma, quad: Points, chance: Chance) -> tuple[Luma, Points]:
    """A part of the picture that ends close to the plate on each side, and its upper left corner in the picture."""
    (x1, y1), (x2, y2) = quad.min(axis=0), quad.max(axis=0)
    left, right = ((x2 - x1) * chance.uniform(0, 0.1) for _ in range(2))
    above, below = ((y2 - y1) * chance.uniform(0, 0.12) for _ in range(2))
    x, y = max(0, int(x1 - left)), max(0, int(y1 - above))
    part = luma[y : int(np.ceil(y2 + below)), x : int(np.ceil(x2 + right))]
    return np.ascontiguousarray(part), np.array([x, y], np.float32)


def _cut_out(luma: Luma, quad: Points) -> tuple[Luma, Points]:
    """The picture inside the quad's bounding box, and that box's upper left corner."""
    rows, columns = luma.shape
    low = np.clip(np.floor(quad.min(axis=0)), 0, [columns - 4, rows - 4]).astype(int)
    high = np.maximum(np.ceil(quad.max(axis=0)).astype(int), low + 4)
    part = luma[low[1] : high[1], low[0] : high[0]]
    return np.ascontiguousarray(part), low.astype(np.float32)


@dataclass(frozen=True, slots=True)
class RealPlate:
    """A plate in a photograph whose text is known: the part of the picture around it."""

    luma: Luma
    quad: Points
    text: str
    is_crop: bool
    region: str = ""


def real_plates(photographs: Sequence[Photograph]) -> list[RealPlate]:
    """Every readable plate large enough to learn from, with half its size of scene around it."""
    found = []
    for shot in photographs:
        plates = [p for p in shot.plates if p.readable and _large_enough(p.quad)]
        if not plates:
            continue
        luma = shot.luma()
        for plate in plates:
            low = np.maximum(0, plate.quad.min(axis=0) - np.ptp(plate.quad, axis=0) * 0.5).astype(
                int
            )
            high = np.ceil(plate.quad.max(axis=0) + np.ptp(plate.quad, axis=0) * 0.5).astype(int)
            part = np.ascontiguousarray(luma[low[1] : high[1], low[0] : high[0]])
            quad = plate.quad - low.astype(np.float32)
            region = as_label(plate.region)
            found.append(RealPlate(part, quad, str(plate.text), shot.is_crop, region))
    return found


def _large_enough(quad: Points) -> bool:
    width, height = quad_size(quad)
    return width >= MIN_WIDTH and height >= MIN_HEIGHT


@dataclass(frozen=True, slots=True)
class Retaker:
    """Looks at photographed plates again: from farther away, a little aside, less sharp, in other light."""

    plates: Sequence[RealPlate]
    seed: int

    def make(self, index: int) -> Sample:
        """Sample number ``index``; every plate comes once before any comes again."""
        chance = Chance(self.seed, index)
        return retake(self.plates[index % len(self.plates)], chance)


def retake(plate: RealPlate, chance: Chance) -> Sample:
    """A degraded variant of one photographed plate. A crop already carries its margin, so only half of it is added."""
    width, height = quad_size(plate.quad)
    one_line = width / height > 2.6
    wanted = chance.log_uniform(15, 90) * (1 if one_line else 1.6)
    zoom = min(wanted / height, 1.0 if height > 20 else 1.3)
    turn, shear = math.radians(chance.normal(2.5)), chance.normal(0.06)
    matrix = (
        np.array([[math.cos(turn), shear - math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        * zoom
    )
    source, reduced = plate.luma, 1.0
    if zoom < 0.6:
        reduced = max(zoom * 1.25, 0.1)
        small = cv2.resize(source, None, fx=reduced, fy=reduced, interpolation=cv2.INTER_AREA)
        source = small.astype(np.uint8, copy=False)
    # OpenCV has pixel centres on whole numbers, we on halves: under a strong shrink that is pixels.
    size = np.array([plate.luma.shape[1], plate.luma.shape[0]]) * zoom
    offset = size / 2 - matrix @ plate.quad.mean(axis=0)
    picture_wh = (max(8, int(size[0])), max(6, int(size[1])))
    look = np.column_stack([matrix / reduced, offset + (matrix / reduced) @ np.full(2, 0.5) - 0.5])
    seen = cv2.warpAffine(
        source, look, picture_wh, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    luma = record(
        seen.astype(np.float32), chance, height * zoom * (1 if one_line else 0.62), harsh=False
    )
    quad = (plate.quad @ matrix.T + offset).astype(np.float32)
    if plate.is_crop:
        quad = grow_quad(quad, -chance.uniform(0.02, 0.07), -chance.uniform(0.03, 0.1))
    return Sample(cut(luma, as_detected(chance, quad))[0], plate.text, None, plate.region)
