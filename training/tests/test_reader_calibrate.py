"""Calibration: a known curve is found again, and its error is what it is called."""

from __future__ import annotations

import numpy as np
import pytest

from edge_training.crops import STORED_HEIGHT, STORED_WIDTH
from edge_training.reader_calibrate import LOOKS, fit, logistic_fit, reliability
from edge_training.reader_net import CLASSES, ROWS, STEPS
from edge_training.samples import RealPlate


def test_a_curve_is_found_again() -> None:
    rng = np.random.default_rng(3)
    scores = rng.uniform(0.02, 0.98, 20_000)
    chance = 1 / (1 + np.exp(-(0.6 * np.log(scores / (1 - scores)) + 0.8)))
    slope, offset = logistic_fit(scores, rng.random(20_000) < chance)
    assert slope == pytest.approx(0.6, abs=0.06)
    assert offset == pytest.approx(0.8, abs=0.08)


def test_a_reader_that_is_always_right_stays_finite() -> None:
    slope, offset = logistic_fit(np.full(50, 0.9), np.ones(50, bool))
    assert np.isfinite([slope, offset]).all()
    assert slope > 0


def test_the_error_is_the_gap_between_promise_and_truth() -> None:
    honest = reliability([(0.75, k % 4 != 0) for k in range(400)])
    boastful = reliability([(0.95, k % 2 == 0) for k in range(400)])
    assert honest["error"] == pytest.approx(0.0, abs=1e-3)
    assert boastful["error"] == pytest.approx(0.45, abs=1e-3)
    assert reliability([])["n"] == 0


def test_a_reader_that_says_one_text_is_fitted_on_every_look() -> None:
    """It says A to everything: half of the plates are an A, so its confidence is a half."""
    asked = []

    def ask(crops: np.ndarray) -> np.ndarray:
        asked.append(len(crops))
        logits = np.zeros((len(crops), CLASSES, ROWS, STEPS), np.float32)
        logits[:, 0] = 6.0
        logits[:, :, 0, 10] = 0.0
        logits[:, 11, 0, 10] = 6.0
        return logits

    picture = np.full((STORED_HEIGHT, STORED_WIDTH), 90, np.uint8)
    quad = np.array([[40, 20], [160, 20], [160, 50], [40, 50]], np.float32)
    plates = [RealPlate(picture, quad, text, is_crop=False) for text in ("A", "B") * 10]
    curve = fit(ask, plates)
    assert sum(asked) == len(plates) * LOOKS
    assert curve.confidence(0.8) == pytest.approx(0.5, abs=0.2)


def test_without_plates_there_is_no_calibration() -> None:
    with pytest.raises(ValueError, match="no photographs"):
        fit(lambda _: np.zeros(0, np.float32), [])
