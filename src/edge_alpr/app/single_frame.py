"""This file is what voting is compared with: the same networks, given each pass's one most promising frame only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_alpr.app.build import build_detector, build_reader
from edge_alpr.geometry import Luma, bounding_box
from edge_alpr.plates import reveal
from edge_alpr.vision.choose import promise_of
from edge_alpr.vision.read import sharpness

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.config.settings import Config
    from edge_alpr.evaluate.truth import ClipTruth, TruePass
    from edge_alpr.types import Detection, Frame

ON_IT_IOU = 0.3
"""A detection that overlaps the true plate by more is of it."""


@dataclass(slots=True)
class _Best:
    promise: float
    crop: Luma


class SingleFrame:
    """Looks at the readable frames beside the pipeline, and reads one crop a pass."""

    def __init__(self, config: Config) -> None:
        self._detector = build_detector(config)
        self._reader = build_reader(config)
        self._best: dict[str, _Best] = {}

    def start(self, clip: ClipTruth) -> Callable[[Frame], None]:
        """Forget the last clip; the answer is to be given each frame of this one."""
        self._best = {}
        due: dict[int, list[TruePass]] = {}
        for one in clip.passes:
            # A vehicle that stands gives hundreds of frames alike.
            for number in one.readable[:: max(1, len(one.readable) // 40)]:
                due.setdefault(number, []).append(one)

        def look(frame: Frame) -> None:
            if passes := due.get(frame.sequence):
                found = self._detector.detect(frame.luma)
                for one in passes:
                    self._consider(one, frame, found)

        return look

    def _consider(self, one: TruePass, frame: Frame, found: list[Detection]) -> None:
        true = bounding_box(one.corners[frame.sequence])
        for detection in found:
            if detection.box.iou(true) < ON_IT_IOU:
                continue
            crop = self._reader.crop(frame.luma, detection)
            promise = promise_of(detection, sharpness(crop))
            known = self._best.get(one.id)
            if known is None or promise > known.promise:
                self._best[one.id] = _Best(promise, crop)

    def texts(self) -> dict[str, str]:
        """By pass id, what the one frame gave; a pass whose plate was never found is left out."""
        ids = list(self._best)
        reads = [self._reader.read_crops([self._best[one].crop])[0] for one in ids]
        return {one: reveal(read.text) for one, read in zip(ids, reads, strict=True)}
