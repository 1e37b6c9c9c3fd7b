"""This file finds plates: frame -> letterbox -> network -> boxes with four corners, best first.

The network (training/, detector_net.py) answers once per cell of 8 x 8 pixels with 13 numbers: a score logit, the
logarithms of the distances to the four sides, and the four corners relative to the cell's centre.
Cost: one network run per frame. State: none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from edge_alpr.errors import ModelError
from edge_alpr.geometry import Box, Letterbox, bounding_box, is_convex, suppress
from edge_alpr.types import Detection

if TYPE_CHECKING:
    from edge_alpr.geometry import Luma
    from edge_alpr.vision.inference import Model, ModelCard

STRIDE = 8
CHANNELS = 13
CORNER_SCALE = 2 * STRIDE
CANVAS_STEP = 32
"""Canvas sides are multiples of the network's coarsest stride."""
CORNERS_AGREE_IOU = 0.5
"""Corners whose bounding box overlaps the plate's box by less are not believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectSettings:
    """Finding plates in a frame."""

    side_px: Annotated[int, Ge(256), Le(1920)] = 640
    """Longer side of the picture the detector sees. Larger finds smaller plates and costs more time."""
    min_score: Annotated[float, Gt(0), Le(1)] | None = None
    """Detections below this score are ignored. Leave it out to use the threshold on the detector's card."""
    max_overlap: Annotated[float, Gt(0), Le(1)] = 0.4
    """Two boxes that share more than this of the smaller one are one plate."""
    max_plates: Annotated[int, Ge(1), Le(300)] = 16
    """At most so many plates per frame, the best ones."""


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


class PlateDetector:
    """Finds plates in a frame's luma."""

    def __init__(self, model: Model, settings: DetectSettings) -> None:
        facts = model.card.facts
        if facts.get("task") != "detect" or facts["output"].get("channels") != CHANNELS:
            raise ModelError(f"{model.card.path}: its card is not that of a plate detector")
        self._model = model
        self._settings = settings
        try:
            self._min_score = settings.min_score or float(facts["threshold"])
        except (KeyError, TypeError, ValueError):
            raise ModelError(f"{model.card.path}: its card has no usable threshold") from None

    @property
    def card(self) -> ModelCard:
        return self._model.card

    def canvas_for(self, frame_wh: tuple[int, int]) -> Letterbox:
        """The canvas a frame is fitted into: the longer side is ``side_px``, both are multiples of 32."""
        scale = self._settings.side_px / max(frame_wh)
        width, height = (
            max(CANVAS_STEP, -(-round(side * scale) // CANVAS_STEP) * CANVAS_STEP)
            for side in frame_wh
        )
        return Letterbox(scale, width, height)

    def detect(self, luma: Luma) -> list[Detection]:
        """The plates in ``(H, W) uint8``, best first, boxes clamped to the frame."""
        height, width = luma.shape
        letterbox = self.canvas_for((width, height))
        raw = self._model.run(letterbox.apply(luma)[None, None])[0]
        boxes, corners, scores = decode(raw, self._min_score)
        found = [Box(*map(float, b)) for b in boxes]
        kept = suppress(zip(found, map(float, scores), strict=True), self._settings.max_overlap)
        detections = []
        for index in kept[: self._settings.max_plates]:
            quad = corners[index]
            on_canvas = found[index]
            if not is_convex(quad) or bounding_box(quad).iou(on_canvas) < CORNERS_AGREE_IOU:
                quad = on_canvas.corners()
            (x1, y1), (x2, y2) = letterbox.to_picture(on_canvas.corners()[[0, 2]])
            box = Box(float(x1), float(y1), float(x2), float(y2)).clamp(width, height)
            if box.area > 0:
                detections.append(Detection(box, letterbox.to_picture(quad), float(scores[index])))
        return detections
