"""This file turns ``--source`` into camera settings: a path is played, anything else is opened as a camera."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.capture.files import FilesSettings
from edge_alpr.capture.video import VideoSettings

if TYPE_CHECKING:
    from edge_alpr.config.settings import Config


def with_source(config: Config, source: str) -> Config:
    """The configuration with another camera."""
    is_camera = "://" in source or source.startswith("/dev/") or source.isdigit()
    if is_camera:
        return replace(config, camera=VideoSettings(device=source))
    return replace(config, camera=FilesSettings(path=Path(source)))
