"""This file cuts failures out of their pictures, for the report and for a sheet to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge_alpr.evaluate.page import Tile
from edge_alpr.evaluate.picture_figures import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edge_alpr.evaluate.picture import PictureOutcome, PlateOutcome
    from edge_alpr.geometry import Box
    from edge_alpr.types import Colour

TILE_WH: Final = (260, 150)
COLUMNS: Final = 5
MOST: Final = 60
AROUND: Final = (0.5, 1.0)
"""Of the plate's size, shown to each side."""


def failure_tiles(
    outcomes: Sequence[PictureOutcome], load: Callable[[Path], Colour], most: int = MOST
) -> tuple[Tile, ...]:
    """The first so many plates that were missed or misread, each with what was read and what it says."""
    tiles: list[Tile] = []
    for plate in (plate for outcome in outcomes for plate in outcome.plates):
        said = describe(plate)
        if said is None:
            continue
        tiles.append(_tile(load(plate.photograph.path), plate, said))
        if len(tiles) == most:
            break
    return tuple(tiles)


def _tile(picture: Colour, plate: PlateOutcome, said: str) -> Tile:
    shown = plate.label.text or "text not known"
    read = f", read {plate.text}" if plate.text else ""
    name = f"{plate.photograph.path.parent.name}/{plate.photograph.path.name}"
    return Tile(to_png(cut_tile(picture, plate.label.box)), f"{said}: {shown}{read} ({name})")


def cut_tile(picture: Colour, box: Box) -> Colour:
    """``TILE_WH`` pixels around a plate, the plate in the middle, grey where the picture ends."""
    wanted = box.grow(*AROUND)
    width, height = TILE_WH
    scale = min(width / max(wanted.width, 1.0), height / max(wanted.height, 1.0))
    (x, y) = wanted.centre
    matrix = np.array([[scale, 0, width / 2 - scale * x], [0, scale, height / 2 - scale * y]])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.warpAffine(picture, matrix, TILE_WH, flags=method, borderValue=(90, 90, 90)).astype(
        np.uint8
    )


def to_png(picture: Colour) -> bytes:
    """As a file's content."""
    there, content = cv2.imencode(".png", picture)
    assert there
    return content.tobytes()


def sheet(tiles: Sequence[Tile]) -> Colour | None:
    """All tiles side by side in one picture; None without any. The captions are in the report."""
    if not tiles:
        return None
    width, height = TILE_WH
    rows = -(-len(tiles) // COLUMNS)
    whole = np.full((rows * height, COLUMNS * width, 3), 60, np.uint8)
    for number, tile in enumerate(tiles):
        picture = cv2.imdecode(np.frombuffer(tile.png, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        y, x = (number // COLUMNS) * height, (number % COLUMNS) * width
        whole[y : y + height, x : x + width] = picture.astype(np.uint8, copy=False)
    return whole
