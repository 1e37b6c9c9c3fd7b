"""Reliability tables and the expected calibration error."""

from __future__ import annotations

import pytest

from edge_alpr.evaluate.calibration import calibration_as_json, calibration_error, reliability
from edge_alpr.evaluate.share import Share

HONEST = [(0.85, True)] * 17 + [(0.85, False)] * 3


def test_honest_claims_have_no_error() -> None:
    assert calibration_error(reliability(HONEST)) == pytest.approx(0.0, abs=1e-9)


def test_boasting_has() -> None:
    assert calibration_error(reliability([(0.95, False)] * 4)) == pytest.approx(0.95)


def test_the_error_is_weighted_by_claims() -> None:
    claims = [(0.95, False)] + HONEST + [(0.25, True)] * 4
    assert calibration_error(reliability(claims)) == pytest.approx((0.95 + 4 * 0.75) / 25)


def test_certainty_is_in_the_last_bin() -> None:
    assert reliability([(1.0, True)])[-1].right == Share(1, 1)


def test_without_claims_there_is_no_error() -> None:
    assert calibration_error(reliability([])) is None
    assert calibration_as_json([]) == {"n": 0, "ece": None, "bins": []}
