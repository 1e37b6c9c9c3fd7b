"""Judges an exported reader as the firmware runs it: its texts, its confidences, its regions, and its silence.

The crops go through `edge_alpr.vision.read.PlateReader` with the model's own card, so that what stands in the card is
what a unit will do.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_alpr.plates import fold
from edge_alpr.vision.inference import OnnxModel, read_card
from edge_alpr.vision.read import PlateReader, ReadSettings
from edge_training.photographs import DATA_SETS
from edge_training.reader_calibrate import reliability
from edge_training.score import BATCH, Judge, Score, compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from edge_alpr.types import PlateRead

LIKELY = 0.5
"""A region with a smaller score is not named."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that is told of one data set."""

    score: Score
    region: dict[str, float]
    states: dict[str, dict[str, int]]
    """By US state: plates, best guesses that are right, states named, and names that are right."""

    told: list[tuple[float, bool]]
    """Confidence of each text, and whether it is right."""

    told_folded: list[tuple[float, bool]]
    """The same where O counts as 0 and I as 1: some labels do not tell them apart."""


def open_reader(card: Path) -> PlateReader:
    """The exported reader beside ``card``."""
    return PlateReader(OnnxModel(read_card(card), threads=1), ReadSettings())


def read_all(reader: PlateReader, crops: NDArray[np.uint8]) -> list[PlateRead]:
    """Read ``(N, 1, 64, 192)`` crops."""
    return [
        read
        for k in range(0, len(crops), BATCH)
        for read in reader.read_crops(list(crops[k : k + BATCH, 0]))
    ]


def judge(reader: PlateReader, judges: Mapping[str, Judge]) -> dict[str, Verdict]:
    """What the reader does on every data set."""
    verdicts = {}
    for name, each in judges.items():
        reads = read_all(reader, each.crops)
        pairs = [
            (read.confidence, read.text, text)
            for read, text in zip(reads, each.texts, strict=True)
            if read.confidence is not None
        ]
        verdicts[name] = Verdict(
            compare([read.text for read in reads], each.texts),
            _regions(reads, each.regions),
            _states(reads, each.regions),
            [(confidence, said == true) for confidence, said, true in pairs],
            [(confidence, fold(said) == fold(true)) for confidence, said, true in pairs],
        )
    return verdicts


def reliability_of(verdicts: Mapping[str, Verdict]) -> dict[str, object]:
    """How the confidences bear out: the error of each data set; over those that only judge also the bins.

    The others' photographs are kin to what the calibration was fitted on.
    """
    judges = [v for name, v in verdicts.items() if DATA_SETS[name].use == "judge"]
    return {
        "error": {name: reliability(v.told)["error"] for name, v in verdicts.items()},
        "judges": reliability([told for v in judges for told in v.told]),
        "judges_folded": reliability([told for v in judges for told in v.told_folded]),
    }


def _regions(reads: Sequence[PlateRead], truths: Sequence[str]) -> dict[str, float]:
    """How often the region is named, and named right; countries, and US states where they are known."""
    pairs = [
        (read.regions[0], truth.upper())
        for read, truth in zip(reads, truths, strict=True)
        if truth and truth not in ("eu", "us") and read.regions
    ]
    if not pairs:
        return {}
    named = [(name, truth) for (name, score), truth in pairs if score >= LIKELY]
    right = sum(name == truth for name, truth in named)
    countries = sum(name[:2] == truth[:2] for (name, _), truth in pairs)
    return {
        "n": len(pairs),
        "named": round(len(named) / len(pairs), 4),
        "right_of_named": round(right / max(1, len(named)), 4),
        "best_guess": round(sum(name == truth for (name, _), truth in pairs) / len(pairs), 4),
        "country": round(countries / len(pairs), 4),
    }


def _states(reads: Sequence[PlateRead], truths: Sequence[str]) -> dict[str, dict[str, int]]:
    """The counts behind `_regions`, state by state: most have few plates, so no shares are told."""
    counts: dict[str, Counter[str]] = {}
    for read, truth in zip(reads, truths, strict=True):
        if not truth.startswith("us-"):
            continue
        state = counts.setdefault(truth.upper(), Counter(n=0, guessed=0, named=0, right=0))
        name, score = read.regions[0] if read.regions else ("", 0.0)
        right, named = name == truth.upper(), score >= LIKELY
        state.update(n=1, guessed=right, named=named, right=named and right)
    return {state: dict(counts[state]) for state in sorted(counts)}


def silence(reader: PlateReader, crops: NDArray[np.uint8]) -> dict[str, float]:
    """How often crops without a plate are given no text, and how often "not a plate" is what takes it."""
    reads = read_all(reader, crops)
    n = max(1, len(reads))
    return {
        "n": len(reads),
        "silent": round(sum(not read.text for read in reads) / n, 4),
        "not_a_plate": round(sum(read.not_a_plate > 0.5 for read in reads) / n, 4),
    }
