"""This file turns the detector's map of a canvas into finds: boxes with four corners and a score, in frame pixels.

The network (training/, detector_net.py) answers once per cell of 8 x 8 pixels with 13 numbers: a score logit, the
logarithms of the distances to the four sides, and the four corners relative to the cell's centre.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge_alpr.geometry import Box, Points, bounding_box, is_convex, suppress

if TYPE_CHECKING:
    from edge_alpr.geometry import Letterbox

STRIDE = 8
CHANNELS = 13
CORNER_SCALE = 2 * STRIDE
CORNERS_AGREE_IOU = 0.5
"""Corners whose bounding box overlaps the plate's box by less are not believed."""
SAME_PLACE = 0.5
"""A find that shares more than this of the smaller one with a box is about what the box holds."""


@dataclass(frozen=True, slots=True)
class Find:
    """What one look took for a plate, in frame pixels."""

    box: Box
    corners: Points
    score: float
    canvas_width: float
    """Of the box, in pixels of the canvas it was seen on."""


def decode(
    raw: NDArray[np.float32], min_score: float, most: int = 300
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Turn the network's map into boxes.

    Args:
        raw: ``(13, h, w) float32``.
        min_score: cells below are skipped, 0..1.
        most: only so many best cells are decoded.

    Returns:
        boxes ``(N, 4)`` as x1 y1 x2 y2, corners ``(N, 4, 2)``, scores ``(N,)``: float32, canvas pixels, best first.
    """
    logits = raw[0]
    # The comparison is made on logits, so that the map of mostly empty cells needs no exponential.
    limit = np.log(min_score / (1 - min_score)) if min_score < 1 else np.inf
    rows, columns = np.nonzero(logits > limit)
    if rows.size > most:
        keep = np.argpartition(-logits[rows, columns], most)[:most]
        rows, columns = rows[keep], columns[keep]
    order = np.argsort(-logits[rows, columns], kind="stable")
    rows, columns = rows[order], columns[order]
    scores = 1 / (1 + np.exp(-logits[rows, columns]))
    cell = raw[:, rows, columns].T
    centres = np.stack([(columns + 0.5) * STRIDE, (rows + 0.5) * STRIDE], axis=1)
    reach = np.exp(np.clip(cell[:, 1:5], -4, 5)) * STRIDE
    boxes = np.concatenate([centres - reach[:, :2], centres + reach[:, 2:]], axis=1)
    corners = centres[:, None, :] + cell[:, 5:13].reshape(-1, 4, 2) * CORNER_SCALE
    return boxes.astype(np.float32), corners.astype(np.float32), scores.astype(np.float32)


def all_finds(
    raw: NDArray[np.float32], letterbox: Letterbox, min_score: float, max_overlap: float
) -> list[Find]:
    """Everything on a canvas, best first; boxes that share more than ``max_overlap`` are one."""
    boxes, corners, scores = decode(raw, min_score)
    on_canvas = [Box(*box) for box in boxes.tolist()]
    by_score = scores.tolist()
    kept = suppress(zip(on_canvas, by_score, strict=True), max_overlap)
    return [_find(on_canvas[k], corners[k], by_score[k], letterbox) for k in kept]


def best_find(
    raw: NDArray[np.float32], letterbox: Letterbox, min_score: float, place: Box
) -> Find | None:
    """The best find at one place, a box in pixels of the picture that is in the letterbox; None if there is none."""
    boxes, corners, scores = decode(raw, min_score)
    for k, (box, score) in enumerate(zip(boxes.tolist(), scores.tolist(), strict=True)):
        find = _find(Box(*box), corners[k], score, letterbox)
        if find.box.overlap(place) > SAME_PLACE:
            return find
    return None


def _find(box: Box, corners: Points, score: float, letterbox: Letterbox) -> Find:
    if not is_convex(corners) or bounding_box(corners).iou(box) < CORNERS_AGREE_IOU:
        corners = box.corners()
    s = letterbox.scale
    in_frame = Box(box.x1 / s, box.y1 / s, box.x2 / s, box.y2 / s)
    return Find(in_frame, letterbox.to_picture(corners), score, box.width)
