"""Fits the reader's calibration: the temperature of its logits, and the curve from a text's score to its confidence.

Both are fitted on the val splits of the data sets that train: on photographs that never did. Each plate is looked at
once as it is and several times again, farther away and less sharp (`samples.retake`), because a good reader makes too
few mistakes on a few hundred plates to see a curve in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from edge_alpr.plates import ALPHABET
from edge_alpr.vision.calibrate import Calibration
from edge_alpr.vision.read import decode
from edge_training.chance import Chance
from edge_training.crops import STORED_HEIGHT, STORED_WIDTH
from edge_training.photographs import DATA_SETS, for_judging
from edge_training.reader_net import BLANK, CROP_HEIGHT, CROP_WIDTH, as_sequence
from edge_training.samples import RealPlate, real_plates, retake

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Ask = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""``(N, 1, 64, 192)`` crops to ``(N, 37, 2, 48)`` logits."""

LOOKS = 7
"""Times that each plate is looked at."""

SEED = 4242
TEMPERATURES = np.linspace(0.5, 3.0, 26)
NEWTON_STEPS = 30
RIDGE = 1e-3
"""Keeps the curve finite where every text is right."""

BINS = 10
BATCH = 64


def plates_for_calibration(root: Path) -> list[RealPlate]:
    """The readable plates below ``root`` that may fit a calibration: the val split of what trains."""
    names = [n for n, known in DATA_SETS.items() if known.use == "train" and (root / n).is_dir()]
    return [plate for name in names for plate in real_plates(list(for_judging(root, name)))]


def fit(ask: Ask, plates: Sequence[RealPlate]) -> Calibration:
    """The calibration under which what ``ask`` says of ``plates`` is as likely as it can be.

    Raises:
        ValueError: no plates.
    """
    if not plates:
        raise ValueError("no photographs to calibrate on")
    crops, texts = _looks(plates)
    logits = np.concatenate([ask(crops[k : k + BATCH]) for k in range(0, len(crops), BATCH)])
    temperature = _temperature(logits, texts)
    reads = [decode(each, temperature) for each in logits]
    told = [
        (read.score, read.text == text)
        for read, text in zip(reads, texts, strict=True)
        if read.text
    ]
    slope, offset = logistic_fit(np.array([s for s, _ in told]), np.array([r for _, r in told]))
    return Calibration(temperature, slope, offset)


def _looks(plates: Sequence[RealPlate]) -> tuple[NDArray[np.uint8], list[str]]:
    top, left = (STORED_HEIGHT - CROP_HEIGHT) // 2, (STORED_WIDTH - CROP_WIDTH) // 2
    window = (slice(top, top + CROP_HEIGHT), slice(left, left + CROP_WIDTH))
    crops = [
        retake(plate, Chance(SEED, number * LOOKS + look)).crop[window]
        for number, plate in enumerate(plates)
        for look in range(LOOKS)
    ]
    return np.stack(crops)[:, None], [plate.text for plate in plates for _ in range(LOOKS)]


def _temperature(logits: NDArray[np.float32], texts: Sequence[str]) -> float:
    """The one of `TEMPERATURES` with the highest likelihood of the true texts."""
    targets = torch.tensor([ALPHABET.index(c) + 1 for text in texts for c in text])
    lengths = torch.tensor([len(text) for text in texts])
    whole = torch.from_numpy(logits)
    steps = torch.full((len(texts),), logits.shape[2] * logits.shape[3])
    losses = [
        float(
            F.ctc_loss(as_sequence(whole / t), targets, steps, lengths, BLANK, zero_infinity=True)
        )
        for t in TEMPERATURES
    ]
    return round(float(TEMPERATURES[int(np.argmin(losses))]), 3)


def logistic_fit(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of ``logistic(slope * logit(score) + offset)`` by Newton's method, rounded."""
    kept = np.clip(scores, 1e-6, 1 - 1e-6)
    x = np.column_stack([np.log(kept / (1 - kept)), np.ones(len(kept))])
    beta = np.array([1.0, 0.0])
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-(x @ beta)))
        pull = RIDGE * (beta - np.array([1.0, 0.0]))
        slope = x.T @ (p - right) / len(x) + pull
        curvature = (x * (p * (1 - p))[:, None]).T @ x / len(x) + RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, slope)
        beta -= step / max(1.0, float(np.abs(step).max()))
    return round(max(float(beta[0]), 0.05), 4), round(float(beta[1]), 4)


def reliability(told: Sequence[tuple[float, bool]]) -> dict[str, object]:
    """How confidences ``(confidence, was it right)`` bear out: the expected calibration error, and its bins.

    Bins are tenths of the confidence; the error is the mean distance between what a bin promises and what it keeps,
    weighed by how many texts are in it (Naeini et al. 2015).
    """
    if not told:
        return {"n": 0, "error": None, "bins": []}
    values = np.array([c for c, _ in told])
    right = np.array([r for _, r in told], np.float64)
    which = np.minimum((values * BINS).astype(int), BINS - 1)
    bins, error = [], 0.0
    for k in range(BINS):
        inside = which == k
        if not inside.any():
            continue
        promised, kept = float(values[inside].mean()), float(right[inside].mean())
        error += abs(promised - kept) * inside.mean()
        bins.append(
            {"n": int(inside.sum()), "promised": round(promised, 4), "kept": round(kept, 4)}
        )
    return {"n": len(told), "error": round(float(error), 4), "bins": bins}
