"""Exposure by the plates, on a simulated sensor: it finds the level, keeps to its bounds, and comes to rest."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from edge_alpr.capture.exposure import NIGHT_GAIN, ROAD, Exposure, PlateMeter
from edge_alpr.types import Frame, Moment, PlateLight
from fakes.sensor import FULL, GAMMA, SimulatedSensor

LONGEST_US, MOST_GAIN = 1000.0, 16.0
NOON, OVERCAST, DUSK, NIGHT = 1.0, 0.25, 0.03, 0.002
"""Light of the road."""
WHITE, HEADLIT, INFRARED = 3.0, 20.0, 60.0
"""How much brighter than the road a plate's white is: in daylight, in headlights, beside the unit's own lamp."""


@pytest.fixture
def meter() -> PlateMeter:
    return PlateMeter(LONGEST_US, MOST_GAIN)


@pytest.fixture
def sensor(meter: PlateMeter) -> SimulatedSensor:
    return SimulatedSensor(meter)


@pytest.mark.parametrize(
    ("road", "ratio"),
    [(NOON, WHITE), (OVERCAST, WHITE), (OVERCAST, 1.0), (DUSK, HEADLIT), (NIGHT, INFRARED)],
    ids=["noon", "overcast", "dirty plate", "dusk", "night"],
)
def test_a_plate_comes_to_its_level_within_a_dozen_vehicles(
    sensor: SimulatedSensor, road: float, ratio: float
) -> None:
    sensor.run(60, road, road * ratio, plate_every_s=5)
    assert 0.6 < sensor.brights[-1] < 0.85
    assert sensor.brights[-1] == pytest.approx(sensor.brights[-2], abs=0.06)


@pytest.mark.parametrize("gamma", [1.8, 2.6])
def test_a_camera_with_another_curve_comes_to_nearly_the_same(
    meter: PlateMeter, gamma: float
) -> None:
    sensor = SimulatedSensor(meter, gamma=gamma)
    sensor.run(120, OVERCAST, OVERCAST * WHITE, plate_every_s=5)
    assert 0.55 < sensor.brights[-1] < 0.9


def test_one_metered_by_the_road_alone_would_burn_a_headlit_plate_out(
    sensor: SimulatedSensor, meter: PlateMeter
) -> None:
    """The control: without what plates say the night's plates are white."""
    lead = dict.fromkeys(meter._lead, 0.0)
    meter._lead.update(lead)
    sensor.run(60, NIGHT)
    assert sensor.level(NIGHT * INFRARED) > 1.0


@pytest.mark.parametrize("road", [NOON, OVERCAST, DUSK, NIGHT, 1e-7, 100.0])
def test_the_bounds_are_kept(sensor: SimulatedSensor, road: float) -> None:
    sensor.run(30, road, road * WHITE)
    asked = sensor.taken[10:]
    assert all(each.us <= LONGEST_US for each in asked)
    assert all(1.0 <= each.gain <= MOST_GAIN for each in asked)


def test_the_shutter_is_used_before_the_gain(sensor: SimulatedSensor) -> None:
    sensor.run(60, NOON, NOON * WHITE)
    assert sensor.current.gain == 1.0
    assert sensor.current.us < LONGEST_US
    sensor.run(60, DUSK, DUSK * WHITE)
    assert sensor.current.us == LONGEST_US
    assert sensor.current.gain > 1.0


def test_in_steady_light_it_comes_to_rest(sensor: SimulatedSensor) -> None:
    sensor.run(120, OVERCAST, OVERCAST * WHITE, plate_every_s=2)
    before = sensor.changes
    sensor.run(300, OVERCAST, OVERCAST * WHITE, plate_every_s=2)
    assert sensor.changes == before


def test_a_slow_sensor_does_not_make_it_swing(meter: PlateMeter) -> None:
    sensor = SimulatedSensor(meter, delay=12)
    sensor.run(60, OVERCAST, OVERCAST * WHITE, plate_every_s=0.2)
    late = sensor.brights[-50:]
    assert max(late) - min(late) < 0.1


def test_a_burnt_out_plate_is_darker_the_next_time(sensor: SimulatedSensor) -> None:
    sensor.run(20, OVERCAST)
    sensor.run(8, OVERCAST, OVERCAST * 30, plate_every_s=2)
    assert sensor.brights[0] > 1.0
    falling = [a - b for a, b in pairwise(sensor.brights)]
    assert min(falling) > 0.05


def test_night_falls_once_and_day_breaks_once(sensor: SimulatedSensor, meter: PlateMeter) -> None:
    profiles = []
    lights = np.concatenate([np.geomspace(1, 1e-3, 200), np.geomspace(1e-3, 1, 200)])
    for light in lights:
        sensor.run(2, float(light))
        profiles.append(meter.profile)
    changes = [a for a, b in pairwise(profiles) if a != b]
    assert changes == ["day", "night"]


def test_light_at_the_border_does_not_make_it_flicker(
    sensor: SimulatedSensor, meter: PlateMeter
) -> None:
    profiles = []
    rng = np.random.default_rng(1)
    border = ROAD**GAMMA / (FULL * LONGEST_US * NIGHT_GAIN)
    for _ in range(200):
        sensor.run(2, border * float(rng.uniform(0.85, 1.18)))
        profiles.append(meter.profile)
    assert "night" in profiles, "it is not the border"
    assert sum(a != b for a, b in pairwise(profiles)) <= 1


def test_the_second_night_begins_where_the_first_ended(sensor: SimulatedSensor) -> None:
    sensor.run(120, NIGHT, NIGHT * INFRARED, plate_every_s=5)
    sensor.run(120, NOON, NOON * WHITE, plate_every_s=5)
    sensor.run(60, NIGHT)
    seen = len(sensor.brights)
    sensor.run(1, NIGHT, NIGHT * INFRARED)
    assert 0.55 < sensor.brights[seen] < 0.9


def test_headlights_on_the_road_hardly_move_it(sensor: SimulatedSensor) -> None:
    sensor.run(120, NIGHT, NIGHT * INFRARED, plate_every_s=5)
    before = sensor.current.stops
    sensor.run(1.5, NIGHT * 40)
    assert abs(sensor.current.stops - before) < 1.5
    sensor.run(40, NIGHT)
    assert sensor.current.stops == pytest.approx(before, abs=0.4)


def test_a_flat_crop_teaches_nothing(meter: PlateMeter) -> None:
    sensor = SimulatedSensor(meter)
    sensor.run(60, OVERCAST)
    before = sensor.current
    for _ in range(20):
        meter.hear([PlateLight(0.5, 0.01, 0.0, 1000.0, 1.0)])
        sensor.run(1, OVERCAST)
    assert sensor.current == before


@pytest.mark.parametrize(("us", "gain"), [(None, 1.0), (1000.0, None), (0.0, 1.0)])
def test_a_camera_that_does_not_say_how_it_took_the_picture_is_left_alone(
    meter: PlateMeter, us: float | None, gain: float | None
) -> None:
    frame = Frame(np.full((9, 16), 90, np.uint8), Moment(1, 1), 0, exposure_us=us, gain=gain)
    assert meter.step(frame) is None


def test_the_first_frame_is_answered(meter: PlateMeter) -> None:
    frame = Frame(np.full((9, 16), 20, np.uint8), Moment(1, 1), 0, exposure_us=100.0, gain=1.0)
    wanted = meter.step(frame)
    assert isinstance(wanted, Exposure)
    assert wanted.us > 100.0
