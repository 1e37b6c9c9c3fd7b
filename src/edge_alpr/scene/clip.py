"""Writes a drive-by as a video file, and single pictures with a chosen number of plates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge_alpr.errors import EdgeAlprError
from edge_alpr.geometry import Points
from edge_alpr.scene.drive import FAR_REGIONS, NEAR_REGIONS, Drive, make_vehicle
from edge_alpr.scene.light import DAY, Light
from edge_alpr.scene.sensor import Sensor
from edge_alpr.scene.vehicle import PAINTS
from edge_alpr.scene.view import PinholeView
from edge_alpr.scene.world import build_world
from edge_alpr.types import Colour

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from edge_alpr.scene.drive import PassTruth
    from edge_alpr.types import Moment

MJPEG_QUALITY: Final = 92

STILL_VIEW: Final = PinholeView(above_m=4.4, pitch_deg=11.4, yaw_deg=13.5)
"""A camera on a higher pole, which looks over one vehicle at the next."""

STILL_PLACES: Final = ((True, 10.6), (False, 12.0), (True, 23.0), (False, 25.0))
"""Where the vehicles of a still stand: on the near lane or not, and how many metres away."""


class SceneError(EdgeAlprError):
    """A picture or clip cannot be written."""


@dataclass(frozen=True, slots=True)
class StillPlate:
    """The truth about one plate of a still."""

    text: str
    region: str
    corners: Points
    """``(4, 2)`` pixels."""


@dataclass(frozen=True, slots=True)
class Still:
    """One rendered picture and its plates."""

    picture: Colour
    plates: tuple[StillPlate, ...]


def render_clip(
    path: Path, drive: Drive, frames: Iterable[tuple[Colour, Moment]] | None = None
) -> tuple[PassTruth, ...]:
    """Write a drive as Motion JPEG in an AVI file, which every OpenCV can read.

    Args:
        path: where to; ends in ``.avi``.
        drive: what to render.
        frames: the drive's frames, if they come by way of something that watches them, as a progress bar does.

    Returns:
        The truth about every pass.

    Raises:
        SceneError: if the file cannot be written.
    """
    size = (drive.view.width, drive.view.height)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), drive.fps, size)
    if not writer.isOpened():
        msg = f"{path}: cannot be written as a video; is the folder there, and the name ending in .avi?"
        raise SceneError(msg)
    writer.set(cv2.VIDEOWRITER_PROP_QUALITY, MJPEG_QUALITY)
    try:
        for picture, _ in drive.frames() if frames is None else frames:
            writer.write(picture)
    finally:
        writer.release()
    return drive.truth


def render_still(
    seed: int, plates: int = 1, *, light: Light = DAY, view: PinholeView | None = None
) -> Still:
    """One picture of the road with 0 to 4 vehicles, nearest first in the truth.

    Raises:
        ValueError: if ``plates`` is not within 0..4.
    """
    if not 0 <= plates <= len(STILL_PLACES):
        msg = f"a still has 0 to {len(STILL_PLACES)} plates, not {plates}"
        raise ValueError(msg)
    view = view or STILL_VIEW
    rng = np.random.default_rng([seed, 3])
    picture = build_world(view, rng).lit(light)
    standing = []
    for near, distance in STILL_PLACES[:plates]:
        region = str(rng.choice(NEAR_REGIONS if near else FAR_REGIONS))
        shape, paint = (
            int(rng.integers(3)),
            int(rng.integers(len(PAINTS))),
        )  # no van: it would hide one
        vehicle = make_vehicle(rng, region, near=near, shape=shape, paint=paint)
        standing.append((vehicle, distance))
    for vehicle, distance in sorted(standing, key=lambda place: -place[1]):
        vehicle.draw(picture, view, distance, light, np.zeros(2))
    truth = tuple(
        StillPlate(v.plate.text, v.plate.region, v.plate_corners(view, distance))
        for v, distance in standing
    )
    return Still(Sensor(view, rng).expose(picture, light), truth)
