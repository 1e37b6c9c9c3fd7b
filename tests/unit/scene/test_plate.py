"""Drawn plates: size, text, colours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge_alpr.scene.looks import LOOKS, PIXELS_PER_MM
from edge_alpr.scene.plate import draw_plate, regions
from edge_alpr.scene.series import SERIES


def test_every_series_has_a_look() -> None:
    assert LOOKS.keys() == SERIES.keys()


@pytest.mark.parametrize("region", regions())
def test_a_plate_has_its_regions_size_and_readable_contrast(region: str) -> None:
    plate = draw_plate(region, np.random.default_rng(1))
    look = LOOKS[region][0]
    assert plate.picture.shape == (
        round(look.height * PIXELS_PER_MM),
        round(look.width * PIXELS_PER_MM),
        3,
    )
    assert plate.cover.shape == plate.picture.shape[:2]
    assert (plate.width_m, plate.height_m) == (look.width / 1000, look.height / 1000)
    grey = cv2.cvtColor(plate.picture, cv2.COLOR_BGR2GRAY)
    dark, light = np.percentile(grey, [4, 96])
    assert light - dark > 90
    assert plate.text.isalnum()


def test_the_text_is_inside_the_plate_with_a_margin() -> None:
    """Even the longest text is narrowed until it fits."""
    for seed in range(20):
        plate = draw_plate("eu-de", np.random.default_rng(seed))
        grey = cv2.cvtColor(plate.picture, cv2.COLOR_BGR2GRAY)
        right_edge = grey[20:-20, -9:-5]
        assert right_edge.min() > 110


def test_a_british_rear_plate_is_yellow_and_the_front_white() -> None:
    front = draw_plate("gb", np.random.default_rng(1))
    rear = draw_plate("gb", np.random.default_rng(1), rear=True)
    blue_front, blue_rear = (np.median(p.picture[..., 0]) for p in (front, rear))
    assert blue_front > 180
    assert blue_rear < 90
    assert front.text == rear.text


def test_the_corners_are_cut_round() -> None:
    plate = draw_plate("br", np.random.default_rng(1))
    assert plate.cover[0, 0] == 0
    assert plate.cover[plate.cover.shape[0] // 2, 0] == 255


def test_drawing_is_repeatable() -> None:
    one, two = (draw_plate("in", np.random.default_rng(3)) for _ in range(2))
    assert one.text == two.text
    assert np.array_equal(one.picture, two.picture)
