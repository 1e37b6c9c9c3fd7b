"""The reader's network: one plate crop in, two rows of character distributions out, and what the crop shows as a whole.

The rows are read as one CTC sequence. Every weight sits in a dense convolution followed by ReLU, because that is what
INT8 makes faster on a CPU: depthwise convolutions gained nothing when measured on x86 without VNNI. There is no
recurrence and no attention. Dilated 1x5 blocks let a step see most of its row, which is what tells O from 0 and I
from 1. Two small branches say whether there is a plate at all, and where it is from: one looks at what
was read, one at what was not, because a state's name is print that the lines of text must learn to pass over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from edge_alpr.plates import ALPHABET
from edge_training.regions import REGIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

CROP_HEIGHT = 64
CROP_WIDTH = 192
"""Size of the crop that the network takes, in pixels."""

ROWS = 2
STEPS = 48
"""Output grid: `ROWS` lines of text, each of `STEPS` steps from left to right."""

BLANK = 0
CLASSES = 1 + len(ALPHABET)
"""Class 0 is the CTC blank, class ``k`` is ``ALPHABET[k - 1]``."""

DEVIATION_FLOOR = 6.0
"""Grey levels. A crop flatter than this is not stretched any further: there is only noise in it."""

CLAMP = 4.0
"""Normalised luma is limited to +-`CLAMP`, so that one glint does not set the INT8 range of the first layer."""


class ConvUnit(nn.Sequential):
    """Convolution, batch normalisation, ReLU; keeps the size when the stride is 1 and the kernel is odd."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        kernel: tuple[int, int] = (3, 3),
        stride: tuple[int, int] = (1, 1),
        dilation: int = 1,
        pad_rows: bool = True,
    ) -> None:
        padding = (kernel[0] // 2 if pad_rows else 0, dilation * (kernel[1] // 2))
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, padding, (1, dilation), bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class Residual(nn.Module):
    """``x + unit(x)``."""

    def __init__(self, unit: ConvUnit) -> None:
        super().__init__()
        self.unit = unit

    def forward(self, x: Tensor) -> Tensor:
        added: Tensor = x + self.unit(x)
        return added


class Normalise(nn.Module):
    """Crops to zero mean and unit deviation, each by itself: the reader need not learn exposure or contrast.

    The sums over bytes are whole numbers, so that every processor rounds alike and INT8 answers are equal everywhere.
    """

    def forward(self, luma: Tensor) -> Tensor:
        """``(N, 1, H, W)`` uint8 or float, 0..255, to float32 within +-`CLAMP`."""
        x = luma.float()
        if luma.dtype == torch.uint8:
            exact, pixels = luma.int(), float(CROP_HEIGHT * CROP_WIDTH)
            mean = exact.sum((2, 3), keepdim=True, dtype=torch.int32).float() / pixels
            squares = (exact * exact).sum((2, 3), keepdim=True, dtype=torch.int32).float() / pixels
            deviation = (squares - mean * mean).clamp_min(DEVIATION_FLOOR**2).sqrt()
            x = x - mean
        else:
            x = x - x.mean((2, 3), keepdim=True)
            deviation = (x * x).mean((2, 3), keepdim=True).sqrt().clamp_min(DEVIATION_FLOOR)
        return (x / deviation).clamp(-CLAMP, CLAMP)


class ReaderNet(nn.Module):
    """``(N, 1, 64, 192)`` luma, 0..255, to ``(N, 37, 2, 48)`` and ``(N, 1 + R)`` logits.

    The second output is "this is a plate", then one class each of `regions.REGIONS`. 1.40 M parameters, 219 M
    multiply-adds.
    """

    def __init__(self) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.strokes = nn.Sequential(
            ConvUnit(1, 16, stride=(2, 2)),  # 32 x 96
            ConvUnit(16, 48, stride=(2, 2)),  # 16 x 48
            Residual(ConvUnit(48, 48)),
            Residual(ConvUnit(48, 48)),
        )
        self.characters = nn.Sequential(
            ConvUnit(48, 80, stride=(2, 1)),  # 8 x 48
            Residual(ConvUnit(80, 80)),
            Residual(ConvUnit(80, 80)),
            Residual(ConvUnit(80, 80)),
        )
        self.lines = nn.Sequential(
            ConvUnit(80, 144, kernel=(4, 3), stride=(4, 1), pad_rows=False),  # 2 x 48
            Residual(ConvUnit(144, 144)),
            Residual(ConvUnit(144, 144)),
        )
        self.context = nn.Sequential(
            *(Residual(ConvUnit(144, 144, kernel=(1, 5), dilation=d)) for d in (1, 2, 4, 1))
        )
        self.head = nn.Conv2d(144, CLASSES, 1)
        self.whole = ConvUnit(144, 128, kernel=(1, 3))
        self.about = nn.Conv2d(128, 1 + len(REGIONS), 1)
        self.small_print = nn.Sequential(
            ConvUnit(80, 64, stride=(2, 2)),  # 4 x 24
            ConvUnit(64, 96, kernel=(4, 3), pad_rows=False),  # 1 x 24
        )
        self.about_small_print = nn.Conv2d(96, 1 + len(REGIONS), 1)

    def forward(self, luma: Tensor) -> tuple[Tensor, Tensor]:
        x = self.normalise(luma).contiguous(memory_format=torch.channels_last)
        shapes = self.characters(self.strokes(x))
        x = self.context(self.lines(shapes))
        about = self.about(self.whole(x).mean((2, 3), keepdim=True))
        about = about + self.about_small_print(self.small_print(shapes).mean((2, 3), keepdim=True))
        return self.head(x), about.flatten(1)


def as_sequence(logits: Tensor) -> Tensor:
    """``(N, 37, 2, 48)`` logits to ``(96, N, 37)`` log-probabilities, the top row first: what CTC wants."""
    n, classes, rows, steps = logits.shape
    return logits.permute(2, 3, 0, 1).reshape(rows * steps, n, classes).log_softmax(-1)


def greedy_texts(logits: Tensor) -> list[str]:
    """The best path of each crop, repeats and blanks removed. An empty text means: this is not a plate."""
    n, classes, rows, steps = logits.shape
    best = logits.permute(0, 2, 3, 1).reshape(n, rows * steps, classes).argmax(-1)
    return [collapse(path) for path in best.tolist()]


def collapse(path: Sequence[int]) -> str:
    """CTC's rule: merge repeats, then drop blanks."""
    pairs = zip([BLANK, *path], path, strict=False)
    return "".join(ALPHABET[k - 1] for previous, k in pairs if k not in (BLANK, previous))
