"""This file says before anything is mounted what a camera will see: angle, field, pixels a plate, shutter, frames.

Plain geometry of a pinhole that looks at a straight road. Blur is speed times sine of the angle times exposure times
pixels a metre: what a plate moves across the picture. What it grows meanwhile is left out; at the angles that are
allowed it is less. Sensors: Raspberry Pi documentation, "Camera > Hardware specification". Limits: Milestone (2.7
pixels a stroke, 130 or 170 a plate), Axis (30 degrees at the most), AxxonSoft (20 for stated accuracy; three pictures).
Pure functions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

PLATE_HIGH_M: Final = 0.6
"""A plate's usual height above the road."""
ZONE_SHARE: Final = 0.8
"""Of the way through the view, a plate is whole and in the picture for so much of it."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """A camera's sensor: its area in millimetres and its pixels."""

    width_mm: float
    height_mm: float
    width_px: int


SENSORS: Final = {
    "imx219": Sensor(3.68, 2.76, 3280),
    "imx296": Sensor(5.02, 3.75, 1456),
    "imx477": Sensor(6.287, 4.712, 4056),
    "imx500": Sensor(6.287, 4.712, 4056),
    "imx708": Sensor(6.45, 3.63, 4608),
}
"""Camera Module 2, Global Shutter, High Quality, AI camera, Camera Module 3."""


@dataclass(frozen=True, slots=True)
class PlateSize:
    """A region's usual plate, in metres, and the width in pixels that it should have."""

    width_m: float
    stroke_m: float
    wanted_px: float


REGIONS: Final = {
    "eu": PlateSize(0.520, 0.0110, 170.0),
    "gb": PlateSize(0.520, 0.0140, 170.0),
    "us": PlateSize(0.305, 0.0076, 130.0),
}
"""eu: 520 x 110 mm. gb: strokes of 14 mm (BS AU 145e). us: 12 x 6 inches, strokes of 0.3 inch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a camera hangs and what drives there."""

    distance_m: float
    """Along the road, from below the camera to where plates are to be read."""
    height_m: float
    aside_m: float
    """From the camera to the middle of the lane."""
    lens_mm: float
    sensor: Sensor
    width_px: int
    """Of the pictures that are read."""
    fps: float
    speed_kmh: float
    plate: PlateSize


@dataclass(frozen=True, slots=True)
class Plan:
    """What comes of it."""

    view_deg: float
    """Horizontal angle of view."""
    angle_deg: float
    """At which a plate is seen, 0 straight from ahead."""
    down_deg: float
    """How far the camera looks down."""
    field_m: float
    """Width of what is in the picture where plates are read."""
    px_per_m: float
    plate_px: float
    stroke_px: float
    blur_px_per_ms: float
    """For each millisecond of exposure."""
    zone_m: float
    """Length of road on which a plate is in the picture and large enough."""
    frames: float
    """Pictures of a plate in that zone."""

    def shutter_s(self, blur_px: float) -> float:
        """The longest exposure that blurs no more than ``blur_px``."""
        return math.inf if self.blur_px_per_ms == 0 else blur_px / self.blur_px_per_ms / 1000


def plan(site: Site) -> Plan:
    """What a camera will see."""
    down_m = max(0.0, site.height_m - PLATE_HIGH_M)
    slant_m = math.hypot(site.distance_m, down_m, site.aside_m)
    focal_px = site.lens_mm / site.sensor.width_mm * site.width_px
    px_per_m = focal_px / slant_m
    angle = math.acos(site.distance_m / slant_m)
    turn = math.atan2(site.aside_m, site.distance_m)
    ms_m = site.speed_kmh / 3600
    zone_m = _zone_m(site, down_m, focal_px)
    return Plan(
        view_deg=2 * math.degrees(math.atan(site.sensor.width_mm / 2 / site.lens_mm)),
        angle_deg=math.degrees(angle),
        down_deg=math.degrees(math.atan2(down_m, math.hypot(site.distance_m, site.aside_m))),
        field_m=site.width_px / px_per_m,
        px_per_m=px_per_m,
        plate_px=site.plate.width_m * px_per_m * math.cos(turn),
        stroke_px=site.plate.stroke_m * px_per_m * math.cos(turn),
        blur_px_per_ms=ms_m * math.sin(angle) * px_per_m,
        zone_m=zone_m,
        frames=zone_m / (site.speed_kmh / 3.6) * site.fps,
    )


def _zone_m(site: Site, down_m: float, focal_px: float) -> float:
    """From where a plate is large enough to where it leaves the picture, below or at the side."""
    farthest_m = focal_px * site.plate.width_m / site.plate.wanted_px
    far_m = math.sqrt(max(0.0, farthest_m**2 - down_m**2 - site.aside_m**2))
    half_high = math.atan(site.sensor.height_mm / 2 / site.lens_mm)
    half_wide = math.atan(site.sensor.width_mm / 2 / site.lens_mm)
    below = math.atan2(down_m, site.distance_m) + half_high
    beside = math.atan2(site.aside_m, site.distance_m) + half_wide
    near_m = max(_reach(down_m, below), _reach(site.aside_m, beside))
    above = math.atan2(down_m, site.distance_m) - half_high
    if above > 0:  # the horizon is not in the picture
        far_m = min(far_m, _reach(down_m, above))
    return max(0.0, far_m - near_m) * ZONE_SHARE


def _reach(off_m: float, angle: float) -> float:
    """How far ahead a ray at ``angle`` to the road is ``off_m`` away from it."""
    return 0.0 if angle >= math.pi / 2 else off_m / math.tan(angle)
