"""Lanes and masks that were drawn on the whole view, in the part that the camera reads out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_alpr.app.view import mask_in_view, window_of, zones_in_view
from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.files import FilesSettings
from edge_alpr.capture.mask import MaskSettings
from edge_alpr.capture.window import Window
from edge_alpr.config.settings import Config
from edge_alpr.errors import OptionError
from edge_alpr.vision.zones import Lane, ZoneSettings

LANE = Lane(name="north", polygon=((0.4, 0.5), (0.6, 0.5), (0.6, 0.7), (0.4, 0.7)))
CORNER = ((0.0, 0.0), (0.25, 0.0), (0.25, 0.5), (0.0, 0.5))
DRAWN = Config(
    zones=ZoneSettings(lanes=(LANE,), ignore=(CORNER,)), mask=MaskSettings(private=(CORNER,))
)


def with_window(window: Any) -> Config:
    return replace(DRAWN, camera=PicameraSettings(window=window))


@pytest.mark.parametrize(
    "config",
    [
        DRAWN,
        replace(DRAWN, camera=FilesSettings(path=Path("clip.avi"))),
        replace(DRAWN, camera=PicameraSettings()),
    ],
    ids=["no camera", "a clip", "all"],
)
def test_without_a_window_the_places_stay_where_they_are(config: Config) -> None:
    assert window_of(config).is_all
    assert zones_in_view(config) == config.zones
    assert mask_in_view(config) == config.mask


def test_places_follow_a_window() -> None:
    config = with_window((0.25, 0.5, 0.5))
    assert zones_in_view(config).lanes[0].polygon[0] == pytest.approx((0.3, 0.0))
    assert zones_in_view(config).ignore[0][1] == (0.0, -1.0)
    assert mask_in_view(config).private[0][2] == (0.0, 0.0)


def test_a_window_by_the_lanes_holds_them() -> None:
    config = with_window("lanes")
    window = window_of(config)
    assert isinstance(window, Window)
    assert window.size < 0.4
    for x, y in zones_in_view(config).lanes[0].polygon:
        assert 0 < x < 1
        assert 0 < y < 1


def test_a_window_by_lanes_that_are_not_there_is_refused() -> None:
    with pytest.raises(OptionError) as caught:
        Config(camera=PicameraSettings(window="lanes"))
    assert caught.value.option == "camera.window"
