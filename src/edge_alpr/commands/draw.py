"""This file draws what was found onto a copy of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge_alpr.errors import EdgeAlprError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge_alpr.types import Colour, Detection

GREEN = (60, 220, 60)
DARK = (25, 25, 25)


def draw_plates(colour: Colour, labels: Sequence[tuple[Detection, str]]) -> Colour:
    """A copy of the picture with each plate's corners joined and its label above."""
    copy = colour.copy()
    scale = max(0.5, copy.shape[1] / 1600)
    thickness = max(1, round(1.5 * scale))
    for detection, label in labels:
        quad = np.round(detection.corners).astype(np.int32)
        cv2.polylines(
            copy, [quad], isClosed=True, color=GREEN, thickness=thickness, lineType=cv2.LINE_AA
        )
        (width, height), below = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)
        x = max(0, min(int(detection.box.x1), copy.shape[1] - width))
        y = max(height + below, int(detection.box.y1) - below)
        cv2.rectangle(copy, (x, y - height - below), (x + width, y + below), DARK, cv2.FILLED)
        cv2.putText(
            copy, label, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, GREEN, thickness, cv2.LINE_AA
        )
    return copy


def save_picture(path: Path, picture: Colour) -> None:
    """Write a PNG or JPEG, by its name; the folder is made if need be.

    Raises:
        EdgeAlprError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        there, content = cv2.imencode(path.suffix, picture)
        assert there
        path.write_bytes(content.tobytes())
    except OSError as error:
        raise EdgeAlprError(f"{path}: cannot be written: {error.strerror}") from error
