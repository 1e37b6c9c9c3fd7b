"""A camera half with a live camera, in which the thread of vision or of capture hangs as soon as a file is there.

``python -m faults.stuck run --config FILE --only camera``; ``HANG`` names the folder with the file, ``vision`` or
``capture``. A worker counts as stuck after two seconds instead of thirty.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

import numpy as np

from edge_alpr.app import camera_half
from edge_alpr.cli import main
from fixtures.live_unit import EVERY_S, live_unit

if TYPE_CHECKING:
    from edge_alpr.geometry import Luma
    from edge_alpr.passes import Finding
    from edge_alpr.types import Frame
    from edge_alpr.vision.pipeline import Pipeline

STALE_S: Final = 2.0


class Hanging:
    """A pipeline."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def process(self, frame: Frame) -> list[Finding]:
        hang("vision")
        return self._pipeline.process(frame)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipeline, name)


def hang(where: str) -> None:
    """For as long as the file is there."""
    while (Path(os.environ["HANG"]) / where).exists():
        time.sleep(EVERY_S)


def empty_road(_number: int) -> Luma:
    hang("capture")
    return np.full((180, 320), 90, np.uint8)


if __name__ == "__main__":
    with patch.object(camera_half, "STALE_S", STALE_S), live_unit(lambda _: empty_road, Hanging):
        sys.exit(main(sys.argv[1:]))
