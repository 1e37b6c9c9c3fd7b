"""A road of flat grey: plates are patches whose brightness says their text, and two networks that understand it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_alpr.geometry import Box
from edge_alpr.types import Frame, Moment
from fakes.model import DETECTOR_FACTS, READER_FACTS, FakeModel, plate_map, text_logits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edge_alpr.geometry import Luma

ROAD_LEVEL = 60
WH = (640, 384)
"""Both are multiples of the detector's step, so that a canvas of side 640 is the frame itself."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A plate at a place."""

    text: str
    x: int
    y: int
    width: int = 96
    height: int = 24


class Road:
    """Paints frames and makes the networks that read them."""

    def __init__(self, texts: Sequence[str], *, sureness: float = 0.98) -> None:
        """Up to eight texts; each has its own brightness."""
        assert len(texts) <= 8
        self._levels = {text: 110 + 18 * n for n, text in enumerate(texts)}
        self._sureness = sureness

    def paint(self, *patches: Patch) -> Luma:
        picture = np.full((WH[1], WH[0]), ROAD_LEVEL, np.uint8)
        for p in patches:
            picture[p.y : p.y + p.height, p.x : p.x + p.width] = self._levels[p.text]
        return picture

    def film(
        self, scenes: Sequence[Sequence[Patch]], *, fps: float = 10.0, start_s: float = 0.0
    ) -> Iterator[Frame]:
        """One frame per scene."""
        first = Moment(start_s, 1_767_225_600.0 + start_s)
        for sequence, scene in enumerate(scenes):
            yield Frame(self.paint(*scene), first.later(sequence / fps), sequence)

    def detector(self, *, score: float = 0.9) -> FakeModel:
        """Finds every patch."""

        def answer(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
            rows, columns = luma.shape[2:]
            found = []
            for level in self._levels.values():
                mask = (luma[0, 0] == level).astype(np.uint8)
                _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
                for x, y, width, height, _ in stats[1:].tolist():
                    found.append((Box(x, y, x + width, y + height).corners(), score))
            return plate_map((columns, rows), found)[None]

        return FakeModel(DETECTOR_FACTS, answer, name="detector")

    def reader(self) -> FakeModel:
        """Reads the text that belongs to the brightness in the middle of the crop; nothing, if there is none."""

        def answer(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
            return np.stack([self._say(crop[0]) for crop in luma])

        return FakeModel(READER_FACTS, answer, name="reader")

    def _say(self, crop: NDArray[np.uint8]) -> NDArray[np.float32]:
        rows, columns = crop.shape
        middle = float(np.median(crop[rows // 3 : -rows // 3, columns // 3 : -columns // 3]))
        text = next((t for t, level in self._levels.items() if abs(level - middle) < 4), "")
        return text_logits(text, sureness=self._sureness)


def driving(patch: Patch, step_px: int, frames: int) -> list[list[Patch]]:
    """Scenes in which the patch moves ``step_px`` to the right each time, with an empty road before and after."""
    moving = [[replace(patch, x=patch.x + n * step_px)] for n in range(frames)]
    return [[], *moving, []]
