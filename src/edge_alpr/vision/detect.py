"""This file finds plates: frame -> survey at two scales -> closer looks where it is unsure -> boxes with four corners.

The network knows plates of about 12 to 200 pixels. So a frame is surveyed on a fine canvas, for what is small, and on a
coarse one, for what is large. A place that remains unsure is cut out and looked at again, at the size at which plates
are known best, and both looks count (docs/adr/0010).
Cost: one network run on the fine canvas, a tenth of it for the coarse one, a tenth for each closer look. State: none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from edge_alpr.errors import ModelError
from edge_alpr.geometry import Box, Letterbox, suppress
from edge_alpr.types import Detection
from edge_alpr.vision.finds import CHANNELS, Find, all_finds, best_find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.geometry import Luma
    from edge_alpr.vision.inference import Model, ModelCard

CANVAS_STEP = 32
"""Canvas sides are multiples of the network's coarsest stride."""

COARSE_SHARE = 0.3
"""Scale of the coarse canvas as a share of the fine one's."""
WIDEST_ON_FINE, NARROWEST_ON_COARSE = 230.0, 28.0
"""A box beyond, in canvas pixels, is left to the other canvas."""
PIECE_HEIGHT = 0.3
"""Inside a plate, what is at least this high (as a share of the plate's height) is a piece of it."""

CLOSE_WH = (192, 128)
"""Canvas of a closer look."""
CLOSE_PLATE_WH = (96.0, 64.0)
"""A plate is enlarged or reduced to fit into this, in the middle of the canvas."""
MOST_ENLARGED = 2.0
LEAST_SCORE = 0.05
"""What a closer look counts that finds nothing."""
WORTH_A_LOOK = 0.3
"""A place with a lower score is not looked at again."""
SURE = 0.9
"""A place with a higher score need not be looked at again,"""
SMALL_PX = 48.0
"""unless it is narrower than this on its canvas: its corners gain."""
SECOND_COUNTS = 0.6
"""Share of the second look in the score of both; 0.5 to 0.8 are equally good on photographs that never trained."""
NEVER_SURER = 0.9999
"""Than this is no look, whatever its score."""
STILL_LOOKS = 12
"""Closer looks that a single picture may take: no next frame will show the vehicle better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectSettings:
    """Finding plates in a frame."""

    side_px: Annotated[int, Ge(256), Le(1920)] = 640
    """Longer side of the picture the detector sees. Larger finds smaller plates and costs more time."""
    min_score: Annotated[float, Gt(0), Le(1)] | None = None
    """Detections below this score are ignored. Leave it out to use the threshold on the detector's card."""
    closer_looks: Annotated[int, Ge(0), Le(64)] = 2
    """At most so many places of a frame that may be plates are looked at again, enlarged."""
    max_overlap: Annotated[float, Gt(0), Le(1)] = 0.4
    """Two boxes that share more than this of the smaller one are one plate."""
    max_plates: Annotated[int, Ge(1), Le(300)] = 16
    """At most so many plates per frame, the best ones."""


class PlateDetector:
    """Finds plates in a frame's luma."""

    def __init__(self, model: Model, settings: DetectSettings) -> None:
        facts = model.card.facts
        if facts.get("task") != "detect" or facts["output"].get("channels") != CHANNELS:
            raise ModelError(f"{model.card.path}: its card is not that of a plate detector")
        self._model = model
        self._settings = settings
        try:
            self._min_score = settings.min_score or float(facts["threshold"])
        except (KeyError, TypeError, ValueError):
            raise ModelError(f"{model.card.path}: its card has no usable threshold") from None

    @property
    def card(self) -> ModelCard:
        return self._model.card

    def detect(self, luma: Luma, closer_looks: int | None = None) -> list[Detection]:
        """The plates in ``(H, W) uint8``, best first, boxes clamped to the frame.

        ``closer_looks`` replaces the setting of that name, for a single picture: `STILL_LOOKS`.
        """
        looks = self._settings.closer_looks if closer_looks is None else closer_looks
        finds = self._survey(luma, min(self._min_score, WORTH_A_LOOK) if looks else self._min_score)
        settled = self._look_closer(luma, finds, looks)
        height, width = luma.shape
        plates = self._merge([find for find in settled if find.score >= self._min_score])
        detections = (
            Detection(find.box.clamp(width, height), find.corners, find.score) for find in plates
        )
        return [d for d in detections if d.box.area > 0][: self._settings.max_plates]

    def _survey(self, luma: Luma, min_score: float) -> list[Find]:
        """What the whole frame shows on both canvases, best first."""
        height, width = luma.shape
        scale = self._settings.side_px / max(height, width)
        fine, coarse = (whole(width, height, scale * share) for share in (1.0, COARSE_SHARE))
        on_fine = fine.apply(luma)
        # Reduced from the fine canvas and not from the frame: that takes a quarter of the time.
        columns, rows = fine.filled((width, height))
        on_coarse = replace(coarse, scale=COARSE_SHARE).apply(on_fine[:rows, :columns])
        small = self._look(on_fine, fine, min_score)
        large = self._look(on_coarse, coarse, min_score)
        return self._merge(
            [find for find in small if find.canvas_width <= WIDEST_ON_FINE]
            + [find for find in large if find.canvas_width >= NARROWEST_ON_COARSE]
        )

    def _look_closer(self, luma: Luma, finds: Sequence[Find], looks: int) -> list[Find]:
        """The finds, those that were unsure or small judged by a second look as well."""
        settled = []
        for find in finds:
            sure = find.score >= SURE and find.canvas_width >= SMALL_PX
            if looks > 0 and find.score >= WORTH_A_LOOK and not sure:
                looks -= 1
                settled.append(self._confirm(luma, find))
            else:
                settled.append(find)
        return settled

    def _confirm(self, luma: Luma, first: Find) -> Find:
        """Look at one place alone: the score is what both looks say together, box and corners are the second one's."""
        x, y, part, letterbox = cut_out(luma, first.box)
        raw = self._run(letterbox.apply(part))
        second = best_find(raw, letterbox, LEAST_SCORE, first.box.shift(-x, -y))
        if second is None:
            return replace(first, score=together(first.score, LEAST_SCORE))
        at = np.array([x, y], np.float32)
        score = together(first.score, second.score)
        return replace(second, box=second.box.shift(x, y), corners=second.corners + at, score=score)

    def _look(self, canvas: Luma, letterbox: Letterbox, min_score: float) -> list[Find]:
        return all_finds(self._run(canvas), letterbox, min_score, self._settings.max_overlap)

    def _run(self, canvas: Luma) -> NDArray[np.float32]:
        of_one: NDArray[np.float32] = self._model.run(canvas[None, None])[0]
        return of_one

    def _merge(self, finds: Sequence[Find]) -> list[Find]:
        """One find for each plate, best first."""
        pairs = [(find.box, find.score) for find in finds]
        kept = [finds[index] for index in suppress(pairs, self._settings.max_overlap)]
        sure = [find for find in kept if find.score >= self._min_score]
        return [find for find in kept if not any(_is_piece(find.box, k.box) for k in sure)]


def whole(width: int, height: int, scale: float) -> Letterbox:
    """The canvas for a whole frame at ``scale``; its sides are multiples of `CANVAS_STEP`."""
    sides = (
        max(CANVAS_STEP, -(-round(side * scale) // CANVAS_STEP) * CANVAS_STEP)
        for side in (width, height)
    )
    return Letterbox(scale, *sides)


def cut_out(luma: Luma, box: Box) -> tuple[int, int, Luma, Letterbox]:
    """The part of the frame for a closer look at ``box``: its left and top, its luma, and how it fits its canvas."""
    height, width = luma.shape
    zoom = min(
        CLOSE_PLATE_WH[0] / max(box.width, 1.0),
        CLOSE_PLATE_WH[1] / max(box.height, 1.0),
        MOST_ENLARGED,
    )
    columns, rows = (
        min(n, round(c / zoom)) for n, c in zip((width, height), CLOSE_WH, strict=True)
    )
    middle_x, middle_y = box.centre
    x = round(min(max(middle_x - columns / 2, 0), width - columns))
    y = round(min(max(middle_y - rows / 2, 0), height - rows))
    part = luma[y : y + rows, x : x + columns]
    return x, y, part, Letterbox.fit((columns, rows), CLOSE_WH)


def together(first: float, second: float) -> float:
    """The score of two looks at one place: the weighted mean of their log odds."""
    one, two = (
        math.log(score / (1 - score)) for score in (min(s, NEVER_SURER) for s in (first, second))
    )
    return 1 / (1 + math.exp(-(one + SECOND_COUNTS * (two - one))))


def _is_piece(box: Box, whole_plate: Box) -> bool:
    """Whether a box is a letter or a half of a much larger plate."""
    return (
        box.area < 0.5 * whole_plate.area
        and box.overlap(whole_plate) > 0.8
        and box.height > PIECE_HEIGHT * whole_plate.height
    )
