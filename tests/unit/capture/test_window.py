"""The part of the sensor that is read out, and places of the whole view in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.capture.window import Window, around

FULL = (0, 0, 4608, 2592)
LANE = ((0.30, 0.50), (0.60, 0.50), (0.60, 0.75), (0.30, 0.75))

shares = st.floats(0, 1)
places = st.lists(st.tuples(shares, shares), min_size=3, max_size=6)


def test_the_whole_view_is_the_middle_of_the_sensor_in_the_pictures_proportions() -> None:
    assert Window().on_sensor(FULL, (1920, 1080)) == FULL
    assert Window().on_sensor(FULL, (1440, 1080)) == (576, 0, 3456, 2592)
    assert Window().on_sensor((8, 16, 1456, 1088), (1280, 720)) == (8, 150, 1456, 818)


def test_a_part_is_where_it_was_asked_for() -> None:
    assert Window(0.25, 0.5, 0.5).on_sensor(FULL, (1920, 1080)) == (1152, 1296, 2304, 1296)


def test_a_place_keeps_its_place() -> None:
    window = Window(0.25, 0.5, 0.5)
    assert window.place(((0.25, 0.5), (0.75, 1.0), (0.0, 0.0))) == ((0, 0), (1, 1), (-0.5, -1.0))
    assert Window().place(LANE) == LANE


def test_around_a_lane_there_is_room_for_a_plate_at_its_edge() -> None:
    window = around([LANE], margin=0.05)
    assert window.size == pytest.approx(0.40)
    assert (window.x, window.y) == pytest.approx((0.25, 0.425))


def test_without_lanes_it_is_the_whole_view() -> None:
    assert around([]).is_all


@given(st.lists(places, min_size=1, max_size=4))
def test_every_place_is_within_the_window_and_the_window_within_the_view(
    drawn: list[list[tuple[float, float]]],
) -> None:
    window = around(drawn)
    assert 0 <= window.x <= window.x + window.size <= 1 + 1e-9
    assert 0 <= window.y <= window.y + window.size <= 1 + 1e-9
    for place in drawn:
        for corner in window.place(place):
            assert all(-1e-9 <= share <= 1 + 1e-9 for share in corner)


@given(
    shares, shares, st.floats(0.05, 1), st.sampled_from([(1920, 1080), (640, 480), (1456, 1088)])
)
def test_the_part_is_on_the_sensor_and_even(
    x: float, y: float, size: float, picture_wh: tuple[int, int]
) -> None:
    window = Window(x * (1 - size), y * (1 - size), size)
    part = window.on_sensor(FULL, picture_wh)
    assert all(number % 2 == 0 for number in part)
    assert part[0] + part[2] <= FULL[2]
    assert part[1] + part[3] <= FULL[3]
    assert part[2] / part[3] == pytest.approx(picture_wh[0] / picture_wh[1], rel=0.05)
