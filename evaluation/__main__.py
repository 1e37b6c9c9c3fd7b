"""This file is ``python -m evaluation FOLDER``: reads labelled photographs and prints how many were right, per folder.

Two measures: *whole* gives the picture to detector and reader, as ``edge-alpr read`` does; *crops* gives the reader
each labelled plate cut out by its label. Pictures that are cut-outs already can only be measured the second way.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.app.build import build_detector, build_reader
from edge_alpr.capture.picture import load_picture, to_luma
from edge_alpr.commands.progress import progress
from edge_alpr.commands.read import read_picture
from edge_alpr.config.settings import Config
from edge_alpr.types import Detection
from evaluation.photographs import Photograph, find_folders, read_photographs
from evaluation.score import Score

if TYPE_CHECKING:
    from edge_alpr.geometry import Box


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    parser.add_argument(
        "root", type=Path, help="folder with labelled photographs, or with such folders"
    )
    parser.add_argument("--split", choices=("train", "val", "all"), default="val")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="only these folders")
    parser.add_argument("--models", type=Path, help="use other models than those shipped")
    parser.add_argument(
        "--side", type=int, default=640, help="longer side of the detector's picture"
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    folders = [
        f for f in find_folders(arguments.root) if not arguments.only or f.name in arguments.only
    ]
    if not folders:
        print(
            f"{arguments.root}: no folder with a labels.jsonl; see evaluation/README.md",
            file=sys.stderr,
        )
        return 2
    config = Config()
    config = replace(
        config,
        inference=replace(config.inference, models_dir=arguments.models),
        detect=replace(config.detect, side_px=arguments.side),
    )
    measure = Measure(config)
    results = {}
    for folder in folders:
        photographs = [
            p
            for p in read_photographs(folder)
            if arguments.split in ("all", p.split) and not p.is_rendered
        ]
        for photograph in progress(photographs, len(photographs), folder.name):
            measure.take(photograph)
        results[folder.name] = measure.summary()
    print(json.dumps(results, indent=2) if arguments.json else table(results))
    return 0


class Measure:
    """Reads photographs in both ways and keeps the tallies of one folder at a time."""

    def __init__(self, config: Config) -> None:
        self._detector = build_detector(config)
        self._reader = build_reader(config)
        self._whole, self._crops = Score(), Score()

    def take(self, photograph: Photograph) -> None:
        colour = load_picture(photograph.path)
        luma = to_luma(colour)
        if not photograph.is_crop:
            found = read_picture(colour, self._detector, self._reader)
            for plate in photograph.plates:
                texts = [f.result.text for f in found if _is_on(f.detection.box, plate.box)]
                self._whole.add(plate.text, texts[0] if texts else None)
        for plate in photograph.plates:
            if plate.text is None:
                continue
            # A cut-out has its margin already: the label is its whole area.
            box = plate.box.grow(-0.06, -0.08) if photograph.is_crop else plate.box
            (read,) = self._reader.read(luma, [Detection(box, box.corners(), 1.0)])
            self._crops.add(plate.text, read.text)

    def summary(self) -> dict[str, dict[str, float | int]]:
        """The tallies since the last call."""
        summary = {"whole": self._whole.summary(), "crops": self._crops.summary()}
        self._whole, self._crops = Score(), Score()
        return summary


def _is_on(found: Box, label: Box) -> bool:
    """Whether a found box is the labelled plate: its centre lies on it, and it is of its size."""
    x, y = found.centre
    inside = label.x1 <= x <= label.x2 and label.y1 <= y <= label.y2
    return inside and 0.3 < found.width / max(label.width, 1e-6) < 3


def table(results: dict[str, dict[str, dict[str, float | int]]]) -> str:
    """A row a folder; a dash where there was nothing to measure."""
    head = f"{'':20} {'whole picture':^38}   {'labelled crops':^26}"
    names = f"{'folder':20} {'plates':>6} {'found':>7} {'texts':>6} {'exact':>7} {'folded':>7}   "
    names += f"{'texts':>6} {'exact':>7} {'folded':>7} {'CER':>6}"
    rows = [head, names]
    for name, both in results.items():
        whole, crops = both["whole"], both["crops"]
        row = f"{name:20} {whole['plates']:>6} {_share(whole, 'found', 'plates')} {whole['n']:>6} "
        row += f"{_share(whole, 'exact', 'n')} {_share(whole, 'folded', 'n')}   {crops['n']:>6} "
        row += f"{_share(crops, 'exact', 'n')} {_share(crops, 'folded', 'n')} {crops['cer']:>6.3f}"
        rows.append(row)
    return "\n".join(rows)


def _share(summary: dict[str, float | int], what: str, of: str) -> str:
    return f"{summary[what]:>7.1%}" if summary[of] else f"{'-':>7}"


if __name__ == "__main__":
    sys.exit(main())
