"""Shows a detector the same photographs at many sizes: how wide must a plate be, and how wide may it be, to be found?

Every photograph is cut or padded to 1280 x 720 around its widest plate, which is as wide there as asked. A plate that
was photographed smaller is enlarged: the last rows say whether large plates stay whole, not how sharp they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge_alpr.geometry import PAD_LEVEL, Points, bounding_box, quad_size
from edge_training.detector_score import Judged, Score, detect_all, score
from edge_training.photographs import LabelledPlate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge_alpr.geometry import Luma
    from edge_alpr.vision.inference import Model

FRAME_WH = (1280, 720)
WIDTHS = (30, 40, 60, 100, 200, 400, 700, 1000)
"""Pixels of the widest plate in the frame."""

EVERY = 3
"""One of so many photographs is enough for a figure of one point's precision."""


def score_widths(
    model: Model, judges: Mapping[str, Sequence[Judged]], threshold: float
) -> dict[str, Score]:
    """A score for each of `WIDTHS`, over one in `EVERY` judging photographs with a plate."""
    chosen = [p for pictures in judges.values() for p in pictures if p.plates][::EVERY]
    scores = {}
    for width in WIDTHS:
        shown = [resized for p in chosen if (resized := show(p, width)) is not None]
        scores[f"{width} px wide"] = score(shown, detect_all(model, shown), threshold)
    return scores


def show(picture: Judged, width: float) -> Judged | None:
    """The photograph in a frame in which its widest plate is ``width`` wide; None where that is too high for it."""
    widest = max(picture.plates, key=lambda plate: bounding_box(plate.quad).width)
    around = bounding_box(widest.quad)
    scale = width / max(around.width, 1.0)
    if around.height * scale > FRAME_WH[1]:
        return None
    size = np.array(picture.luma.shape[::-1], np.float64)
    room = np.array(FRAME_WH) / scale
    middle = np.array(around.centre)
    # The frame stays inside the photograph where that is large enough, and has it in the middle where it is not.
    corner = np.where(
        room < size, np.clip(middle - room / 2, 0, np.maximum(size - room, 0)), (size - room) / 2
    )
    return Judged(
        _cut(picture.luma, corner, scale),
        tuple(plate for p in picture.plates if (plate := _moved(p, corner, scale)) is not None),
        tuple(bounding_box((b.corners() - corner) * scale) for b in picture.unlabelled),
    )


def _moved(plate: LabelledPlate, corner: Points, scale: float) -> LabelledPlate | None:
    """The plate in the frame; None where it is not in the frame as a whole."""
    quad = ((plate.quad - corner) * scale).astype(np.float32)
    outside = (quad < -1).any() or (quad > np.array(FRAME_WH) + 1).any()
    if outside or quad_size(quad)[0] < 1:
        return None
    return LabelledPlate(quad, has_corners=plate.has_corners, text=plate.text, region=plate.region)


def _cut(luma: Luma, corner: Points, scale: float) -> Luma:
    """The frame whose left and top are at ``corner`` of the photograph; reduced in two steps, so nothing aliases."""
    part, factor = luma, np.ones(2)
    if scale < 0.7:
        height, width = luma.shape
        size = max(1, round(width * scale)), max(1, round(height * scale))
        part = cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        factor = np.array(size) / (width, height)
    across, down = scale / factor
    # cv2.warpAffine puts pixel centres on whole numbers, our coordinates on halves.
    left, top = -np.asarray(corner) * scale + np.array([across, down]) * 0.5 - 0.5
    frame = cv2.warpAffine(
        part,
        np.array([[across, 0, left], [0, down, top]], np.float32),
        FRAME_WH,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=PAD_LEVEL,
    )
    return frame.astype(np.uint8, copy=False)
