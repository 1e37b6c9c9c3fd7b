"""The arithmetic of the scores, on detections made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from edge_alpr.geometry import Box
from edge_alpr.types import Detection
from edge_training.detector_score import Judged, best_threshold, score, table
from edge_training.photographs import LabelledPlate

BLANK = np.zeros((100, 200), np.uint8)


def _plate(x: float, y: float = 10, *, cornered: bool = True) -> LabelledPlate:
    return LabelledPlate(Box(x, y, x + 40, y + 10).corners(), has_corners=cornered, text=None)


def _found(x: float, certainty: float, y: float = 10) -> Detection:
    box = Box(x, y, x + 40, y + 10)
    return Detection(box, box.corners(), certainty)


def test_exact_detections_are_perfect() -> None:
    result = score(
        [Judged(BLANK, (_plate(10), _plate(90)))], [[_found(10, 0.9), _found(90, 0.8)]], 0.5
    )
    assert (result.ap50, result.recall, result.precision) == (1.0, 1.0, 1.0)
    assert (result.mean_iou, result.corner_error, result.cornered) == (1.0, 0.0, 2)
    assert result.false_per_picture == 0


def test_a_plate_is_found_once() -> None:
    result = score([Judged(BLANK, (_plate(10),))], [[_found(10, 0.9), _found(11, 0.8)]], 0.5)
    assert (result.recall, result.precision, result.false_per_picture) == (1.0, 0.5, 1.0)


def test_average_precision_is_the_area_under_the_envelope() -> None:
    """Right, wrong, right of two plates: precision 1 and 2/3 at the two hits."""
    picture = Judged(BLANK, (_plate(10), _plate(90)))
    result = score([picture], [[_found(10, 0.9), _found(150, 0.8, 60), _found(90, 0.7)]], 0.5)
    assert result.ap50 == pytest.approx((1 + 2 / 3) / 2)


def test_the_threshold_counts_for_recall_but_not_for_average_precision() -> None:
    result = score([Judged(BLANK, (_plate(10),))], [[_found(10, 0.3)]], 0.5)
    assert (result.ap50, result.recall, result.precision) == (1.0, 0.0, None)


def test_a_loose_box_is_wrong_but_its_centre_is_on_the_plate() -> None:
    loose = Detection(Box(0, 0, 60, 30), Box(0, 0, 60, 30).corners(), 0.9)
    result = score([Judged(BLANK, (_plate(10),))], [[loose]], 0.5)
    assert (result.recall, result.found) == (0.0, 1.0)


def test_corner_errors_are_shares_of_the_plate_height() -> None:
    shifted = Detection(Box(10, 10, 50, 20), Box(10, 10, 50, 20).corners() + np.float32(3), 0.9)
    result = score([Judged(BLANK, (_plate(10),))], [[shifted]], 0.5)
    assert result.corner_error == pytest.approx(3 * 2**0.5 / 10, rel=1e-5)
    unmarked = score([Judged(BLANK, (_plate(10, cornered=False),))], [[shifted]], 0.5)
    assert (unmarked.corner_error, unmarked.cornered) == (None, 0)


def test_pictures_without_plates_count_false_detections_only() -> None:
    result = score([Judged(BLANK, ())] * 4, [[_found(5, 0.9)], [], [_found(5, 0.2)], []], 0.5)
    assert result.false_per_picture == 0.25
    assert result.ap50 is result.recall is result.found is None
    assert "negatives" in table({"negatives": result})


def test_the_best_threshold_separates_right_from_wrong() -> None:
    pictures = [Judged(BLANK, (_plate(10),)) for _ in range(5)]
    detections = [[_found(10, 0.7), _found(140, 0.45, 60)] for _ in pictures]
    assert 0.45 < best_threshold(pictures, detections) <= 0.7


def test_an_unlabelled_plate_that_is_found_is_neither_right_nor_wrong() -> None:
    parked = Box(90, 10, 130, 20)
    found = [[_found(10, 0.9), _found(92, 0.8)]]
    assert score([Judged(BLANK, (_plate(10),))], found, 0.5).precision == 0.5
    assert score([Judged(BLANK, (_plate(10),), (parked,))], found, 0.5).precision == 1.0


def test_a_labelled_plate_is_counted_even_where_an_unlabelled_one_is_noted() -> None:
    result = score([Judged(BLANK, (_plate(10),), (Box(10, 10, 50, 20),))], [[_found(10, 0.9)]], 0.5)
    assert (result.recall, result.precision) == (1.0, 1.0)
