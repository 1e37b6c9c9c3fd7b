"""This file tells from the places of a plate how its vehicle moved: direction, compass bearing, and measured speed.

A plate is a ruler of unknown but constant width: by the pinhole model it is ``focal / width`` plate widths away and
``(x - middle) / width`` plate widths to the side. Straight lines are fitted to both over time (weighted least squares),
and the direction is that of the larger change. Its confidence is that of the fit under normal errors: the chance that
the sign is right times the chance that the larger change is the larger one.
Speed needs the road: four points of the picture whose places on the road were measured (a homography). Without them
it stays unknown, since the width of a plate differs by a factor of three from country to country.
Pure functions; no state.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeAlias

import cv2
import numpy as np
from annotated_types import Ge, Gt, Le, Len, Lt
from numpy.typing import NDArray

from edge_alpr.passes import Direction, Travel

if TYPE_CHECKING:
    from edge_alpr.types import Track

USUAL_VIEW_DEG = 45.0
"""Angle of view taken where none is configured: it only weighs nearer against sideways."""
WIDTH_ERROR = 0.03
"""Standard error of a detected plate's width, as a share of it; and one pixel besides."""
LEAST_WIDTHS = 0.5
"""A vehicle that moved by fewer plate widths has no direction."""
SURE = 0.9
"""Nor has one whose sign is less likely to be right than this."""
LEAST_POINTS = 3
MOST_SPEED_ERROR = 0.15
"""A speed whose standard error is a larger share of it is not told."""

Ratio: TypeAlias = Annotated[float, Ge(0), Le(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundPoint:
    """A point of the road whose place was measured, at the height of plates if that can be done."""

    picture: tuple[Ratio, Ratio]
    """Where it is seen: x and y as shares of the picture's width and height."""
    metres: tuple[Annotated[float, Ge(-1000), Le(1000)], Annotated[float, Ge(-1000), Le(1000)]]
    """Where it is, in metres from any point of the road, along and across."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseSettings:
    """Telling how vehicles move."""

    view_deg: Annotated[float, Gt(1), Lt(170)] | None = None
    """Horizontal angle of view of the lens. Leave it out if unknown: 45 is taken to tell nearer from sideways."""
    bearing_deg: Annotated[float, Ge(0), Lt(360)] | None = None
    """Compass bearing that the camera looks to, 90 for east. Events have no bearing without it."""
    ground: Annotated[tuple[GroundPoint, ...], Len(0, 4)] = ()
    """Exactly four measured points, no three on a line, around where vehicles pass. Without them no speed is told."""

    def __post_init__(self) -> None:
        if len(self.ground) not in {0, 4}:
            raise ValueError(f"ground needs four measured points, got {len(self.ground)}")


def travel_of(
    track: Track, frame_wh: tuple[int, int], settings: CourseSettings, standing_s: float
) -> Travel:
    """How the vehicle of a track moved, as far as its course tells."""
    stationary = track.still_s >= standing_s
    points = np.array([(p.at_s, p.x, p.y, p.width) for p in track.course], np.float64)
    if len(points) < LEAST_POINTS or np.ptp(points[:, 0]) <= 0 or points[:, 3].min() < 1:
        return Travel(stationary=stationary)
    angle = math.radians(settings.view_deg or USUAL_VIEW_DEG)
    focal = frame_wh[0] / 2 / math.tan(angle / 2)
    width = points[:, 3]
    error = WIDTH_ERROR + 1 / width
    aside = (points[:, 1] - frame_wh[0] / 2) / width
    away, away_error = _change(points[:, 0], focal / width, focal / width * error)
    across, across_error = _change(points[:, 0], aside, np.abs(aside) * error + 1 / width)
    direction, confidence = _direction(away, away_error, across, across_error)
    bearing = None
    if direction is not None and settings.bearing_deg is not None:
        bearing = (settings.bearing_deg + math.degrees(math.atan2(across, away))) % 360
    speed = None if stationary else _speed(points, frame_wh, settings.ground)
    return Travel(direction, confidence, bearing, speed, stationary)


def _direction(
    away: float, away_error: float, across: float, across_error: float
) -> tuple[Direction | None, float | None]:
    nearer: Direction = "approaching" if away < 0 else "receding"
    sideways: Direction = "left" if across < 0 else "right"
    ways = [(abs(away), away_error, nearer), (abs(across), across_error, sideways)]
    (most, most_error, direction), (other, other_error, _) = sorted(ways, key=lambda w: -w[0])
    signed = _normal(most / max(most_error, 1e-9))
    if most < LEAST_WIDTHS or signed < SURE:
        return None, None
    larger = _normal((most - other) / max(math.hypot(most_error, other_error), 1e-9))
    return direction, signed * larger


def _change(
    at: NDArray[np.float64], values: NDArray[np.float64], errors: NDArray[np.float64]
) -> tuple[float, float]:
    """The change from first to last along the fitted line, and its standard error."""
    weights = 1 / np.maximum(errors, 1e-9) ** 2
    centred = at - np.average(at, weights=weights)
    spread = float((weights * centred**2).sum())
    slope = float((weights * centred * values).sum()) / spread
    span = float(np.ptp(at))
    return slope * span, span / math.sqrt(spread)


def _speed(
    points: NDArray[np.float64], frame_wh: tuple[int, int], ground: tuple[GroundPoint, ...]
) -> float | None:
    """Metres per second over the measured road, or None."""
    if not ground:
        return None
    seen = np.array([g.picture for g in ground], np.float32)
    real = np.array([g.metres for g in ground], np.float32)
    plane = cv2.getPerspectiveTransform(seen, real)
    shares = (points[:, 1:3] / np.array(frame_wh)).astype(np.float32)
    places = cv2.perspectiveTransform(shares[None], plane)[0].astype(np.float64)
    at = points[:, 0] - points[:, 0].mean()
    spread = float((at**2).sum())
    velocity = (at[:, None] * places).sum(axis=0) / spread
    left = places - places.mean(axis=0) - at[:, None] * velocity
    error = math.sqrt(float((left**2).sum()) / max(len(at) - 2, 1) / spread)
    speed = float(np.hypot(*velocity))
    return speed if math.isfinite(speed) and error <= MOST_SPEED_ERROR * speed else None


def _normal(deviations: float) -> float:
    """The share of a normal distribution below so many standard deviations."""
    return 0.5 * (1 + math.erf(deviations / math.sqrt(2)))
