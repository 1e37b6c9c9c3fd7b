"""Cells and plates: who answers for what, and what a perfect answer costs."""

from __future__ import annotations

import numpy as np
import torch

from edge_alpr.vision import finds
from edge_training.detector_loss import measure
from edge_training.detector_net import CHANNELS, CORNER_UNIT, STRIDE
from edge_training.detector_targets import MAX_SMALL_WEIGHT, Marks, Targets, assign, centres

SIDE = 128


def _marks(
    *boxes: tuple[float, float, float, float], learn: bool = True, cornered: bool = True
) -> Marks:
    b = np.array(boxes, np.float32).reshape(-1, 4)
    quads = b[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)
    return Marks(b, quads if cornered else np.full_like(quads, np.nan), np.full(len(b), learn))


def _perfect(targets: Targets) -> torch.Tensor:
    """The raw map that answers exactly as asked."""
    n, rows, columns = targets.score.shape
    raw = torch.zeros(n, CHANNELS, rows, columns)
    raw[:, 0] = torch.from_numpy(targets.score) * 24 - 12
    for (k, row, column), box, quad in zip(
        targets.cells, targets.boxes, targets.quads, strict=True
    ):
        x, y = (column + 0.5) * STRIDE, (row + 0.5) * STRIDE
        reach = np.array([x - box[0], y - box[1], box[2] - x, box[3] - y])
        raw[k, 1:5, row, column] = torch.from_numpy(np.log(np.maximum(reach, 1e-3) / STRIDE))
        if not np.isnan(quad).any():
            raw[k, 5:, row, column] = torch.from_numpy(((quad - [x, y]) / CORNER_UNIT).ravel())
    return raw


def test_every_plate_owns_a_cell_however_small() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        x, y = rng.uniform(10, SIDE - 30, 2)
        targets = assign([_marks((x, y, x + 12, y + 4))], SIDE, SIDE)
        assert 1 <= len(targets.cells) <= 4
        assert targets.score.sum() == len(targets.cells)


def test_a_plate_weighs_less_per_cell_the_more_cells_it_owns() -> None:
    wide = assign([_marks((8, 40, 120, 80))], SIDE, SIDE)
    assert len(wide.cells) > 8
    assert wide.weights.max() < 0.3
    tiny = assign([_marks((58, 58, 70, 62))], SIDE, SIDE)
    assert MAX_SMALL_WEIGHT * 0.3 < tiny.weights.max() <= MAX_SMALL_WEIGHT


def test_the_edge_of_a_plate_and_plates_not_to_learn_are_left_out() -> None:
    targets = assign(
        [_marks((30, 30, 100, 60)), _marks((30, 30, 100, 60), learn=False)], SIDE, SIDE
    )
    x, y = centres(SIDE // STRIDE, SIDE // STRIDE)
    edge = (x > 30) & (x < 40) & (y > 30) & (y < 60)
    assert targets.score_weight[0][edge].max() == 0
    inside = (x > 30) & (x < 100) & (y > 30) & (y < 60)
    assert targets.score_weight[1][inside].max() == 0
    assert targets.score[1].max() == 0
    assert targets.score_weight[:, 0, 0].tolist() == [1, 1]


def test_the_smaller_of_two_plates_wins_a_shared_cell() -> None:
    small, large = (56, 56, 72, 62), (20, 40, 110, 80)
    for marks in (_marks(small, large), _marks(large, small)):
        targets = assign([marks], SIDE, SIDE)
        at = [k for k, cell in enumerate(targets.cells) if cell[1:].tolist() == [7, 7]]
        assert targets.boxes[at[0]].tolist() == list(small)


def test_a_perfect_answer_costs_nothing_and_a_shifted_one_does() -> None:
    targets = assign([_marks((20, 30, 90, 50)), _marks((50, 60, 90, 74))], SIDE, SIDE)
    raw = _perfect(targets)
    losses = measure(raw, targets)
    assert float(losses.score) < 1e-3
    assert float(losses.box) < 1e-3
    assert float(losses.corners) < 1e-6
    shifted = raw.clone()
    shifted[:, 5::2] += 4 / CORNER_UNIT
    assert float(measure(shifted, targets).corners) > float(losses.corners) + 0.02
    wider = raw.clone()
    wider[:, 1] += 0.5
    assert float(measure(wider, targets).box) > 0.05
    silent = raw.clone()
    silent[:, 0] = -12
    assert float(measure(silent, targets).score) > 5


def test_unknown_corners_are_asked_to_fill_the_box() -> None:
    targets = assign([_marks((20, 30, 90, 50), cornered=False)], SIDE, SIDE)
    filled = _perfect(assign([_marks((20, 30, 90, 50))], SIDE, SIDE))
    assert float(measure(filled, targets).corners) < 1e-6
    shrunk = filled.clone()
    shrunk[:, 5:] *= 0.5
    assert float(measure(shrunk, targets).corners) > 0.01


def test_no_plate_at_all_still_has_a_gradient() -> None:
    raw = torch.zeros(2, CHANNELS, 16, 16, requires_grad=True)
    losses = measure(raw, assign([Marks.none(), Marks.none()], SIDE, SIDE))
    losses.total.backward()  # type: ignore[no-untyped-call]
    assert float(losses.box.detach()) == float(losses.corners.detach()) == 0
    assert raw.grad is not None
    assert float(raw.grad[:, 0].abs().min()) > 0


def test_the_firmware_decodes_what_the_loss_asks_for() -> None:
    """The contract between this package and `edge_alpr.vision.detect`, number by number."""
    targets = assign([_marks((20, 30, 90, 50))], SIDE, SIDE)
    boxes, corners, scores = finds.decode(_perfect(targets)[0].numpy(), 0.5)
    assert len(boxes) == len(targets.cells)
    assert np.abs(boxes - [20, 30, 90, 50]).max() < 0.01
    assert np.abs(corners - np.array([[20, 30], [90, 30], [90, 50], [20, 50]])).max() < 0.01
    assert scores.min() > 0.99
