"""This file measures one plate in one picture: its width, its strokes, its blur, its contrast and its glare.

Strokes are counted by area: along rows through the letters, the darkness of each run of ink is added up and divided by
that of full ink, which blur does not change. Upright strokes are the commonest runs, so their width is the mode (half
sample mode, Robertson and Cryer 1974). Blur is the width of the strokes' edges: full contrast over the steepest
gradient of most edges. It has the lens and the pixels in it: about 1.7 pixels is as sharp as it gets, and a
motion of 1, 2 and 3 pixels gives about 1.8, 2.3 and 3.1. Checked against rendered scenes (tests/unit/aim).
Pure functions. Cost: a few milliseconds a plate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_alpr.geometry import bounding_box, grow_quad, quad_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.geometry import Luma, Points

Levels: TypeAlias = NDArray[np.float64]

FINER: Final = 4
"""A plate is looked at with so many samples a pixel."""
ROWS: Final = 32
"""Rows through the letters that are looked at."""
MIDDLE: Final = 0.15
"""Share of the plate's height that is left out above and below: slogans and rims are there, letters are not."""
LETTERS: Final = 0.167, 0.833
"""Share of what remains between which rows are taken."""
INK: Final = 0.7
"""Per cent of the darkest samples that are full ink."""
LEAST_RUNS: Final = 12
"""Of fewer runs of ink nothing is said."""
FLAT: Final = 16.0
"""Grey levels between ink and paper below which there is nothing to measure."""
BURNT_OUT: Final = 250
EDGE: Final = 36.0
"""Percentile of the edges' gradients that stands for all."""
LARGEST_PX: Final = 1600
"""Wider plates are measured with fewer samples a pixel."""


@dataclass(frozen=True, slots=True)
class PlateMeasure:
    """One plate's numbers, in pixels of the frame. It holds no text and no picture."""

    width_px: float
    height_px: float
    stroke_px: float | None
    """Across an upright stroke of a letter; None if no strokes can be told."""
    blur_px: float | None
    """Width of the letters' edges."""
    contrast: float
    """0..1: between ink and paper."""
    glare: float
    """0..1: share of the plate that is burnt out."""


def measure_plate(luma: Luma, corners: Points) -> PlateMeasure:
    """Measure the plate at ``corners``, ``(4, 2)`` pixels, in ``(H, W) uint8``."""
    width, height = quad_size(corners)
    flat = _from_ahead(luma, corners)
    glare = float(np.count_nonzero(flat >= BURNT_OUT)) / flat.size
    low, high = (float(level) for level in np.percentile(flat, (INK, 100 - INK)))
    if high - low < FLAT:
        return PlateMeasure(width, height, None, None, (high - low) / 255, glare)
    if float(np.median(flat)) < (low + high) / 2:  # light letters on a dark plate
        flat, low, high = -flat, -high, -low
    paper = float(np.median(flat[flat > (low + high) / 2]))
    inked = (paper - flat) / (paper - low)
    runs, steepness = _runs(inked, flat.shape[1] / width)
    if len(runs) < LEAST_RUNS:
        return PlateMeasure(width, height, None, None, (paper - low) / 255, glare)
    blur = 1 / max(float(np.percentile(steepness, EDGE)), 1e-3)
    return PlateMeasure(width, height, commonest(runs), blur, (paper - low) / 255, glare)


def commonest(values: Levels) -> float:
    """Where values lie closest together: the half sample mode of ``(N,)``, N >= 1."""
    rest = np.sort(values)
    while len(rest) > 3:
        half = (len(rest) + 1) // 2
        start = int(np.argmin(rest[half - 1 :] - rest[: len(rest) - half + 1]))
        rest = rest[start : start + half]
    return float(rest.mean())


def _from_ahead(luma: Luma, corners: Points) -> Levels:
    """The middle of the plate, seen from ahead, with `FINER` samples for a pixel of the frame."""
    inner = grow_quad(corners, -0.02, -MIDDLE)
    width, height = quad_size(inner)
    finer = min(FINER, LARGEST_PX / max(width, 1.0))
    size = max(8, round(width * finer)), max(8, round(height * finer))
    around = bounding_box(inner).grow(0.1, 0.2).clamp(luma.shape[1], luma.shape[0])
    x, y = int(around.x1), int(around.y1)
    part = luma[y : int(around.y2) + 1, x : int(around.x2) + 1]
    if part.size == 0:
        return np.zeros(size[::-1])
    # Pixel centres are on whole numbers in OpenCV, on halves with us.
    source = (inner - np.array([x, y]) - 0.5).astype(np.float32)
    corner = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corner - np.float32(0.5))
    return cv2.warpPerspective(
        part, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float64)


def _runs(inked: Levels, per_pixel: float) -> tuple[Levels, Levels]:
    """Widths in pixels of the runs of ink along the rows, and how steep their edges are, in ink per pixel."""
    height = inked.shape[0]
    rows = np.linspace(LETTERS[0] * height, LETTERS[1] * height - 1, ROWS).astype(int)
    widths: list[float] = []
    steepness: list[float] = []
    for row in inked[np.unique(rows)]:
        slope = np.abs(np.diff(row)) * per_pixel
        for start, core, end in _feet(row):
            widths.append(float(row[start : end + 1].clip(0).sum()) / per_pixel)
            edges = slope[start:core], slope[core:end]
            steepness.extend(float(edge.max()) for edge in edges if edge.size)
    return np.array(widths), np.array(steepness)


def _feet(row: Levels) -> Iterator[tuple[int, int, int]]:
    """Where each run of ink begins to rise, its middle, and where it has fallen off."""
    changes = np.flatnonzero(np.diff(np.concatenate([[0], (row > 0.5).astype(np.int8), [0]])))
    for first, after in zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True):
        if first < 2 or after > len(row) - 2:
            continue  # the rim, or what lies beside the plate
        start, end = first, after - 1
        while start > 0 and row[start - 1] < row[start]:
            start -= 1
        while end < len(row) - 1 and row[end + 1] < row[end]:
            end += 1
        yield start, (first + after) // 2, end
