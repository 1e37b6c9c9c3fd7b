"""Where no plate is: the folders that hold none, and regions beside those that are labelled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from evaluation.false_reads import APART, HEIGHTS, SIDES, empty_folders, place

from edge_alpr.evaluate.labels import LabelledPlate, Photograph
from edge_alpr.geometry import Box

PLATE = Box(300.0, 300.0, 420.0, 330.0)


def test_a_region_lies_in_the_picture_and_keeps_away_from_the_plates() -> None:
    rng = np.random.default_rng(3)
    found = [box for _ in range(400) if (box := place(rng, 800, 600, [PLATE])) is not None]
    assert 50 < len(found) < 400, "some tries find no room"
    near = PLATE.x1 - APART, PLATE.y1 - APART, PLATE.x2 + APART, PLATE.y2 + APART
    for box in found:
        assert 0 <= box.x1 < box.x2 <= 800
        assert 0 <= box.y1 < box.y2 <= 600
        assert box.iou(Box(*near)) == 0
        assert SIDES[0] <= box.width <= SIDES[1]
        assert HEIGHTS[0] - 0.01 <= box.height / box.width <= HEIGHTS[1]


def test_a_picture_smaller_than_any_region_has_none() -> None:
    rng = np.random.default_rng(3)
    assert all(place(rng, 100, 600, []) is None for _ in range(20))


def test_only_a_folder_without_any_plate_is_empty() -> None:
    bare, some = Path("bare"), Path("some")
    plate = LabelledPlate(PLATE, None)
    photographs = [
        Photograph(bare / "a.jpg", (), "val"),
        Photograph(some / "b.jpg", (), "val"),
        Photograph(some / "c.jpg", (plate,), "train"),
    ]
    assert empty_folders(photographs) == {bare}
