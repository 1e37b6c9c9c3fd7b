"""Makes crops without a plate, so that the reader can say "there is none": the empty text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge_alpr.geometry import Box, Luma, Points, bounding_box
from edge_alpr.plates import ALPHABET
from edge_training import ornaments
from edge_training.chance import Chance
from edge_training.crops import STORED_HEIGHT, STORED_WIDTH, Sample, cut
from edge_training.reader_net import CROP_HEIGHT, CROP_WIDTH
from edge_training.sensor import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge_training.chance import Field
    from edge_training.fonts import Typefaces
    from edge_training.photographs import Photograph

TRIES = 20
"""Places looked at in one photograph before another kind of negative is made."""


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A photograph that plates are put in front of, and where its own plates are."""

    luma: Luma
    plates: tuple[Box, ...]


def load_backdrops(
    photographs: Sequence[Photograph], chance: Chance, limit: int, width: int = 640
) -> list[Backdrop]:
    """At most ``limit`` photographs, chosen by ``chance`` and scaled to ``width`` pixels."""
    chosen = sorted(photographs, key=lambda _: chance.uniform(0, 1))[:limit]
    loaded = []
    for photograph in chosen:
        luma = photograph.luma()
        scale = width / luma.shape[1]
        size = (width, max(64, round(luma.shape[0] * scale)))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        boxes = tuple(bounding_box((p.quad * scale).astype(np.float32)) for p in photograph.plates)
        scaled = cv2.resize(luma, size, interpolation=method)
        loaded.append(Backdrop(scaled.astype(np.uint8, copy=False), boxes))
    return loaded


def draw_negative(chance: Chance, faces: Typefaces, backdrops: Sequence[Backdrop]) -> Sample:
    """A crop without a plate: a patch of a photograph, a sign with words, a grille, a texture, an empty plate."""
    kind = chance.uniform(0, 1)
    if backdrops and kind < 0.45:
        patch = _patch(chance, chance.pick(backdrops))
        if patch is not None:
            return Sample(patch, "", ())
    canvas = np.full((STORED_HEIGHT, STORED_WIDTH), chance.uniform(10, 245), np.float32)
    canvas += chance.clouds(*canvas.shape, chance.whole(2, 20)) * chance.uniform(1, 25)
    if kind < 0.58:
        _sign(canvas, chance, faces)
    elif kind < 0.66:
        _livery(canvas, chance, faces)
    elif kind < 0.70:
        if backdrops and (patch := _patch(chance, chance.pick(backdrops))) is not None:
            canvas = patch.astype(np.float32)
        _overlay(canvas, chance, faces)
    elif kind < 0.87:
        _grille(canvas, chance)
    elif kind < 0.94:
        ornaments.bolts(canvas, chance)
        cv2.rectangle(
            canvas, (9, 5), (STORED_WIDTH - 10, STORED_HEIGHT - 6), chance.uniform(0, 255), 2
        )
    return Sample(record(canvas, chance, chance.uniform(15, 60)), "", ())


def patches_without_plates(photographs: Sequence[Photograph], each: int) -> NDArray[np.uint8]:
    """Up to ``each`` patches of every photograph as the reader sees them, ``(N, 1, 64, 192)``, always the same."""
    top, left = (STORED_HEIGHT - CROP_HEIGHT) // 2, (STORED_WIDTH - CROP_WIDTH) // 2
    window = (slice(top, top + CROP_HEIGHT), slice(left, left + CROP_WIDTH))
    found = []
    for number, backdrop in enumerate(load_backdrops(photographs, Chance(0), len(photographs))):
        chance = Chance(1, number)
        patches = [_patch(chance, backdrop) for _ in range(each)]
        found += [patch[window] for patch in patches if patch is not None]
    return (
        np.stack(found)[:, None] if found else np.zeros((0, 1, CROP_HEIGHT, CROP_WIDTH), np.uint8)
    )


def _patch(chance: Chance, backdrop: Backdrop) -> Luma | None:
    """A plate-shaped part that touches no labelled plate, or nothing after `TRIES` attempts."""
    rows, columns = backdrop.luma.shape
    for _ in range(TRIES):
        width = chance.log_uniform(24, 260)
        height = width / chance.uniform(1.3, 5.5)
        if height >= rows or width >= columns:
            continue
        x, y = chance.uniform(0, columns - width), chance.uniform(0, rows - height)
        box = Box(x, y, x + width, y + height)
        around = box.grow(0.35, 0.35)  # what `cut` adds, and the jitter
        if all(around.iou(plate) == 0 for plate in backdrop.plates):
            quad: Points = box.corners()
            moves = [
                [
                    chance.normal(0.04 * height, 0.1 * height),
                    chance.normal(0.06 * height, 0.1 * height),
                ]
                for _ in range(4)
            ]
            quad = quad + np.array(moves, np.float32)
            return cut(backdrop.luma, quad)[0]
    return None


def _sign(canvas: Field, chance: Chance, faces: Typefaces) -> None:
    """Lower-case words, names and mottos on one to three lines: on a bus, a shop, a plate's frame."""
    rows, columns = canvas.shape
    lines = chance.whole(1, 3)
    level = 255 - float(canvas.mean()) + chance.uniform(-40, 40)
    for k in range(lines):
        tall = rows / lines * chance.uniform(0.4, 0.8)
        middle = columns * chance.uniform(0.4, 0.6)
        spot = ornaments.Spot(middle, rows * (k + 0.15) / lines, tall, columns * 0.9)
        ornaments.word(canvas, chance, faces, spot, level)


def _livery(canvas: Field, chance: Chance, faces: Typefaces) -> None:
    """A part of what stands on a lorry's side: letters far larger than the crop, or a badge of two or three.

    Nothing of a plate's ground or rim is drawn, and no whole text fits into the picture.
    """
    rows, columns = canvas.shape
    glyphs = chance.pick(faces.faces).glyphs
    level = 255 - float(canvas.mean()) + chance.uniform(-60, 60)
    badge = chance.happens(0.4)
    tall = int(rows * (chance.uniform(0.35, 0.7) if badge else chance.uniform(0.9, 2.2)))
    top = int(rows * chance.uniform(0.1, 0.3)) if badge else -int(tall * chance.uniform(0.05, 0.3))
    x = columns * chance.uniform(0.1, 0.4) if badge else -columns * chance.uniform(0, 0.3)
    for _ in range(chance.whole(1, 2) if badge else 7):
        glyph = glyphs[chance.pick(ALPHABET)]
        wide = max(4, int(tall * glyph.shape[1] / glyph.shape[0] * chance.uniform(0.8, 1.6)))
        sized = cv2.resize(glyph, (wide, tall)).astype(np.uint8, copy=False)
        ornaments.blend(canvas, sized, int(x), top, level)
        x += wide + tall * chance.uniform(0.05, 0.3)


def _overlay(canvas: Field, chance: Chance, faces: Typefaces) -> None:
    """The date, time and name that a camera writes into its picture: small even letters across the whole width."""
    rows, columns = canvas.shape
    glyphs = chance.pick(faces.faces).glyphs
    level = chance.pick((0.0, 255.0))
    tall = int(rows * chance.uniform(0.16, 0.4))
    step = tall * chance.uniform(0.6, 0.8)
    for top in (rows * chance.uniform(0.0, 0.4), rows * chance.uniform(0.5, 0.9)):
        x = -step * chance.uniform(0, 1)
        while x < columns:
            if not chance.happens(0.16):
                glyph = glyphs[chance.pick(ALPHABET if chance.happens(0.2) else ALPHABET[:10])]
                sized = cv2.resize(glyph, (max(3, int(step * 0.85)), tall))
                ornaments.blend(canvas, sized.astype(np.uint8, copy=False), int(x), int(top), level)
            x += step


def _grille(canvas: Field, chance: Chance) -> None:
    """Bars, upright, level or slanted, evenly spaced: a radiator, a louvre, a fence."""
    rows, columns = canvas.shape
    pitch = chance.log_uniform(4, 40)
    slant = chance.normal(0.3) if chance.happens(0.7) else chance.uniform(-3, 3)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    along = x + slant * y if chance.happens(0.5) else y + slant * x
    bars = np.clip(np.sin(along * (2 * np.pi / pitch)) * chance.uniform(1, 6), -1, 1)
    canvas += bars * chance.uniform(15, 90)
