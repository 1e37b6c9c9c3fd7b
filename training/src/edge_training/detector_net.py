"""The detector's network: dense 3x3 convolutions, features of strides 8, 16 and 32 added up to one stride-8 map.

Why dense: depthwise convolutions are cheap in multiplications but not in time once quantized, because an INT8 kernel
has too little to do per byte it loads. Dense layers with ReLU gain about a factor of two from INT8 on one x86 thread.
Why one map: plates vary little in shape, so the coarse maps lend context (is there a car around it?) to the fine one
and need no heads of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 8
"""Pixels of the input per cell of the output."""

CHANNELS = 13
"""Per cell: 1 score logit, 4 log distances to left, top, right, bottom, 8 corner offsets (TL, TR, BR, BL; x, y)."""

LEVEL, SPREAD = 114.0, 64.0
"""Grey level that becomes 0, and the one step that becomes 1: ``(luma - 114) / 64``. Letterbox padding is 0."""

CORNER_UNIT = 16.0
"""Pixels per unit of a corner offset."""

LOG_RANGE = (-4.0, 5.0)
"""Distances are ``exp(clip(v, *LOG_RANGE)) * STRIDE`` pixels."""

_RARE = -4.5
"""First bias of the score: most cells hold no plate, so the net starts by saying so."""


@dataclass(frozen=True, slots=True)
class DetectorShape:
    """Widths of the stages (strides 2, 4, 8, 16, 32) and of the merged map; about 0.56 G MACs at 640 x 384."""

    stages: tuple[int, int, int, int, int] = (12, 24, 48, 64, 128)
    merged: int = 48
    residuals: tuple[int, int, int] = (1, 2, 2)


class Block(nn.Sequential):
    """3x3 convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )


class Residual(nn.Module):
    """Adds a block's result to its input; the sum has no activation, so it stays cheap to quantize."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.block = Block(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.block(x)
        return y


def _stage(inputs: int, outputs: int, residuals: int) -> nn.Sequential:
    return nn.Sequential(Block(inputs, outputs, 2), *(Residual(outputs) for _ in range(residuals)))


def _double(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


class DetectorNet(nn.Module):
    """Normalised luma ``(N, 1, H, W)`` float, H and W multiples of 32, to raw ``(N, 13, H/8, W/8)``."""

    def __init__(self, shape: DetectorShape | None = None) -> None:
        super().__init__()
        shape = shape or DetectorShape()
        c2, c4, c8, c16, c32 = shape.stages
        width = shape.merged
        self.stem = Block(1, c2, 2)
        self.stage4 = Block(c2, c4, 2)
        self.stage8 = _stage(c4, c8, shape.residuals[0])
        self.stage16 = _stage(c8, c16, shape.residuals[1])
        self.stage32 = _stage(c16, c32, shape.residuals[2])
        self.lateral8 = nn.Conv2d(c8, width, 1)
        self.lateral16 = nn.Conv2d(c16, width, 1)
        self.lateral32 = nn.Conv2d(c32, width, 1)
        self.merge16 = nn.Sequential(Block(width, width), Residual(width))
        self.merge8 = nn.Sequential(Block(width, width), Residual(width))
        self.head = nn.Conv2d(width, CHANNELS, 1)
        assert self.head.bias is not None
        nn.init.zeros_(self.head.bias)
        nn.init.constant_(self.head.bias[:1], _RARE)

    def forward(self, x: Tensor) -> Tensor:
        fine = self.stage8(self.stage4(self.stem(x)))
        middle = self.stage16(fine)
        coarse = self.stage32(middle)
        middle = functional.relu(self.lateral16(middle) + _double(self.lateral32(coarse)))
        fine = functional.relu(self.lateral8(fine) + _double(self.merge16(middle)))
        raw: Tensor = self.head(self.merge8(fine))
        return raw


def normalise(luma: Tensor) -> Tensor:
    """``(N, 1, H, W) uint8`` to the float the network is trained on (the exported graph does this itself)."""
    return (luma.float() - LEVEL) / SPREAD


def count_macs(net: nn.Module, height: int = 384, width: int = 640) -> int:
    """Multiplications of all convolutions for one picture of ``height`` x ``width``."""
    total = 0

    def add(layer: nn.Module, _inputs: object, output: Tensor) -> None:
        nonlocal total
        assert isinstance(layer, nn.Conv2d)
        total += output.numel() * layer.weight[0].numel()

    hooks = [m.register_forward_hook(add) for m in net.modules() if isinstance(m, nn.Conv2d)]
    was_training = net.training
    with torch.no_grad():
        net.eval()(torch.zeros(1, 1, height, width))
    net.train(was_training)
    for hook in hooks:
        hook.remove()
    return total
