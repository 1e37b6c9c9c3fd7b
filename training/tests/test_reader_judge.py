"""The judge of an exported reader counts what the firmware's reader says, with a network that is computed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from edge_alpr.types import PlateRead
from edge_alpr.vision.read import NOTHING
from edge_training.reader_judge import judge, reliability_of, silence
from edge_training.score import Judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.geometry import Luma
    from edge_alpr.vision.read import PlateReader


class Saying:
    """A reader that says these reads, one after the other."""

    def __init__(self, *reads: PlateRead) -> None:
        self._reads = list(reads)

    def read_crops(self, crops: Sequence[Luma]) -> list[PlateRead]:
        return [self._reads.pop(0) for _ in crops]


def reading(text: str, region: str, score: float = 0.9, confidence: float = 0.8) -> PlateRead:
    scores = np.zeros((len(text), 36), np.float32)
    return PlateRead(text, scores, 0.9, 0.1, ((region, score),), confidence)


def crops(number: int) -> np.ndarray:
    return np.zeros((number, 1, 64, 192), np.uint8)


def test_texts_confidences_and_regions_are_counted() -> None:
    reader = Saying(
        reading("ABO1", "DE"), reading("XYZ", "US-TX"), reading("XX", "US-NY", 0.3), NOTHING
    )
    judges = {
        "openalpr-eu": Judge(crops(4), ("AB01", "XYZ", "YY", "ZZ"), ("de", "us-ca", "us-ny", "fr"))
    }
    verdict = judge(cast("PlateReader", reader), judges)["openalpr-eu"]
    assert (verdict.score.exact, verdict.score.folded) == (0.25, 0.5)
    assert [right for _, right in verdict.told] == [False, True, False]
    assert [right for _, right in verdict.told_folded] == [True, True, False]
    assert verdict.region["n"] == 3, "a read without a region is none"
    assert verdict.region["named"] == pytest.approx(2 / 3, abs=1e-3)
    assert verdict.region["right_of_named"] == 0.5
    assert verdict.region["country"] == 1.0
    assert verdict.states == {
        "US-CA": {"n": 1, "guessed": 0, "named": 1, "right": 0},
        "US-NY": {"n": 1, "guessed": 1, "named": 0, "right": 0},
    }


def test_groups_are_no_regions_to_be_right_about() -> None:
    judges = {"openalpr-eu": Judge(crops(1), ("AB",), ("eu",))}
    assert (
        judge(cast("PlateReader", Saying(reading("AB", "DE"))), judges)["openalpr-eu"].region == {}
    )


def test_reliability_is_told_of_the_judges() -> None:
    judges = {
        "openalpr-eu": Judge(crops(2), ("AB", "CD"), ("", "")),
        "us-plates": Judge(crops(1), ("EF",), ("",)),
    }
    reader = Saying(reading("AB", "DE"), reading("CD", "DE"), reading("XX", "DE"))
    told = reliability_of(judge(cast("PlateReader", reader), judges))
    assert told["error"] == {"openalpr-eu": pytest.approx(0.2), "us-plates": pytest.approx(0.8)}
    assert cast("dict[str, int]", told["judges"])["n"] == 2


def test_silence_and_its_cause_are_counted() -> None:
    reader = Saying(NOTHING, replace(NOTHING, not_a_plate=0.9), reading("AB", "DE"), NOTHING)
    assert silence(cast("PlateReader", reader), crops(4)) == {
        "n": 4,
        "silent": 0.75,
        "not_a_plate": 0.25,
    }
