"""Vehicles: their shapes are whole, and drawing them stays where it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge_alpr.scene.body import SHAPES, Shape
from edge_alpr.scene.drive import make_vehicle
from edge_alpr.scene.light import DAY, NIGHT
from edge_alpr.scene.vehicle import PAINTS, Vehicle
from edge_alpr.scene.view import PinholeView

if TYPE_CHECKING:
    from edge_alpr.geometry import Points
    from edge_alpr.scene.light import Light

VIEW = PinholeView()
STILL = np.zeros(2)


def vehicle(shape: int = 0, *, near: bool = True, region: str = "eu-de") -> Vehicle:
    return make_vehicle(np.random.default_rng(1), region, near=near, shape=shape, paint=0)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shape_is_whole_and_turns_around_without_loss(shape: Shape) -> None:
    assert len(shape.parts) == len(shape.outline) - 1
    assert shape.parts[0] == shape.parts[-1] == "end"
    assert "glass" in shape.parts
    assert 3.5 < shape.length < 6
    assert shape.seen_from_behind().seen_from_behind() == shape


@pytest.mark.parametrize("shape", range(len(SHAPES)))
@pytest.mark.parametrize("near", [True, False])
@pytest.mark.parametrize("light", [DAY, NIGHT], ids=lambda light: light.name)
def test_drawing_changes_the_picture_where_the_vehicle_is(
    shape: int, near: bool, light: Light
) -> None:
    grey = np.full((720, 1280, 3), 90, np.uint8)
    one = vehicle(shape, near=near, region="eu-de" if near else "gb")
    before = grey.copy()
    one.draw(grey, VIEW, 12.0, light, STILL)
    changed = (grey != before).any(axis=2)
    hull = one.silhouette(VIEW, 12.0)
    (x1, y1), (x2, y2) = np.maximum(hull.min(0).astype(int), 0), hull.max(0).astype(int)
    assert changed[y1:y2, x1:x2].mean() > 0.5
    assert not changed[:60].any()


@pytest.mark.parametrize("distance", [2.0, 4.0, 110.0])
def test_a_vehicle_partly_or_wholly_outside_is_no_problem(distance: float) -> None:
    picture = np.full((720, 1280, 3), 90, np.uint8)
    vehicle().draw(picture, VIEW, distance, DAY, np.array([3.0, -2.0]))
    assert picture.shape == (720, 1280, 3)


def test_the_plate_is_where_the_corners_say() -> None:
    """A white plate on a black car: light inside the corners, dark just outside."""
    one = Vehicle(SHAPES[0], PAINTS[1], vehicle().plate, 1.9, rear=False, seed=1)
    picture = np.zeros((720, 1280, 3), np.uint8)
    one.draw(picture, VIEW, 9.0, DAY, STILL)
    corners: Points = one.plate_corners(VIEW, 9.0)
    x, y = corners.mean(0).astype(int)
    top = int(corners[:2, 1].min())
    assert np.median(picture[y - 3 : y + 4, int(corners[0, 0]) + 30 : x]) > 120
    assert np.median(picture[top - 9 : top - 6, x - 30 : x + 30]) < 100


def test_motion_smears_along_the_way_it_moves() -> None:
    sharp, smeared = (np.full((720, 1280, 3), 90, np.uint8) for _ in range(2))
    vehicle().draw(sharp, VIEW, 9.0, DAY, STILL)
    vehicle().draw(smeared, VIEW, 9.0, DAY, np.array([9.0, 0.0]))
    x1, y1, x2, y2 = 500, 420, 640, 520
    across = [np.abs(np.diff(p[y1:y2, x1:x2].astype(int), axis=1)).mean() for p in (sharp, smeared)]
    assert across[1] < 0.7 * across[0]
