"""Draws a sheet of annotated pictures: one tile a pass, with the plate outlined, enlarged, and its text below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge_alpr.geometry import Points, grow_quad, quad_size
from edge_alpr.scene.glyphs import draw_text_mask
from edge_alpr.scene.looks import Bgr
from edge_alpr.scene.paint import to_subpixels
from edge_alpr.types import Colour

if TYPE_CHECKING:
    from collections.abc import Sequence

TILE_WH: Final = (384, 216)
_CAPTION: Final = 74
_GAP: Final = 12
_HEADER: Final = 64
_INSET: Final = 54
"""Height of the enlarged plate."""

_PAPER: Final[Bgr] = (36, 31, 27)
_TILE: Final[Bgr] = (52, 46, 41)
_WHITE: Final[Bgr] = (238, 236, 233)
_QUIET: Final[Bgr] = (168, 160, 152)
GOOD: Final[Bgr] = (112, 208, 96)
DOUBTFUL: Final[Bgr] = (60, 190, 245)
BAD: Final[Bgr] = (84, 84, 236)


@dataclass(frozen=True, slots=True)
class Tile:
    """One pass on the sheet."""

    picture: Colour
    """The whole frame, ``(H, W, 3)``."""
    corners: Points
    """``(4, 2)`` pixels: the plate's outline to draw."""
    read: str
    """Printed large."""
    note: str
    """Printed small below it."""
    colour: Bgr


def draw_sheet(title: str, subtitle: str, tiles: Sequence[Tile]) -> Colour:
    """``(H, W, 3)``: all tiles under a title.

    Raises:
        ValueError: for a character in a text that has no glyph (`glyphs.draw_text_mask`).
    """
    columns = max(1, min(len(tiles), 5 if len(tiles) > 8 else 4))
    rows = max(1, -(-len(tiles) // columns))
    w, h = TILE_WH[0], TILE_WH[1] + _CAPTION
    width, height = _GAP + columns * (w + _GAP), _HEADER + rows * (h + _GAP)
    sheet: Colour = np.full((height, width, 3), _PAPER, np.uint8)
    _write(sheet, title, (_GAP + 2, 20), 24, _WHITE)
    subtitle_width = draw_text_mask(subtitle, 13, weight=11).shape[1]
    _write(sheet, subtitle, (width - _GAP - 2 - subtitle_width, 28), 13, _QUIET)
    for i, tile in enumerate(tiles):
        x, y = _GAP + (i % columns) * (w + _GAP), _HEADER + (i // columns) * (h + _GAP)
        sheet[y : y + h, x : x + w] = _draw_tile(tile)
    return sheet


def _draw_tile(tile: Tile) -> Colour:
    w, h = TILE_WH
    canvas: Colour = np.full((h + _CAPTION, w, 3), _TILE, np.uint8)
    canvas[:h] = _cut_out(tile)
    inset = _enlarge(tile)
    part = canvas[h - _INSET - 6 : h - 6, w - inset.shape[1] - 6 : w - 6]
    part[:] = inset
    cv2.rectangle(canvas, (0, h), (5, h + _CAPTION), tile.colour, -1)
    _write(canvas, tile.read, (18, h + 13), 26, tile.colour)
    _write(canvas, tile.note, (18, h + 51), 11, _QUIET)
    return canvas


def _cut_out(tile: Tile) -> Colour:
    """The vehicle around the plate, at the scale of the frame or smaller, with the outline drawn."""
    w, h = TILE_WH
    rows, columns = tile.picture.shape[:2]
    # A plate is half a metre or so; five times its width shows a vehicle.
    scale = float(np.clip(0.19 * w / max(quad_size(tile.corners)[0], 1.0), 0.3, 1.3))
    cut_w, cut_h = min(columns, round(w / scale)), min(rows, round(h / scale))
    x, y = tile.corners.mean(0)
    left = int(np.clip(x - cut_w / 2, 0, columns - cut_w))
    top = int(np.clip(y - cut_h * 0.62, 0, rows - cut_h))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    cut = tile.picture[top : top + cut_h, left : left + cut_w]
    shown: Colour = cv2.resize(cut, (w, h), interpolation=method).astype(np.uint8)
    grown = grow_quad(tile.corners, 0.04, 0.12)
    outline = (grown - [left, top]) * [w / cut_w, h / cut_h]
    cv2.polylines(shown, [to_subpixels(outline)], True, tile.colour, 2, cv2.LINE_AA, 4)
    return shown


def _enlarge(tile: Tile) -> Colour:
    """The plate from straight ahead, with a thin frame in the tile's colour."""
    across, tall = quad_size(tile.corners)
    size = (round(float(np.clip(across / max(tall, 1.0), 1.2, 5.0)) * _INSET), _INSET)
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32) - 0.5
    quad = grow_quad(tile.corners, 0.03, 0.06) - np.float32(0.5)
    matrix = cv2.getPerspectiveTransform(quad, target.astype(np.float32))
    plate: Colour = cv2.warpPerspective(
        tile.picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8)
    cv2.rectangle(plate, (0, 0), (size[0] - 1, size[1] - 1), tile.colour, 1)
    return plate


def _write(picture: Colour, text: str, at: tuple[int, int], height: int, colour: Bgr) -> None:
    mask = draw_text_mask(text, height, weight=11)
    x, y = at
    part = picture[y : y + height, x : x + mask.shape[1]]
    share = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255
    part[:] = (part * (1 - share) + np.array(colour, np.float32) * share + 0.5).astype(np.uint8)
