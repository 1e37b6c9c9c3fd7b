"""Scores what a reader said against what stands on the plate, per data set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge_alpr.geometry import Luma, rectify
from edge_alpr.plates import edit_distance, fold
from edge_training.crops import with_margin
from edge_training.photographs import DATA_SETS, Photograph, for_judging
from edge_training.reader_net import CROP_HEIGHT, CROP_WIDTH
from edge_training.regions import as_label

if TYPE_CHECKING:
    from pathlib import Path

Read = Callable[[NDArray[np.uint8]], Sequence[str]]
"""``(N, 1, 64, 192) uint8`` crops to N texts."""

BATCH = 64


@dataclass(frozen=True, slots=True)
class Score:
    """How well a reader did on one data set."""

    n: int
    exact: float
    """Share of plates read without any error."""

    folded: float
    """The same where O counts as 0 and I as 1."""

    cer: float
    """Character error rate: edit distance over the length of the true texts."""

    def as_json(self) -> dict[str, float]:
        return {
            "n": self.n,
            "exact": round(self.exact, 4),
            "folded": round(self.folded, 4),
            "cer": round(self.cer, 4),
        }


@dataclass(frozen=True, slots=True)
class Judge:
    """One data set's crops and their true texts."""

    crops: NDArray[np.uint8]
    """``(N, 1, 64, 192)``."""

    texts: tuple[str, ...]
    regions: tuple[str, ...] = ()
    """A label of `regions` each, empty where unknown."""


def compare(said: Sequence[str], true: Sequence[str]) -> Score:
    """Score texts against texts.

    Raises:
        ValueError: there is nothing to score, or a different number of texts.
    """
    if not true or len(said) != len(true):
        raise ValueError(f"{len(said)} readings for {len(true)} plates")
    pairs = list(zip(said, true, strict=True))
    return Score(
        n=len(true),
        exact=sum(s == t for s, t in pairs) / len(true),
        folded=sum(fold(s) == fold(t) for s, t in pairs) / len(true),
        cer=sum(edit_distance(s, t) for s, t in pairs) / max(1, sum(map(len, true))),
    )


def judge_crop(luma: Luma, photograph: Photograph, index: int) -> Luma:
    """The crop of one labelled plate, ``(64, 192) uint8``. An image that is a crop already has its margin."""
    quad = photograph.plates[index].quad
    return rectify(
        luma, quad if photograph.is_crop else with_margin(quad), (CROP_WIDTH, CROP_HEIGHT)
    )


def load_judges(root: Path) -> dict[str, Judge]:
    """Every data set below ``root`` with readable plates that never trained, by name."""
    judges: dict[str, Judge] = {}
    for name in DATA_SETS:
        if not (root / name).is_dir():
            continue
        found = list(_readable(for_judging(root, name)))
        if found:
            crops = np.stack([crop for crop, _, _ in found])[:, None]
            judges[name] = Judge(
                crops, tuple(text for _, text, _ in found), tuple(region for *_, region in found)
            )
    return judges


def _readable(photographs: Iterable[Photograph]) -> Iterable[tuple[Luma, str, str]]:
    for photograph in photographs:
        if not any(plate.readable for plate in photograph.plates):
            continue
        luma = photograph.luma()
        for k, plate in enumerate(photograph.plates):
            if plate.readable:
                yield judge_crop(luma, photograph, k), str(plate.text), as_label(plate.region)


def read_all(read: Read, crops: NDArray[np.uint8]) -> list[str]:
    """Read any number of crops in batches."""
    return [text for k in range(0, len(crops), BATCH) for text in read(crops[k : k + BATCH])]


def score_all(read: Read, judges: Mapping[str, Judge]) -> dict[str, Score]:
    """The score of every judge."""
    return {
        name: compare(read_all(read, judge.crops), judge.texts) for name, judge in judges.items()
    }


def table(scores: Mapping[str, Score]) -> str:
    """The scores as text, one data set a line."""
    lines = [f"{'data set':<20} {'n':>5} {'exact':>6} {'folded':>6} {'CER':>6}"]
    lines += [
        f"{name:<20} {s.n:>5} {s.exact:>6.3f} {s.folded:>6.3f} {s.cer:>6.3f}"
        for name, s in scores.items()
    ]
    return "\n".join(lines)
