"""The still scene by day and night, and its sensor."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from edge_alpr.scene.light import DAY, NIGHT, mix
from edge_alpr.scene.sensor import Sensor
from edge_alpr.scene.street import LAMPS, arm_end, lamp_light
from edge_alpr.scene.view import PinholeView
from edge_alpr.scene.world import World, build_world

SMALL = PinholeView(width=320, height=180, focal_px=512.0)


@lru_cache(maxsize=1)
def world() -> World:
    return build_world(SMALL, np.random.default_rng(1))


def test_the_picture_has_the_views_size_and_texture() -> None:
    picture = world().lit(DAY)
    assert picture.shape == (180, 320, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 20


def test_night_is_much_darker_than_day_and_dusk_is_between() -> None:
    day, dusk, night = (world().lit(light).mean() for light in (DAY, mix(DAY, NIGHT, 0.5), NIGHT))
    assert night < 0.35 * day
    assert night < dusk < day


def test_mixing_reaches_both_ends_exactly() -> None:
    assert mix(DAY, NIGHT, -1.0) is DAY
    assert mix(DAY, NIGHT, 2.0) is NIGHT
    assert mix(DAY, NIGHT, 0.5).name == "dusk"


def test_a_lamp_lights_the_road_below_it() -> None:
    x, z = LAMPS[2]
    assert lamp_light(arm_end(x), z) > 0.9
    assert lamp_light(arm_end(x), z + 300) < 0.05


def test_the_sensor_adds_noise_that_differs_from_frame_to_frame_but_repeats_with_the_seed() -> None:
    picture = world().lit(NIGHT)
    first = Sensor(SMALL, np.random.default_rng(1))
    a, b = first.expose(picture, NIGHT), first.expose(picture, NIGHT)
    again = Sensor(SMALL, np.random.default_rng(1)).expose(picture, NIGHT)
    assert not np.array_equal(a, b)
    assert np.array_equal(a, again)
    spread = (a.astype(np.float32) - b).std() / np.sqrt(2)
    assert 0.5 * NIGHT.noise < spread < 1.5 * NIGHT.noise
