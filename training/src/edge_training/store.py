"""Keeps samples in memory-mapped files that one process fills, and goes on replacing, while another trains from them.

A store is a folder of parts. A part has one writer; it is a ring of equal records, so that rendering never has to stop
and training always sees fresh samples. ``written`` beside it counts every sample that was ever put into the ring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge_alpr.plates import ALPHABET, MAX_LENGTH
from edge_training.crops import STORED_HEIGHT, STORED_WIDTH, Sample
from edge_training.reader_net import CROP_HEIGHT, CROP_WIDTH, STEPS
from edge_training.regions import LABEL_BYTES, admitted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

UNKNOWN = 255
"""As a character's centre: nobody knows where it is."""

RECORD = np.dtype(
    [
        ("serial", "<u8"),  # index + 1; 0 while the record is being written
        ("crop", "u1", (STORED_HEIGHT, STORED_WIDTH)),
        ("text", "u1", MAX_LENGTH),  # classes, 0 after the end
        ("centre", "u1", MAX_LENGTH),  # x in the stored crop, or UNKNOWN
        ("line", "u1", MAX_LENGTH),
        ("region", f"S{LABEL_BYTES}"),
    ]
)


class Part:
    """A ring of samples in ``<folder>/<name>.npy``."""

    def __init__(self, folder: Path, name: str, capacity: int | None = None) -> None:
        """Open a part, or create it for writing when ``capacity`` is given and it does not exist.

        Raises:
            FileNotFoundError: it does not exist and no capacity is given.
            ValueError: it exists with other records or another capacity.
        """
        self.name = name
        self._file = folder / f"{name}.npy"
        self._count = folder / f"{name}.written"
        mode = "r+" if capacity is not None else "r"
        if capacity is not None and not self._file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            np.lib.format.open_memmap(self._file, "w+", RECORD, (capacity,)).flush()
            self._write_count(0)
        self._ring = np.lib.format.open_memmap(self._file, mode)
        if self._ring.dtype != RECORD or (capacity or len(self._ring)) != len(self._ring):
            raise ValueError(f"{self._file} holds other samples: delete it")
        self._next = self.written

    @property
    def written(self) -> int:
        return int(self._count.read_text())

    @property
    def held(self) -> int:
        """How many samples can be drawn."""
        return min(self.written, len(self._ring))

    def put(self, sample: Sample) -> None:
        """Add a sample, over the oldest one if the ring is full. `publish` makes it drawable."""
        row = self._ring[self._next % len(self._ring)]
        row["serial"] = 0
        row["crop"] = sample.crop
        row["text"], row["centre"], row["line"] = 0, UNKNOWN, 0
        row["region"] = sample.region.encode()
        row["text"][: len(sample.text)] = [ALPHABET.index(c) + 1 for c in sample.text]
        for k, (x, line) in enumerate(sample.places or ()):
            row["centre"][k] = int(np.clip(x, 0, STORED_WIDTH - 1))
            row["line"][k] = line
        self._next += 1
        row["serial"] = self._next

    def publish(self) -> None:
        self._write_count(self._next)

    def record(self, index: int) -> np.void | None:
        """A copy of record ``index``, or nothing if it was being replaced just then."""
        row = self._ring[index]
        before = int(row["serial"])
        copied: np.void = row.copy()
        return copied if before and before == int(row["serial"]) else None

    def _write_count(self, count: int) -> None:
        fresh = self._count.with_suffix(".new")
        fresh.write_text(str(count))
        fresh.replace(self._count)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one training step sees."""

    crops: NDArray[np.uint8]
    """``(N, 64, 192)``."""

    texts: NDArray[np.int64]
    """``(N, 12)``: classes, 0 after the end."""

    steps: NDArray[np.int64]
    """``(N, 12)``: the step of the CTC sequence at which each character stands, -1 where nobody knows."""

    regions: NDArray[np.bool_]
    """``(N, R)``: what each plate's label leaves open of `regions.REGIONS`."""


class Store:
    """All parts of a folder, drawn from at random."""

    def __init__(self, folder: Path, shares: Mapping[str, float]) -> None:
        """``shares`` names parts (all that begin with the name) and their part of a batch; they sum to 1."""
        self._folder = folder
        self._shares = shares
        self._parts: list[tuple[Part, float]] = []
        self.refresh()

    def refresh(self) -> None:
        """Look for new parts and new samples. A share without any samples goes to the others."""
        self._parts = []
        for name, share in self._shares.items():
            files = sorted(self._folder.glob(f"{name}*.npy"))
            parts = [part for file in files if (part := Part(self._folder, file.stem)).held]
            total = sum(part.held for part in parts)
            self._parts += [(part, share * part.held / total) for part in parts]

    @property
    def held(self) -> int:
        return sum(part.held for part, _ in self._parts)

    def draw(self, rng: np.random.Generator, size: int) -> Batch:
        """``size`` samples, each through a random window of the network's size.

        Raises:
            LookupError: the store is empty.
        """
        if not self._parts:
            raise LookupError(f"no samples in {self._folder}")
        weights = np.array([share for _, share in self._parts])
        crops = np.empty((size, CROP_HEIGHT, CROP_WIDTH), np.uint8)
        texts = np.zeros((size, MAX_LENGTH), np.int64)
        steps = np.full((size, MAX_LENGTH), -1, np.int64)
        labels: list[str] = []
        done = 0
        while done < size:
            part = self._parts[rng.choice(len(weights), p=weights / weights.sum())][0]
            row = part.record(int(rng.integers(part.held)))
            if row is None:
                continue
            top = int(rng.integers(STORED_HEIGHT - CROP_HEIGHT + 1))
            left = int(rng.integers(STORED_WIDTH - CROP_WIDTH + 1))
            crops[done] = row["crop"][top : top + CROP_HEIGHT, left : left + CROP_WIDTH]
            texts[done] = row["text"]
            steps[done] = steps_of(row["centre"], row["line"], left)
            labels.append(bytes(row["region"]).decode())
            done += 1
        return Batch(crops, texts, steps, admitted(labels))


def steps_of(centres: NDArray[np.uint8], lines: NDArray[np.uint8], left: int) -> NDArray[np.int64]:
    """Steps of the CTC sequence for centres in a stored crop that is seen from its column ``left`` on."""
    across = (centres.astype(np.int64) - left) * STEPS // CROP_WIDTH
    steps = np.clip(across, 0, STEPS - 1) + lines.astype(np.int64) * STEPS
    return np.where(centres == UNKNOWN, -1, steps)
