"""Measures how wrong the detector's map is: a focal loss for the score, GIoU for the box, distances for the corners.

Sources: focal loss Lin et al. 2017 (arXiv 1708.02002), generalised IoU Rezatofighi et al. 2019 (arXiv 1902.09630),
one point per cell and log distances after FCOS, Tian et al. 2019 (arXiv 1904.01355).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from edge_training.detector_net import CORNER_UNIT, LOG_RANGE, STRIDE

if TYPE_CHECKING:
    from edge_training.detector_targets import Targets

FOCUS = 2.0
RARE_WEIGHT, COMMON_WEIGHT = 3.0, 1.0
"""Weight of a cell with a plate and of one without."""

CORNER_BETA = 0.1
"""Corner errors (in plate heights, both ways) under this are squared, above it linear."""

BOX_WEIGHT, CORNER_WEIGHT = 1.5, 2.5
"""Against the score's 1. The corners weigh much because the reader's crop is cut by them: a tenth of a plate's width is
most of a character, so an error sideways is measured by the height as well."""

HULL_WEIGHT = 0.15
"""Weight of "your corners must just fill the box" for plates whose corners nobody marked."""


class Losses(NamedTuple):
    """The three parts, and what is minimised."""

    score: Tensor
    box: Tensor
    corners: Tensor

    @property
    def total(self) -> Tensor:
        return self.score + BOX_WEIGHT * self.box + CORNER_WEIGHT * self.corners


def measure(raw: Tensor, targets: Targets) -> Losses:
    """Losses of a batch.

    Args:
        raw: ``(N, 13, h, w)`` output of the network.
        targets: what `detector_targets.assign` says about the same pictures.
    """
    score = _focal(raw[:, 0], targets)
    if not len(targets.cells):
        nothing = raw.sum() * 0.0
        return Losses(score, nothing, nothing)
    picture, row, column = torch.from_numpy(targets.cells).unbind(1)
    answers = raw[picture, :, row, column]
    centre = torch.stack([column, row], 1).float().add(0.5).mul(STRIDE)
    boxes, weights = torch.from_numpy(targets.boxes), torch.from_numpy(targets.weights)
    box = _weighted(1 - _giou(_boxes(answers[:, 1:5], centre), boxes), weights)
    corners = centre[:, None] + answers[:, 5:].reshape(-1, 4, 2) * CORNER_UNIT
    return Losses(
        score, box, _corner_loss(corners, torch.from_numpy(targets.quads), boxes, weights)
    )


def _weighted(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum().clamp_min(1e-6)


def _focal(logits: Tensor, targets: Targets) -> Tensor:
    wanted = torch.from_numpy(targets.score)
    probability = logits.sigmoid()
    surprise = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    plate = RARE_WEIGHT * (1 - probability) ** FOCUS
    none = COMMON_WEIGHT * probability**FOCUS
    loss = torch.where(wanted > 0, plate, none) * surprise
    weight = torch.from_numpy(targets.score_weight)
    return (loss * weight).sum() / (wanted * weight).sum().clamp_min(1.0)


def _boxes(distances: Tensor, centre: Tensor) -> Tensor:
    left, top, right, bottom = distances.clamp(*LOG_RANGE).exp().mul(STRIDE).unbind(1)
    x, y = centre.unbind(1)
    return torch.stack([x - left, y - top, x + right, y + bottom], 1)


def _giou(a: Tensor, b: Tensor) -> Tensor:
    both = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp_min(0)
    hull = torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])
    inside, around = both.prod(1), hull.prod(1).clamp_min(1e-6)
    union = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - inside
    return inside / union.clamp_min(1e-6) - (around - union) / around


def _corner_loss(corners: Tensor, quads: Tensor, boxes: Tensor, weights: Tensor) -> Tensor:
    height = (boxes[:, 3] - boxes[:, 1]).clamp_min(1.0)[:, None]
    known = ~torch.isnan(quads).any(-1).any(-1)
    error = (corners - torch.where(known[:, None, None], quads, corners.detach())) / height[:, None]
    marked = functional.smooth_l1_loss(
        error, torch.zeros_like(error), beta=CORNER_BETA, reduction="none"
    ).mean((1, 2))
    hull = torch.cat([corners.amin(1), corners.amax(1)], 1)
    slack = (hull - boxes) / height
    filled = functional.smooth_l1_loss(
        slack, torch.zeros_like(slack), beta=CORNER_BETA, reduction="none"
    ).mean(1)
    loss = torch.where(known, marked, HULL_WEIGHT * filled)
    return _weighted(loss, weights)
