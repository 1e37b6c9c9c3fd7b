"""This file reads labelled photographs as ``edge-alpr read`` does, and keeps what came of each."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from edge_alpr.app.build import build_detector, build_reader
from edge_alpr.capture.picture import load_picture, to_luma
from edge_alpr.commands.read import read_detections
from edge_alpr.errors import SourceError
from edge_alpr.evaluate.picture import Found, PictureOutcome, PlateOutcome, judge_picture, light_of
from edge_alpr.evaluate.picture_figures import picture_figures, plate_figures
from edge_alpr.plates import reveal
from edge_alpr.types import Detection
from edge_alpr.vision.detect import STILL_LOOKS

if TYPE_CHECKING:
    from edge_alpr.config.settings import Config
    from edge_alpr.evaluate.labels import LabelledPlate, Photograph
    from edge_alpr.types import Colour

CROP_MARGIN = (0.06, 0.08)
"""A cut-out's own margin, taken off: its label is its whole area."""


class Examiner:
    """Two measures: *whole* gives the picture to detector and reader; *crops* gives the reader each labelled plate.

    Pictures that are cut-outs of a plate already can only be measured the second way.
    """

    def __init__(self, config: Config) -> None:
        self._detector = build_detector(config)
        self._reader = build_reader(config)
        self.whole: list[PictureOutcome] = []
        self.crops: list[PlateOutcome] = []
        self.unreadable = 0

    def take(self, photograph: Photograph) -> None:
        """Measure one photograph; one that cannot be read is named and counted."""
        try:
            colour = load_picture(photograph.path)
        except SourceError as error:
            self.unreadable += 1
            print(f"edge-alpr: {error}", file=sys.stderr)
            return
        light = light_of(colour)
        if not photograph.is_crop:
            luma = to_luma(colour)
            detections = self._detector.detect(luma, STILL_LOOKS)
            found = [
                Found(p.detection.box, p.detection.corners, p.text, p.result.confidence)
                for p in read_detections(luma, detections, self._reader)
            ]
            boxes = [detection.box for detection in detections]
            self.whole.append(judge_picture(photograph, found, light, boxes))
        self.crops += [
            PlateOutcome(photograph, label, self._read(colour, photograph, label), light)
            for label in photograph.plates
            if label.text is not None
        ]

    def _read(self, colour: Colour, photograph: Photograph, label: LabelledPlate) -> Found:
        box, corners = label.box, label.corners
        if photograph.is_crop:
            box, corners = box.grow(-CROP_MARGIN[0], -CROP_MARGIN[1]), None
        quad = box.corners() if corners is None else corners
        (read,) = self._reader.read(to_luma(colour), [Detection(box, quad, 1.0)])
        return Found(box, quad, reveal(read.text), read.score)

    def figures(self) -> dict[str, Any]:
        """``whole`` as `picture_figures`; ``crops`` as `plate_figures`, in all and by folder."""
        folders: dict[str, list[PlateOutcome]] = {}
        for plate in self.crops:
            folders.setdefault(plate.photograph.path.parent.name, []).append(plate)
        return {
            "whole": picture_figures(self.whole),
            "crops": {
                **plate_figures(self.crops),
                "by": {"folder": {name: plate_figures(held) for name, held in folders.items()}},
            },
            "unreadable": self.unreadable,
        }
