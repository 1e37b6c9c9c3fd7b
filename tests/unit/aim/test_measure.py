"""Whether the numbers of the aiming page agree with the truth of rendered scenes: strokes, blur, angle, frames."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge_alpr.aim.approach import fit_approach, frames_in_zone
from edge_alpr.aim.measure import commonest, measure_plate
from edge_alpr.scene.view import PinholeView
from edge_alpr.types import Waypoint
from fixtures.aiming import SeenPlate, approach_of, look_at

REGIONS = ("eu-de", "gb", "us-absaroka", "eu-nl", "br")
VIEWS = {
    "near": (6.4, PinholeView()),
    "far": (13.0, PinholeView(focal_px=3400.0, yaw_deg=10.0)),
}
LENS_SIGMA = 0.686
"""Of the renderer's lens, its pixels and the interpolation together, measured on still plates (1.72 px)."""


def edge_px(motion_px: float) -> float:
    """Width of an edge that moves so far under a soft lens: 1 / the peak of a box under a Gaussian."""
    if motion_px == 0:
        return LENS_SIGMA * math.sqrt(2 * math.pi)
    return motion_px / math.erf(motion_px / (2 * math.sqrt(2) * LENS_SIGMA))


@pytest.fixture(scope="module", params=["near night", "far day"])
def plates(request: pytest.FixtureRequest) -> dict[float, list[SeenPlate]]:
    """Several plates, by how far they moved during the exposure."""
    where, light = request.param.split()
    distance, view = VIEWS[where]
    return {
        blur: [look_at(r, distance, view=view, light=light, blur_px=blur) for r in REGIONS]
        for blur in (0.0, 2.0)
    }


def test_strokes_of_several_plates_are_within_a_tenth(plates: dict[float, list[SeenPlate]]) -> None:
    for seen in plates.values():
        found = [(measure_plate(p.luma, p.corners).stroke_px or 0) / p.stroke_px for p in seen]
        assert 0.9 <= np.median(found) <= 1.1
        assert all(0.75 <= ratio <= 1.3 for ratio in found), found


def test_blur_is_within_half_a_pixel(plates: dict[float, list[SeenPlate]]) -> None:
    for motion, seen in plates.items():
        found = [measure_plate(p.luma, p.corners).blur_px or 0 for p in seen]
        assert abs(np.median(found) - edge_px(motion)) <= 0.5, (motion, found)


def test_widths_are_those_of_the_corners_and_contrast_and_glare_are_shares() -> None:
    seen = look_at("eu-de", 6.4, view=PinholeView())
    found = measure_plate(seen.luma, seen.corners)
    assert found.width_px == pytest.approx(seen.width_px)
    assert 0.3 < found.contrast < 1.0
    assert found.glare < 0.02


def test_a_plate_that_is_burnt_out_is_all_glare_and_has_no_strokes() -> None:
    seen = look_at("eu-de", 6.4, view=PinholeView())
    white = np.full_like(seen.luma, 255)
    found = measure_plate(white, seen.corners)
    assert found.glare == 1.0
    assert found.stroke_px is None
    assert found.blur_px is None


def test_a_plate_beside_the_picture_has_no_strokes() -> None:
    seen = look_at("eu-de", 6.4, view=PinholeView())
    found = measure_plate(seen.luma, seen.corners + np.float32(5000))
    assert found.stroke_px is None


def test_the_commonest_value_is_where_values_lie_closest() -> None:
    assert commonest(np.array([1.0, 2.9, 3.0, 3.05, 3.1, 8.0, 9.0])) == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("where", list(VIEWS))
@pytest.mark.parametrize("yaw", [4.0, 14.6])
def test_the_angle_is_within_five_degrees_and_the_frames_within_a_quarter(
    where: str, yaw: float
) -> None:
    nearest, view = VIEWS[where]
    view = PinholeView(focal_px=view.focal_px, yaw_deg=yaw, pitch_deg=view.pitch_deg)
    true = approach_of("eu-de", view, nearest=nearest)
    rng = np.random.default_rng(1)
    course = [  # as a detector trembles: 3 % of the width
        Waypoint(p.at_s, p.x, p.y, p.width * float(rng.normal(1, 0.03))) for p in true.course
    ]
    way = fit_approach(course, (view.width, view.height), view.focal_px)
    assert way is not None
    assert way.angle_deg == pytest.approx(true.angle_deg, abs=5)
    expected = true.frames(speed_kmh=50, fps=15, least_px=60)
    found = frames_in_zone(way, least_px=60, plate_m=0.52, speed_kmh=50, fps=15)
    assert found == pytest.approx(expected, rel=0.25, abs=1)


def test_a_lane_bounds_the_frames() -> None:
    view = PinholeView()
    way = fit_approach(approach_of("eu-de", view).course, (1280, 720), view.focal_px)
    assert way is not None
    lower = np.array([[0, 0.5], [1, 0.5], [1, 1], [0, 1]], np.float32)
    whole, half = (
        frames_in_zone(way, least_px=40, plate_m=0.52, speed_kmh=50, fps=15, lanes=lanes)
        for lanes in ((), (lower,))
    )
    assert 0 < half < whole


def test_a_plate_that_stands_has_no_way() -> None:
    standing = [Waypoint(i / 10, 600.0, 400.0, 120.0 + i % 2) for i in range(12)]
    assert fit_approach(standing, (1280, 720), 2050.0) is None
