"""Draws licence plates of several regions as flat colour pictures, seen from straight ahead.

The lettering is the project's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from edge_alpr.plates import normalise
from edge_alpr.scene.bands import disc, draw_band, ink
from edge_alpr.scene.glyphs import Mask, draw_text_mask
from edge_alpr.scene.looks import LOOKS, PIXELS_PER_MM, Look
from edge_alpr.scene.series import SERIES, make_lines
from edge_alpr.types import Colour


@dataclass(frozen=True, slots=True)
class Plate:
    """One drawn plate; its corners are those of the picture."""

    region: str
    text: str
    """What a reader should say: the characters without spaces and dashes, lines joined."""
    width_m: float
    height_m: float
    picture: Colour
    cover: Mask
    """``(H, W) uint8``: 255 on the plate, 0 outside its rounded corners."""
    bare: bool = False
    """Whether it comes without a holder: a picture of a plate that brings its own surroundings."""


def draw_plate(region: str, rng: np.random.Generator, *, rear: bool = False) -> Plate:
    """A plate with a made-up text.

    Args:
        region: a key of `series.SERIES`.
        rng: chooses the text and the dirt; the same state draws the same plate.
        rear: for the back of a vehicle, where some regions have another colour.

    Raises:
        KeyError: if there is no such region.
    """
    lines = make_lines(region, rng)
    look = LOOKS[region][-1 if rear else 0]
    width, height = round(look.width * PIXELS_PER_MM), round(look.height * PIXELS_PER_MM)
    picture = np.full((height, width, 3), look.paper, np.uint8)
    left, top, right, bottom = draw_band(picture, look)
    row_height = (bottom - top) / len(lines)
    for i, line in enumerate(lines):
        box = (left, top + i * row_height, right, top + (i + 1) * row_height)
        _draw_line(picture, line, look, box)
    cover = _round_corners(width, height)
    _wear(picture, cover, look, rng)
    return Plate(
        region, normalise("".join(lines)), look.width / 1000, look.height / 1000, picture, cover
    )


def regions() -> tuple[str, ...]:
    """The names of all regions that can be drawn."""
    return tuple(SERIES)


def _draw_line(
    picture: Colour, line: str, look: Look, box: tuple[float, float, float, float]
) -> None:
    """One line in the middle of ``box`` (left, top, right, bottom in pixels), narrowed if it is too long."""
    x1, y1, x2, y2 = box
    room = x2 - x1
    height = round(min(look.letters * PIXELS_PER_MM, (y2 - y1) * 0.86))
    words = line.split("|")
    seal = round(52 * PIXELS_PER_MM) if len(words) > 1 else 0
    stretch = look.stretch
    for _ in range(8):
        masks = [
            draw_text_mask(word, height, weight=look.weight, stretch=stretch) for word in words
        ]
        total = sum(mask.shape[1] for mask in masks) + seal
        if total <= room:
            break
        stretch *= 0.93
    x = x1 + (room - total) / 2
    y = round((y1 + y2 - height) / 2)
    for i, mask in enumerate(masks):
        ink(picture, mask, round(x), y, look.ink)
        x += mask.shape[1]
        if i == 0 and seal:
            _draw_seals(picture, x + seal / 2, y, height)
        x += seal


def _draw_seals(picture: Colour, x: float, y: int, height: int) -> None:
    """The test badge above the registration seal."""
    radius = height * 0.19
    disc(picture, x, y + height * 0.24, radius, (90, 150, 60))
    disc(picture, x, y + height * 0.24, radius * 0.45, (60, 110, 40))
    disc(picture, x, y + height * 0.74, radius * 1.1, (205, 205, 200))
    disc(picture, x, y + height * 0.74, radius * 0.55, (150, 120, 90))


@lru_cache(maxsize=16)
def _round_corners(width: int, height: int) -> Mask:
    radius = round(9 * PIXELS_PER_MM)
    cover = np.zeros((height, width), np.uint8)
    cv2.rectangle(cover, (radius, 0), (width - 1 - radius, height - 1), 255, -1)
    cv2.rectangle(cover, (0, radius), (width - 1, height - 1 - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(cover, (x, y), radius, 255, -1, cv2.LINE_AA)
    return cover


def _wear(picture: Colour, cover: Mask, look: Look, rng: np.random.Generator) -> None:
    """A rim and a little dirt that gathers low."""
    height, width = cover.shape
    rim = round(3.2 * PIXELS_PER_MM)
    outer, inner = (
        cv2.erode(
            cover, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1,) * 2), borderValue=0
        )
        for r in (rim // 2, rim)
    )
    picture[(outer > 127) & (inner < 128)] = look.ink
    coarse = rng.random((6, 22)).astype(np.float32)
    blotch = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    low = np.linspace(0.2, 1.0, height, dtype=np.float32)[:, None]
    dirt = (float(rng.uniform(0.02, 0.16)) * np.clip(blotch, 0, 1) * low)[..., None]
    brown = np.array((60, 75, 90), np.float32)
    shaded = picture * (1 - dirt) + brown * dirt
    picture[:] = np.clip(shaded, 0, 255).astype(np.uint8)
