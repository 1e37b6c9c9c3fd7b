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
from edge_alpr.app.build import build_pipeline
from edge_alpr.cli import main
from edge_alpr.types import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.passes import Finding
    from edge_alpr.types import Clock
    from edge_alpr.vision.pipeline import Pipeline

EVERY_S: Final = 0.04
STALE_S: Final = 2.0


class Live:
    """A `FrameSource` of an empty road."""

    live = True

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._closed = False

    def frames(self) -> Iterator[Frame]:
        number = 0
        while not self._closed:
            hang("capture")
            yield Frame(np.full((180, 320), 90, np.uint8), self._clock.now(), number)
            number += 1
            time.sleep(EVERY_S)

    def close(self) -> None:
        self._closed = True


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


if __name__ == "__main__":
    with (
        patch.object(camera_half, "STALE_S", STALE_S),
        patch.object(camera_half, "build_source", lambda _config, clock, *_rest: Live(clock)),
        patch.object(
            camera_half, "build_pipeline", lambda *a, **k: Hanging(build_pipeline(*a, **k))
        ),
    ):
        sys.exit(main(sys.argv[1:]))
