"""Draws what stands on and around a plate but is not its text: emblems, words, stickers, bolts, frames.

An emblem that the renderer does not know is read as a 9, a P or a W, and a frame takes the outer character with it:
these two were the largest classes of error on photographs while there were few of them here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from edge_training.chance import Chance, Field
    from edge_training.fonts import Mask, Typefaces


BAND_LETTERS = "ABCDEFGHILMNOPRSTUVZ"
BAND_FIGURES = "0123456789"
"""In the band at the right end: a county's or department's number."""

LIGHT_BOX = 0.35
"""How often the band at the right end is a light box with dark signs."""

_SIGNS = """
al:AL at:A ba:BIH be:B bg:BG by:BY ch:CH cy:CY cz:CZ de:D dk:DK ee:EST es:E fi:FIN fr:F gb:GB/UK ge:GE gr:GR hr:HR
hu:H ie:IRL is:IS it:I li:FL lt:LT lu:L lv:LV md:MD me:MNE mk:MK/NMK mt:M nl:NL no:N pl:PL pt:P ro:RO rs:SRB ru:RUS
se:S si:SLO sk:SK tr:TR ua:UA
"""

COUNTRY_LETTERS = {
    country: tuple(signs.split("/"))
    for country, signs in (row.split(":") for row in _SIGNS.split())
}
"""The distinguishing sign of international traffic that stands in the band."""


def blend(canvas: Field, mask: Field | Mask, left: int, top: int, level: float) -> None:
    """Paint ``level`` through ``mask`` (0..1 float or 0..255 uint8), cut off at the canvas's edge."""
    height, width = mask.shape
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(canvas.shape[1], left + width), min(canvas.shape[0], top + height)
    if x1 <= x0 or y1 <= y0:
        return
    part = mask[y0 - top : y1 - top, x0 - left : x1 - left]
    share = part.astype(np.float32) / 255 if part.dtype == np.uint8 else part
    canvas[y0:y1, x0:x1] += (level - canvas[y0:y1, x0:x1]) * share


def stamp(mask: Mask, piece: Mask, left: int, top: int) -> None:
    """Add the ink of ``piece`` to ``mask``, cut off at its edge."""
    height, width = piece.shape
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(mask.shape[1], left + width), min(mask.shape[0], top + height)
    if x1 > x0 and y1 > y0:
        target = mask[y0:y1, x0:x1]
        np.maximum(target, piece[y0 - top : y1 - top, x0 - left : x1 - left], out=target)


@dataclass(frozen=True, slots=True)
class Spot:
    """Room for a word, in pixels of the canvas."""

    x: float
    """Its middle."""

    top: float
    height: float
    max_width: float
    phrase: str | None = None
    """What is to be printed, if the typefaces know it; else any word."""


def word(canvas: Field, chance: Chance, faces: Typefaces, spot: Spot, level: float) -> None:
    """A state's name, a motto, a dealer: small letters that must not be read."""
    letters = chance.pick(faces.phrases.get(spot.phrase or "") or faces.words)
    rows = max(2, int(spot.height))
    columns = int(min(spot.max_width, letters.shape[1] * spot.height / letters.shape[0]))
    small = cv2.resize(letters, (max(2, columns), rows), interpolation=cv2.INTER_AREA)
    left = int(spot.x - columns / 2)
    blend(canvas, small.astype(np.uint8, copy=False), left, int(spot.top), level)


def emblem(chance: Chance, height: int, width: int) -> Mask:
    """A coat of arms, seal, outline or pictogram: a textured shape that is no character."""
    w, h = max(3, width), max(4, height)
    outline = _outline(chance, h, w)
    shape = np.zeros((h, w), np.uint8)
    cv2.fillPoly(shape, [outline], 255)
    low, high = sorted((chance.whole(10, 255), chance.whole(90, 255)))
    fields = chance.mosaic(chance.whole(2, 6), chance.whole(2, 5), low, high)
    method = chance.pick((cv2.INTER_NEAREST, cv2.INTER_LINEAR))
    field = cv2.resize(fields, (w, h), interpolation=method)
    filled = np.minimum(shape, field).astype(np.uint8, copy=False)
    for _ in range(chance.pick((0, 1, 2, 3))):  # the charges: crosses, bars
        start = (int(chance.uniform(0.1, 0.9) * w), int(chance.uniform(0.05, 0.9) * h))
        end = (int(chance.uniform(0.1, 0.9) * w), int(chance.uniform(0.05, 0.9) * h))
        if chance.happens(0.5):
            end = (start[0], end[1]) if chance.happens(0.5) else (end[0], start[1])
        thick = max(1, int(w * chance.uniform(0.05, 0.2)))
        cv2.line(filled, start, end, chance.pick((0, 255, chance.whole(0, 255))), thick)
    filled = np.minimum(filled, shape)
    if chance.happens(0.6):
        cv2.polylines(filled, [outline], isClosed=True, color=255, thickness=1)
    return filled


def _outline(chance: Chance, h: int, w: int) -> cv2.typing.MatLike:
    """A shield, a disc or the outline of anything."""
    kind = chance.uniform(0, 1)
    if kind < 0.4:
        shield = [(0, 0), (1, 0), (1, 0.55), (0.8, 0.8), (0.5, 1), (0.2, 0.8), (0, 0.55)]
        points = [(x * (w - 1), y * (h - 1)) for x, y in shield]
    else:
        corners = 16 if kind < 0.6 else chance.whole(4, 10)
        radius = (min(w, h) / 2 * chance.uniform(0.6, 1)) if kind < 0.6 else 0.0
        points = []
        for k in range(corners):
            angle = 2 * math.pi * k / corners
            rx = radius or w / 2 * chance.uniform(0.35, 1)
            ry = radius or h / 2 * chance.uniform(0.35, 1)
            points.append((w / 2 + rx * math.cos(angle), h / 2 + ry * math.sin(angle)))
    return np.array(points, np.int32)


def sticker(canvas: Field, chance: Chance, faces: Typefaces, x: float, y: float) -> None:
    """A dated validation sticker centred at ``(x, y)``, as in the corners of North American plates."""
    height, width = canvas.shape
    half_w, half_h = width * chance.uniform(0.04, 0.075), height * chance.uniform(0.06, 0.1)
    corner = (int(x - half_w), int(y - half_h))
    cv2.rectangle(canvas, corner, (int(x + half_w), int(y + half_h)), chance.uniform(50, 250), -1)
    spot = Spot(x, y - half_h * 0.6, half_h * 1.2, half_w * 1.8)
    word(canvas, chance, faces, spot, chance.uniform(0, 255))


def bolts(canvas: Field, chance: Chance) -> None:
    """Screw heads along the edges, and now and then one between the characters."""
    height, width = canvas.shape
    for x in (chance.uniform(0.1, 0.3), 0.5, 1 - chance.uniform(0.1, 0.3)):
        if chance.happens(0.3):
            y = chance.pick((chance.uniform(0.05, 0.14), chance.uniform(0.86, 0.95), 0.08))
            if chance.happens(0.1):
                y = chance.uniform(0.4, 0.6)
            radius = max(1, int(height * chance.uniform(0.02, 0.045)))
            cv2.circle(
                canvas,
                (int(width * x), int(height * y)),
                radius,
                chance.pick((20.0, 60.0, 120.0, 200.0)),
                -1,
            )


def country_band(
    canvas: Field,
    chance: Chance,
    faces: Typefaces,
    width: int,
    *,
    country: str = "",
    at_right: bool = False,
) -> None:
    """The dark band with a ring of stars and ``country``'s letters at one end of a European plate.

    What is written in it is not part of the plate's text. ``canvas`` may be the upper half of a plate.
    """
    height = canvas.shape[0]
    left = canvas.shape[1] - width if at_right else 0
    band = canvas[:, left : left + width]
    letters_level, stars_level = 220.0, 190.0
    if chance.happens(LIGHT_BOX if at_right else LIGHT_BOX / 4):  # a dealer's box, a dated label
        letters_level = stars_level = chance.uniform(0, 90)
        band[:] = chance.uniform(150, 250)
        cv2.rectangle(canvas, (left, 0), (left + width, height), letters_level, 1)
    else:
        band[:] = chance.uniform(30, 110)
    middle, ring = width // 2, max(2, int(width * 0.27))
    if chance.happens(0.8):
        cv2.ellipse(band, (middle, int(height * 0.32)), (ring, ring), 0, 0, 360, stars_level, 1)
    if chance.happens(0.9):
        signs = BAND_FIGURES if at_right and chance.happens(0.6) else BAND_LETTERS
        glyphs = chance.pick(faces.faces).glyphs
        said = "".join(chance.pick(signs) for _ in range(chance.pick((1, 1, 2, 2, 3))))
        if not at_right:
            said = chance.pick(COUNTRY_LETTERS.get(country) or (said,))
        letters = [glyphs[letter] for letter in said]
        each = max(3, int(width * (0.6 if len(letters) == 1 else 0.8 / len(letters))))
        rows = max(3, int(height * chance.uniform(0.16, 0.26)))
        for k, letter in enumerate(letters):
            small = cv2.resize(letter, (each, rows), interpolation=cv2.INTER_AREA)
            start = middle - each * len(letters) // 2 + k * each
            blend(
                band, small.astype(np.uint8, copy=False), start, int(height * 0.64), letters_level
            )


def worn(chance: Chance, ink: Field) -> Field:
    """Ink that is thin in places."""
    height, width = ink.shape
    wear = chance.clouds(height, width, chance.whole(4, 20)) * chance.uniform(0.05, 0.3)
    left: Field = ink * np.clip(1.1 + wear, 0.25, 1)
    return left


def embossed(canvas: Field, chance: Chance, ink: Field, strength: float) -> None:
    """The light and the dark edge of pressed characters under light from one side."""
    d = chance.pick((1, 1, 2))
    dx, dy = chance.pick(((d, d), (0, d), (-d, d), (d, 0)))
    canvas += (np.roll(ink, (dy, dx), (0, 1)) - np.roll(ink, (-dy, -dx), (0, 1))) * strength
