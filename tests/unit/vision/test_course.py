"""Direction, bearing and speed, from places that a pinhole camera would show."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.geometry import Box
from edge_alpr.passes import Travel
from edge_alpr.types import Detection, Moment, Track, Waypoint
from edge_alpr.vision.course import CourseSettings, GroundPoint, travel_of

WH = (1280, 720)
PLATE_M = 0.52
FOCAL = WH[0] / 2 / math.tan(math.radians(40 / 2))
BOX = Box(0, 0, 100, 25)


def drive(
    start: tuple[float, float],
    velocity: tuple[float, float],
    *,
    seconds: float = 1.0,
    noise_px: float = 0.0,
    still_s: float = 0.0,
) -> Track:
    """A vehicle at ``start`` metres to the side and away, moving by ``velocity`` metres per second, at 15 fps."""
    chance = np.random.default_rng(5)
    course = []
    for n in range(round(15 * seconds) + 1):
        at = n / 15
        across, away = start[0] + velocity[0] * at, start[1] + velocity[1] * at
        trembling = chance.normal(0, noise_px, 3) if noise_px else (0, 0, 0)
        course.append(
            Waypoint(
                at,
                WH[0] / 2 + FOCAL * across / away + trembling[0],
                WH[1] / 2 + FOCAL * 3 / away + trembling[1],
                FOCAL * PLATE_M / away + trembling[2],
            )
        )
    return Track(
        1,
        "confirmed",
        Detection(BOX, BOX.corners(), 0.9),
        Moment(0, 0),
        Moment(seconds, 0),
        len(course),
        seen_now=True,
        course=tuple(course),
        still_s=still_s,
    )


def travel(track: Track, **settings: object) -> Travel:
    return travel_of(track, WH, CourseSettings(view_deg=40, **settings), 1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("velocity", "direction", "bearing"),
    [
        ((0, -8), "approaching", 180),
        ((0, 8), "receding", 0),
        ((8, 0), "right", 90),
        ((-8, 0), "left", 270),
        ((2, -8), "approaching", 180 - math.degrees(math.atan2(2, 8))),
    ],
)
def test_direction_and_bearing(
    velocity: tuple[float, float], direction: str, bearing: float
) -> None:
    found = travel(drive((-2, 18), velocity, noise_px=0.5), bearing_deg=20.0)
    assert found.direction == direction
    assert found.direction_confidence is not None
    assert found.direction_confidence > 0.95
    assert found.bearing_deg is not None
    turned = (found.bearing_deg - bearing - 20 + 180) % 360 - 180
    assert abs(turned) < 12


def test_between_two_directions_the_confidence_says_so() -> None:
    found = travel(drive((-3, 15), (5, 5.2), noise_px=0.5))
    assert found.direction in {"right", "receding"}
    assert found.direction_confidence is not None
    assert 0.45 < found.direction_confidence < 0.9


def test_who_does_not_move_has_no_direction() -> None:
    found = travel(drive((0, 15), (0, 0), noise_px=1.0, still_s=3.0), bearing_deg=0.0)
    assert found == Travel(stationary=True)


def test_too_short_a_course_tells_nothing() -> None:
    assert travel(drive((0, 15), (9, 0), seconds=1 / 15)) == Travel(stationary=False)


def measured(*, height: float = 3.0) -> tuple[GroundPoint, ...]:
    """Four points of the road as the camera sees them."""
    found = []
    for across, away in ((-3, 10), (3, 10), (3, 30), (-3, 30)):
        x = 0.5 + FOCAL * across / away / WH[0]
        y = 0.5 + FOCAL * height / away / WH[1]
        found.append(GroundPoint(picture=(min(max(x, 0), 1), min(y, 1)), metres=(across, away)))
    return tuple(found)


def test_speed_is_told_where_the_road_was_measured() -> None:
    found = travel(drive((1, 24), (0, -12), noise_px=0.3), ground=measured())
    assert found.speed_mps == pytest.approx(12, rel=0.05)


def test_speed_is_not_told_without_a_measured_road_nor_where_the_places_tremble_too_much() -> None:
    assert travel(drive((1, 24), (0, -12))).speed_mps is None
    shaky = drive((1, 24), (0, -2), noise_px=12)
    assert travel(shaky, ground=measured()).speed_mps is None


def test_three_measured_points_are_refused() -> None:
    with pytest.raises(ValueError, match="four measured points"):
        CourseSettings(ground=measured()[:3])


@given(st.lists(st.tuples(*[st.floats(-3000, 3000)] * 2, st.floats(0, 900)), max_size=24))
def test_whatever_the_places_what_is_told_is_in_range(
    places: list[tuple[float, float, float]],
) -> None:
    course = tuple(Waypoint(n / 10, x, y, width) for n, (x, y, width) in enumerate(places))
    detection = Detection(BOX, BOX.corners(), 0.9)
    moment = Moment(0, 0)
    track = Track(1, "lost", detection, moment, moment, 3, seen_now=False, course=course)
    found = travel(track, bearing_deg=350.0, ground=measured())
    assert found.bearing_deg is None or 0 <= found.bearing_deg < 360
    assert found.direction_confidence is None or 0 <= found.direction_confidence <= 1
    assert found.speed_mps is None or found.speed_mps >= 0
    assert (found.direction is None) is (found.direction_confidence is None)
