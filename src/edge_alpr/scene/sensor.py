"""What the rendering camera's lens and sensor add: a little softness, dark corners, noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from edge_alpr.scene.light import Light
    from edge_alpr.scene.view import PinholeView
    from edge_alpr.types import Colour

_SPARE: Final = 64
"""Pixels by which the noise is larger than the picture, so that every frame gets another part of it."""

_SOFTNESS_PX: Final = 0.55
_CORNER_SHADE: Final = 0.16


class Sensor:
    """Turns an ideal picture into a taken one; deterministic in the state of ``rng`` and the order of the frames."""

    def __init__(self, view: PinholeView, rng: np.random.Generator) -> None:
        self._rng = rng
        shape = (view.height + _SPARE, view.width + _SPARE, 3)
        # Grain is partly the same in all three colours, as after a camera's own processing.
        common = rng.standard_normal((*shape[:2], 1), np.float32)
        self._grain = 0.8 * common + 0.5 * rng.standard_normal(shape, np.float32)
        self._level: float | None = None
        ys, xs = np.mgrid[-1 : 1 : view.height * 1j, -1 : 1 : view.width * 1j]
        shade = 255.5 - 255 * _CORNER_SHADE * (xs**2 + ys**2) ** 1.5 / 2.83
        self._shade = np.repeat(shade.astype(np.uint8)[..., None], 3, axis=2)

    def expose(self, picture: Colour, light: Light) -> Colour:
        """``(H, W, 3)`` in, ``(H, W, 3)`` out."""
        if self._level != light.noise:
            self._level = light.noise
            grain = self._grain * light.noise
            self._lighter = np.clip(grain + 0.5, 0, 255).astype(np.uint8)
            self._darker = np.clip(0.5 - grain, 0, 255).astype(np.uint8)
        soft = cv2.GaussianBlur(picture, (3, 3), _SOFTNESS_PX)
        shaded = cv2.multiply(soft, self._shade, scale=1 / 255)
        y, x = self._rng.integers(0, _SPARE, 2)
        part = np.s_[y : y + picture.shape[0], x : x + picture.shape[1]]
        lit = cv2.add(shaded, self._lighter[part])
        return cv2.subtract(lit, self._darker[part]).astype(np.uint8)
