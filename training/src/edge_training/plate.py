"""Draws one plate, seen from straight ahead in even light: its blank, its text and its ornaments.

All in grey levels: the camera's networks see luma only, and colour would triple the cost. About 1 ms a plate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge_training import ornaments
from edge_training.blank import background, levels
from edge_training.chance import Chance, Field
from edge_training.lettering import Hand, choose_hand, draw_line, split_lines
from edge_training.printing import print_state, print_town
from edge_training.texts import STYLES, PlateText, choose_text

if TYPE_CHECKING:
    from edge_training.fonts import Typefaces


@dataclass(frozen=True, slots=True)
class Style:
    """The measures of one family of plates; ranges are shares of the plate's height or width."""

    height: int
    """Pixels at which it is drawn."""

    aspect: tuple[float, float]
    two_line_aspect: tuple[float, float]
    two_line: float
    """How often the text stands in two lines."""

    text_height: tuple[float, float]
    text_middle: tuple[float, float]
    side: tuple[float, float]
    """Free margin left and right of the text."""

    light_ground: float
    """How often dark characters stand on a light ground."""


MEASURES: Mapping[str, Style] = {
    "us": Style(104, (1.85, 2.1), (1.7, 2.05), 0.05, (0.38, 0.58), (0.46, 0.58), (0.03, 0.1), 0.8),
    "eu": Style(80, (4.2, 5.0), (0.95, 1.9), 0.48, (0.60, 0.82), (0.48, 0.52), (0.02, 0.06), 0.86),
    "uk": Style(80, (3.4, 5.0), (1.0, 1.7), 0.28, (0.60, 0.80), (0.48, 0.52), (0.02, 0.06), 0.8),
    "br": Style(88, (2.8, 3.3), (0.95, 1.5), 0.28, (0.46, 0.64), (0.56, 0.66), (0.03, 0.07), 0.76),
    "in": Style(80, (3.6, 4.8), (1.1, 2.2), 0.45, (0.58, 0.80), (0.48, 0.52), (0.02, 0.06), 0.8),
}
"""Together three plates in ten have two lines: they are the harder ones."""

SECOND_BAND = ("fr", "it", "al", "ru", "ua")
"""Countries with a band at the right end too, or a box there with a number of its own."""

LOW_BAND = ("be", "dk", "gr", "fi", "by")
"""Countries whose two-line plates have the band beside the lower line."""

WIDE = 0.55
"""How often the characters of a two-line plate are wider than on a long one: there is room."""

TWO_LINE_HEIGHT = 124
"""Pixels at which a two-line plate is drawn."""


@dataclass(frozen=True, slots=True)
class Area:
    """Room for the text, in pixels of the plate."""

    left: float
    right: float
    top: float
    bottom: float
    lower_left: float
    lower_right: float
    """Where the lower line begins and ends, if there is one."""


@dataclass(frozen=True, slots=True)
class Character:
    """Where one character of the text was put."""

    x: float
    y: float
    """Its centre in the plate's pixels."""

    line: int
    """0: upper or only line, 1: lower line."""


@dataclass(frozen=True, slots=True)
class Plate:
    """A drawn plate: what it looks like, what it says and where."""

    luma: Field
    """``(H, W) float32``, 0..255."""

    text: str
    characters: Sequence[Character]
    style: str
    region: str = ""
    """A label of `regions`: what can be seen of where it is from."""

    @property
    def size_wh(self) -> tuple[int, int]:
        return self.luma.shape[1], self.luma.shape[0]


def draw_plate(chance: Chance, faces: Typefaces) -> Plate:
    """A plate of any country, one or two lines. Deterministic in ``chance``; the text is at most 12 characters."""
    style = chance.pick_weighted(list(STYLES), list(STYLES.values()))
    measures = MEASURES[style]
    text = choose_text(chance, style)
    two_line = len(text.text) > 3 and chance.happens(measures.two_line)
    height = TWO_LINE_HEIGHT if two_line and style != "us" else measures.height
    aspect = chance.uniform(*(measures.two_line_aspect if two_line else measures.aspect))
    ground, ink_level = levels(chance, style, measures.light_ground)
    canvas = np.full((height, int(height * aspect)), ground, np.float32)
    background(canvas, chance, style, ground)
    area = _text_area(canvas, chance, faces, style, text.region, two_line=two_line)
    hand = choose_hand(chance, faces, style, text)
    ink, characters = _letter(canvas, chance, hand, text, area, two_line=two_line)
    if style == "us":
        print_state(canvas, chance, faces, ink_level, text.region)
    else:
        print_town(canvas, chance, faces, ink_level, style)
    _press(canvas, chance, ink, ink_level)
    _finish(canvas, chance, ink_level)
    return Plate(np.clip(canvas, 0, 255), text.text, characters, style, text.region)


def _text_area(
    canvas: Field, chance: Chance, faces: Typefaces, style: str, region: str, *, two_line: bool
) -> Area:
    """Where the text goes; European bands are painted and left free."""
    height, width = canvas.shape
    measures = MEASURES[style]
    left, right = chance.uniform(*measures.side), 1 - chance.uniform(*measures.side)
    lower_left, upper_right = left, right
    if style in ("eu", "uk") and chance.happens(0.72 if style == "eu" else 0.25):
        band = chance.uniform(0.07, 0.11) * (1.6 if two_line else 1)
        seam = int(height * chance.uniform(0.45, 0.55))
        beside, free = canvas, chance.uniform(0.01, 0.04)
        lower_left, upper_left = band + free, band + free
        half = two_line and chance.happens(0.65)  # the band stands beside one of the lines only
        if half and chance.happens(0.7 if region not in LOW_BAND else 0.2):
            beside, lower_left = canvas[:seam], left
        elif half:
            beside, upper_left = canvas[seam:], left
        left = upper_left
        ornaments.country_band(beside, chance, faces, int(width * band), country=region)
        if chance.happens(0.6 if region in SECOND_BAND else 0.1):
            half = two_line and chance.happens(0.7)
            beside = canvas[:seam] if half else canvas
            ornaments.country_band(beside, chance, faces, int(width * band), at_right=True)
            upper_right = 1 - band - 0.015
            right = right if half else upper_right
    if two_line:
        top = chance.uniform(0.05, 0.14) if style != "us" else chance.uniform(0.12, 0.2)
        if style == "br":
            top += chance.uniform(0.04, 0.12)
        bottom = chance.uniform(0.86, 0.95)
    else:
        middle, tall = chance.uniform(*measures.text_middle), chance.uniform(*measures.text_height)
        top, bottom = middle - tall / 2, min(0.97, middle + tall / 2)
    return Area(
        left * width,
        upper_right * width,
        top * height,
        bottom * height,
        lower_left * width,
        right * width,
    )


def _letter(
    canvas: Field, chance: Chance, hand: Hand, text: PlateText, area: Area, *, two_line: bool
) -> tuple[Field, list[Character]]:
    """The ink of the whole text, 0..1, and where each character stands."""
    top, bottom = area.top, area.bottom
    lines = [(text, area.left, area.right, top, bottom)]
    if two_line:
        upper, lower = split_lines(chance, text)
        middle = top + (bottom - top) * chance.pick((0.5, 0.5, chance.uniform(0.4, 0.6)))
        gap = 0.025 * (bottom - top) * chance.uniform(0.6, 2.5)
        lines = [
            (upper, area.left, area.right, top, middle - gap),
            (lower, area.lower_left, area.lower_right, middle + gap, bottom),
        ]
        if chance.happens(WIDE):
            wider = chance.uniform(1.1, 1.6)
            hand = replace(hand, stretch=hand.stretch * wider, cell=hand.cell * wider)
    ink = np.zeros(canvas.shape, np.uint8)
    characters: list[Character] = []
    for row, (part, left, right, y0, y1) in enumerate(lines):
        line = draw_line(chance, hand, part, int(y1 - y0), right - left)
        piece, slack = line.ink, right - left - line.ink.shape[1]
        wide = int(piece.shape[1] + slack * chance.uniform(0.2, 0.9))
        if slack > 0 and wide < piece.shape[1] * 1.35 and chance.happens(0.3):
            piece = cv2.resize(piece, (wide, piece.shape[0])).astype(np.uint8, copy=False)
        room = max(0.0, right - left - piece.shape[1])
        share = (
            chance.uniform(0, 1)
            if two_line and chance.happens(0.25)
            else 0.5 + chance.normal(0.06, 0.3)
        )
        x = int(left + room * share)
        ornaments.stamp(ink, piece, x, int(y0))
        characters += [Character(x + c * piece.shape[1], (y0 + y1) / 2, row) for c in line.centres]
    return ink.astype(np.float32) / np.float32(255), characters


def _press(canvas: Field, chance: Chance, ink: Field, ink_level: float) -> None:
    """Ink on the blank: painted, worn, embossed, or embossed with almost no ink left, as at night."""
    if chance.happens(0.45):
        ink = ornaments.worn(chance, ink)
    inkless = chance.happens(0.03)
    canvas += (ink_level - canvas) * ink * (chance.uniform(0.05, 0.3) if inkless else 1.0)
    if inkless:
        ornaments.embossed(canvas, chance, ink, chance.pick((-1, 1)) * chance.uniform(40, 110))
    elif chance.happens(0.6):
        ornaments.embossed(canvas, chance, ink, chance.uniform(-70, 70))


def _finish(canvas: Field, chance: Chance, ink_level: float) -> None:
    """Rim and bolts."""
    height, width = canvas.shape
    if chance.happens(0.6):
        inset, thick = chance.pick((0, 0, 2, 4)), chance.pick((1, 2, 2, 3))
        level = ink_level if chance.happens(0.6) else chance.uniform(20, 240)
        cv2.rectangle(canvas, (inset, inset), (width - 1 - inset, height - 1 - inset), level, thick)
    ornaments.bolts(canvas, chance)
