"""This file turns ``--source`` into camera settings: a path is played, anything else is opened as a camera.

``picamera2`` is the camera on the board, as the configuration has it if it has one.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.files import FilesSettings
from edge_alpr.capture.video import VideoSettings

if TYPE_CHECKING:
    from edge_alpr.config.settings import Config


def with_source(config: Config, source: str) -> Config:
    """The configuration with another camera."""
    if source == "picamera2":
        configured = isinstance(config.camera, PicameraSettings)
        return config if configured else replace(config, camera=PicameraSettings())
    is_camera = "://" in source or source.startswith("/dev/") or source.isdigit()
    if is_camera:
        return replace(config, camera=VideoSettings(device=source))
    return replace(config, camera=FilesSettings(path=Path(source)))
