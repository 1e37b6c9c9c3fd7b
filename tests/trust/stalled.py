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

from edge_alpr.capture.files import FilesSettings
from edge_alpr.capture.picture import load_picture, to_luma
from edge_alpr.cli import main
from edge_alpr.delivery.policy import Policy
from fixtures.live_unit import live_unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.config.settings import Config
    from edge_alpr.geometry import Luma
    from edge_alpr.passes import Finding
    from edge_alpr.types import Frame
    from edge_alpr.vision.pipeline import Pipeline

SHOWN: Final = 12
"""Frames that a still is in view, and the empty road after it."""


def stills(config: Config) -> Callable[[int], Luma]:
    """The pictures in the configuration's folder, again and again."""
    assert isinstance(config.camera, FilesSettings)
    pictures = [load_picture(path) for path in sorted(config.camera.path.iterdir())]
    return lambda number: to_luma(pictures[number // SHOWN % len(pictures)])


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

    with live_unit(stills, Watched), patch.object(Policy, "decide", decide_and_note):
        sys.exit(main(sys.argv[1:]))
