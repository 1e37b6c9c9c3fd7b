"""The gate: opens for what moves, stays shut for a change of the light, and never longer than the probe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge_alpr.types import Frame, Moment
from edge_alpr.vision.motion import MotionGate, MotionSettings
from edge_alpr.vision.settle import PassSettings

if TYPE_CHECKING:
    from edge_alpr.geometry import Luma


def scene(block_x: int | None = None, *, light: int = 0) -> Luma:
    """A textured road, with a bright block of 60 x 30 pixels (0.8 % of it) if asked for."""
    picture = np.random.default_rng(4).integers(60, 90, (360, 640)).astype(np.int16) + light
    if block_x is not None:
        picture[200:230, block_x : block_x + 60] = 220
    return picture.clip(0, 255).astype(np.uint8)


class Camera:
    """Shows scenes to a gate at 10 frames per second."""

    def __init__(self, settings: MotionSettings) -> None:
        self.gate = MotionGate(settings)
        self.sequence = 0

    def show(self, picture: Luma, times: int = 1) -> list[bool]:
        answers = []
        for _ in range(times):
            at = Moment(self.sequence / 10, 0.0)
            answers.append(self.gate.look(Frame(picture, at, self.sequence)) != "shut")
            self.sequence += 1
        return answers


@pytest.fixture
def camera() -> Camera:
    """A gate that has settled on the empty road and is shut; its probe is far away."""
    camera = Camera(MotionSettings(hold_s=0.5, probe_s=60))
    assert camera.show(scene(), 20)[-1] is False
    return camera


def test_the_first_frame_is_looked_at() -> None:
    assert Camera(MotionSettings()).show(scene()) == [True]


def test_it_opens_for_what_moves_and_holds(camera: Camera) -> None:
    assert all(camera.show(scene(x))[0] for x in range(0, 400, 40))
    after = camera.show(scene(), 40)
    assert after[:5] == [True] * 5
    assert after[-1] is False
    assert after == sorted(after, reverse=True), "it opened again without a reason"


def test_it_closes_before_what_came_to_rest(camera: Camera) -> None:
    camera.show(scene(300))
    assert camera.show(scene(300), 100)[-1] is False


@pytest.mark.parametrize("light", [-40, 40])
def test_a_change_of_the_light_is_no_motion(camera: Camera, light: int) -> None:
    assert not any(camera.show(scene(light=light), 10))


def test_motion_is_seen_in_the_same_frame_as_a_change_of_the_light(camera: Camera) -> None:
    assert camera.show(scene(100, light=40)) == [True]


def test_noise_of_the_sensor_is_no_motion(camera: Camera) -> None:
    noise = np.random.default_rng(9)
    for _ in range(20):
        grain = noise.normal(0, 6, (360, 640))
        assert camera.show(np.clip(scene() + grain, 0, 255).astype(np.uint8)) == [False]


def test_it_looks_now_and_then_even_if_nothing_moves() -> None:
    camera = Camera(MotionSettings(hold_s=0.0, probe_s=1.0))
    opened = [n for n, is_open in enumerate(camera.show(scene(), 45)) if is_open]
    assert opened == [0, 10, 20, 30, 40]


def test_switched_off_it_is_always_open() -> None:
    assert all(Camera(MotionSettings(enabled=False, probe_s=60)).show(scene(), 30))


def test_another_size_of_frame_is_a_change(camera: Camera) -> None:
    assert camera.show(scene()[:180]) == [True]
    assert camera.show(np.zeros((640, 640), np.uint8)) == [True]


def test_a_vehicle_that_stops_is_watched_until_it_can_be_decided() -> None:
    """By default the gate stays open longer than a pass needs to settle."""
    assert MotionSettings().hold_s > PassSettings().settle_s
