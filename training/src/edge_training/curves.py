"""Keeps the log of a run as JSON lines and draws it as a picture, so that a curve can be looked at while it grows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 960, 540
LEFT, RIGHT, TOP, BOTTOM = 70, 230, 30, 50
"""Margins around the plot in pixels."""

COLOURS = (
    (200, 90, 20),
    (30, 110, 220),
    (60, 150, 40),
    (150, 40, 160),
    (20, 20, 20),
    (160, 160, 20),
    (90, 90, 200),
)
"""Blue, green, red; one for each line, in turn."""

Row = Mapping[str, float]


def append(log: Path, row: Row) -> None:
    """Add one row; ``samples`` in it is the horizontal axis."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def read(log: Path) -> list[dict[str, float]]:
    """All rows of a log, none if it does not exist."""
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def draw(rows: Sequence[Row], names: Sequence[str], picture: Path) -> None:
    """Draw the named columns (shares, 0..1) over the samples into a PNG file."""
    canvas = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    most = max((row["samples"] for row in rows), default=1.0) or 1.0
    _axes(canvas, most)
    for k, name in enumerate(names):
        points = [_point(row["samples"] / most, row[name]) for row in rows if name in row]
        colour = COLOURS[k % len(COLOURS)]
        if not points:
            continue
        cv2.polylines(
            canvas,
            [np.array(points, np.int32)],
            isClosed=False,
            color=colour,
            thickness=2,
            lineType=cv2.LINE_AA,
        )
        last = next(row[name] for row in reversed(rows) if name in row)
        _write(canvas, f"{name} {last:.3f}", (WIDTH - RIGHT + 12, TOP + 20 + 22 * k), colour)
    picture.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(picture), canvas)


def _point(x: float, y: float) -> tuple[int, int]:
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    return LEFT + round(x * wide), TOP + round((1 - min(1.0, max(0.0, y))) * high)


def _axes(canvas: NDArray[np.uint8], most: float) -> None:
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        start, end = _point(0, share), _point(1, share)
        cv2.line(canvas, start, end, (225, 225, 225), 1)
        _write(canvas, f"{share:.1f}", (LEFT - 40, start[1] + 5), (90, 90, 90))
        foot = _point(share, 0)
        _write(canvas, f"{share * most / 1000:.0f}k", (foot[0] - 14, foot[1] + 22), (90, 90, 90))
    _write(canvas, "samples", (_point(0.5, 0)[0] - 30, HEIGHT - 8), (90, 90, 90))


def _write(
    canvas: NDArray[np.uint8], text: str, at: tuple[int, int], colour: Sequence[int]
) -> None:
    cv2.putText(canvas, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
