"""Letters one line of a plate: which face, how wide, how far apart, and where each character comes to stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge_alpr.plates import ALPHABET
from edge_training.fonts import GLYPH_HEIGHT, Mask, Typefaces
from edge_training.ornaments import emblem, stamp
from edge_training.texts import PlateText

if TYPE_CHECKING:
    from edge_training.chance import Chance

ASPECTS = {
    "us": (0.36, 0.62),
    "eu": (0.45, 0.68),
    "uk": (0.5, 0.68),
    "br": (0.42, 0.62),
    "in": (0.38, 0.66),
}
"""Width over height of a mean character, per plate style."""

EVEN_SPACING = {"us": 0.55, "eu": 0.55, "uk": 0.5, "br": 0.35, "in": 0.3}
"""How often every character takes the same room, as dies do."""

ALIASED = {"us": 0.15, "eu": 0.3, "uk": 0.3, "br": 0.45, "in": 0.3}
"""How often O and 0, I and 1 are cut alike, so that the place in the text alone tells them apart."""

EMBLEM_FIRST = {"us": 0.07, "eu": 0.22, "uk": 0.03, "br": 0.03, "in": 0.05}

SEPARATOR_WIDTHS = {" ": 0.0, "-": 0.3, ".": 0.22, "*": 0.0}
"""In character heights; an emblem (``*``) takes what it takes."""

OTHER_SEPARATOR = 0.15
"""How often a separator is not the one that the syntax names."""

MARK_AT_THE_CUT = 0.75
"""How often the mark between two groups is still there when they stand in two lines: arms or seals, mostly above."""

TAILED_Q = {"us": 0.15, "eu": 0.1, "uk": 0.1, "br": 0.5, "in": 0.1}
"""How often Q is an O with a short tail, as many dies have it."""

SQUARED_D = {"us": 0.15, "eu": 0.1, "uk": 0.05, "br": 0.2, "in": 0.05}
"""How often D is an O with square corners on its left: at a few pixels a stroke nothing else tells them apart."""


@dataclass(frozen=True, slots=True)
class Hand:
    """How all characters of one plate are written."""

    style: str
    glyphs: Mapping[str, Mask]
    stretch: float
    """Factor on the glyphs' own width."""

    cell: float
    """Room of a character in heights where spacing is even, else 0."""

    gap: float
    group_gap: float
    """Between characters and, in addition, between groups, in heights."""

    slits: bool
    weight: int
    """1: bolder, -1: lighter, 0: as drawn."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of characters: its ink, and each character's centre from 0 (left) to 1 (right)."""

    ink: Mask
    centres: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    what: str
    left: float
    width: float


def choose_hand(chance: Chance, faces: Typefaces, style: str, text: PlateText) -> Hand:
    """A way of lettering ``text`` on a plate of ``style``; where a syntax decides, O may look like 0 and I like 1."""
    face = faces.choose(chance, style)
    aspect = chance.uniform(*ASPECTS[style])
    glyphs = {character: face.glyphs[character] for character in ALPHABET}
    if text.national and chance.happens(ALIASED[style]):
        pairs = (("0", "O"), ("1", "I")) if chance.happens(0.6) else (("O", "0"), ("I", "1"))
        glyphs |= {to: glyphs[source] for to, source in pairs}
    if chance.happens(TAILED_Q[style]):
        glyphs["Q"] = _tailed(chance, glyphs["O"])
    if chance.happens(SQUARED_D[style]):
        glyphs["D"] = squared(glyphs["O"])
    turned = chance.uniform(0, 1)  # dies that are used both ways up
    if turned < 0.3:
        glyphs |= {"W": glyphs["M"][::-1]} if turned < 0.22 else {"M": glyphs["W"][::-1]}
    glyphs = {character: glyphs[character] for character in sorted(set(text.text))}
    if chance.happens(0.35):
        glyphs = _new_dies(chance, glyphs)
    return Hand(
        style=style,
        glyphs=glyphs,
        stretch=aspect / face.aspect,
        cell=aspect * 1.1 if chance.happens(EVEN_SPACING[style]) else 0.0,
        gap=chance.uniform(0.12, 0.42) * aspect,
        group_gap=chance.pick((0.0, chance.uniform(0.1, 0.5), chance.uniform(0.3, 0.9))),
        slits=style in ("eu", "br") and chance.happens(0.25),
        weight=chance.pick((0, 0, 0, 0, 1, 1, -1)),
    )


def draw_line(chance: Chance, hand: Hand, text: PlateText, height: int, max_width: float) -> Line:
    """The line ``height`` pixels high, squeezed if it would be wider than ``max_width`` pixels."""
    pieces, total = _place(chance, hand, text)
    fit = height * min(1.0, max_width / (total * height))
    ink = np.zeros((height, max(8, int(total * fit) + 2)), np.uint8)
    centres = []
    for piece in pieces:
        left, width = int(piece.left * fit), max(2, round(piece.width * fit))
        if piece.what in hand.glyphs:
            glyph = hand.glyphs[piece.what]
            if hand.slits and piece.what in "0DPR69OQ8":
                glyph = _slit(chance, glyph)
            method = cv2.INTER_AREA if height < GLYPH_HEIGHT else cv2.INTER_LINEAR
            sized = cv2.resize(glyph, (width, height), interpolation=method)
            stamp(ink, sized.astype(np.uint8, copy=False), left, 0)
            centres.append((piece.left + piece.width / 2) * fit / ink.shape[1])
        else:
            _draw_separator(chance, ink, piece.what, left, width)
    if hand.weight:
        change = cv2.dilate if hand.weight > 0 else cv2.erode
        ink = change(ink, np.ones((3, 3), np.uint8)).astype(np.uint8, copy=False)
    return Line(ink, tuple(centres))


def _place(chance: Chance, hand: Hand, text: PlateText) -> tuple[list[_Piece], float]:
    """The pieces of a line from left to right and its length, all in character heights."""
    pieces: list[_Piece] = []
    x = 0.0
    if chance.happens(EMBLEM_FIRST[hand.style]):
        pieces.append(_Piece("*", 0.0, chance.uniform(0.28, 0.6)))
        x = pieces[-1].width + chance.uniform(0.05, 0.2)
    for k, group in enumerate(text.groups):
        if k:
            mark = text.separators[k - 1]
            if chance.happens(OTHER_SEPARATOR):
                mark = chance.pick(" -.*")
            width = chance.uniform(0.3, 0.85) if mark == "*" else SEPARATOR_WIDTHS[mark]
            x += hand.group_gap * 0.5 + (0.1 if width else 0.06)
            if width:
                pieces.append(_Piece(mark, x, width))
                x += width + 0.1
            x += hand.group_gap * 0.5
        for character in group:
            width = hand.glyphs[character].shape[1] / GLYPH_HEIGHT * hand.stretch
            if hand.cell:
                width = min(width, hand.cell * 1.07)
                pieces.append(_Piece(character, x + (hand.cell - width) / 2, width))
                x += hand.cell + hand.gap * 0.7
            else:
                pieces.append(_Piece(character, x, width))
                x += width + hand.gap
    if chance.happens(0.04):
        pieces.append(_Piece("*", x, chance.uniform(0.25, 0.6)))
        x += pieces[-1].width + hand.gap
    return pieces, x - hand.gap * 0.8


def _draw_separator(chance: Chance, ink: Mask, what: str, left: int, width: int) -> None:
    height = ink.shape[0]
    middle = (left + width // 2, height // 2)
    if what == "-":
        half = max(1, height // 16)
        cv2.rectangle(ink, (left, middle[1] - half), (left + width, middle[1] + half), 255, -1)
    elif what == ".":
        cv2.circle(ink, middle, max(1, width // 3), 255, -1)
    elif chance.happens(0.35):  # inspection stickers, one above the other or alone
        for y in chance.pick(((0.5,), (0.22, 0.75), (0.15, 0.7))):
            radius = max(1, int(width * chance.uniform(0.3, 0.5)))
            thick = -1 if chance.happens(0.7) else 2
            cv2.circle(ink, (middle[0], int(height * y)), radius, chance.whole(60, 255), thick)
    else:
        rows = int(height * chance.uniform(0.4, 1.0))
        stamp(
            ink, emblem(chance, rows, width), left, int((height - rows) * chance.uniform(0.2, 0.8))
        )


def _slit(chance: Chance, glyph: Mask) -> Mask:
    """The gap that some countries cut into a character against forgery."""
    height, width = glyph.shape
    cut = glyph.copy()
    x, y = int(width * chance.uniform(0.55, 0.8)), int(height * chance.pick((0.12, 0.3, 0.45)))
    cv2.line(cut, (x, y - height // 8), (width, y + height // 10), 0, max(2, height // 14))
    return cut


def _tailed(chance: Chance, ring: Mask) -> Mask:
    """An O with a short stroke through its lower right."""
    height, width = ring.shape
    tailed = ring.copy()
    start = (int(width * chance.uniform(0.45, 0.7)), int(height * chance.uniform(0.68, 0.85)))
    end = (int(width * chance.uniform(0.85, 1.0)), int(height * chance.uniform(0.92, 1.0)))
    cv2.line(tailed, start, end, 255, chance.whole(height // 14, height // 8))
    return tailed


def squared(ring: Mask) -> Mask:
    """An O whose left half is drawn out to square corners: the bars as in its middle, a stem as far left as it goes."""
    middle = ring.shape[1] // 2
    bars = ring[:, middle] > 127
    inked = np.flatnonzero(bars)
    left = int(np.flatnonzero(ring[ring.shape[0] // 2, :middle] > 127)[:1].sum())
    squared = ring.copy()
    squared[:, left:middle] = np.maximum(squared[:, left:middle], ring[:, middle : middle + 1])
    if len(inked):
        squared[
            inked[0] : inked[-1] + 1, left : left + max(2, int(bars[: len(bars) // 2].sum()))
        ] = 255
    return squared


def _new_dies(chance: Chance, glyphs: Mapping[str, Mask]) -> dict[str, Mask]:
    """The same characters as another toolmaker would cut them: rounder corners, a bend, a slant."""
    rounding = chance.uniform(1.0, 3.5) if chance.happens(0.6) else 0.0
    slant = chance.normal(0.06, 0.15) if chance.happens(0.4) else 0.0
    amplitude = chance.uniform(0.5, 2.2) if chance.happens(0.6) else 0.0
    rows, columns = np.mgrid[0:GLYPH_HEIGHT, 0 : GLYPH_HEIGHT * 2].astype(np.float32)
    bend_x = chance.clouds(GLYPH_HEIGHT, GLYPH_HEIGHT * 2, 4) * amplitude + slant * (
        rows - GLYPH_HEIGHT / 2
    )
    bend_y = chance.clouds(GLYPH_HEIGHT, GLYPH_HEIGHT * 2, 4) * amplitude
    cut: dict[str, Mask] = {}
    for character, glyph in glyphs.items():
        blank: cv2.typing.MatLike = glyph
        width = min(glyph.shape[1], GLYPH_HEIGHT * 2)
        if rounding:
            soft = cv2.GaussianBlur(glyph, (0, 0), rounding, borderType=cv2.BORDER_CONSTANT)
            blank = cv2.addWeighted(soft, 3.0, soft, 0.0, -255.0)
        x = columns[:, :width] + bend_x[:, :width]
        y = rows[:, :width] + bend_y[:, :width]
        cut[character] = cv2.remap(blank, x, y, cv2.INTER_LINEAR).astype(np.uint8, copy=False)
    return cut


def split_lines(chance: Chance, text: PlateText) -> tuple[PlateText, PlateText]:
    """The upper and the lower line of a two-line plate, cut between groups where there are any."""
    groups, separators = text.groups, text.separators
    if len(groups) == 1:
        whole = groups[0]
        cut = chance.pick((2, 3, 4)) if len(whole) > 4 else len(whole) // 2
        return PlateText((whole[:cut],), (), text.national), PlateText(
            (whole[cut:],), (), text.national
        )
    k = chance.whole(1, len(groups) - 1)
    above, marks_above = groups[:k], separators[: k - 1]
    below, marks_below = groups[k:], separators[k:]
    if chance.happens(MARK_AT_THE_CUT):
        if chance.happens(0.85):
            above, marks_above = (*above, ""), separators[:k]
        else:
            below, marks_below = ("", *below), separators[k - 1 :]
    upper = PlateText(above, marks_above, text.national)
    return upper, PlateText(below, marks_below, text.national)
