"""Photographs shown at a wanted size: the plate is where its label says, and as wide as was asked."""

from __future__ import annotations

import numpy as np
import pytest

from edge_alpr.geometry import Box, bounding_box
from edge_training.detector_score import Judged
from edge_training.detector_widths import FRAME_WH, show
from edge_training.photographs import LabelledPlate


def _picture(box: Box) -> Judged:
    luma = np.full((480, 640), 40, np.uint8)
    luma[int(box.y1) : int(box.y2), int(box.x1) : int(box.x2)] = 200
    return Judged(luma, (LabelledPlate(box.corners(), has_corners=False, text=None),))


@pytest.mark.parametrize("width", [30, 80, 200, 1000])
@pytest.mark.parametrize("left", [20, 300, 500])
def test_the_plate_is_so_wide_and_where_its_label_is(width: float, left: int) -> None:
    shown = show(_picture(Box(left, 200, left + 100, 225)), width)
    assert shown is not None
    assert shown.luma.shape == FRAME_WH[::-1]
    around = bounding_box(shown.plates[0].quad)
    assert around.width == pytest.approx(width, rel=1e-4)
    rows, columns = np.nonzero(shown.luma > 157)  # half-way from the padding to the plate
    seen = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    assert seen == pytest.approx(
        (around.x1, around.y1, around.x2, around.y2), abs=max(1.1, width / 90)
    )


def test_a_plate_higher_than_the_frame_is_not_shown() -> None:
    assert show(_picture(Box(100, 100, 200, 200)), 1000) is None


def test_a_plate_that_is_cut_off_by_the_frame_is_not_asked_for() -> None:
    picture = _picture(Box(20, 200, 120, 225))
    beside = LabelledPlate(Box(500, 20, 580, 40).corners(), has_corners=False, text=None)
    shown = show(Judged(picture.luma, (*picture.plates, beside)), 1000)
    assert shown is not None
    assert len(shown.plates) == 1
