"""Scores a detector on photographs, through the firmware's own decoding and suppression.

Precision is a lower bound: some data sets label the main plate only, and a parked car's plate then counts as wrong,
unless somebody has looked and written it down (`load_judges`).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from edge_alpr.geometry import Box, Luma, bounding_box, quad_size
from edge_alpr.vision.detect import STILL_LOOKS, DetectSettings, PlateDetector
from edge_alpr.vision.inference import CARD_SCHEMA, Model, ModelCard
from edge_training.detector_net import CHANNELS, STRIDE, normalise
from edge_training.photographs import DATA_SETS, LabelledPlate, for_judging

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from edge_alpr.types import Detection

LOWEST = 0.05
"""Average precision counts every detection down to this score."""

SAME_PLATE = 0.5
"""A detection is right when it overlaps a labelled plate by this much (IoU)."""

SAME_PLACE = 0.3
"""A detection that overlaps an unlabelled plate by this much (IoU) is not counted."""

SIDE = 640
"""Longer side of the picture that the network sees."""

FALSE_FIND_WEIGHT = 3.0
"""A false find in a composed picture counts so often: a frame has the room of several, but not more plates."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One photograph to score on."""

    luma: Luma
    plates: tuple[LabelledPlate, ...]
    unlabelled: tuple[Box, ...] = ()
    """Plates that nobody labelled, seen by eye: to find one is neither right nor wrong."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well plates are found; shares are 0..1, None where there is nothing to divide by."""

    pictures: int
    plates: int
    ap50: float | None
    recall: float | None
    precision: float | None
    found: float | None
    """Plates on which the centre of the picture's best detection lies, among pictures with one plate."""

    mean_iou: float | None
    """Of the right detections."""

    corner_error: float | None
    """Median over the right detections of the mean corner distance, as a share of the plate's height."""

    cornered: int
    """How many plates the corner error was measured on."""

    false_per_picture: float
    """Detections that meet no labelled plate, at the threshold."""

    def as_row(self) -> dict[str, float]:
        """What is known, rounded, for a model card or a log."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {k: round(v, 4) for k, v in values.items() if v is not None}


class TorchModel:
    """A `Model` for the firmware's detector that is a network still in training."""

    def __init__(self, net: nn.Module) -> None:
        self._net = net.eval()
        self._card = card_for(Path("detector"))

    @property
    def card(self) -> ModelCard:
        return self._card

    def run(self, luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            raw: NDArray[np.float32] = self._net(normalise(torch.from_numpy(luma))).numpy()
        return raw

    def run_all(self, luma: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        return (self.run(luma),)


def card_for(file: Path) -> ModelCard:
    """A card for a network that is not finished and has none."""
    facts = {
        "schema": CARD_SCHEMA,
        "task": "detect",
        "output": {"channels": CHANNELS, "stride": STRIDE},
    }
    return ModelCard("detector", "training", "", file, "luma", ("raw",), facts)


def load_judges(
    root: Path, limit: int | None = None, reviewed: Path | None = None
) -> dict[str, list[Judged]]:
    """The whole photographs that may judge, by data set; at most ``limit`` of each (every k-th).

    ``reviewed`` is JSON: by file name, the boxes ``[x1, y1, x2, y2]`` of plates that the data set does not label. It
    names photographs, so it is no part of this repository.
    """
    seen: dict[str, list[list[float]]] = (
        json.loads(reviewed.read_text(encoding="utf-8")) if reviewed else {}
    )
    judges: dict[str, list[Judged]] = {}
    for name in DATA_SETS:
        chosen = [p for p in for_judging(root, name) if not p.is_crop]
        step = 1 if limit is None else max(1, math.ceil(len(chosen) / limit))
        if chosen:
            judges[name] = [
                Judged(p.luma(), p.plates, tuple(Box(*b) for b in seen.get(p.path.name, ())))
                for p in chosen[::step]
            ]
    return judges


def detect_all(
    model: Model, pictures: Sequence[Judged], side: int = SIDE, looks: int = STILL_LOOKS
) -> list[list[Detection]]:
    """Every detection down to the score `LOWEST`, best first, for each picture, with up to ``looks`` closer looks."""
    settings = DetectSettings(side_px=side, min_score=LOWEST, max_plates=60)
    detector = PlateDetector(model, settings)
    return [detector.detect(picture.luma, looks) for picture in pictures]


def score(
    pictures: Sequence[Judged], detections: Sequence[Sequence[Detection]], threshold: float
) -> Score:
    """Compare detections with labels. Each plate can be found once; AP is the area under the precision envelope."""
    matches = [_match(p, d) for p, d in zip(pictures, detections, strict=True)]
    ranked = sorted((pair for m in matches for pair in m.ranked), key=lambda pair: -pair[0])
    plates = sum(len(p.plates) for p in pictures)
    above = [right for value, right in ranked if value >= threshold]
    single = [m.best_is_on for m, p in zip(matches, pictures, strict=True) if len(p.plates) == 1]
    overlaps = [v for m in matches for v in m.overlaps]
    corners = [v for m in matches for v in m.corner_errors]
    return Score(
        pictures=len(pictures),
        plates=plates,
        ap50=_average_precision([right for _, right in ranked], plates) if plates else None,
        recall=sum(above) / plates if plates else None,
        precision=sum(above) / len(above) if plates and above else None,
        found=float(np.mean(single)) if single else None,
        mean_iou=float(np.mean(overlaps)) if overlaps else None,
        corner_error=float(np.median(corners)) if corners else None,
        cornered=len(corners),
        false_per_picture=(len(above) - sum(above)) / max(1, len(pictures)),
    )


def best_threshold(pictures: Sequence[Judged], detections: Sequence[Sequence[Detection]]) -> float:
    """The threshold, in steps of 0.02, with the best balance of plates found and false finds (F1).

    Composed pictures hold plates that nobody could find, so the balance lies on the side of recall on real ones.
    """
    steps = [round(0.1 + 0.02 * k, 2) for k in range(40)]
    plates = sum(len(p.plates) for p in pictures)

    def benefit(threshold: float) -> float:
        result = score(pictures, detections, threshold)
        found = (result.recall or 0.0) * plates
        false = result.false_per_picture * len(pictures) * FALSE_FIND_WEIGHT
        return 2 * found / max(plates + found + false, 1e-9)

    return max(steps, key=benefit)


def score_all(
    model: Model, judges: Mapping[str, Sequence[Judged]], threshold: float, side: int = SIDE
) -> dict[str, Score]:
    """A score per data set."""
    return {
        name: score(pictures, detect_all(model, pictures, side), threshold)
        for name, pictures in judges.items()
    }


def table(scores: Mapping[str, Score]) -> str:
    """The scores as lines of text."""
    names = (
        "pictures",
        "plates",
        "ap50",
        "recall",
        "precision",
        "found",
        "mean_iou",
        "corner_error",
        "false_per_picture",
    )
    lines = ["data set".ljust(20) + "".join(n[:9].rjust(10) for n in names)]
    for data_set, result in scores.items():
        cells = [_cell(getattr(result, n)) for n in names]
        lines.append(data_set.ljust(20) + "".join(c.rjust(10) for c in cells))
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


@dataclass(frozen=True, slots=True)
class _Match:
    """One picture's detections beside its labels."""

    ranked: list[tuple[float, bool]]
    best_is_on: bool
    overlaps: list[float]
    corner_errors: list[float]


def _match(picture: Judged, detections: Sequence[Detection]) -> _Match:
    boxes = [bounding_box(p.quad) for p in picture.plates]
    free = set(range(len(boxes)))
    ranked: list[tuple[float, bool]] = []
    overlaps: list[float] = []
    errors: list[float] = []
    for detection in detections:
        best = max(free, key=lambda i: detection.box.iou(boxes[i]), default=None)
        overlap = 0.0 if best is None else detection.box.iou(boxes[best])
        right = best is not None and overlap >= SAME_PLATE
        if not right and any(detection.box.iou(b) >= SAME_PLACE for b in picture.unlabelled):
            continue
        ranked.append((detection.score, right))
        if best is None or not right:
            continue
        free.discard(best)
        overlaps.append(overlap)
        plate = picture.plates[best]
        if plate.has_corners:
            distance = float(np.linalg.norm(detection.corners - plate.quad, axis=1).mean())
            errors.append(distance / max(quad_size(plate.quad)[1], 1.0))
    return _Match(ranked, bool(detections) and _is_on(detections[0].box, boxes), overlaps, errors)


def _is_on(box: Box, plates: Sequence[Box]) -> bool:
    x, y = box.centre
    return any(p.x1 <= x <= p.x2 and p.y1 <= y <= p.y2 for p in plates)


def _average_precision(right: Sequence[bool], plates: int) -> float:
    if not right:
        return 0.0
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(right) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(envelope[np.array(right)].sum() / plates)
