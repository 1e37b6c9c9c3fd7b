"""This file works out which part of the sensor is read out, and where the places drawn on the whole view are in it.

A window has the picture's own proportions: one number says how large it is. The whole view is what the camera gives
without a window: the largest part of the sensor with the picture's proportions, in its middle. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

from annotated_types import Ge, Le

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Share: TypeAlias = Annotated[float, Ge(0), Le(1)]
Place: TypeAlias = "Sequence[tuple[float, float]]"
"""Corners as shares of width and height."""
Pixels: TypeAlias = tuple[int, int, int, int]
"""Left, top, width and height on the sensor."""

MARGIN: Final = 0.04
"""Kept around the lanes, as a share of the view: half a plate's width, so that one at their edge is seen in full."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the view."""

    x: float = 0.0
    """Left edge, 0..1 of the view's width."""
    y: float = 0.0
    """Top edge, 0..1 of the view's height."""
    size: float = 1.0
    """Share of the view's width and of its height, more than 0."""

    @property
    def is_all(self) -> bool:
        """Whether it is the whole view."""
        return self.size >= 1

    def place(self, corners: Place) -> tuple[tuple[float, float], ...]:
        """Where a place of the whole view is in the window; outside it, shares are below 0 or above 1."""
        return tuple(((x - self.x) / self.size, (y - self.y) / self.size) for x, y in corners)

    def on_sensor(self, full: Pixels, picture_wh: tuple[int, int]) -> Pixels:
        """The window in pixels of the sensor.

        Args:
            full: all that the sensor mode can read.
            picture_wh: width and height of the pictures, whose proportions count.
        """
        left, top, width, height = full
        scale = min(width / picture_wh[0], height / picture_wh[1])
        view_w, view_h = picture_wh[0] * scale, picture_wh[1] * scale
        x = left + (width - view_w) / 2 + self.x * view_w
        y = top + (height - view_h) / 2 + self.y * view_h
        # Even numbers, so that the colours of the sensor's mosaic stay where they are.
        return _even(x), _even(y), _even(self.size * view_w), _even(self.size * view_h)


def around(places: Iterable[Place], margin: float = MARGIN) -> Window:
    """The smallest window that holds all places with some room around them; the whole view if there are none."""
    corners = [corner for place in places for corner in place]
    if not corners:
        return Window()
    xs, ys = zip(*corners, strict=True)
    size = min(1.0, max(max(xs) - min(xs), max(ys) - min(ys)) + 2 * margin)
    x, y = ((min(vs) + max(vs) - size) / 2 for vs in (xs, ys))
    return Window(min(max(x, 0.0), 1 - size), min(max(y, 0.0), 1 - size), size)


def _even(value: float) -> int:
    return int(value) // 2 * 2
