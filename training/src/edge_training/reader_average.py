"""Averages the reader's weights of two cycles: often better than either, for the cost of reading a few batches.

A network that went on learning from new renderings is better on them and a little worse on what the old ones had; half
way between the two, most of both is kept (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models"). Blocks that
the earlier network did not have are turned down instead. Batch normalisation measures its statistics anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from edge_training.reader_net import ReaderNet, Residual
from edge_training.reader_train import augment
from edge_training.store import Store
from edge_training.weights import load_history, load_weights, save_history, save_weights

if TYPE_CHECKING:
    from edge_training.weights import Weights

BATCHES, BATCH = 24, 64
"""What the statistics are measured on."""


@dataclass(frozen=True, slots=True)
class Averaging:
    """Two ends of one line of training, and how far to go from the first to the second."""

    earlier: Path
    later: Path
    share: float
    """0: the earlier weights, 1: the later ones."""

    store: Path
    target: Path


def average_reader(settings: Averaging) -> ReaderNet:
    """Write the averaged weights to ``target`` and return the network.

    Raises:
        ValueError: the share is not between 0 and 1.
    """
    if not 0 < settings.share < 1:
        raise ValueError(f"a share of {settings.share} is no average")
    net = ReaderNet()
    earlier, later = load_weights(settings.earlier), load_weights(settings.later)
    net.load_state_dict(between(earlier, later, settings.share, new_blocks(net, earlier)))
    _measure(net, Store(settings.store, {"rendered": 0.78, "photographed": 0.22}))
    save_weights(net.state_dict(), settings.target)
    history = [dict(cycle) for cycle in load_history(settings.later)]
    if history:
        history[-1]["note"] = (
            f"The weights are {settings.share:g} of this cycle's and {1 - settings.share:g} of an earlier one's."
        )
    save_history(history, settings.target)
    return net.eval()


def new_blocks(net: ReaderNet, earlier: Weights) -> set[str]:
    """Names of the scale and shift of every residual block that ``earlier`` did not have."""
    norms = [
        f"{name}.unit.1" for name, module in net.named_modules() if isinstance(module, Residual)
    ]
    names = {f"{norm}.{part}" for norm in norms for part in ("weight", "bias")}
    return names - set(earlier)


def between(
    earlier: Weights, later: Weights, share: float, turned_down: set[str]
) -> dict[str, torch.Tensor]:
    """The weights ``share`` of the way from ``earlier`` to ``later``; what only the latter has is taken as it is."""
    mixed = {}
    for name, value in later.items():
        if name in turned_down:
            mixed[name] = value * share
        elif name in earlier and value.is_floating_point():
            mixed[name] = earlier[name].lerp(value, share)
        else:
            mixed[name] = value
    return mixed


def _measure(net: ReaderNet, store: Store) -> None:
    """Let batch normalisation see what it will normalise."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # the plain mean over all batches
    rng = np.random.default_rng(0)
    net.train()
    with torch.no_grad():
        for _ in range(BATCHES):
            net(augment(store.draw(rng, BATCH).crops, rng))
