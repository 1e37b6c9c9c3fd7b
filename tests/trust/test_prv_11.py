"""PRV-11: a saved picture shows the plate and 15 % around it, and not one pixel more of who sits in the vehicle."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge_alpr.app.build import build_pipeline
from edge_alpr.capture.picture import to_luma
from edge_alpr.config.settings import Config
from edge_alpr.delivery.picture import encode_picture
from edge_alpr.geometry import Box
from edge_alpr.passes import Sighting
from edge_alpr.types import Frame, Moment
from edge_alpr.vision.evidence import EVIDENCE_MARGIN, cut_evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fixtures.recordings import Stills
    from fixtures.soak import Count, Publish

ALLOWED = 0.15
WIDTH, HEIGHT = 640, 360


def allowed(box: Box, margin: float = ALLOWED) -> tuple[slice, slice]:
    """The pixels that a picture of this plate may show: those that the box with its margin touches."""
    wide, high = (box.x2 - box.x1) * margin, (box.y2 - box.y1) * margin
    return (
        slice(max(0, math.floor(box.y1 - high)), max(0, math.ceil(box.y2 + high))),
        slice(max(0, math.floor(box.x1 - wide)), max(0, math.ceil(box.x2 + wide))),
    )


def a_box(rng: random.Random) -> Box:
    """Anywhere, also over the edge of the picture, of any shape."""
    width, height = rng.uniform(2, 300), rng.uniform(2, 150)
    x, y = rng.uniform(-width / 2, WIDTH - width / 2), rng.uniform(-height / 2, HEIGHT - height / 2)
    return Box(x, y, x + width, y + height)


def white_where_allowed(box: Box) -> NDArray[np.uint8]:
    """A frame that is black wherever nothing may be shown of it."""
    luma = np.zeros((HEIGHT, WIDTH), np.uint8)
    luma[allowed(box)] = 255
    return luma


@pytest.mark.parametrize("coloured", [False, True])
def test_no_pixel_beyond_the_margin_is_saved(
    coloured: bool, count: Count, publish: Publish
) -> None:
    rng, crops, outside, largest = random.Random(11), count(300, 10_000), 0, 0.0
    for _ in range(crops):
        box = a_box(rng)
        luma = white_where_allowed(box)
        frame = Frame(luma, Moment(0, 0), 0, colour=np.dstack([luma] * 3) if coloured else None)
        evidence = cut_evidence(frame, box)
        outside += int((evidence == 0).sum())
        largest = max(largest, evidence.shape[1] / (box.x2 - box.x1 + 2 / 1.3))
        saved = encode_picture(evidence, "cam0", "an-id")
        assert saved is not None
        shown = cv2.imdecode(np.frombuffer(saved.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert shown is not None
        assert shown.shape == evidence.shape[:2]
        outside += int((shown < 250).sum())
    publish(
        "PRV-11",
        f"{'coloured' if coloured else 'grey'} pictures",
        crops=crops,
        pixels_outside=outside,
        widest_to_plate=round(largest, 3),
    )
    assert outside == 0
    assert EVIDENCE_MARGIN <= ALLOWED


def test_control_a_wider_margin_is_seen(monkeypatch: pytest.MonkeyPatch, publish: Publish) -> None:
    monkeypatch.setattr("edge_alpr.vision.evidence.EVIDENCE_MARGIN", 0.2)
    rng, outside = random.Random(11), 0
    for _ in range(50):
        box = a_box(rng)
        evidence = cut_evidence(Frame(white_where_allowed(box), Moment(0, 0), 0), box)
        outside += int((evidence == 0).sum())
    publish("PRV-11", "control: 20 % instead of 15 %", crops=50, pixels_outside=outside)
    assert outside > 0


@pytest.mark.model
def test_what_the_pipeline_cuts_from_real_frames(stills_folder: Stills, publish: Publish) -> None:
    pipeline = build_pipeline(Config())
    found: list[Sighting] = []
    number = 0
    for path in stills_folder.pictures:
        picture = cv2.imread(str(path))
        assert picture is not None
        frames = [np.asarray(picture, np.uint8)] * 4
        for colour in frames:
            frame = Frame(to_luma(colour), Moment(number / 10, number / 10), number, colour=colour)
            found += [each for each in pipeline.process(frame) if isinstance(each, Sighting)]
            number += 1
        found += [each for each in pipeline.flush() if isinstance(each, Sighting)]
    over = []
    for sighting in found:
        rows, columns = allowed(sighting.best.detection.box)
        assert sighting.evidence is not None
        height, width = sighting.evidence.shape[:2]
        if height > rows.stop - rows.start or width > columns.stop - columns.start:
            over.append((height, width))
    publish("PRV-11", "cut by the pipeline", crops=len(found), larger_than_allowed=len(over))
    assert len(found) >= len(stills_folder.pictures)
    assert over == []
