"""Why a plate could not be read: the quality of crops, and the reasons that follow from it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from edge_alpr.geometry import Box
from edge_alpr.passes import Quality
from edge_alpr.vision.quality import quality_of
from edge_alpr.vision.unread import unread_reason

WH = (1280, 720)
PLATE = Box(400, 300, 550, 335)
GOOD = Quality(blur_px=1.2, glare=0.02, contrast=0.6)


def reason(box: Box | None = PLATE, quality: Quality | None = GOOD, **facts: Any) -> str:
    known = {"texts": 0, "longest": 0, "min_characters": 3, "not_a_plate": 0.0}
    return unread_reason(box, WH, quality, **{**known, **facts})


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ({"box": None}, "too_small"),
        ({"box": Box(0, 300, 80, 335)}, "blocked"),
        ({"quality": Quality(1.2, 0.7, 0.6)}, "glare"),
        ({"quality": Quality(9.0, 0.0, 0.6)}, "blurred"),
        ({}, "not_a_plate"),
        ({"texts": 4, "longest": 7, "not_a_plate": 0.9}, "not_a_plate"),
        ({"texts": 3, "longest": 2}, "blocked"),
        ({"texts": 4, "longest": 7}, "disagreement"),
        ({"texts": 4, "longest": 7, "quality": None}, "disagreement"),
        ({"texts": 4, "longest": 7, "quality": Quality(None, 0.0, 0.01)}, "disagreement"),
    ],
)
def test_the_reason(found: dict[str, Any], wanted: str) -> None:
    assert reason(**found) == wanted


def lettering() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A crop of 192 x 64 with upright black strokes 4 pixels wide."""
    crop = np.full((64, 192), 210, np.uint8)
    for x in range(16, 180, 16):
        crop[12:52, x : x + 4] = 30
    return crop


def test_blur_grows_with_the_blur_of_the_crop_and_counts_in_pixels_of_the_frame() -> None:
    widths = []
    for sigma in (0.5, 1.5, 3.0):
        blurred = cv2.GaussianBlur(lettering(), (0, 0), sigma).astype(np.uint8)
        widths.append(quality_of(blurred, 163).blur_px or 0.0)
    assert widths == sorted(widths)
    assert widths[0] < 2.5 < widths[2]
    small = quality_of(cv2.GaussianBlur(lettering(), (0, 0), 1.5).astype(np.uint8), 81.5)
    assert small.blur_px == pytest.approx(widths[1] / 2, rel=0.01)


def test_glare_and_contrast() -> None:
    burnt = lettering()
    burnt[:, :96] = 255
    assert quality_of(burnt, 150).glare == pytest.approx(0.5)
    assert quality_of(lettering(), 150).glare == 0
    assert quality_of(lettering(), 150).contrast == pytest.approx(180 / 255, abs=0.02)
    flat = quality_of(np.full((64, 192), 90, np.uint8), 150)
    assert (flat.blur_px, flat.contrast) == (None, 0.0)
