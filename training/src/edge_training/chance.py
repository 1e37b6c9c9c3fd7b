"""Draws random numbers for the renderer: every sample has its own seed, so any of them can be made again alone."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

Field = NDArray[np.float32]
"""``(H, W) float32``: a brightness, a mask in 0..1 or a random field."""


class Chance:
    """One stream of random numbers. The same ``(seed, index)`` gives the same stream on every machine."""

    def __init__(self, seed: int, index: int = 0) -> None:
        self._scalars = random.Random((seed << 40) + index)
        self._arrays = np.random.Generator(np.random.SFC64([seed, index]))

    def happens(self, probability: float) -> bool:
        return self._scalars.random() < probability

    def uniform(self, low: float, high: float) -> float:
        return self._scalars.uniform(low, high)

    def log_uniform(self, low: float, high: float) -> float:
        """Between two positive values, each octave as likely as the next."""
        return math.exp(self._scalars.uniform(math.log(low), math.log(high)))

    def normal(self, deviation: float, limit: float = math.inf) -> float:
        """Zero mean; cut off at +-``limit``."""
        return max(-limit, min(limit, self._scalars.gauss(0, deviation)))

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._scalars.randint(low, high)

    def pick(self, items: Sequence[T]) -> T:
        return items[self._scalars.randrange(len(items))]

    def pick_weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        return self._scalars.choices(items, weights)[0]

    def noise(self, height: int, width: int) -> Field:
        """``(height, width)`` independent normal values of deviation 1."""
        return self._arrays.standard_normal((height, width), dtype=np.float32)

    def clouds(self, height: int, width: int, cells: int) -> Field:
        """A smooth random field of about -1..1 with ``cells`` bumps along its longer side."""
        rows = max(2, int(cells * height / max(height, width)) + 2)
        coarse = self.noise(rows, max(2, cells))
        smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        return smooth.astype(np.float32, copy=False)

    def mosaic(self, rows: int, columns: int, low: int, high: int) -> NDArray[np.uint8]:
        """``(rows, columns) uint8`` of independent grey levels in ``low..high``."""
        return self._arrays.integers(low, high + 1, (rows, columns), dtype=np.uint8)
