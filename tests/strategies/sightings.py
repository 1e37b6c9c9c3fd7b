"""Hypothesis strategy for sightings: whatever vision's types allow, and a little beyond."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from edge_alpr.geometry import Box
from edge_alpr.passes import Look, Sighting, Vote
from edge_alpr.plates import ALPHABET
from edge_alpr.types import Detection, Moment, PlateRead

texts = st.text(ALPHABET, min_size=1, max_size=12)
ratios = st.floats(0, 1)
moments = st.builds(Moment, st.floats(0, 1e9), st.floats(-1e9, 1e11))
measures = st.none() | st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """Also partly or wholly outside the frame, and without an area."""
    x1, x2 = sorted(draw(st.tuples(st.floats(-500, 3000), st.floats(-500, 3000))))
    y1, y2 = sorted(draw(st.tuples(st.floats(-500, 3000), st.floats(-500, 3000))))
    return Box(x1, y1, x2, y2)


@st.composite
def sightings(draw: st.DrawFn, text: st.SearchStrategy[str] = texts) -> Sighting:
    said = draw(text)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scores = rng.dirichlet(np.full(len(ALPHABET), 0.05), size=len(said)).astype(np.float32)
    others = st.lists(st.tuples(st.text(ALPHABET, max_size=14), st.floats(0, 1.01)), max_size=12)
    vote = Vote(
        said,
        scores,
        draw(ratios),
        tuple(draw(others)),
        draw(st.booleans()),
        draw(st.integers(0, 1000)),
        draw(st.integers(0, 1000)),
    )
    box = draw(boxes())
    look = Look(
        PlateRead(said, scores, draw(ratios)),
        Detection(box, box.corners(), draw(st.floats(0, 1.001))),
        draw(moments),
        draw(st.integers(0, 10**9)),
        draw(st.floats(allow_nan=True)),
        draw(measures),
        draw(measures),
    )
    frame_wh = (draw(st.integers(1, 10_000)), draw(st.integers(1, 10_000)))
    return Sighting(1, vote, look, draw(moments), draw(moments), 3, frame_wh, "cam0")
