"""A drive-by: who passes when and how fast, the frames a camera takes of it, and the truth about every pass.

Everything follows from the seed. The truth is worked out from geometry, before and without any rendering.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge_alpr.geometry import Points, quad_size
from edge_alpr.scene.body import SHAPES
from edge_alpr.scene.light import DAY, NIGHT, Light, mix
from edge_alpr.scene.plate import draw_plate
from edge_alpr.scene.sensor import Sensor
from edge_alpr.scene.street import FAR_LANE_X, NEAR_LANE_X
from edge_alpr.scene.vehicle import PAINTS, Vehicle
from edge_alpr.scene.view import PinholeView
from edge_alpr.scene.world import World, build_world
from edge_alpr.types import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.types import Colour

READABLE_PX: Final = 28.0
"""A plate narrower than this is not called visible; no reader is asked to read it."""

NEAR_REGIONS: Final = ("eu-de", "us-lincoln", "in", "br", "us-absaroka", "eu-es", "us-franklin")
FAR_REGIONS: Final = ("gb", "eu-nl", "my", "eu-fr", "eu-pl")
"""The far lane gets the wider plates: it is seen from farther away."""

_NEAR_SPEED: Final = 9.5
_FAR_SPEED: Final = 8.5
_NEAR_BEST_M: Final = 6.4
_FAR_BEST_M: Final = 8.6
_HEADWAY_S: Final = 4.2
_SEEN_M: Final = (3.3, 115.0)
_DUSK_S: Final = 1.6

START: Final = Moment(mono_s=0.0, utc_s=1_767_225_600.0)
"""The default moment of the first frame: 2026-01-01 00:00 UTC."""


@dataclass(frozen=True, slots=True)
class PassTruth:
    """What really passed once: the answer that a reader's is compared with."""

    text: str
    region: str
    light: str
    """``day``, ``dusk`` or ``night``, at the best frame."""
    rear: bool
    first_frame: int
    last_frame: int
    best_frame: int
    """Where the plate is widest."""
    corners: dict[int, Points]
    """Frame number to ``(4, 2)`` pixels, for the frames in which the plate is in full view."""

    @property
    def best_width_px(self) -> float:
        """Width of the plate in its best frame."""
        return quad_size(self.corners[self.best_frame])[0]


@dataclass(frozen=True, slots=True)
class _Pass:
    vehicle: Vehicle
    best_s: float
    """When the plate is at its best distance."""
    best_m: float
    speed: float
    """Metres a second; negative when it comes nearer."""

    def distance(self, at_s: float) -> float:
        return self.best_m + self.speed * (at_s - self.best_s)


class Drive:
    """One rendered drive-by.

    Args:
        seed: decides everything that is left open.
        passes: how many vehicles pass, at least 1; they come in turn on the near lane (approaching) and the far lane
            (receding), two at a time in view.
        fps: frames a second.
        view: the camera.
        start: the moment of frame 0.
        night_from: share of the passes, 0..1, after which night falls; 1 keeps the day, 0 is all night.
    """

    def __init__(
        self,
        seed: int = 1,
        *,
        passes: int = 10,
        fps: float = 15.0,
        view: PinholeView | None = None,
        start: Moment = START,
        night_from: float = 0.6,
    ) -> None:
        if passes < 1 or fps <= 0:
            msg = f"a drive needs a pass and a frame rate, got {passes} passes at {fps} fps"
            raise ValueError(msg)
        self.seed, self.fps, self.start = seed, fps, start
        self.view = view or PinholeView()
        self._passes = _plan(np.random.default_rng(seed), passes)
        last = self._passes[-1].best_s
        self.frame_count = round((last + 3.2) * fps)
        half_step = _HEADWAY_S / 4
        first = self._passes[0].best_s
        whole = last - first + 2 * half_step
        self._dusk_s = (
            first - half_step + night_from * whole
            if 0 < night_from < 1
            else (-_DUSK_S if night_from <= 0 else whole + 1e6)
        )

    def __len__(self) -> int:
        return self.frame_count

    @cached_property
    def _world(self) -> World:
        return build_world(self.view, np.random.default_rng([self.seed, 1]))

    def light(self, frame: int) -> Light:
        """The light when a frame is taken."""
        return mix(DAY, NIGHT, (frame / self.fps - self._dusk_s) / _DUSK_S)

    def frames(self) -> Iterator[tuple[Colour, Moment]]:
        """Every frame in order, ``(H, W, 3) uint8``, rendered when it is asked for."""
        sensor = Sensor(self.view, np.random.default_rng([self.seed, 2]))
        lit: tuple[Light, Colour] | None = None
        for frame in range(self.frame_count):
            at_s = frame / self.fps
            light = self.light(frame)
            if lit is None or lit[0] != light:
                lit = light, self._world.lit(light)
            picture = lit[1].copy()
            for one in self._in_view(at_s):
                step = one.speed * light.exposure_s
                distance = one.distance(at_s)
                middle = one.vehicle.plate_corners(self.view, distance).mean(0)
                later = one.vehicle.plate_corners(self.view, distance + step).mean(0)
                one.vehicle.draw(picture, self.view, distance, light, later - middle)
            yield sensor.expose(picture, light), self.start.later(at_s)

    def _in_view(self, at_s: float) -> list[_Pass]:
        """The passes to draw, farthest first."""
        near, far = _SEEN_M
        seen = [one for one in self._passes if near < one.distance(at_s) < far]
        return sorted(seen, key=lambda one: -one.distance(at_s))

    @cached_property
    def truth(self) -> tuple[PassTruth, ...]:
        """One entry a pass whose plate comes into full view, in the order of their first frames."""
        found: list[PassTruth] = []
        for one in self._passes:
            corners = {
                frame: quad
                for frame in range(self.frame_count)
                if (quad := self._visible(one, frame)) is not None
            }
            if not corners:
                continue
            best = max(corners, key=lambda frame: quad_size(corners[frame])[0])
            vehicle = one.vehicle
            found.append(
                PassTruth(
                    vehicle.plate.text,
                    vehicle.plate.region,
                    self.light(best).name,
                    vehicle.rear,
                    min(corners),
                    max(corners),
                    best,
                    corners,
                )
            )
        return tuple(sorted(found, key=lambda truth: truth.first_frame))

    def _visible(self, one: _Pass, frame: int) -> Points | None:
        """The plate's corners if all of it can be seen in this frame."""
        at_s = frame / self.fps
        in_view = self._in_view(at_s)
        if one not in in_view:
            return None
        quad = one.vehicle.plate_corners(self.view, one.distance(at_s))
        inside = (quad >= 1).all() and (quad <= [self.view.width - 1, self.view.height - 1]).all()
        if not inside or quad_size(quad)[0] < READABLE_PX * self.view.width / 1280:
            return None
        for other in in_view[in_view.index(one) + 1 :]:
            hull = other.vehicle.silhouette(self.view, other.distance(at_s))
            if cv2.intersectConvexConvex(hull, quad)[0] > 0:
                return None
        return quad


def _plan(rng: np.random.Generator, count: int) -> list[_Pass]:
    """The passes in the order of their best moments."""
    near_regions, far_regions = rng.permutation(NEAR_REGIONS), rng.permutation(FAR_REGIONS)
    shapes, paints = rng.permutation(len(SHAPES)), rng.permutation(len(PAINTS))
    planned = []
    for i in range(count):
        near = i % 2 == 0
        regions = near_regions if near else far_regions
        region = str(regions[(i // 2) % len(regions)])
        vehicle = make_vehicle(
            rng, region, near=near, shape=int(shapes[i % 4]), paint=int(paints[i % len(PAINTS)])
        )
        best_s = 3.4 + i * _HEADWAY_S / 2 + float(rng.uniform(-0.25, 0.25))
        if near:
            planned.append(_Pass(vehicle, best_s, _NEAR_BEST_M, -_NEAR_SPEED))
        else:
            planned.append(_Pass(vehicle, best_s, _FAR_BEST_M, _FAR_SPEED))
    return planned


def make_vehicle(
    rng: np.random.Generator, region: str, *, near: bool, shape: int, paint: int
) -> Vehicle:
    """A vehicle for a lane: on the near one its front is seen, on the far one its rear."""
    lane = NEAR_LANE_X if near else FAR_LANE_X
    return Vehicle(
        SHAPES[shape],
        PAINTS[paint],
        draw_plate(region, rng, rear=not near),
        lane + float(rng.uniform(-0.12, 0.12)),
        rear=not near,
        seed=int(rng.integers(1 << 30)),
    )
