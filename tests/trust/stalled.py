"""A unit with a live camera that shows stills over and over, and notes how old its plates get.

``python -m trust.stalled run --config FILE``; ``NOTES`` is a file that gets a JSON line for each frame that is looked
at and for each decision, with the age of the light in seconds, and one for the oldest text in memory after each look.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from edge_alpr.app import camera_half
from edge_alpr.app.build import build_pipeline
from edge_alpr.capture.picture import load_picture, to_luma
from edge_alpr.cli import main
from edge_alpr.delivery.policy import Policy
from edge_alpr.types import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.passes import Finding
    from edge_alpr.types import Clock
    from edge_alpr.vision.pipeline import Pipeline

EVERY_S: Final = 0.04
SHOWN: Final = 12
"""Frames that a still is in view, and the empty road after it."""


class Live:
    """A `FrameSource` that goes on whether anybody looks or not."""

    live = True

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._pictures = [load_picture(path) for path in sorted(folder.iterdir())]
        self._clock = clock
        self._closed = False

    def frames(self) -> Iterator[Frame]:
        number = 0
        while not self._closed:
            picture = self._pictures[number // SHOWN % len(self._pictures)]
            yield Frame(to_luma(picture), self._clock.now(), number)
            number += 1
            time.sleep(EVERY_S)

    def close(self) -> None:
        self._closed = True


class Watched:
    """A pipeline that is asked, before and after each look, how old the texts are that it holds."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def process(self, frame: Frame) -> list[Finding]:
        note("frame", time.monotonic() - frame.at.mono_s)
        findings = self._pipeline.process(frame)
        self._note_oldest()
        return findings

    def wait(self, now_s: float) -> list[Finding]:
        findings = self._pipeline.wait(now_s)
        self._note_oldest()
        return findings

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipeline, name)

    def _note_oldest(self) -> None:
        passes = self._pipeline._witness._passes.values()
        ages = [time.monotonic() - look.at.mono_s for known in passes for look in known.looks]
        note("memory", max(ages, default=0.0))


def note(what: str, age_s: float, **more: str) -> None:
    line = json.dumps({"what": what, "at": time.monotonic(), "age_s": age_s, **more})
    with Path(os.environ["NOTES"]).open("a", encoding="utf-8") as out:
        out.write(f"{line}\n")


if __name__ == "__main__":
    decide = Policy.decide

    def decide_and_note(self: Policy, sighting: Any, now: Any, *rest: Any) -> Any:
        decision = decide(self, sighting, now, *rest)
        age_s = time.monotonic() - sighting.best.at.mono_s
        note("decision", age_s, action=decision.action, reason=decision.reason)
        return decision

    with (
        patch.object(
            camera_half,
            "build_source",
            lambda config, clock, *_rest: Live(config.camera.path, clock),
        ),
        patch.object(
            camera_half, "build_pipeline", lambda *a, **k: Watched(build_pipeline(*a, **k))
        ),
        patch.object(Policy, "decide", decide_and_note),
    ):
        sys.exit(main(sys.argv[1:]))
