"""Makes the sheet that a plate is printed on: its grey levels, and the art under the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge_training import ornaments

if TYPE_CHECKING:
    from edge_training.chance import Chance, Field


FAINT = {"us": 0.03, "eu": 0.06, "uk": 0.06, "br": 0.25, "in": 0.06}
"""How often ink and ground are nearly the same grey: in infrared, or paint that has faded."""


def levels(chance: Chance, style: str, light_ground: float) -> tuple[float, float]:
    """Grey level of the ground and of the ink, at least 55 apart unless the plate is a faint one."""
    if chance.happens(FAINT[style]):
        ground, apart = chance.uniform(60, 200), chance.uniform(20, 55)
        return ground, ground - apart if chance.happens(light_ground) else ground + apart
    if chance.happens(light_ground):
        ground = chance.uniform(140, 250)
        return ground, max(0.0, min(chance.uniform(5, 110), ground - 55 - chance.uniform(0, 30)))
    return chance.uniform(10, 120), chance.uniform(160, 250)


def background(canvas: Field, chance: Chance, style: str, ground: float) -> None:
    """Gradients, hills, seals and uneven paint under the text."""
    height, width = canvas.shape
    if style != "us":
        if chance.happens(0.3):
            canvas += chance.clouds(height, width, chance.whole(2, 8)) * chance.uniform(2, 12)
        return
    if chance.happens(0.6):
        stops = [chance.uniform(-70, 70), chance.uniform(-20, 20), chance.uniform(-70, 70)]
        column = np.array(stops[: chance.whole(2, 3)], np.float32)[:, None]
        canvas += cv2.resize(column, (1, height), interpolation=cv2.INTER_LINEAR)
    if chance.happens(0.25):
        hills = [
            (0, height),
            *((int(width * k / 7), int(height * chance.uniform(0.35, 0.85))) for k in range(8)),
            (width, height),
        ]
        shape = np.zeros(canvas.shape, np.uint8)
        cv2.fillPoly(shape, [np.array(hills, np.int32)], 180)
        ornaments.blend(canvas, shape, 0, 0, ground + chance.uniform(-60, 40))
    if chance.happens(0.3):
        canvas += chance.clouds(height, width, chance.whole(4, 16)) * chance.uniform(4, 22)
    if chance.happens(0.35):
        rows, columns = (
            int(height * chance.uniform(0.2, 0.7)),
            int(width * chance.uniform(0.1, 0.35)),
        )
        seal = ornaments.emblem(chance, rows, columns)
        left = int(width * chance.uniform(0, 1) - columns / 2)
        shade = (seal * chance.uniform(0.3, 0.8)).astype(np.uint8)
        ornaments.blend(
            canvas,
            shade,
            left,
            int((height - rows) * chance.uniform(0, 1)),
            ground + chance.uniform(-60, 40),
        )
