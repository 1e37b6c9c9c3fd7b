"""This file knows the places of the picture that mean something: lanes, and where nothing is to be looked for.

A place is a polygon in shares of the picture's width and height, so that it survives another resolution. A plate is
where its middle is. State: none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeAlias

import cv2
import numpy as np
from annotated_types import Ge, Le, Len

if TYPE_CHECKING:
    from edge_alpr.types import Detection

Corner: TypeAlias = tuple[Annotated[float, Ge(0), Le(1)], Annotated[float, Ge(0), Le(1)]]
Polygon: TypeAlias = Annotated[tuple[Corner, ...], Len(3, 64)]
"""Corners in order: x and y as shares of the picture's width and height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A part of the road with a name."""

    name: Annotated[str, Len(1, 64)]
    """Stands in the events of vehicles that were read there."""
    polygon: Polygon
    """Its corners in order, [x, y] each, from [0, 0] at the top left to [1, 1] at the bottom right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSettings:
    """Places of the picture that mean something."""

    lanes: Annotated[tuple[Lane, ...], Len(0, 32)] = ()
    """Lanes by name; of two that overlap the first counts."""
    ignore: Annotated[tuple[Polygon, ...], Len(0, 64)] = ()
    """Where plates are not looked for: a car park, a shop sign. Each a list of [x, y] corners. To hide what lies there
    from every later stage as well, use mask.private."""


class Zones:
    """The places of one camera."""

    def __init__(self, settings: ZoneSettings) -> None:
        self._lanes = [(lane.name, np.array(lane.polygon, np.float32)) for lane in settings.lanes]
        self._ignore = [np.array(polygon, np.float32) for polygon in settings.ignore]

    def admits(self, detection: Detection, frame_wh: tuple[int, int]) -> bool:
        """Whether a plate found there is to be followed."""
        here = _middle(detection, frame_wh)
        return not any(_holds(polygon, here) for polygon in self._ignore)

    def lane_of(self, detection: Detection, frame_wh: tuple[int, int]) -> str | None:
        """The name of the lane that a plate is in, or None outside all."""
        here = _middle(detection, frame_wh)
        return next((name for name, polygon in self._lanes if _holds(polygon, here)), None)


def _middle(detection: Detection, frame_wh: tuple[int, int]) -> tuple[float, float]:
    x, y = detection.box.centre
    return x / frame_wh[0], y / frame_wh[1]


def _holds(polygon: np.ndarray[tuple[int, ...], np.dtype[np.float32]], at: Corner) -> bool:
    return cv2.pointPolygonTest(polygon, at, measureDist=False) >= 0
