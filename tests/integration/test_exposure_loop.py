"""Exposure by the plates with the real networks: rendered plates that throw the lamp back, on a sensor that obeys."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_alpr.app.build import build_pipeline
from edge_alpr.app.camera_half import observing
from edge_alpr.capture.exposure import Exposure, PlateMeter
from edge_alpr.config.settings import Config
from edge_alpr.passes import Sighting
from edge_alpr.types import Frame, Moment
from fakes.sensor import DELAY, FULL, GAMMA
from fixtures.scenes import still

SEEDS = (1, 4)
NIGHT = 0.02
"""Light of the road, where 1 is noon."""
THROWN_BACK = 60.0
"""How much brighter a plate is beside the unit's own lamp."""
FRAMES, FRAME_S = 5, 0.15


class RoadMeter(PlateMeter):
    """What a camera does by itself: the road gets its level, plates get what is left."""

    def _wanted(self) -> float:
        assert self._need is not None
        return self._need


@dataclass(frozen=True)
class Scene:
    light: NDArray[np.float64]
    """What falls on each pixel."""
    text: str


@lru_cache
def scene(seed: int, plates: int = 1) -> Scene:
    rendered = still(plates, seed)
    light = NIGHT * (cv2.cvtColor(rendered.picture, cv2.COLOR_BGR2GRAY) / 255) ** GAMMA
    for plate in rendered.plates:
        inside = np.zeros(light.shape, np.uint8)
        cv2.fillPoly(inside, [np.round(plate.corners).astype(np.int32)], 1)
        light[inside > 0] *= THROWN_BACK
    return Scene(light, rendered.plates[0].text if plates else "")


def drive(meter: PlateMeter, rounds: int) -> list[tuple[list[str], float]]:
    """Each vehicle passes some frames long: what was read of it, and the brightness of its plate at the end."""
    lights: list[float] = []
    pipeline = build_pipeline(
        Config(),
        observing(lambda report: lights.extend(each.bright for each in report.lights), meter),
    )
    current, coming = Exposure(1000.0, 1.0), deque[Exposure | None]()
    rng = np.random.default_rng(1)
    told, number = [], 0
    for seed in SEEDS * rounds:
        read: list[str] = []
        for shown in [scene(seed)] * FRAMES + [scene(seed, 0)] * FRAMES:
            seen = np.clip(shown.light * current.us * current.gain * FULL, 0, 1) ** (1 / GAMMA)
            noisy = 255 * seen + rng.normal(0, 2, seen.shape)
            frame = Frame(
                np.clip(noisy, 0, 255).astype(np.uint8),
                Moment(100 + number * FRAME_S, 0.0),
                number,
                exposure_us=current.us,
                gain=current.gain,
            )
            number += 1
            found = pipeline.process(frame)
            read.extend(each.vote.text for each in found if isinstance(each, Sighting))
            coming.append(meter.step(frame))
            if len(coming) > DELAY:
                current = coming.popleft() or current
        told.append((read, lights[-1] if lights else 1.0))
    return told


@pytest.mark.model
def test_plates_that_the_lamp_burns_out_are_read_once_they_are_metered() -> None:
    meter = PlateMeter(longest_us=1000, most_gain=16)
    *_, last, one_more = drive(meter, rounds=2)
    for (read, bright), seed in zip((last, one_more), SEEDS, strict=True):
        assert scene(seed).text in read
        assert 0.6 < bright < 0.9


@pytest.mark.model
def test_metered_by_the_road_they_stay_burnt_out() -> None:
    """The control."""
    *_, (_, bright) = drive(RoadMeter(longest_us=1000, most_gain=16), rounds=1)
    assert bright > 0.97
