"""This file is ``python -m evaluation.false_reads FOLDER``: counts texts that are read where no plate is.

Whole pictures of folders in which nothing is labelled, and regions that are cut out of the other ``val`` photographs
beside their labelled plates, are read as ``edge-alpr read`` reads a picture. A plate that nobody labelled counts as
false: look at what ``--list`` names before you believe a rise.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_alpr.app.build import build_detector, build_reader
from edge_alpr.capture.picture import load_picture
from edge_alpr.commands.eval import chosen_photographs
from edge_alpr.commands.numbers import positive_int
from edge_alpr.commands.progress import progress
from edge_alpr.commands.read import read_picture
from edge_alpr.config.settings import Config
from edge_alpr.errors import EdgeAlprError
from edge_alpr.geometry import Box
from edge_alpr.plates import reveal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edge_alpr.evaluate.labels import Photograph
    from edge_alpr.types import Colour

SIDES = (120, 640)
"""Width of a region in pixels, drawn so that every doubling is as likely."""

HEIGHTS = (0.5, 1.0)
"""Its height as a share of its width."""

APART = 8.0
"""Pixels between a region and any labelled plate."""

TRIES = 40
"""Regions tried for each that is wanted, at most."""

THRESHOLDS = (0.0, 0.1, 0.3, 0.5, 0.7)
"""Confidences at which the texts are counted; below the first that the configuration lets through none is told."""


def main() -> int:
    """Count, print, and end with 0."""
    arguments = _arguments()
    config = Config()
    config = replace(
        config, inference=replace(config.inference, models_dir=arguments.models, threads=1)
    )
    detector, reader = build_detector(config), build_reader(config)
    photographs = chosen_photographs(arguments.root, "all", None)
    bare = empty_folders(photographs)
    whole = [shot for shot in photographs if shot.path.parent in bare]
    others = [s for s in photographs if s.plates and not s.is_crop and s.split == "val"]
    counts: dict[str, list[float]] = {"whole pictures": [], "regions": []}
    pictures = ((shot.path.name, load_picture(shot.path)) for shot in whole)
    for kind, total, found in (
        ("whole pictures", len(whole), pictures),
        ("regions", arguments.regions, regions(others, arguments.regions, arguments.seed)),
    ):
        for name, picture in progress(found, total, kind):
            for plate in read_picture(picture, detector, reader, config):
                counts[kind].append(plate.result.confidence)
                if arguments.list:
                    print(f"{kind}: {name}: {reveal(plate.text)} {plate.result.confidence:.2f}")
        told = ", ".join(f"{sum(c >= t for c in counts[kind])} at {t:g}" for t in THRESHOLDS)
        print(f"{kind}: {total} looked at; texts with at least this confidence: {told}", flush=True)
    print(f"default: a text needs {config.passes.min_confidence:g} to be told")
    return 0


def empty_folders(photographs: Sequence[Photograph]) -> set[Path]:
    """The folders in which no plate is labelled."""
    labelled = {shot.path.parent for shot in photographs if shot.plates}
    return {shot.path.parent for shot in photographs} - labelled


def regions(
    photographs: Sequence[Photograph], wanted: int, seed: int
) -> Iterator[tuple[str, Colour]]:
    """``wanted`` regions beside the labelled plates, photograph by photograph in turn; fewer if there is no room."""
    rng = np.random.default_rng(seed)
    made = 0
    for attempt in range(wanted * TRIES if photographs else 0):
        if made == wanted:
            return
        shot = photographs[attempt % len(photographs)]
        picture = load_picture(shot.path)
        box = place(rng, picture.shape[1], picture.shape[0], [p.box for p in shot.plates])
        if box is None:
            continue
        made += 1
        x1, y1, x2, y2 = (int(v) for v in (box.x1, box.y1, box.x2, box.y2))
        yield f"{shot.path.parent.name}/{shot.path.name}@{x1},{y1}", picture[y1:y2, x1:x2].copy()


def place(rng: np.random.Generator, width: int, height: int, plates: Sequence[Box]) -> Box | None:
    """One region within a picture that keeps `APART` from every plate; None if the first try does not."""
    wide = int(math.exp(rng.uniform(math.log(SIDES[0]), math.log(SIDES[1]))))
    tall = int(wide * rng.uniform(*HEIGHTS))
    if wide > width or tall > height:
        return None
    x, y = int(rng.integers(width - wide + 1)), int(rng.integers(height - tall + 1))
    for plate in plates:
        beside = plate.x2 + APART < x or x + wide < plate.x1 - APART
        if not (beside or plate.y2 + APART < y or y + tall < plate.y1 - APART):
            return None
    return Box(float(x), float(y), float(x + wide), float(y + tall))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evaluation.false_reads", description=__doc__)
    parser.add_argument("root", type=Path, help="folder with folders of labelled photographs")
    parser.add_argument("--regions", type=positive_int, default=1000, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="other regions (default 1)")
    parser.add_argument("--models", type=Path, help="use other models than those shipped")
    parser.add_argument("--list", action="store_true", help="name each text: it may be a plate's")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EdgeAlprError as problem:
        print(f"evaluation: {problem}", file=sys.stderr)
        sys.exit(2)
