"""A sensor that obeys exposure and gain: levels of a road and of a plate from their light, with a camera's gamma."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from edge_alpr.capture.exposure import Exposure, PlateMeter
from edge_alpr.types import Frame, Moment, PlateLight

GAMMA = 2.2
FULL = 1.0 / 1500
"""Light 1, a road at noon, is full white after 1500 microseconds: a lens of f/2 and ISO 100, by the sunny 16 rule."""
DELAY = 3
"""Frames until a sensor obeys."""


@dataclass
class SimulatedSensor:
    """Takes frames of a road in a given light, and tells the meter of the plates in them."""

    meter: PlateMeter
    fps: float = 10.0
    delay: int = DELAY
    gamma: float = GAMMA
    now_s: float = 100.0
    current: Exposure = field(default_factory=lambda: Exposure(1000.0, 1.0))
    changes: int = 0
    number: int = 0
    brights: list[float] = field(default_factory=list)
    """Level of each plate that was seen, before it is cut off at white."""
    taken: list[Exposure] = field(default_factory=list)
    _coming: deque[Exposure | None] = field(default_factory=deque)

    def level(self, light: float) -> float:
        """0..1, more for what is burnt out."""
        return float((light * self.current.us * self.current.gain * FULL) ** (1 / self.gamma))

    def run(
        self, seconds: float, road: float, plate: float | None = None, plate_every_s: float = 1.0
    ) -> None:
        """``road`` and ``plate``: their light, where 1 is a road at noon; a plate in view every so often."""
        for tick in range(round(seconds * self.fps)):
            self.number += 1
            self.now_s += 1 / self.fps
            grey = np.full((90, 160), round(255 * min(1.0, self.level(road))), np.uint8)
            frame = Frame(
                grey,
                Moment(self.now_s, 0.0),
                self.number,
                exposure_us=self.current.us,
                gain=self.current.gain,
            )
            self.taken.append(self.current)
            if plate is not None and tick % max(1, round(plate_every_s * self.fps)) == 0:
                self.meter.hear([self._light(plate)])
            self._coming.append(self.meter.step(frame))
            if len(self._coming) > self.delay:
                wanted = self._coming.popleft()
                if wanted is not None:
                    self.current = wanted
                    self.changes += 1

    def _light(self, plate: float) -> PlateLight:
        bright = self.level(plate)
        self.brights.append(bright)
        seen = min(1.0, bright)
        dark = self.level(plate * 0.08)
        glare = 0.0 if bright < 0.98 else min(1.0, 0.4 + (bright - 1))
        return PlateLight(seen, max(0.0, seen - dark), glare, self.current.us, self.current.gain)
