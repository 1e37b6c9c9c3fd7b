"""Lets a half-trained detector look at its own training photographs, for plates nobody labelled and for its mistakes.

What it finds beside the labels with a high score is most often a plate of a parked car, and is left out of the loss
from then on. What it finds with a lower score is most often a mistake, and is shown to it again.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_alpr.geometry import bounding_box
from edge_training.detector_net import DetectorNet
from edge_training.detector_score import Judged, TorchModel, detect_all
from edge_training.photographs import DATA_SETS, Photograph, for_training
from edge_training.weights import load_weights

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

log = logging.getLogger(__name__)

UNSURE = 0.88
"""Looked at by eye on contact sheets: above, most were plates, below hardly any."""

MISTAKEN = 0.3
MOST_MISTAKES = 6
"""Per photograph, the highest scores."""

BESIDE = 0.2
"""A detection that overlaps a labelled plate by more (IoU) is that plate."""


@dataclass(frozen=True, slots=True)
class Mined:
    """Boxes in one photograph, each ``[x1, y1, x2, y2]`` in the file's pixels."""

    unsure: list[list[float]]
    mistaken: list[list[float]]


def mine(weights: Path, photographs: Path, target: Path) -> None:
    """Look at every training photograph below ``photographs`` and write what was found to ``target`` (JSON)."""
    net = DetectorNet()
    net.load_state_dict(load_weights(weights))
    permitted = (
        photograph
        for name, facts in DATA_SETS.items()
        if facts.use == "train"
        for photograph in for_training(photographs, name)
        if not photograph.is_crop
    )
    mined = dict(_look(TorchModel(net), permitted))
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = {name: {"unsure": m.unsure, "mistaken": m.mistaken} for name, m in mined.items()}
    target.write_text(json.dumps(rows), encoding="utf-8")
    unsure, mistaken = (
        sum(len(getattr(m, k)) for m in mined.values()) for k in ("unsure", "mistaken")
    )
    log.info("%d places left out, %d mistakes, in %d photographs", unsure, mistaken, len(mined))


def load_mined(file: Path | None) -> dict[str, Mined]:
    """What `mine` wrote, by file name; nothing without a file."""
    if file is None:
        return {}
    rows = json.loads(file.read_text(encoding="utf-8"))
    return {name: Mined(row["unsure"], row["mistaken"]) for name, row in rows.items()}


def _look(model: TorchModel, photographs: Iterable[Photograph]) -> Iterable[tuple[str, Mined]]:
    for photograph in photographs:
        (detections,) = detect_all(model, [Judged(photograph.luma(), photograph.plates)], looks=0)
        labelled = [bounding_box(plate.quad) for plate in photograph.plates]
        beside = [
            d
            for d in detections
            if d.score >= MISTAKEN and all(d.box.iou(box) < BESIDE for box in labelled)
        ]
        boxes = [[round(v, 1) for v in (d.box.x1, d.box.y1, d.box.x2, d.box.y2)] for d in beside]
        unsure = [b for b, d in zip(boxes, beside, strict=True) if d.score >= UNSURE]
        mistaken = [b for b, d in zip(boxes, beside, strict=True) if d.score < UNSURE]
        if boxes:
            yield photograph.path.name, Mined(unsure, mistaken[:MOST_MISTAKES])
