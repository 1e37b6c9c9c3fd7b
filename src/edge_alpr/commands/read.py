"""This file is ``edge-alpr read``: plates in single pictures, as a table or as JSON lines."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_alpr.app.build import build_detector, build_reader
from edge_alpr.capture.picture import is_picture, load_picture, to_luma
from edge_alpr.capture.plain_file import is_folder, shown
from edge_alpr.commands.draw import draw_plates, save_picture
from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.commands.numbers import within
from edge_alpr.commands.progress import progress
from edge_alpr.config.settings import Config
from edge_alpr.errors import SourceError
from edge_alpr.passes import Vote
from edge_alpr.plates import ALPHABET, reveal
from edge_alpr.types import Detection
from edge_alpr.vision.detect import STILL_LOOKS
from edge_alpr.vision.vote import VoteSettings, vote

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from edge_alpr.geometry import Luma
    from edge_alpr.types import Colour
    from edge_alpr.vision.detect import PlateDetector
    from edge_alpr.vision.read import PlateReader

ALTERNATIVES = 3
WORTH_NAMING = 0.01


@dataclass(frozen=True, slots=True)
class _Plate:
    detection: Detection
    result: Vote

    @property
    def text(self) -> str:
        """In clear: showing it is what the command is for."""
        return reveal(self.result.text)


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "read",
        help="read the plates in pictures",
        description="Read the plates in pictures. Folders are searched for pictures, including those inside them.",
        epilog=examples(
            "edge-alpr read photo.jpg",
            "edge-alpr read --jsonl photos/ > plates.jsonl",
            "edge-alpr read --draw seen/ photos/          # annotated copies into seen/",
            "edge-alpr read --side 1280 wide-scene.jpg    # smaller plates, for more time",
        ),
        formatter_class=HelpText,
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
    found = list(_find(arguments.paths))
    failed = 0
    drawn: set[Path] = set()
    for path in progress(found, len(found), "reading"):
        if isinstance(path, SourceError):
            failed += 1
            _report_error(None, path, jsonl=arguments.jsonl)
            continue
        # Of the whole process: the networks' own threads work for this picture too, and nothing else runs.
        start = time.process_time()
        try:
            colour = load_picture(path)
        except SourceError as error:
            failed += 1
            _report_error(path, error, jsonl=arguments.jsonl)
            continue
        plates = read_picture(colour, detector, reader, config)
        ms = (time.process_time() - start) * 1000
        if arguments.jsonl:
            line = {"image": shown(path), "ms": round(ms, 1), "plates": [*map(_as_json, plates)]}
            print(json.dumps(line))
        else:
            _print_rows(path, plates)
        if arguments.draw:
            labels = [(p.detection, f"{p.text} {p.result.confidence:.2f}") for p in plates]
            save_picture(_free_name(arguments.draw, path.stem, drawn), draw_plates(colour, labels))
    return 1 if failed or not found else 0


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


def _find(paths: list[Path]) -> Iterator[Path | SourceError]:
    """Pictures in the order of their names, folder by folder; an error for each folder that cannot be looked into."""
    for path in paths:
        try:
            inside = is_folder(path)
        except SourceError:
            inside = False  # it is named when it is to be loaded
        if not inside:
            yield path
            continue
        count = 0
        for found in _walk(path):
            count += 1
            yield found
        if not count:
            print(f"edge-alpr: {shown(path)}: no pictures in this folder", file=sys.stderr)


def _walk(folder: Path) -> Iterator[Path | SourceError]:
    refused: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=refused.append):
        folders.sort()
        for name in folders:
            if Path(place, name).is_symlink():
                link = shown(Path(place, name))
                print(f"edge-alpr: {link}: a link to a folder is not followed", file=sys.stderr)
        yield from (p for p in (Path(place, name) for name in sorted(names)) if is_picture(p))
        yield from map(_refusal, refused)
        refused.clear()
    yield from map(_refusal, refused)


def _refusal(error: OSError) -> SourceError:
    return SourceError(f"{shown(Path(error.filename))}: cannot be listed: {error.strerror}")


def read_picture(
    colour: Colour, detector: PlateDetector, reader: PlateReader, config: Config | None = None
) -> list[_Plate]:
    """The plates in one picture, surest first.

    Boxes in which the reader sees no plate are left out, and what is too short or too unlikely to be one by the
    same rule (``passes.min_characters``, ``passes.min_confidence``) as in a running unit.
    """
    luma = to_luma(colour)
    return read_detections(luma, detector.detect(luma, STILL_LOOKS), reader, config)


def read_detections(
    luma: Luma, detections: Iterable[Detection], reader: PlateReader, config: Config | None = None
) -> list[_Plate]:
    """The same for what was found already."""
    passes = (config or Config()).passes
    plates = []
    for detection in detections:
        reads = reader.read_closely(luma, detection)
        result = vote(reads, VoteSettings(max_alternatives=ALTERNATIVES))
        if result and result.is_plate(passes.min_characters, passes.min_confidence):
            plates.append(_Plate(detection, result))
    return sorted(plates, key=lambda p: -p.detection.score * p.result.confidence)


def _as_json(plate: _Plate) -> dict[str, Any]:
    box = plate.detection.box
    return {
        "text": plate.text,
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
        print(f"{shown(path)}  -")
    for plate in plates:
        box = plate.detection.box
        place = f"{box.width:.0f}x{box.height:.0f} at {box.x1:.0f},{box.y1:.0f}"
        mark = " ambiguous" if plate.result.ambiguous else ""
        print(f"{shown(path)}  {plate.text:<10} {plate.result.confidence:6.1%}  {place}{mark}")


def _report_error(path: Path | None, error: SourceError, *, jsonl: bool) -> None:
    """Of a folder there is no picture to name: the error names it."""
    if jsonl:
        image = str(error).partition(": ")[0] if path is None else shown(path)
        print(json.dumps({"image": image, "error": str(error)}))
    else:
        print(f"edge-alpr: {error}", file=sys.stderr)
