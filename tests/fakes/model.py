"""A `Model` that computes its answer in Python, and the maps that the real networks would give for known plates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edge_alpr.geometry import bounding_box
from edge_alpr.plates import ALPHABET
from edge_alpr.vision.finds import CHANNELS, CORNER_SCALE, STRIDE
from edge_alpr.vision.inference import CARD_SCHEMA, ModelCard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.geometry import Points

ROWS, STEPS = 2, 48
READER_WH = (192, 64)

DETECTOR_FACTS: dict[str, Any] = {
    "task": "detect",
    "input": {"name": "luma"},
    "output": {"name": "map", "channels": CHANNELS},
    "threshold": 0.5,
}
READER_FACTS: dict[str, Any] = {
    "task": "read",
    "alphabet": ALPHABET,
    "input": {"name": "luma", "width": READER_WH[0], "height": READER_WH[1]},
    "output": {"name": "logits"},
    "crop": {"margin_x": 0.07, "margin_y": 0.1},
}


class FakeModel:
    """Answers by a function and remembers the shapes it was asked about."""

    def __init__(
        self,
        facts: dict[str, Any],
        answer: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
        *,
        name: str = "fake",
        more: Sequence[Callable[[NDArray[np.uint8]], NDArray[np.float32]]] = (),
    ) -> None:
        whole = {"schema": CARD_SCHEMA, "name": name, "version": "0", **facts}
        path = Path(f"{name}.onnx")
        self._card = ModelCard(
            name,
            "0",
            "0" * 64,
            path,
            facts["input"]["name"],
            (facts["output"]["name"], *(more["name"] for more in facts.get("more_outputs", ()))),
            whole,
        )
        self._answer = answer
        self._more = more
        self.shapes: list[tuple[int, ...]] = []

    @property
    def card(self) -> ModelCard:
        return self._card

    def run(self, luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert luma.dtype == np.uint8
        assert luma.ndim == 4
        assert luma.shape[1] == 1
        self.shapes.append(luma.shape)
        return self._answer(luma).astype(np.float32)

    def run_all(self, luma: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        return self.run(luma), *(answer(luma).astype(np.float32) for answer in self._more)


def plate_map(
    canvas_wh: tuple[int, int], plates: Sequence[tuple[Points, float]]
) -> NDArray[np.float32]:
    """``(13, h, w)``: the detector's answer for quads in canvas pixels, each in the cell under its middle."""
    answer = np.zeros((CHANNELS, canvas_wh[1] // STRIDE, canvas_wh[0] // STRIDE), np.float32)
    answer[0] = -12.0
    for quad, score in plates:
        box = bounding_box(quad)
        column, row = (int(v // STRIDE) for v in box.centre)
        x, y = (column + 0.5) * STRIDE, (row + 0.5) * STRIDE
        sides = np.array([x - box.x1, y - box.y1, box.x2 - x, box.y2 - y])
        answer[0, row, column] = np.log(score / (1 - score))
        # A box so small that its cell's centre lies beside it cannot be told exactly.
        answer[1:5, row, column] = np.log(np.maximum(sides, 0.2) / STRIDE)
        answer[5:, row, column] = ((quad - np.array([x, y])) / CORNER_SCALE).ravel()
    return answer


def text_logits(text: str, *, sureness: float = 0.99) -> NDArray[np.float32]:
    """``(37, 2, 48)``: the reader's answer for a text, its characters spread over both rows with blanks between."""
    classes = len(ALPHABET) + 1
    shares = np.full((ROWS * STEPS, classes), (1 - sureness) / (classes - 1))
    said = np.zeros(ROWS * STEPS, int)
    for place, character in enumerate(text):
        said[1 + 2 * place * (ROWS * STEPS // (2 * max(len(text), 1)))] = 1 + ALPHABET.index(
            character
        )
    shares[np.arange(len(said)), said] = sureness
    logits: NDArray[np.float32] = np.log(shares).T.reshape(classes, ROWS, STEPS).astype(np.float32)
    return logits
