"""This file compares what was found in a labelled photograph with its labels, plate by plate."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge_alpr.evaluate.labels import LabelledPlate, Photograph
from edge_alpr.evaluate.share import Share, share_of
from edge_alpr.geometry import Box, Points, quad_size
from edge_alpr.plates import edit_distance, fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.types import Colour

LOCATED_IOU: Final = 0.5
"""A find that overlaps a label by so much is in the right place."""
NOTHING: Final = Share(0, 0)
DARK_LUMA: Final = 60.0
GREY_SATURATION: Final = 8.0
"""Mean differences between the colours under this are what JPEG makes of a grey picture."""


@dataclass(frozen=True, slots=True)
class Found:
    """One plate as the product found and read it, in pixels."""

    box: Box
    corners: Points = field(repr=False)
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class PlateOutcome:
    """One labelled plate and what became of it."""

    photograph: Photograph
    label: LabelledPlate
    found: Found | None
    light: str
    """day, dark or grey (infrared, or a picture without colours)."""

    @property
    def located(self) -> bool:
        """Found, with a box that overlaps the label by half."""
        return self.found is not None and self.found.box.iou(self.label.box) >= LOCATED_IOU

    @property
    def text(self) -> str:
        """What was read; empty if it was not found."""
        return "" if self.found is None else self.found.text

    @property
    def exact(self) -> bool:
        return self.label.text is not None and self.text == self.label.text

    @property
    def folded(self) -> bool:
        return self.label.text is not None and fold(self.text) == fold(self.label.text)

    @property
    def edits(self) -> int:
        """Characters to insert, delete or replace; 0 where the text is not known."""
        return 0 if self.label.text is None else edit_distance(self.text, self.label.text)

    @property
    def height_px(self) -> float:
        if self.label.corners is None:
            return self.label.box.height
        return quad_size(self.label.corners)[1]

    @property
    def angle_deg(self) -> float | None:
        """Of the plate's upper edge against the horizon, 0..90, by the label's corners or else by those found."""
        quad = self.label.corners
        if quad is None:
            if self.found is None:
                return None
            quad = self.found.corners
        dx, dy = (quad[1] - quad[0]).tolist()
        return min(90.0, math.degrees(math.atan2(abs(dy), abs(dx))))

    @property
    def corner_error(self) -> float | None:
        """Mean distance of the four corners from the label's, in plate heights; None where they are not labelled."""
        if self.label.corners is None or self.found is None:
            return None
        apart = np.linalg.norm(self.found.corners - self.label.corners, axis=1).mean()
        return float(apart) / max(self.height_px, 1.0)


@dataclass(frozen=True, slots=True)
class PictureOutcome:
    """One photograph, judged."""

    photograph: Photograph
    plates: tuple[PlateOutcome, ...]
    beside: tuple[Found, ...]
    """Finds on no label."""
    detected: Share = NOTHING
    """Labels that the detector alone put a box on, whatever the reader made of it, of all labels."""
    boxes_right: Share = NOTHING
    """The detector's boxes that are on a label, of all of them."""


def judge_picture(
    photograph: Photograph, found: Sequence[Found], light: str, detected: Sequence[Box] = ()
) -> PictureOutcome:
    """Pair finds and labels, the best overlaps first, each once.

    Args:
        photograph: with its labels.
        found: what the product made of it.
        light: from `light_of`.
        detected: all boxes of the detector, before the reader had its say.
    """
    labels = [label.box for label in photograph.plates]
    pairs = sorted(
        (
            (find.box.iou(label.box), i, j)
            for i, label in enumerate(photograph.plates)
            for j, find in enumerate(found)
            if is_on(find.box, label.box)
        ),
        reverse=True,
    )
    of_label: dict[int, Found] = {}
    taken: set[int] = set()
    for _, i, j in pairs:
        if i not in of_label and j not in taken:
            of_label[i] = found[j]
            taken.add(j)
    return PictureOutcome(
        photograph,
        tuple(
            PlateOutcome(photograph, label, of_label.get(i), light)
            for i, label in enumerate(photograph.plates)
        ),
        tuple(find for j, find in enumerate(found) if j not in taken),
        share_of([any(box.iou(label) >= LOCATED_IOU for box in detected) for label in labels]),
        share_of([any(box.iou(label) >= LOCATED_IOU for label in labels) for box in detected]),
    )


def is_on(found: Box, label: Box) -> bool:
    """Whether a found box is the labelled plate: it overlaps by half, or its middle lies on it and the size fits."""
    if found.iou(label) >= LOCATED_IOU:
        return True
    x, y = found.centre
    inside = label.x1 <= x <= label.x2 and label.y1 <= y <= label.y2
    return inside and 0.3 < found.width / max(label.width, 1e-6) < 3


def light_of(colour: Colour) -> str:
    """``dark``, ``grey`` or ``day``, from ``(H, W, 3)`` pixels."""
    small = cv2.resize(colour, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    if float((small.max(axis=2) - small.min(axis=2)).mean()) < GREY_SATURATION:
        return "grey"
    return "dark" if float(small.mean()) < DARK_LUMA else "day"
