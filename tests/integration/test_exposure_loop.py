"""Exposure by the plates with the real networks: rendered plates that throw the lamp back, on a sensor that obeys."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_alpr.app.build import build_pipeline
from edge_alpr.app.look import observing
from edge_alpr.capture.exposure import Exposure, PlateMeter
from edge_alpr.config.settings import Config
from edge_alpr.passes import Sighting
from edge_alpr.types import Frame, Moment
from fakes.sensor import DELAY, FULL, GAMMA
from fixtures.scenes import still

if TYPE_CHECKING:
    from edge_alpr.passes import Finding

SEEDS = (1, 4)
NIGHT = 0.02
"""Light of the road, where 1 is noon."""
THROWN_BACK = 60.0
"""How much brighter a plate is beside the unit's own lamp."""
FRAMES, FRAME_S = 5, 0.3
"""Between two vehicles passes more than track.max_gap_s."""


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


def drive(meter: PlateMeter, rounds: int) -> tuple[list[str], list[float]]:
    """Each vehicle passes some frames long: the last word on each that was read, and how bright its plate ended."""
    lights: list[float] = []
    pipeline = build_pipeline(
        Config(),
        observing(lambda report: lights.extend(each.bright for each in report.lights), meter),
    )
    current, coming = Exposure(1000.0, 1.0), deque[Exposure | None]()
    rng = np.random.default_rng(1)
    found: list[Finding] = []
    ended, number = [], 0
    for seed in SEEDS * rounds:
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
            found += pipeline.process(frame)
            coming.append(meter.step(frame))
            if len(coming) > DELAY:
                current = coming.popleft() or current
        ended.append(lights[-1] if lights else 1.0)
    found += pipeline.flush()
    finals = [each for each in found if isinstance(each, Sighting) and each.phase == "final"]
    return [each.vote.text for each in finals], ended


@pytest.mark.model
def test_plates_that_the_lamp_burns_out_are_read_once_they_are_metered() -> None:
    meter = PlateMeter(longest_us=1000, most_gain=16)
    read, ended = drive(meter, rounds=2)
    assert read[-2:] == [scene(seed).text for seed in SEEDS]
    assert all(0.6 < bright < 0.9 for bright in ended[-2:])


@pytest.mark.model
def test_metered_by_the_road_they_stay_burnt_out() -> None:
    """The control."""
    _, ended = drive(RoadMeter(longest_us=1000, most_gain=16), rounds=1)
    assert ended[-1] > 0.97
