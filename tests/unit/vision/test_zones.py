"""Lanes and places that are not looked at, in shares of the picture."""

from __future__ import annotations

import pytest

from edge_alpr.geometry import Box
from edge_alpr.types import Detection
from edge_alpr.vision.zones import Lane, Zones, ZoneSettings

LEFT = Lane(name="left", polygon=((0, 0), (0.5, 0), (0.5, 1), (0, 1)))
RIGHT = Lane(name="right", polygon=((0.4, 0), (0.9, 0), (0.9, 1), (0.4, 1)))
CORNER = ((0, 0), (0.2, 0), (0.2, 0.2), (0, 0.2))


def plate(x: float, y: float) -> Detection:
    box = Box(x - 20, y - 5, x + 20, y + 5)
    return Detection(box, box.corners(), 0.9)


@pytest.mark.parametrize("wh", [(1280, 720), (640, 360)])
@pytest.mark.parametrize(
    ("x", "lane"), [(0.1, "left"), (0.45, "left"), (0.6, "right"), (0.95, None)]
)
def test_a_plate_is_in_the_lane_that_its_middle_is_in(
    wh: tuple[int, int], x: float, lane: str | None
) -> None:
    zones = Zones(ZoneSettings(lanes=(LEFT, RIGHT)))
    assert zones.lane_of(plate(x * wh[0], 0.5 * wh[1]), wh) == lane


def test_what_is_ignored_is_not_admitted() -> None:
    zones = Zones(ZoneSettings(ignore=(CORNER,)))
    assert not zones.admits(plate(100, 50), (1280, 720))
    assert zones.admits(plate(300, 50), (1280, 720))


def test_without_zones_all_is_admitted_and_no_lane_has_a_name() -> None:
    zones = Zones(ZoneSettings())
    assert zones.admits(plate(1, 1), (1280, 720))
    assert zones.lane_of(plate(1, 1), (1280, 720)) is None
