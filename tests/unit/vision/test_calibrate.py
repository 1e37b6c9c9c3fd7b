"""A score becomes a confidence by the curve in the card, and never turns the order of two reads round."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.vision.calibrate import Calibration, calibration_of

scores = st.floats(0, 1)


def test_slope_one_and_no_offset_change_nothing() -> None:
    curve = Calibration(1.0, 1.0, 0.0)
    assert [curve.confidence(s) for s in (0.1, 0.5, 0.9)] == pytest.approx([0.1, 0.5, 0.9])


def test_the_curve_is_the_logistic_one() -> None:
    """Odds of 4 to the power of .5, times e: 2 e to 1."""
    assert Calibration(1.0, 0.5, 1.0).confidence(0.8) == pytest.approx(5.43656 / 6.43656, abs=1e-5)


@given(scores, scores, st.floats(0.1, 3), st.floats(-3, 3))
def test_a_higher_score_is_never_less_sure(a: float, b: float, slope: float, offset: float) -> None:
    curve = Calibration(1.0, slope, offset)
    low, high = sorted((a, b))
    assert 0 <= curve.confidence(low) <= curve.confidence(high) <= 1


def test_a_card_may_have_none() -> None:
    assert calibration_of({"task": "read"}) is None
    assert calibration_of(
        {"calibration": {"temperature": 1.2, "slope": 0.9, "offset": 0.1}}
    ) == Calibration(1.2, 0.9, 0.1)


@pytest.mark.parametrize(
    "values",
    [
        {"temperature": 1.0, "slope": 0.9},
        {"temperature": 0.0, "slope": 0.9, "offset": 0},
        {"temperature": 1.0, "slope": -1, "offset": 0},
        {"temperature": 1.0, "slope": 1, "offset": float("nan")},
        "none",
    ],
)
def test_what_is_no_calibration_is_refused(values: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        calibration_of({"calibration": values})
