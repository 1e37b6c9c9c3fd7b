"""Hypothesis strategies for places in a picture: boxes, convex quads, detections."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from edge_alpr.geometry import Box, Points, bounding_box
from edge_alpr.types import Detection

WIDTH, HEIGHT = 1280, 720

eighths = st.integers(-800, 16_000).map(lambda n: n / 8)
"""Coordinates on a grid of an eighth of a pixel, around and inside a picture: exact in floats."""

scores = st.floats(0, 1, width=32)


@st.composite
def boxes(draw: st.DrawFn, *, min_side: float = 0.0, inside: bool = False) -> Box:
    """Boxes with sides of at least ``min_side`` pixels; ``inside`` keeps them within 1280 x 720."""
    across, down = (WIDTH, HEIGHT) if inside else (2000, 2000)
    start = 0 if inside else -800
    least = int(min_side * 8)
    x1 = draw(st.integers(start, across * 8 - least))
    y1 = draw(st.integers(start, down * 8 - least))
    x2 = draw(st.integers(x1 + least, across * 8))
    y2 = draw(st.integers(y1 + least, down * 8))
    return Box(x1 / 8, y1 / 8, x2 / 8, y2 / 8)


@st.composite
def quads(draw: st.DrawFn) -> Points:
    """``(4, 2) float32`` plates seen at an angle: each corner moved inwards by up to 5/16 of the box."""
    box = draw(boxes(min_side=12, inside=True))
    share = st.floats(0, 0.3125, width=32)
    inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32)
    moves = np.array([[draw(share), draw(share)] for _ in range(4)], np.float32)
    size = np.array([box.width, box.height], np.float32)
    return (box.corners() + inwards * moves * size).astype(np.float32)


@st.composite
def detections(draw: st.DrawFn) -> Detection:
    corners = draw(quads())
    return Detection(bounding_box(corners), corners, draw(scores))
