"""This file films a cast of vehicles and people: frames one by one, as they are asked for, and the truth of each pass.

Everything follows from the cast and its seed. The truth is worked out from geometry, without rendering.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from edge_alpr.capture.picture import to_luma
from edge_alpr.evaluate.truth import ClipTruth, TruePass
from edge_alpr.geometry import Points, quad_size
from edge_alpr.scene.sensor import Sensor
from edge_alpr.scene.vehicle import Vehicle
from edge_alpr.scene.world import build_world
from edge_alpr.types import Frame, Moment
from evaluation.drive.actors import Board, Flicker, Rain, Walker
from evaluation.drive.camera import Camera, RollingView, Sway, to_infrared
from evaluation.drive.journey import Journey
from evaluation.drive.mount import MountedPlate
from evaluation.drive.readable import is_readable, line_angle_deg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.types import Colour

SEEN_M: Final = (3.3, 70.0)
"""Vehicles are drawn while they are so far away."""
SMALLEST_PX: Final = 14.0
"""A plate that is less wide is not in the truth at all."""
START_UTC_S: Final = 946_684_800.0
"""2000-01-01, where a replay's clock starts."""


@dataclass(frozen=True, slots=True)
class Actor:
    """One vehicle on its way; without a mounted plate it is no pass."""

    vehicle: Vehicle
    journey: Journey
    mounted: MountedPlate | None
    lane: str

    def is_seen(self, now_s: float) -> bool:
        return SEEN_M[0] < self.journey.distance(now_s) < SEEN_M[1]


@dataclass(frozen=True)
class Cast:
    """All that is in a clip."""

    name: str
    kind: str
    seed: int
    seconds: float
    camera: Camera
    actors: tuple[Actor, ...] = ()
    walkers: tuple[Walker, ...] = ()
    boards: tuple[Board, ...] = ()
    rain: Rain | None = None
    flicker: Flicker | None = None
    conditions: dict[str, Any] | None = None


class Film:
    """A `FrameSource` over a cast."""

    live = False

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.fps = cast.camera.fps
        self.frame_count = round(cast.seconds * self.fps)
        self.handed = -1
        """The newest frame that was given out."""
        self._sway = Sway(cast.camera.sway_px, np.random.default_rng([cast.seed, 4]))
        self._closed = False

    def close(self) -> None:
        self._closed = True

    def frames(self) -> Iterator[Frame]:
        """Every frame in order, rendered when it is asked for."""
        for sequence, picture in enumerate(self.pictures()):
            if self._closed:
                return
            self.handed = sequence
            offset = sequence / self.fps
            yield Frame(
                luma=to_luma(picture),
                at=Moment(offset, START_UTC_S + offset),
                sequence=sequence,
                colour=picture,
                exposure_us=self.cast.camera.exposure_s * 1e6,
            )

    def pictures(self) -> Iterator[Colour]:
        """``(H, W, 3) uint8``, one a frame."""
        cast, camera = self.cast, self.cast.camera
        light = replace(camera.light, noise=camera.light.noise * camera.gain)
        world = build_world(camera.view, np.random.default_rng([cast.seed, 1])).lit(light)
        for board in cast.boards:
            board.draw(world, camera.view, light)
        sensor = Sensor(camera.view, np.random.default_rng([cast.seed, 2]))
        for number in range(self.frame_count):
            now_s = number / self.fps
            picture = world.copy()
            self._draw_movers(picture, now_s)
            if cast.rain is not None:
                cast.rain.draw(picture)
            if light.name == "ir":
                picture = to_infrared(picture)
            if cast.flicker is not None:
                picture = cast.flicker.apply(picture, now_s)
            taken = sensor.expose(self._sway.apply(picture, now_s), light)
            yield to_infrared(taken) if light.name == "ir" else taken

    def _draw_movers(self, picture: Colour, now_s: float) -> None:
        """Vehicles and people, the farthest first."""
        camera = self.cast.camera
        movers: list[tuple[float, Actor | Walker]] = [
            (actor.journey.distance(now_s), actor) for actor in self._on_stage(now_s)
        ]
        for walker in self.cast.walkers:
            x, z = walker.place(now_s)
            if -4 < x < 14 and SEEN_M[0] - 1 < z < 40:
                movers.append((z, walker))
        for distance, mover in sorted(movers, key=lambda pair: -pair[0]):
            if not isinstance(mover, Actor):
                mover.draw(picture, camera.view, now_s, camera.light)
                continue
            view = self._view_of(mover, now_s)
            mover.vehicle.draw(
                picture, view, distance, camera.light, self._blur(mover, now_s).astype(np.float64)
            )

    def _on_stage(self, now_s: float) -> list[Actor]:
        return [actor for actor in self.cast.actors if actor.is_seen(now_s)]

    def _view_of(self, actor: Actor, now_s: float) -> RollingView:
        speed = actor.journey.velocity(now_s)
        return RollingView(
            self.cast.camera.view, np.array([0.0, 0.0, speed]), self.cast.camera.readout_s
        )

    def _blur(self, actor: Actor, now_s: float) -> Points:
        """``(2,)``: by how many pixels the plate moves during the exposure."""
        view = self._view_of(actor, now_s)
        before, after = (
            actor.vehicle.plate_corners(view, actor.journey.distance(at_s)).mean(0)
            for at_s in (now_s, now_s + self.cast.camera.exposure_s)
        )
        moved: Points = (after - before).astype(np.float32)
        return moved

    def _contrast(self, actor: Actor, now_s: float) -> float:
        """Between the plate's paper and its writing, in standard deviations of the noise."""
        assert actor.mounted is not None
        camera = self.cast.camera
        lit = actor.vehicle.plate_light(camera.view, actor.journey.distance(now_s), camera.light)
        return actor.mounted.spread * lit / (camera.light.noise * camera.gain)

    @cached_property
    def truth(self) -> ClipTruth:
        """Every pass whose plate comes into the picture."""
        corners: dict[int, dict[int, Points]] = {}
        readable: dict[int, list[int]] = {}
        for number in range(self.frame_count):
            now_s = number / self.fps
            for index, actor in enumerate(self.cast.actors):
                if actor.mounted is None or not actor.is_seen(now_s):
                    continue
                quad = self._plate(actor, now_s)
                if quad is None:
                    continue
                corners.setdefault(index, {})[number] = quad
                if not self._is_hidden(actor, quad, now_s) and is_readable(
                    quad, self._blur(actor, now_s), self._contrast(actor, now_s)
                ):
                    readable.setdefault(index, []).append(number)
        passes = tuple(
            self._pass(index, quads, tuple(readable.get(index, ())))
            for index, quads in sorted(corners.items())
        )
        cast = self.cast
        size = cast.camera.view.width, cast.camera.view.height
        conditions = cast.conditions or {}
        return ClipTruth(cast.name, self.fps, self.frame_count, size, passes, cast.kind, conditions)

    def truth_of(self, clip: str) -> ClipTruth:
        """The truth, of a file of that name."""
        return replace(self.truth, name=clip)

    def _plate(self, actor: Actor, now_s: float) -> Points | None:
        """The plate's corners if all of it is in the picture and large enough to be found."""
        assert actor.mounted is not None
        view = self._view_of(actor, now_s)
        outer = actor.vehicle.plate_corners(view, actor.journey.distance(now_s))
        quad = actor.mounted.corners(outer) + self._sway.shift(now_s)
        inside = (quad >= 1).all() and (quad <= [view.width - 1, view.height - 1]).all()
        return quad if inside and quad_size(quad)[0] >= SMALLEST_PX else None

    def _is_hidden(self, actor: Actor, quad: Points, now_s: float) -> bool:
        """Whether something nearer covers a part of the plate."""
        view, distance = self.cast.camera.view, actor.journey.distance(now_s)
        shapes = [
            other.vehicle.silhouette(view, other.journey.distance(now_s))
            for other in self._on_stage(now_s)
            if other is not actor and other.journey.distance(now_s) < distance
        ]
        shapes += [
            walker.outline(view, now_s)
            for walker in self.cast.walkers
            if 1.0 < walker.place(now_s)[1] < distance
        ]
        return any(cv2.intersectConvexConvex(shape, quad)[0] > 0 for shape in shapes)

    def _pass(self, index: int, quads: dict[int, Points], readable: tuple[int, ...]) -> TruePass:
        actor = self.cast.actors[index]
        assert actor.mounted is not None
        speed = actor.journey.speed
        middle = readable[len(readable) // 2] if readable else max(quads)
        at_m = actor.journey.distance(middle / self.fps)
        contrast = max((self._contrast(actor, f / self.fps) for f in readable), default=None)
        return TruePass(
            id=f"{self.cast.name}-{index}",
            text=actor.mounted.plate.text,
            corners=quads,
            readable=readable,
            region=actor.mounted.plate.region or None,
            lane=actor.lane,
            direction="approaching" if speed < 0 else "receding",
            light=self.cast.camera.light.name,
            speed_mps=round(abs(speed), 1),
            angle_deg=round(line_angle_deg(self.cast.camera.view, actor.vehicle.lane_x, at_m), 1),
            contrast=None if contrast is None else round(contrast, 1),
            parked=actor.journey.stands_s > 0,
            source=actor.mounted.source,
        )
