"""Saves and loads network weights as half precision, small enough to keep in the repository."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from pathlib import Path

Weights = Mapping[str, Tensor]

Cycle = Mapping[str, Any]
"""What is told of one cycle: samples, core_seconds, rate and so on; perhaps a ``note`` that every card must carry."""

NEW_BLOCK = 0.1
"""Scale of what a block says that was not there when the weights were learnt."""


def save_weights(weights: Weights, file: Path) -> None:
    """Write ``weights`` in half precision; the file is replaced as a whole."""
    half = {k: v.half() if v.is_floating_point() else v for k, v in weights.items()}
    save_whole(half, file)


def load_weights(file: Path) -> dict[str, Tensor]:
    """The weights in ``file`` in single precision. Only tensors are read, never code.

    Raises:
        FileNotFoundError: there is no such file.
    """
    loaded = torch.load(file, map_location="cpu", weights_only=True)
    return {k: v.float() if v.is_floating_point() else v for k, v in loaded.items()}


def start_from(net: nn.Module, weights: Weights) -> list[str]:
    """Give ``net`` what it shares with ``weights``; returns the names of what is new in it.

    A network that only got deeper by residual blocks goes on where the shallower one stopped: what a new block adds
    begins at a tenth of its size, small enough to be unlearnt within a hundred steps, large enough to be learnt.

    Raises:
        ValueError: a tensor has another shape than its namesake.
    """
    state = net.state_dict()
    shared = {name: value for name, value in weights.items() if name in state}
    for name, value in shared.items():
        if value.shape != state[name].shape:
            raise ValueError(f"{name} is {tuple(state[name].shape)}, was {tuple(value.shape)}")
    net.load_state_dict(shared, strict=False)
    fresh = [name for name in state if name not in shared]
    for name, module in net.named_modules():
        if isinstance(module, nn.BatchNorm2d) and f"{name}.weight" in fresh:
            nn.init.constant_(module.weight, NEW_BLOCK)
    return fresh


def save_whole(content: object, file: Path) -> None:
    """Write beside ``file`` and rename, so that an interrupted run leaves the old one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    torch.save(content, fresh)
    fresh.replace(file)


def load_history(file: Path) -> list[Cycle]:
    """The cycles of training behind the weights in ``file``, oldest first: the JSON beside it."""
    beside = file.with_suffix(".json")
    history: list[Cycle] = json.loads(beside.read_text()) if beside.exists() else []
    return history


def save_history(history: Sequence[Cycle], file: Path) -> None:
    """Write the cycles beside the weights in ``file``."""
    file.with_suffix(".json").write_text(json.dumps(list(history), indent=1) + "\n")


class Average:
    """The exponential moving average of a network's weights: what is scored and shipped."""

    def __init__(self, net: nn.Module, keep: float) -> None:
        self.weights = {k: v.detach().clone() for k, v in net.state_dict().items()}
        self._keep = keep

    @torch.no_grad()
    def follow(self, net: nn.Module, step: int) -> None:
        """Move towards ``net``; faster in the first steps, so that the start is forgotten."""
        keep = min(self._keep, (1 + step) / (10 + step))
        for name, value in net.state_dict().items():
            if value.is_floating_point():
                self.weights[name].lerp_(value, 1 - keep)
            else:
                self.weights[name].copy_(value)


def parameter_count(net: nn.Module) -> int:
    """How many numbers are learnt."""
    return sum(p.numel() for p in net.parameters())
