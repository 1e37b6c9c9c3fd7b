"""Compares what was read with what drove by: which read belongs to which pass, and how well it fits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_alpr.geometry import Points
from edge_alpr.message.codec import decode
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.plates import edit_distance, fold
from edge_alpr.scene.drive import PassTruth

if TYPE_CHECKING:
    from collections.abc import Sequence

NEAR_ENOUGH: Final = 2
"""A read with more wrong characters than this is no read of the pass at all."""


@dataclass(frozen=True, slots=True)
class Read:
    """One event as the collector stored it."""

    text: str
    confidence: float
    plate_px: float
    frames: int
    latency_s: float
    """From the last frame that showed the plate to the commit in the store."""
    corners: Points
    """``(4, 2)`` pixels in the best frame."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One pass and the read of it, if there is one."""

    truth: PassTruth
    read: Read | None

    @property
    def wrong(self) -> int | None:
        """How many characters are wrong (O and 0, I and 1 taken as one); None if it was not read."""
        if self.read is None:
            return None
        return edit_distance(fold(self.truth.text), fold(self.read.text))

    @property
    def words(self) -> str:
        """``right``, ``2 wrong`` or ``missing``."""
        if self.wrong is None:
            return "missing"
        return f"{self.wrong} wrong" if self.wrong else "right"

    @property
    def frame(self) -> int:
        """The frame that the read's corners lie in, or the pass's best one."""
        read = self.read
        if read is None:
            return self.truth.best_frame
        seen = self.truth.corners
        return min(seen, key=lambda frame: float(np.abs(seen[frame] - read.corners).sum()))


def parse_read(line: str) -> Read | None:
    """A line of ``edge-alpr collect --to -``; None if it is something else than a read, as the unit's own reports are.

    Raises:
        MessageError: it says that it is an event, and is none.
    """
    document = json.loads(line)
    if not str(document.get("schema")).startswith("plate.read/"):
        return None
    event = decode(line.encode())
    stored_s = to_seconds(document["stored"])
    width, height = event.read.frame
    return Read(
        text=event.plate.text,
        confidence=event.plate.confidence,
        plate_px=event.read.plate_px,
        frames=event.read.frames,
        latency_s=stored_s - to_seconds(event.time.last_seen),
        corners=np.array(event.read.quad, np.float32) * np.array([width, height], np.float32),
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """All passes and all reads, each read told once."""

    verdicts: tuple[Verdict, ...]
    """One a pass, in the order of the passes."""
    again: tuple[Read, ...]
    """Further reads of a pass that has a better one."""
    strays: tuple[Read, ...]
    """Reads of what never drove by."""

    @property
    def complete(self) -> bool:
        """Whether every pass was read."""
        return all(verdict.read is not None for verdict in self.verdicts)


def judge(truths: Sequence[PassTruth], reads: Sequence[Read]) -> Outcome:
    """Give each pass the read that fits it best, at most `NEAR_ENOUGH` characters off, and each read one pass."""
    fits = sorted(
        (distance, i, j)
        for i, truth in enumerate(truths)
        for j, read in enumerate(reads)
        if (distance := edit_distance(fold(truth.text), fold(read.text))) <= NEAR_ENOUGH
    )
    given: dict[int, int] = {}
    for _, i, j in fits:
        if i not in given and j not in given.values():
            given[i] = j
    fitting = {j for _, _, j in fits}
    rest = [(j, read) for j, read in enumerate(reads) if j not in given.values()]
    return Outcome(
        tuple(
            Verdict(truth, reads[given[i]] if i in given else None)
            for i, truth in enumerate(truths)
        ),
        tuple(read for j, read in rest if j in fitting),
        tuple(read for j, read in rest if j not in fitting),
    )
