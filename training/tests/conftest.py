"""What all tests of the training share: faces without any font file, and backdrops without any photograph."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from edge_alpr.geometry import Box
from edge_training.chance import Chance
from edge_training.fonts import Typefaces, stroke_face
from edge_training.negatives import Backdrop


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def faces() -> Typefaces:
    """The project's own stroke alphabet, and blocks instead of words."""
    strokes = stroke_face()
    assert strokes is not None, "edge_alpr.scene.glyphs is part of the firmware"
    words = [np.full((30, width), 255, np.uint8) for width in (40, 90, 160)]
    return Typefaces([strokes], words, strokes)


@pytest.fixture(scope="session")
def backdrops() -> list[Backdrop]:
    """One smooth random picture with a box where nothing may be cut out."""
    clouds = np.clip(Chance(3).clouds(300, 400, 12) * 40 + 120, 0, 255).astype(np.uint8)
    return [Backdrop(clouds, (Box(100, 100, 300, 200),))]
