"""A unit into whose vision made-up vehicles are put after the vote: ``python -m trust.injected run --config FILE``.

Everything but that is the product, from the command line to the spool; what the camera sees is read too. ``INJECT`` is
JSON: ``seed``, ``sightings`` of planted plates in all, ``per_frame``, plates that are ``wanted`` and pass among them,
and ``opened``, a file in which every path is noted that Python opens for writing.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

from edge_alpr.app import camera_half
from edge_alpr.app.build import build_pipeline
from edge_alpr.cli import main
from fakes.sightings import sighting
from trust.planted import planted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.passes import Finding, Sighting
    from edge_alpr.types import Frame, Moment
    from edge_alpr.vision.pipeline import Pipeline


class Injecting:
    """A pipeline that sees more than there is."""

    def __init__(self, pipeline: Pipeline, made: Iterator[Sighting], per_frame: int) -> None:
        self._pipeline = pipeline
        self._made = made
        self._per_frame = per_frame

    def process(self, frame: Frame) -> list[Finding]:
        more = itertools.islice(self._made, self._per_frame)
        return [*self._pipeline.process(frame), *(at(frame.at, each) for each in more)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipeline, name)


def at(moment: Moment, seen: Sighting) -> Sighting:
    """The sighting as of this moment."""
    return replace(
        seen,
        first=moment.later(-0.5),
        last=moment,
        best=replace(seen.best, at=moment),
    )


def passing(seed: int, sightings: int, wanted: list[str]) -> Iterator[Sighting]:
    """Vehicles of all kinds: sure and unsure, early and final, with second opinions that are plates of others."""
    rng = random.Random(seed)
    texts = planted(seed, sightings)
    picture = np.random.default_rng(seed).integers(0, 255, (24, 96, 3), np.uint8)
    for number, text in enumerate(texts):
        if wanted and number % 400 == 0:
            yield replace(sighting(rng.choice(wanted)), track_id=-number, evidence=picture)
        made = sighting(
            text,
            confidence=rng.random(),
            agree=rng.randrange(1, 6),
            ambiguous=rng.random() < 0.2,
            alternatives=((rng.choice(texts), 0.1),),
        )
        made = replace(made, track_id=1_000_000 + number, evidence=picture)
        if rng.random() < 0.2:
            yield replace(made, phase="provisional")
        yield made


def note_opened(path: str) -> None:
    """Note every path that is opened for writing from now on."""
    out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            name, mode, flags = arguments
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) if flags else 0
            if writes or (isinstance(mode, str) and set(mode) & set("wax+")):
                os.write(out, os.fsencode(Path.cwd() / os.fsdecode(name)) + b"\n")

    sys.addaudithook(hook)


if __name__ == "__main__":
    asked = json.loads(os.environ["INJECT"])
    note_opened(asked["opened"])

    def build_injecting(*arguments: Any) -> Any:
        made = passing(asked["seed"], asked["sightings"], asked["wanted"])
        return Injecting(build_pipeline(*arguments), made, asked["per_frame"])

    with patch.object(camera_half, "build_pipeline", build_injecting):
        sys.exit(main(sys.argv[1:]))
