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


def _lean(draw: st.DrawFn, box: Box, most: float) -> Points:
    """The box with each corner moved inwards by up to ``most`` of its width and height."""
    share = st.floats(0, most, width=32)
    inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32)
    moves = np.array([[draw(share), draw(share)] for _ in range(4)], np.float32)
    size = np.array([box.width, box.height], np.float32)
    return (box.corners() + inwards * moves * size).astype(np.float32)


@st.composite
def quads(draw: st.DrawFn) -> Points:
    """``(4, 2) float32``: plates of any size and shape seen at an angle, inside 1280 x 720."""
    return _lean(draw, draw(boxes(min_side=12, inside=True)), 0.3125)


@st.composite
def near_plates(draw: st.DrawFn) -> Points:
    """``(4, 2) float32``: wide plates seen at an angle, large enough that their lettering can be told apart."""
    width = draw(st.integers(280, 600))
    height = draw(st.integers(80, max(80, width * 2 // 7)))
    x, y = draw(st.integers(0, WIDTH - width)), draw(st.integers(0, HEIGHT - height))
    return _lean(draw, Box(x, y, x + width, y + height), 0.1875)


@st.composite
def detections(draw: st.DrawFn) -> Detection:
    corners = draw(quads())
    return Detection(bounding_box(corners), corners, draw(scores))
