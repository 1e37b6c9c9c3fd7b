"""Draws a vehicle's parts, from its shadow to its plate, as flat pieces in perspective."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_alpr.scene.paint import Layer, darken, faces_camera
from edge_alpr.scene.street import lamp_light

if TYPE_CHECKING:
    from edge_alpr.geometry import Points
    from edge_alpr.scene.body import Shape
    from edge_alpr.scene.glyphs import Mask
    from edge_alpr.scene.light import Factor, Light
    from edge_alpr.scene.looks import Bgr
    from edge_alpr.scene.plate import Plate
    from edge_alpr.scene.view import PinholeView, Vectors
    from edge_alpr.types import Colour

_TYRE: Final = (30, 29, 28)
_GLASS: Final = (62, 54, 46)
_LAMP_REACH_M: Final = 14.0
"""Distance at which the unit's own lamp has fallen to half."""


class Bodywork:
    """Draws the parts of one vehicle at one place.

    Args:
        shape: as seen, ``d`` counted from the end that the camera sees.
        paint: colour of the sheet metal.
        rear: whether that end is the rear.
        at: where its own zero lies in the world, ``(3,)`` metres.
        view: the camera.
        light: how things are lit.
    """

    def __init__(
        self,
        shape: Shape,
        paint: Bgr,
        *,
        rear: bool,
        at: Vectors,
        view: PinholeView,
        light: Light,
    ) -> None:
        self.shape, self.paint, self.rear = shape, paint, rear
        self.at, self.view, self.light = at, view, light
        self.lamp = float(lamp_light(float(at[0]), float(at[2]) + 1.0))
        self.near = 1.0 / (1.0 + (float(at[2]) / _LAMP_REACH_M) ** 2)

    def _seen(self, own: Vectors) -> Points:
        return self.view.project(own + self.at)

    def _factor(self, own: Vectors) -> Factor:
        (a1, a2, a3), (b1, b2, b3) = own[1] - own[0], own[-1] - own[0]
        normal = np.array([a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1])
        length = math.hypot(*normal)
        normal = np.array([0.0, 1.0, 0.0]) if length < 1e-9 else normal / length
        return self.light.on(normal, self.lamp, self.near)

    def _sheet(self, layer: Layer, own: Vectors, colour: Bgr, gain: float = 1.0) -> None:
        """A flat piece, drawn if it faces the camera."""
        seen = self._seen(own)
        if faces_camera(seen):
            layer.fill(seen, np.minimum(np.array(colour) * self._factor(own) * gain, 255))

    def shadow(self, picture: Colour) -> None:
        """What the vehicle keeps from the ground: deep below it, and to the right by day."""
        half, length = self.shape.width / 2, self.shape.length
        strength = min(sum(self.light.sun) / 1.4, 1.0)
        metre = self.view.pixels_per_metre(self.at)
        for reach, deep in ((0.85 * strength, 0.45 * strength), (0.06, 0.72)):
            own = np.array(
                [[-half, 0, 0.05], [half + reach, 0, 0.05 + reach], [half + reach, 0, length + reach],
                 [-half, 0, length]]
            )  # fmt: skip
            darken(picture, self._seen(own), deep, softness=max(0.6, 0.05 * metre))

    def body(self, layer: Layer, end: Colour, screens: tuple[Colour, Mask]) -> None:
        """Everything but the plate, from far to near."""
        shape, paint = self.shape, self.paint
        self._underside(layer)
        if self.rear:
            self._mirrors(layer)
        for i in reversed(range(1, len(shape.parts))):
            strips = shape.across(i)
            for strip in strips:
                self._sheet(layer, strip, paint)
            own = np.concatenate([strips[0][:2], strips[-1][2:]])
            if shape.parts[i] == "glass" and faces_camera(self._seen(own)):
                inset = own.copy()
                inset[:, 0] *= 0.9
                inset += (own[::-1] - own) * 0.06
                factor = self._factor(own) + 0.1 * self.light.headlights
                layer.paste(*screens, self._seen(inset), factor)
        self._side(layer)
        own = shape.across(0)[0]
        seen = self._seen(own)
        if faces_camera(seen):
            whole = np.full(end.shape[:2], 255, np.uint8)
            layer.paste(end, whole, seen, self._factor(own))
        if not self.rear:
            self._mirrors(layer)

    def _underside(self, layer: Layer) -> None:
        """The dark below the bumper and the treads of the tyres."""
        shape = self.shape
        half, low = shape.width / 2 * 0.86, shape.outline[0][1] + 0.06
        dark = np.array(
            [[-half, low, 0.12], [half, low, 0.12], [half, 0.1, 0.12], [-half, 0.1, 0.12]]
        )
        layer.fill(self._seen(dark), (10, 10, 10))
        for sign in (-1, 1):
            inner, outer = sign * (shape.width / 2 - 0.24), sign * (shape.width / 2 - 0.04)
            u1, u2 = min(inner, outer), max(inner, outer)
            d = shape.wheels[0] - shape.wheel_radius * 0.75
            tread = np.array([[u1, low, d], [u2, low, d], [u2, 0.0, d + 0.15], [u1, 0.0, d + 0.15]])
            self._sheet(layer, tread, _TYRE, 0.8)

    def _side(self, layer: Layer) -> None:
        """The side towards the camera: sheet metal in upright pieces, windows, wheels."""
        shape, paint = self.shape, self.paint
        stations = shape.stations()
        sill = shape.outline[0][1]
        for d1, d2 in reversed(list(pairwise(stations))):
            tops = [
                top if (top := shape.top(d)) < shape.belt + 0.12 else shape.belt for d in (d1, d2)
            ]
            crease = [sill + (top - sill) * 0.55 for top in tops]
            self._sheet(layer, self._upright(d1, d2, tops, crease), paint)
            self._sheet(layer, self._upright(d1, d2, crease, [sill, sill]), paint, 0.8)
        glass = [i for i, part in enumerate(shape.parts) if part == "glass"]
        first, last = glass[0], glass[-1] + 1
        front, back = shape.outline[first][0], shape.outline[last][0]
        roof = [d for d, _ in shape.outline[first : last + 1]]
        for d1, d2 in reversed(list(pairwise(roof))):
            tops = [shape.top(d) for d in (d1, d2)]
            self._sheet(layer, self._upright(d1, d2, tops, [shape.belt - 0.05] * 2), paint)
        middle = (front + back) / 2
        panes = [(front + 0.12, middle - 0.05), (middle + 0.05, back - 0.12)]
        if shape.name == "van":
            panes = panes[-1:] if self.rear else panes[:1]
        for d1, d2 in panes:
            tops = [shape.belt + (shape.top(d) - shape.belt) * 0.86 for d in (d1, d2)]
            feet = [shape.belt + 0.03] * 2
            self._sheet(layer, self._upright(d1, d2, tops, feet, out=0.01), _GLASS, 1.25)
        for d in (middle, front - 0.1):
            self._sheet(
                layer,
                self._upright(d, d + 0.015, [shape.belt] * 2, [sill + 0.1] * 2, out=0.005),
                paint,
                0.55,
            )
        self._wheels(layer)

    def _upright(
        self, d1: float, d2: float, tops: list[float], feet: list[float], out: float = 0.0
    ) -> Vectors:
        """A piece of the near side between two places along it; far edge first, as the camera sees it."""

        def at(d: float, y: float) -> list[float]:
            return [-self.shape.half_width(d, y) - out, y, d]

        return np.array([at(d2, tops[1]), at(d1, tops[0]), at(d1, feet[0]), at(d2, feet[1])])

    def _wheels(self, layer: Layer) -> None:
        shape = self.shape
        angles = np.linspace(0, 2 * np.pi, 28, endpoint=False)
        u = -shape.width / 2 - 0.005
        for d in reversed(shape.wheels):
            for radius, colour, gain in (
                (shape.wheel_radius * 1.14, (16, 16, 16), 0.6),
                (shape.wheel_radius, _TYRE, 1.0),
                (shape.wheel_radius * 0.66, (168, 168, 166), 0.9),
                (shape.wheel_radius * 0.5, (96, 96, 96), 0.9),
                (shape.wheel_radius * 0.16, (180, 180, 178), 0.9),
            ):
                ys = np.maximum(shape.wheel_radius + radius * np.sin(angles), 0.0)
                disc = np.stack([np.full(28, u), ys, d - radius * np.cos(angles)], 1)
                lit = self.light.on(np.array([-1.0, 0, 0]), self.lamp, self.near)
                layer.fill(self._seen(disc), np.array(colour) * lit * gain)

    def _mirrors(self, layer: Layer) -> None:
        shape = self.shape
        glass = [i for i, part in enumerate(shape.parts) if part == "glass"]
        foot = glass[-1] + 1 if self.rear else glass[0]
        d = shape.outline[foot][0] + (-0.3 if self.rear else 0.3)
        for sign in (-1, 1):
            u1, u2 = sorted((sign * shape.width / 2 * 0.97, sign * (shape.width / 2 + 0.19)))
            y1, y2 = shape.belt + 0.02, shape.belt + 0.17
            own = np.array([[u1, y2, d], [u2, y2 - 0.02, d], [u2, y1, d], [u1, y1, d]])
            self._sheet(layer, own, (26, 26, 26) if self.rear else self.paint)

    def plate(self, layer: Layer, plate: Plate, corners: Points) -> None:
        """The plate in its holder; at night it throws the unit's own light straight back."""
        if not plate.bare:
            middle = corners.mean(0)
            holder = (middle + (corners - middle) * [1.05, 1.12]).astype(np.float32)
            layer.fill(holder, (22, 22, 22))
        layer.paste(plate.picture, plate.cover, corners, self.plate_factor())

    def plate_factor(self) -> Factor:
        """How much of its own colour the plate shows, at most 1.05."""
        factor = self.light.on(np.array([0.0, 0.0, -1.0]), self.lamp)
        back = 1.25 * self.light.illuminator * self.near
        if self.rear:
            back += 0.2 * self.light.headlights
        brightest: Factor = np.minimum(factor + back, 1.05)
        return brightest
