"""This file is ``edge-alpr read``: plates in single pictures, as a table or as JSON lines."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_alpr.app.build import build_detector, build_reader
from edge_alpr.capture.picture import is_picture, load_picture, to_luma
from edge_alpr.commands.draw import draw_plates, save_picture
from edge_alpr.commands.numbers import within
from edge_alpr.commands.progress import progress
from edge_alpr.config.settings import Config
from edge_alpr.errors import SourceError
from edge_alpr.passes import Vote
from edge_alpr.plates import ALPHABET
from edge_alpr.types import Detection
from edge_alpr.vision.vote import VoteSettings, vote

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from edge_alpr.types import Colour
    from edge_alpr.vision.detect import PlateDetector
    from edge_alpr.vision.read import PlateReader

ALTERNATIVES = 3
WORTH_NAMING = 0.01


@dataclass(frozen=True, slots=True)
class _Plate:
    detection: Detection
    result: Vote


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "read",
        help="read the plates in pictures",
        description="Read the plates in pictures. Folders are searched for pictures, including those inside them.",
        epilog="Example: edge-alpr read photo.jpg    edge-alpr read --jsonl photos/ > plates.jsonl",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="picture or folder")
    parser.add_argument(
        "--jsonl", action="store_true", help="one JSON object a line instead of a table"
    )
    parser.add_argument("--draw", type=Path, metavar="DIR", help="write annotated copies into DIR")
    parser.add_argument(
        "--models", type=Path, metavar="DIR", help="use other models than those shipped"
    )
    parser.add_argument(
        "--side",
        type=within(256, 1920),
        metavar="PX",
        help="longer side of what the detector sees, 256 to 1920 (default 640)",
    )
    parser.add_argument(
        "--threads",
        type=within(1, 8),
        default=2,
        metavar="N",
        help="processor cores to use, 1 to 8 (default 2)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    config = _configure(arguments)
    detector, reader = build_detector(config), build_reader(config)
    pictures = list(_find(arguments.paths))
    failed = 0
    drawn: set[Path] = set()
    for path in progress(pictures, len(pictures), "reading"):
        start = time.thread_time()
        try:
            colour = load_picture(path)
        except SourceError as error:
            failed += 1
            _report_error(path, error, jsonl=arguments.jsonl)
            continue
        plates = read_picture(colour, detector, reader)
        ms = (time.thread_time() - start) * 1000
        if arguments.jsonl:
            print(
                json.dumps(
                    {
                        "image": str(path),
                        "ms": round(ms, 1),
                        "plates": [_as_json(p) for p in plates],
                    }
                )
            )
        else:
            _print_rows(path, plates)
        if arguments.draw:
            labels = [(p.detection, f"{p.result.text} {p.result.confidence:.2f}") for p in plates]
            save_picture(_free_name(arguments.draw, path.stem, drawn), draw_plates(colour, labels))
    return 1 if failed or not pictures else 0


def _free_name(folder: Path, stem: str, taken: set[Path]) -> Path:
    """A name for an annotated copy; pictures of one name from several folders are numbered."""
    path = folder / f"{stem}.plates.png"
    number = 2
    while path in taken:
        path = folder / f"{stem}.{number}.plates.png"
        number += 1
    taken.add(path)
    return path


def _configure(arguments: argparse.Namespace) -> Config:
    config = Config()
    inference = replace(config.inference, models_dir=arguments.models, threads=arguments.threads)
    detect = replace(config.detect, side_px=arguments.side or config.detect.side_px)
    return replace(config, inference=inference, detect=detect)


def _find(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if is_picture(p) and p.is_file())
            if not found:
                print(f"edge-alpr: {path}: no pictures in this folder", file=sys.stderr)
            yield from found
        else:
            yield path


def read_picture(colour: Colour, detector: PlateDetector, reader: PlateReader) -> list[_Plate]:
    """The plates in one picture, surest first; boxes in which the reader sees no plate are left out."""
    luma = to_luma(colour)
    plates = []
    for detection in detector.detect(luma):
        reads = reader.read_closely(luma, detection)
        result = vote(reads, VoteSettings(max_alternatives=ALTERNATIVES))
        if result is not None:
            plates.append(_Plate(detection, result))
    return sorted(plates, key=lambda p: -p.detection.score * p.result.confidence)


def _as_json(plate: _Plate) -> dict[str, Any]:
    box = plate.detection.box
    return {
        "text": plate.result.text,
        "confidence": round(plate.result.confidence, 4),
        "score": round(plate.detection.score, 4),
        "box": [round(v, 1) for v in (box.x1, box.y1, box.x2, box.y2)],
        "corners": [[round(float(x), 1), round(float(y), 1)] for x, y in plate.detection.corners],
        "chars": [_char(row) for row in plate.result.scores],
    }


def _char(row: Any) -> dict[str, Any]:
    order = row.argsort()[::-1]
    others = [
        {"c": ALPHABET[k], "p": round(float(row[k]), 4)}
        for k in order[1 : 1 + ALTERNATIVES]
        if row[k] >= WORTH_NAMING
    ]
    return {"c": ALPHABET[order[0]], "p": round(float(row[order[0]]), 4), "alt": others}


def _print_rows(path: Path, plates: list[_Plate]) -> None:
    if not plates:
        print(f"{path}  -")
    for plate in plates:
        box = plate.detection.box
        place = f"{box.width:.0f}x{box.height:.0f} at {box.x1:.0f},{box.y1:.0f}"
        mark = " ambiguous" if plate.result.ambiguous else ""
        print(f"{path}  {plate.result.text:<10} {plate.result.confidence:6.1%}  {place}{mark}")


def _report_error(path: Path, error: SourceError, *, jsonl: bool) -> None:
    if jsonl:
        print(json.dumps({"image": str(path), "error": str(error)}))
    else:
        print(f"edge-alpr: {error}", file=sys.stderr)
