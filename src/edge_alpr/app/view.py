"""This file puts the places that were drawn on the whole view into the part of it that the camera reads out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.window import Window, around

if TYPE_CHECKING:
    from edge_alpr.capture.mask import MaskSettings
    from edge_alpr.config.settings import Config
    from edge_alpr.vision.zones import ZoneSettings


def window_of(config: Config) -> Window:
    """What is read out: the whole view, unless a camera of the board was told otherwise."""
    camera = config.camera
    if not isinstance(camera, PicameraSettings) or camera.window == "all":
        return Window()
    if camera.window == "lanes":
        return around(lane.polygon for lane in config.zones.lanes)
    return Window(*camera.window)


def mask_in_view(config: Config) -> MaskSettings:
    """The private places as shares of the pictures."""
    window, mask = window_of(config), config.mask
    return replace(mask, private=tuple(window.place(place) for place in mask.private))


def zones_in_view(config: Config) -> ZoneSettings:
    """Lanes and what is ignored, as shares of the pictures."""
    window, zones = window_of(config), config.zones
    return replace(
        zones,
        lanes=tuple(replace(lane, polygon=window.place(lane.polygon)) for lane in zones.lanes),
        ignore=tuple(window.place(place) for place in zones.ignore),
    )
