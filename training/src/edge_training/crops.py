"""Cuts what the reader will look at: a plate's quad as an imperfect detector would give it, with margin, made upright.

Renderer, photographs, evaluation and the firmware share `edge_alpr.geometry`, so that the network is trained on the
very crops that it will be asked to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge_alpr.geometry import (
    MIN_ASPECT,
    Luma,
    Points,
    bounding_box,
    grow_quad,
    is_convex,
    quad_size,
    rectify,
)
from edge_training.reader_net import CROP_HEIGHT, CROP_WIDTH

if TYPE_CHECKING:
    from edge_training.chance import Chance

MARGIN_X, MARGIN_Y = 0.07, 0.10
"""Share of the plate's width and height that is added on each side; stands in the model card."""

STORED_HEIGHT, STORED_WIDTH = 72, 208
"""Crops are stored a little larger; the trainer takes a random window of the network's size, a free augmentation."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One thing to learn from."""

    crop: Luma
    """``(72, 208) uint8``."""

    text: str
    """Empty: this is no plate."""

    places: Sequence[tuple[float, int]] | None
    """Per character its centre's x in pixels of the stored crop and its line (0, 1); None where nobody knows."""

    region: str = ""
    """A label of `regions`; empty where nothing is known."""


def cut(luma: Luma, quad: Points, points: Points | None = None) -> tuple[Luma, Points]:
    """The stored crop around a reader's quad (margin already in it), and ``points`` of the picture as seen in it."""
    grown = grow_quad(
        quad, (STORED_WIDTH / CROP_WIDTH - 1) / 2, (STORED_HEIGHT / CROP_HEIGHT - 1) / 2
    )
    width, height = quad_size(grown)
    if width / height < MIN_ASPECT:  # as `rectify` does, so that the points follow
        grown = grow_quad(grown, (MIN_ASPECT * height / width - 1) / 2, 0.0)
    crop = rectify(luma, grown, (STORED_WIDTH, STORED_HEIGHT))
    if points is None:
        return crop, np.zeros((0, 2), np.float32)
    target = np.array(
        [[0, 0], [STORED_WIDTH, 0], [STORED_WIDTH, STORED_HEIGHT], [0, STORED_HEIGHT]], np.float32
    )
    look = cv2.getPerspectiveTransform(grown, target)
    return crop, cv2.perspectiveTransform(points[None].astype(np.float32), look)[0]


def with_margin(quad: Points) -> Points:
    """The quad that the reader is given for a plate's true corners."""
    return grow_quad(quad, MARGIN_X, MARGIN_Y)


TIGHT, TIGHT_OF_TWO_LINES = 0.12, 0.35
"""How often hardly any margin is left."""


def as_detected(chance: Chance, quad: Points, *, two_lines: bool = False) -> Points:
    """A reader's quad as it comes from a detector: near the truth, beside it, or just an upright box; margin added.

    Plates of two lines are cut closer, and more often so: that is what boxes of one shape for all plates do.
    """
    if chance.happens(TIGHT_OF_TWO_LINES if two_lines else TIGHT):
        more = chance.uniform(-0.04 if two_lines else 0.0, 0.02)
        return _sides(chance, grow_quad(quad, more, 1.5 * more), 0.008, 0.02)
    kind = chance.uniform(TIGHT, 1)
    width, height = quad_size(quad)
    if kind < 0.3:
        guess = _nudge(chance, quad, 0.012 * width, 0.03 * height)
    elif kind < 0.7:
        guess = _nudge(chance, _sides(chance, quad, 0.02, 0.06), 0.015 * width, 0.04 * height)
    else:
        guess = _sides(chance, bounding_box(quad).corners(), 0.02, 0.05)
    grown = with_margin(guess)
    return grown if is_convex(grown) else with_margin(quad)


def _sides(chance: Chance, quad: Points, along: float, across: float) -> Points:
    """Each side moved by itself, rather outwards: s.d. ``along`` of the width, ``across`` of the height."""
    loose = 3.0 if chance.happens(0.12) else 1.0
    x1, x2 = -chance.normal(along) * loose, 1 + chance.normal(along) * loose
    y1, y2 = -chance.normal(across) * loose, 1 + chance.normal(across) * loose
    out = chance.uniform(0, 0.5)
    x1, x2 = x1 - out * along * loose, x2 + out * along * loose
    y1, y2 = y1 - out * across * loose, y2 + out * across * loose
    # Cut off a plate's edge by a little at most: a label that cannot be seen teaches guessing.
    x1, x2, y1, y2 = min(x1, 0.04), max(x2, 0.96), min(y1, 0.07), max(y2, 0.93)
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    plane = cv2.getPerspectiveTransform(unit, quad.astype(np.float32))
    wanted = np.array([[[x1, y1], [x2, y1], [x2, y2], [x1, y2]]], np.float32)
    return np.asarray(cv2.perspectiveTransform(wanted, plane)[0], np.float32)


def _nudge(chance: Chance, quad: Points, dx: float, dy: float) -> Points:
    """Each corner moved by itself, s.d. ``dx`` and ``dy`` pixels, two at most."""
    moves = [[chance.normal(dx, 2 * dx), chance.normal(dy, 2 * dy)] for _ in range(4)]
    return quad + np.array(moves, np.float32)
