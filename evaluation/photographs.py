"""This file reads folders of labelled photographs: ``labels.jsonl`` beside the pictures, one object a line.

``{"image": "a.jpg", "plates": [{"box": [x1, y1, x2, y2], "text": "AB12CDE" or null}], "split": "val", "crop": true}``
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.geometry import Box
from edge_alpr.plates import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class LabelledPlate:
    box: Box
    text: str | None


@dataclass(frozen=True, slots=True)
class Photograph:
    path: Path
    plates: tuple[LabelledPlate, ...]
    split: str
    is_crop: bool
    """The picture is a cut-out of one plate, with up to 10 % margin."""
    is_rendered: bool


def read_photographs(folder: Path) -> Iterator[Photograph]:
    """All labelled pictures of one folder.

    Raises:
        ValueError: a line is not a label.
    """
    file = folder / "labels.jsonl"
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            label = json.loads(line)
            plates = tuple(
                LabelledPlate(
                    Box(*plate["box"]), normalise(plate["text"]) if plate["text"] else None
                )
                for plate in label["plates"]
            )
            yield Photograph(
                folder / label["image"],
                plates,
                label["split"],
                bool(label.get("crop")),
                bool(label.get("synthetic")),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{file}:{number}: not a label: {error}") from error


def find_folders(root: Path) -> list[Path]:
    """The folders below ``root`` that hold labelled pictures, or ``root`` itself if it does."""
    if (root / "labels.jsonl").is_file():
        return [root]
    return sorted(path.parent for path in root.glob("*/labels.jsonl"))
