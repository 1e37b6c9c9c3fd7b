"""This file is the generator's camera: where it hangs, how it exposes, how its rows are read one after the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge_alpr.scene.light import DAY, NIGHT, Light, mix
from edge_alpr.scene.view import PinholeView

if TYPE_CHECKING:
    from edge_alpr.geometry import Points
    from edge_alpr.scene.view import Vectors
    from edge_alpr.types import Colour

FRAME_WH: Final = (1280, 720)

INFRARED: Final = Light(
    "ir", (0.05, 0.05, 0.05), (0, 0, 0), (0.06, 0.06, 0.06), 1.0, 0.95, 1 / 1000, 5.0
)
"""A filter keeps out all but the unit's own lamp: plates and little else are seen."""
OVERCAST: Final = Light(
    "overcast", (0.72, 0.70, 0.68), (0.05, 0.05, 0.05), (0, 0, 0), 0.5, 0.0, 1 / 500, 3.0
)
DUSK: Final = mix(DAY, NIGHT, 0.6)

LIGHTS: Final = {
    "day": (DAY, (1 / 2000, 1 / 500)),
    "overcast": (OVERCAST, (1 / 1000, 1 / 300)),
    "dusk": (DUSK, (1 / 700, 1 / 250)),
    "night": (NIGHT, (1 / 700, 1 / 250)),
    "ir": (INFRARED, (1 / 2000, 1 / 500)),
}
"""Each light with the shortest and the longest exposure it is filmed with, in seconds."""


@dataclass(frozen=True, slots=True)
class Camera:
    """How one clip is taken."""

    view: PinholeView
    light: Light
    fps: float
    exposure_s: float
    readout_s: float
    """From the first row to the last: the rolling shutter."""
    sway_px: float
    """How far wind moves the picture to either side."""
    gain: float
    """What the sensor's noise is multiplied by."""


def draw_camera(rng: np.random.Generator, light: str, fps: float) -> Camera:
    """A camera at the roadside, aimed as a technician would: at the middle lane, ten to eighteen metres away."""
    lamp, (shortest, longest) = LIGHTS[light]
    exposure_s = float(np.exp(rng.uniform(math.log(shortest), math.log(longest))))
    aim_m, above = float(rng.uniform(10, 18)), float(rng.uniform(1.8, 5.0))
    view = PinholeView(
        *FRAME_WH,
        focal_px=float(rng.uniform(150, 230)) * aim_m,
        above_m=above,
        yaw_deg=math.degrees(math.atan2(3.5, aim_m)) + float(rng.uniform(-1.5, 1.5)),
        pitch_deg=math.degrees(math.atan2(above - 0.6, aim_m)) + float(rng.uniform(-1, 1)),
        roll_deg=float(rng.uniform(-2.5, 2.5)),
    )
    return Camera(
        view=view,
        light=lamp,
        fps=fps,
        exposure_s=exposure_s,
        readout_s=float(rng.uniform(0.0, 0.025)),
        sway_px=float(rng.uniform(0.0, 2.5)) * float(rng.random() < 0.5),
        gain=float(rng.uniform(0.8, 2.0)),
    )


class RollingView(PinholeView):
    """A view of one moving thing, in which lower rows are taken later."""

    def __init__(self, still: PinholeView, velocity: Vectors, readout_s: float) -> None:
        """``velocity``: ``(3,)`` metres a second."""
        super().__init__(
            still.width,
            still.height,
            still.focal_px,
            still.above_m,
            still.yaw_deg,
            still.pitch_deg,
            still.roll_deg,
        )
        object.__setattr__(self, "_way", velocity * readout_s)

    def project(self, points: Vectors) -> Points:
        """As `PinholeView.project`, with each point where it is when its row is read."""
        first = super().project(points)
        late = np.clip(first[:, 1:].astype(np.float64) / self.height, 0.0, 1.0)
        moved: Vectors = np.asarray(points, np.float64) + late * self.__dict__["_way"]
        return super().project(moved)


class Sway:
    """The pole in the wind: a slow movement of the whole picture."""

    def __init__(self, most_px: float, rng: np.random.Generator) -> None:
        self._most_px = most_px
        self._speed = rng.uniform(3.0, 12.0, 2)
        self._phase = rng.uniform(0.0, 2 * math.pi, 2)

    def shift(self, now_s: float) -> Points:
        """``(2,)``: by how many pixels the picture is moved."""
        moved: Points = (self._most_px * np.sin(self._speed * now_s + self._phase)).astype(
            np.float32
        )
        return moved

    def apply(self, picture: Colour, now_s: float) -> Colour:
        """The picture, moved."""
        if self._most_px <= 0:
            return picture
        dx, dy = map(float, self.shift(now_s))
        matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        size = (picture.shape[1], picture.shape[0])
        return cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE).astype(
            np.uint8
        )


def to_infrared(picture: Colour) -> Colour:
    """All three colours alike."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR).astype(np.uint8)
