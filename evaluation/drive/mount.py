"""This file makes a labelled photograph's plate into one that a rendered vehicle can carry, surroundings and all.

The photograph stays what it is: its own blur, dirt, light and look-alikes travel along; size, perspective, motion and
the rendered light come on top. Nothing of it is written to disk but by those who ask for a clip.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge_alpr.capture.picture import load_picture
from edge_alpr.geometry import Box, Points, bounding_box
from edge_alpr.scene.plate import Plate

if TYPE_CHECKING:
    from edge_alpr.evaluate.labels import LabelledPlate, Photograph

AROUND: Final = (0.7, 1.2)
"""How much of a scene is taken along, in plate widths to either side and plate heights above and below."""

MARGIN: Final = (0.06, 0.08)
"""A cut-out's own margin, as shares of its width and height: its label is its whole area."""

WIDTH_M: Final = {"us": 0.305, "ca": 0.305, "mx": 0.305, "br": 0.4, "in": 0.4, "cn": 0.44}
"""Width of the usual car plate by country; anywhere else 0.52 m."""
TWO_LINE_M: Final = 0.28
LONGEST_M: Final = 0.52
TWO_LINE_ASPECT: Final = 1.7
"""A European plate that is less wide than this, in heights, has two lines."""

FEATHER: Final = 0.12
"""Share of the surroundings over which they fade into the rendered vehicle."""


@dataclass(frozen=True)
class MountedPlate:
    """A picture for a vehicle, and where in it the plate lies."""

    plate: Plate
    inner: Points
    """``(4, 2)``: the plate's corners as shares of the picture, 0..1."""
    source: str

    @cached_property
    def spread(self) -> float:
        """Grey levels between the plate's bright and its dark tenth: between paper and writing."""
        grey = cv2.cvtColor(self.plate.picture, cv2.COLOR_BGR2GRAY)
        box = bounding_box(np.clip(self.inner, 0, 1) * np.float32(grey.shape[::-1]))
        inner = grey[int(box.y1) : math.ceil(box.y2), int(box.x1) : math.ceil(box.x2)]
        low, high = np.percentile(inner, (10, 90)).tolist()
        return float(high - low)

    def corners(self, outer: Points) -> Points:
        """Where the plate's corners are when the picture's are at ``outer``, ``(4, 2)`` pixels."""
        unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
        plane = cv2.getPerspectiveTransform(unit, outer.astype(np.float32))
        seen: Points = cv2.perspectiveTransform(self.inner[None], plane)[0].astype(np.float32)
        return seen


def mount_rendered(plate: Plate) -> MountedPlate:
    """A rendered plate: all of the picture is plate."""
    return MountedPlate(plate, np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32), "rendered")


def mount_photograph(photograph: Photograph, labelled: LabelledPlate) -> MountedPlate:
    """One labelled plate of a photograph.

    Raises:
        SourceError: the picture cannot be read.
        ValueError: the plate has no text, or no area.
    """
    if labelled.text is None:
        raise ValueError(f"{photograph.path}: a plate without a text cannot be asked for")
    picture = load_picture(photograph.path)
    height, width = picture.shape[:2]
    box = labelled.box.clamp(width, height)
    if photograph.is_crop:
        cut, quad = Box(0, 0, width, height), box.grow(-MARGIN[0], -MARGIN[1]).corners()
    else:
        cut = box.grow(*AROUND).clamp(width, height)
        quad = box.corners() if labelled.corners is None else labelled.corners
    if cut.width < 8 or cut.height < 4:
        raise ValueError(f"{photograph.path}: the plate has no area")
    x1, y1, x2, y2 = int(cut.x1), int(cut.y1), int(cut.x2), int(cut.y2)
    part = picture[y1:y2, x1:x2].copy()
    size = np.array([x2 - x1, y2 - y1], np.float32)
    inner = ((quad - np.array([x1, y1], np.float32)) / size).astype(np.float32)
    plate_px = float(np.ptp(quad[:, 0])), float(np.ptp(quad[:, 1]))
    metre_px = plate_px[0] / plate_width_m(labelled.region, *plate_px)
    return MountedPlate(
        Plate(
            region=labelled.region or "",
            text=labelled.text,
            width_m=float(size[0]) / metre_px,
            height_m=float(size[1]) / metre_px,
            picture=part,
            cover=_fading(part.shape[0], part.shape[1], 0.02 if photograph.is_crop else FEATHER),
            bare=True,
        ),
        inner,
        photograph.path.parent.name,
    )


def plate_width_m(region: str | None, width_px: float, height_px: float) -> float:
    """How wide such a plate is in metres, by its country and its shape."""
    country = (region or "").partition("-")[0]
    aspect = width_px / max(height_px, 1.0)
    if country in WIDTH_M:
        return WIDTH_M[country]
    return TWO_LINE_M if aspect < TWO_LINE_ASPECT else LONGEST_M


def _fading(
    rows: int, columns: int, share: float
) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """255 in the middle, falling to 0 over ``share`` of the size at each edge."""

    def ramp(count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        place = (np.arange(count) + 0.5) / count
        return np.clip(np.minimum(place, 1 - place) / share, 0, 1)

    cover = np.minimum(ramp(rows)[:, None], ramp(columns)[None])
    return (255 * cover).astype(np.uint8)
