"""Says what each cell of the detector's map should answer for a picture whose plates are known.

A plate claims the cells near its centre. The rest of its box is left out of the loss: whether a cell on a plate's edge
should say "plate" is not worth an argument. So are plates that are cut off or too small to ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge_training.detector_net import STRIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float32]

CORE_X, CORE_Y = 0.14, 0.22
"""Half the part of a plate's width and height whose cells answer for it."""

LEAST_CORE = 0.55 * STRIDE
"""A plate owns the cells within this distance of its centre at least, so that every plate owns one."""

MARGIN = 0.5 * STRIDE
"""Cells this near to a plate's box are left out as well."""

SMALL_WIDTH = 56.0
"""Plates narrower than this weigh more: theirs are the boxes that a pixel spoils."""

MAX_SMALL_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Marks:
    """The plates of one picture, in its pixels.

    ``boxes`` is ``(n, 4)``; ``quads`` is ``(n, 4, 2)``, NaN where a plate's corners are unknown; ``learn`` is
    ``(n,) bool``, False for a plate that must neither be found nor be missed.
    """

    boxes: Floats
    quads: Floats
    learn: NDArray[np.bool_]

    @classmethod
    def none(cls) -> Marks:
        return cls(
            np.zeros((0, 4), np.float32), np.zeros((0, 4, 2), np.float32), np.zeros(0, np.bool_)
        )


@dataclass(frozen=True, slots=True)
class Targets:
    """One batch's targets.

    ``score`` and ``score_weight`` are ``(N, h, w)``. The others have one row for each cell that answers for a plate:
    ``cells (m, 3) int64`` holds picture, row and column, ``boxes (m, 4)`` and ``quads (m, 4, 2)`` pixels,
    ``weights (m,)`` how much the row's box and corners count.
    """

    score: Floats
    score_weight: Floats
    cells: NDArray[np.int64]
    boxes: Floats
    quads: Floats
    weights: Floats


def centres(rows: int, columns: int) -> tuple[Floats, Floats]:
    """x and y of the cell centres in pixels, each ``(rows, columns)``."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    return (x + 0.5) * STRIDE, (y + 0.5) * STRIDE


def assign(batch: Sequence[Marks], height: int, width: int) -> Targets:
    """The targets of a batch of pictures ``height`` x ``width`` pixels (multiples of the stride).

    A cell that two plates claim goes to the smaller one, which has fewer others.
    """
    rows, columns = height // STRIDE, width // STRIDE
    x, y = centres(rows, columns)
    score = np.zeros((len(batch), rows, columns), np.float32)
    weight = np.ones_like(score)
    found: list[tuple[NDArray[np.int64], Floats, Floats, Floats]] = []
    for picture, marks in enumerate(batch):
        owner = np.full((rows, columns), -1, np.int64)
        for x1, y1, x2, y2 in marks.boxes:
            near = (x > x1 - MARGIN) & (x < x2 + MARGIN) & (y > y1 - MARGIN) & (y < y2 + MARGIN)
            weight[picture][near] = 0.0
        for plate in np.argsort(-_areas(marks.boxes)):
            if marks.learn[plate]:
                owner[_core(marks.boxes[plate], x, y)] = plate
        claimed = np.argwhere(owner >= 0)
        owners = owner[owner >= 0]
        if not len(owners):
            continue
        counts = np.bincount(owners, minlength=len(marks.boxes))[owners].astype(np.float32)
        score[picture][owner >= 0] = 1.0
        weight[picture][owner >= 0] = counts**-0.4
        widths = marks.boxes[owners, 2] - marks.boxes[owners, 0]
        small = np.clip(SMALL_WIDTH / widths, 1.0, MAX_SMALL_WEIGHT)
        cells = np.column_stack([np.full(len(owners), picture), claimed]).astype(np.int64)
        found.append((cells, marks.boxes[owners], marks.quads[owners], small * counts**-0.7))
    if not found:
        empty = Marks.none()
        cells = np.zeros((0, 3), np.int64)
        return Targets(score, weight, cells, empty.boxes, empty.quads, np.zeros(0, np.float32))
    cells, boxes, quads, weights = (np.concatenate(part) for part in zip(*found, strict=True))
    return Targets(score, weight, cells, boxes, quads, weights.astype(np.float32))


def _areas(boxes: Floats) -> Floats:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _core(box: Floats, x: Floats, y: Floats) -> NDArray[np.bool_]:
    x1, y1, x2, y2 = box
    half_x = max((x2 - x1) * CORE_X, LEAST_CORE)
    half_y = max((y2 - y1) * CORE_Y, LEAST_CORE)
    inside: NDArray[np.bool_] = (np.abs(x - (x1 + x2) / 2) <= half_x) & (
        np.abs(y - (y1 + y2) / 2) <= half_y
    )
    return inside
