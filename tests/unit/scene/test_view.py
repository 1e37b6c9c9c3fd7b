"""The rendering camera's projection."""

from __future__ import annotations

import numpy as np
import pytest

from edge_alpr.scene.view import PinholeView

LEVEL = PinholeView(yaw_deg=0, pitch_deg=0, roll_deg=0, above_m=2.0, focal_px=1000.0)


def test_a_point_straight_ahead_is_in_the_middle() -> None:
    seen = LEVEL.project(np.array([[0.0, 2.0, 10.0]]))
    assert seen[0].tolist() == [640.0, 360.0]


def test_right_is_right_and_up_is_up() -> None:
    (right, up) = LEVEL.project(np.array([[1.0, 2.0, 10.0], [0.0, 3.0, 10.0]]))
    assert right.tolist() == [740.0, 360.0]
    assert up.tolist() == [640.0, 260.0]


def test_looking_down_lifts_the_ground_and_turning_right_moves_things_left() -> None:
    ground = np.array([[0.0, 0.0, 10.0]])
    down = PinholeView(yaw_deg=0, pitch_deg=5, roll_deg=0, above_m=2.0, focal_px=1000.0)
    turned = PinholeView(yaw_deg=5, pitch_deg=0, roll_deg=0, above_m=2.0, focal_px=1000.0)
    assert down.project(ground)[0, 1] < LEVEL.project(ground)[0, 1]
    assert turned.project(ground)[0, 0] < LEVEL.project(ground)[0, 0]


def test_size_falls_with_distance() -> None:
    near, far = (LEVEL.pixels_per_metre(np.array([0.0, 2.0, z])) for z in (10.0, 40.0))
    assert near == pytest.approx(100.0)
    assert far == pytest.approx(25.0)


def test_points_behind_the_camera_do_not_divide_by_zero() -> None:
    seen = LEVEL.project(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, -5.0]]))
    assert np.isfinite(seen).all()
