"""Draws plate lettering from strokes: the project's own alphabet, so that no font file is needed.

The shapes follow what plates have in common (upright, even stroke, squarish bows, cap height about 1.7 times the width)
and copy no typeface. As on real plates 0 is narrower than O, 1 has a flag and I has slabs.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Mask: TypeAlias = NDArray[np.uint8]
"""``(H, W) uint8``: 0 where there is no ink, 255 where there is."""

Stroke: TypeAlias = NDArray[np.float64]
"""``(N, 2)``: the centre line of one stroke."""

DROP: Final = 80.0
"""Units from the topmost to the lowest centre line; stroke ends and bows add half a stroke's weight around it."""

# One entry a character: the width of its centre lines, then its strokes. A stroke is a row of points "x,y" with y down;
# "x,y,r" rounds the corner, starting r units before it. A stroke that begins with "o" is closed. Ends are square and
# stick out by half the weight; diagonals run out of the frame and are cut flat by it.
_STROKES: Final[dict[str, tuple[int, str]]] = {
    "0": (34, "o 0,0,17 34,0,17 34,80,17 0,80,17"),
    "1": (20, "0,19 17,3; 20,0 20,80"),
    "2": (36, "0,19 0,0,18 36,0,18 36,36,14 0,80 36,80"),
    "3": (35, "0,17 0,0,16 33,0,16 33,37,16 13,37; 13,37 35,37,18 35,80,17 0,80,17 0,63"),
    "4": (38, "21,-16 0,58 38,58; 28,36 28,80"),
    "5": (35, "32,0 1,0 1,33 35,33,18 35,80,18 0,80,16 0,62"),
    "6": (36, "o 0,35,18 36,35,18 36,80,18 0,80,18; 25,-14 3,42,16 0,58"),
    "7": (35, "0,0 35,0 11,96"),
    "8": (36, "o 2,0,15 34,0,15 34,37,15 2,37,15; o 0,37,17 36,37,17 36,80,17 0,80,17"),
    "9": (36, "o 0,0,18 36,0,18 36,45,18 0,45,18; 11,94 33,38,16 36,22"),
    "A": (44, "-4,94 20,-8; 24,-8 48,94; 8,56 36,56"),
    "B": (37, "o 0,0 35,0,17 35,37,16 0,37; o 0,37 37,37,19 37,80,18 0,80"),
    "C": (38, "38,22 38,0,19 0,0,19 0,80,19 38,80,19 38,58"),
    "D": (38, "o 0,0 38,0,20 38,80,20 0,80"),
    "E": (31, "31,0 0,0 0,80 31,80; 0,39 26,39"),
    "F": (30, "30,0 0,0 0,80; 0,41 25,41"),
    "G": (39, "39,20 39,0,19 0,0,19 0,80,19 39,80,19 39,43 23,43"),
    "H": (38, "0,0 0,80; 38,0 38,80; 0,39 38,39"),
    "I": (20, "10,0 10,80; 0,0 20,0; 0,80 20,80"),
    "J": (30, "13,0 30,0 30,80,15 0,80,15 0,62"),
    "K": (38, "0,0 0,80; 41,-14 2,50; 14,34 42,96"),
    "L": (31, "0,0 0,80 31,80"),
    "M": (46, "0,0 0,80; 46,0 46,80; 1,-6 23,44 45,-6"),
    "N": (40, "0,0 0,80; 40,0 40,80; 0,-8 40,88"),
    "O": (45, "o 0,0,21 45,0,21 45,80,21 0,80,21"),
    "P": (37, "o 0,0 37,0,19 37,44,19 0,44; 0,0 0,80"),
    "Q": (45, "o 0,0,21 45,0,21 45,80,21 0,80,21; 27,54 50,92"),
    "R": (38, "o 0,0 37,0,19 37,43,18 0,43; 0,0 0,80; 21,50 42,97"),
    "S": (37, "37,18 37,0,18 0,0,18 0,37,18 37,42,18 37,80,18 0,80,18 0,62"),
    "T": (38, "0,0 38,0; 19,0 19,80"),
    "U": (38, "0,0 0,80,19 38,80,19 38,0"),
    "V": (42, "-5,-14 20,88; 47,-14 22,88"),
    "W": (60, "-4,-14 14,90; 14,90 30,8 46,90; 46,90 64,-14"),
    "X": (42, "-6,-14 48,94; 48,-14 -6,94"),
    "Y": (42, "-6,-14 21,44 48,-14; 21,50 21,80"),
    "Z": (37, "0,0 37,0 0,80 37,80"),
    "-": (13, "0,40 13,40"),
    ".": (4, "0,78 4,78"),
    ":": (4, "0,26 4,26; 0,62 4,62"),
    "/": (30, "-6,96 36,-16"),
}

WEIGHT: Final = 14.0
"""Default stroke weight in units of `DROP`: about a seventh of the letter's height, as on most plates."""

_GAP: Final = 9.0
_SPACE: Final = 26.0
_OVERSAMPLING: Final = 4
_CURVE_STEPS: Final = 8
_MITRE_LIMIT: Final = 2.2
_CIRCLE: Final = 0.5523
"""How far the handles of a cubic reach so that a rounded right angle is a quarter of a circle."""


def draw_text_mask(
    text: str, height: int, *, weight: float = WEIGHT, stretch: float = 1.0, gap: float = _GAP
) -> Mask:
    """One line of plate lettering, anti-aliased, with no margin around it.

    Args:
        text: characters of 0-9, A-Z, ``- . : /`` and space; lower case is raised.
        height: height of the letters and of the mask in pixels, at least 4.
        weight: stroke weight, 6 (thin) to 20 (bold); a letter is ``DROP + weight`` high.
        stretch: factor on the letters' width, 0.6 to 1.6.
        gap: room between two letters in the same units as ``weight``.

    Returns:
        ``(height, w) uint8``, 0 to 255; ``w`` is 1 for an empty text.

    Raises:
        ValueError: for a character that has no glyph, or a height below 4.
    """
    if height < 4:
        msg = f"lettering needs a height of at least 4 pixels, got {height}"
        raise ValueError(msg)
    pixels_per_unit = height / (DROP + weight)
    pieces: list[tuple[float, Mask]] = []
    x = 0.0
    for character in text.upper():
        if character == " ":
            x += _SPACE * stretch
            continue
        width, _ = _glyph(character)
        pieces.append((x, _draw_glyph(character, height, weight, stretch)))
        x += width * stretch + weight + gap
    total = max(1, round((x - gap) * pixels_per_unit))
    mask = np.zeros((height, total), np.uint8)
    for start, piece in pieces:
        left = round(start * pixels_per_unit)
        part = piece[:, : total - left]
        target = mask[:, left : left + part.shape[1]]
        np.maximum(target, part, out=target)
    return mask


def _glyph(character: str) -> tuple[int, str]:
    try:
        return _STROKES[character]
    except KeyError:
        msg = f"no glyph for {character!r}; there are 0-9, A-Z, - . : / and space"
        raise ValueError(msg) from None


@lru_cache(maxsize=1024)
def _draw_glyph(character: str, height: int, weight: float, stretch: float) -> Mask:
    """One glyph in its own frame: cut flat above, below and at the sides."""
    width, paths = _glyph(character)
    scale = _OVERSAMPLING * height / (DROP + weight)
    columns = max(1, math.ceil((width * stretch + weight) * scale / _OVERSAMPLING))
    canvas = np.zeros((height * _OVERSAMPLING, columns * _OVERSAMPLING), np.uint8)
    for path in paths.split(";"):
        line, closed = _parse(path)
        line = line * [stretch, 1.0] + weight / 2
        for quad in _thicken(line * scale, weight * scale, closed):
            cv2.fillConvexPoly(canvas, np.round(quad * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    return cv2.resize(canvas, (columns, height), interpolation=cv2.INTER_AREA).astype(np.uint8)


@lru_cache(maxsize=256)
def _parse(path: str) -> tuple[Stroke, bool]:
    """A stroke's points from its text, with the rounded corners turned into short straight pieces."""
    words = path.split()
    closed = words[0] == "o"
    corners = [tuple(map(float, word.split(","))) for word in words[closed:]]
    points: list[NDArray[np.float64]] = []
    for i, (x, y, *cut) in enumerate(corners):
        here = np.array([x, y])
        if not cut:
            points.append(here)
            continue
        before = np.array(corners[i - 1][:2])
        after = np.array(corners[(i + 1) % len(corners)][:2])
        start = here + (before - here) * (cut[0] / math.dist(before, here))
        end = here + (after - here) * (cut[0] / math.dist(after, here))
        pull1, pull2 = start + (here - start) * _CIRCLE, end + (here - end) * _CIRCLE
        for t in np.linspace(0.0, 1.0, _CURVE_STEPS + 1):
            u = 1.0 - t
            points.append(u**3 * start + 3 * u**2 * t * pull1 + 3 * u * t**2 * pull2 + t**3 * end)
    line = np.array(points)
    distinct = np.ones(len(line), bool)
    distinct[1:] = np.hypot(*np.diff(line, axis=0).T) > 1e-6
    if closed and math.dist(line[0], line[-1]) < 1e-6:
        distinct[-1] = False
    return line[distinct], closed


def _thicken(line: Stroke, weight: float, closed: bool) -> list[NDArray[np.float64]]:
    """One convex quad for each straight piece: mitred where pieces meet, square at the ends."""
    following = np.roll(line, -1, axis=0)
    steps = following - line if closed else (following - line)[:-1]
    directions = steps / np.hypot(*steps.T)[:, None]
    line = line.copy()
    if not closed:
        line[0] -= directions[0] * weight / 2
        line[-1] += directions[-1] * weight / 2
    sideways = np.stack([-directions[:, 1], directions[:, 0]], axis=1)
    half = weight / 2
    quads = []
    count = len(directions)
    for i in range(count):
        a, b = line[i], line[(i + 1) % len(line)]
        at_a = _mitre(sideways[i - 1], sideways[i]) if closed or i > 0 else sideways[i]
        last = not closed and i == count - 1
        at_b = sideways[i] if last else _mitre(sideways[i], sideways[(i + 1) % count])
        quads.append(np.array([a + half * at_a, b + half * at_b, b - half * at_b, a - half * at_a]))
    return quads


def _mitre(side1: NDArray[np.float64], side2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the outlines of two neighbouring pieces meet, for half a weight of 1."""
    middle = side1 + side2
    length = math.hypot(*middle)
    if length < 1e-9:
        return side2
    middle /= length
    reach: NDArray[np.float64] = middle * min(1.0 / float(middle @ side2), _MITRE_LIMIT)
    return reach
