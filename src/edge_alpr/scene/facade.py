"""A row of houses along the pavement as a flat picture: walls, windows, doors, and no lettering at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge_alpr.scene.paint import cloudy

PIXELS_PER_M: Final = 26

Tone: TypeAlias = NDArray[np.float32]
"""``(3,)``: blue, green, red, 0..255."""

_WALLS: Final = (
    (142, 172, 196), (168, 190, 202), (120, 138, 168), (176, 182, 186), (150, 160, 150), (128, 150, 182),
    (186, 196, 204), (110, 124, 150),
)  # fmt: skip
_FRAMES: Final = ((214, 218, 220), (88, 92, 96), (190, 196, 200))


def paint_facade(
    rng: np.random.Generator, length_m: float, tall_m: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The colours of the houses and the light of their windows at night.

    Returns:
        two ``(H, W, 3) float32`` pictures, 0..255, at `PIXELS_PER_M`; top row is ``tall_m`` above the pavement.
    """
    h, w = round(tall_m * PIXELS_PER_M), round(length_m * PIXELS_PER_M)
    front = _Front(np.zeros((h, w, 3), np.float32), np.zeros((h, w, 3), np.float32), tall_m)
    x = 0.0
    while x < length_m:
        wide = float(rng.uniform(6.0, 11.0))
        _paint_house(rng, front, x, min(wide, length_m - x))
        x += wide
    uneven = 1 + np.float32(0.06) * cloudy(rng, h, w, 40, 5)[..., None]
    height = np.linspace(0, tall_m, h, dtype=np.float32)[::-1, None, None]
    colours = front.colours * uneven * (1 - 0.28 * np.exp(-height / 0.5))
    return np.clip(colours, 0, 255).astype(np.float32), front.shining


@dataclass(frozen=True, slots=True)
class _Front:
    """The flat picture and what shines in it, drawn on by metres: x along, y up."""

    colours: NDArray[np.float32]
    shining: NDArray[np.float32]
    tall_m: float

    def block(self, x: tuple[float, float], y: tuple[float, float], colour: Tone) -> None:
        self.colours[self._area(x, y)] = colour

    def pane(
        self, x: tuple[float, float], y: tuple[float, float], frame: Tone, glow: float
    ) -> None:
        """A window with its frame; ``glow`` 0 is dark at night, 1 brightly lit."""
        (x1, x2), (y1, y2) = x, y
        self.block((x1 - 0.09, x2 + 0.09), (y1 - 0.09, y2 + 0.09), frame)
        area = self._area(x, y)
        rows = max(self.colours[area].shape[0], 1)
        sky = np.linspace(1.25, 0.8, rows, dtype=np.float32)[:, None, None]
        self.colours[area] = np.array([92, 82, 70], np.float32) * sky
        self.shining[area] = np.array([60, 130, 190], np.float32) * glow
        middle = (x1 + x2) / 2
        self.block((middle - 0.03, middle + 0.03), y, frame)

    def _area(self, x: tuple[float, float], y: tuple[float, float]) -> tuple[slice, slice]:
        rows = [max(0, round((self.tall_m - v) * PIXELS_PER_M)) for v in (y[1], y[0])]
        columns = [max(0, round(v * PIXELS_PER_M)) for v in x]
        return slice(*rows), slice(*columns)


def _paint_house(rng: np.random.Generator, front: _Front, x: float, wide: float) -> None:
    wall = np.array(_WALLS[int(rng.integers(len(_WALLS)))], np.float32)
    frame = np.array(_FRAMES[int(rng.integers(len(_FRAMES)))], np.float32)
    whole, tall = (x, x + wide), front.tall_m
    front.block(whole, (0, tall), wall)
    if rng.random() < 0.45:  # courses of brick
        for y in np.arange(0.0, tall, 0.22).tolist():
            front.block(whole, (y, y + 0.04), wall * 0.86)
    front.block(whole, (0, 0.55), wall * 0.62)
    front.block(whole, (3.1, 3.3), wall * 1.12)
    front.block((x + wide - 0.12, x + wide), (0, tall), wall * 0.55)
    count = max(1, int(wide // 2.6))
    door = int(rng.integers(count))
    for i in range(count):
        middle = x + (i + 0.5) * wide / count
        if i == door:
            front.block((middle - 0.62, middle + 0.62), (0, 2.5), frame)
            leaf = rng.uniform(40, 120, 3).astype(np.float32)
            front.block((middle - 0.5, middle + 0.5), (0, 2.35), leaf)
            front.block((middle - 0.32, middle + 0.32), (1.3, 2.1), leaf * 0.6)
        else:
            front.block((middle - 0.84, middle + 0.84), (0.75, 0.86), wall * 0.7)
            front.pane((middle - 0.7, middle + 0.7), (0.95, 2.4), frame, _evening(rng, 0.35))
        for y in (4.0, 6.6):
            front.pane((middle - 0.5, middle + 0.5), (y, y + 1.6), frame, _evening(rng, 0.4))


def _evening(rng: np.random.Generator, chance: float) -> float:
    """How brightly a window is lit, 0 if nobody is in."""
    return float(rng.uniform(0.35, 0.8)) if rng.random() < chance else 0.0
