"""Labelled photographs: folders with a ``labels.jsonl`` beside the pictures, one object a line.

``{"image": "a.jpg", "plates": [{"box": [x1, y1, x2, y2], "corners": [[x, y], ...] or null, "text": "AB12CDE" or null,
"region": "gb" or null}], "split": "val", "crop": true}``; docs/evaluation.md says what each field means.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_alpr.errors import EdgeAlprError
from edge_alpr.geometry import Box, Points, is_convex
from edge_alpr.plates import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator

LABELS = "labels.jsonl"


class LabelError(EdgeAlprError):
    """Labels that cannot be used."""


@dataclass(frozen=True, slots=True)
class LabelledPlate:
    """One plate that somebody marked in a picture, in pixels."""

    box: Box
    text: str | None
    """Letters and digits only, lines joined; None if it is not known."""
    corners: Points | None = field(default=None, repr=False)
    """``(4, 2)``: top-left, top-right, bottom-right, bottom-left."""
    region: str | None = None
    """``de``, ``us-tx``: where it is from, as the label has it."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """One labelled picture."""

    path: Path
    plates: tuple[LabelledPlate, ...]
    split: str
    """``train`` or ``val``; anything without a split is ``val``."""
    is_crop: bool = False
    """The picture is a cut-out of one plate, with up to 10 % margin."""
    is_rendered: bool = False
    is_complete: bool = True
    """Whether every plate in it is labelled; where it is not, finds beside the labels say nothing."""


def read_photographs(folder: Path) -> Iterator[Photograph]:
    """All labelled pictures of one folder.

    Raises:
        LabelError: the file is missing, or a line is not a label; it is named.
    """
    file = folder / LABELS
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LabelError(f"{file}: cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _photograph(folder, json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LabelError(f"{file}:{number}: not a label: {error!r}") from error


def _photograph(folder: Path, label: dict[str, Any]) -> Photograph:
    return Photograph(
        path=folder / str(label["image"]),
        plates=tuple(_plate(plate) for plate in label["plates"]),
        split=str(label.get("split", "val")),
        is_crop=bool(label.get("crop", False)),
        is_rendered=bool(label.get("synthetic", False)),
        is_complete=bool(label.get("complete", True)),
    )


def _plate(plate: dict[str, Any]) -> LabelledPlate:
    corners = plate.get("corners")
    quad = None if corners is None else np.array(corners, np.float32)
    if quad is not None and (quad.shape != (4, 2) or not is_convex(quad)):
        raise ValueError("corners are four points, clockwise from the top left")
    text = plate.get("text")
    return LabelledPlate(
        box=Box(*map(float, plate["box"])),
        text=normalise(text) or None if text else None,
        corners=quad,
        region=plate.get("region"),
    )


def find_folders(root: Path) -> list[Path]:
    """The folders below ``root`` that hold labelled pictures, or ``root`` itself if it does."""
    if (root / LABELS).is_file():
        return [root]
    return sorted(path.parent for path in root.glob(f"*/{LABELS}"))
