"""This file reads one plate: frame + detection -> rectified crop -> network -> text with a distribution per character.

The network (training/, reader_net.py) gives two rows of steps, read one after the other as a single CTC sequence: a
plate of one line settles on the first row, one of two lines uses both. It also says whether there is a plate at all,
and where it is from.
Cost: one small network run per crop. State: none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Final

import cv2
import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from edge_alpr.errors import ModelError
from edge_alpr.geometry import grow_quad, quad_size, rectify
from edge_alpr.plates import ALPHABET, MAX_LENGTH
from edge_alpr.types import PlateRead
from edge_alpr.vision.calibrate import calibration_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.geometry import Luma
    from edge_alpr.types import Detection
    from edge_alpr.vision.inference import Model, ModelCard

CLOSE_LOOKS = (-0.06, 0.0, 0.05)
"""Changes of the margin for the looks at a single picture, as shares of the plate's size."""


NOTHING: Final = PlateRead("", np.zeros((0, len(ALPHABET)), np.float32), 0.0)
"""No plate, or nothing legible on it."""

REGIONS_TOLD: Final = 3
REGION_TOLD_FROM: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSettings:
    """Reading plates that were found."""

    min_height_px: Annotated[float, Ge(4), Le(1000)] = 8.0
    """Plates lower than this in the frame are not read: there is nothing to see."""
    max_per_frame: Annotated[int, Ge(1), Le(64)] = 4
    """At most so many plates are read in one frame; the others wait for the next."""
    max_not_a_plate: Annotated[float, Ge(0), Le(1)] = 0.5
    """A crop is given no text when the reader takes it for something else than a plate with more than this score."""


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: NDArray[np.float32] = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def decode(logits: NDArray[np.float32], temperature: float = 1.0) -> PlateRead:
    """The text along the best path, with what the network thought of every other character.

    A character's distribution is the network's at the step where it was most sure that there is a character, without
    the blank. The score is the product of "it is this one" over the text, and of "there is no other" over the gaps:
    what might be a missed character lowers it, the flank of a neighbour does not.

    Args:
        logits: ``(37, R, T) float32``; class 0 is the blank, the rest are `plates.ALPHABET`.
        temperature: what they are divided by (`calibrate`).
    """
    probabilities = softmax(logits.reshape(logits.shape[0], -1).T / np.float32(temperature))
    best = probabilities.argmax(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=-1)).tolist()
    runs = list(zip(starts, [*starts[1:], len(best)], strict=True))
    peaks: list[int] = []
    score = 1.0
    for number, (start, end) in enumerate(runs):
        run = probabilities[start:end]
        if best[start] != 0:
            peaks.append(start + int(run[:, 0].argmin()))
            score *= float(run[:, best[start]].max())
        else:
            neighbours = {int(best[s]) for s, _ in runs[max(0, number - 1) : number + 2]}
            score *= float(run[:, list(neighbours)].sum(axis=1).min())
    if not peaks or len(peaks) > MAX_LENGTH:
        return NOTHING
    scores = probabilities[peaks, 1:]
    scores = scores / scores.sum(axis=1, keepdims=True)
    text = "".join(ALPHABET[k] for k in scores.argmax(axis=1))
    return PlateRead(text, scores.astype(np.float32), min(score, 1.0))


def sharpness(crop: Luma) -> float:
    """Variance of the Laplacian over the variance of the crop: how much of its contrast is fine detail."""
    variance = _variance(crop)
    return 0.0 if variance < 1 else _variance(cv2.Laplacian(crop, cv2.CV_16S)) / variance


def _variance(picture: cv2.typing.MatLike) -> float:
    return float(cv2.meanStdDev(picture)[1][0, 0]) ** 2


def describe(
    read: PlateRead, about: NDArray[np.float32], regions: Sequence[str], most: float
) -> PlateRead:
    """The read with what the network says of the crop as a whole; without its text if that is no plate.

    Args:
        read: from `decode`.
        about: ``(1 + R,) float32`` logits: "a plate", then one a region.
        regions: their names, ISO 3166.
        most: a higher "not a plate" than this takes the text.
    """
    not_a_plate = float(1 / (1 + np.exp(np.clip(about[0], -50, 50))))
    shares = softmax(about[1:])
    best = np.argsort(-shares, kind="stable")[:REGIONS_TOLD]
    told = tuple((regions[k], float(shares[k])) for k in best if shares[k] >= REGION_TOLD_FROM)
    if not_a_plate > most:
        return replace(NOTHING, not_a_plate=not_a_plate)
    return replace(read, not_a_plate=not_a_plate, regions=told)


class PlateReader:
    """Cuts crops and reads them."""

    def __init__(self, model: Model, settings: ReadSettings) -> None:
        facts = model.card.facts
        if facts.get("task") != "read" or facts.get("alphabet") != ALPHABET:
            raise ModelError(
                f"{model.card.path}: its card is not that of a plate reader over {ALPHABET}"
            )
        self._model = model
        self.settings = settings
        try:
            self._size_wh = int(facts["input"]["width"]), int(facts["input"]["height"])
            self._margin = float(facts["crop"]["margin_x"]), float(facts["crop"]["margin_y"])
            self._regions = tuple(str(name).upper() for name in facts.get("regions", ()))
            self._calibration = calibration_of(facts)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{model.card.path}: its card does not say how to cut a crop or take an answer ({error})"
            ) from None

    @property
    def card(self) -> ModelCard:
        return self._model.card

    def can_read(self, detection: Detection) -> bool:
        """Whether the plate is large enough to be worth a try."""
        return quad_size(detection.corners)[1] >= self.settings.min_height_px

    def crop(self, luma: Luma, detection: Detection) -> Luma:
        """The plate seen from ahead with the card's margin, ``(h, w) uint8`` of the reader's input size."""
        return rectify(luma, grow_quad(detection.corners, *self._margin), self._size_wh)

    def read_crops(self, crops: Sequence[Luma]) -> list[PlateRead]:
        """One read per crop, in order."""
        if not crops:
            return []
        answers = self._model.run_all(np.stack(crops)[:, None])
        reads = [self._judge(decode(logits, self._temperature)) for logits in answers[0]]
        if not self._regions:
            return reads
        most = self.settings.max_not_a_plate
        pairs = zip(reads, answers[1], strict=True)
        return [describe(read, about, self._regions, most) for read, about in pairs]

    @property
    def _temperature(self) -> float:
        return self._calibration.temperature if self._calibration else 1.0

    def _judge(self, read: PlateRead) -> PlateRead:
        """The read with its confidence, where the card has a calibration."""
        if self._calibration is None or not read.text:
            return read
        return replace(read, confidence=self._calibration.confidence(read.score))

    def read_closely(self, luma: Luma, detection: Detection) -> list[PlateRead]:
        """Several reads of one plate, cut tighter and wider each time: for a single picture, to be voted on."""
        margin_x, margin_y = self._margin
        quads = (
            grow_quad(detection.corners, margin_x + more, margin_y + more) for more in CLOSE_LOOKS
        )
        return self.read_crops([rectify(luma, quad, self._size_wh) for quad in quads])

    def read(self, luma: Luma, detections: Sequence[Detection]) -> list[PlateRead]:
        """One read per detection, in order."""
        return self.read_crops([self.crop(luma, detection) for detection in detections])
