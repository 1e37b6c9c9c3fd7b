"""The planner against figures worked out by hand, and against what must hold of any site."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.capture.optics import PLATE_HIGH_M, REGIONS, SENSORS, Sensor, Site, plan
from edge_alpr.cli import main

ROAD = Site(
    distance_m=12.0,
    height_m=4.0,
    aside_m=0.0,
    lens_mm=16.0,
    sensor=SENSORS["imx477"],
    width_px=1920,
    fps=30.0,
    speed_kmh=50.0,
    plate=REGIONS["eu"],
)


@pytest.mark.parametrize(
    ("speed_kmh", "exposure_s", "blur_px"),
    [(50, 1 / 1000, 1.55), (80, 1 / 1000, 2.49), (100, 1 / 2000, 1.55), (100, 1 / 500, 6.21)],
)
def test_blur_as_it_is_worked_out_by_hand(
    speed_kmh: float, exposure_s: float, blur_px: float
) -> None:
    """At 20 degrees and 327 pixels a metre, which is 170 pixels a European plate."""
    down_m = 20 * math.sin(math.radians(20))
    site = replace(
        ROAD,
        distance_m=20 * math.cos(math.radians(20)),
        height_m=PLATE_HIGH_M + down_m,
        sensor=Sensor(10.0, 7.5, 2000),
        width_px=2000,
        lens_mm=327 * 20 * 10 / 2000,
        speed_kmh=speed_kmh,
    )
    planned = plan(site)
    assert planned.px_per_m == pytest.approx(327)
    assert planned.angle_deg == pytest.approx(20)
    assert planned.plate_px == pytest.approx(170, abs=0.1)
    assert planned.blur_px_per_ms * 1000 * exposure_s == pytest.approx(blur_px, abs=0.01)
    assert planned.shutter_s(blur_px) == pytest.approx(exposure_s, rel=0.01)


def test_a_lens_whose_focal_length_is_half_the_sensor_sees_90_degrees() -> None:
    wide = plan(replace(ROAD, sensor=Sensor(8.0, 6.0, 4000), lens_mm=4.0, height_m=PLATE_HIGH_M))
    assert wide.view_deg == pytest.approx(90)
    assert wide.field_m == pytest.approx(2 * ROAD.distance_m)
    assert (wide.angle_deg, wide.blur_px_per_ms) == (0, 0)


def test_frames_follow_from_zone_speed_and_rate() -> None:
    planned = plan(ROAD)
    assert planned.zone_m > 0
    assert planned.frames == pytest.approx(planned.zone_m / (50 / 3.6) * 30)


@given(
    distance=st.floats(2, 100),
    height=st.floats(1, 12),
    lens=st.floats(3, 50),
    speed=st.floats(5, 200),
)
def test_what_holds_of_any_site(distance: float, height: float, lens: float, speed: float) -> None:
    site = replace(ROAD, distance_m=distance, height_m=height, lens_mm=lens, speed_kmh=speed)
    here, longer = plan(site), plan(replace(site, lens_mm=2 * lens))
    assert longer.plate_px == pytest.approx(2 * here.plate_px)
    assert longer.field_m == pytest.approx(here.field_m / 2)
    assert here.zone_m >= 0
    faster = plan(replace(site, speed_kmh=2 * speed))
    assert faster.frames == pytest.approx(here.frames / 2)
    assert faster.shutter_s(1.0) == pytest.approx(here.shutter_s(1.0) / 2)
    aside = plan(replace(site, aside_m=3.0))
    assert aside.angle_deg > here.angle_deg
    assert aside.plate_px < here.plate_px


def test_feet_and_miles_say_the_same_as_metres(capsys: pytest.CaptureFixture[str]) -> None:
    def asked(distance: str, height: str, speed: str) -> dict[str, float]:
        words = f"plan --lens 16 --sensor imx296 --region us --json --distance {distance} "
        assert main([*words.split(), "--height", height, "--speed", speed]) == 0
        found: dict[str, float] = json.loads(capsys.readouterr().out)
        return found

    assert asked("40ft", "12ft", "35mph") == pytest.approx(
        asked("12.192m", "3.6576", "56.32704 km/h")
    )


def test_what_is_wrong_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    words = "plan --distance 4 --height 6 --lens 2.8 --sensor imx708 --speed 120 --region us"
    assert main(words.split()) == 0
    told = capsys.readouterr().out
    for word in ("hang it lower", "a longer lens", "fewer than 3"):
        assert word in told
    with pytest.raises(SystemExit):
        main([*words.split()[:-2], "--region", "us", "--speed", "fast"])
