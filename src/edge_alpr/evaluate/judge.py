"""This file compares what a unit told of a clip with what really passed, by place and time and not by text.

A misread plate must still count as a read of the vehicle it was on. So an event belongs to the pass whose plate its box
lies on, in the frame it says it was taken from. Only an event that lies on none is tried by its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_alpr.evaluate.truth import ClipTruth, TruePass
from edge_alpr.geometry import Box
from edge_alpr.plates import edit_distance, fold

if TYPE_CHECKING:
    from collections.abc import Sequence

TOUCHES_IOU: Final = 0.1
"""A box that overlaps a plate by more lies on it."""

EVIDENCE_IOU: Final = 0.4
"""A picture cut by a box that overlaps the plate by more shows it: the cut is 15 % larger than the box."""

NEAR_ENOUGH: Final = 2
"""A text with at most so many wrong characters can be of a pass that the box misses."""

AROUND_S: Final = 3.0
"""An event by text must come at most so long before or after the pass."""

ENOUGH_FRAMES: Final = 3
"""A pass with fewer readable frames is counted apart: nobody can be asked to vote on it."""


@dataclass(frozen=True, slots=True)
class Told:
    """One final event, in the terms of its clip."""

    id: str
    text: str
    confidence: float
    ambiguous: bool
    frame: int
    """The frame that its picture was taken from."""
    emitted_frame: int
    """The newest frame that had been processed when it came."""
    box: Box
    """Pixels."""
    direction: str | None = None
    arrivals: int = 0
    """How often its vehicle was said to have come to stand."""
    departures: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One pass and what was told of it."""

    truth: TruePass
    clip: str
    told: Told | None
    """The first event of it."""
    again: tuple[Told, ...]
    """Further events with ids of their own: duplicates."""
    evidence: bool | None
    """Whether the event's picture shows this plate; None without an event."""
    latency_s: float | None
    """From the last readable frame to the event, in the time of the clip; negative if it did not wait for it."""
    single: str | None = None
    """What the same networks read in the one most promising frame; None if that was not tried or found nothing."""

    @property
    def counts(self) -> bool:
        """Whether the pass had enough readable frames to be asked for."""
        return len(self.truth.readable) >= ENOUGH_FRAMES

    @property
    def exact(self) -> bool:
        return self.told is not None and self.told.text == self.truth.text

    @property
    def folded(self) -> bool:
        """Right with O taken as 0 and I as 1."""
        return self.told is not None and fold(self.told.text) == fold(self.truth.text)

    @property
    def stayed_once(self) -> bool:
        """Of a parked vehicle: told by one event, which arrived once and departed once."""
        told = self.told
        return told is not None and not self.again and (told.arrivals, told.departures) == (1, 1)

    @property
    def single_folded(self) -> bool:
        return self.single is not None and fold(self.single) == fold(self.truth.text)


@dataclass(frozen=True, slots=True)
class ClipOutcome:
    """One clip, judged."""

    clip: ClipTruth
    verdicts: tuple[Verdict, ...]
    strays: tuple[Told, ...]
    """Events of what never passed: false events."""


def judge_clip(
    clip: ClipTruth, told: Sequence[Told], singles: dict[str, str] | None = None
) -> ClipOutcome:
    """Give every event to a pass, or to none.

    Args:
        clip: what really happened.
        told: final events in the order in which they came, one an id.
        singles: by pass id, what one frame alone gave.
    """
    given: dict[str, list[Told]] = {one.id: [] for one in clip.passes}
    strays = []
    for event in told:
        owner = _by_place(clip, event) or _by_text(clip, event)
        if owner is None:
            strays.append(event)
        else:
            given[owner.id].append(event)
    singles = singles or {}
    verdicts = tuple(_verdict(clip, one, given[one.id], singles.get(one.id)) for one in clip.passes)
    return ClipOutcome(clip, verdicts, tuple(strays))


def _verdict(clip: ClipTruth, truth: TruePass, events: list[Told], single: str | None) -> Verdict:
    if not events:
        return Verdict(truth, clip.name, None, (), None, None, single)
    first, *again = events
    last_useful = truth.readable[-1] if truth.readable else max(truth.corners)
    box = truth.box(first.frame)
    return Verdict(
        truth=truth,
        clip=clip.name,
        told=first,
        again=tuple(again),
        evidence=box is not None and box.iou(first.box) >= EVIDENCE_IOU,
        latency_s=(first.emitted_frame - last_useful) / clip.fps,
        single=single,
    )


def _by_place(clip: ClipTruth, event: Told) -> TruePass | None:
    overlaps = [
        (box.iou(event.box), one)
        for one in clip.passes
        if (box := one.box(event.frame)) is not None
    ]
    if not overlaps:
        return None
    most, owner = max(overlaps, key=lambda pair: pair[0])
    if most <= TOUCHES_IOU:
        return None
    # Where something hides the plate, what was read is of that; unless it says what the plate says.
    return owner if event.frame in owner.readable or _is_near(event.text, owner.text) else None


def _is_near(said: str, true: str) -> bool:
    """Whether at least half of the characters are right."""
    return edit_distance(fold(said), fold(true)) * 2 <= len(true)


def _by_text(clip: ClipTruth, event: Told) -> TruePass | None:
    around = round(AROUND_S * clip.fps)
    near = [
        (edit_distance(fold(event.text), fold(one.text)), one)
        for one in clip.passes
        if one.corners and min(one.corners) - around <= event.frame <= max(one.corners) + around
    ]
    if not near:
        return None
    distance, owner = min(near, key=lambda pair: pair[0])
    return owner if distance <= NEAR_ENOUGH else None
